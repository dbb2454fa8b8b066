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

import io.cordon.linux.FileExtent;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Where the bytes of a file are on its file system's block device, and which bytes of the file are at a place of the
 * device. Both ways take time logarithmic in the number of extents, plus the answer.
 *
 * <p>Immutable: how it was when the file system was asked. Bytes in no extent are holes, and have no place.
 */
final class ExtentMap {
    /** A map of no bytes. */
    static final ExtentMap EMPTY = new ExtentMap(List.of());

    private final FileExtent[] byFile;
    private final FileExtent[] byDevice;
    /** For the subtree with that root (see {@link #overlaps}) the greatest end on the device. */
    private final long[] reach;
    private final List<FileExtent> unmapped;

    /**
     * The map that some extents make.
     *
     * @param extents in ascending order, without overlap in the file, as {@link io.cordon.linux.FileExtents} gives
     *     them.
     */
    ExtentMap(final List<FileExtent> extents) {
        this.byFile = extents.stream().filter(FileExtent::isMapped).toArray(FileExtent[]::new);
        this.unmapped = extents.stream().filter(extent -> !extent.isMapped()).toList();
        this.byDevice = byFile.clone();
        Arrays.sort(byDevice, Comparator.comparingLong(FileExtent::physical));
        this.reach = new long[byDevice.length];
        fillReach(0, byDevice.length);
    }

    /**
     * Bytes that follow each other in the file and on the device.
     *
     * @param offset    first byte in the file.
     * @param device    first byte on the file system's block device.
     * @param length    in bytes.
     * @param unwritten whether the file system gives zeroes for them, whatever is on the device.
     * @param shared    whether other files, or other parts of this one, have the same blocks.
     */
    record Piece(long offset, long device, long length, boolean unwritten, boolean shared) {
    }

    /**
     * Extents that have no place: inline, compressed, encrypted, or not allocated yet.
     *
     * @return ascending; empty if every byte of the file is mapped or a hole.
     */
    List<FileExtent> unmapped() {
        return unmapped;
    }

    /**
     * How many extents have a place.
     *
     * @return the number.
     */
    int size() {
        return byFile.length;
    }

    /**
     * Where bytes of the file are.
     *
     * @param offset first byte in the file.
     * @param length in bytes.
     * @return ascending in the file; what is in a hole or unmapped is left out.
     */
    List<Piece> ofFile(final long offset, final long length) {
        final List<Piece> pieces = new ArrayList<>();
        for (int i = firstEndingAfter(offset); i < byFile.length && byFile[i].logical() < offset + length; i++) {
            final FileExtent extent = byFile[i];
            final long from = Math.max(offset, extent.logical());
            final long to = Math.min(offset + length, extent.end());
            pieces.add(piece(extent, from - extent.logical(), to - from));
        }
        return pieces;
    }

    private int firstEndingAfter(final long offset) {
        int low = 0;
        int high = byFile.length;
        while (low < high) {
            final int middle = low + high >>> 1;
            if (byFile[middle].end() > offset) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /**
     * Which bytes of the file are at a place of the device.
     *
     * @param device first byte on the device.
     * @param length in bytes.
     * @return ascending in the file; several for one byte of the device where the file shares blocks with itself.
     */
    List<Piece> ofDevice(final long device, final long length) {
        final List<Piece> pieces = new ArrayList<>();
        overlaps(0, byDevice.length, device, device + length, pieces);
        pieces.sort(Comparator.comparingLong(Piece::offset));
        return pieces;
    }

    /**
     * The array is a balanced tree whose root is in the middle. Extents may overlap on the device, so order alone does
     * not tell where to stop; the reach of a subtree does.
     */
    private void overlaps(
        final int low, final int high, final long from, final long to, final List<Piece> pieces) {
        final int root = low + high >>> 1;
        if (low >= high || reach[root] <= from) {
            return;
        }
        overlaps(low, root, from, to, pieces);
        final FileExtent extent = byDevice[root];
        if (extent.physical() < to) {
            final long start = Math.max(from, extent.physical());
            final long end = Math.min(to, extent.physical() + extent.length());
            if (start < end) {
                pieces.add(piece(extent, start - extent.physical(), end - start));
            }
            overlaps(root + 1, high, from, to, pieces);
        }
    }

    private long fillReach(final int low, final int high) {
        if (low >= high) {
            return 0;
        }
        final int root = low + high >>> 1;
        final long own = byDevice[root].physical() + byDevice[root].length();
        reach[root] = Math.max(own, Math.max(fillReach(low, root), fillReach(root + 1, high)));
        return reach[root];
    }

    private static Piece piece(final FileExtent extent, final long distance, final long length) {
        return new Piece(extent.logical() + distance, extent.physical() + distance, length,
            extent.isUnwritten(), extent.isShared());
    }
}
