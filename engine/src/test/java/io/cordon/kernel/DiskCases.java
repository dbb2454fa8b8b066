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
package io.cordon.kernel;

import io.cordon.Region;
import io.cordon.media.Media;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Regions on an ordinary file system, no DAX, whose disk has sectors that it cannot read: the page cache fails to read
 * the page, and who touches it gets SIGBUS. Each bad sector costs its own lines and no more.
 */
final class DiskCases {
    private static final long SIZE = 64 * Ground.PAGE;
    private static final int WORD = Long.BYTES;
    private static final int READERS = 4;
    private static final int BUS_ADRERR = 2;
    private static final String NEXT_BOOT = "next-boot";
    private static final long TOUCHED = 9 * Ground.PAGE + 2 * Ground.SECTOR;
    private static final long UNTOUCHED = 40 * Ground.PAGE + 7 * Ground.SECTOR;

    private DiskCases() {
    }

    static List<Case> all() {
        return List.of(
            new Case("stock-java-dies", DiskCases::stockJavaDies),
            new Case("sector-bad-before-the-mapping",
                ground -> beforeTheMapping(ground, "before", 5 * Ground.PAGE + Ground.SECTOR)),
            new Case("first-and-last-sector-of-the-file",
                ground -> beforeTheMapping(ground, "ends", 0, SIZE - Ground.SECTOR)),
            new Case("several-sectors-in-a-page", ground -> beforeTheMapping(ground, "several",
                2 * Ground.PAGE, 2 * Ground.PAGE + 3 * Ground.SECTOR, 3 * Ground.PAGE - Ground.SECTOR)),
            new Case("sectors-in-neighbouring-pages", ground -> beforeTheMapping(ground, "neighbours",
                8 * Ground.PAGE - Ground.SECTOR, 8 * Ground.PAGE)),
            new Case("all-sectors-of-a-page", DiskCases::wholePage),
            new Case("under-a-live-mapping", DiskCases::liveMapping),
            new Case("store-to-a-bad-sector", DiskCases::store),
            new Case("disk-without-a-spare-sector", DiskCases::noSpare),
            new Case("during-load-by-several-threads", DiskCases::duringLoad),
            new Case("restart-of-the-process", DiskCases::restart),
            new Case("left-for-the-next-boot", DiskCases::leave));
    }

    /** After the boot that left something. */
    static List<Case> afterBoot() {
        return List.of(new Case("loss-is-remembered-across-boots", DiskCases::remembered));
    }

    private static Path create(final Ground ground, final String name) throws IOException {
        final Path file = ground.folder().resolve(name);
        try (Region region = Region.builder(file).size(SIZE).media(Media.file()).open()) {
            for (long offset = 0; offset < SIZE; offset += WORD) {
                region.putLong(offset, Ground.contentAt(offset));
            }
            region.persist();
        }
        return file;
    }

    private static Region open(final Path file) throws IOException {
        return Region.builder(file).media(Media.file()).open();
    }

    private static Expectation without(final long... sectors) {
        final Expectation expectation = new Expectation();
        for (final long sector : sectors) {
            expectation.lines(sector, Ground.SECTOR);
        }
        return expectation;
    }

    /** The control: the kernel fails the page, and an unguarded JVM dies of it. */
    private static void stockJavaDies(final Ground ground) throws Exception {
        final Path file = create(ground, "stock");
        DiskOrders.of(ground.folder()).makeBad(file, 50 * Ground.PAGE + Ground.SECTOR);
        final GuestJvm child = GuestJvm.run(StockReader.class, file.toString(),
            Long.toString(4 * Ground.PAGE), Long.toString(50 * Ground.PAGE));
        if (!child.output().contains("read " + 4 * Ground.PAGE) || !child.crash().contains("si_code: " + BUS_ADRERR)) {
            throw new AssertionError("exit code " + child.exit() + ", not a crash by si_code " + BUS_ADRERR + ": "
                + child.crash() + "\n" + child.output());
        }
        System.out.println(child.crash());
    }

    private static void beforeTheMapping(final Ground ground, final String name, final long... sectors)
        throws IOException {
        final Path file = create(ground, name);
        final DiskOrders disk = DiskOrders.of(ground.folder());
        for (final long sector : sectors) {
            disk.makeBad(file, sector);
        }
        try (Region region = open(file)) {
            without(sectors).check(region, WORD);
            recover(region, disk, file, sectors);
        }
    }

    /** All that is refused, by writing what was there; then the disk and the region are as good as before. */
    private static void recover(final Region region, final DiskOrders disk, final Path file, final long... sectors)
        throws IOException {
        for (final ByteRange range : region.poison().ranges()) {
            for (long offset = range.offset(); offset < range.offset() + range.length(); offset += Ground.LINE) {
                region.recovery().write(offset, content(offset, Ground.LINE));
            }
        }
        for (final long sector : sectors) {
            if (disk.isBad(file, sector)) {
                throw new AssertionError("the disk still fails at " + sector);
            }
        }
        new Expectation().check(region, WORD);
    }

    private static byte[] content(final long offset, final int length) {
        final ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
        for (int i = 0; i < length; i += WORD) {
            buffer.putLong(Ground.contentAt(offset + i));
        }
        return buffer.array();
    }

    private static void wholePage(final Ground ground) throws IOException {
        final long[] sectors = new long[Ground.PAGE / Ground.SECTOR];
        for (int i = 0; i < sectors.length; i++) {
            sectors[i] = 20 * Ground.PAGE + (long) i * Ground.SECTOR;
        }
        beforeTheMapping(ground, "whole", sectors);
    }

    /** The disk goes bad under a region that is open, where nothing was loaded from yet. */
    private static void liveMapping(final Ground ground) throws IOException {
        final Path file = create(ground, "live");
        final DiskOrders disk = DiskOrders.of(ground.folder());
        final long bad = 33 * Ground.PAGE + 4 * Ground.SECTOR;
        DiskOrders.dropCaches();
        try (Region region = open(file)) {
            disk.makeBad(file, bad);
            without(bad).check(region, WORD);
            recover(region, disk, file, bad);
        }
    }

    /** A store never cures. */
    private static void store(final Ground ground) throws IOException {
        final Path file = create(ground, "store");
        final long bad = 7 * Ground.PAGE;
        DiskOrders.of(ground.folder()).makeBad(file, bad);
        try (Region region = open(file)) {
            try {
                region.putLong(bad, 1);
                throw new AssertionError("a store to a bad line was not refused");
            } catch (final PoisonException exception) {
                System.out.println(exception.getMessage());
            }
            without(bad).check(region, WORD);
        }
    }

    /** What cannot be written cannot be recovered, and whoever tries is told. Once it can, it is. */
    private static void noSpare(final Ground ground) throws IOException {
        final Path file = create(ground, "spare");
        final DiskOrders disk = DiskOrders.of(ground.folder());
        final long bad = 12 * Ground.PAGE + 5 * Ground.SECTOR;
        final long page = bad & -Ground.PAGE;
        disk.makeBadForGood(file, bad);
        try (Region region = open(file)) {
            // Of a page that the medium does not take back nothing is served.
            new Expectation().lines(page, Ground.PAGE).check(region, WORD);
            try {
                region.recovery().write(page, content(page, Ground.PAGE));
                throw new AssertionError("recovery claims to have written what cannot be written");
            } catch (final IOException refused) {
                System.out.println(refused.getMessage());
            }
            if (!disk.isBad(file, bad)) {
                throw new AssertionError("the disk has recovered by itself");
            }
            disk.giveSpare(file, bad);
            region.recovery().write(page, content(page, Ground.PAGE));
            recover(region, disk, file, bad);
        }
    }

    /** Threads that meet the same bad sectors at the same time. */
    private static void duringLoad(final Ground ground) throws Exception {
        final Path file = create(ground, "load");
        final DiskOrders disk = DiskOrders.of(ground.folder());
        final long[] sectors = new long[12];
        for (int i = 0; i < sectors.length; i++) {
            sectors[i] = (5L * i + 2) * Ground.PAGE + i % 8 * Ground.SECTOR;
            disk.makeBad(file, sectors[i]);
        }
        final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        try (Region region = open(file)) {
            final List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                readers.add(Thread.ofPlatform().daemon().start(() -> {
                    try {
                        without(sectors).checkLoads(region, WORD);
                    } catch (final Throwable thrown) {
                        failures.add(thrown);
                    }
                }));
            }
            for (final Thread reader : readers) {
                reader.join();
            }
            if (!failures.isEmpty()) {
                throw new AssertionError(failures.size() + " readers failed", failures.peek());
            }
            without(sectors).check(region, WORD);
            recover(region, disk, file, sectors);
        }
    }

    /** The first opening cured the disk; what was on it is gone all the same. */
    private static void restart(final Ground ground) throws IOException {
        final Path file = create(ground, "restart");
        final long bad = 3 * Ground.PAGE;
        DiskOrders.of(ground.folder()).makeBad(file, bad);
        for (int i = 0; i < 3; i++) {
            DiskOrders.dropCaches();
            try (Region region = open(file)) {
                without(bad).check(region, WORD);
            }
        }
    }

    /** One sector that was met, one that nobody has touched; the guest is switched off with the region open. */
    private static void leave(final Ground ground) throws IOException {
        final Path file = create(ground, NEXT_BOOT);
        final DiskOrders disk = DiskOrders.of(ground.folder());
        disk.makeBad(file, TOUCHED);
        without(TOUCHED).check(open(file), WORD);
        // Mapped pages stay in the page cache of this boot; the next one reads the disk.
        disk.makeBad(file, UNTOUCHED);
    }

    private static void remembered(final Ground ground) throws IOException {
        final Path file = ground.folder().resolve(NEXT_BOOT);
        final DiskOrders disk = DiskOrders.of(ground.folder());
        if (disk.isBad(file, TOUCHED) || !disk.isBad(file, UNTOUCHED)) {
            throw new AssertionError("not the disk as it was left");
        }
        try (Region region = open(file)) {
            without(TOUCHED, UNTOUCHED).check(region, WORD);
            recover(region, disk, file, TOUCHED, UNTOUCHED);
        }
    }
}
