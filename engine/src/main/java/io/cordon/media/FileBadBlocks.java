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
import io.cordon.linux.FileExtents;
import io.cordon.linux.NativeFile;
import io.cordon.poison.BadBlocks;
import io.cordon.poison.ByteRange;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the kernel's bad-block lists say of one open file: the lists of the devices below it, in bytes of the file.
 *
 * <p>Every answer is fresh: lists and extents are read each time. Thread-safe; the file must stay open.
 */
final class FileBadBlocks {
    private final NativeFile file;
    private final BlockDevice device;

    /**
     * The lists that concern a file.
     *
     * @param file   the file.
     * @param device the block device of its file system.
     */
    FileBadBlocks(final NativeFile file, final BlockDevice device) {
        this.file = file;
        this.device = device;
    }

    /**
     * Finds the lists that concern a file.
     *
     * @param file the file.
     * @return its lists; that there are none is an answer too, see {@link Report#unknown()}.
     * @throws IOException if the file's device number cannot be read.
     */
    static FileBadBlocks of(final NativeFile file) throws IOException {
        return new FileBadBlocks(file, BlockDevice.of(file));
    }

    /**
     * What is known.
     *
     * @param bad     what of the file lies in bad sectors, at least; whole sectors, ascending. A piece that is
     *                unwritten reads as zeroes all the same; one that is shared belongs to other files, or to other
     *                parts of this one, too.
     * @param unknown why there may be more; empty if there is no more.
     */
    record Report(List<ExtentMap.Piece> bad, List<String> unknown) {
        /**
         * Whether the lists are complete.
         *
         * @return true if nothing but {@link #bad()} is bad, as far as the kernel knows. What nobody has read yet it
         *     does not know.
         */
        boolean isComplete() {
            return unknown.isEmpty();
        }

        /**
         * The same as a medium says it.
         *
         * @return all bad ranges, the unwritten ones too: loads there are harmless, but the first store makes the file
         *     system write to the sector, and a device that cannot clear it makes XFS shut down.
         */
        BadBlockList toList() {
            final List<ByteRange> ranges = new ArrayList<>();
            for (final ExtentMap.Piece piece : bad) {
                ByteRange.append(ranges, piece.offset(), piece.length());
            }
            return isComplete() ? new BadBlockList.Complete(ranges)
                : new BadBlockList.Unknown(String.join("; ", unknown), ranges);
        }
    }

    /**
     * The block device of the file's file system.
     *
     * @return the device.
     */
    BlockDevice device() {
        return device;
    }

    /**
     * Where the file is on its device now.
     *
     * @return the map.
     * @throws IOException as for {@link FileExtents#of}.
     */
    ExtentMap extents() throws IOException {
        return new ExtentMap(FileExtents.of(file));
    }

    /**
     * Where a part of the file, at least, is on its device now.
     *
     * @param offset first byte.
     * @param length in bytes.
     * @return the map.
     * @throws IOException as for {@link FileExtents#within}.
     */
    ExtentMap extents(final long offset, final long length) throws IOException {
        return new ExtentMap(FileExtents.within(file, offset, length));
    }

    /**
     * Reads the lists and looks up what of the file they concern. The file system is asked only if a list names a
     * sector.
     *
     * @return what is known; whatever could not be found out is a reason in it.
     */
    Report read() {
        return read(0, Long.MAX_VALUE);
    }

    /**
     * The same of a part of the file, which costs less.
     *
     * @param offset first byte.
     * @param length in bytes; {@link Long#MAX_VALUE} for all of the file.
     * @return what is known of at least that part.
     */
    Report read(final long offset, final long length) {
        final Set<String> unknown = new LinkedHashSet<>(device.unknown());
        final BadBlocks sectors = deviceSectors(unknown);
        final List<ExtentMap.Piece> bad = new ArrayList<>();
        if (!sectors.isEmpty()) {
            try {
                final ExtentMap map = length == Long.MAX_VALUE ? extents() : extents(offset, length);
                for (final BadBlocks.Entry entry : sectors.entries()) {
                    bad.addAll(map.ofDevice(entry.sector() * BlockDevice.SECTOR_LENGTH,
                        entry.count() * BlockDevice.SECTOR_LENGTH));
                }
                if (!map.unmapped().isEmpty()) {
                    unknown.add(file.path() + ": the file system does not say where " + map.unmapped().getFirst()
                        + " is, and the device has bad sectors");
                }
                bad.sort(Comparator.comparingLong(ExtentMap.Piece::offset));
            } catch (final IOException failure) {
                unknown.add("the device has bad sectors, and which bytes of the file they concern is not known: "
                    + failure);
            }
        }
        return new Report(List.copyOf(bad), List.copyOf(unknown));
    }

    /** The bad sectors of the file system's device. */
    private BadBlocks deviceSectors(final Set<String> unknown) {
        final BadBlocks sectors = new BadBlocks();
        final Map<Path, BadBlockText> texts = new HashMap<>();
        for (final BlockDevice.Slice slice : device.slices()) {
            boolean complete = false;
            for (final BlockDevice.ListPlace place : slice.lists()) {
                if (complete) {
                    break;
                }
                final BadBlockText text = texts.computeIfAbsent(place.file(), FileBadBlocks::text);
                for (final ByteRange range : text.bad()) {
                    add(sectors, slice, place.offset(), range);
                }
                complete = text.unknown() == null;
                if (!complete) {
                    unknown.add(text.unknown());
                }
            }
        }
        return sectors;
    }

    private static BadBlockText text(final Path list) {
        try (BadBlockFile opened = new BadBlockFile(list)) {
            return opened.read();
        }
    }

    private static void add(
        final BadBlocks sectors, final BlockDevice.Slice slice, final long place, final ByteRange range) {
        final long from = Math.max(range.offset(), place);
        final long to = Math.min(range.end(), place + slice.length());
        if (from < to) {
            // Rounded outward, should a slice not begin at a sector.
            final long first = Math.floorDiv(from - place + slice.offset(), BlockDevice.SECTOR_LENGTH);
            final long end = Math.ceilDiv(to - place + slice.offset(), BlockDevice.SECTOR_LENGTH);
            sectors.set(first, end - first, true);
        }
    }

    /**
     * A watch of the lists, to be started with a listener that calls {@link #read}.
     *
     * @return the watch.
     */
    BadBlockWatch watch() {
        final Set<Path> lists = new LinkedHashSet<>();
        for (final BlockDevice.Slice slice : device.slices()) {
            for (final BlockDevice.ListPlace place : slice.lists()) {
                lists.add(place.file());
            }
        }
        return new BadBlockWatch(device.name(), List.copyOf(lists), BadBlockWatch.REREAD_MILLIS);
    }
}
