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

import io.cordon.Region;
import io.cordon.event.MediaEvent;
import io.cordon.media.Media;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineState;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.RecoveryResult;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * An ordinary file on a file system whose disk really fails: SIGBUS from a page that cannot be read in, EIO from reads,
 * writes and fsync. The sidecar and the mirror lie beside it, on a disk that is well.
 */
@DisabledIfSystemProperty(named = "cordon.fuse", matches = "false")
class FuseMediaTest {
    private static final int PAGE = FuseMount.PAGE;
    private static final int PAGES = 16;
    private static final int SIZE = PAGES * PAGE;
    private static final byte FILL = 0x11;
    private static final String NONE = "{}";
    private static final int ETIMEDOUT = 110;

    @TempDir
    private static Path folder;
    private static FuseMount mount;

    private Path path;

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
        path = mount.file();
        Files.deleteIfExists(folder.resolve("region.cordon"));
        Files.deleteIfExists(folder.resolve("mirror"));
        Files.deleteIfExists(folder.resolve("mirror.cordon"));
        try (Region region = open()) {
            region.fill(0, SIZE, FILL);
            region.persist();
        }
        mount.drop();
        assertArrayEquals(filled(), mount.onDisk());
    }

    private Region.Builder builder() {
        // The file system cannot reserve space, and knows of no hole: a region is opened there all the same.
        return Region.builder(path).media(Media.file());
    }

    private Region open() throws IOException {
        return builder().open();
    }

    private static byte[] filled() {
        final byte[] content = new byte[SIZE];
        Arrays.fill(content, FILL);
        return content;
    }

    private static ByteRange range(final long offset, final long length) {
        return new ByteRange(offset, length);
    }

    /** Exactly one range of lines is refused with its exact lines, everything else is as it was stored. */
    private static void assertLost(final Region region, final ByteRange lost) {
        for (long line = 0; line < SIZE; line += 64) {
            final long at = line;
            if (line >= lost.offset() && line < lost.end()) {
                assertEquals(List.of(range(line, 64)),
                    assertThrows(PoisonException.class, () -> region.getLong(at + 8)).ranges());
                assertEquals(LineState.LOST, region.poison().state(at));
                assertThrows(PoisonException.class, () -> region.putLong(at, 1));
            } else {
                assertEquals(FILL, region.getByte(at), "offset " + at);
            }
        }
        assertEquals(List.of(lost), region.poison().ranges());
    }

    private static void assertWhole(final Region region) {
        final byte[] found = new byte[SIZE];
        region.get(0, found, 0, SIZE);
        assertArrayEquals(filled(), found);
        assertTrue(region.poison().isClean());
    }

    private static void rewrite(final Region region, final ByteRange range) throws IOException {
        final byte[] content = Arrays.copyOf(filled(), (int) range.length());
        assertEquals(new RecoveryResult(List.of(range), List.of(), List.of(), List.of()),
            region.recovery().write(range.offset(), content));
    }

    @Test
    @DisplayName("Laws 1 and 3: A page that cannot be read in is lost with all its lines, its neighbours are not")
    void shouldLoseThePageThatCannotBeReadIn() throws IOException {
        try (Region region = open()) {
            mount.poison(3 * PAGE, PAGE);
            final PoisonException thrown = assertThrows(PoisonException.class, () -> region.getByte(3 * PAGE + 70));
            assertEquals(List.of(range(3 * PAGE + 64, 64)), thrown.ranges());
            assertLost(region, range(3 * PAGE, PAGE));
            assertEquals(NONE, mount.bad(), "the recovery write cures the disk");
            rewrite(region, range(3 * PAGE, PAGE));
            assertWhole(region);
        }
        assertArrayEquals(filled(), mount.onDisk());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("Law 3: The page cannot be read in, but of its sectors only those that fail are lost")
    void shouldLoseOnlyTheSectorsThatFail(final boolean direct) throws IOException {
        mount.direct(direct);
        try (Region region = open()) {
            region.putLong(3 * PAGE, 0x1111_1111_1111_1111L);
            mount.poison(3 * PAGE + 512, 1024);
            assertLost(region, range(3 * PAGE + 512, 1024));
            assertEquals(NONE, mount.bad());
            rewrite(region, range(3 * PAGE + 512, 1024));
            assertWhole(region);
        }
        assertArrayEquals(filled(), mount.onDisk());
    }

    @Test
    @DisplayName("Law 3: A file of which no page can be read in whole is not a device that is gone")
    void shouldNotTakeBadPagesForADeviceThatIsGone() throws IOException {
        for (long page = 0; page < PAGES; page++) {
            mount.poison(page * PAGE + 512, 512);
        }
        try (Region region = open()) {
            for (long page = 0; page < PAGES; page++) {
                final long at = page * PAGE;
                assertThrows(PoisonException.class, () -> region.getByte(at + 512));
                assertEquals(FILL, region.getByte(at), () -> region.poison().ranges().toString());
            }
            assertEquals(PAGES, region.poison().ranges().size());
            mount.poison(0, SIZE);
            mount.drop();
            assertThrows(PoisonException.class, () -> region.getByte(0));
            region.recovery().write(0, filled());
            assertWhole(region);
        }
    }

    @Test
    @DisplayName("Law 4: What failed while nobody looked is found, and remembered when the region is opened again")
    void shouldRememberTheLossOverReopening() throws IOException {
        mount.poison(0, PAGE);
        try (Region region = open()) {
            assertLost(region, range(0, PAGE));
        }
        for (int i = 0; i < 2; i++) {
            mount.drop();
            try (Region region = open()) {
                assertLost(region, range(0, PAGE));
                if (i == 1) {
                    rewrite(region, range(0, PAGE));
                }
            }
        }
        mount.drop();
        try (Region region = open()) {
            assertWhole(region);
        }
    }

    @Test
    void shouldKeepStoresThatWereNotPersistedInOtherPages() throws IOException {
        try (Region region = open()) {
            mount.poison(5 * PAGE, PAGE);
            region.putByte(4 * PAGE, (byte) 0x44);
            region.putByte(6 * PAGE, (byte) 0x66);
            assertThrows(PoisonException.class, () -> region.getByte(5 * PAGE));
            region.persist(4 * PAGE, 3 * PAGE);
            mount.drop();
            assertEquals(0x44, region.getByte(4 * PAGE));
            assertEquals(0x66, region.getByte(6 * PAGE));
        }
        assertEquals(0x44, mount.onDisk()[4 * PAGE]);
        assertEquals(0x66, mount.onDisk()[6 * PAGE]);
    }

    @Test
    @DisplayName("Law 1: A load of many pages names exactly the lines of the pages that fail")
    void shouldNameTheLinesOfSeveralPages() throws IOException {
        try (Region region = open()) {
            mount.poison(2 * PAGE, 2 * PAGE);
            mount.poison(7 * PAGE + 512, 1);
            final byte[] found = new byte[SIZE];
            final PoisonException thrown =
                assertThrows(PoisonException.class, () -> region.get(70, found, 0, SIZE - 100));
            assertEquals(List.of(range(2 * PAGE, 2 * PAGE), range(7 * PAGE + 512, 512)), thrown.ranges());
            assertEquals(thrown.ranges(), region.poison().ranges());
        }
    }

    @Test
    @DisplayName("Law 6: A disk that takes the recovery write and cures nothing does not pass for cured")
    void shouldNotBelieveAWriteThatSucceeds() throws IOException {
        final ByteRange lines = range(3 * PAGE, 512);
        mount.pretend(true);
        mount.poison(3 * PAGE, 512);
        try (Region region = open()) {
            final PoisonException thrown = assertThrows(PoisonException.class, () -> region.getByte(3 * PAGE));
            assertTrue(thrown.getMessage().contains("does not clear the poison"), thrown.getMessage());
            assertEquals(LineState.POISONED, region.poison().state(3 * PAGE));
            assertThrows(IOException.class, () -> region.recovery().write(3 * PAGE, new byte[PAGE]));
            assertEquals(FILL, region.getByte(2 * PAGE));
            assertEquals(FILL, region.getByte(4 * PAGE));
        }
        try (Region region = open()) {
            assertThrows(PoisonException.class, () -> region.getByte(3 * PAGE));
            mount.pretend(false);
            rewrite(region, lines);
            mount.drop();
            assertWhole(region);
        }
        assertEquals(NONE, mount.bad());
    }

    @Test
    @DisplayName("Law 6: A disk that takes the recovery write and stores nothing does not pass for cured")
    void shouldReadBackFromTheDisk() throws IOException {
        mount.lose(true);
        try (Region region = open()) {
            region.putByte(3 * PAGE + 512, (byte) 0x33);
            mount.poison(3 * PAGE, 512);
            final PoisonException thrown = assertThrows(PoisonException.class, () -> region.getByte(3 * PAGE));
            assertTrue(thrown.getMessage().contains("does not read back"), thrown.getMessage());
            mount.lose(false);
            rewrite(region, range(3 * PAGE, 512));
            mount.drop();
            assertWhole(region);
        }
    }

    @Test
    @DisplayName("Law 6: A disk that takes an explicit recovery's write and stores nothing does not pass for cured")
    void shouldReadBackWhatWasRecoveredExplicitly() throws IOException {
        try (Region region = open()) {
            mount.poison(3 * PAGE, 512);
            assertThrows(PoisonException.class, () -> region.getByte(3 * PAGE));
            mount.lose(true);
            final IOException thrown =
                assertThrows(IOException.class, () -> region.recovery().write(3 * PAGE + 64, new byte[] {FILL}));
            assertTrue(thrown.getMessage().contains("does not read back"), thrown.getMessage());
            mount.drop();
            assertLost(region, range(3 * PAGE, 512));
            mount.lose(false);
            rewrite(region, range(3 * PAGE, 512));
            mount.drop();
            assertWhole(region);
        }
    }

    @Test
    @DisplayName("Law 6: A write of less than a page cures nothing, so the recovery of one line writes all of its page")
    void shouldRecoverALineByWritingItsPage() throws IOException {
        mount.poison(3 * PAGE, PAGE);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            assertThrows(IOException.class, () -> file.write(ByteBuffer.allocate(512), 3L * PAGE));
        }
        assertTrue(mount.bad().contains(" " + (3 * PAGE / 512 + 1)), mount.bad());
        try (Region region = open()) {
            rewrite(region, range(3 * PAGE + 128, 64));
            assertEquals(NONE, mount.bad());
            assertEquals(List.of(range(3 * PAGE, 128), range(3 * PAGE + 192, PAGE - 192)), region.poison().ranges());
            mount.drop();
            assertEquals(FILL, region.getByte(3 * PAGE + 130));
        }
    }

    @Test
    @DisplayName("Law 3: A line is recovered though another sector of its page, not touched yet, fails its write")
    void shouldRecoverALineOfAPageThatFailsElsewhere() throws IOException {
        try (Region region = open()) {
            mount.poison(3 * PAGE, 512);
            assertThrows(PoisonException.class, () -> region.getByte(3 * PAGE));
            mount.poison(3 * PAGE + 1024, 512);
            rewrite(region, range(3 * PAGE, 512));
            assertLost(region, range(3 * PAGE + 1024, 512));
            assertEquals(NONE, mount.bad());
        }
    }

    @Test
    @DisplayName("Law 10: What could not be written back is refused until it is rewritten, over reopening too")
    void shouldRefuseWhatCouldNotBeWrittenBack() throws IOException {
        final ByteRange lines = range(2 * PAGE + 64, 192);
        try (Region region = open()) {
            region.fill(lines.offset(), lines.length(), (byte) 0x22);
            mount.refuse(2 * PAGE, PAGE);
            assertThrows(IOException.class, () -> region.persist(lines.offset(), lines.length()));
            assertLost(region, lines);
            mount.accept(2 * PAGE, PAGE);
            region.persist(lines.offset(), lines.length());
            region.persist();
            assertLost(region, lines);
        }
        mount.drop();
        try (Region region = open()) {
            assertLost(region, lines);
            rewrite(region, lines);
            assertWhole(region);
        }
    }

    @Test
    @DisplayName("Law 10: A persist that succeeds after one of another range failed has written what it says")
    void shouldWriteWhatAnEarlierFailureDropped() throws IOException {
        try (Region region = open()) {
            region.putByte(2 * PAGE, (byte) 0x22);
            region.putByte(5 * PAGE, (byte) 0x55);
            mount.refuse(5 * PAGE, PAGE);
            try (FileChannel other = FileChannel.open(mount.file(), StandardOpenOption.WRITE)) {
                assertThrows(IOException.class, () -> other.force(false), "the kernel writes on its own account");
            }
            mount.accept(5 * PAGE, PAGE);
            assertThrows(IOException.class, () -> region.persist(2 * PAGE, 64));
            assertThrows(PoisonException.class, () -> region.getByte(2 * PAGE));
            region.persist(5 * PAGE, 64);
            assertEquals(0x55, mount.onDisk()[5 * PAGE]);
        }
    }

    @Test
    @DisplayName("Law 10: An error of fsync itself counts as well")
    void shouldRefuseWhatCouldNotBeSynced() throws IOException {
        try (Region region = open()) {
            mount.failSync(true);
            assertThrows(IOException.class, () -> region.persist(PAGE - 64, 128));
            assertThrows(IOException.class, () -> region.recovery().write(PAGE - 64, new byte[128]));
            mount.failSync(false);
            region.persist();
            assertLost(region, range(PAGE - 64, 128));
            rewrite(region, range(PAGE - 64, 128));
            assertWhole(region);
        }
    }

    @Test
    @DisplayName("Law 10: An error that a recovery runs into is not hidden from the persist that it concerns")
    void shouldNotHideAWriteErrorFromThePersistThatItConcerns() throws IOException {
        try (Region region = open()) {
            mount.refuse(2 * PAGE, PAGE);
            region.putByte(2 * PAGE, (byte) 0x22);
            mount.drop();
            mount.poison(9 * PAGE, PAGE);
            // Its recovery makes the file durable, and is told of the other page's error.
            assertThrows(PoisonException.class, () -> region.getByte(9 * PAGE));
            mount.accept(2 * PAGE, PAGE);
            assertThrows(IOException.class, () -> region.persist(2 * PAGE, 64));
            assertThrows(PoisonException.class, () -> region.getByte(2 * PAGE));
            assertEquals(FILL, mount.onDisk()[2 * PAGE]);
        }
    }

    @Test
    @DisplayName("Redundancy: A mirror on a healthy disk repairs the page unasked")
    void shouldRepairFromTheMirror() throws IOException {
        final Path mirror = folder.resolve("mirror");
        try (Region region = builder().mirror(mirror).resynchronizeMirror(true).open()) {
            mount.poison(3 * PAGE, 2 * PAGE);
            assertWhole(region);
            assertEquals(NONE, mount.bad());
            region.putByte(3 * PAGE, (byte) 0x33);
            region.persist(3 * PAGE, 1);
            mount.poison(3 * PAGE, 512);
            assertEquals(0x33, region.getByte(3 * PAGE));
        }
        assertEquals(0x33, mount.onDisk()[3 * PAGE]);
    }

    @Test
    void shouldFindLatentErrorsByVerifying() throws IOException {
        try (Region region = open()) {
            mount.poison(1 * PAGE, 1);
            mount.poison(14 * PAGE, PAGE);
            final PoisonException thrown = assertThrows(PoisonException.class, () -> region.verify(0, SIZE));
            assertEquals(List.of(range(PAGE, 512), range(14 * PAGE, PAGE)), thrown.ranges());
        }
    }

    @Test
    void shouldServeWhatCanBeReadWhereTheRegionIsReadOnly() throws IOException {
        mount.poison(3 * PAGE, PAGE);
        final String bad = mount.bad();
        try (Region region = builder().readOnly(true).open()) {
            assertThrows(PoisonException.class, () -> region.getByte(3 * PAGE));
            assertEquals(FILL, region.getByte(2 * PAGE));
            assertEquals(List.of(range(3 * PAGE, PAGE)), region.poison().ranges());
        }
        assertEquals(bad, mount.bad());
    }

    private static List<MediaEvent.Kind> kinds(final Region region) {
        return region.mediaEvents().stream().map(entry -> entry.event().kind()).toList();
    }

    @Test
    @DisplayName("A page that could not be salvaged is told to have recovered by the process that finds it healthy")
    void shouldTellThatAPageIsHealthyThatWasGivenUp() throws Exception {
        try (Region region = open()) {
            mount.errno(ETIMEDOUT);
            mount.poison(3 * PAGE, PAGE);
            final PoisonException refused = assertThrows(PoisonException.class, () -> region.getLong(3 * PAGE));
            assertTrue(refused.getMessage().contains("cannot read"), refused::getMessage);
            assertEquals(List.of(range(3 * PAGE, PAGE)), region.poison().ranges());
            assertEquals(List.of(MediaEvent.Kind.FAILURE), kinds(region));
        }
        mount.heal();
        for (int i = 0; i < 2; i++) {
            try (Region region = open()) {
                assertWhole(region);
                assertEquals(List.of(MediaEvent.Kind.FAILURE, MediaEvent.Kind.RECOVERED), kinds(region));
                assertEquals(List.of(range(3 * PAGE, PAGE)), region.mediaEvents().getLast().event().ranges());
            }
        }
    }

    @Test
    void shouldSurviveRawLoadsOfPagesThatFail() throws IOException {
        try (Region region = open()) {
            mount.poison(3 * PAGE, PAGE);
            region.segment().asSlice(2 * PAGE, 3 * PAGE).mismatch(region.segment().asSlice(6 * PAGE, 3 * PAGE));
            assertEquals(List.of(range(3 * PAGE, PAGE)), region.poison().ranges());
        }
    }
}
