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
package io.cordon.matrix;

import io.cordon.Region;

import java.lang.foreign.MemorySegment;

/**
 * One way of touching memory.
 *
 * @param name    of the operation.
 * @param kind    what its caller may expect.
 * @param length  of the bytes that it touches.
 * @param aligned whether its offset must be a multiple of the length.
 * @param stores  whether it changes them.
 * @param prepare what the bytes must hold before, or null for any content.
 * @param body    the operation.
 */
public record Operation(
    String name, Kind kind, int length, boolean aligned, boolean stores, Prepare prepare, Body body) {
    /** What a caller may expect of an operation on a bad line. */
    public enum Kind {
        /** An operation of Region: throws exactly. */
        CHECKED,
        /** On segment(), by the CPU: returns anything, but is noticed. */
        RAW,
        /** On segment(), by the kernel, which gets EFAULT and nobody a signal: noticed by the next check. */
        KERNEL
    }

    /** The operation itself; the region is not there for operations that run on a foreign mapping. */
    @FunctionalInterface
    public interface Body {
        /** Returns what the operation returned, or a digest of what it read. */
        long run(Region region, MemorySegment segment, long at) throws Exception;
    }

    /** Brings bytes into the state that an operation needs. */
    @FunctionalInterface
    public interface Prepare {
        void run(Region region, long at);
    }
}
