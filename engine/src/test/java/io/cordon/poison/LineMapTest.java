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
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.linux.Memory;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The line map on real memory below a mapping that is memory too. */
class LineMapTest {
    private static final int PAGES = 8;

    private final Arena arena = Arena.ofConfined();
    private final long base = allocate(arena);
    private final LineMap map = new LineMap(base, PAGES, 1);
    private final LineMap large = new LineMap(base, PAGES, 4);

    private static long allocate(final Arena arena) {
        final long overhead = LineMap.overhead(PAGES);
        return arena.allocate(overhead + PAGES * 4096, 4096).address() + overhead;
    }

    @AfterEach
    void release() {
        arena.close();
    }

    @Test
    void shouldLayItsPartsOutWithoutOverlap() {
        assertEquals(base - 64, map.hazardAddress());
        assertEquals(base - 4096 - 8, map.wordAddress(0));
        assertEquals(base - 4096 - 8 * PAGES, map.wordAddress(PAGES - 1));
        assertEquals(base - LineMap.overhead(PAGES), map.recordsAddress());
        assertEquals(map.recordsAddress() + 16, map.recordAddress(1));
        assertTrue(map.recordAddress(PAGES) <= map.wordAddress(PAGES - 1));
        assertEquals(base, map.base());
        assertEquals(PAGES, map.pageCount());
    }

    @Test
    void shouldNeedWholePagesForAnySize() {
        assertEquals(4096 + 4096 + 4096, LineMap.overhead(1));
        assertEquals(4096 + 4096 + 2 * 4096, LineMap.overhead(512));
        assertEquals(4096 + 2 * 4096 + 3 * 4096, LineMap.overhead(513));
        for (long pages = 1; pages < 5000; pages += 7) {
            final long overhead = LineMap.overhead(pages);
            assertEquals(0, overhead % 4096, "pages " + pages);
            final long lowestWord = overhead - 4096 - pages * 8;
            assertTrue(pages * 16 <= lowestWord, "records and words of " + pages + " pages overlap");
        }
    }

    @Test
    void shouldFindTheUnitOfAPage() {
        assertEquals(5, map.unit(5));
        assertEquals(4, large.unit(5));
        assertEquals(4, large.unit(7));
        assertEquals(0, large.unit(3));
        assertEquals(4, large.unitPages());
    }

    @Test
    void shouldRefuseExactlyTheRangesThatTouchASetBit() {
        final long seed = 20260103;
        final SplittableRandom random = new SplittableRandom(seed);
        final boolean[] bytes = new boolean[PAGES * 4096];
        for (int page = 0; page < PAGES; page++) {
            final long word = page == 0 ? 0 : random.nextLong() & random.nextLong() & random.nextLong();
            Memory.putLongVolatile(map.wordAddress(page), word);
            for (int i = 0; i < 4096; i++) {
                bytes[page * 4096 + i] = (word >>> i / 64 & 1) != 0;
            }
            assertEquals(word, map.word(page));
        }
        for (int i = 0; i < 5000; i++) {
            final int offset = random.nextInt(bytes.length);
            final int length = Math.min(random.nextInt(random.nextBoolean() ? 130 : 9000), bytes.length - offset);
            boolean expected = false;
            for (int at = offset; at < offset + length; at++) {
                expected |= bytes[at];
            }
            assertEquals(expected, map.isRefused(offset, length),
                "seed " + seed + ", offset " + offset + ", length " + length);
        }
        assertFalse(map.isRefused(0, 0), "no byte is refused");
        assertFalse(map.isRefused(PAGES * 4096, 0), "no byte at the end is refused");
    }

    @Test
    void shouldRefuseAllLinesOfAWithdrawnPageAndRaiseTheHazard() {
        final long before = map.hazard();
        assertTrue(map.withdraw(3));
        assertEquals(LineMap.QUARANTINED, map.state(3));
        assertEquals(Lines.ALL, map.word(3));
        assertEquals(0, map.word(2));
        assertEquals(0, map.word(4));
        assertEquals(LineMap.POISON, map.hazard() & LineMap.POISON);
        assertEquals(before + LineMap.EPOCH + LineMap.POISON, map.hazard());
        assertFalse(map.withdraw(3), "it was withdrawn before");
        assertEquals(before + 2 * LineMap.EPOCH + LineMap.POISON, map.hazard(), "each withdrawal moves the epoch");
    }

    @Test
    void shouldWithdrawAllPagesOfAUnit() {
        assertTrue(large.withdraw(4));
        for (int page = 0; page < PAGES; page++) {
            assertEquals(page < 4 ? 0 : Lines.ALL, large.word(page), "page " + page);
        }
        assertEquals(LineMap.QUARANTINED, large.state(4));
        assertFalse(large.isUntouchedSince(7 * 4096, 1, large.hazard()), "the unit's record is that of its first page");
        assertTrue(large.isUntouchedSince(3 * 4096, 4096, large.hazard()));
    }

    @Test
    void shouldRaiseFlagsOfItsOwnAndMoveTheEpoch() {
        map.raise(LineMap.READ_ONLY);
        assertEquals(LineMap.EPOCH + LineMap.READ_ONLY, map.hazard());
        map.raise(LineMap.CLOSED);
        assertEquals(2 * LineMap.EPOCH + LineMap.READ_ONLY + LineMap.CLOSED, map.hazard());
    }

    @Test
    void shouldLowerPoisonAloneAndOnlyIfNothingMoved() {
        map.raise(LineMap.READ_ONLY);
        map.raise(LineMap.POISON);
        final long before = map.hazard();
        map.raise(LineMap.POISON);
        assertFalse(map.lower(before), "it moved");
        final long now = map.hazard();
        assertEquals(LineMap.POISON, now & LineMap.POISON);
        assertTrue(map.lower(now));
        assertEquals((now & ~LineMap.POISON) + LineMap.EPOCH, map.hazard());
        assertEquals(LineMap.READ_ONLY, map.hazard() & 7);
    }

    @Test
    void shouldKnowWhichPagesWereUntouchedSinceAHazardWord() {
        map.raise(LineMap.POISON);
        final long before = map.hazard();
        assertTrue(map.isUntouchedSince(0, PAGES * 4096, before));
        Memory.putLongVolatile(map.recordAddress(2), before);
        assertTrue(map.isUntouchedSince(0, PAGES * 4096, before), "it came back before that hazard word");
        Memory.putLongVolatile(map.recordAddress(2), before + LineMap.EPOCH);
        assertTrue(map.isUntouchedSince(0, 2 * 4096, before));
        assertFalse(map.isUntouchedSince(0, 2 * 4096 + 1, before));
        assertFalse(map.isUntouchedSince(3 * 4096 - 1, 1, before));
        assertTrue(map.isUntouchedSince(3 * 4096, 4096, before));
        assertTrue(map.isUntouchedSince(0, PAGES * 4096, before + LineMap.EPOCH));
        assertFalse(map.isUntouchedSince(2 * 4096, 1, before | LineMap.CLOSED), "flags are no part of the epoch");
        Memory.putLongVolatile(map.recordAddress(5), LineMap.QUARANTINED);
        assertFalse(map.isUntouchedSince(5 * 4096 + 64, 8, Long.MAX_VALUE & -8));
    }

    @Test
    void shouldFindThatARangeOfNoBytesWasNotTouched() {
        Memory.putLongVolatile(map.recordAddress(0), LineMap.QUARANTINED);
        Memory.putLongVolatile(map.recordAddress(1), LineMap.QUARANTINED);
        assertTrue(map.isUntouchedSince(0, 0, map.hazard()), "at the start");
        assertTrue(map.isUntouchedSince(4096, 0, map.hazard()), "at the start of a page");
        assertTrue(map.isUntouchedSince(4096 + 64, 0, map.hazard()), "in a page");
    }

    @Test
    void shouldTakeTheNextPageOffTheHandlersList() {
        Memory.putLongVolatile(map.recordAddress(6) + 8, 4);
        assertEquals(3, map.takeNext(6));
        assertEquals(0, Memory.getLongVolatile(map.recordAddress(6) + 8), "page 6 is not on the list any more");
    }

    @Test
    @DisplayName("An access that ran while all of the mapping was replaced did not meet the file")
    void shouldNotTrustAnAccessThatMayHaveMetWhatCoveredADeviceThatWasGone() {
        final long before = map.hazard();
        assertTrue(map.goOffline());
        assertFalse(map.goOffline(), "it was offline before");
        assertTrue(map.isOffline());
        assertEquals(LineMap.CLOSED, map.hazard() & LineMap.CLOSED);
        assertFalse(map.isUntouchedSince(0, 8, map.hazard()));
        map.comeBack();
        assertFalse(map.isOffline());
        assertEquals(0, map.hazard() & LineMap.CLOSED);
        assertFalse(map.isUntouchedSince(0, 8, before));
        assertTrue(map.isUntouchedSince(0, 8, map.hazard()));
        map.close();
        assertFalse(map.goOffline(), "closed for good");
        map.comeBack();
        assertTrue(map.isClosed());
        assertEquals(LineMap.CLOSED, map.hazard() & LineMap.CLOSED);
    }
}
