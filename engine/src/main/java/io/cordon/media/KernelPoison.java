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

import io.cordon.linux.BlockDevice;
import io.cordon.linux.NativeFile;
import io.cordon.poison.ByteRange;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Poison in the kernel's own bad-block list, for drills on real persistent memory: root may write to
 * {@code /sys/block/<disk>/badblocks} (block/badblocks.c, badblocks_store), and the pmem driver then fails what touches
 * those sectors (drivers/nvdimm/pmem.c), until a recovery write clears them. The content of the sectors stays on the
 * memory; nobody can read it meanwhile.
 */
public final class KernelPoison {
    private KernelPoison() {
    }

    /**
     * Lists the sectors of a file's range as bad. The process that has the file open as a region meets them too.
     *
     * @param file   a file on {@link Media#dax()}.
     * @param offset first byte; all sectors of 512 bytes that the range touches become bad.
     * @param length in bytes; positive.
     * @return the ranges of the file that are listed, in whole sectors.
     * @throws IOException              if the file is not on persistent memory, a part of the range has no place on
     *                                  the device, or the list cannot be written, as by anybody but root.
     * @throws IllegalArgumentException if the range is empty or negative.
     */
    public static List<ByteRange> inject(final Path file, final long offset, final long length) throws IOException {
        final ByteRange range = new ByteRange(offset, length);
        try (NativeFile opened = NativeFile.open(file, true)) {
            if (!DaxMedium.isOffered(opened)) {
                throw new IOException(file + ": not on persistent memory with DAX, so the kernel's list of bad blocks"
                    + " would change nothing for it; inject into a simulated medium instead");
            }
            return inject(FileBadBlocks.of(opened), range);
        }
    }

    static List<ByteRange> inject(final FileBadBlocks blocks, final ByteRange range) throws IOException {
        final long first = range.offset() & -BlockDevice.SECTOR_LENGTH;
        final long end = range.end() + BlockDevice.SECTOR_LENGTH - 1 & -BlockDevice.SECTOR_LENGTH;
        final List<ByteRange> listed = new ArrayList<>();
        final List<Entry> entries = new ArrayList<>();
        for (final ExtentMap.Piece piece : blocks.extents(first, end - first).ofFile(first, end - first)) {
            if (piece.shared()) {
                throw new IOException("the block at offset " + piece.offset()
                    + " is shared with another file (reflink), which would be poisoned too");
            }
            if (!addEntries(blocks.device(), piece, entries)) {
                throw new IOException("the bytes at offset " + piece.offset() + " are in no list of bad blocks: "
                    + String.join("; ", blocks.device().unknown()));
            }
            ByteRange.append(listed, piece.offset(), piece.length());
        }
        if (!listed.equals(List.of(new ByteRange(first, end - first)))) {
            throw new IOException("not all of " + range + " has a place on the device: only " + listed + " has");
        }
        for (final Entry entry : entries) {
            Files.writeString(entry.list, entry.sector + " " + entry.count + "\n", StandardCharsets.US_ASCII,
                StandardOpenOption.WRITE);
        }
        return listed;
    }

    /** Sectors of one list. */
    private record Entry(Path list, long sector, long count) {
    }

    /** Whether all of a piece is in a list; the disk's own list is the first of each slice. */
    private static boolean addEntries(
        final BlockDevice device, final ExtentMap.Piece piece, final List<Entry> entries) {
        long covered = 0;
        for (final BlockDevice.Slice slice : device.slices()) {
            final long from = Math.max(piece.device(), slice.offset());
            final long to = Math.min(piece.device() + piece.length(), slice.offset() + slice.length());
            if (from < to) {
                final BlockDevice.ListPlace place = slice.lists().getFirst();
                entries.add(new Entry(place.file(), (from - slice.offset() + place.offset())
                    / BlockDevice.SECTOR_LENGTH, (to - from) / BlockDevice.SECTOR_LENGTH));
                covered += to - from;
            }
        }
        return covered == piece.length();
    }
}
