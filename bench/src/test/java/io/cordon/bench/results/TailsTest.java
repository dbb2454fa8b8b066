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

import io.cordon.bench.tails.Phase;
import io.cordon.bench.tails.Slice;
import io.cordon.bench.tails.TailLog;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The ratio of tails: what is twice as slow is told so, and what is the same is not told apart. */
class TailsTest {
    private static final long SEED = 11;
    private static final int LOADS = 20_000;
    private static final int TRIALS = 100;

    /** Loads of 50 ns; one in 1000 takes up to 10 µs times a factor. */
    private static List<Histogram> rounds(final SplittableRandom random, final int rounds, final double factor) {
        final List<Histogram> histograms = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            final Histogram histogram = new Histogram(60_000_000_000L, 3);
            for (int i = 0; i < LOADS; i++) {
                histogram.recordValue(random.nextInt(1000) == 0 ? (long) (factor * random.nextInt(100, 10_000)) : 50);
            }
            histograms.add(histogram);
        }
        return histograms;
    }

    private static Tails tails(final int rounds, final double factor) {
        return tails(new SplittableRandom(SEED), rounds, factor);
    }

    private static Tails tails(final SplittableRandom random, final int rounds, final double factor) {
        final Map<String, List<Histogram>> series = new TreeMap<>();
        series.put("idle." + TailLog.LOAD, rounds(random, rounds, 1));
        series.put("storm." + TailLog.LOAD, rounds(random, rounds, factor));
        return new Tails(new LinkedHashMap<>(), List.of(), series);
    }

    private static Estimate ratio(final Tails tails) {
        return tails.ratio(TailLog.LOAD, Tails.PERCENT, Phase.STORM, Phase.IDLE);
    }

    @Test
    void shouldTellWhatIsTwiceAsSlow() {
        final Estimate ratio = ratio(tails(10, 2));
        assertEquals(2, ratio.value(), 0.1, "seed " + SEED);
        assertTrue(ratio.low() > 1.7 && ratio.high() < 2.3, ratio + ", seed " + SEED);
    }

    @Test
    void shouldSeldomTellApartWhatIsTheSame() {
        final SplittableRandom random = new SplittableRandom(SEED);
        int apart = 0;
        for (int i = 0; i < TRIALS; i++) {
            final Estimate ratio = ratio(tails(random, 8, 1));
            apart += ratio.low() > 1 || ratio.high() < 1 ? 1 : 0;
        }
        assertTrue(apart <= TRIALS / 10, apart + " of " + TRIALS + ", seed " + SEED);
    }

    @Test
    void shouldKnowWhetherTheRateWasHeld() {
        final Slice slow = new Slice("idle", 0, 1, 0, "nothing", 1000, 20, 0, 0, 0, 0, 0);
        final Slice good = new Slice("storm", 0, 1, 9, "page recovered", 1000, 5, 0, 0, 0, 0, 0);
        final Tails tails = new Tails(new LinkedHashMap<>(), List.of(slow, good), new TreeMap<>());
        assertEquals(0.02, tails.behind(Phase.IDLE));
        assertFalse(tails.isHeld(Phase.IDLE));
        assertTrue(tails.isHeld(Phase.STORM));
    }

    @Test
    @DisplayName("One round of ten with a stall leaves the typical round as it was, and not the percentile of all")
    void shouldTellATypicalRoundFromAStall() {
        final Tails tails = tails(11, 1.5);
        tails.series().get("storm." + TailLog.LOAD).get(4).recordValueWithCount(30_000_000, 1000);
        final Estimate typical = tails.typical(TailLog.LOAD, Tails.PERCENT, Phase.STORM, Phase.IDLE);
        assertEquals(1.5, typical.value(), 0.2, "seed " + SEED);
        assertTrue(typical.low() > 1.2 && typical.high() < 1.9, typical + ", seed " + SEED);
        assertTrue(ratio(tails).value() > 1000, ratio(tails) + ", seed " + SEED);
    }

    @Test
    void shouldGiveTheSameAgain() {
        assertEquals(ratio(tails(4, 1.5)), ratio(tails(4, 1.5)));
    }

    @Test
    void shouldHaveNoIntervalOfOneRound() {
        assertFalse(ratio(tails(1, 1)).hasInterval());
    }

    @Test
    void shouldAgreeWithTheHistogramsOwnPercentile() {
        final Tails tails = tails(6, 3);
        final double own = (double) tails.all(Phase.STORM, TailLog.LOAD).getValueAtPercentile(Tails.PERCENT)
            / tails.all(Phase.IDLE, TailLog.LOAD).getValueAtPercentile(Tails.PERCENT);
        assertEquals(own, ratio(tails).value(), own * 0.002);
    }
}
