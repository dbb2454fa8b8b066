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
package io.cordon.bench.results;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

import java.util.concurrent.TimeUnit;

/**
 * The null benchmark: it measures nothing of Cordon's, and does the same before a run and after it. What its forks
 * differ by is the machine's noise; a smaller difference between two results proves nothing.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class NullRun {
    private static final int STEPS = 1024;
    /** 128 MiB: more than a processor's caches. */
    private static final int WORDS = 1 << 24;

    /** Random numbers. */
    @State(Scope.Thread)
    public static class Numbers {
        private long random = 0x2545_F491_4F6C_DD1DL;

        long next() {
            long x = random;
            x ^= x << 13;
            x ^= x >>> 7;
            random = x ^ x << 17;
            return random;
        }
    }

    /** Memory that no cache holds. */
    @State(Scope.Thread)
    public static class Words {
        private final long[] words = new long[WORDS];
    }

    /** The processor alone. */
    @Benchmark
    public long processor(final Numbers numbers) {
        long sum = 0;
        for (int i = 0; i < STEPS; i++) {
            sum += numbers.next();
        }
        return sum;
    }

    /** The processor and the memory. */
    @Benchmark
    public long memory(final Numbers numbers, final Words memory) {
        long sum = 0;
        for (int i = 0; i < STEPS; i++) {
            sum += memory.words[(int) numbers.next() & WORDS - 1];
        }
        return sum;
    }
}
