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
package io.cordon.bench.tails;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A load counts from when it was due, whatever kept it. */
class FixedRateTest {
    private static final long SIZE = 1 << 16;
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int STALL = 100;

    private static void run(final FixedRate rate, final int settle, final int length) {
        final long begin = System.nanoTime();
        rate.run(begin, begin + settle * MILLI, begin + (settle + length) * MILLI);
    }

    private static long atLeast(final Histogram histogram, final long millis) {
        return histogram.getCountBetweenValues(millis * MILLI, FixedRate.HIGHEST);
    }

    /** One load of all takes 100 ms. */
    private static final class Stalling implements FixedRate.Source {
        private int loads;

        @Override
        public long load(final long offset) {
            if (loads++ == 10) {
                final long end = System.nanoTime() + STALL * MILLI;
                while (System.nanoTime() - end < 0) {
                    LockSupport.parkNanos(end - System.nanoTime());
                }
            }
            return Words.at(offset);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("No coordinated omission: all loads that were due in a stall have waited for its end")
    void shouldCountAStallForAllThatItKept(final boolean sleeps) {
        final FixedRate rate = new FixedRate(new Stalling(), SIZE, MILLI, sleeps);
        run(rate, 0, 200);
        assertEquals(200, rate.loads().getTotalCount());
        // Whatever the machine does, these have waited: 100 ms began when the eleventh load was due, or later.
        for (int waited = 10; waited < STALL; waited += 10) {
            assertTrue(atLeast(rate.loads(), waited) >= STALL - waited,
                atLeast(rate.loads(), waited) + " loads waited for " + waited + " ms");
        }
        assertTrue(atLeast(rate.accesses(), STALL) >= 1, "the access that stalled");
        assertTrue(rate.behind() >= STALL - 1, rate.behind() + " were behind");
        assertEquals(200, rate.behind() + rate.pauses().getTotalCount());
    }

    @Test
    void shouldNotCountWhatIsDueBeforeItHasSettled() {
        final FixedRate rate = new FixedRate(Words::at, SIZE, MILLI, true);
        run(rate, 20, 30);
        assertEquals(30, rate.loads().getTotalCount());
        run(rate, 0, 10);
        assertEquals(10, rate.loads().getTotalCount());
    }

    @Test
    @DisplayName("Law 1: No garbage, while latencies are measured either")
    void shouldFailOnAWrongValue() {
        final FixedRate rate = new FixedRate(offset -> 0, SIZE, MILLI, true);
        assertThrows(IllegalStateException.class, () -> run(rate, 0, 20));
    }
}
