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
package io.cordon.bench;

import io.cordon.bench.Mappings.Guarded;
import io.cordon.bench.Mappings.Raw;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;

/**
 * What do bulk {@code get} and {@code put} cost, against {@code MemorySegment.copy}, with the other side on the heap
 * and off it?
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class BulkCopyBenchmark {
    private static final long SIZE = 1 << 25;
    private static final int ALIGNMENT = 4096;
    private static final long OFFSET = 1 << 20;

    public static class RawCopy extends Raw {
        @Param({"64", "4096", "65536", "1048576", "16777216"})
        public int length;
        byte[] heap;
        MemorySegment memory;

        @Override
        long size() {
            return SIZE;
        }

        @Override
        void open(final long size) throws IOException {
            super.open(size);
            offset = OFFSET;
            heap = new byte[length];
            memory = Arena.global().allocate(length, ALIGNMENT).fill((byte) 1);
        }
    }

    public static class GuardedCopy extends Guarded {
        @Param({"64", "4096", "65536", "1048576", "16777216"})
        public int length;
        byte[] heap;
        MemorySegment memory;

        @Override
        long size() {
            return SIZE;
        }

        @Override
        void open(final long size) throws IOException {
            super.open(size);
            offset = OFFSET;
            heap = new byte[length];
            memory = Arena.global().allocate(length, ALIGNMENT).fill((byte) 1);
        }
    }

    @Benchmark
    public byte[] rawGetHeap(final RawCopy raw) {
        MemorySegment.copy(raw.segment, ValueLayout.JAVA_BYTE, raw.offset, raw.heap, 0, raw.length);
        return raw.heap;
    }

    @Benchmark
    public byte[] regionGetHeap(final GuardedCopy guarded) {
        guarded.region.get(guarded.offset, guarded.heap, 0, guarded.length);
        return guarded.heap;
    }

    @Benchmark
    public void rawPutHeap(final RawCopy raw) {
        MemorySegment.copy(raw.heap, 0, raw.segment, ValueLayout.JAVA_BYTE, raw.offset, raw.length);
    }

    @Benchmark
    public void regionPutHeap(final GuardedCopy guarded) {
        guarded.region.put(guarded.offset, guarded.heap, 0, guarded.length);
    }

    @Benchmark
    public void rawGetNative(final RawCopy raw) {
        MemorySegment.copy(raw.segment, raw.offset, raw.memory, 0, raw.length);
    }

    @Benchmark
    public void regionGetNative(final GuardedCopy guarded) {
        guarded.region.get(guarded.offset, guarded.memory, 0, guarded.length);
    }

    @Benchmark
    public void rawPutNative(final RawCopy raw) {
        MemorySegment.copy(raw.memory, 0, raw.segment, raw.offset, raw.length);
    }

    @Benchmark
    public void regionPutNative(final GuardedCopy guarded) {
        guarded.region.put(guarded.offset, guarded.memory, 0, guarded.length);
    }
}
