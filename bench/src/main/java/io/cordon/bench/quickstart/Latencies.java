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
package io.cordon.bench.quickstart;

import org.HdrHistogram.Histogram;

import java.util.concurrent.TimeUnit;

/** Histograms of nanoseconds, each for one writing thread. */
final class Latencies {
    private static final long HIGHEST = TimeUnit.MINUTES.toNanos(1);
    private static final int DIGITS = 3;
    private static final int TIMER_ROUNDS = 1_000_000;

    private Latencies() {
    }

    static Histogram histogram() {
        return new Histogram(HIGHEST, DIGITS);
    }

    static void record(final Histogram histogram, final long nanos) {
        histogram.recordValue(Math.min(nanos, HIGHEST));
    }

    /** What is measured if nothing is done between two readings of the clock. */
    static Histogram timer() {
        final Histogram histogram = histogram();
        for (int round = 0; round < 2; round++) {
            // The first round only compiles.
            histogram.reset();
            for (int i = 0; i < TIMER_ROUNDS; i++) {
                final long begin = System.nanoTime();
                final long end = System.nanoTime();
                record(histogram, end - begin);
            }
        }
        return histogram;
    }
}
