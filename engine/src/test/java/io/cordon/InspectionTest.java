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

import io.cordon.Inspection.Damage;
import io.cordon.Inspection.State;
import io.cordon.media.FileBusyException;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.SidecarException;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A look from outside tells what is, takes no lock, and changes nothing. */
class InspectionTest {
    private static final int SIZE = 64 * 4096;

    @TempDir
    private Path directory;

    private Path file() {
        return directory.resolve("region");
    }

    private Region open(final SimulatedMedia media) throws IOException {
        return Region.builder(file()).size(SIZE).media(media).open();
    }

    private Map<String, Integer> snapshot() throws IOException {
        final Map<String, Integer> files = new TreeMap<>();
        try (Stream<Path> list = Files.list(directory)) {
            for (final Path file : list.toList()) {
                files.put(file.getFileName().toString(), Arrays.hashCode(Files.readAllBytes(file)));
            }
        }
        return files;
    }

    private static void touch(final Region region, final long offset) {
        assertThrows(PoisonException.class, () -> region.getLong(offset));
        // Returns when it is written down.
        region.poison().ranges();
        assertFalse(region.isReadable(offset, 1));
    }

    @Test
    @DisplayName("Beside the owner: its pid, what it has written down; and the owner goes on undisturbed")
    void shouldTellBesideTheOwner() throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = open(media)) {
            media.inject(4096, 64);
            touch(region, 4096);
            region.recovery().zero(0, 64);
            while (!lost().contains(new Damage(new ByteRange(4096, 64), State.LOST))) {
                Thread.onSpinWait();
            }
            try (Inspection inspection = Inspection.of(file())) {
                assertEquals(List.of(new Inspection.Owner(ProcessHandle.current().pid(), false)),
                    inspection.owners());
                assertEquals(SIZE, inspection.size());
                assertTrue(inspection.media() instanceof SimulatedMedia);
                assertEquals(1, inspection.sidecar().events().size());
            }
            region.putLong(8192, 1);
            region.persist();
            assertThrows(FileBusyException.class, () -> Region.builder(file()).media(media).open());
        }
        try (Inspection inspection = Inspection.of(file()); Region region = open(Media.simulated())) {
            // The look holds no lock.
            assertEquals(1, region.getLong(8192));
            assertEquals(1, inspection.owners().size());
        }
    }

    private List<Damage> lost() throws IOException {
        try (Inspection inspection = Inspection.of(file())) {
            return inspection.damage();
        }
    }

    @Test
    void shouldTellLostFromPoisonedFromLatent() throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = open(media)) {
            media.inject(0, 128);
            touch(region, 0);
        }
        SimulatedMedia.poison(file(), 64 + 4096, 64, true);
        SimulatedMedia.poison(file(), 8192, 1, false);
        final Map<String, Integer> before = snapshot();
        try (Inspection inspection = Inspection.of(file()); Arena arena = Arena.ofConfined()) {
            assertEquals(List.of(new Damage(new ByteRange(0, 128), State.LOST),
                new Damage(new ByteRange(4160, 64), State.POISONED)), inspection.damage());
            assertEquals(List.of(new ByteRange(8192, 64)), inspection.latent());
            assertEquals(List.of(new ByteRange(4160, 64), new ByteRange(8192, 64)),
                inspection.patrol(0, arena.allocate(SIZE, 4096)).bad());
            assertThrows(IndexOutOfBoundsException.class, () -> inspection.patrol(4096, arena.allocate(SIZE, 4096)));
            assertTrue(inspection.owners().isEmpty());
        }
        assertEquals(before, snapshot());
    }

    @Test
    @DisplayName("A recovery that failed is told, and not called lost before it is")
    void shouldTellWhatIsUnfinished() throws IOException {
        final SimulatedMedia media = Media.simulated();
        media.clearing(SimulatedMedia.Clearing.REFUSES);
        // It would warn, as it should.
        final Logger logger = Logger.getLogger("io.cordon.recovery.PageRecovery");
        logger.setLevel(Level.OFF);
        try (Region region = open(media)) {
            media.inject(4096, 64);
            touch(region, 4096);
        } finally {
            logger.setLevel(null);
        }
        try (Inspection inspection = Inspection.of(file())) {
            assertEquals(List.of(new Damage(new ByteRange(4096, 64), State.UNFINISHED)),
                inspection.damage().stream().filter(part -> part.state() == State.UNFINISHED).toList());
        }
    }

    @Test
    void shouldTellThePatrolsProgress() throws Exception {
        try (Region region = open(Media.simulated())) {
            region.scrubber().passNow(io.cordon.scrub.ScrubOptions.FULL_SPEED).get();
        }
        try (Inspection inspection = Inspection.of(file())) {
            assertEquals(1, inspection.scrub().lastPass());
            assertTrue(inspection.scrub().lastEnded().isPresent());
            assertEquals(0, inspection.scrub().pass());
        }
    }

    @Test
    void shouldPoisonOnlyWhatNobodyHasOpen() throws IOException {
        try (Region _ = open(Media.simulated())) {
            final FileBusyException busy = assertThrows(
                FileBusyException.class, () -> SimulatedMedia.poison(file(), 0, 64, false));
            assertTrue(busy.getMessage().contains("this process"), busy.getMessage());
        }
        final Map<String, Integer> before = snapshot();
        assertThrows(IndexOutOfBoundsException.class, () -> SimulatedMedia.poison(file(), SIZE - 1, 2, false));
        assertThrows(IllegalArgumentException.class, () -> SimulatedMedia.poison(file(), 0, 0, false));
        assertEquals(before, snapshot());
        SimulatedMedia.poison(file(), SIZE - 1, 1, false);
        try (Region region = open(Media.simulated())) {
            assertEquals(List.of(new ByteRange(SIZE - 64, 64)), ((SimulatedMedia) region.media()).poisoned());
            touch(region, SIZE - 8);
        }
    }

    @Test
    void shouldRefuseWhatIsNoRegionAndMakeNothing() throws IOException {
        assertThrows(NoSuchFileException.class, () -> Inspection.of(file()));
        assertThrows(RegionFormatException.class, () -> Inspection.of(directory));
        Files.write(file(), new byte[4096]);
        assertThrows(RegionFormatException.class, () -> Inspection.of(file()));
        Files.write(directory.resolve("region.cordon"), new byte[4096]);
        final Map<String, Integer> before = snapshot();
        assertThrows(SidecarException.class, () -> Inspection.of(file()));
        assertEquals(before, snapshot());
    }

    @Test
    @DisplayName("A region that is opened for reading alone on a simulated medium leaves no file")
    void shouldLeaveNothingBehindWhenReading() throws IOException {
        Region.builder(file()).size(SIZE).media(Media.file()).open().close();
        final Map<String, Integer> before = snapshot();
        try (Region region = Region.builder(file()).media(Media.simulated()).readOnly(true).open()) {
            assertEquals(0, region.getLong(0));
        }
        assertEquals(before, snapshot());
    }
}
