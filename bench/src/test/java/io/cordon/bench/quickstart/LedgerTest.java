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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.cordon.poison.ByteRange;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.SplittableRandom;

/** The judge of exceptions must be able to say no. */
class LedgerTest {
    private static final long LINE_COUNT = 8;

    private Ledger ledger;
    private long first;

    /** Two lines are struck: one run of two neighbours, whichever they are. */
    @BeforeEach
    void strikeTwoNeighbours() {
        for (long seed = 0; first == 0; seed++) {
            ledger = new Ledger(new SplittableRandom(seed), LINE_COUNT, 2);
            final Ledger.Strike strike = ledger.strikes().getFirst();
            if (strike.count() == 2 && strike.line() > 0) {
                first = strike.line();
            }
        }
    }

    private static List<ByteRange> lines(final long line, final int count) {
        return List.of(new ByteRange(line * Ledger.LINE_LENGTH, (long) count * Ledger.LINE_LENGTH));
    }

    /** Judges a refusal of 8 bytes that touch both struck lines. */
    private String judge(final long begin, final List<ByteRange> ranges) {
        return ledger.judge((first + 1) * Ledger.LINE_LENGTH - 4, Long.BYTES, begin, System.nanoTime(), ranges);
    }

    private void strike() {
        ledger.strikeBegins(ledger.strikes().getFirst());
        ledger.strikeEnded(ledger.strikes().getFirst());
        tick();
    }

    /** Times are compared: the next must be later. */
    private static void tick() {
        final long now = System.nanoTime();
        while (System.nanoTime() == now) {
            Thread.onSpinWait();
        }
    }

    @Test
    void shouldAcceptExactlyThePoisonedLines() {
        strike();
        assertNull(judge(System.nanoTime(), lines(first, 2)));
    }

    @Test
    void shouldRejectMissingLine() {
        strike();
        assertEquals("does not name line " + (first + 1) + ", which was poisoned all the time",
            judge(System.nanoTime(), lines(first, 1)));
    }

    @Test
    void shouldRejectLineThatWasNotTouched() {
        strike();
        assertEquals("names lines that the access did not touch", judge(System.nanoTime(), lines(first - 1, 3)));
    }

    @Test
    void shouldRejectHealthyLine() {
        strike();
        assertEquals("names line " + (first - 1) + ", which was never poisoned",
            ledger.judge(first * Ledger.LINE_LENGTH - 4, Long.BYTES, System.nanoTime(), System.nanoTime(),
                lines(first - 1, 2)));
    }

    @Test
    void shouldRejectLineThatIsNotPoisonedYet() {
        assertEquals("names line " + first + ", which was not poisoned yet",
            judge(System.nanoTime(), lines(first, 2)));
    }

    @Test
    void shouldRejectLineThatWasRecoveredBefore() {
        strike();
        ledger.repairBegins(first);
        ledger.repairEnded(first);
        tick();
        assertEquals("names line " + first + ", which was recovered before",
            judge(System.nanoTime(), lines(first, 2)));
    }

    @Test
    void shouldAcceptEitherWayWhileLineIsBeingRecovered() {
        strike();
        ledger.repairBegins(first + 1);
        tick();
        assertNull(judge(System.nanoTime(), lines(first, 1)));
        assertNull(judge(System.nanoTime(), lines(first, 2)));
    }

    @Test
    void shouldRejectPartsOfLinesAndNothing() {
        strike();
        assertEquals("names no whole lines", judge(System.nanoTime(), List.of()));
        assertEquals("names no whole lines",
            judge(System.nanoTime(), List.of(new ByteRange(first * Ledger.LINE_LENGTH, 8))));
    }
}
