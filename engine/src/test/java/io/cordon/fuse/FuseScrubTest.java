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
package io.cordon.fuse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.Region;
import io.cordon.event.LoggedEvent;
import io.cordon.event.MediaEvent;
import io.cordon.linux.NativeFile;
import io.cordon.linux.PageCache;
import io.cordon.media.Media;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;
import io.cordon.scrub.ScrubOptions;
import io.cordon.scrub.ScrubPass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The patrol of an ordinary file whose disk really fails: past the page cache, which it neither asks nor disturbs. */
@DisabledIfSystemProperty(named = "cordon.fuse", matches = "false")
class FuseScrubTest {
    private static final long SEED = Long.getLong("cordon.scrub.seed", 20261120);
    private static final int PAGE = FuseMount.PAGE;
    private static final int PAGES = 40;
    private static final int SIZE = PAGES * PAGE;
    private static final int ROUNDS = 5;
    private static final byte FILL = 0x11;

    @TempDir
    private static Path folder;
    private static FuseMount mount;

    @BeforeAll
    static void mount() throws IOException {
        mount = FuseMount.mount(folder, SIZE);
    }

    @AfterAll
    static void unmount() throws IOException {
        if (mount != null) {
            mount.close();
        }
    }

    @BeforeEach
    void format() throws IOException {
        mount.heal();
        for (final String name : List.of("region.cordon", "region.scrub", "mirror", "mirror.cordon")) {
            Files.deleteIfExists(folder.resolve(name));
        }
        try (Region region = open()) {
            region.fill(0, SIZE, FILL);
            region.persist();
        }
        mount.drop();
    }

    private static Region open() throws IOException {
        return Region.builder(mount.file()).media(Media.file()).open();
    }

    private static ScrubPass pass(final Region region) throws Exception {
        final ScrubPass pass = region.scrubber().passNow(ScrubOptions.FULL_SPEED).get();
        assertTrue(pass.failure().isEmpty(), pass::toString);
        return pass;
    }

    private static ByteRange range(final long offset, final long length) {
        return new ByteRange(offset, length);
    }

    /** Of a file that stays open: to close one has what is dirty written back. */
    private static PageCache cache(final NativeFile file) {
        return PageCache.of(file.fd(), 0, SIZE);
    }

    private static void assertFilled(final byte[] found) {
        final byte[] filled = new byte[found.length];
        Arrays.fill(filled, FILL);
        assertArrayEquals(filled, found);
    }

    private static byte[] content(final Region region) {
        final byte[] content = new byte[SIZE];
        region.get(0, content, 0, SIZE);
        return content;
    }

    @Test
    @DisplayName("One pass finds exactly the sectors that fail, and what was read is not left in the page cache")
    void shouldFindExactlyTheSectorsThatFail() throws Exception {
        final SplittableRandom random = new SplittableRandom(SEED);
        try (Region region = open(); NativeFile file = NativeFile.open(mount.file(), true)) {
            for (int round = 0; round < ROUNDS; round++) {
                final String context = "seed " + SEED + ", round " + round;
                mount.drop();
                final BitSet sectors = new BitSet();
                for (int i = 0; i < 6; i++) {
                    final int sector = random.nextInt(SIZE / 512);
                    sectors.set(sector);
                    mount.rot(sector * 512L, 512);
                }
                final List<ByteRange> bad = new ArrayList<>();
                sectors.stream().forEach(sector -> ByteRange.append(bad, sector * 512L, 512));
                final ScrubPass pass = pass(region);
                assertEquals(bad, pass.found(), context);
                assertEquals(0, pass.unreadBytes(), context);
                assertEquals("{}", mount.bad(), context);
                assertEquals(bad, region.poison().ranges(), context);
                assertTrue(cache(file).known() && cache(file).cached() < PAGES / 2, context + ": " + cache(file));
                assertEquals(List.of(), pass(region).found(), context);
                for (final ByteRange range : bad) {
                    final byte[] again = new byte[(int) range.length()];
                    Arrays.fill(again, FILL);
                    region.recovery().write(range.offset(), again);
                }
                region.persist();
            }
            assertFilled(content(region));
        }
        assertFilled(mount.onDisk());
    }

    @Test
    @DisplayName("Law 3: Under a page that is cached, poison is found, and cured from memory: nothing is lost")
    void shouldCureWhatIsStillInMemory() throws Exception {
        try (Region region = open()) {
            assertFilled(content(region));
            mount.rot(3 * PAGE + 512, 1024);
            assertFilled(content(region));
            assertEquals(List.of(range(3 * PAGE + 512, 1024)), pass(region).found());
            assertEquals("{}", mount.bad());
            assertTrue(region.poison().isClean());
            region.mediaEvents().stream().map(LoggedEvent::event)
                .forEach(event -> assertEquals(List.of(range(3 * PAGE + 512, 1024)), event.ranges()));
            assertEquals(List.of(MediaEvent.Source.SCRUB, MediaEvent.Source.RECOVERY),
                region.mediaEvents().stream().map(entry -> entry.event().source()).toList());
            mount.drop();
            assertFilled(content(region));
        }
    }

    @Test
    @DisplayName("Pages that memory has newer are neither read nor written back, and counted")
    void shouldLeaveDirtyPagesAlone() throws Exception {
        try (Region region = open(); NativeFile file = NativeFile.open(mount.file(), true)) {
            assertFilled(content(region));
            region.putByte(5 * PAGE, (byte) 0x55);
            assertEquals(1, cache(file).dirty());
            final ScrubPass pass = pass(region);
            // The kernel may write it back of its own accord, though not within seconds.
            assertEquals(PAGE, pass.unreadBytes());
            assertEquals(SIZE - PAGE, pass.readBytes());
            assertEquals(1, cache(file).dirty());
            assertEquals(FILL, mount.onDisk()[5 * PAGE]);
            assertEquals(PAGES, cache(file).cached(), "nothing is evicted");
            region.persist();
            assertEquals(0, pass(region).unreadBytes());
            assertEquals(0x55, mount.onDisk()[5 * PAGE]);
            region.putByte(5 * PAGE, FILL);
            region.persist();
        }
    }

    @Test
    @DisplayName("With a mirror, what cannot be read any more is repaired before anybody asks for it")
    void shouldRepairFromTheMirror() throws Exception {
        try (Region region = Region.builder(mount.file()).media(Media.file()).mirror(folder.resolve("mirror"))
            .resynchronizeMirror(true).open()) {
            region.persist();
            mount.drop();
            mount.rot(7 * PAGE, 512);
            final ScrubPass pass = pass(region);
            assertEquals(List.of(range(7 * PAGE, 512)), pass.found());
            assertEquals(List.of(), pass.disagreements());
            assertTrue(region.poison().isClean());
            assertFilled(content(region));
        }
    }

    @Test
    @DisplayName("A read-only region keeps serving what memory has, and refuses what is in no memory")
    void shouldPatrolAReadOnlyRegion() throws Exception {
        try (Region region = Region.builder(mount.file()).media(Media.file()).readOnly(true).open()) {
            // Before the kernel reads it ahead.
            mount.rot(30 * PAGE, 512);
            assertEquals(FILL, region.getByte(2 * PAGE));
            mount.rot(2 * PAGE, 512);
            assertEquals(List.of(range(2 * PAGE, 512), range(30 * PAGE, 512)), pass(region).found());
            assertEquals(FILL, region.getByte(2 * PAGE));
            assertThrows(PoisonException.class, () -> region.getByte(30 * PAGE));
            assertEquals(FILL, region.getByte(30 * PAGE + 512));
        }
    }
}
