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
import io.cordon.bench.Mappings.Degraded;
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

import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/**
 * What do random 8-byte loads cost, over 64 KiB, which the caches hold, and over 1 GiB, which they do not?
 *
 * <p>{@code One}: one load a call. {@code Many}: 1024 loads a call, region or segment in a local. The offsets come from
 * a generator in registers and depend on no load, so that loads overlap as far as the processor can.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class RandomLoadBenchmark {
    private static final int MANY = 1024;

    public static class RawOfSize extends Raw {
        @Param({"65536", "1073741824"})
        public long size;

        @Override
        long size() {
            return size;
        }
    }

    public static class GuardedOfSize extends Degraded {
        @Param({"65536", "1073741824"})
        public long size;

        @Override
        long size() {
            return size;
        }
    }

    @Benchmark
    public long rawOneField(final RawOfSize raw) {
        raw.random = Mappings.next(raw.random);
        return raw.segment.get(Mappings.LONG, raw.random & raw.mask);
    }

    @Benchmark
    public long regionOneField(final GuardedOfSize guarded) {
        guarded.random = Mappings.next(guarded.random);
        return guarded.region.getLong(guarded.random & guarded.mask);
    }

    @Benchmark
    public long rawOneStatic(final RawOfSize raw) {
        raw.random = Mappings.next(raw.random);
        return ConstantSegment.SEGMENT.get(Mappings.LONG, raw.random & raw.mask);
    }

    @Benchmark
    public long regionOneStatic(final GuardedOfSize guarded) {
        guarded.random = Mappings.next(guarded.random);
        return ConstantRegion.REGION.getLong(guarded.random & guarded.mask);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long rawManyField(final RawOfSize raw) {
        final MemorySegment segment = raw.segment;
        final long mask = raw.mask;
        long random = raw.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += segment.get(Mappings.LONG, random & mask);
        }
        raw.random = random;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long regionManyField(final GuardedOfSize guarded) {
        final Region region = guarded.region;
        final long mask = guarded.mask;
        long random = guarded.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += region.getLong(random & mask);
        }
        guarded.random = random;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long rawManyStatic(final RawOfSize raw) {
        final long mask = raw.mask;
        long random = raw.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += ConstantSegment.SEGMENT.get(Mappings.LONG, random & mask);
        }
        raw.random = random;
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long regionManyStatic(final GuardedOfSize guarded) {
        final long mask = guarded.mask;
        long random = guarded.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += ConstantRegion.REGION.getLong(random & mask);
        }
        guarded.random = random;
        return sum;
    }
}
