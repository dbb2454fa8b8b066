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
package io.cordon.matrix;

import io.cordon.poison.ByteRange;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which lines of a block of pages are bad, and where in it an operation strikes.
 *
 * @param name of the scenario.
 * @param at   first byte that the operation touches.
 * @param bad  the lines that are bad, ascending; 0 is the first line of the block's main page.
 */
record Scenario(String name, int at, int[] bad) {
    static final int LINE = 64;
    static final int PAGE = 4096;
    /** Where the main page starts: before it and after it there is room for the longest operation. */
    static final int MAIN = 2 * PAGE;
    static final int BLOCK = 6 * PAGE;

    /** The scenarios that an operation can be in. */
    static List<Scenario> of(final Operation operation) {
        final int length = operation.length();
        final List<Scenario> all = new ArrayList<>();
        all.add(new Scenario("first line", line(0), new int[] {0}));
        all.add(new Scenario("last line", line(64) - length, new int[] {63}));
        all.add(new Scenario("middle line", line(17) + 24, new int[] {17}));
        all.add(new Scenario("several lines", line(6) + 8, new int[] {5, 6, 12, 40}));
        all.add(new Scenario("whole page", line(20), lines(0, 63)));
        all.add(new Scenario("line after a bad one", line(31), new int[] {30}));
        all.add(new Scenario("line before a bad one", line(30) - length, new int[] {30}));
        all.add(new Scenario("line far from a bad one", line(64) - length, new int[] {0}));
        if (!operation.aligned() && length > 1) {
            all.add(new Scenario("across lines, second bad", line(11) - 1, new int[] {11}));
            all.add(new Scenario("across lines, first bad", line(11) - 1, new int[] {10}));
            all.add(new Scenario("across lines, both bad", line(11) - 1, new int[] {10, 11}));
            all.add(new Scenario("across lines, neighbours bad", line(11) - 1, new int[] {9, 12, 21}));
            all.add(new Scenario("across pages, first bad", line(64) - 1, new int[] {63}));
            all.add(new Scenario("across pages, second bad", line(64) - 1, new int[] {64}));
            all.add(new Scenario("across pages, both bad", line(64) - 1, new int[] {63, 64}));
            all.add(new Scenario("across pages, neighbours bad", line(64) - 1, new int[] {3, 62, 100}));
        }
        return all;
    }

    private static int line(final int index) {
        return MAIN + index * LINE;
    }

    private static int[] lines(final int first, final int last) {
        final int[] lines = new int[last - first + 1];
        Arrays.setAll(lines, i -> first + i);
        return lines;
    }

    /** The bad lines of all or of some pages or lines. */
    private List<ByteRange> badRanges(final long base, final long from, final long to) {
        final List<ByteRange> ranges = new ArrayList<>();
        for (final int bad : bad) {
            final long offset = base + line(bad);
            if (offset >= from && offset < to) {
                ByteRange.append(ranges, offset, LINE);
            }
        }
        return ranges;
    }

    /** All bad lines, in a block that starts at an offset. */
    List<ByteRange> badRanges(final long base) {
        return badRanges(base, 0, Long.MAX_VALUE);
    }

    /** The bad lines that an access touches. */
    List<ByteRange> touchedRanges(final long base, final int length) {
        return badRanges(base, base + at & -LINE, base + at + length);
    }

    /** The bad lines of the pages that an access touches: one that is touched has them all found. */
    List<ByteRange> foundRanges(final long base, final int length) {
        return badRanges(base, base + at & -PAGE, (base + at + length - 1 & -PAGE) + PAGE);
    }
}
