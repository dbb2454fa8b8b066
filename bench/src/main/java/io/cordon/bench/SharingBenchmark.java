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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.ThreadParams;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;

/**
 * Do two threads on one region disturb each other more than two on raw memory? Both read the hazard word at each
 * access; nobody writes it while nothing fails.
 *
 * <p>Pairs: the region against {@code raw}: two threads that add to words in lines of their own, that add to different
 * words of one line, that load from lines of their own while nobody stores.
 *
 * <p>Controls: one thread alone. The measurement is wrong if {@code SameLine} is not several times {@code OwnLines}:
 * then the two threads did not run at the same time; or if {@code OwnLines} is not what one thread alone costs.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = Peers.NATIVE_ACCESS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Threads(2)
public class SharingBenchmark {
    private static final VarHandle HANDLE = ValueLayout.JAVA_LONG.varHandle();
    /** Processors fetch lines in pairs. */
    private static final int APART = 256;

    /** Which words a thread touches. */
    @State(Scope.Thread)
    public static class Place {
        long sameLine;
        long ownLine;

        @Setup
        public void choose(final ThreadParams thread) {
            sameLine = (long) Long.BYTES * thread.getThreadIndex();
            ownLine = (long) APART * thread.getThreadIndex();
        }
    }

    @Benchmark
    public long rawAddOwnLines(final Raw side, final Place place) {
        return (long) HANDLE.getAndAdd(side.segment, place.ownLine, 1L);
    }

    @Benchmark
    public long regionAddOwnLines(final Guarded side, final Place place) {
        return side.region.getAndAddLong(place.ownLine, 1L);
    }

    @Benchmark
    public long rawAddSameLine(final Raw side, final Place place) {
        return (long) HANDLE.getAndAdd(side.segment, place.sameLine, 1L);
    }

    @Benchmark
    public long regionAddSameLine(final Guarded side, final Place place) {
        return side.region.getAndAddLong(place.sameLine, 1L);
    }

    @Benchmark
    public long rawLoadOwnLines(final Raw side, final Place place) {
        return side.segment.get(Mappings.LONG, place.ownLine);
    }

    @Benchmark
    public long regionLoadOwnLines(final Guarded side, final Place place) {
        return side.region.getLong(place.ownLine);
    }

    @Benchmark
    @Threads(1)
    public long controlRawAddAlone(final Raw side, final Place place) {
        return (long) HANDLE.getAndAdd(side.segment, place.ownLine, 1L);
    }

    @Benchmark
    @Threads(1)
    public long controlRawLoadAlone(final Raw side, final Place place) {
        return side.segment.get(Mappings.LONG, place.ownLine);
    }
}
