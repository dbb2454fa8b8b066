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
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class BlockReadBenchmark {
    private static final long SIZE = 1 << 21;

    public static class RawBlock extends Raw {
        @Param({"4096", "65536", "1048576"})
        public long block;

        @Override
        long size() {
            return SIZE;
        }
    }

    public static class GuardedBlock extends Degraded {
        @Param({"4096", "65536", "1048576"})
        public long block;

        @Override
        long size() {
            return SIZE;
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
}
