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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.linux.Libc;
import io.cordon.linux.Memory;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stacked medium against a table that says where each line lies: every translation, in both directions. */
final class StackedMediumTest {
    private static final int ROUNDS = Integer.getInteger("cordon.stack.rounds", 16);
    private static final int STEPS = 60;
    private static final long SEED = Long.getLong("cordon.stack.seed", 20261120);

    @TempDir
    private Path folder;
    private SplittableRandom random;
    private RandomStack stack;
    private Medium medium;
    private boolean[] latent;
    private boolean[] known;
    private byte[] content;
    private String context;

    /** What is checked of each random stack. */
    private interface Check {
        void run() throws IOException;
    }

    private void forEachStack(final double plain, final Check check) throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            random = new SplittableRandom(SEED + round);
            final Path place = Files.createDirectory(folder.resolve("round" + round));
            stack = new RandomStack(random, place, "leg", plain);
            context = "seed " + (SEED + round) + ", " + stack;
            latent = new boolean[stack.lines()];
            known = new boolean[stack.lines()];
            content = new byte[stack.lines() * Lines.LENGTH];
            assertEquals(content.length, stack.media().size());
            try (Medium opened = stack.open()) {
                medium = opened;
                check.run();
            }
        }
    }

    private ByteRange randomRange(final int unit, final long size) {
        final int units = (int) (size / unit);
        final int first = random.nextInt(units);
        final int count = random.nextInt(1, random.nextBoolean() ? units - first + 1 : Math.min(8, units - first) + 1);
        return new ByteRange((long) first * unit, (long) count * unit);
    }

    private byte[] randomBytes(final long length) {
        final byte[] bytes = new byte[(int) length];
        random.nextBytes(bytes);
        return bytes;
    }

    private void write(final ByteRange range, final boolean recovery) throws IOException {
        final byte[] bytes = randomBytes(range.length());
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment source = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            if (recovery) {
                medium.recoveryWrite(range.offset(), source);
            } else {
                medium.write(range.offset(), source);
            }
        }
        System.arraycopy(bytes, 0, content, (int) range.offset(), bytes.length);
    }

    private byte[] read(final ByteRange range) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(range.length());
            medium.read(range.offset(), buffer);
            return buffer.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private byte[] expected(final ByteRange range) {
        return Arrays.copyOfRange(content, (int) range.offset(), (int) range.end());
    }

    private boolean contains(final boolean[] set, final ByteRange range) {
        for (int i = 0; i < set.length; i++) {
            if (set[i] && range.contains((long) i << Lines.SHIFT)) {
                return true;
            }
        }
        return false;
    }

    /** Bad lines at random places of random legs, by the legs' own offsets. */
    private void injectSome() throws IOException {
        final int index = random.nextInt(stack.legs().size());
        final FileLeg leg = stack.legs().get(index);
        if (!(leg.media() instanceof final SimulatedMedia media)) {
            return;
        }
        final ByteRange range = randomRange(Lines.LENGTH, Math.min(leg.size(), 2 * Lines.PAGE_LENGTH));
        final long shift = random.nextLong(leg.size() - range.end() + 1) & -Lines.LENGTH;
        final boolean list = random.nextBoolean();
        if (list) {
            media.injectKnown(range.offset() + shift, range.length());
        } else {
            media.inject(range.offset() + shift, range.length());
        }
        for (long at = range.offset(); at < range.end(); at += Lines.LENGTH) {
            latent[stack.line(index, at + shift)] = true;
            known[stack.line(index, at + shift)] |= list;
        }
    }

    private static byte[] bytesOf(final Path file) throws IOException {
        return Files.readAllBytes(file);
    }

    /** Down: each line's content is in its leg's file, at its place there. */
    private void assertOnLegs() throws IOException {
        final List<byte[]> files = new ArrayList<>();
        for (final FileLeg leg : stack.legs()) {
            files.add(bytesOf(leg.path()));
        }
        for (int line = 0; line < stack.lines(); line++) {
            final int at = (int) stack.legOffset(line);
            if (!latent[line]) {
                assertArrayEquals(expected(new ByteRange((long) line << Lines.SHIFT, Lines.LENGTH)),
                    Arrays.copyOfRange(files.get(stack.leg(line)), at, at + Lines.LENGTH),
                    "line " + line + ", " + context);
            }
        }
    }

    @Test
    @DisplayName("What is written is on the leg, at the place that the table names, and read from there")
    void shouldTranslateReadsAndWrites() throws IOException {
        forEachStack(0.5, () -> {
            for (int i = 0; i < STEPS; i++) {
                write(randomRange(1, content.length), false);
                write(randomRange(medium.units().clear(), content.length), true);
                final ByteRange range = randomRange(1, content.length);
                assertArrayEquals(expected(range), read(range), context);
            }
            medium.sync();
            assertOnLegs();
        });
    }

    @Test
    @DisplayName("Stores to the mapping reach the legs, in whatever parts it was made and made anew")
    void shouldTranslateMappings() throws IOException {
        forEachStack(0.5, () -> {
            final long length = content.length;
            final long base = Libc.mmap(0, length, Libc.PROT_READ | Libc.PROT_WRITE,
                Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);
            final long page = Libc.pageSize();
            for (long at = 0; at < length;) {
                final long part = (random.nextLong(length - at) & -page) + page;
                medium.map(base + at, at, part);
                at += part;
            }
            for (int i = 0; i < STEPS; i++) {
                final ByteRange store = randomRange(1, length);
                final byte[] bytes = randomBytes(store.length());
                MemorySegment.copy(bytes, 0, Memory.ALL, ValueLayout.JAVA_BYTE, base + store.offset(), bytes.length);
                System.arraycopy(bytes, 0, content, (int) store.offset(), bytes.length);
                final ByteRange again = randomRange((int) page, length);
                medium.remap(base + again.offset(), again.offset(), again.length());
                medium.persist(base + store.offset(), store.length());
                final ByteRange load = randomRange(1, length);
                assertArrayEquals(expected(load), Memory.ALL.asSlice(base + load.offset(), load.length())
                    .toArray(ValueLayout.JAVA_BYTE), context);
            }
            Libc.munmap(base, length);
            assertOnLegs();
        });
    }

    @Test
    @DisplayName("What is bad on a leg is bad there in the stack, in every answer, and nothing else is")
    void shouldTranslateBadPlaces() throws IOException {
        forEachStack(0, () -> {
            for (int i = 0; i < STEPS; i++) {
                injectSome();
                assertAnswers();
                final ByteRange range = randomRange(medium.units().clear(), content.length);
                if (random.nextInt(3) == 0) {
                    write(range, true);
                    for (int line = 0; line < latent.length; line++) {
                        if (range.contains((long) line << Lines.SHIFT)) {
                            latent[line] = false;
                            known[line] = false;
                        }
                    }
                    assertAnswers();
                }
            }
            assertOnLegs();
        });
    }

    private void assertAnswers() throws IOException {
        final BadBlockList list = medium.badBlocks();
        assertEquals(stack.ranges(known, -1), list.ranges(), context);
        assertTrue(list instanceof BadBlockList.Complete, context);
        for (int leg = 0; leg < stack.legs().size(); leg++) {
            assertEquals(stack.ranges(latent, leg),
                ((SimulatedMedia) stack.legs().get(leg).media()).poisoned(), context);
        }
        final ByteRange range = randomRange(medium.units().read(), content.length);
        final boolean[] good = new boolean[latent.length];
        long reach = range.length();
        for (int line = latent.length - 1; line >= 0; line--) {
            final long at = (long) line << Lines.SHIFT;
            good[line] = range.contains(at) && !latent[line];
            reach = range.contains(at) && known[line] ? at - range.offset() : reach;
        }
        assertEquals(stack.ranges(good, -1), medium.readable(range.offset(), range.length()), context);
        assertPatrol(range);
        assertEquals(reach,
            medium.directAccess(range.offset(), range.length(), Medium.Access.ACCESS), context);
        assertEquals(range.length(),
            medium.directAccess(range.offset(), range.length(), Medium.Access.RECOVERY_WRITE), context);
        for (long page = 0; page < content.length >>> Lines.PAGE_SHIFT; page++) {
            long mask = 0;
            for (int i = 0; i < Lines.LENGTH; i++) {
                mask |= latent[(int) page * Lines.LENGTH + i] ? 1L << i : 0;
            }
            assertEquals(mask, medium.badLines(page), context);
            assertEquals(mask, medium.lastingBadLines(page), context);
        }
        final ByteRange bytes = randomRange(Lines.LENGTH, content.length);
        if (contains(latent, bytes)) {
            assertThrows(IOException.class, () -> read(bytes), context);
        } else {
            assertArrayEquals(expected(bytes), read(bytes), context);
        }
    }

    /** All of a range that is not bad, and what is bad, as a patrol reads it. */
    private void assertPatrol(final ByteRange range) throws IOException {
        final boolean[] bad = new boolean[latent.length];
        for (int line = 0; line < bad.length; line++) {
            bad[line] = latent[line] && range.contains((long) line << Lines.SHIFT);
        }
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(range.length(), Lines.PAGE_LENGTH);
            final PatrolRead read = medium.patrol(range.offset(), buffer);
            assertEquals(stack.ranges(bad, -1), read.bad(), context);
            assertEquals(List.of(), read.unread(), context);
            for (int line = 0; line < bad.length; line++) {
                final long at = (long) line << Lines.SHIFT;
                if (range.contains(at) && !bad[line]) {
                    assertArrayEquals(expected(new ByteRange(at, Lines.LENGTH)),
                        buffer.asSlice(at - range.offset(), Lines.LENGTH).toArray(ValueLayout.JAVA_BYTE), context);
                }
            }
        }
    }

    @Test
    @DisplayName("Law 8: One leg's list unknown makes the stack's unknown, with every reason; units are the largest")
    void shouldJoinTheLegsAnswers() throws IOException {
        forEachStack(0.3, () -> {
            final List<SimulatedMedia> simulated = stack.legs().stream().map(FileLeg::media)
                .filter(SimulatedMedia.class::isInstance).map(SimulatedMedia.class::cast).toList();
            final boolean files = simulated.size() < stack.legs().size();
            assertEquals(simulated.isEmpty(), medium.badBlocks() instanceof BadBlockList.None, context);
            assertEquals(medium.bases().size(), stack.legs().size(), context);
            final int clear = simulated.stream().mapToInt(media -> media.units().clear()).max().orElse(0);
            assertEquals(files ? new Units(512, 4096, 4096) : new Units(64, clear, clear), medium.units(), context);
            for (long page = 0; page < content.length >>> Lines.PAGE_SHIFT; page++) {
                assertEquals(stack.leg((int) page * Lines.LENGTH), medium.base(page), context);
            }
            final List<Integer> told = new ArrayList<>();
            medium.onListChange(() -> told.add(1));
            int cut = 0;
            for (int leg = 0; leg < stack.legs().size(); leg++) {
                if (stack.legs().get(leg).media() instanceof final SimulatedMedia media && random.nextBoolean()) {
                    media.cutListShort(true);
                    cut++;
                    assertTrue(medium.badBlocks().unknown().orElseThrow()
                        .contains(stack.legs().get(leg).path() + ": "), context);
                }
            }
            assertEquals(cut, told.size(), context);
            assertEquals(cut, medium.badBlocks().unknown().map(reason -> reason.split("; there may be").length - 1)
                .orElse(0), context);
            assertFalse(medium.isOffline(), context);
            if (!simulated.isEmpty()) {
                final SimulatedMedia gone = simulated.get(random.nextInt(simulated.size()));
                gone.offline();
                assertTrue(medium.isOffline(), context);
                assertThrows(IOException.class, medium::sync, context);
                gone.online();
                assertFalse(medium.isOffline(), context);
            }
        });
    }

    @Test
    @DisplayName("Law 10: Each leg does its part of a persist; what failed is exactly the part of those that failed")
    void shouldSayWhatWasNotPersisted() throws IOException {
        forEachStack(0.3, () -> {
            final long length = content.length;
            final long base = Libc.mmap(0, length, 0, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);
            medium.map(base, 0, length);
            final boolean[] fails = new boolean[stack.legs().size()];
            for (int leg = 0; leg < fails.length; leg++) {
                if (stack.legs().get(leg).media() instanceof final SimulatedMedia media && random.nextBoolean()) {
                    media.failPersist(true);
                    fails[leg] = true;
                }
            }
            final ByteRange range = randomRange(1, length);
            final List<ByteRange> parts = new ArrayList<>();
            for (long at = range.offset(); at < range.end(); at++) {
                if (fails[stack.leg((int) (at >>> Lines.SHIFT))]) {
                    ByteRange.append(parts, at, 1);
                }
            }
            if (parts.isEmpty()) {
                medium.persist(base + range.offset(), range.length());
            } else {
                final PartialPersistException thrown = assertThrows(PartialPersistException.class,
                    () -> medium.persist(base + range.offset(), range.length()), context);
                assertEquals(parts, thrown.parts().stream()
                    .map(part -> new ByteRange(part.offset() - base, part.length()))
                    .sorted(Comparator.comparingLong(ByteRange::offset)).toList(), context);
            }
            Libc.munmap(base, length);
        });
    }
}
