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
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.linux.FileExtent;
import io.cordon.media.ExtentMap.Piece;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Translation between file and device, both ways, against a model that asks byte by byte. */
class ExtentMapTest {
    private static final int SIZE = 400;

    /** Extents in any order on the device; some share blocks, as a file can with itself. */
    private static List<FileExtent> extents(final SplittableRandom random) {
        final List<FileExtent> extents = new ArrayList<>();
        for (int at = random.nextInt(20); at < SIZE; at += random.nextInt(3) == 0 ? random.nextInt(30) : 0) {
            final int length = Math.min(SIZE - at, 1 + random.nextInt(40));
            final int flags = (random.nextInt(8) == 0 ? FileExtent.DELALLOC : 0)
                | (random.nextInt(4) == 0 ? FileExtent.UNWRITTEN : 0)
                | (random.nextInt(4) == 0 ? FileExtent.SHARED : 0);
            extents.add(new FileExtent(at, 1000 + random.nextInt(600), length, flags));
            at += length;
        }
        return extents;
    }

    private static List<Piece> model(
        final List<FileExtent> extents, final boolean byFile, final long from, final long length) {
        final List<Piece> pieces = new ArrayList<>();
        for (final FileExtent extent : extents) {
            long first = -1;
            long count = 0;
            for (long i = 0; i < extent.length() && extent.isMapped(); i++) {
                final long at = (byFile ? extent.logical() : extent.physical()) + i;
                if (at >= from && at < from + length) {
                    first = first < 0 ? i : first;
                    count++;
                }
            }
            if (count > 0) {
                pieces.add(new Piece(extent.logical() + first, extent.physical() + first, count,
                    (extent.flags() & FileExtent.UNWRITTEN) != 0, (extent.flags() & FileExtent.SHARED) != 0));
            }
        }
        return pieces;
    }

    @Test
    void shouldTranslateAsAModelThatAsksForEachByte() {
        for (long seed = 1; seed <= 300; seed++) {
            final SplittableRandom random = new SplittableRandom(seed);
            final List<FileExtent> extents = extents(random);
            final ExtentMap map = new ExtentMap(extents);
            for (int i = 0; i < 40; i++) {
                final long from = random.nextInt(SIZE);
                final long length = 1 + random.nextInt(random.nextBoolean() ? 5 : SIZE);
                assertEquals(model(extents, true, from, length), map.ofFile(from, length),
                    "seed " + seed + ", file " + from + "+" + length);
                final long device = 990 + random.nextInt(660);
                assertEquals(model(extents, false, device, length), map.ofDevice(device, length),
                    "seed " + seed + ", device " + device + "+" + length);
            }
            assertEquals(extents.stream().filter(extent -> !extent.isMapped()).toList(), map.unmapped());
        }
    }

    @Test
    void shouldHaveNoPlaceForWhatTheFlagsSayIsNowhere() {
        for (final int flag : new int[] {FileExtent.UNKNOWN, FileExtent.DELALLOC, FileExtent.ENCODED,
            FileExtent.NOT_ALIGNED, FileExtent.INLINE, FileExtent.TAIL}) {
            final ExtentMap map = new ExtentMap(List.of(new FileExtent(0, 4096, 4096, flag)));
            assertEquals(List.of(), map.ofFile(0, 4096), "flag " + flag);
            assertEquals(List.of(), map.ofDevice(0, 1 << 20), "flag " + flag);
            assertEquals(1, map.unmapped().size(), "flag " + flag);
        }
    }

    @Test
    void shouldHaveNoPlaceForHoles() {
        final ExtentMap map = new ExtentMap(
            List.of(new FileExtent(4096, 40960, 4096, 0), new FileExtent(16384, 81920, 4096, FileExtent.LAST)));
        assertEquals(List.of(), map.ofFile(0, 4096));
        assertEquals(List.of(), map.ofFile(8192, 8192));
        assertEquals(List.of(new Piece(4096, 40960, 4096, false, false), new Piece(16384, 81920, 100, false, false)),
            map.ofFile(0, 16484));
        assertEquals(List.of(), ExtentMap.EMPTY.ofFile(0, Long.MAX_VALUE));
        assertEquals(List.of(), ExtentMap.EMPTY.ofDevice(0, Long.MAX_VALUE));
    }

    /** A million extents, a million questions each way; were a question linear, this would take hours. */
    @Test
    void shouldServeAMillionExtents() {
        final int count = 1_000_000;
        final List<FileExtent> extents = new ArrayList<>(count);
        for (long i = 0; i < count; i++) {
            extents.add(new FileExtent(i * 8192, i * 7 % count * 4096, 4096, 0));
        }
        final ExtentMap map = new ExtentMap(extents);
        assertEquals(count, map.size());
        for (long i = 0; i < count; i++) {
            final Piece piece = new Piece(i * 8192 + 512, i * 7 % count * 4096 + 512, 512, false, false);
            assertEquals(List.of(piece), map.ofFile(i * 8192 + 512, 512));
            assertTrue(map.ofDevice(piece.device(), 512).contains(piece));
        }
    }
}
