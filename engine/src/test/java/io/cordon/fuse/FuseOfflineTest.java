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
import io.cordon.poison.PoisonException;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** An ordinary file whose whole disk goes away, and one of whose disk nearly all is bad. */
@DisabledIfSystemProperty(named = "cordon.fuse", matches = "false")
class FuseOfflineTest {
    private static final int PAGE = FuseMount.PAGE;
    /** The least that a file must have for its device to be taken for gone by errors alone; each 16th is looked at. */
    private static final int PAGES = 256;
    private static final int SIZE = PAGES * PAGE;
    private static final byte FILL = 0x11;
    private static final Logger LOGGER = Logger.getLogger("io.cordon");

    @TempDir
    private static Path folder;
    private static FuseMount mount;

    @BeforeAll
    static void mount() throws IOException {
        LOGGER.setLevel(Level.OFF);
        mount = FuseMount.mount(folder, SIZE);
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
        Files.deleteIfExists(folder.resolve("region.cordon"));
        try (Region region = open()) {
            region.fill(0, SIZE, FILL);
            region.persist();
        }
        mount.drop();
    }

    private static Region open() throws IOException {
        return Region.builder(mount.file()).media(Media.file()).open();
    }

    private static byte[] filled() {
        final byte[] content = new byte[SIZE];
        Arrays.fill(content, FILL);
        return content;
    }

    private static ByteRange range(final long offset, final long length) {
        return new ByteRange(offset, length);
    }

    private static void assertWhole(final Region region) {
        final byte[] found = new byte[SIZE];
        region.get(0, found, 0, SIZE);
        assertArrayEquals(filled(), found);
        assertTrue(region.poison().isClean());
    }

    private static void await(final BooleanSupplier condition, final String what) throws InterruptedException {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, () -> "waited in vain: " + what);
            Thread.sleep(1);
        }
    }

    private static List<MediaEvent.Kind> kinds(final Region region) {
        return region.mediaEvents().stream().map(entry -> entry.event().kind()).toList();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("A device that goes, and says so or fails every read, is offline; when it is back nothing is lost")
    void shouldGoOfflineWithItsDeviceAndComeBack(final boolean saysSo) throws Exception {
        try (Region region = open()) {
            if (saysSo) {
                mount.gone(true);
            } else {
                mount.poison(0, SIZE);
            }
            final PoisonException refused = assertThrows(PoisonException.class, () -> region.getLong(3 * PAGE));
            assertTrue(refused.getMessage().contains("offline"), refused::getMessage);
            assertEquals(List.of(range(3 * PAGE, 64)), refused.ranges());
            for (int page = 0; page < PAGES; page++) {
                final long at = (long) page * PAGE;
                assertThrows(PoisonException.class, () -> region.getByte(at));
                assertThrows(PoisonException.class, () -> region.putByte(at, (byte) 1));
            }
            assertEquals(List.of(MediaEvent.Kind.OFFLINE), kinds(region));
            mount.heal();
            await(() -> region.isReadable(0, SIZE) && kinds(region).size() == 2, "online");
            assertEquals(List.of(MediaEvent.Kind.OFFLINE, MediaEvent.Kind.ONLINE), kinds(region));
            assertWhole(region);
            region.putByte(PAGE, FILL);
            region.persist();
        }
        assertArrayEquals(filled(), mount.onDisk());
    }

    @Test
    @DisplayName("A device of which one page can be read of those that are looked at is not gone")
    void shouldTakeNoDeviceForGoneThatReadsAnywhere() throws IOException {
        final int good = 32 * PAGE;
        mount.poison(0, good);
        mount.poison(good + PAGE, SIZE - good - PAGE);
        try (Region region = open()) {
            final PoisonException refused = assertThrows(PoisonException.class, () -> region.getLong(3 * PAGE));
            assertFalse(refused.getMessage().contains("offline"), refused::getMessage);
            assertEquals(FILL, region.getByte(good));
            assertEquals(List.of(range(3 * PAGE, PAGE)), region.poison().ranges());
        }
    }
}
