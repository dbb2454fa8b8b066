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
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * Can the other numbers be trusted: what costs nothing, what does an index alone cost, does one more branch show, and
 * do two loads cost more than one?
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ControlBenchmark {
    @Benchmark
    public void empty() {
        // The harness alone.
    }

    @Benchmark
    public long indexOnly(final Raw raw) {
        raw.random = Mappings.next(raw.random);
        return raw.random & raw.mask;
    }

    @Benchmark
    public long rawOneLoad(final Raw raw) {
        return raw.segment.get(Mappings.LONG, raw.offset);
    }

    @Benchmark
    public long rawOneLoadAndBranch(final Raw raw) {
        final long value = raw.segment.get(Mappings.LONG, raw.offset);
        if (value == raw.random) {
            throw new IllegalStateException("a value that the file does not hold");
        }
        return value;
    }

    @Benchmark
    public long rawTwoLoads(final Raw raw) {
        return raw.segment.get(Mappings.LONG, raw.offset) ^ raw.segment.get(Mappings.LONG, raw.offset ^ raw.mask);
    }

    @Benchmark
    public long regionOneLoad(final Guarded guarded) {
        return guarded.region.getLong(guarded.offset);
    }

    @Benchmark
    public long regionTwoLoads(final Guarded guarded) {
        return guarded.region.getLong(guarded.offset) ^ guarded.region.getLong(guarded.offset ^ guarded.mask);
    }
}
