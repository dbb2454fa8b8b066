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
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * What do accesses of healthy pages cost in a region that has 1, 1,000 or 100,000 lost lines elsewhere, each in a page
 * of its own, or beside a region that has 1,000?
 *
 * <p>Pairs: the region against {@code raw}, and against itself with none lost. A lost line scars the pages whose index
 * is the same modulo 2048: {@code Scarred} goes to a page that shares the scar of the first lost line, the others to
 * one that shares it with none of 1,000; of 100,000 all pages share one. {@code Many}: 1024 random loads of 16 MiB, of
 * whose pages one in 1024 shares a scar with the first lost line. {@code Near}, {@code Shared}: 1024 random loads of 16
 * pages, one of which is slowed by the first lost line, as the page before it, or since it shares its scar.
 * {@code Copy} and {@code Sum}: 4096 bytes.
 *
 * <p>Controls: none lost, which must cost what {@link FastPathBenchmark} says; a line more than asked for, or one less,
 * fails the run. The measurement is wrong if {@code Scarred} costs more than the other with none lost, or as little as
 * the other with one lost.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = Peers.NATIVE_ACCESS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class DegradedBenchmark {
    private static final VarHandle HANDLE = ValueLayout.JAVA_LONG.varHandle();
    private static final long HEALTHY = 1 << 24;
    private static final int PAGE = 4096;
    private static final int MANY = 1024;
    private static final long FEW_PAGES = 16 * PAGE;
    private static final long COPY = 4096;
    private static final long SCARRED = 24;
    private static final long UNSCARRED = 1500 * PAGE;
    private static final int IN_OTHER = 1000;

    public static class RawSide extends Raw {
        long scarred = SCARRED;
        MemorySegment memory;

        @Override
        long size() {
            return HEALTHY;
        }

        @Override
        void open(final long size) throws IOException {
            super.open(size);
            offset = UNSCARRED;
            memory = Arena.global().allocate(COPY, PAGE);
        }
    }

    /** A region whose healthy pages come first. */
    public static class LostSide extends Guarded {
        @Param({"0", "1", "1000", "100000", "other"})
        public String lost;
        long scarred = SCARRED;
        MemorySegment memory;
        private Region other;

        @Override
        long size() {
            return HEALTHY;
        }

        @Override
        long lostLines() {
            return lost.equals("other") ? 0 : Long.parseLong(lost);
        }

        @Override
        void open(final long size) throws IOException {
            offset = UNSCARRED;
            memory = Arena.global().allocate(COPY, PAGE);
            region = Mappings.adopt(open("region", (int) lostLines()));
            if (lost.equals("other")) {
                other = open("other", IN_OTHER);
            }
            for (long at = 0; at < size; at += PAGE) {
                region.getByte(at);
            }
        }

        private Region open(final String name, final int lines) throws IOException {
            final Path file = Mappings.fill(Mappings.folder().resolve(name), HEALTHY, this::word);
            LostLines.add(file, HEALTHY / PAGE, lines);
            final Region opened = Region.builder(file).sparse(true).open();
            if (opened.poison().lineCount() != lines) {
                throw new IllegalStateException(opened.poison().lineCount() + " lines are lost, not " + lines);
            }
            return opened;
        }
    }

    @Benchmark
    public long rawLoadField(final RawSide side) {
        return side.segment.get(Mappings.LONG, side.offset);
    }

    @Benchmark
    public long regionLoadField(final LostSide side) {
        return side.region.getLong(side.offset);
    }

    @Benchmark
    public long rawLoadStatic(final RawSide side) {
        return ConstantSegment.SEGMENT.get(Mappings.LONG, side.offset);
    }

    @Benchmark
    public long regionLoadStatic(final LostSide side) {
        return ConstantRegion.REGION.getLong(side.offset);
    }

    @Benchmark
    public void rawStoreField(final RawSide side) {
        side.segment.set(Mappings.LONG, side.offset, side.random);
    }

    @Benchmark
    public void regionStoreField(final LostSide side) {
        side.region.putLong(side.offset, side.random);
    }

    @Benchmark
    public long rawLoadScarredField(final RawSide side) {
        return side.segment.get(Mappings.LONG, side.scarred);
    }

    @Benchmark
    public long regionLoadScarredField(final LostSide side) {
        return side.region.getLong(side.scarred);
    }

    @Benchmark
    public long rawLoadScarredStatic(final RawSide side) {
        return ConstantSegment.SEGMENT.get(Mappings.LONG, side.scarred);
    }

    @Benchmark
    public long regionLoadScarredStatic(final LostSide side) {
        return ConstantRegion.REGION.getLong(side.scarred);
    }

    @Benchmark
    public void rawStoreScarredField(final RawSide side) {
        side.segment.set(Mappings.LONG, side.scarred, side.random);
    }

    @Benchmark
    public void regionStoreScarredField(final LostSide side) {
        side.region.putLong(side.scarred, side.random);
    }

    @Benchmark
    public long rawGetAndAddField(final RawSide side) {
        return (long) HANDLE.getAndAdd(side.segment, side.offset, side.random);
    }

    @Benchmark
    public long regionGetAndAddField(final LostSide side) {
        return side.region.getAndAddLong(side.offset, side.random);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long rawManyField(final RawSide side) {
        final MemorySegment segment = side.segment;
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += segment.get(Mappings.LONG, random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long regionManyField(final LostSide side) {
        final Region region = side.region;
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += region.getLong(random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long rawNearField(final RawSide side) {
        return sumRaw(side, HEALTHY - FEW_PAGES);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long regionNearField(final LostSide side) {
        return sumRegion(side, HEALTHY - FEW_PAGES);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long rawSharedField(final RawSide side) {
        return sumRaw(side, 0);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long regionSharedField(final LostSide side) {
        return sumRegion(side, 0);
    }

    private static long sumRaw(final RawSide side, final long start) {
        final MemorySegment segment = side.segment;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += segment.get(Mappings.LONG, start + (random & FEW_PAGES - Long.BYTES));
        }
        side.random = random;
        return sum;
    }

    private static long sumRegion(final LostSide side, final long start) {
        final Region region = side.region;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += region.getLong(start + (random & FEW_PAGES - Long.BYTES));
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public void rawCopy(final RawSide side) {
        MemorySegment.copy(side.segment, side.offset, side.memory, 0, COPY);
    }

    @Benchmark
    public void regionCopy(final LostSide side) {
        side.region.get(side.offset, side.memory, 0, COPY);
    }

    @Benchmark
    public long rawSum(final RawSide side) {
        return BlockReadBenchmark.sum(side.segment.asSlice(side.offset, COPY));
    }

    @Benchmark
    public long regionSum(final LostSide side) {
        return side.region.readAsLong(side.offset, COPY, BlockReadBenchmark::sum);
    }
}
