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
package io.cordon;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.linux.NativeFile;
import io.cordon.linux.Storage;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.MirrorException;
import io.cordon.recovery.SidecarProbe;
import io.cordon.recovery.RecoveryResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A region with a second copy of what was persisted. Law 4: what both sides have lost is lost, and nothing else. */
class MirrorTest {
    private static final int PAGES = 20;
    private static final int SIZE = PAGES * 4096;
    private static final int LINES = SIZE / 64;
    private static final int THREADS = 3;
    /** The generation record: a header of 32 bytes, and 8. */
    private static final int GENERATION_LENGTH = 40;
    private static final long LOAD_MILLIS = 1000L * Integer.getInteger("cordon.torture.seconds", 2);

    @TempDir
    private Path folder;
    private Path path;
    private Path mirror;
    private SimulatedMedia media;
    private SimulatedMedia mirrorMedia;
    private volatile boolean over;

    @BeforeEach
    void name() {
        path = folder.resolve("region");
        mirror = folder.resolve("mirror");
        media = Media.simulated();
        mirrorMedia = Media.simulated();
    }

    private Region.Builder builder() {
        return Region.builder(path).media(media).mirror(mirror, mirrorMedia);
    }

    private Region open() throws IOException {
        return builder().open();
    }

    private Region create() throws IOException {
        return create((byte) 0x11);
    }

    private Region create(final byte fill) throws IOException {
        final Region region = builder().size(SIZE).open();
        region.fill(0, SIZE, fill);
        region.persist();
        return region;
    }

    private static ByteRange range(final long offset, final long length) {
        return new ByteRange(offset, length);
    }

    private static byte[] all(final Region region) {
        final byte[] found = new byte[SIZE];
        region.get(0, found, 0, SIZE);
        return found;
    }

    private static byte[] filled(final int value) {
        final byte[] bytes = new byte[SIZE];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private TreeMap<String, String> files() throws IOException {
        final TreeMap<String, String> files = new TreeMap<>();
        try (var list = Files.list(folder)) {
            for (final Path file : list.toList()) {
                final CRC32C crc = new CRC32C();
                crc.update(Files.readAllBytes(file));
                files.put(file.getFileName().toString(), Files.size(file) + " bytes, CRC " + crc.getValue());
            }
        }
        return files;
    }

    private void assertRefusedUnchanged(final Class<? extends IOException> type, final String reason)
        throws IOException {
        final TreeMap<String, String> before = files();
        final IOException thrown = assertThrows(type, () -> open().close());
        assertTrue(thrown.getMessage().contains(reason) && thrown.getMessage().contains(mirror.toString()),
            thrown.getMessage());
        assertEquals(before, files());
    }

    private void assertResynchronized(final int value) throws IOException {
        try (Region region = builder().resynchronizeMirror(true).open()) {
            assertArrayEquals(filled(value), all(region));
            assertArrayEquals(filled(value), Files.readAllBytes(mirror));
        }
        try (Region region = open()) {
            media.inject(0, SIZE);
            assertArrayEquals(filled(value), all(region));
        }
    }

    @Test
    @DisplayName("Law 3: persist does not succeed for a range that cannot be copied to the mirror just then")
    void shouldNotCallPersistedWhatDidNotReachTheMirror() throws IOException {
        try (Region region = create()) {
            region.fill(0, 64, (byte) 0x22);
            media.clearing(SimulatedMedia.Clearing.REFUSES);
            media.inject(4032, 64);
            assertThrows(PoisonException.class, () -> region.getByte(4032));
            // The page is refused as a whole, and holds the only copy of what was stored.
            final IOException thrown = assertThrows(IOException.class, () -> region.persist(0, 64));
            assertTrue(thrown.getMessage().contains("mirror"), thrown.getMessage());
            region.persist(4096, 4096);
            media.clearing(SimulatedMedia.Clearing.CLEARS);
            region.recovery().repair(0, 4096);
            assertEquals(0x22, region.getByte(0));
            assertEquals(0x11, region.getByte(4032));
            region.persist(0, 64);
            media.inject(0, 64);
            assertEquals(0x22, region.getByte(0));
        }
    }

    @Test
    void shouldHoldWhatWasPersistedAndNothingElse() throws IOException {
        try (Region region = create()) {
            assertArrayEquals(filled(0x11), Files.readAllBytes(mirror));
            region.putLong(4096, -1);
            region.putLong(8192 - 4, -1);
            assertArrayEquals(filled(0x11), Files.readAllBytes(mirror));
            region.persist(8192 - 4, 8);
            final byte[] expected = filled(0x11);
            Arrays.fill(expected, 8192 - 4, 8192 + 4, (byte) -1);
            assertArrayEquals(expected, Files.readAllBytes(mirror));
        }
    }

    @Test
    void shouldRepairEitherSideFromTheOther() throws IOException {
        try (Region region = create()) {
            media.inject(100, 5000);
            assertArrayEquals(filled(0x11), all(region));
            assertTrue(region.poison().isClean());
            assertEquals(List.of(), media.poisoned());
            media.injectKnown(100, 5000);
            assertTrue(region.poison().isClean());
            mirrorMedia.inject(100, 5000);
            region.persist(100, 1);
            region.persist(4200, 1);
            assertEquals(List.of(), mirrorMedia.poisoned());
            assertArrayEquals(filled(0x11), Files.readAllBytes(mirror));
            media.inject(0, SIZE);
            assertArrayEquals(filled(0x11), all(region));
        }
    }

    @Test
    void shouldRefuseAMissingMirror() throws IOException {
        create().close();
        Files.delete(mirror);
        assertRefusedUnchanged(MirrorException.class, "missing");
        assertThrows(MirrorException.class, () -> builder().readOnly(true).open().close());
        assertResynchronized(0x11);
    }

    @Test
    void shouldRefuseAMirrorWithoutItsSidecar() throws IOException {
        create().close();
        Files.delete(folder.resolve("mirror.cordon"));
        assertThrows(MirrorException.class, () -> open().close());
        assertResynchronized(0x11);
    }

    @Test
    void shouldRefuseAMirrorThatIsOlder() throws IOException {
        create().close();
        try (Region region = Region.builder(path).media(media).open()) {
            region.fill(0, SIZE, (byte) 0x22);
            region.persist();
        }
        assertRefusedUnchanged(MirrorException.class, "older");
        assertThrows(MirrorException.class, () -> builder().readOnly(true).open().close());
        assertResynchronized(0x22);
    }

    private void otherMirror() throws IOException {
        create().close();
        path = folder.resolve("other");
        final Path first = mirror;
        mirror = folder.resolve("other mirror");
        create((byte) 0x33).close();
        mirror = first;
    }

    @Test
    void shouldRefuseAMirrorOfAnotherRegion() throws IOException {
        otherMirror();
        assertRefusedUnchanged(MirrorException.class, "another region");
        assertThrows(MirrorException.class, () -> builder().readOnly(true).open().close());
        assertResynchronized(0x33);
    }

    @Test
    void shouldNotTakeTheMirrorOfARegionThatIsGoneForANewOne() throws IOException {
        // It may be all that is left of that region.
        create().close();
        Files.delete(path);
        Files.delete(folder.resolve("region.cordon"));
        Files.deleteIfExists(folder.resolve("region.simulated"));
        final byte[] before = Files.readAllBytes(mirror);
        assertThrows(MirrorException.class, () -> builder().size(SIZE).open().close());
        assertFalse(Files.exists(path), "nothing is created");
        assertArrayEquals(before, Files.readAllBytes(mirror));
    }

    @Test
    @DisplayName("Law 1: No garbage: a mirror that cannot be trusted repairs nothing")
    void shouldRepairNothingFromAMirrorThatIsOlder() throws IOException {
        try (Region region = create()) {
            region.fill(0, SIZE, (byte) 0x22);
        }
        try (Region _ = Region.builder(path).media(media).open()) {
            media.clearing(SimulatedMedia.Clearing.REFUSES);
            media.injectKnown(64, 64);
            media.inject(3 * 4096, 64);
        }
        media.clearing(SimulatedMedia.Clearing.CLEARS);
        assertThrows(MirrorException.class, () -> open().close());
        try (Region region = builder().resynchronizeMirror(true).open()) {
            for (final long lost : new long[] {64, 3 * 4096}) {
                assertThrows(PoisonException.class, () -> region.getByte(lost), "offset " + lost);
                assertEquals(0x22, region.getByte(lost + 64));
            }
            assertEquals(List.of(range(64, 64), range(3 * 4096, 64)), region.recovery().repair(0, SIZE).stillLost());
        }
    }

    @Test
    void shouldRefuseAMirrorOfAnotherSize() throws IOException {
        create().close();
        try (FileChannel file = FileChannel.open(mirror, StandardOpenOption.WRITE)) {
            file.truncate(SIZE - 4096);
        }
        assertRefusedUnchanged(RegionFormatException.class, "bytes, the region " + SIZE);
    }

    @Test
    void shouldRefuseAMirrorThatAnotherRegionHasOpen() throws IOException {
        try (Region first = create()) {
            final SimulatedMedia media2 = Media.simulated();
            final IOException thrown = assertThrows(IOException.class, () -> Region.builder(folder.resolve("second"))
                .size(SIZE).media(media2).mirror(mirror).open().close());
            assertTrue(thrown.getMessage().contains("this process has the file open"), thrown.getMessage());
            assertFalse(Files.exists(folder.resolve("second")));
            assertArrayEquals(filled(0x11), all(first));
            first.persist();
        }
        open().close();
    }

    private static void cutLastRecord(final Path sidecar) throws IOException {
        SidecarProbe.cut(sidecar, GENERATION_LENGTH);
    }

    @Test
    @DisplayName("Law 5: Killed between the two notes of a new session, mirror and region still belong together")
    void shouldOpenAfterADeathBetweenTheGenerations() throws IOException {
        create().close();
        open().close();
        cutLastRecord(folder.resolve("region.cordon"));
        try (Region region = open()) {
            media.inject(0, SIZE);
            assertArrayEquals(filled(0x11), all(region));
        }
        open().close();
        // The other way round never happens: the mirror is noted first. Then the region was open without it.
        cutLastRecord(folder.resolve("mirror.cordon"));
        assertRefusedUnchanged(MirrorException.class, "older");
    }

    @Test
    @DisplayName("Law 5: Killed between the first notes of all, the region can't change without its mirror unnoticed")
    void shouldKnowAnOlderMirrorAfterADeathAtTheFirstGeneration() throws IOException {
        create().close();
        cutLastRecord(folder.resolve("region.cordon"));
        try (Region region = Region.builder(path).media(media).open()) {
            region.fill(0, SIZE, (byte) 0x22);
        }
        assertRefusedUnchanged(MirrorException.class, "older");
    }

    @Test
    void shouldRepairTheReadsOfAReadOnlyRegionAndWriteNothing() throws IOException {
        try (Region _ = create()) {
            media.inject(64, 5000);
            mirrorMedia.inject(4096, 64);
        }
        final TreeMap<String, String> before = files();
        try (Region region = builder().readOnly(true).open()) {
            for (int line = 0; line < LINES; line++) {
                final long offset = line * 64L;
                if (line == 64) {
                    assertThrows(PoisonException.class, () -> region.getByte(offset));
                } else {
                    assertEquals(0x11, region.getByte(offset), "line " + line);
                }
            }
        }
        assertEquals(before, files());
    }

    @Test
    void shouldTrustAMirrorNoMoreThatFailedAPersist() throws IOException {
        try (Region region = create()) {
            region.fill(0, SIZE, (byte) 0x22);
            mirrorMedia.failPersist(true);
            assertThrows(IOException.class, () -> region.persist(0, 4096));
            mirrorMedia.failPersist(false);
            final IOException thrown = assertThrows(IOException.class, () -> region.persist(0, 4096));
            assertTrue(thrown.getMessage().contains("out of date"), thrown.getMessage());
            media.inject(64, 64);
            assertThrows(PoisonException.class, () -> region.getByte(64));
            assertEquals(0x22, region.getByte(0), "the region itself is whole");
            region.recovery().write(64, Arrays.copyOf(filled(0x22), 64));
        }
        assertRefusedUnchanged(MirrorException.class, "older");
        assertResynchronized(0x22);
    }

    @Test
    void shouldHoldALineAgainOnceAnyPartOfItIsPersisted() throws IOException {
        try (Region region = create()) {
            media.inject(128, 64);
            mirrorMedia.inject(128, 64);
            assertThrows(PoisonException.class, () -> region.getByte(128));
            region.persist();
            region.recovery().write(128, Arrays.copyOf(filled(0x44), 64));
            region.persist(130, 8);
            media.inject(128, 64);
            assertEquals(0x44, region.getByte(191), "persist returned: the mirror holds the line");
        }
    }

    @Test
    @DisplayName("Law 4: Overlapping damage is decided line by line")
    void shouldLoseExactlyTheLinesThatBothSidesLost() throws IOException {
        final long seed = System.nanoTime();
        final SplittableRandom random = new SplittableRandom(seed);
        final byte[] content = new byte[SIZE];
        random.nextBytes(content);
        try (Region region = create()) {
            region.put(0, content, 0, SIZE);
            region.persist();
            for (int round = 0; round < 6; round++) {
                final BitSet left = new BitSet();
                final BitSet right = new BitSet();
                for (int i = 0; i < 40; i++) {
                    strike(media, left, random);
                    strike(mirrorMedia, right, random);
                }
                left.and(right);
                final boolean mirrorFirst = random.nextBoolean();
                if (mirrorFirst) {
                    region.persist();
                }
                final String message = "seed " + seed + ", round " + round;
                assertEquals(left, unreadable(region, content, message), message);
                region.persist();
                assertEquals(List.of(), media.poisoned(), message);
                assertEquals(List.of(), mirrorMedia.poisoned(), message);
                // Whatever is not lost is good on both sides now.
                final BitSet again = new BitSet();
                again.set(0, LINES);
                again.andNot(left);
                for (int line = again.nextSetBit(0); line >= 0; line = again.nextSetBit(line + 1)) {
                    media.inject(line * 64L, 64);
                }
                assertEquals(left, unreadable(region, content, message), message);
                for (int line = left.nextSetBit(0); line >= 0; line = left.nextSetBit(line + 1)) {
                    final RecoveryResult repaired = region.recovery().repair(line * 64L, 64);
                    assertEquals(List.of(range(line * 64L, 64)), repaired.stillLost(), message);
                    region.recovery().write(line * 64L, Arrays.copyOfRange(content, line * 64, line * 64 + 64));
                }
                region.persist();
                assertArrayEquals(content, Files.readAllBytes(mirror), message);
                assertArrayEquals(content, Files.readAllBytes(path), message);
            }
        }
    }

    @Test
    void shouldGoOnWhilePoisonStrikesTheMirrorWhileItIsRecovered() throws Exception {
        // Fewer strikes than a recovery has attempts: each may spoil one.
        try (Region region = create(); ExecutorService pool = Executors.newSingleThreadExecutor()) {
            final Future<Integer> striker = pool.submit(() -> {
                int strikes = 0;
                for (; strikes < 60; strikes++) {
                    mirrorMedia.inject(strikes * 64L, 64);
                    Thread.sleep(0, 300_000);
                }
                return strikes;
            });
            while (!striker.isDone()) {
                region.persist(0, 4096);
            }
            assertEquals(60, striker.get());
            region.persist();
            assertArrayEquals(filled(0x11), Files.readAllBytes(mirror));
        }
    }

    @Test
    @DisplayName("Law 4: Zeroes are never data: what a recovery of the mirror zeroed before it failed stays gone")
    void shouldNotForgetWhatWasGoneWhenARecoveryOfTheMirrorFailsHalfway() throws IOException {
        final long lostOnBothSides = 4096;
        final long badInTheMirror = 4096 + 40 * 64;
        final AtomicBoolean fails = new AtomicBoolean();
        mirrorMedia.clearUnit(64);
        final Storage storage = new Storage() {
            @Override
            public NativeFile create(final Path file) throws IOException {
                return failing(super.create(file), file);
            }

            @Override
            public NativeFile open(final Path file, final boolean readOnly) throws IOException {
                return failing(super.open(file, readOnly), file);
            }

            private NativeFile failing(final NativeFile opened, final Path file) {
                return !file.equals(mirror) ? opened : new NativeFile(opened) {
                    @Override
                    public void write(final long offset, final MemorySegment buffer) throws IOException {
                        if (offset == badInTheMirror && fails.compareAndSet(true, false)) {
                            throw new IOException("made to fail");
                        }
                        super.write(offset, buffer);
                    }
                };
            }
        };
        try (Region region = builder().size(SIZE).storage(storage).open()) {
            region.fill(0, SIZE, (byte) 0x11);
            region.persist();
            media.inject(lostOnBothSides, 64);
            mirrorMedia.inject(lostOnBothSides, 64);
            mirrorMedia.inject(badInTheMirror, 64);
            assertThrows(PoisonException.class, () -> region.getByte(lostOnBothSides));
            fails.set(true);
            region.putByte(badInTheMirror, (byte) 0x22);
            region.persist(badInTheMirror, 1);
            assertFalse(fails.get(), "the recovery of the mirror did not fail");
            assertEquals(List.of(range(lostOnBothSides, 64)),
                region.recovery().repair(lostOnBothSides, 64).stillLost());
            assertThrows(PoisonException.class, () -> region.getByte(lostOnBothSides));
        }
    }

    @Test
    @DisplayName("Law 6: A mirror whose medium takes the recovery write and stores nothing does not pass for repaired")
    void shouldReadBackWhatIsRepairedInTheMirror() throws IOException {
        final AtomicBoolean loses = new AtomicBoolean();
        final Storage storage = new Storage() {
            @Override
            public NativeFile create(final Path file) throws IOException {
                return !file.equals(mirror) ? super.create(file) : new NativeFile(super.create(file)) {
                    @Override
                    public void write(final long offset, final MemorySegment buffer) throws IOException {
                        if (!loses.get() || buffer.byteSize() < 4096) {
                            super.write(offset, buffer);
                        }
                    }
                };
            }
        };
        try (Region region = builder().size(SIZE).storage(storage).open()) {
            region.fill(0, SIZE, (byte) 0x11);
            region.persist();
            mirrorMedia.inject(4096 + 640, 64);
            loses.set(true);
            final IOException thrown = assertThrows(IOException.class, () -> region.persist(4096, 64));
            assertTrue(thrown.getMessage().contains("does not read back"), thrown::getMessage);
            media.inject(4096 + 640, 64);
            assertThrows(PoisonException.class, () -> region.getByte(4096 + 640), "or what was destroyed is served");
        }
    }

    @Test
    @DisplayName("Law 10: a line whose persist failed while its page failed too is refused by the next opening as well")
    void shouldNotServeFromTheMirrorWhatCouldNotBePersisted() throws IOException {
        try (Region region = create()) {
            media.failPersist(true);
            media.inject(4096, 64);
            assertThrows(PoisonException.class, () -> region.getByte(4096 + 64));
            final IOException failed = assertThrows(IOException.class, () -> region.persist(4096 + 640, 64));
            assertTrue(failed.getMessage().contains("refused until they are written anew"), failed::getMessage);
            media.failPersist(false);
        }
        try (Region region = open()) {
            assertThrows(PoisonException.class, () -> region.getByte(4096 + 640));
            assertEquals(0x11, region.getByte(4096), "repaired");
            assertEquals(List.of(range(4096 + 640, 64)), region.poison().ranges());
            assertEquals(List.of(), region.recovery().repair(4096 + 640, 64).stillLost());
            assertEquals(0x11, region.getByte(4096 + 640));
        }
    }

    @Test
    @DisplayName("Closing waits for a persist that is at the mirror: that mirror is neither closed under it nor behind")
    void shouldNotCloseTheMirrorUnderAPersist() throws Exception {
        // Not simulated: that medium waits by itself.
        final Region.Builder builder = Region.builder(path).size(SIZE).media(media).mirror(mirror);
        builder.open().close();
        final AtomicBoolean waits = new AtomicBoolean();
        final CountDownLatch writing = new CountDownLatch(1);
        final CountDownLatch closed = new CountDownLatch(1);
        final Storage storage = new Storage() {
            @Override
            public NativeFile open(final Path file, final boolean readOnly) throws IOException {
                final NativeFile opened = super.open(file, readOnly);
                return !file.equals(mirror) ? opened : new NativeFile(opened) {
                    @Override
                    public void write(final long offset, final MemorySegment buffer) throws IOException {
                        if (waits.get()) {
                            writing.countDown();
                            try {
                                // Too short a time on a slow machine would hide the failure, not make one.
                                closed.await(300, TimeUnit.MILLISECONDS);
                            } catch (final InterruptedException interrupted) {
                                throw new IOException(interrupted);
                            }
                        }
                        super.write(offset, buffer);
                    }

                    @Override
                    public void close() {
                        super.close();
                        closed.countDown();
                    }
                };
            }
        };
        final Region region = builder.storage(storage).open();
        region.putByte(5, (byte) 0x22);
        waits.set(true);
        final CompletableFuture<Void> persisting = CompletableFuture.runAsync(() -> {
            try {
                region.persist(5, 1);
            } catch (final IOException failure) {
                throw new UncheckedIOException(failure);
            }
        });
        writing.await();
        region.close();
        final ExecutionException ended = assertThrows(ExecutionException.class, persisting::get);
        assertTrue(ended.getCause() instanceof IllegalStateException, () -> "not for the closing: " + ended);
        try (Region again = builder.storage(Storage.NATIVE).open()) {
            media.inject(0, 64);
            assertEquals(0x22, again.getByte(5), "from the mirror");
        }
    }

    @Test
    @DisplayName("Law 4: Zeroes are never data: the mirror supplies no line that its own recovery has just zeroed")
    void shouldNotSupplyAZeroedLineWhileTheMirrorIsRecovered() throws Exception {
        try (Region region = create(); ExecutorService pool = Executors.newSingleThreadExecutor()) {
            for (int round = 0; round < 4 * PAGES; round++) {
                final long offset = round % PAGES * 4096L + round / PAGES * 64L;
                mirrorMedia.inject(offset, 64);
                media.injectKnown(offset, 64);
                final Future<?> persist = pool.submit(() -> {
                    region.persist(offset, 64);
                    return null;
                });
                do {
                    assertEquals(List.of(range(offset, 64)), region.recovery().repair(offset, 64).stillLost(),
                        "round " + round);
                } while (!persist.isDone());
                persist.get();
                assertThrows(PoisonException.class, () -> region.getByte(offset));
            }
        }
    }

    private static void strike(final SimulatedMedia side, final BitSet lines, final SplittableRandom random)
        throws IOException {
        final int line = random.nextInt(LINES - 8);
        final int count = 1 + random.nextInt(8);
        side.inject(line * 64L, count * 64L);
        lines.set(line, line + count);
    }

    private static BitSet unreadable(final Region region, final byte[] content, final String message) {
        final BitSet refused = new BitSet();
        final byte[] found = new byte[64];
        for (int line = 0; line < LINES; line++) {
            try {
                region.get(line * 64L, found, 0, 64);
                assertArrayEquals(Arrays.copyOfRange(content, line * 64, line * 64 + 64), found, message);
            } catch (PoisonException _) {
                refused.set(line);
            }
        }
        return refused;
    }

    /** A line as a version of it looks: no two are alike. */
    private static byte[] line(final int line, final long version) {
        final byte[] bytes = new byte[64];
        new SplittableRandom(line * 1_000_003L + version).nextBytes(bytes);
        return bytes;
    }

    /** Stores and persists every third line; what a repair gives back is what was persisted last. */
    private long[] work(final Region region, final int thread, final SplittableRandom random) throws IOException {
        final long[] versions = new long[LINES];
        final byte[] found = new byte[64];
        for (long version = 1; !over; version++) {
            final int line = random.nextInt(LINES / THREADS) * THREADS + thread;
            final byte[] before = line(line, versions[line]);
            final byte[] next = line(line, version);
            region.put(line * 64L, next, 0, 64);
            region.persist(line * 64L, 64);
            region.get(line * 64L, found, 0, 64);
            if (Arrays.equals(next, found)) {
                versions[line] = version;
            } else {
                // The store was not persisted yet when its line was struck.
                assertArrayEquals(before, found, "garbage in line " + line);
            }
        }
        return versions;
    }

    @Test
    @DisplayName("Law 1 and 3: Poison on either side, under load, costs nothing that was persisted")
    void shouldLoseNothingUnderLoad() throws Exception {
        final long seed = System.nanoTime();
        final SplittableRandom random = new SplittableRandom(seed);
        final byte[] model = new byte[SIZE];
        try (Region region = create(); ExecutorService pool = Executors.newFixedThreadPool(THREADS)) {
            for (int line = 0; line < LINES; line++) {
                region.put(line * 64L, line(line, 0), 0, 64);
            }
            region.persist();
            final List<Future<long[]>> workers = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                final int thread = i;
                final SplittableRandom own = random.split();
                workers.add(pool.submit(() -> work(region, thread, own)));
            }
            try {
                final long end = System.nanoTime() + LOAD_MILLIS * 1_000_000L;
                while (System.nanoTime() < end && workers.stream().noneMatch(Future::isDone)) {
                    strike(region, random);
                }
            } finally {
                over = true;
            }
            for (int i = 0; i < THREADS; i++) {
                final long[] versions = workers.get(i).get();
                for (int line = i; line < LINES; line += THREADS) {
                    System.arraycopy(line(line, versions[line]), 0, model, line * 64, 64);
                }
            }
            region.persist();
            assertArrayEquals(model, all(region), "seed " + seed);
            assertTrue(region.poison().isClean(), "seed " + seed);
            assertArrayEquals(model, Files.readAllBytes(mirror), "seed " + seed);
            assertArrayEquals(model, Files.readAllBytes(path), "seed " + seed);
        }
    }

    /** Several strikes on one side, and none on the other before all of them are repaired. */
    private void strike(final Region region, final SplittableRandom random) throws IOException {
        final boolean left = random.nextBoolean();
        final SimulatedMedia side = left ? media : mirrorMedia;
        final int page = random.nextInt(PAGES);
        for (int i = 0; i < 20; i++) {
            final int line = page * 64 + random.nextInt(60);
            side.inject(line * 64L, 64L * (1 + random.nextInt(4)));
        }
        if (left) {
            region.verify(0, SIZE);
        } else {
            region.persist();
        }
        assertEquals(List.of(), side.poisoned());
    }
}
