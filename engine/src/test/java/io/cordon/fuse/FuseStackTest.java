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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.Region;
import io.cordon.event.MediaEvent;
import io.cordon.media.Leg;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineState;
import io.cordon.poison.PoisonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * A stack in stripes: an ordinary file on a disk that really fails, a simulated medium that works line by line, and an
 * ordinary file on a disk that is well.
 */
@DisabledIfSystemProperty(named = "cordon.fuse", matches = "false")
class FuseStackTest {
    private static final int PAGE = FuseMount.PAGE;
    private static final int LEGS = 3;
    /** The least that a file must have for its device to be taken for gone. */
    private static final int LEG = 256 * PAGE;
    private static final int SIZE = LEGS * LEG;
    private static final byte FILL = 0x11;
    private static final Logger LOGGER = Logger.getLogger("io.cordon");

    @TempDir
    private static Path folder;
    private static FuseMount mount;

    private Path place;
    private SimulatedMedia simulated;

    @BeforeAll
    static void mount() throws IOException {
        LOGGER.setLevel(Level.OFF);
        mount = FuseMount.mount(folder, LEG);
    }

    @AfterAll
    static void unmount() throws IOException {
        LOGGER.setLevel(null);
        if (mount != null) {
            mount.close();
        }
    }

    @BeforeEach
    void format() throws IOException {
        mount.heal();
        Files.deleteIfExists(folder.resolve("region.leg"));
        place = folder.resolve("stack");
        if (Files.exists(place)) {
            try (Stream<Path> files = Files.walk(place)) {
                for (final Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(file);
                }
            }
        }
        Files.createDirectory(place);
        try (Region region = open()) {
            region.fill(0, SIZE, FILL);
            region.persist();
        }
        mount.drop();
    }

    private Region open() throws IOException {
        simulated = Media.simulated();
        return Region.builder(place.resolve("region")).media(Media.striped(PAGE,
            Leg.of(mount.file(), LEG, Media.file()), Leg.of(place.resolve("simulated"), LEG, simulated),
            Leg.of(place.resolve("file"), LEG))).open();
    }

    private static ByteRange range(final long offset, final long length) {
        return new ByteRange(offset, length);
    }

    /** Page i of the failing disk in the region. */
    private static long disk(final long page) {
        return page * LEGS * PAGE;
    }

    private static void assertFilled(final Region region, final List<ByteRange> except) {
        for (long at = 0; at < SIZE; at += 64) {
            final long line = at;
            if (except.stream().noneMatch(range -> range.contains(line))) {
                assertEquals(FILL, region.getByte(at), "offset " + at);
            }
        }
    }

    @Test
    @DisplayName("Laws 1, 3 and 6: Each leg's failure is found as that leg can tell it, and cleared on that leg")
    void shouldRecoverEachLegByItsOwnMeans() throws IOException {
        final List<ByteRange> lost = List.of(range(disk(2) + 512, 512), range(disk(2) + PAGE + 64, 64));
        mount.poison(2 * PAGE + 512, 512);
        try (Region region = open()) {
            simulated.inject(2 * PAGE + 64, 64);
            final PoisonException refused = assertThrows(
                PoisonException.class, () -> region.get(disk(2), new byte[LEGS * PAGE], 0, LEGS * PAGE));
            assertEquals(lost, refused.ranges());
            assertFilled(region, lost);
            assertEquals(lost, region.poison().ranges());
            assertEquals("{}", mount.bad());
            assertEquals(List.of(), simulated.poisoned());
            assertEquals(LineState.LOST, region.poison().state(disk(2) + 512));
            region.recovery().write(disk(2), filled(2 * PAGE));
            assertTrue(region.poison().isClean());
            assertFilled(region, List.of());
        }
        mount.drop();
        try (Region region = open()) {
            assertFilled(region, List.of());
        }
        assertArrayEquals(filled(LEG), mount.onDisk());
    }

    private static byte[] filled(final int length) {
        final byte[] content = new byte[length];
        Arrays.fill(content, FILL);
        return content;
    }

    @Test
    @DisplayName("Law 10: A disk that does not take what is written makes the lines of its own leg suspect")
    void shouldRefuseWhatOneDiskDidNotTake() throws IOException {
        try (Region region = open()) {
            region.fill(0, 4L * LEGS * PAGE, (byte) 2);
            mount.refuse(PAGE, PAGE);
            final IOException thrown = assertThrows(IOException.class, () -> region.persist(0, 4L * LEGS * PAGE));
            final List<ByteRange> refused = region.poison().ranges();
            assertTrue(refused.stream().allMatch(
                range -> range.offset() % (LEGS * PAGE) == 0 && range.length() == PAGE), refused::toString);
            assertTrue(thrown.getMessage().contains(mount.file().toString()), thrown.getMessage());
            assertTrue(refused.contains(range(disk(1), PAGE)), refused::toString);
            for (int page = 0; page < 4 * LEGS; page++) {
                if (page % LEGS != 0) {
                    assertEquals(2, region.getByte((long) page * PAGE));
                }
            }
            mount.heal();
            region.recovery().write(0, new byte[4 * LEGS * PAGE]);
            region.persist();
            assertTrue(region.poison().isClean());
        }
        assertEquals(0, mount.onDisk()[PAGE]);
    }

    @Test
    @DisplayName("Laws 1 and 3: A disk that goes takes the stack offline, and brings it back whole")
    void shouldGoOfflineWithOneDisk() throws Exception {
        try (Region region = open()) {
            simulated.inject(64, 64);
            mount.gone(true);
            assertTrue(assertThrows(PoisonException.class, () -> region.getByte(disk(7))).getMessage()
                .contains("offline"));
            assertTrue(assertThrows(PoisonException.class, () -> region.getByte(2 * PAGE)).getMessage()
                .contains("offline"));
            mount.heal();
            final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!region.isReadable(2 * PAGE, 1)) {
                assertFalse(System.nanoTime() > deadline, "still offline");
                Thread.sleep(1);
            }
            assertFilled(region, List.of(range(PAGE + 64, 64)));
            assertThrows(PoisonException.class, () -> region.getByte(PAGE + 64));
            assertEquals(List.of(MediaEvent.Kind.OFFLINE, MediaEvent.Kind.ONLINE, MediaEvent.Kind.FAILURE),
                region.mediaEvents().stream().map(entry -> entry.event().kind()).toList());
        }
    }
}
