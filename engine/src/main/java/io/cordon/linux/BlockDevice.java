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
package io.cordon.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which lists of the kernel name the bad sectors of a block device, found out in sysfs
 * (Documentation/ABI/stable/sysfs-block, testing/sysfs-bus-nfit).
 *
 * <p>A disk has a list of its own, {@code badblocks}. A partition has none; its bytes are a slice of the disk's. A
 * linear target of the device mapper is a slice of the device below. A pmem disk is itself a slice of a region of
 * persistent memory, which has a list as well:
 *
 * <pre>
 *  region0     |======================================================|    /sys/bus/nd/devices/region0/badblocks
 *  pmem0              |===========================================|        /sys/block/pmem0/badblocks
 *  pmem0p1                  |==============|                               none
 *  dm-0            offset 0 |==============|                               none
 * </pre>
 *
 * <p>Whatever cannot be found out is a reason in {@link #unknown()}, not an exception: that the lists of a device are
 * not known is an answer. Immutable.
 *
 * @param name    of the device, for messages.
 * @param slices  where the bytes of the device are in lists, ascending by offset.
 * @param unknown why some bytes of the device are in no list; empty if there are none.
 */
public record BlockDevice(String name, List<Slice> slices, List<String> unknown) {
    /** Where sysfs is. */
    public static final Path SYS = Path.of("/sys");
    /** Bytes in a sector, in sysfs and in the tables of the device mapper, whatever the device itself has. */
    public static final int SECTOR_LENGTH = 512;

    private static final int DEPTH_LIMIT = 16;
    private static final Pattern LINEAR = Pattern.compile("(\\d+):(\\d+) (\\d+)");
    private static final Pattern REGION = Pattern.compile("region\\d+");

    /**
     * Copies the lists.
     */
    public BlockDevice {
        slices = List.copyOf(slices);
        unknown = List.copyOf(unknown);
    }

    /**
     * Bytes of the device that follow each other, and the lists that cover them. The first list decides; where it is
     * not complete, the others add to it.
     *
     * @param offset first byte on the device.
     * @param length in bytes.
     * @param lists  the lists, at least one.
     */
    public record Slice(long offset, long length, List<ListPlace> lists) {
        /**
         * Copies the list.
         */
        public Slice {
            lists = List.copyOf(lists);
        }

        private Slice shifted(final long distance, final long from, final long to) {
            final long start = Math.max(offset, from);
            final long end = Math.min(offset + length, to);
            final List<ListPlace> moved = new ArrayList<>();
            for (final ListPlace place : lists) {
                moved.add(new ListPlace(place.file, place.offset + start - offset));
            }
            return new Slice(start + distance, end - start, moved);
        }
    }

    /**
     * Where a slice begins in a list.
     *
     * @param file   the list.
     * @param offset the byte that the list calls what the slice calls its first one.
     */
    public record ListPlace(Path file, long offset) {
    }

    /** The table of a device-mapper device. */
    @FunctionalInterface
    interface Tables {
        List<DeviceMapper.Target> of(int major, int minor) throws IOException;
    }

    /**
     * The device that holds an open file.
     *
     * @param file the file.
     * @return the device, and what is known of it.
     * @throws IOException if the file's device number cannot be read.
     */
    public static BlockDevice of(final NativeFile file) throws IOException {
        final FileStatus status = FileStatus.of(file);
        return of(SYS, DeviceMapper::table, status.major(), status.minor());
    }

    static BlockDevice of(final Path sys, final Tables tables, final int major, final int minor) {
        return of(sys, tables, major, minor, 0);
    }

    private static BlockDevice of(
        final Path sys, final Tables tables, final int major, final int minor, final int depth) {
        final String number = major + ":" + minor;
        if (depth > DEPTH_LIMIT) {
            return nothing(number, "devices are stacked more than " + DEPTH_LIMIT + " high");
        }
        final Path link = sys.resolve("dev/block").resolve(number);
        try {
            if (!Files.exists(link)) {
                return nothing(number, link + " is not there: the file system shows a device number that is no block"
                    + " device's (btrfs, overlay, tmpfs and network file systems do)");
            }
            final Path directory = link.toRealPath();
            if (Files.exists(directory.resolve("partition"))) {
                return partition(sys, tables, directory, depth);
            }
            if (Files.isDirectory(directory.resolve("dm"))) {
                return mapped(sys, tables, major, minor, directory, depth);
            }
            return disk(directory);
        } catch (final IOException | NumberFormatException failure) {
            return nothing(number, "block device " + number + " cannot be looked up in " + sys + ": " + failure);
        }
    }

    private static BlockDevice nothing(final String name, final String reason) {
        return new BlockDevice(name, List.of(), List.of(reason));
    }

    private static BlockDevice partition(
        final Path sys, final Tables tables, final Path directory, final int depth) throws IOException {
        final long start = bytes(directory.resolve("start"));
        final long length = bytes(directory.resolve("size"));
        final String[] number = text(directory.resolveSibling("dev")).split(":");
        final BlockDevice disk =
            of(sys, tables, Integer.parseInt(number[0]), Integer.parseInt(number[1]), depth + 1);
        final List<Slice> slices = new ArrayList<>();
        append(slices, disk, start, length, 0);
        return new BlockDevice(directory.getFileName().toString(), slices, disk.unknown);
    }

    /** Appends what serves some bytes of a device, as bytes of another one. */
    private static void append(
        final List<Slice> slices, final BlockDevice below, final long start, final long length, final long offset) {
        for (final Slice slice : below.slices) {
            if (slice.offset < start + length && slice.offset + slice.length > start) {
                slices.add(slice.shifted(offset - start, start, start + length));
            }
        }
    }

    private static BlockDevice mapped(final Path sys, final Tables tables, final int major, final int minor,
        final Path directory, final int depth) {
        final String name = directory.getFileName().toString();
        final List<Slice> slices = new ArrayList<>();
        final List<String> unknown = new ArrayList<>();
        try {
            for (final DeviceMapper.Target target : tables.of(major, minor)) {
                final Matcher linear = LINEAR.matcher(target.parameters());
                if (!"linear".equals(target.name()) || !linear.matches()) {
                    unknown.add(name + " has a target that Cordon cannot look through: " + target.sector() + " "
                        + target.sectors() + " " + target.name() + "; only linear ones have no state of their own");
                    continue;
                }
                final BlockDevice below = of(sys, tables,
                    Integer.parseInt(linear.group(1)), Integer.parseInt(linear.group(2)), depth + 1);
                unknown.addAll(below.unknown);
                append(slices, below, Math.multiplyExact(Long.parseLong(linear.group(3)), (long) SECTOR_LENGTH),
                    target.sectors() * SECTOR_LENGTH, target.sector() * SECTOR_LENGTH);
            }
        } catch (final IOException | ArithmeticException | NumberFormatException failure) {
            unknown.add("the table of " + name + " is needed to find what lies below, and cannot be read: " + failure);
        }
        return new BlockDevice(name, slices, unknown);
    }

    private static BlockDevice disk(final Path directory) throws IOException {
        final List<ListPlace> lists = new ArrayList<>();
        lists.add(new ListPlace(directory.resolve("badblocks"), 0));
        addRegion(lists, directory.resolve("device"));
        final Slice all = new Slice(0, bytes(directory.resolve("size")), lists);
        return new BlockDevice(directory.getFileName().toString(), List.of(all), List.of());
    }

    /** A pmem disk's device lies in its region; only root may read where. */
    private static void addRegion(final List<ListPlace> lists, final Path device) {
        try {
            final Path real = device.toRealPath();
            final Path region = real.getParent();
            if (REGION.matcher(region.getFileName().toString()).matches()) {
                final long start = Long.decode(text(region.resolve("resource")));
                lists.add(new ListPlace(
                    region.resolve("badblocks"), Long.decode(text(real.resolve("resource"))) - start));
            }
        } catch (IOException | NumberFormatException _) {
            // No region, or one that hides where it is. The disk's own list decides; this one could only add to it.
            return;
        }
    }

    private static long bytes(final Path attribute) throws IOException {
        return Long.parseLong(text(attribute)) * SECTOR_LENGTH;
    }

    private static String text(final Path attribute) throws IOException {
        return Files.readString(attribute).trim();
    }
}
