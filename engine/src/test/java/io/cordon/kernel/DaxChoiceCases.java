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

import io.cordon.Inspection;
import io.cordon.Region;
import io.cordon.linux.NativeFile;
import io.cordon.media.KernelPoison;
import io.cordon.media.Media;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What sets the DAX medium apart: how it is chosen and mapped, what the list alone tells, whose blocks are written. */
final class DaxChoiceCases {
    private static final long SIZE = 16 * Ground.PAGE;
    private static final long BAD = 5 * Ground.PAGE + 3 * Ground.SECTOR;
    private static final int TIMEOUT_SECONDS = 60;
    private static final long POLL_MILLIS = 50;
    /** include/uapi/linux/fs.h, _IOW(0x94, 9, int). */
    private static final long FICLONE = 0x4004_9409L;
    private static final int NOBODY = 65534;

    private DaxChoiceCases() {
    }

    /** Without a word of the application; elsewhere it is an ordinary file, and to ask for DAX there is refused. */
    static void chosen(final Ground ground) throws IOException {
        try (Region region = Region.builder(ground.folder().resolve("default")).size(SIZE).open()) {
            if (region.media() != Media.dax()) {
                throw new AssertionError("chose " + region.media());
            }
        }
        final Path elsewhere = Files.createTempDirectory("elsewhere").resolve("region");
        try (Region region = Region.builder(elsewhere).size(SIZE).open()) {
            if (region.media() != Media.file()) {
                throw new AssertionError("chose " + region.media() + " on tmpfs");
            }
        }
        try (Region region = Region.builder(elsewhere).media(Media.dax()).open()) {
            throw new AssertionError("DAX on tmpfs: " + region);
        } catch (final IOException refused) {
            System.out.println(refused.getMessage());
        }
    }

    /** As the kernel says: "sf" among the flags of each mapping of the file, also of a page that was mapped back. */
    static void mapSync(final Ground ground) throws IOException {
        final Path file = ground.folder().resolve("sync");
        try (Region region = ground.create("sync", SIZE)) {
            checkFlags(file);
            Ground.failMemory(region, BAD);
            new Expectation().check(region, Long.BYTES);
            checkFlags(file);
            region.putLong(BAD, 1);
            region.persist(BAD, Long.BYTES);
        }
        try (Region region = Region.builder(file).readOnly(true).open()) {
            checkFlags(file);
            if (region.getLong(BAD) != 1) {
                throw new AssertionError("lost a store");
            }
        }
    }

    /** Documentation/filesystems/proc.rst: a line with the name of the file, lines about it, and a line of flags. */
    private static void checkFlags(final Path file) throws IOException {
        int mappings = 0;
        boolean ours = false;
        for (final String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                ours = line.endsWith(" " + file);
            } else if (ours && line.startsWith("VmFlags:")) {
                mappings++;
                if (!List.of(line.split("\\s+")).contains("sf")) {
                    throw new AssertionError("not mapped with MAP_SYNC: " + line);
                }
            }
        }
        if (mappings == 0) {
            throw new AssertionError(file + " is not mapped");
        }
    }

    /** The kernel learns of a bad sector in a page that is mapped, and that loads would still be served from. */
    static void listedUntouched(final Ground ground) throws Exception {
        final Path file = ground.folder().resolve("listed");
        try (Region region = ground.create("listed", SIZE)) {
            new Expectation().check(region, Long.BYTES);
            ground.makeBad(file, BAD);
            awaitRefusal(ground, region);
            DaxCases.recover(ground, region, file, BAD);
        }
    }

    private static void awaitRefusal(final Ground ground, final Region region) throws Exception {
        final List<ByteRange> expected = new Expectation().sector(BAD, ground).ranges();
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        while (!region.poison().ranges().equals(expected)) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("refused: " + region.poison().ranges() + ", not " + expected);
            }
            Thread.sleep(POLL_MILLIS);
        }
        new Expectation().sector(BAD, ground).check(region, Long.BYTES);
    }

    /** A drill as the command line does it, while the region is open: the right sector, and nothing but that. */
    static void injected(final Ground ground) throws Exception {
        final Path file = ground.folder().resolve("injected");
        try (Region region = ground.create("injected", SIZE)) {
            final List<ByteRange> listed = KernelPoison.inject(file, BAD + 1, 1);
            if (!listed.equals(List.of(new ByteRange(BAD, Ground.SECTOR))) || !ground.isBad(file, BAD)) {
                throw new AssertionError("listed: " + listed + ", bad: " + ground.isBad(file, BAD));
            }
            awaitRefusal(ground, region);
            try (Inspection inspection = Inspection.of(file)) {
                if (inspection.media() != Media.dax() || inspection.damage().isEmpty()) {
                    throw new AssertionError(inspection.media() + ": " + inspection.damage());
                }
            }
            DaxCases.recover(ground, region, file, BAD);
        }
    }

    /**
     * A bad sector in a block that is allocated and was never written: loads would be given zeroes, and the first store
     * would have the file system write to the sector. On XFS, if the device cannot clear it, that would be the end of
     * the file system; {@link Ground#checkFileSystem} looks.
     */
    static void unwritten(final Ground ground) throws IOException {
        final Path file = ground.folder().resolve("unwritten");
        Region.builder(file).size(SIZE).media(Ground.media()).open().close();
        ground.makeBad(file, BAD);
        final List<ByteRange> refused = new Expectation().sector(BAD, ground).ranges();
        try (Region region = Ground.open(file)) {
            if (!region.poison().ranges().equals(refused)) {
                throw new AssertionError("refused: " + region.poison().ranges() + ", not " + refused);
            }
            try {
                region.putLong(BAD, 1);
                throw new AssertionError("a store to a bad block was not refused");
            } catch (final PoisonException exception) {
                System.out.println(exception.getMessage());
            }
            region.putLong(BAD + Ground.PAGE, 1);
            try {
                region.recovery().zero(BAD & -Ground.SECTOR, Ground.SECTOR);
                if (!ground.clears() || !region.poison().isClean() || region.getLong(BAD) != 0) {
                    throw new AssertionError("claims to have cleared it: " + region.poison().ranges());
                }
            } catch (final IOException failure) {
                if (ground.clears()) {
                    throw failure;
                }
                System.out.println(failure.getMessage());
            }
        }
    }

    /** Who may not read the block device loses the page, and nothing but that page. */
    static void nobody(final Ground ground) throws Exception {
        final Path folder = Files.createDirectory(ground.folder().resolve("nobody"));
        final Ground own = new Ground(ground.folder(), ground.clears());
        own.create("nobody/region", SIZE).close();
        final Path file = folder.resolve("region");
        ground.makeBad(file, BAD);
        for (final Path path : List.of(folder, file, folder.resolve("region.cordon"))) {
            Files.setAttribute(path, "unix:uid", NOBODY);
        }
        final GuestJvm child = GuestJvm.runAs(NOBODY, NobodyReader.class, file.toString());
        final List<ByteRange> page = new Expectation().lines(BAD & -Ground.PAGE, Ground.PAGE).ranges();
        if (!child.output().contains("refused " + page) || !child.output().contains("4096 bytes and not 512")) {
            throw new AssertionError("exit code " + child.exit() + ", not " + page + ": " + child.output()
                + child.crash());
        }
        System.out.println(child.output());
        try (Region region = Ground.open(file)) {
            // Root finds of it what the process before could not, unless that one has cleared the page.
            (ground.clears() ? new Expectation().lines(BAD & -Ground.PAGE, Ground.PAGE)
                : new Expectation().sector(BAD, ground)).check(region, Long.BYTES);
        }
    }

    /** Recovery of a page whose block two files share gives this file one of its own; the other keeps the poison. */
    static void shared(final Ground ground) throws IOException {
        final Path file = ground.folder().resolve("shared");
        final Path other = ground.folder().resolve("shared.other");
        ground.create("shared", SIZE).close();
        if (!share(ground, file, other)) {
            return;
        }
        ground.makeBad(file, BAD);
        final long before = Fiemap.physical(file, BAD);
        final Expectation lost = new Expectation().lines(BAD & -Ground.SECTOR, Ground.SECTOR);
        try (Region region = Ground.open(file)) {
            lost.check(region, Long.BYTES);
            for (final ByteRange range : lost.ranges()) {
                region.recovery().write(range.offset(), DaxCases.content(range));
            }
            new Expectation().check(region, Long.BYTES);
        }
        if (ground.isBad(file, BAD) || Fiemap.physical(file, BAD) == before) {
            throw new AssertionError("the file still has the bad block");
        }
        if (Fiemap.physical(other, BAD) != before || !ground.isBad(other, BAD)) {
            throw new AssertionError("the other file has lost its block, or the poison of it");
        }
        try (Region region = Ground.open(other)) {
            new Expectation().sector(BAD, ground).check(region, Long.BYTES);
        }
    }

    /** Whether the file system can; that it cannot must be what is known of it. */
    private static boolean share(final Ground ground, final Path file, final Path other) throws IOException {
        final int result;
        try (NativeFile source = NativeFile.open(file, true); NativeFile target = NativeFile.create(other)) {
            result = Fiemap.ioctl(target.fd(), FICLONE, source.fd());
        }
        final boolean expected = ground.folder().endsWith("xfs");
        if (expected != (result == 0)) {
            throw new AssertionError("FICLONE on " + ground.folder() + ", Linux " + Ground.kernel() + ": " + result);
        }
        System.out.println("FICLONE on " + ground.folder() + ": " + result);
        return expected;
    }
}
