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

import java.util.ArrayList;
import java.util.List;

/**
 * Arithmetic on lines and on pages of 64 of them, whose lines fit the bits of one {@code long}.
 */
public final class Lines {
    /** Bytes in a line. */
    public static final int LENGTH = 64;
    /** log2 of {@link #LENGTH}. */
    public static final int SHIFT = 6;
    /** Bytes in a page. */
    public static final int PAGE_LENGTH = 4096;
    /** log2 of {@link #PAGE_LENGTH}. */
    public static final int PAGE_SHIFT = 12;
    /** All lines of a page. */
    public static final long ALL = -1L;

    private Lines() {
    }

    /**
     * The lines of one page that a range touches, as a mask with bit i for line i.
     *
     * @param page   index of the page.
     * @param offset first byte of the range, counted from byte 0 of page 0.
     * @param length of the range in bytes.
     * @return the mask; 0 if the range touches none.
     */
    public static long mask(final long page, final long offset, final long length) {
        final long start = page << PAGE_SHIFT;
        final long first = Math.max(offset, start);
        final long end = Math.min(offset + length, start + PAGE_LENGTH);
        if (first >= end) {
            return 0;
        }
        final int firstLine = (int) (first - start >>> SHIFT);
        final int lastLine = (int) (end - 1 - start >>> SHIFT);
        return ALL << firstLine & ALL >>> LENGTH - 1 - lastLine;
    }

    /**
     * The lines of one page that lie wholly in a range.
     *
     * @param page   index of the page.
     * @param offset first byte of the range, counted from byte 0 of page 0.
     * @param length of the range in bytes.
     * @return the mask; 0 if the range covers none.
     */
    public static long covered(final long page, final long offset, final long length) {
        final long start = offset + LENGTH - 1 & -LENGTH;
        final long end = offset + length & -LENGTH;
        return start < end ? mask(page, start, end - start) : 0;
    }

    /**
     * Appends the lines of a mask to ascending ranges; neighbours are merged.
     *
     * @param ranges where to append.
     * @param page   index of the page.
     * @param mask   bit i for line i of the page.
     */
    public static void append(final List<ByteRange> ranges, final long page, final long mask) {
        long rest = mask;
        while (rest != 0) {
            final int first = Long.numberOfTrailingZeros(rest);
            final int count = Long.numberOfTrailingZeros(~(rest >>> first));
            ByteRange.append(ranges, (page << PAGE_SHIFT) + ((long) first << SHIFT), (long) count << SHIFT);
            rest = first + count >= Long.SIZE ? 0 : rest & ALL << first + count;
        }
    }

    /**
     * The lines of a mask as ranges.
     *
     * @param page index of the page.
     * @param mask bit i for line i of the page.
     * @return ascending, merged; unmodifiable.
     */
    public static List<ByteRange> ranges(final long page, final long mask) {
        final List<ByteRange> ranges = new ArrayList<>();
        append(ranges, page, mask);
        return List.copyOf(ranges);
    }
}
