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
package io.cordon.recovery;

import io.cordon.event.MediaEvents;
import io.cordon.fault.GuardedRange;
import io.cordon.media.Medium;
import io.cordon.poison.LineMap;

import java.nio.file.Path;

/**
 * What all of a region's recovery works on.
 *
 * @param path     the region's file, for messages.
 * @param lines    the map below its mapping.
 * @param range    the guarded mapping.
 * @param medium   what lies under it.
 * @param sidecar  what outlives the process.
 * @param events   is told what becomes of lines, and of errors.
 * @param readOnly whether nothing may be written to the medium.
 */
record RegionParts(Path path, LineMap lines, GuardedRange range, Medium medium, Sidecar sidecar, MediaEvents events,
    boolean readOnly) {
}
