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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.linux.BlockDevice.ListPlace;
import io.cordon.linux.BlockDevice.Slice;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * From a device number to the lists that name its sectors, in a tree that is made as sysfs is: a pmem disk with a
 * partition in a region, an ordinary disk, device-mapper devices on top.
 */
class BlockDeviceTest {
    private static final long REGION = 0x1_0000_0000L;
    private static final long DATA = REGION + 0x20_0000L;

    @TempDir
    private Path sys;
    private Path pmem;
    private Path region;

    @BeforeEach
    void makeTree() throws IOException {
        sys = sys.toRealPath();
        region = sys.resolve("devices/e820/ndbus0/region0");
        attribute(region.resolve("resource"), "0x" + Long.toHexString(REGION));
        attribute(region.resolve("pfn0.1/resource"), "0x" + Long.toHexString(DATA));
        pmem = region.resolve("pfn0.1/block/pmem0");
        device(pmem, "259:0", 10_000);
        Files.createSymbolicLink(pmem.resolve("device"), Path.of("../../../pfn0.1"));
        device(pmem.resolve("pmem0p1"), "259:1", 4000);
        attribute(pmem.resolve("pmem0p1/partition"), "1");
        attribute(pmem.resolve("pmem0p1/start"), "2048");
        device(sys.resolve("devices/virtual/block/vdb"), "254:16", 500);
        device(sys.resolve("devices/virtual/block/dm-0"), "253:0", 5000);
        Files.createDirectories(sys.resolve("devices/virtual/block/dm-0/dm"));
        device(sys.resolve("devices/virtual/block/dm-1"), "253:1", 100);
        Files.createDirectories(sys.resolve("devices/virtual/block/dm-1/dm"));
    }

    private static void attribute(final Path file, final String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text + "\n");
    }

    private void device(final Path directory, final String number, final long sectors) throws IOException {
        attribute(directory.resolve("dev"), number);
        attribute(directory.resolve("size"), Long.toString(sectors));
        final Path links = Files.createDirectories(sys.resolve("dev/block"));
        Files.createSymbolicLink(links.resolve(number), directory);
    }

    private BlockDevice find(final int major, final int minor, final DeviceMapper.Target... table) {
        return BlockDevice.of(sys, (tableMajor, tableMinor) -> tableMinor == 0 ? List.of(table)
            : List.of(new DeviceMapper.Target(0, 100, "linear", "253:0 50")), major, minor);
    }

    private List<ListPlace> places(final long offset) {
        return List.of(new ListPlace(pmem.resolve("badblocks"), offset),
            new ListPlace(region.resolve("badblocks"), offset + DATA - REGION));
    }

    @Test
    void shouldFindADisksOwnList() {
        final Path list = sys.resolve("devices/virtual/block/vdb/badblocks");
        final Slice all = new Slice(0, 500 * 512, List.of(new ListPlace(list, 0)));
        assertEquals(new BlockDevice("vdb", List.of(all), List.of()), find(254, 16));
    }

    @Test
    void shouldFindThePmemDisksListAndItsRegions() {
        assertEquals(new BlockDevice("pmem0", List.of(new Slice(0, 10_000 * 512, places(0))), List.of()), find(259, 0));
    }

    /** Only root may read where a region is. */
    @Test
    void shouldDoWithoutARegionThatHidesWhereItIs() throws IOException {
        Files.delete(region.resolve("resource"));
        assertEquals(List.of(new ListPlace(pmem.resolve("badblocks"), 0)), find(259, 0).slices().getFirst().lists());
        assertEquals(List.of(), find(259, 0).unknown());
    }

    @Test
    void shouldShiftAPartition() {
        assertEquals(
            new BlockDevice("pmem0p1", List.of(new Slice(0, 4000 * 512, places(2048 * 512))), List.of()), find(259, 1));
    }

    @Test
    void shouldLookThroughLinearTargets() {
        final BlockDevice device = find(253, 0, new DeviceMapper.Target(0, 1000, "linear", "259:1 100"),
            new DeviceMapper.Target(1000, 300, "linear", "254:16 200"));
        final Path list = sys.resolve("devices/virtual/block/vdb/badblocks");
        assertEquals(new BlockDevice("dm-0", List.of(
            new Slice(0, 1000 * 512, places((2048 + 100) * 512)),
            new Slice(1000 * 512, 300 * 512, List.of(new ListPlace(list, 200 * 512)))), List.of()), device);
    }

    @Test
    void shouldLookThroughDevicesThatAreStacked() {
        final BlockDevice device = find(253, 1, new DeviceMapper.Target(0, 70, "linear", "259:0 7"),
            new DeviceMapper.Target(70, 100, "linear", "259:1 0"));
        assertEquals(List.of(new Slice(0, 20 * 512, places((50 + 7) * 512)),
            new Slice(20 * 512, 80 * 512, places(2048 * 512))), device.slices());
    }

    @Test
    void shouldNotKnowOtherTargetsAndSayWhich() {
        final BlockDevice device = find(253, 0, new DeviceMapper.Target(0, 1000, "linear", "259:1 100"),
            new DeviceMapper.Target(1000, 300, "crypt", "aes 0 254:16 0"));
        assertEquals(1, device.slices().size(), "what can be looked through is");
        assertEquals(1, device.unknown().size());
        assertTrue(device.unknown().getFirst().contains("1000 300 crypt"), device.unknown().getFirst());
    }

    @Test
    void shouldNotKnowADeviceWhoseTableCannotBeRead() {
        final BlockDevice device = BlockDevice.of(sys, (major, minor) -> {
            throw new AccessDeniedException("/dev/mapper/control");
        }, 253, 0);
        assertEquals(List.of(), device.slices());
        assertTrue(device.unknown().getFirst().contains("/dev/mapper/control"), device.unknown().getFirst());
    }

    @Test
    void shouldNotFollowDevicesThatAreStackedInACircle() {
        final BlockDevice device = find(253, 0, new DeviceMapper.Target(0, 1000, "linear", "253:0 0"));
        assertTrue(device.unknown().getFirst().contains("stacked"), device.unknown().getFirst());
    }

    @Test
    void shouldNotKnowADeviceNumberThatIsNoBlockDevices() {
        final BlockDevice device = find(0, 42);
        assertEquals(List.of(), device.slices());
        assertTrue(device.unknown().getFirst().contains("0:42"), device.unknown().getFirst());
    }

    @Test
    void shouldNotKnowADeviceWhoseAttributesMakeNoSense() throws IOException {
        Files.writeString(pmem.resolve("size"), "many\n");
        final BlockDevice device = find(259, 1);
        assertEquals(List.of(), device.slices());
        assertTrue(device.unknown().getFirst().contains("many"), device.unknown().getFirst());
    }
}
