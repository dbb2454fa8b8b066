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
package io.cordon.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.poison.ByteRange;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Law 8: a list is complete only if all of it is as the kernel writes it; otherwise what was read is bad at least. */
class BadBlockTextTest {
    private static final int PAGE = 4096;

    private static BadBlockText parse(final String text) {
        return BadBlockText.parse(text.getBytes(StandardCharsets.ISO_8859_1), PAGE);
    }

    private static ByteRange sectors(final long first, final long count) {
        return new ByteRange(first * 512, count * 512);
    }

    private static void assertUnknown(final String reason, final BadBlockText text) {
        assertNotNull(text.unknown(), "taken for complete");
        assertTrue(text.unknown().contains(reason), text.unknown());
    }

    @Test
    void shouldTakeAnEmptyListForClean() {
        assertEquals(new BadBlockText(List.of(), null), parse(""));
    }

    /** A kernel that shows the file for a disk that has no list writes a line feed. */
    @Test
    void shouldNotTakeALineFeedAloneForClean() {
        assertUnknown("keeps no list", parse("\n"));
    }

    @Test
    void shouldReadRecordsInBytesMergedAndAscending() {
        final BadBlockText text = parse("10 4\n14 2\n100 512\n612 1\n20 1\n");
        assertNull(text.unknown());
        assertEquals(List.of(sectors(10, 6), sectors(20, 1), sectors(100, 513)), text.bad());
    }

    @Test
    void shouldReadTheLastSectorThatABytesOffsetCanName() {
        final long last = Long.MAX_VALUE / 512 - 1;
        assertEquals(new BadBlockText(List.of(sectors(last, 1)), null), parse(last + " 1\n"));
        assertUnknown("no record", parse(last + " 2\n"));
    }

    /** Every cut of a list, byte by byte: complete only where a line ends, and then with fewer records. */
    @Test
    void shouldTakeEveryCutInALineForUnknownAndKeepTheLinesBefore() {
        final String all = "8 1\n1234567 16\n99999999 8\n";
        final int[] ends = {0, 4, 15, 26};
        for (int length = 0; length <= all.length(); length++) {
            final BadBlockText text = parse(all.substring(0, length));
            int lines = 0;
            while (lines + 1 < ends.length && ends[lines + 1] <= length) {
                lines++;
            }
            assertEquals(lines, text.bad().size(), "cut at " + length);
            if (length == ends[lines]) {
                assertNull(text.unknown(), "cut at " + length);
            } else {
                assertUnknown("last line has no end", text);
            }
        }
    }

    /**
     * badblocks_show formats 512 records of ten digits into one page: 336 whole lines and a part of the next. sysfs
     * hands out one byte less than a page.
     */
    @ParameterizedTest
    @ValueSource(ints = {4095, 4096, 4097, 6000})
    void shouldTakeAListThatFillsThePageForUnknown(final int length) {
        final StringBuilder all = new StringBuilder();
        for (long i = 0; i < 512; i++) {
            all.append(1_000_000_000L + 2 * i).append(" 1\n");
        }
        final BadBlockText text = parse(all.substring(0, length));
        assertUnknown("fills the page", text);
        assertEquals(length / 13, text.bad().size());
    }

    /** 315 lines of 13 bytes are 4095: the cut falls after a line feed, and is a cut all the same. */
    @Test
    void shouldTakeAListThatFillsThePageWithWholeLinesForUnknown() {
        final BadBlockText full = parse("1000000000 1\n".repeat(315));
        assertUnknown("fills the page", full);
        assertNull(parse("1000000000 1\n".repeat(314)).unknown());
    }

    /** The kernel's table has 512 places; what comes then is dropped without a word. */
    @Test
    void shouldTakeAFullTableForUnknown() {
        final StringBuilder all = new StringBuilder();
        for (int i = 0; i < 512; i++) {
            all.append(2 * i).append(" 1\n");
        }
        assertTrue(all.length() < PAGE - 1, "it fits the page");
        final BadBlockText text = parse(all.toString());
        assertUnknown("table is full with 512", text);
        assertEquals(512, text.bad().size());
        assertNull(parse(all.substring(0, all.lastIndexOf("1022 "))).unknown(), "511 records leave room");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "5 ", " 5 1", "5  1", "5 1 ", "5 0", "-5 1", "5 -1", "+5 1", "5\t1", "0x5 1",
        "a b", "5 1 1", "9999999999999999999 1", "1 99999999999999999999", "5 1\r", "\u00b2 1"})
    void shouldTakeALineThatIsNoRecordForUnknownAndKeepTheOthers(final String line) {
        final BadBlockText text = parse("1 1\n" + line + "\n7 1\n");
        assertUnknown("line 2 is no record", text);
        assertEquals(List.of(sectors(1, 1), sectors(7, 1)), text.bad());
    }

    @Test
    void shouldTellWhichListAReasonBelongsTo() {
        assertUnknown("/sys/x: the last line", parse("1").named(Path.of("/sys/x")));
        assertNull(parse("1 1\n").named(Path.of("/sys/x")).unknown());
    }
}
