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
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Regions on a DAX file system whose device goes bad. In every case: exactly the lines that are gone are refused, all
 * others hold what they held, the process lives, and so does the file system.
 */
final class DaxCases {
    private static final long SIZE = 16 * Ground.PAGE;
    private static final long HUGE_PAGE = 2 << 20;
    private static final int WORD = Long.BYTES;
    private static final int BUS_ADRERR = 2;
    private static final int BUS_MCEERR_AR = 4;
    private static final int READERS = 4;
    private static final int STRIKES = 12;

    private DaxCases() {
    }

    static List<Case> all() {
        return List.of(
            new Case("stock-java-dies", DaxCases::stockJavaDies),
            new Case("sector-bad-before-the-mapping", ground -> beforeTheMapping(ground, "before", 5 * Ground.PAGE)),
            new Case("first-and-last-sector-of-the-file",
                ground -> beforeTheMapping(ground, "ends", 0, SIZE - Ground.SECTOR)),
            new Case("several-sectors-in-a-page", ground -> beforeTheMapping(ground, "several",
                2 * Ground.PAGE, 2 * Ground.PAGE + 3 * Ground.SECTOR, 3 * Ground.PAGE - Ground.SECTOR)),
            new Case("sectors-in-neighbouring-pages", ground -> beforeTheMapping(ground, "neighbours",
                8 * Ground.PAGE - Ground.SECTOR, 8 * Ground.PAGE)),
            new Case("chosen-by-default", DaxChoiceCases::chosen),
            new Case("mapped-with-map-sync", DaxChoiceCases::mapSync),
            new Case("listed-and-not-touched", DaxChoiceCases::listedUntouched),
            new Case("injected-by-kernel-poison", DaxChoiceCases::injected),
            new Case("never-written", DaxChoiceCases::unwritten),
            new Case("without-the-right-to-read-sectors", DaxChoiceCases::nobody),
            new Case("blocks-shared-with-another-file", DaxChoiceCases::shared),
            new Case("legs-of-a-stack", StackCases::listed),
            new Case("legs-of-a-stack-under-a-live-mapping", StackCases::live),
            new Case("store-to-a-bad-page", DaxCases::store),
            new Case("under-a-live-mapping", DaxCases::liveMapping),
            new Case("memory-failure-without-a-bad-block", DaxCases::memoryFailureAlone),
            new Case("persist-of-a-closed-region", DaxCases::persistClosed),
            new Case("inside-a-huge-page-before-the-mapping", ground -> hugePage(ground, "huge", false)),
            new Case("inside-a-huge-page-under-a-live-mapping", ground -> hugePage(ground, "huge-live", true)),
            new Case("during-load-by-several-threads", DaxCases::duringLoad),
            new Case("restart-of-the-process", DaxCases::restart),
            new Case("death-of-the-process", DaxCases::death),
            new Case("idle-under-early-kill", DaxCases::earlyKill),
            new Case("left-for-the-next-boot", RestartCases::leave));
    }

    /** The control: the poison is real, the kernel reports it as it is known to, and an unguarded JVM dies of it. */
    private static void stockJavaDies(final Ground ground) throws Exception {
        final Path file = ground.folder().resolve("stock");
        ground.create("stock", SIZE).close();
        ground.makeBad(file, 5 * Ground.PAGE + Ground.SECTOR);
        final GuestJvm child = GuestJvm.run(StockReader.class, file.toString(),
            Long.toString(4 * Ground.PAGE), Long.toString(6 * Ground.PAGE), Long.toString(5 * Ground.PAGE));
        // Since 6.5 a fault on a bad block is BUS_MCEERR_AR.
        final int code = Ground.kernel() >= 6005 ? BUS_MCEERR_AR : BUS_ADRERR;
        if (!child.output().contains("read " + 6 * Ground.PAGE) || !child.crash().contains("si_code: " + code)) {
            throw new AssertionError("exit code " + child.exit() + ", not a crash by si_code " + code + ": "
                + child.crash() + "\n" + child.output());
        }
        System.out.println(child.crash());
    }

    private static void beforeTheMapping(final Ground ground, final String name, final long... sectors)
        throws IOException {
        final Path file = ground.folder().resolve(name);
        ground.create(name, SIZE).close();
        final Expectation expectation = new Expectation();
        for (final long sector : sectors) {
            ground.makeBad(file, sector);
            expectation.sector(sector, ground);
        }
        try (Region region = Ground.open(file)) {
            expectation.check(region, WORD);
            recover(ground, region, file, sectors);
        }
    }

    /** Recovery of all that is refused: it succeeds where the device clears, and tells the truth where it does not. */
    static void recover(final Ground ground, final Region region, final Path file, final long... sectors)
        throws IOException {
        for (final ByteRange range : region.poison().ranges()) {
            final byte[] content = content(range);
            if (ground.clears()) {
                region.recovery().write(range.offset(), content);
            } else {
                expectRefusal(region, range, content);
            }
        }
        for (final long sector : sectors) {
            if (ground.isBad(file, sector) == ground.clears()) {
                throw new AssertionError("the bad-block list "
                    + (ground.clears() ? "still has" : "does not have") + " the sector at " + sector);
            }
        }
        final Expectation expectation = new Expectation();
        if (!ground.clears()) {
            for (final long sector : sectors) {
                expectation.sector(sector, ground);
            }
        }
        expectation.check(region, WORD);
    }

    private static void expectRefusal(final Region region, final ByteRange range, final byte[] content) {
        try {
            region.recovery().write(range.offset(), content);
        } catch (final IOException refused) {
            System.out.println(refused.getMessage());
            return;
        }
        throw new AssertionError("recovery claims to have cleared " + range);
    }

    static byte[] content(final ByteRange range) {
        final ByteBuffer buffer = ByteBuffer.allocate((int) range.length())
            .order(ByteOrder.nativeOrder());
        for (long offset = range.offset(); offset < range.offset() + range.length(); offset += WORD) {
            buffer.putLong(Ground.contentAt(offset));
        }
        return buffer.array();
    }

    /** A store never clears poison, and a page that a store found bad has lost no more than others. */
    private static void store(final Ground ground) throws IOException {
        final Path file = ground.folder().resolve("store");
        ground.create("store", SIZE).close();
        ground.makeBad(file, 7 * Ground.PAGE);
        try (Region region = Ground.open(file)) {
            try {
                region.putLong(7 * Ground.PAGE, 1);
                throw new AssertionError("a store to a bad line was not refused");
            } catch (final PoisonException exception) {
                System.out.println(exception.getMessage());
            }
            new Expectation().sector(7 * Ground.PAGE, ground).check(region, WORD);
        }
    }

    /** A page that was loaded and stored to before goes bad: list first, then the kernel takes the page away. */
    private static void liveMapping(final Ground ground) throws IOException {
        final Path file = ground.folder().resolve("live");
        final long bad = 4 * Ground.PAGE + 2 * Ground.SECTOR;
        try (Region region = ground.create("live", SIZE)) {
            new Expectation().check(region, WORD);
            ground.makeBad(file, bad);
            Ground.failMemory(region, bad);
            new Expectation().sector(bad, ground).check(region, WORD);
            recover(ground, region, file, bad);
        }
    }

    /** The kernel takes a page away, and its medium has no complaint: it is mapped back, and nothing is lost. */
    private static void memoryFailureAlone(final Ground ground) throws IOException {
        try (Region region = ground.create("alone", SIZE)) {
            for (int i = 0; i < 3; i++) {
                Ground.failMemory(region, 6 * Ground.PAGE);
                new Expectation().check(region, WORD);
            }
            region.putLong(6 * Ground.PAGE, 1);
            region.persist(6 * Ground.PAGE, WORD);
            if (!region.poison().isClean() || region.getLong(6 * Ground.PAGE) != 1) {
                throw new AssertionError("the page is not as good as before");
            }
        }
    }

    /** A persist that is nothing but a write-back refuses what others refuse. */
    private static void persistClosed(final Ground ground) throws IOException {
        final Region region = ground.create("closed", SIZE);
        region.putLong(Ground.PAGE - WORD, 1);
        region.persist(Ground.PAGE - WORD / 2, WORD);
        expect(IndexOutOfBoundsException.class, () -> region.persist(SIZE - WORD, WORD + 1));
        expect(IndexOutOfBoundsException.class, () -> region.persist(-1, WORD));
        expect(IndexOutOfBoundsException.class, () -> region.persist(0, -1));
        region.close();
        expect(IllegalStateException.class, () -> region.persist(0, WORD));
        expect(IllegalStateException.class, () -> region.persist(0, 0));
    }

    /** Something that throws. */
    private interface Refused {
        void run() throws IOException;
    }

    private static void expect(final Class<? extends Exception> type, final Refused action) {
        try {
            action.run();
        } catch (final IOException | RuntimeException thrown) {
            if (thrown.getClass() == type) {
                return;
            }
            throw new AssertionError("not " + type.getName(), thrown);
        }
        throw new AssertionError("no " + type.getName());
    }

    private static void hugePage(final Ground ground, final String name, final boolean live) throws IOException {
        final Path file = ground.folder().resolve(name);
        final long bad = HUGE_PAGE + HUGE_PAGE / 2 + Ground.PAGE + Ground.SECTOR;
        ground.create(name, 2 * HUGE_PAGE).close();
        // Of the part that is a huge page: one extent, on a boundary of 2 MiB on both sides.
        final long physical = Fiemap.physical(file, HUGE_PAGE);
        if (physical % HUGE_PAGE != 0
            || Fiemap.physical(file, 2 * HUGE_PAGE - 1) != physical + HUGE_PAGE - 1) {
            throw new AssertionError("no huge page can be there: " + Fiemap.of(file));
        }
        if (!live) {
            ground.makeBad(file, bad);
        }
        try (Region region = Ground.open(file)) {
            if (live) {
                new Expectation().check(region, Ground.LINE);
                ground.makeBad(file, bad);
                Ground.failMemory(region, bad);
            }
            new Expectation().sector(bad, ground).check(region, Ground.LINE);
            recoverHuge(ground, region, bad);
        }
    }

    private static void recoverHuge(final Ground ground, final Region region, final long bad) throws IOException {
        if (ground.clears()) {
            for (final ByteRange range : region.poison().ranges()) {
                region.recovery().write(range.offset(), content(range));
            }
            new Expectation().check(region, Ground.LINE);
        } else {
            new Expectation().sector(bad, ground).check(region, Ground.LINE);
        }
    }

    /** Readers of all pages, while page after page goes bad under them. */
    private static void duringLoad(final Ground ground) throws Exception {
        final Path file = ground.folder().resolve("load");
        final long size = 4 * STRIKES * Ground.PAGE;
        final AtomicBoolean done = new AtomicBoolean();
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Expectation expectation = new Expectation();
        final Set<Long> struck = ConcurrentHashMap.newKeySet();
        try (Region region = ground.create("load", size)) {
            final List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                final long seed = i;
                readers.add(Thread.ofPlatform().daemon().start(() -> {
                    try {
                        read(region, seed, struck, done);
                    } catch (final Throwable thrown) {
                        failure.compareAndSet(null, thrown);
                    }
                }));
            }
            for (int i = 0; i < STRIKES; i++) {
                final long bad = (4L * i + 1) * Ground.PAGE + i % 8 * Ground.SECTOR;
                struck.add(bad / Ground.PAGE);
                ground.makeBad(file, bad);
                Ground.failMemory(region, bad);
                expectation.sector(bad, ground);
                Thread.sleep(20);
            }
            done.set(true);
            for (final Thread reader : readers) {
                reader.join();
            }
            if (failure.get() != null) {
                throw new AssertionError("a reader failed", failure.get());
            }
            expectation.check(region, WORD);
        }
    }

    private static void read(
        final Region region, final long seed, final Set<Long> struck, final AtomicBoolean done) {
        final SplittableRandom random = new SplittableRandom(seed);
        while (!done.get()) {
            final long offset = random.nextLong(region.size() / WORD) * WORD;
            try {
                final long value = region.getLong(offset);
                if (value != Ground.contentAt(offset)) {
                    throw new AssertionError("garbage at " + offset + ": " + Long.toHexString(value));
                }
            } catch (final PoisonException exception) {
                if (!struck.contains(offset / Ground.PAGE)) {
                    throw new AssertionError("refused at " + offset + ", in a healthy page", exception);
                }
            }
        }
    }

    /** Closed and opened again: what is lost stays lost, though the medium is healthy again. */
    private static void restart(final Ground ground) throws IOException {
        final Path file = ground.folder().resolve("restart");
        ground.create("restart", SIZE).close();
        ground.makeBad(file, 3 * Ground.PAGE);
        final Expectation expectation = new Expectation().sector(3 * Ground.PAGE, ground);
        for (int i = 0; i < 3; i++) {
            try (Region region = Ground.open(file)) {
                expectation.check(region, WORD);
            }
        }
    }

    /** Another process meets the poison and dies without a word; this one finds each line recovered or refused. */
    private static void death(final Ground ground) throws Exception {
        final Path file = ground.folder().resolve("death");
        ground.create("death", SIZE).close();
        ground.makeBad(file, 3 * Ground.PAGE);
        ground.makeBad(file, 9 * Ground.PAGE);
        final GuestJvm child = GuestJvm.run(DyingReader.class, file.toString(), Long.toString(3 * Ground.PAGE));
        if (!child.output().contains("refused")) {
            throw new AssertionError("exit code " + child.exit() + ": " + child.output() + child.crash());
        }
        try (Region region = Ground.open(file)) {
            new Expectation().sector(3 * Ground.PAGE, ground).sector(9 * Ground.PAGE, ground).check(region, WORD);
        }
    }

    /** With early kill the kernel signals every process that maps the page, at once: BUS_MCEERR_AO. */
    private static void earlyKill(final Ground ground) throws Exception {
        final Path file = ground.folder().resolve("early");
        final Path control = Path.of("/proc/sys/vm/memory_failure_early_kill");
        try (Region region = ground.create("early", SIZE)) {
            new Expectation().check(region, WORD);
            Files.writeString(control, "1");
            try {
                final GuestJvm child = GuestJvm.run(Injector.class, file.toString(), Long.toString(2 * Ground.PAGE));
                System.out.println("injector: exit code " + child.exit() + ", " + child.output() + child.crash());
            } finally {
                Files.writeString(control, "0");
            }
            new Expectation().sector(2 * Ground.PAGE, ground).check(region, WORD);
        }
    }
}
