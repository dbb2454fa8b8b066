/*
 * Copyright 2026 The Cordon authors
 *
 * Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance
 * with the License. You may obtain a copy of the License at https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software distributed under the License is distributed
 * on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for
 * the specific language governing permissions and limitations under the License.
 */

/**
 * Cordon in a service that is built on Agrona: a window of a region as a buffer for Agrona's structures and for codecs
 * that SBE generates ({@link io.cordon.agrona.RegionBuffer}); a region's counters and errors, shown to other processes
 * ({@link io.cordon.agrona.MonitorFile}, {@link io.cordon.agrona.MonitorAgent}); and its patrol as an agent ({@link
 * io.cordon.agrona.ScrubAgent}). Nothing else in the library needs Agrona. A module that uses this package requires
 * {@code org.agrona} itself. Agrona's own buffers want
 * {@code --add-opens=java.base/jdk.internal.misc=ALL-UNNAMED}; a {@code RegionBuffer} does not.
 */
package io.cordon.agrona;
