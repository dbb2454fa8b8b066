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
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Line arithmetic against a model that looks at every byte. */
class LinesTest {
    private static final int PAGES = 4;
    private static final int RANDOM_CASES = 3000;
    /** Around these the arithmetic can go wrong by one. */
    private static final int[] EDGES = {0, 1, 63, 64, 65, 127, 128, 4031, 4032, 4033, 4095, 4096, 4097, 8191, 8192};

    private static long touched(final long page, final long offset, final long length) {
        long mask = 0;
        for (long position = offset; position < offset + length; position++) {
            if (position / 4096 == page) {
                mask |= 1L << position % 4096 / 64;
            }
        }
        return mask;
    }

    private static long whole(final long page, final long offset, final long length) {
        long mask = 0;
        for (int line = 0; line < 64; line++) {
            final long first = page * 4096 + line * 64;
            if (offset <= first && first + 64 <= offset + length) {
                mask |= 1L << line;
            }
        }
        return mask;
    }

    private static List<ByteRange> naiveRanges(final long page, final long mask) {
        final List<ByteRange> ranges = new ArrayList<>();
        for (int line = 0; line < 64; line++) {
            if ((mask >>> line & 1) == 0) {
                continue;
            }
            final long offset = page * 4096 + line * 64;
            if (!ranges.isEmpty() && ranges.getLast().end() == offset) {
                final ByteRange last = ranges.removeLast();
                ranges.add(new ByteRange(last.offset(), last.length() + 64));
            } else {
                ranges.add(new ByteRange(offset, 64));
            }
        }
        return ranges;
    }

    private static void check(final long page, final long offset, final long length, final String of) {
        final String message = of + ": page " + page + ", offset " + offset + ", length " + length;
        assertEquals(Long.toHexString(touched(page, offset, length)),
            Long.toHexString(Lines.mask(page, offset, length)), "mask, " + message);
        assertEquals(Long.toHexString(whole(page, offset, length)),
            Long.toHexString(Lines.covered(page, offset, length)), "covered, " + message);
    }

    @Test
    void shouldAgreeWithEveryByteAtTheEdges() {
        for (final int first : EDGES) {
            for (final int end : EDGES) {
                for (int page = 0; page < PAGES && first <= end; page++) {
                    check(page, first, end - first, "edges");
                }
            }
        }
    }

    @Test
    void shouldAgreeWithEveryByteAtRandom() {
        final long seed = 20260101;
        final SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < RANDOM_CASES; i++) {
            final int offset = random.nextInt(PAGES * 4096);
            final int limit = random.nextInt(1, PAGES * 4096 - offset + 1);
            check(random.nextInt(PAGES), offset, random.nextInt(limit + 1), "seed " + seed + ", case " + i);
        }
    }

    @Test
    void shouldCountPagesBeyondFourGiB() {
        final long page = 1L << 40;
        assertEquals(0b110, Lines.mask(page, (page << 12) + 64, 65));
        assertEquals(0b010, Lines.covered(page, (page << 12) + 64, 65));
        assertEquals(List.of(new ByteRange((page << 12) + 64, 128)), Lines.ranges(page, 0b110));
        assertEquals(Lines.ALL, Lines.mask(page, 0, Long.MAX_VALUE));
    }

    @Test
    void shouldListTheLinesOfAMaskAsRanges() {
        final long seed = 20260102;
        final SplittableRandom random = new SplittableRandom(seed);
        final List<Long> masks = new ArrayList<>(List.of(0L, 1L, -1L, Long.MIN_VALUE, Long.MAX_VALUE, -2L));
        for (int i = 0; i < RANDOM_CASES; i++) {
            // Sparse, dense and even ones.
            final long mask = random.nextLong();
            masks.add(switch (i % 3) {
                case 0 -> mask;
                case 1 -> mask & random.nextLong() & random.nextLong();
                default -> mask | random.nextLong() | random.nextLong();
            });
        }
        for (final long mask : masks) {
            final long page = random.nextLong(1L << 40);
            assertEquals(naiveRanges(page, mask), Lines.ranges(page, mask),
                "seed " + seed + ", page " + page + ", mask " + Long.toHexString(mask));
        }
    }

    @Test
    void shouldMergeAcrossPages() {
        final List<ByteRange> ranges = new ArrayList<>();
        Lines.append(ranges, 0, Long.MIN_VALUE);
        Lines.append(ranges, 1, 0b1011);
        Lines.append(ranges, 3, 1);
        assertEquals(List.of(new ByteRange(4032, 192), new ByteRange(4096 + 192, 64), new ByteRange(3 * 4096, 64)),
            ranges);
    }

    @Test
    void shouldReturnRangesThatNobodyCanChange() {
        final List<ByteRange> ranges = Lines.ranges(0, 1);
        assertThrows(UnsupportedOperationException.class, ranges::removeLast);
    }
}
