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
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/**
 * Does any call of the fast path allocate? To be run with {@code -prof gc}: {@code gc.alloc.rate.norm} says how many
 * bytes a call takes from the heap.
 *
 * <p>There is no pair: the bound is 0. A call is of the fast path if it is one access, a bulk access, a block access,
 * or asks what is known of a range, and nothing has failed.
 *
 * <p>Control: a call that allocates 24 bytes, or 16 with compact headers. The measurement is wrong if that one shows
 * less than 16.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = Peers.NATIVE_ACCESS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 2, time = 300, timeUnit = TimeUnit.MILLISECONDS)
public class AllocationBenchmark {
    private static final int SIZE = 1 << 16;
    private static final int BULK = 256;
    private static final Object SAME = new Object();

    /** One region for all methods that a JVM runs, since opening takes syncs; and something to copy from and to. */
    @State(Scope.Benchmark)
    public static class Bulk {
        private static Region opened;

        Region region;
        final MemorySegment memory = Arena.ofAuto().allocate(BULK);
        final byte[] heap = new byte[BULK];
        long offset = SIZE / 2;
        long random = 0x2545_F491_4F6C_DD1DL;
        float floatValue = 1.5F;
        double doubleValue = 1.5;

        private static synchronized Region opened() throws IOException {
            if (opened == null) {
                opened = Region.builder(Mappings.folder().resolve("region")).size(SIZE).open();
                opened.fill(0, SIZE, (byte) 1);
            }
            return opened;
        }

        @Setup
        public void open() throws IOException {
            region = opened();
        }
    }

    private static long first(final MemorySegment segment) {
        return segment.get(Mappings.LONG, 0);
    }

    private static Object same(final MemorySegment segment) {
        return segment.get(Mappings.LONG, 0) == 0 ? null : SAME;
    }

    @Benchmark
    public byte getByte(final Bulk side) {
        return side.region.getByte(side.offset);
    }

    @Benchmark
    public void putByte(final Bulk side) {
        side.region.putByte(side.offset, (byte) side.random);
    }

    @Benchmark
    public short getShort(final Bulk side) {
        return side.region.getShort(side.offset);
    }

    @Benchmark
    public void putShort(final Bulk side) {
        side.region.putShort(side.offset, (short) side.random);
    }

    @Benchmark
    public char getChar(final Bulk side) {
        return side.region.getChar(side.offset);
    }

    @Benchmark
    public void putChar(final Bulk side) {
        side.region.putChar(side.offset, (char) side.random);
    }

    @Benchmark
    public int getInt(final Bulk side) {
        return side.region.getInt(side.offset);
    }

    @Benchmark
    public void putInt(final Bulk side) {
        side.region.putInt(side.offset, (int) side.random);
    }

    @Benchmark
    public long getLong(final Bulk side) {
        return side.region.getLong(side.offset);
    }

    @Benchmark
    public void putLong(final Bulk side) {
        side.region.putLong(side.offset, side.random);
    }

    @Benchmark
    public float getFloat(final Bulk side) {
        return side.region.getFloat(side.offset);
    }

    @Benchmark
    public void putFloat(final Bulk side) {
        side.region.putFloat(side.offset, side.floatValue);
    }

    @Benchmark
    public double getDouble(final Bulk side) {
        return side.region.getDouble(side.offset);
    }

    @Benchmark
    public void putDouble(final Bulk side) {
        side.region.putDouble(side.offset, side.doubleValue);
    }

    @Benchmark
    public int getIntAcquire(final Bulk side) {
        return side.region.getIntAcquire(side.offset);
    }

    @Benchmark
    public int getIntOpaque(final Bulk side) {
        return side.region.getIntOpaque(side.offset);
    }

    @Benchmark
    public int getIntVolatile(final Bulk side) {
        return side.region.getIntVolatile(side.offset);
    }

    @Benchmark
    public void putIntRelease(final Bulk side) {
        side.region.putIntRelease(side.offset, (int) side.random);
    }

    @Benchmark
    public void putIntOpaque(final Bulk side) {
        side.region.putIntOpaque(side.offset, (int) side.random);
    }

    @Benchmark
    public void putIntVolatile(final Bulk side) {
        side.region.putIntVolatile(side.offset, (int) side.random);
    }

    @Benchmark
    public boolean compareAndSetInt(final Bulk side) {
        return side.region.compareAndSetInt(side.offset, (int) side.random, (int) side.random);
    }

    @Benchmark
    public int compareAndExchangeInt(final Bulk side) {
        return side.region.compareAndExchangeInt(side.offset, (int) side.random, (int) side.random);
    }

    @Benchmark
    public int getAndAddInt(final Bulk side) {
        return side.region.getAndAddInt(side.offset, (int) side.random);
    }

    @Benchmark
    public int getAndSetInt(final Bulk side) {
        return side.region.getAndSetInt(side.offset, (int) side.random);
    }

    @Benchmark
    public long getLongAcquire(final Bulk side) {
        return side.region.getLongAcquire(side.offset);
    }

    @Benchmark
    public long getLongOpaque(final Bulk side) {
        return side.region.getLongOpaque(side.offset);
    }

    @Benchmark
    public long getLongVolatile(final Bulk side) {
        return side.region.getLongVolatile(side.offset);
    }

    @Benchmark
    public void putLongRelease(final Bulk side) {
        side.region.putLongRelease(side.offset, side.random);
    }

    @Benchmark
    public void putLongOpaque(final Bulk side) {
        side.region.putLongOpaque(side.offset, side.random);
    }

    @Benchmark
    public void putLongVolatile(final Bulk side) {
        side.region.putLongVolatile(side.offset, side.random);
    }

    @Benchmark
    public boolean compareAndSetLong(final Bulk side) {
        return side.region.compareAndSetLong(side.offset, side.random, side.random);
    }

    @Benchmark
    public long compareAndExchangeLong(final Bulk side) {
        return side.region.compareAndExchangeLong(side.offset, side.random, side.random);
    }

    @Benchmark
    public long getAndAddLong(final Bulk side) {
        return side.region.getAndAddLong(side.offset, side.random);
    }

    @Benchmark
    public long getAndSetLong(final Bulk side) {
        return side.region.getAndSetLong(side.offset, side.random);
    }

    @Benchmark
    public void getMemory(final Bulk side) {
        side.region.get(side.offset, side.memory, 0, BULK);
    }

    @Benchmark
    public void putMemory(final Bulk side) {
        side.region.put(side.offset, side.memory, 0, BULK);
    }

    @Benchmark
    public void getBytes(final Bulk side) {
        side.region.get(side.offset, side.heap, 0, BULK);
    }

    @Benchmark
    public void putBytes(final Bulk side) {
        side.region.put(side.offset, side.heap, 0, BULK);
    }

    @Benchmark
    public void fill(final Bulk side) {
        side.region.fill(side.offset, BULK, (byte) side.random);
    }

    @Benchmark
    public boolean isReadable(final Bulk side) {
        return side.region.isReadable(side.offset, BULK);
    }

    @Benchmark
    public void verify(final Bulk side) {
        side.region.verify(side.offset, BULK);
    }

    @Benchmark
    public long readAsLong(final Bulk side) {
        return side.region.readAsLong(side.offset, BULK, AllocationBenchmark::first);
    }

    @Benchmark
    public Object read(final Bulk side) {
        return side.region.read(side.offset, BULK, AllocationBenchmark::same);
    }

    @Benchmark
    public boolean isClean(final Bulk side) {
        return side.region.poison().isClean();
    }

    @Benchmark
    public Object controlAllocates(final Bulk side) {
        return new long[] {side.random};
    }
}
