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

import io.cordon.Region;
import io.cordon.bench.Mappings.ConstantRegion;
import io.cordon.bench.Mappings.ConstantSegment;
import io.cordon.bench.Mappings.Guarded;
import io.cordon.bench.Mappings.Raw;
import io.cordon.bench.Peers.Unsafe;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.ThreadParams;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/**
 * Does the order in which a program touches memory, and the cache that holds it, change what the check costs?
 *
 * <p>Loads of 8 bytes: one after the other; one a line; at random, so that they overlap as far as the processor can;
 * and chased, where each loaded value is the next offset and nothing overlaps. Over half of each cache of this machine
 * and over far more than all of them ({@link Caches}). 1024 loads a call. {@code Two}: two threads, each with its own
 * way through the same memory.
 *
 * <p>Pairs: the region against {@code raw} of the same shape; {@code Unsafe} is the access with no check at all.
 *
 * <p>Controls: the random offsets without a load; the chase with one more branch on each value; the chase of twice as
 * many loads. The measurement is wrong if the raw chase does not grow from each level to the next, if {@code
 * controlChaseTwice} is not twice the chase, if the branch shows in a chase through memory, or if random loads within
 * L1 cost less than their offsets alone.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.ALLOW_UNSAFE})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class PatternBenchmark {
    private static final int MANY = 1024;
    private static final int LINE = 64;
    private static final int STRIDE = LINE;

    /** The first word of each line has the next line's offset; one ring leads through all lines, at random. */
    private static long chain(final long index, final long mask) {
        final int words = LINE / Long.BYTES;
        if (index % words != 0) {
            return index;
        }
        // A linear congruential generator of full period: its factor is 1 modulo 4, its addend odd.
        return (index / words * 0x5851_F42D_4C95_7F2DL + 0x1405_7B7E_F767_814FL) * LINE & mask;
    }

    public static class RawPattern extends Raw {
        @Param({"L1", "L2", "L3", "memory"})
        public String level;

        @Override
        long size() throws IOException {
            return Caches.workingSet(level);
        }

        @Override
        long word(final long index) {
            return chain(index, mask);
        }
    }

    public static class GuardedPattern extends Guarded {
        @Param({"L1", "L2", "L3", "memory"})
        public String level;

        @Override
        long size() throws IOException {
            return Caches.workingSet(level);
        }

        @Override
        long word(final long index) {
            return chain(index, mask);
        }
    }

    public static class UnsafePattern extends Unsafe {
        @Param({"L1", "L2", "L3", "memory"})
        public String level;

        @Override
        long size() throws IOException {
            return Caches.workingSet(level);
        }

        @Override
        long word(final long index) {
            return chain(index, mask);
        }
    }

    /** Where a thread is; the second one starts elsewhere. */
    @State(Scope.Thread)
    public static class Cursor {
        long offset;
        long line;

        @Setup
        public void start(final ThreadParams thread) {
            offset = 0x2545_F491_4F6C_DD18L + LINE * thread.getThreadIndex();
            line = (long) LINE * thread.getThreadIndex();
        }
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long rawSequentialField(final RawPattern side, final Cursor cursor) {
        final MemorySegment segment = side.segment;
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = offset + Long.BYTES & mask;
            sum += segment.get(Mappings.LONG, offset);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long regionSequentialField(final GuardedPattern side, final Cursor cursor) {
        final Region region = side.region;
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = offset + Long.BYTES & mask;
            sum += region.getLong(offset);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long unsafeSequentialField(final UnsafePattern side, final Cursor cursor) {
        final long address = side.address;
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = offset + Long.BYTES & mask;
            sum += UnsafeMemory.getLong(address + offset);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long rawSequentialStatic(final RawPattern side, final Cursor cursor) {
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = offset + Long.BYTES & mask;
            sum += ConstantSegment.SEGMENT.get(Mappings.LONG, offset);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long regionSequentialStatic(final GuardedPattern side, final Cursor cursor) {
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = offset + Long.BYTES & mask;
            sum += ConstantRegion.REGION.getLong(offset);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    @Threads(2)
    public long rawSequentialFieldTwo(final RawPattern side, final Cursor cursor) {
        final MemorySegment segment = side.segment;
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = offset + Long.BYTES & mask;
            sum += segment.get(Mappings.LONG, offset);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    @Threads(2)
    public long regionSequentialFieldTwo(final GuardedPattern side, final Cursor cursor) {
        final Region region = side.region;
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = offset + Long.BYTES & mask;
            sum += region.getLong(offset);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long rawStridedField(final RawPattern side, final Cursor cursor) {
        final MemorySegment segment = side.segment;
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = offset + STRIDE & mask;
            sum += segment.get(Mappings.LONG, offset);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long regionStridedField(final GuardedPattern side, final Cursor cursor) {
        final Region region = side.region;
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = offset + STRIDE & mask;
            sum += region.getLong(offset);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long unsafeStridedField(final UnsafePattern side, final Cursor cursor) {
        final long address = side.address;
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = offset + STRIDE & mask;
            sum += UnsafeMemory.getLong(address + offset);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long rawStridedStatic(final RawPattern side, final Cursor cursor) {
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = offset + STRIDE & mask;
            sum += ConstantSegment.SEGMENT.get(Mappings.LONG, offset);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long regionStridedStatic(final GuardedPattern side, final Cursor cursor) {
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = offset + STRIDE & mask;
            sum += ConstantRegion.REGION.getLong(offset);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    @Threads(2)
    public long rawStridedFieldTwo(final RawPattern side, final Cursor cursor) {
        final MemorySegment segment = side.segment;
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = offset + STRIDE & mask;
            sum += segment.get(Mappings.LONG, offset);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    @Threads(2)
    public long regionStridedFieldTwo(final GuardedPattern side, final Cursor cursor) {
        final Region region = side.region;
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = offset + STRIDE & mask;
            sum += region.getLong(offset);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long rawRandomField(final RawPattern side, final Cursor cursor) {
        final MemorySegment segment = side.segment;
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = Mappings.next(offset);
            sum += segment.get(Mappings.LONG, offset & mask);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long regionRandomField(final GuardedPattern side, final Cursor cursor) {
        final Region region = side.region;
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = Mappings.next(offset);
            sum += region.getLong(offset & mask);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long unsafeRandomField(final UnsafePattern side, final Cursor cursor) {
        final long address = side.address;
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = Mappings.next(offset);
            sum += UnsafeMemory.getLong(address + (offset & mask));
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long rawRandomStatic(final RawPattern side, final Cursor cursor) {
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = Mappings.next(offset);
            sum += ConstantSegment.SEGMENT.get(Mappings.LONG, offset & mask);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long regionRandomStatic(final GuardedPattern side, final Cursor cursor) {
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = Mappings.next(offset);
            sum += ConstantRegion.REGION.getLong(offset & mask);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    @Threads(2)
    public long rawRandomFieldTwo(final RawPattern side, final Cursor cursor) {
        final MemorySegment segment = side.segment;
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = Mappings.next(offset);
            sum += segment.get(Mappings.LONG, offset & mask);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    @Threads(2)
    public long regionRandomFieldTwo(final GuardedPattern side, final Cursor cursor) {
        final Region region = side.region;
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = Mappings.next(offset);
            sum += region.getLong(offset & mask);
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long rawChaseField(final RawPattern side, final Cursor cursor) {
        final MemorySegment segment = side.segment;
        long offset = cursor.line;
        for (int i = 0; i < MANY; i++) {
            offset = segment.get(Mappings.LONG, offset);
        }
        cursor.line = offset;
        return offset;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long regionChaseField(final GuardedPattern side, final Cursor cursor) {
        final Region region = side.region;
        long offset = cursor.line;
        for (int i = 0; i < MANY; i++) {
            offset = region.getLong(offset);
        }
        cursor.line = offset;
        return offset;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long unsafeChaseField(final UnsafePattern side, final Cursor cursor) {
        final long address = side.address;
        long offset = cursor.line;
        for (int i = 0; i < MANY; i++) {
            offset = UnsafeMemory.getLong(address + offset);
        }
        cursor.line = offset;
        return offset;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long rawChaseStatic(final RawPattern side, final Cursor cursor) {
        long offset = cursor.line;
        for (int i = 0; i < MANY; i++) {
            offset = ConstantSegment.SEGMENT.get(Mappings.LONG, offset);
        }
        cursor.line = offset;
        return offset;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long regionChaseStatic(final GuardedPattern side, final Cursor cursor) {
        long offset = cursor.line;
        for (int i = 0; i < MANY; i++) {
            offset = ConstantRegion.REGION.getLong(offset);
        }
        cursor.line = offset;
        return offset;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    @Threads(2)
    public long rawChaseFieldTwo(final RawPattern side, final Cursor cursor) {
        final MemorySegment segment = side.segment;
        long offset = cursor.line;
        for (int i = 0; i < MANY; i++) {
            offset = segment.get(Mappings.LONG, offset);
        }
        cursor.line = offset;
        return offset;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    @Threads(2)
    public long regionChaseFieldTwo(final GuardedPattern side, final Cursor cursor) {
        final Region region = side.region;
        long offset = cursor.line;
        for (int i = 0; i < MANY; i++) {
            offset = region.getLong(offset);
        }
        cursor.line = offset;
        return offset;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long controlRandomNoLoad(final RawPattern side, final Cursor cursor) {
        final long mask = side.mask;
        long offset = cursor.offset;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            offset = Mappings.next(offset);
            sum += offset & mask;
        }
        cursor.offset = offset;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long controlChaseAndBranch(final RawPattern side, final Cursor cursor) {
        final MemorySegment segment = side.segment;
        long offset = cursor.line;
        for (int i = 0; i < MANY; i++) {
            offset = segment.get(Mappings.LONG, offset);
            if (offset == side.random) {
                throw new IllegalStateException("a value that the file does not hold");
            }
        }
        cursor.line = offset;
        return offset;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long controlChaseTwice(final RawPattern side, final Cursor cursor) {
        final MemorySegment segment = side.segment;
        long offset = cursor.line;
        for (int i = 0; i < 2 * MANY; i++) {
            offset = segment.get(Mappings.LONG, offset);
        }
        cursor.line = offset;
        return offset;
    }
}
