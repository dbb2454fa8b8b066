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
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
