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
 * How a unit that failed is made whole again.
 *
 * <p>The first access that was refused begins a <dfn>recovery</dfn> of the unit, or a thread in the background does.
 * What is still readable is saved first, which is to <dfn>salvage</dfn> it, and written to the <dfn>sidecar</dfn>, a
 * file beside the region's ({@code <file>.cordon}). Then a recovery write clears the poison, and is proven; the unit
 * leaves quarantine; its healthy lines are served again with what they held. The lines whose content is gone are lost.
 * The sidecar remembers them, and a recovery that was cut short, whenever the process was killed.
 *
 * <p>A lost line is refused until somebody gives it content. The application can, by {@link
 * io.cordon.recovery.Recovery}: write what is right, or say that zeroes are. Or a redundant copy can, which is to
 * <dfn>repair</dfn> the line: a <dfn>mirror</dfn>, a second file that Cordon keeps itself, is asked unbidden; so is a
 * {@link io.cordon.recovery.RepairSource} that the application has named. An ordinary store never makes a refused line
 * readable.
 *
 * <p>A persist that fails refuses its lines as well. Nobody knows what became of them, and a second persist that
 * succeeds would prove nothing.
 */
package io.cordon.recovery;
