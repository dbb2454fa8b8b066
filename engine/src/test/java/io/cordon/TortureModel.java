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
package io.cordon;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What the {@link Torture} knows, in memory that may be a file's: the page cache keeps what a process has stored in a
 * shared mapping, whichever instant it is killed at. Arrays are carved out in the order in which they are asked for.
 */
final class TortureModel {
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final long LENGTH = 2 << 20;

    private final MemorySegment memory;
    private long used;

    private TortureModel(final MemorySegment memory) {
        this.memory = memory;
    }

    /** A model that ends with the process. */
    static TortureModel inMemory() {
        return new TortureModel(Arena.ofAuto().allocate(LENGTH, Long.BYTES));
    }

    /** A model that is in a file, which is made if it is not there; the mapping lives as long as the process. */
    static TortureModel in(final Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return new TortureModel(channel.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH, Arena.global()));
        }
    }

    private MemorySegment carve(final long bytes) {
        used += bytes;
        return memory.asSlice(used - bytes, bytes);
    }

    Longs longs(final int count) {
        return new Longs(carve((long) count * Long.BYTES));
    }

    Ints ints(final int count) {
        return new Ints(carve((long) count * Integer.BYTES + Integer.BYTES & -Long.BYTES));
    }

    /** As {@link java.util.concurrent.atomic.AtomicLongArray}. */
    record Longs(MemorySegment memory) {
        long get(final int index) {
            return (long) LONG.getVolatile(memory, (long) index * Long.BYTES);
        }

        void set(final int index, final long value) {
            LONG.setVolatile(memory, (long) index * Long.BYTES, value);
        }

        void increment(final int index) {
            final long old = (long) LONG.getAndAdd(memory, (long) index * Long.BYTES, 1L);
            if (old < 0) {
                throw new AssertionError("a count is negative: " + old);
            }
        }
    }

    /** As {@link java.util.concurrent.atomic.AtomicIntegerArray}. */
    record Ints(MemorySegment memory) {
        int get(final int index) {
            return (int) INT.getVolatile(memory, (long) index * Integer.BYTES);
        }

        void set(final int index, final int value) {
            INT.setVolatile(memory, (long) index * Integer.BYTES, value);
        }

        int incrementAndGet(final int index) {
            return (int) INT.getAndAdd(memory, (long) index * Integer.BYTES, 1) + 1;
        }

        boolean compareAndSet(final int index, final int expected, final int value) {
            return INT.compareAndSet(memory, (long) index * Integer.BYTES, expected, value);
        }
    }
}
