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

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Where the content of lines that are gone can be had again: a backup file, a replica over the network, a cache.
 *
 * <p>It is asked from whichever thread recovers a page, possibly from several at a time, while accesses to that page
 * wait. It must not access the region itself.
 */
@FunctionalInterface
public interface RepairSource {
    /**
     * Supplies content.
     *
     * @param offset first byte in the region; a multiple of 64.
     * @param buffer to fill; native memory, a multiple of 64 bytes. On a false answer its content does not matter.
     * @return whether all of it is supplied, and right: it becomes the region's content.
     * @throws IOException if it cannot be had. It is logged; the lines stay refused, as after a false answer.
     */
    boolean read(long offset, MemorySegment buffer) throws IOException;
}
