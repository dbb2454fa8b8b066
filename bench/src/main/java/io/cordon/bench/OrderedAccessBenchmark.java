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
import io.cordon.bench.Mappings.Guarded;
import io.cordon.bench.Mappings.Raw;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;

/**
 * What does an ordered access or an atomic update cost, against the {@code VarHandle} on the raw segment?
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class OrderedAccessBenchmark {
    private static final VarHandle HANDLE = ValueLayout.JAVA_LONG.varHandle();

    @Benchmark
    public long rawAcquireField(final Raw raw) {
        return (long) HANDLE.getAcquire(raw.segment, raw.offset);
    }

    @Benchmark
    public long regionAcquireField(final Guarded guarded) {
        return guarded.region.getLongAcquire(guarded.offset);
    }

    @Benchmark
    public long rawAcquireStatic(final Raw raw) {
        return (long) HANDLE.getAcquire(ConstantSegment.SEGMENT, raw.offset);
    }

    @Benchmark
    public long regionAcquireStatic(final Guarded guarded) {
        return ConstantRegion.REGION.getLongAcquire(guarded.offset);
    }

    @Benchmark
    public void rawReleaseField(final Raw raw) {
        HANDLE.setRelease(raw.segment, raw.offset, raw.random);
    }

    @Benchmark
    public void regionReleaseField(final Guarded guarded) {
        guarded.region.putLongRelease(guarded.offset, guarded.random);
    }

    @Benchmark
    public void rawReleaseStatic(final Raw raw) {
        HANDLE.setRelease(ConstantSegment.SEGMENT, raw.offset, raw.random);
    }

    @Benchmark
    public void regionReleaseStatic(final Guarded guarded) {
        ConstantRegion.REGION.putLongRelease(guarded.offset, guarded.random);
    }

    @Benchmark
    public boolean rawCompareAndSetField(final Raw raw) {
        return HANDLE.compareAndSet(raw.segment, raw.offset, raw.random, raw.random);
    }

    @Benchmark
    public boolean regionCompareAndSetField(final Guarded guarded) {
        return guarded.region.compareAndSetLong(guarded.offset, guarded.random, guarded.random);
    }

    @Benchmark
    public boolean rawCompareAndSetStatic(final Raw raw) {
        return HANDLE.compareAndSet(ConstantSegment.SEGMENT, raw.offset, raw.random, raw.random);
    }

    @Benchmark
    public boolean regionCompareAndSetStatic(final Guarded guarded) {
        return ConstantRegion.REGION.compareAndSetLong(guarded.offset, guarded.random, guarded.random);
    }

    @Benchmark
    public long rawGetAndAddField(final Raw raw) {
        return (long) HANDLE.getAndAdd(raw.segment, raw.offset, raw.random);
    }

    @Benchmark
    public long regionGetAndAddField(final Guarded guarded) {
        return guarded.region.getAndAddLong(guarded.offset, guarded.random);
    }

    @Benchmark
    public long rawGetAndAddStatic(final Raw raw) {
        return (long) HANDLE.getAndAdd(ConstantSegment.SEGMENT, raw.offset, raw.random);
    }

    @Benchmark
    public long regionGetAndAddStatic(final Guarded guarded) {
        return ConstantRegion.REGION.getAndAddLong(guarded.offset, guarded.random);
    }
}
