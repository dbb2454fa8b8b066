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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.event.MediaEvent;
import io.cordon.linux.NativeFile;
import io.cordon.linux.Storage;
import io.cordon.media.Leg;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.media.StackedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineState;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Opening regions on stacks, and what one leg does to the others. */
final class StackedMediaTest {
    private static final int PAGE = 4096;
    private static final int LEG = 4 * PAGE;
    private static final int SIZE = 2 * LEG;
    private static final byte FILL = 0x11;

    @TempDir
    private Path folder;
    private Path path;
    private Path fileA;
    private Path fileB;
    private SimulatedMedia mediaA;
    private SimulatedMedia mediaB;

    @BeforeEach
    void name() {
        path = folder.resolve("region");
        fileA = folder.resolve("a");
        fileB = folder.resolve("b");
        mediaA = Media.simulated();
        mediaB = Media.simulated();
    }

    private StackedMedia linear() {
        return Media.linear(Leg.of(fileA, LEG, mediaA), Leg.of(fileB, LEG, mediaB));
    }

    private StackedMedia striped() {
        return Media.striped(PAGE, Leg.of(fileA, LEG, mediaA), Leg.of(fileB, LEG, mediaB));
    }

    private Region open(final Media media) throws IOException {
        return Region.builder(path).media(media).open();
    }

    private Region create(final Media media) throws IOException {
        final Region region = open(media);
        region.fill(0, region.size(), FILL);
        region.persist();
        return region;
    }

    private static ByteRange range(final long offset, final long length) {
        return new ByteRange(offset, length);
    }

    private TreeMap<String, byte[]> files() throws IOException {
        final TreeMap<String, byte[]> contents = new TreeMap<>();
        try (Stream<Path> found = Files.list(folder)) {
            for (final Path file : found.toList()) {
                contents.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return contents;
    }

    /** Refused, for that reason, with that file named, and every file as it was. */
    private void assertRefused(final Media media, final Path culprit, final String reason) throws IOException {
        assertRefused(Region.builder(path).media(media), culprit, reason);
    }

    private void assertRefused(final Region.Builder builder, final Path culprit, final String reason)
        throws IOException {
        final TreeMap<String, byte[]> before = files();
        final RegionFormatException thrown = assertThrows(RegionFormatException.class, () -> builder.open().close());
        assertEquals(culprit, thrown.file(), thrown.getMessage());
        assertTrue(thrown.getMessage().contains(reason), thrown.getMessage());
        final TreeMap<String, byte[]> after = files();
        assertEquals(before.keySet(), after.keySet());
        before.forEach((name, content) -> assertArrayEquals(content, after.get(name), name));
    }

    @Test
    @DisplayName("A stack is opened with the legs that it was made with, in that order, built that way")
    void shouldRefuseAnythingButItsOwnLegs() throws IOException {
        create(linear()).close();
        assertRefused(Media.linear(Leg.of(fileB, LEG), Leg.of(fileA, LEG)), fileB, "it is leg 2 of 2");
        assertRefused(Media.linear(Leg.of(fileA, LEG)), path, "was asked for as linear(16384)");
        assertRefused(Media.striped(PAGE, Leg.of(fileA, LEG), Leg.of(fileB, LEG)), path, "the stack is linear(");
        assertRefused(Media.linear(Leg.of(fileA, LEG - PAGE), Leg.of(fileB, LEG)), path, "linear(12288, 16384)");
        assertRefused(Media.linear(Leg.of(fileA, LEG), Leg.of(folder.resolve("c"), LEG)), folder.resolve("c"),
            "it is missing, and is leg 2 of 2");
        final Path other = folder.resolve("other");
        Region.builder(other).media(Media.linear(Leg.of(folder.resolve("c"), LEG), Leg.of(folder.resolve("d"), LEG)))
            .open().close();
        assertRefused(Media.linear(Leg.of(fileA, LEG), Leg.of(folder.resolve("d"), LEG)), folder.resolve("d"),
            "leg 2 of 2 of another stack");
        assertRefused(Region.builder(folder.resolve("new")).media(Media.linear(Leg.of(fileA, LEG))), fileA,
            "leg 1 of 2 of another stack");
        final Path plain = folder.resolve("plain");
        Region.builder(plain).size(LEG).open().close();
        assertRefused(Media.linear(Leg.of(fileA, LEG), Leg.of(plain, LEG)), plain, "is missing; give the right file");
        assertRefused(Region.builder(folder.resolve("new")).media(Media.linear(Leg.of(plain, LEG))), plain,
            "a region of its own");
        assertRefused(Region.builder(plain).media(linear()), plain, "does not begin with \"cordon stack 1\"");
        try (Region region = open(linear())) {
            assertEquals(FILL, region.getByte(SIZE - 1));
        }
    }

    @Test
    @DisplayName("A leg, or the descriptor, is not taken for a region or a mirror of its own")
    void shouldRefuseItsPartsAsRegions() throws IOException {
        create(linear()).close();
        assertRefused(Region.builder(fileA), fileA, "a leg of a stack");
        assertRefused(Region.builder(path), path, "the descriptor of a stack");
        final Path plain = folder.resolve("plain");
        Region.builder(plain).size(LEG).open().close();
        assertRefused(Region.builder(plain).mirror(fileA).resynchronizeMirror(true), fileA, "a leg of a stack");
    }

    @Test
    @DisplayName("A leg that is missing, truncated, without its label, or with one that is damaged, is refused")
    void shouldRefuseDamagedLegs() throws IOException {
        create(linear()).close();
        final Path label = folder.resolve("b.leg");
        final byte[] text = Files.readAllBytes(label);
        final Path away = folder.resolve("away");
        Files.move(fileB, away);
        assertRefused(linear(), fileB, "it is missing");
        Files.createDirectory(fileB);
        assertThrows(RegionFormatException.class, () -> open(linear()));
        Files.delete(fileB);
        Files.write(fileB, new byte[LEG - PAGE]);
        assertRefused(linear(), fileB, "the file has 12288 bytes, not the 16384 of leg 2 of 2");
        Files.move(away, fileB, StandardCopyOption.REPLACE_EXISTING);
        Files.delete(label);
        assertRefused(linear(), fileB, label + " is missing");
        for (int i = 0; i < text.length; i++) {
            final byte[] damaged = text.clone();
            damaged[i] ^= 1;
            Files.write(label, damaged);
            assertThrows(RegionFormatException.class, () -> open(linear()), "byte " + i);
        }
        Files.write(label, text);
        open(linear()).close();
        final byte[] descriptor = Files.readAllBytes(path);
        for (int i = 0; i < descriptor.length - "complete\n".length(); i++) {
            final byte[] damaged = descriptor.clone();
            damaged[i] ^= 1;
            Files.write(path, damaged);
            assertThrows(RegionFormatException.class, () -> open(linear()), "byte " + i);
        }
        Files.write(path, descriptor);
        open(linear()).close();
    }

    @Test
    @DisplayName("Arguments that no stack can have are refused at once, with the value")
    void shouldRefuseBadArguments() throws IOException {
        final Leg leg = Leg.of(fileA, LEG);
        assertBad("17", () -> Leg.of(fileA, 17));
        assertBad("leg size 0", () -> Leg.of(fileA, 0));
        assertBad("without a path", () -> Leg.of(fileA, LEG, Media.linear(Leg.of(fileB, LEG))));
        assertBad("needs a leg", Media::linear);
        assertBad("two legs", () -> Media.linear(leg, Media.linear(Leg.of(folder.resolve("x/../a"), LEG))));
        assertBad("another leg", () -> Media.linear(Leg.of(fileA, LEG, mediaA), Leg.of(fileB, LEG, mediaA)));
        assertBad("width 1000", () -> Media.striped(1000, leg));
        assertBad("width 0", () -> Media.striped(0, leg));
        assertBad("20480", () -> Media.striped(PAGE, leg, Leg.of(fileB, LEG + PAGE)));
        assertBad("width 12288", () -> Media.striped(3 * PAGE, leg));
        final long huge = Long.MAX_VALUE & -PAGE;
        assertBad("together", () -> Media.linear(Leg.of(fileA, huge), Leg.of(fileB, huge)));
        assertBad("sum of the legs' sizes, 32768", () -> Region.builder(path).size(LEG).media(linear()).open());
        assertThrows(NoSuchFileException.class, () -> Region.builder(path).media(linear()).readOnly(true).open());
        final long many = 1L << 32;
        final IOException mappings = assertThrows(IOException.class,
            () -> open(Media.striped(PAGE, Leg.of(fileA, many), Leg.of(fileB, many))));
        assertTrue(mappings.getMessage().contains("2097152 mappings"), mappings.getMessage());
        assertEquals(List.of(), List.copyOf(files().keySet()));
        Region.builder(path).size(SIZE).media(linear()).open().close();
    }

    private static void assertBad(final String part, final Executable action) {
        final IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class, action);
        assertTrue(thrown.getMessage().contains(part), thrown.getMessage());
    }

    @Test
    @DisplayName("Files that were there before become legs, with their content; an opening that fails changes nothing")
    void shouldAdoptFilesOfTheRightSize() throws IOException {
        final byte[] old = new byte[LEG];
        old[5] = 7;
        Files.write(fileB, old);
        assertRefused(Media.linear(Leg.of(fileA, LEG), Leg.of(fileB, LEG + PAGE)), fileB, "not the 20480");
        final SimulatedMedia busy = Media.simulated();
        try (Region other = Region.builder(folder.resolve("other")).size(LEG).media(busy).open()) {
            assertEquals(LEG, other.size());
            final TreeMap<String, byte[]> before = files();
            assertThrows(IllegalStateException.class,
                () -> open(Media.linear(Leg.of(fileA, LEG), Leg.of(fileB, LEG, busy))));
            assertThrows(IllegalStateException.class, () -> Region.builder(folder.resolve("third")).size(LEG)
                .mirror(path, Media.linear(Leg.of(fileB, LEG, busy))).open());
            assertEquals(before.keySet(), files().keySet());
        }
        try (Region region = open(linear())) {
            assertEquals(7, region.getByte(LEG + 5));
            final IOException held = assertThrows(IOException.class, () -> open(linear()));
            assertTrue(held.getMessage().contains("this process has the file open"), held.getMessage());
        }
        try (Region region = Region.builder(path).media(linear()).readOnly(true).open()) {
            assertEquals(7, region.getByte(LEG + 5));
        }
    }

    /** Fails at the n-th operation, and at all that come after it, as for a process that is gone. */
    private static final class Dying extends Storage {
        private int rest;

        Dying(final int operations) {
            rest = operations;
        }

        private void step() throws IOException {
            if (rest-- <= 0) {
                throw new IOException("the process is gone");
            }
        }

        @Override
        public NativeFile create(final Path path) throws IOException {
            step();
            return new DyingFile(super.create(path));
        }

        @Override
        public void delete(final Path path) throws IOException {
            step();
            super.delete(path);
        }

        @Override
        public void rename(final Path source, final Path target) throws IOException {
            step();
            super.rename(source, target);
        }

        @Override
        public void syncDirectory(final Path directory) throws IOException {
            step();
            super.syncDirectory(directory);
        }

        /** A file of that process. */
        private final class DyingFile extends NativeFile {
            DyingFile(final NativeFile file) {
                super(file);
            }

            @Override
            public void setSize(final long size) throws IOException {
                step();
                super.setSize(size);
            }

            @Override
            public void write(final long offset, final MemorySegment buffer) throws IOException {
                step();
                super.write(offset, buffer);
            }

            @Override
            public void sync() throws IOException {
                step();
                super.sync();
            }
        }
    }

    @Test
    @DisplayName("Law 5: A creation that was cut short at any operation is taken up again")
    void shouldTakeUpACreationThatWasCutShort() throws IOException {
        boolean done = false;
        int cut = 0;
        for (; !done; cut++) {
            final Path place = Files.createDirectory(folder.resolve("cut" + cut));
            final StackedMedia media = Media.linear(Leg.of(place.resolve("a"), LEG), Leg.of(place.resolve("b"), LEG));
            final Region.Builder builder = Region.builder(place.resolve("region")).media(media);
            try (Region region = builder.storage(new Dying(cut)).open()) {
                done = region.size() == SIZE;
            } catch (final IOException gone) {
                assertTrue(gone.getMessage().contains("gone"), gone.getMessage());
            }
            try (Region region = builder.storage(Storage.NATIVE).open()) {
                region.fill(0, SIZE, FILL);
                region.persist();
            }
            try (Region region = builder.open()) {
                assertEquals(FILL, region.getByte(SIZE - 1));
            }
            try (Stream<Path> left = Files.list(place)) {
                assertEquals(List.of("a", "a.leg", "b", "b.leg", "region", "region.cordon"),
                    left.map(file -> file.getFileName().toString()).sorted().toList(), "cut " + cut);
            }
        }
        assertTrue(cut > 15, "only " + cut + " operations");
    }

    @Test
    @DisplayName("Law 10: A persist that fails on one leg refuses the lines of that leg, and no other")
    void shouldRefuseTheFailedLegsLinesOnly() throws IOException {
        try (Region region = create(striped())) {
            mediaB.failPersist(true);
            final IOException thrown = assertThrows(IOException.class, () -> region.persist(100, 3 * PAGE));
            assertTrue(thrown.getMessage().contains("12288 bytes at offset 100"), thrown.getMessage());
            final List<ByteRange> lost = List.of(range(PAGE, PAGE), range(3 * PAGE, 128));
            assertEquals(lost, region.poison().ranges());
            assertEquals(lost.getFirst(), assertThrows(PoisonException.class,
                () -> region.get(0, new byte[3 * PAGE], 0, 3 * PAGE)).ranges().getFirst());
            assertEquals(FILL, region.getByte(2 * PAGE));
            region.persist(0, PAGE);
            assertThrows(IOException.class, () -> region.persist(2 * PAGE - 8, PAGE));
            assertEquals(lost, region.poison().ranges(), "lines that are refused on one leg do not spread to another");
            mediaA.inject(0, 64);
            assertEquals(FILL, region.getByte(64));
            assertThrows(IOException.class, () -> region.persist(0, PAGE + 64));
            mediaB.failPersist(false);
            region.persist();
            assertEquals(List.of(range(0, 64), range(PAGE, PAGE), range(3 * PAGE, 128)), region.poison().ranges());
        }
    }

    @Test
    @DisplayName("A page is recovered though another leg cannot be synced")
    void shouldRecoverBesideALegThatFails() throws IOException {
        try (Region region = create(striped())) {
            mediaB.failPersist(true);
            mediaA.inject(PAGE + 64, 64);
            final PoisonException refused =
                assertThrows(PoisonException.class, () -> region.getByte(2 * PAGE + 70));
            assertEquals(List.of(range(2 * PAGE + 64, 64)), refused.ranges());
            assertEquals(FILL, region.getByte(2 * PAGE));
            assertEquals(List.of(range(2 * PAGE + 64, 64)), region.poison().ranges());
            region.recovery().zero(2 * PAGE + 64, 64);
            assertEquals(0, region.getByte(2 * PAGE + 70));
        }
    }

    private static void await(final BooleanSupplier condition, final String what)
        throws InterruptedException {
        for (int i = 0; !condition.getAsBoolean(); i++) {
            assertTrue(i < 60_000, what);
            Thread.sleep(1);
        }
    }

    private static List<ByteRange> failed(final List<MediaEvent> events) {
        final List<ByteRange> failed = new ArrayList<>();
        events.stream().filter(event -> event.kind() == MediaEvent.Kind.FAILURE)
            .forEach(event -> failed.addAll(event.ranges()));
        return failed;
    }

    @Test
    @DisplayName("Events name the region's offsets, and how the leg's medium came to know")
    void shouldTellOfFailuresAtTheRegionsOffsets() throws Exception {
        final List<MediaEvent> events = new CopyOnWriteArrayList<>();
        try (Region region = create(striped())) {
            region.addMediaListener(0, event -> {
                events.add(event);
                return false;
            });
            mediaB.injectKnown(PAGE - 64, 128);
            await(() -> failed(events).size() >= 2, "two failures");
            assertEquals(List.of(range(2 * PAGE - 64, 64), range(3 * PAGE, 64)), failed(events));
            events.forEach(event -> assertEquals(MediaEvent.Source.INJECTION, event.source()));
            assertEquals(List.of(range(2 * PAGE - 64, 64), range(3 * PAGE, 64)), region.poison().ranges());
        }
    }

    @Test
    @DisplayName("Laws 1 and 2: A stack without one of its legs is offline, and comes back with it; nothing is lost")
    void shouldGoOfflineWithOneLeg() throws Exception {
        try (Region region = create(striped())) {
            mediaA.inject(PAGE, 64);
            mediaB.offline();
            assertThrows(PoisonException.class, () -> region.getByte(PAGE));
            assertThrows(PoisonException.class, () -> region.getByte(0));
            mediaB.online();
            await(() -> region.isReadable(0, PAGE), "back");
            for (int at = 0; at < SIZE; at++) {
                if (at / PAGE != 2) {
                    assertEquals(FILL, region.getByte(at), "offset " + at);
                }
            }
            assertThrows(PoisonException.class, () -> region.getByte(2 * PAGE), "the trap was mapped again");
            assertEquals(List.of(range(2 * PAGE, 64)), region.poison().ranges());
            region.persist();
        }
    }

    @Test
    @DisplayName("Of two legs that are gone unnoticed one comes back: the stack is offline until both are, told once")
    void shouldBeOfflineUntilAllLegsAreBack() throws Exception {
        try (Region region = create(striped())) {
            mediaA.offline();
            mediaB.offline();
            mediaA.online();
            assertThrows(PoisonException.class, () -> region.getByte(0));
            assertEquals(List.of(MediaEvent.Kind.OFFLINE), kinds(region));
            mediaB.online();
            await(() -> kinds(region).size() == 2, "back");
            assertEquals(List.of(MediaEvent.Kind.OFFLINE, MediaEvent.Kind.ONLINE), kinds(region));
            for (int at = 0; at < SIZE; at++) {
                assertEquals(FILL, region.getByte(at), "offset " + at);
            }
            region.persist();
            assertTrue(region.poison().isClean());
        }
    }

    private static List<MediaEvent.Kind> kinds(final Region region) {
        return region.mediaEvents().stream().map(entry -> entry.event().kind()).toList();
    }

    @Test
    @DisplayName("Law 4: A stack that is opened for reading alone serves what is readable, and writes nothing")
    void shouldWriteNothingToAStackThatIsRead() throws IOException {
        try (Region region = create(striped())) {
            mediaA.inject(PAGE + 64, 64);
            mediaB.injectKnown(0, 128);
            assertEquals(FILL, region.getByte(0));
        }
        mediaA = Media.simulated();
        mediaB = Media.simulated();
        final TreeMap<String, byte[]> before = files();
        try (Region region = Region.builder(path).media(striped()).readOnly(true).open()) {
            final List<ByteRange> lost = List.of(range(PAGE, 128), range(2 * PAGE + 64, 64));
            assertEquals(List.of(lost.getLast()),
                assertThrows(PoisonException.class, () -> region.getByte(2 * PAGE + 127)).ranges());
            assertEquals(lost, assertThrows(PoisonException.class,
                () -> region.get(0, new byte[SIZE], 0, SIZE)).ranges());
            for (int at = 0; at < SIZE; at += 64) {
                final ByteRange line = range(at, 64);
                if (lost.stream().noneMatch(range -> range.contains(line.offset()))) {
                    assertEquals(FILL, region.getByte(at), "offset " + at);
                }
            }
            assertThrows(UnsupportedOperationException.class, () -> region.putByte(0, FILL));
        }
        final TreeMap<String, byte[]> after = files();
        assertEquals(before.keySet(), after.keySet());
        before.forEach((name, content) -> assertArrayEquals(content, after.get(name), name));
    }

    private static long blocks(final Path file) throws Exception {
        final Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        return Long.parseLong(new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim());
    }

    @Test
    @DisplayName("Space is reserved on each leg, unless the stack is sparse")
    void shouldReserveSpaceOnEachLeg() throws Exception {
        Region.builder(path).media(linear()).sparse(true).open().close();
        assertEquals(0, blocks(fileA));
        assertEquals(0, blocks(fileB));
        open(linear()).close();
        assertEquals(LEG / 512, blocks(fileA));
        assertEquals(LEG / 512, blocks(fileB));
    }

    @Test
    @DisplayName("A leg that was lengthened, another name of one, the region's own file and a medium that is not there")
    void shouldRefuseWhatIsNoLegOfItsOwn() throws IOException {
        assertThrows(IOException.class, () -> open(Media.linear(Leg.of(fileA, LEG), Leg.of(path, LEG))));
        assertEquals(List.of(), List.copyOf(files().keySet()));
        final IOException noDax = assertThrows(IOException.class,
            () -> open(Media.linear(Leg.of(fileA, LEG), Leg.of(fileB, LEG, Media.dax()))));
        assertTrue(noDax.getMessage().contains("b: cannot be mapped with MAP_SYNC"), noDax.getMessage());
        assertEquals(List.of(), List.copyOf(files().keySet()));
        create(linear()).close();
        final byte[] content = Files.readAllBytes(fileB);
        Files.write(fileB, new byte[PAGE], StandardOpenOption.APPEND);
        assertRefused(linear(), fileB, "the file has 20480 bytes, not the 16384 of leg 2 of 2");
        Files.write(fileB, content);
        final Path link = Files.createSymbolicLink(folder.resolve("link"), fileA);
        final TreeMap<String, byte[]> before = files();
        assertThrows(IOException.class, () -> open(Media.linear(Leg.of(fileA, LEG), Leg.of(link, LEG))));
        assertEquals(before.keySet(), files().keySet());
        Files.move(fileA, folder.resolve("moved"));
        Files.move(folder.resolve("a.leg"), folder.resolve("moved.leg"));
        Files.delete(link);
        try (Region region = open(Media.linear(Leg.of(folder.resolve("moved"), LEG), Leg.of(fileB, LEG)))) {
            assertEquals(FILL, region.getByte(0));
        }
    }

    @Test
    @DisplayName("A plain mirror of a stack, and a stack as the mirror of a plain region, repair what fails on any leg")
    void shouldMirrorAStackAndBeAMirror() throws IOException {
        final Path other = folder.resolve("other");
        try (Region region = Region.builder(path).media(striped()).mirror(other).open()) {
            region.fill(0, SIZE, FILL);
            region.persist();
            mediaA.inject(PAGE - 64, 128);
            mediaB.injectKnown(PAGE - 64, 128);
            for (int at = 0; at < SIZE; at++) {
                assertEquals(FILL, region.getByte(at), "offset " + at);
            }
            assertTrue(region.poison().isClean());
            assertEquals(List.of(), mediaA.poisoned());
            assertEquals(List.of(), mediaB.poisoned());
        }
        mediaA = Media.simulated();
        mediaB = Media.simulated();
        final Path plain = folder.resolve("plain");
        final SimulatedMedia media = Media.simulated();
        final Media mirror = Media.striped(
            PAGE, Leg.of(folder.resolve("c"), LEG, mediaA), Leg.of(folder.resolve("d"), LEG, mediaB));
        try (Region region = Region.builder(plain).size(SIZE).media(media).mirror(folder.resolve("mirror"), mirror)
            .open()) {
            region.fill(0, SIZE, FILL);
            region.persist();
            mediaB.inject(0, 64);
            media.inject(PAGE, 64);
            media.inject(2 * PAGE, 64);
            assertEquals(List.of(range(PAGE, 64)),
                assertThrows(PoisonException.class, () -> region.getByte(PAGE + 5)).ranges(), "bad on both sides");
            assertEquals(FILL, region.getByte(2 * PAGE + 5));
        }
    }

    @Test
    @DisplayName("A page that the kernel drops from the cache of one leg is as persisted last, and refused")
    void shouldRefuseDroppedPagesOfALeg() throws IOException {
        mediaB.dropsDirtyPages(true);
        try (Region region = create(striped())) {
            region.fill(0, SIZE, (byte) 2);
            region.persist(0, 2 * PAGE);
            mediaB.inject(PAGE, 1);
            assertThrows(PoisonException.class, () -> region.getByte(3 * PAGE + 5));
            assertEquals(List.of(range(3 * PAGE, PAGE)), region.poison().ranges());
            assertEquals(LineState.LOST, region.poison().state(3 * PAGE), "recovered, and its content known as stale");
            assertEquals(2, region.getByte(2 * PAGE));
            assertEquals(2, region.getByte(PAGE));
        }
    }
}
