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
import io.cordon.bench.Mappings.Degraded;
import io.cordon.bench.Mappings.Raw;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Warmup;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/**
 * What does a loop over a block cost inside {@code readAsLong}, against the same loop over a raw slice?
 *
 * <p>Pairs: the region against {@code raw}, 8 B to 64 MiB, clean, with a lost line elsewhere, with one in another
 * region.
 *
 * <p>Controls: the sum by {@code Unsafe}, with no check at all; the sum by checked loads one by one, which is what
 * {@code read} saves; twice the sum. The measurement is wrong if twice the sum does not cost twice as much from 4 KiB
 * on. Whether such loops vectorise is {@link VectorLoopBenchmark}'s question.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.ALLOW_UNSAFE})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class BlockReadBenchmark {
    private static final long SMALLEST = 1 << 16;

    public static class RawBlock extends Raw {
        @Param({"8", "64", "512", "4096", "65536", "1048576", "16777216", "67108864"})
        public long block;

        @Override
        long size() {
            return Long.highestOneBit(SMALLEST + block) << 1;
        }
    }

    public static class GuardedBlock extends Degraded {
        @Param({"8", "64", "512", "4096", "65536", "1048576", "16777216", "67108864"})
        public long block;

        @Override
        long size() {
            return Long.highestOneBit(SMALLEST + block) << 1;
        }
    }

    static long sum(final MemorySegment segment) {
        final long length = segment.byteSize();
        long sum = 0;
        for (long offset = 0; offset < length; offset += Long.BYTES) {
            sum += segment.get(Mappings.LONG, offset);
        }
        return sum;
    }

    @Benchmark
    public long rawSum(final RawBlock raw) {
        return sum(raw.segment.asSlice(raw.offset, raw.block));
    }

    @Benchmark
    public long regionSum(final GuardedBlock guarded) {
        return guarded.region.readAsLong(guarded.offset, guarded.block, BlockReadBenchmark::sum);
    }

    @Benchmark
    public long controlUnsafeSum(final RawBlock raw) {
        final long start = raw.segment.address() + raw.offset;
        final long end = start + raw.block;
        long sum = 0;
        for (long at = start; at < end; at += Long.BYTES) {
            sum += UnsafeMemory.getLong(at);
        }
        return sum;
    }

    @Benchmark
    public long controlOneByOneSum(final GuardedBlock guarded) {
        final Region region = guarded.region;
        final long end = guarded.offset + guarded.block;
        long sum = 0;
        for (long offset = guarded.offset; offset < end; offset += Long.BYTES) {
            sum += region.getLong(offset);
        }
        return sum;
    }

    @Benchmark
    public long controlRawSumTwice(final RawBlock raw) {
        return sum(raw.segment.asSlice(raw.offset, raw.block)) ^ sum(raw.segment.asSlice(raw.offset + 8, raw.block));
    }
}
