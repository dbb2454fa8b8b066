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
 *
 * <p>Pairs: the region against {@code raw} of the same name, 8 B to 64 MiB; {@code unsafe} is the copy with no check
 * at all.
 *
 * <p>The array is a large one, copied from where a page of memory begins: a small one lies elsewhere in each fork, and
 * a copy of 4 KiB takes up to twice as long for it.
 *
 * <p>Controls: one more branch; the copy done twice. The measurement is wrong if two copies do not cost twice one from
 * 4 KiB on, if {@code unsafe} is slower than {@code raw}, or if 16 MiB cost less than 16 times 1 MiB.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.ALLOW_UNSAFE,
    "-XX:+UseG1GC", "-XX:G1HeapRegionSize=1m"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class BulkCopyBenchmark {
    private static final int ALIGNMENT = 4096;
    private static final long OFFSET = 1 << 20;
    /** G1 gives an array of more than half of its regions' size regions of its own, and does not move it. */
    private static final int HUMONGOUS = 1 << 20;

    public static class RawCopy extends Raw {
        @Param({"8", "64", "512", "4096", "65536", "1048576", "16777216", "67108864"})
        public int length;
        byte[] heap;
        int index;
        MemorySegment memory;
        long memoryAddress;
        private long segmentAddress;

        @Override
        long size() {
            return Long.highestOneBit(OFFSET + length) << 1;
        }

        long address() {
            return segmentAddress;
        }

        @Override
        void open(final long size) throws IOException {
            super.open(size);
            offset = OFFSET;
            heap = new byte[HUMONGOUS + length];
            index = ALIGNMENT - (int) UnsafeMemory.BYTE_ARRAY_OFFSET;
            memory = Arena.global().allocate(length, ALIGNMENT).fill((byte) 1);
            memoryAddress = memory.address();
            segmentAddress = segment.address();
        }
    }

    public static class GuardedCopy extends Guarded {
        @Param({"8", "64", "512", "4096", "65536", "1048576", "16777216", "67108864"})
        public int length;
        byte[] heap;
        int index;
        MemorySegment memory;

        @Override
        long size() {
            return Long.highestOneBit(OFFSET + length) << 1;
        }

        @Override
        void open(final long size) throws IOException {
            super.open(size);
            offset = OFFSET;
            heap = new byte[HUMONGOUS + length];
            index = ALIGNMENT - (int) UnsafeMemory.BYTE_ARRAY_OFFSET;
            memory = Arena.global().allocate(length, ALIGNMENT).fill((byte) 1);
        }
    }

    @Benchmark
    public byte[] rawGetHeap(final RawCopy raw) {
        MemorySegment.copy(raw.segment, ValueLayout.JAVA_BYTE, raw.offset, raw.heap, raw.index, raw.length);
        return raw.heap;
    }

    @Benchmark
    public byte[] regionGetHeap(final GuardedCopy guarded) {
        guarded.region.get(guarded.offset, guarded.heap, guarded.index, guarded.length);
        return guarded.heap;
    }

    @Benchmark
    public void rawPutHeap(final RawCopy raw) {
        MemorySegment.copy(raw.heap, raw.index, raw.segment, ValueLayout.JAVA_BYTE, raw.offset, raw.length);
    }

    @Benchmark
    public void regionPutHeap(final GuardedCopy guarded) {
        guarded.region.put(guarded.offset, guarded.heap, guarded.index, guarded.length);
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

    @Benchmark
    public byte[] unsafeGetHeap(final RawCopy raw) {
        UnsafeMemory.copy(raw.address() + raw.offset, raw.heap, raw.index, raw.length);
        return raw.heap;
    }

    @Benchmark
    public void unsafePutHeap(final RawCopy raw) {
        UnsafeMemory.copy(raw.heap, raw.index, raw.address() + raw.offset, raw.length);
    }

    @Benchmark
    public void unsafeGetNative(final RawCopy raw) {
        UnsafeMemory.copy(raw.address() + raw.offset, raw.memoryAddress, raw.length);
    }

    @Benchmark
    public void unsafePutNative(final RawCopy raw) {
        UnsafeMemory.copy(raw.memoryAddress, raw.address() + raw.offset, raw.length);
    }

    @Benchmark
    public void controlGetNativeAndBranch(final RawCopy raw) {
        MemorySegment.copy(raw.segment, raw.offset, raw.memory, 0, raw.length);
        if (raw.random == raw.mask) {
            throw new IllegalStateException("the random number is no multiple of 8");
        }
    }

    @Benchmark
    public void controlGetNativeTwice(final RawCopy raw) {
        MemorySegment.copy(raw.segment, raw.offset, raw.memory, 0, raw.length);
        MemorySegment.copy(raw.segment, raw.offset, raw.memory, 0, raw.length);
    }
}
