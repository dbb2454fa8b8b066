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
package io.cordon.poison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.poison.BadBlocks.Check;
import io.cordon.poison.BadBlocks.Entry;
import io.cordon.poison.BadBlocks.Verdict;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules of block/badblocks.c one by one, each with numbers; BadBlocksModelTest has the rest. */
class BadBlocksTest {
    private static final long MAX = Long.MAX_VALUE;

    /** Runs "set 10+4 a", "set 10+4 u", "clear 10+4", "ack", separated by commas. */
    private static BadBlocks run(final int shift, final String script) {
        final BadBlocks list = new BadBlocks(shift);
        for (final String command : script.split(", ")) {
            final String[] word = command.split("[ +]");
            switch (word[0]) {
                case "set" ->
                    assertTrue(list.set(Long.parseLong(word[1]), Long.parseLong(word[2]), "a".equals(word[3])));
                case "clear" -> assertTrue(list.clear(Long.parseLong(word[1]), Long.parseLong(word[2])));
                case "ack" -> list.acknowledgeAll();
                default -> throw new IllegalArgumentException(command);
            }
        }
        return list;
    }

    private static String show(final BadBlocks list) {
        return list.entries().stream()
            .map(entry -> entry.sector() + "+" + entry.count() + (entry.acknowledged() ? "a" : "u"))
            .collect(Collectors.joining(" "));
    }

    /** The kernel's vectors, as they ran in its own code, with records that touch merged. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        merge: neighbours on both sides      | set 100+8 a, set 108+8 a, set 92+8 a            | 92+24a
        merge: a hole is filled              | set 100+10 a, set 120+10 a, set 110+10 a        | 100+30a
        merge: over several records          | set 32+1 a, set 34+1 a, set 36+1 a, set 32+12 a | 32+12a
        merge: exact duplicate and inside    | set 40+8 a, set 40+8 a, set 42+2 a              | 40+8a
        order: whatever the order of calls   | set 50+1 a, set 10+1 a, set 30+1 a, set 20+1 a  | 10+1a 20+1a 30+1a 50+1a
        length: longer than 512              | set 0+512 a, set 512+1 a                        | 0+513a
        length: longer than 512 at once      | set 1000+1300 a                                 | 1000+1300a
        length: grows over 512               | set 0+500 a, set 500+100 a                      | 0+600a
        merge: one sector apart stays apart  | set 10+1 a, set 12+1 a                          | 10+1a 12+1a
        ack: over unacknowledged             | set 100+10 u, set 100+10 a                      | 100+10a
        ack: in the middle                   | set 100+10 u, set 104+2 a                       | 100+4u 104+2a 106+4u
        ack: at the end                      | set 100+10 u, set 106+4 a                       | 100+6u 106+4a
        ack: at the start                    | set 100+10 u, set 98+4 a                        | 98+4a 102+8u
        ack: never taken back                | set 100+10 a, set 100+10 u, set 102+4 u         | 100+10a
        ack: unacknowledged around it        | set 100+10 a, set 90+30 u                       | 90+10u 100+10a 110+10u
        ack: unacknowledged between several  | set 10+2 a, set 14+2 a, set 11+4 u              | 10+2a 12+2u 14+2a
        ack: touching, not merged            | set 10+2 a, set 12+2 u                          | 10+2a 12+2u
        ack: all                             | set 10+2 a, set 12+2 u, set 20+1 u, ack         | 10+4a 20+1a
        clear: in the middle                 | set 100+20 a, clear 105+5                       | 100+5a 110+10a
        clear: in the middle, unacknowledged | set 100+20 u, clear 105+5                       | 100+5u 110+10u
        clear: one sector                    | set 10+3 a, clear 11+1                          | 10+1a 12+1a
        clear: the start                     | set 10+3 a, clear 8+3                           | 11+2a
        clear: the end                       | set 10+3 a, clear 12+9                          | 10+2a
        clear: what is good                  | set 10+3 a, clear 13+9, clear 0+10              | 10+3a
        clear: over records of both kinds    | set 10+4 a, set 14+4 u, set 30+2 a, clear 12+19 | 10+2a 31+1a
        clear: across the length of 512      | set 0+1024 a, clear 500+20                      | 0+500a 520+504a
        clear: all                           | set 10+4 a, set 14+4 u, clear 0+100             | ''
        """)
    void shouldKeepTheKernelsRule(final String rule, final String script, final String expected) {
        assertEquals(expected, show(run(0, script)), rule);
    }

    /** With shift 3 a block is 8 sectors: set outward, clear inward. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        set: one sector       | set 5+1 a              | 0+8a
        set: over two blocks  | set 5+10 a             | 0+16a
        set: whole blocks     | set 8+8 a              | 8+8a
        clear: covered blocks | set 0+24 a, clear 4+12 | 0+8a 16+8a
        clear: covers none    | set 0+24 a, clear 1+14 | 0+24a
        clear: less than one  | set 0+24 a, clear 9+6  | 0+24a
        clear: whole blocks   | set 0+24 u, clear 8+8  | 0+8u 16+8u
        """)
    void shouldRoundByTheShift(final String rule, final String script, final String expected) {
        assertEquals(expected, show(run(3, script)), rule);
    }

    @Test
    void shouldCheckOutwardByTheShift() {
        final BadBlocks list = run(3, "set 8+8 u");
        assertEquals(new Check(Verdict.UNACKNOWLEDGED, 8, 8), list.check(15, 1));
        assertEquals(new Check(Verdict.UNACKNOWLEDGED, 8, 8), list.check(0, 9));
        assertEquals(Verdict.NONE, list.check(0, 8).verdict());
        assertEquals(Verdict.NONE, list.check(16, 1).verdict());
    }

    /** The kernel's own example: check's three answers, and the first record as it is. */
    @Test
    void shouldAnswerWithTheFirstRecordAndTheWorstVerdict() {
        final BadBlocks list = run(0, "set 400+20 a, set 500+50 a, set 650+20 u");
        assertEquals(new Check(Verdict.NONE, -1, 0), list.check(100, 100));
        assertEquals(new Check(Verdict.ACKNOWLEDGED, 400, 20), list.check(100, 310));
        assertEquals(new Check(Verdict.UNACKNOWLEDGED, 400, 20), list.check(100, 800));
        assertEquals(new Check(Verdict.NONE, -1, 0), list.check(420, 1));
        assertEquals(new Check(Verdict.ACKNOWLEDGED, 400, 20), list.check(419, 1), "it begins before the range");
        assertEquals(new Check(Verdict.ACKNOWLEDGED, 500, 50), list.check(420, 81), "it ends after the range");
        assertEquals(new Check(Verdict.UNACKNOWLEDGED, 650, 20), list.check(669, 1));
    }

    @Test
    void shouldAnswerWithTheFirstOfTwoThatTouch() {
        assertEquals(new Check(Verdict.UNACKNOWLEDGED, 10, 2), run(0, "set 10+2 a, set 12+3 u").check(0, 20));
        assertEquals(new Check(Verdict.UNACKNOWLEDGED, 10, 2), run(0, "set 10+2 u, set 12+3 a").check(0, 20));
        assertEquals(new Check(Verdict.ACKNOWLEDGED, 12, 3), run(0, "set 10+2 u, set 12+3 a").check(12, 20));
    }

    /** Sectors that the old form of the kernel's list lost: those of a record longer than 512. */
    @Test
    void shouldKnowEachSectorOfALongRecord() {
        final BadBlocks list = run(0, "set 0+1024 a");
        for (final long sector : new long[] {0, 511, 512, 1023}) {
            assertEquals(new Check(Verdict.ACKNOWLEDGED, 0, 1024), list.check(sector, 1), "sector " + sector);
        }
        assertEquals(Verdict.NONE, list.check(1024, 1).verdict());
    }

    @Test
    void shouldHoldMoreRecordsThanTheKernel() {
        final BadBlocks list = new BadBlocks();
        for (int i = 0; i < 2000; i++) {
            assertTrue(list.set(3L * i, 1, i % 2 == 0));
        }
        assertEquals(2000, list.entries().size());
        assertTrue(list.set(0, 6000, true));
        assertEquals(List.of(new Entry(0, 6000, true)), list.entries());
        assertTrue(list.clear(3000, 1));
        assertEquals("0+3000a 3001+2999a", show(list));
    }

    @Test
    void shouldKnowTheFirstAndTheLastSectorThatThereAre() {
        final BadBlocks list = run(0, "set " + (MAX - 1) + "+1 u, set 0+1 a");
        assertEquals(new Check(Verdict.UNACKNOWLEDGED, 0, 1), list.check(0, MAX));
        assertEquals(new Check(Verdict.UNACKNOWLEDGED, MAX - 1, 1), list.check(MAX - 1, 1));
        assertEquals(Verdict.NONE, list.check(1, MAX - 2).verdict());
        assertTrue(list.set(0, MAX, false));
        assertEquals("0+1a 1+" + (MAX - 1) + "u", show(list));
        assertTrue(list.clear(0, MAX));
        assertTrue(list.isEmpty());
    }

    /** 2^54 does not alias to sector 0, as it does in the kernel. */
    @Test
    void shouldTellSectorsApartThatTheKernelMixesUp() {
        final BadBlocks list = run(0, "set " + (1L << 54) + "+1 a");
        assertEquals(Verdict.NONE, list.check(0, 1).verdict());
        assertEquals(Verdict.ACKNOWLEDGED, list.check(1L << 54, 1).verdict());
    }

    @Test
    void shouldTakeTheGreatestShift() {
        final BadBlocks list = new BadBlocks(BadBlocks.MAX_SHIFT);
        list.set(1, 1, true);
        assertEquals("0+" + (1L << 62) + "a", show(list));
        assertRefused("sector 0 plus count " + MAX + " is more than " + (1L << 62), list, 0, MAX);
    }

    @Test
    void shouldRefuseArgumentsWithValueAndBoundAndChangeNothing() {
        final BadBlocks list = run(0, "set 10+2 a, set 12+2 u");
        assertRefused("sector -1 is negative", list, -1, 5);
        assertRefused("count 0 is not positive", list, 11, 0);
        assertRefused("count -3 is not positive", list, 11, -3);
        assertRefused("sector 1 plus count " + MAX + " is more than " + MAX, list, 1, MAX);
        assertRefused("sector " + MAX + " plus count 1 is more than " + MAX, list, MAX, 1);
        assertRefused("sector " + (MAX - 7) + " plus count 1 is more than " + (MAX - 7), new BadBlocks(3), MAX - 7, 1);
        assertThrows(IllegalArgumentException.class, () -> new BadBlocks(-1));
        assertThrows(IllegalArgumentException.class, () -> new BadBlocks(63));
        assertThrows(IllegalArgumentException.class, () -> new Entry(-1, 1, true));
    }

    private static void assertRefused(
        final String message, final BadBlocks list, final long sector, final long count) {
        final List<Entry> before = list.entries();
        for (final Runnable call : Arrays.<Runnable>asList(
            () -> list.set(sector, count, true), () -> list.set(sector, count, false),
            () -> list.clear(sector, count), () -> list.check(sector, count))) {
            assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
        }
        assertEquals(before, list.entries());
    }

    @Test
    void shouldShowItselfInTheKernelsForm() {
        assertEquals("10 2\n12 3 unacknowledged\n", run(0, "set 10+2 a, set 12+3 u").toString());
        assertEquals("", new BadBlocks().toString());
        assertFalse(run(0, "set 1+1 u").isEmpty());
    }
}
