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

import io.cordon.bench.Mappings.ConstantRegion;
import io.cordon.bench.Mappings.ConstantSegment;
import io.cordon.bench.Mappings.Degraded;
import io.cordon.bench.Mappings.Raw;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * What does one checked load or store of a cached line cost, against the raw one: with the region in an instance field
 * and in a {@code static final} one, clean and with poison elsewhere?
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class FastPathBenchmark {
    @Benchmark
    public long rawLoadField(final Raw raw) {
        return raw.segment.get(Mappings.LONG, raw.offset);
    }

    @Benchmark
    public long regionLoadField(final Degraded guarded) {
        return guarded.region.getLong(guarded.offset);
    }

    @Benchmark
    public void rawStoreField(final Raw raw) {
        raw.segment.set(Mappings.LONG, raw.offset, raw.random);
    }

    @Benchmark
    public void regionStoreField(final Degraded guarded) {
        guarded.region.putLong(guarded.offset, guarded.random);
    }

    @Benchmark
    public long rawLoadStatic(final Raw raw) {
        return ConstantSegment.SEGMENT.get(Mappings.LONG, raw.offset);
    }

    @Benchmark
    public long regionLoadStatic(final Degraded guarded) {
        return ConstantRegion.REGION.getLong(guarded.offset);
    }

    @Benchmark
    public void rawStoreStatic(final Raw raw) {
        ConstantSegment.SEGMENT.set(Mappings.LONG, raw.offset, raw.random);
    }

    @Benchmark
    public void regionStoreStatic(final Degraded guarded) {
        ConstantRegion.REGION.putLong(guarded.offset, guarded.random);
    }
}
