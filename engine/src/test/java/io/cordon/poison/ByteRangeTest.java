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

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranges: what they hold, what they refuse, how they merge. */
class ByteRangeTest {
    private static final String MAX = "9223372036854775807";

    @ParameterizedTest
    @CsvSource({"-1, 1", "0, 0", "0, -1", "5, -9223372036854775808", "1, " + MAX, MAX + ", 1", "-1, 0",
        "-9223372036854775808, 1"})
    void shouldRefuseWhatIsNoRangeNamingBothValues(final long offset, final long length) {
        final IllegalArgumentException thrown =
            assertThrows(IllegalArgumentException.class, () -> new ByteRange(offset, length));
        assertTrue(thrown.getMessage().contains("offset " + offset + ", length " + length), thrown.getMessage());
    }

    @Test
    void shouldAllowTheWidestRanges() {
        assertEquals(Long.MAX_VALUE, new ByteRange(0, Long.MAX_VALUE).end());
        assertEquals(Long.MAX_VALUE, new ByteRange(Long.MAX_VALUE - 1, 1).end());
    }

    @Test
    void shouldContainItsFirstAndLastByteOnly() {
        final ByteRange range = new ByteRange(64, 128);
        assertEquals(192, range.end());
        assertFalse(range.contains(63));
        assertTrue(range.contains(64));
        assertTrue(range.contains(191));
        assertFalse(range.contains(192));
        assertFalse(range.contains(-1));
    }

    @Test
    void shouldSayItsBoundsInHexadecimal() {
        assertEquals("[0x40, 0xc0) 128 bytes", new ByteRange(64, 128).toString());
    }

    @Test
    void shouldMergeNeighboursAndOverlapsOnly() {
        final List<ByteRange> ranges = new ArrayList<>();
        ByteRange.append(ranges, 0, 64);
        ByteRange.append(ranges, 64, 64);
        ByteRange.append(ranges, 100, 8);
        ByteRange.append(ranges, 129, 1);
        assertEquals(List.of(new ByteRange(0, 128), new ByteRange(129, 1)), ranges);
    }

    @Test
    void shouldMergeAsASetOfBytesDoes() {
        for (long seed = 0; seed < 300; seed++) {
            final SplittableRandom random = new SplittableRandom(seed);
            final List<ByteRange> ranges = new ArrayList<>();
            final BitSet bytes = new BitSet();
            int start = 0;
            for (int i = 0; i < 20; i++) {
                start += random.nextInt(8);
                final int length = 1 + random.nextInt(8);
                ByteRange.append(ranges, start, length);
                bytes.set(start, start + length);
            }
            final List<ByteRange> expected = new ArrayList<>();
            for (int first = bytes.nextSetBit(0); first >= 0;) {
                final int end = bytes.nextClearBit(first);
                expected.add(new ByteRange(first, end - first));
                first = bytes.nextSetBit(end);
            }
            assertEquals(expected, ranges, "seed " + seed);
        }
    }
}
