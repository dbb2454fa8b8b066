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
package io.cordon.kernel;

import io.cordon.Region;

import java.lang.foreign.MemorySegment;

/**
 * One way of reading or writing mapped memory, as an application of stock Java does it, and as one with Cordon does.
 *
 * @param name   of the operation.
 * @param length in bytes of what it touches.
 * @param stock  on a segment that FileChannel mapped.
 * @param cordon on a region.
 */
record ControlOperation(String name, int length, Stock stock, Guarded cordon) {
    /** On a mapped segment. */
    @FunctionalInterface
    interface Stock {
        void run(MemorySegment segment, long at) throws Exception;
    }

    /** On a region. */
    @FunctionalInterface
    interface Guarded {
        void run(Region region, long at) throws Exception;
    }
}
