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

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Intervals hold the truth as often as they say, and say so when there is nothing to take one from. */
class ContrastTest {
    private static final long SEED = 42;
    private static final int TRIALS = 4000;

    private static List<Double> forks(final SplittableRandom random, final int count, final double mean) {
        final List<Double> forks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            forks.add(mean * (1 + 0.03 * random.nextGaussian()));
        }
        return forks;
    }

    @Test
    void shouldHoldTheTruthNineteenTimesOfTwenty() {
        for (final int count : new int[] {2, 3, 5, 10}) {
            final SplittableRandom random = new SplittableRandom(SEED);
            int held = 0;
            for (int i = 0; i < TRIALS; i++) {
                final Estimate ratio = Contrast.ratio(forks(random, count, 12), forks(random, count, 10));
                held += ratio.low() <= 1.2 && ratio.high() >= 1.2 ? 1 : 0;
            }
            final double share = (double) held / TRIALS;
            // Of two forks the degrees of freedom are hardly known: the interval errs on the wide side.
            assertTrue(share > 0.94 && share < (count == 2 ? 0.995 : 0.97),
                count + " forks: " + share + ", seed " + SEED);
        }
    }

    @Test
    void shouldHoldTheTruthOfAChangeOfRatios() {
        final SplittableRandom random = new SplittableRandom(SEED);
        int held = 0;
        for (int i = 0; i < TRIALS; i++) {
            final Estimate change = Contrast.change(forks(random, 3, 12), forks(random, 3, 10), forks(random, 3, 24),
                forks(random, 3, 30), 0.95);
            held += change.low() <= 1.5 && change.high() >= 1.5 ? 1 : 0;
        }
        final double share = (double) held / TRIALS;
        assertTrue(share > 0.94 && share < 0.975, share + ", seed " + SEED);
    }

    @Test
    @DisplayName("By hand: means 10 and 12, variances of the means 1/3 each")
    void shouldBeWelchs() {
        final Estimate ratio = Contrast.ratio(List.of(11.0, 12.0, 13.0), List.of(9.0, 10.0, 11.0));
        final double variance = 1 / 3.0 / 100 + 1 / 3.0 / 144;
        final double freedom = variance * variance
            / (Math.pow(1 / 3.0 / 100, 2) / 2 + Math.pow(1 / 3.0 / 144, 2) / 2);
        assertEquals(1.2, ratio.value(), 1e-12);
        // Student's quantile for 3.87 degrees of freedom, between those of 3 (3.182) and 4 (2.776).
        final double quantile = Math.log(ratio.high() / ratio.value()) / Math.sqrt(variance);
        assertEquals(3.87, freedom, 0.01);
        assertTrue(quantile > 2.776 && quantile < 2.9, "quantile " + quantile);
        assertEquals(ratio.value() / ratio.low(), ratio.high() / ratio.value(), 1e-12);
    }

    @Test
    void shouldHaveNoIntervalOfASingleFork() {
        assertFalse(Contrast.ratio(List.of(1.0), List.of(1.0, 2.0)).hasInterval());
        assertEquals("1.00 (one fork)", Contrast.of(List.of(1.0)).text(2));
        assertEquals(Verdict.OPEN, Verdict.of(Contrast.of(List.of(1.0)), 2));
    }

    @Test
    void shouldTellMetFromMissedFromNeither() {
        assertEquals(Verdict.MET, Verdict.of(new Estimate(1, 0.9, 1.1), 1.1));
        assertEquals(Verdict.MISSED, Verdict.of(new Estimate(1.3, 1.2, 1.4), 1.1));
        assertEquals(Verdict.OPEN, Verdict.of(new Estimate(1, 0.9, 1.2), 1.1));
    }
}
