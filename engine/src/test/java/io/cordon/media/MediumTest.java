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

import io.cordon.linux.NativeFile;
import io.cordon.media.Medium.Access;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

@DisplayName("The contract of a medium")
class MediumTest {
    private static final int PAGES = 4;
    private static final byte FILL = 0x11;
    /** Line 9 of page 1. */
    private static final long BAD = 4096 + 9 * 64;

    @TempDir
    private Path folder;
    private NativeFile file;
    private final SimulatedMedia media = Media.simulated();

    @BeforeEach
    void create() throws IOException {
        file = NativeFile.create(folder.resolve("region"));
        try (Arena arena = Arena.ofConfined()) {
            file.write(0, arena.allocate(PAGES * 4096L).fill(FILL));
        }
    }

    private static ByteRange range(final long offset, final long length) {
        return new ByteRange(offset, length);
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 256, 512, 4096})
    @DisplayName("law 3: a recovery write clears exactly the units that it covers")
    void shouldClearExactlyTheUnitsCovered(final int unit) throws IOException {
        media.clearUnit(unit);
        try (Medium medium = media.open(file, false); Arena arena = Arena.ofConfined()) {
            media.inject(4096, 4096);
            final long start = BAD & -unit;
            medium.recoveryWrite(start, arena.allocate(unit));
            long expected = Lines.ALL & ~Lines.mask(1, start, unit);
            assertEquals(Lines.ranges(1, expected), media.poisoned());
            assertEquals(expected, medium.badLines(1));
            medium.recoveryWrite(4096, arena.allocate(4096));
            assertEquals(List.of(), media.poisoned());
            // Two units of page 1, and the first of page 2, with one call.
            media.inject(4096, 8192);
            final long first = 8192 - Math.min(2 * unit, 4096);
            medium.recoveryWrite(first, arena.allocate(8192 - first + unit));
            expected = Lines.ALL & ~Lines.mask(1, first, 8192 - first);
            assertEquals(expected, medium.badLines(1));
            assertEquals(Lines.ALL & ~Lines.mask(2, 8192, unit), medium.badLines(2));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 256, 512, 4096})
    void shouldRefuseAWriteOfAPartOfABadUnit(final int unit) throws IOException {
        media.clearUnit(unit);
        try (Medium medium = media.open(file, false); Arena arena = Arena.ofConfined()) {
            assertEquals(new Units(64, unit, unit), medium.units());
            media.inject(BAD, 64);
            final long start = BAD & -unit;
            final MemorySegment line = arena.allocate(64);
            final MemorySegment two = arena.allocate(2);
            assertThrows(IOException.class, () -> medium.write(BAD + 3, two));
            assertThrows(IOException.class, () -> medium.write(start, two), "the unit's first byte");
            assertThrows(IOException.class, () -> medium.write(start + unit - 1, two), "and its last");
            assertThrows(IOException.class, () -> medium.write(start, arena.allocate(unit)), "no recovery write");
            medium.write(start - 2, two);
            medium.write(start + unit, line);
            assertEquals(List.of(range(BAD, 64)), media.poisoned());
            // Reading tells by the line, whatever the unit is.
            medium.read(BAD - 64, line);
            medium.read(BAD + 64, line);
            assertThrows(IOException.class, () -> medium.read(BAD + 63, two));
            for (final long[] partial
                : new long[][] {{start + 1, unit}, {start, unit - 1}, {start, 0}, {-unit, unit}}) {
                assertThrows(IllegalArgumentException.class,
                    () -> medium.recoveryWrite(partial[0], arena.allocate(partial[1])));
            }
            assertThrows(IllegalStateException.class, () -> media.clearUnit(64), "not under an open region");
        }
        assertThrows(IllegalArgumentException.class, () -> media.clearUnit(128));
    }

    @Test
    @DisplayName("a wiping medium destroys the unit's content before it takes the new one")
    void shouldWipeTheUnitWhenClearing() throws IOException {
        media.clearUnit(256);
        media.wipesWhenClearing(true);
        final NativeFile failing = new NativeFile(file) {
            @Override
            public void write(final long offset, final MemorySegment buffer) throws IOException {
                if (buffer.byteSize() == 512) {
                    throw new IOException("fails, as the test wants it");
                }
                super.write(offset, buffer);
            }
        };
        try (Medium medium = media.open(failing, false); Arena arena = Arena.ofConfined()) {
            media.inject(BAD, 64);
            final long start = BAD & -256;
            assertThrows(IOException.class, () -> medium.recoveryWrite(start, arena.allocate(512)));
            final MemorySegment found = arena.allocate(4096);
            file.read(4096, found);
            for (int at = 0; at < 4096; at++) {
                final boolean wiped = at >= start - 4096 && at < start - 4096 + 256;
                assertEquals(wiped ? 0 : FILL, found.get(ValueLayout.JAVA_BYTE, at), "offset " + at);
            }
            assertEquals(List.of(range(BAD, 64)), media.poisoned());
        }
    }

    @Test
    void shouldGiveDirectAccessUpToTheFirstKnownError() throws IOException {
        try (Medium medium = media.open(file, false)) {
            media.inject(100, 1);
            media.injectKnown(BAD, 64);
            media.injectKnown(3 * 4096, 1);
            assertEquals(BAD, medium.directAccess(0, PAGES * 4096L, Access.ACCESS), "not the latent one");
            assertEquals(PAGES * 4096L, medium.directAccess(0, PAGES * 4096L, Access.RECOVERY_WRITE));
            assertEquals(0, medium.directAccess(BAD, 1, Access.ACCESS));
            assertEquals(0, medium.directAccess(BAD + 63, 4096, Access.ACCESS));
            assertEquals(1, medium.directAccess(BAD + 63, 1, Access.RECOVERY_WRITE));
            assertEquals(BAD - 4096, medium.directAccess(4096, 4096, Access.ACCESS));
            assertEquals(3 * 4096 - BAD - 64, medium.directAccess(BAD + 64, 3 * 4096, Access.ACCESS));
            // A list that is cut short for its readers is whole inside.
            media.cutListShort(true);
            assertEquals(0, medium.directAccess(3 * 4096, 1, Access.ACCESS));
        }
    }

    @Test
    void shouldReadToTellWhatIsReadable() throws IOException {
        try (Medium medium = media.open(file, false)) {
            media.inject(BAD, 65);
            media.injectKnown(8192, 1);
            assertEquals(List.of(range(0, BAD), range(BAD + 128, 8192 - BAD - 128), range(8256, PAGES * 4096 - 8256)),
                medium.readable(0, PAGES * 4096));
            assertEquals(List.of(), medium.readable(BAD, 128));
            assertEquals(List.of(range(BAD + 128, 64)), medium.readable(BAD + 64, 128));
            for (final long[] partial : new long[][] {{1, 64}, {0, 63}, {0, 0}, {-64, 64}, {0, -64}}) {
                assertThrows(IllegalArgumentException.class, () -> medium.readable(partial[0], partial[1]));
            }
        }
    }

    @Test
    @DisplayName("law 8: a list is complete, unknown with a reason and what is known at least, or there is none")
    void shouldSayWhatIsKnown() throws IOException {
        try (Medium medium = media.open(file, false)) {
            assertEquals(new BadBlockList.Complete(List.of()), medium.badBlocks());
            media.inject(100, 1);
            media.injectKnown(BAD, 64);
            media.injectKnown(BAD + 64, 1);
            media.injectKnown(8192, 1);
            final BadBlockList whole = medium.badBlocks();
            assertEquals(new BadBlockList.Complete(List.of(range(BAD, 128), range(8192, 64))), whole);
            assertEquals(Optional.empty(), whole.unknown());
            media.cutListShort(true);
            final BadBlockList cut = assertInstanceOf(BadBlockList.Unknown.class, medium.badBlocks());
            assertEquals(List.of(range(BAD, 128)), cut.ranges());
            assertTrue(cut.unknown().orElseThrow().contains("cut short"), cut.toString());
        }
        try (Medium plain = Media.file().open(NativeFile.open(folder.resolve("region"), false), false)) {
            assertEquals(new BadBlockList.None(), plain.badBlocks());
            assertEquals(List.of(), plain.badBlocks().ranges());
            assertEquals(Optional.empty(), plain.badBlocks().unknown());
            assertEquals(new Units(512, 4096, 4096), plain.units());
            assertEquals(4096, plain.directAccess(0, 4096, Access.ACCESS));
        }
    }

    @Test
    void shouldReadOrdinaryFilesBySector() throws IOException {
        file.setSize(4096 + 512 * 3 + 1);
        try (Medium plain = Media.file().open(file, false); Arena arena = Arena.ofConfined()) {
            assertEquals(List.of(range(0, 4096 + 3 * 512)), plain.readable(0, 8192));
            assertEquals(Lines.ALL << 24, plain.badLines(1));
            assertEquals(Lines.ALL, plain.badLines(2));
            assertThrows(IllegalArgumentException.class, () -> plain.readable(64, 512));
            final IOException truncated = assertThrows(
                IOException.class, () -> plain.recoveryWrite(4096, arena.allocate(4096)));
            assertTrue(truncated.getMessage().contains("truncated"), truncated.toString());
            assertThrows(IllegalArgumentException.class, () -> plain.recoveryWrite(512, arena.allocate(512)));
        }
    }

    @Test
    void shouldRefuseUnitsThatAreNone() {
        for (final int bad : new int[] {0, -64, 32, 65, 96, 8192}) {
            assertThrows(IllegalArgumentException.class, () -> new Units(bad, 64, 64));
            assertThrows(IllegalArgumentException.class, () -> new Units(64, bad, 64));
            assertThrows(IllegalArgumentException.class, () -> new Units(64, 64, bad));
        }
        assertEquals(0, Units.whole(512, 0));
        assertEquals(0xff00, Units.whole(512, 0x0800));
        assertEquals(0xf000000000000001L, Units.whole(64, 0xf000000000000001L));
        assertEquals(0xf00000000000000fL, Units.whole(256, 0x8000000000000001L));
        assertEquals(Lines.ALL, Units.whole(4096, 2));
    }

    @Test
    @DisplayName("who injects while the region is closed damages no other file")
    void shouldInjectNothingOnceClosed() throws IOException {
        final SimulatedMedium medium = (SimulatedMedium) media.open(file, false);
        medium.close();
        assertThrows(IllegalStateException.class, () -> medium.poison(range(BAD, 64), false));
    }

    @Test
    @DisplayName("what is read past the cache for the first time when it is closed already is not opened any more")
    void shouldOpenNothingOnceClosed() {
        final DirectFile direct = new DirectFile(file);
        direct.close();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment page = arena.allocate(4096, 4096);
            final IOException refused = assertThrows(IOException.class, () -> direct.read(0, page));
            assertTrue(refused.getMessage().contains("closed"), refused::getMessage);
        }
    }

    /** A tmpfs file with a page whose memory failed: the kernel refuses it to everybody until it is given back. */
    private static final class FailedMemory extends NativeFile {
        private final List<String> calls = new ArrayList<>();
        private boolean failed = true;

        FailedMemory(final NativeFile file) {
            super(file);
        }

        @Override
        public void write(final long offset, final MemorySegment buffer) throws IOException {
            calls.add("write " + offset + " " + buffer.byteSize());
            if (failed && offset == 4096) {
                throw new IOException("the page has no memory, as the test wants it");
            }
            super.write(offset, buffer);
        }

        @Override
        public void punchHole(final long offset, final long length) throws IOException {
            calls.add("hole " + offset + " " + length);
            super.punchHole(offset, length);
            failed = false;
        }
    }

    @Test
    @DisplayName("a page of tmpfs that has lost its memory is given back, and written anew")
    void shouldPunchAHoleWhereTheMemoryFailed() throws IOException {
        final Path shared = Files.createTempDirectory(Path.of("/dev/shm"), "cordon-medium");
        final FailedMemory failing = new FailedMemory(NativeFile.create(shared.resolve("region")));
        failing.setSize(PAGES * 4096L);
        assertEquals(NativeFile.TMPFS_MAGIC, failing.fileSystem());
        try (Medium medium = Media.file().open(failing, false); Arena arena = Arena.ofConfined()) {
            final MemorySegment page = arena.allocate(4096).fill(FILL);
            medium.recoveryWrite(0, page);
            assertEquals(List.of("write 0 4096"), failing.calls, "law 7: in place, where it can be");
            medium.recoveryWrite(4096, page);
            assertEquals(List.of("write 0 4096", "write 4096 4096", "hole 4096 4096", "write 4096 4096"),
                failing.calls);
            final MemorySegment found = arena.allocate(8192);
            medium.read(0, found);
            assertEquals(-1, found.asSlice(4096).mismatch(page));
            assertEquals(-1, found.asSlice(0, 4096).mismatch(page));
        } finally {
            Files.delete(shared.resolve("region"));
            Files.delete(shared);
        }
    }

    @Test
    @DisplayName("law 7: on tmpfs, where a hole may cure a page whose memory failed, none is punched if a write does")
    void shouldPunchNoHoleForWhatAWriteCures() throws IOException {
        final Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "cordon");
        final AtomicInteger holes = new AtomicInteger();
        final NativeFile counted = new NativeFile(NativeFile.create(memory.resolve("region"))) {
            @Override
            public void punchHole(final long offset, final long length) throws IOException {
                holes.incrementAndGet();
                super.punchHole(offset, length);
            }
        };
        try (Arena arena = Arena.ofConfined()) {
            assertEquals(NativeFile.TMPFS_MAGIC, counted.fileSystem());
            counted.write(0, arena.allocate(PAGES * 4096L).fill(FILL));
            try (Medium medium = media.open(counted, false)) {
                media.inject(BAD, 64);
                final MemorySegment content = arena.allocate(4096).fill((byte) 0x22);
                medium.recoveryWrite(4096, content);
                final MemorySegment found = arena.allocate(4096);
                medium.read(4096, found);
                assertEquals(-1, found.mismatch(content));
                assertEquals(0, holes.get());
            }
        } finally {
            Files.delete(memory.resolve("region"));
            Files.deleteIfExists(memory.resolve("region.simulated"));
            Files.delete(memory);
        }
    }
}
