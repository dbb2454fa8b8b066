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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.event.Counter;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;
import io.cordon.poison.PoisonException;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.ObjLongConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Laws 1 and 4 where an access begins in a page that never failed, and ends in one that did. */
class ScarTest {
    private static final long PAGE = Lines.PAGE_LENGTH;
    /** So that pages share scars. */
    private static final long SIZE = (2 * LineMap.SCAR_COUNT + 3) * PAGE;
    private static final Map<Integer, List<ObjLongConsumer<Region>>> LOADS = Map.of(
        Short.BYTES, List.of(Region::getShort, Region::getChar),
        Integer.BYTES, List.of(Region::getInt, Region::getFloat),
        Long.BYTES, List.of(Region::getLong, Region::getDouble));
    private static final Map<Integer, List<ObjLongConsumer<Region>>> STORES = Map.of(
        Short.BYTES, List.of((region, at) -> region.putShort(at, (short) -1), (region, at) -> region.putChar(at, 'x')),
        Integer.BYTES, List.of((region, at) -> region.putInt(at, -1), (region, at) -> region.putFloat(at, -1)),
        Long.BYTES, List.of((region, at) -> region.putLong(at, -1), (region, at) -> region.putDouble(at, -1)));

    @TempDir
    private Path folder;
    private Path path;
    private final SimulatedMedia media = Media.simulated();

    @BeforeEach
    void name() {
        path = folder.resolve("region");
    }

    private Region open() throws IOException {
        return Region.builder(path).size(SIZE).sparse(true).media(media).open();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2047, 2048, 2049, 4096, 4098})
    @DisplayName("the handler withdrew the page")
    void shouldRefuseWhatCrossesIntoAPageThatFaulted(final long page) throws IOException {
        try (Region region = open()) {
            media.inject(page * PAGE, 1);
            assertEquals(0, region.segment().get(ValueLayout.JAVA_BYTE, page * PAGE));
            check(region, page);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2047, 2048, 2049, 4096, 4098})
    @DisplayName("the medium knew")
    void shouldRefuseWhatCrossesIntoAPageThatIsListed(final long page) throws IOException {
        try (Region region = open()) {
            media.injectKnown(page * PAGE, 1);
            check(region, page);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2047, 2048, 2049, 4096, 4098})
    @DisplayName("it was lost before")
    void shouldRefuseWhatCrossesIntoAPageThatWasLostBefore(final long page) throws IOException {
        try (Region region = open()) {
            media.injectKnown(page * PAGE, 1);
            assertThrows(PoisonException.class, () -> region.getByte(page * PAGE));
        }
        try (Region region = open()) {
            check(region, page);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2047, 2048, 2049, 4096, 4098})
    @DisplayName("Law 3: pages that share a scar keep what they hold, and serve it at once")
    void shouldServePagesThatShareAScar(final long failed) throws IOException {
        try (Region region = open()) {
            for (long page = 0; page < SIZE / PAGE; page++) {
                region.putLong(page * PAGE + Lines.LENGTH, page + 1);
            }
            media.injectKnown(failed * PAGE, 1);
            final long careful = region.counters().get(Counter.HAZARD_SLOW_PATHS);
            for (long page = 0; page < SIZE / PAGE; page++) {
                assertEquals(page + 1, region.getLong(page * PAGE + Lines.LENGTH), "page " + page);
            }
            assertEquals(careful, region.counters().get(Counter.HAZARD_SLOW_PATHS));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2047, 2048, 2049, 4096, 4098})
    @DisplayName("Law 1: nothing is served while the device is gone, whatever a page's record says")
    void shouldRefusePagesThatNeverFailedWhileOffline(final long failed) throws IOException {
        try (Region region = open()) {
            region.putLong(5 * PAGE, 0x5ca5);
            media.inject(failed * PAGE + 2048, 1);
            assertThrows(PoisonException.class, () -> region.getLong(failed * PAGE + 2048));
            for (int round = 0; round < 2; round++) {
                media.offline();
                for (long page = 0; page < SIZE / PAGE; page++) {
                    final long at = page * PAGE;
                    assertThrows(PoisonException.class, () -> region.getLong(at), () -> "not refused at " + at);
                    assertThrows(PoisonException.class, () -> region.putLong(at, 1), () -> "not refused at " + at);
                }
                media.online();
                assertEquals(0x5ca5, region.getLong(5 * PAGE));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2047, 2048, 2049, 4096, 4098})
    @DisplayName("a read-only region refuses stores, into pages with a scar and without, and serves loads")
    void shouldRefuseStoresOfAReadOnlyRegionEverywhere(final long failed) throws IOException {
        open().close();
        try (Region region = Region.builder(path).media(media).readOnly(true).open()) {
            checkReadOnly(region, -1);
        }
        try (Region region = open()) {
            media.injectKnown(failed * PAGE, 1);
            assertThrows(PoisonException.class, () -> region.getByte(failed * PAGE));
        }
        try (Region region = Region.builder(path).media(media).readOnly(true).open()) {
            assertThrows(PoisonException.class, () -> region.getByte(failed * PAGE));
            checkReadOnly(region, failed);
        }
    }

    private static void checkReadOnly(final Region region, final long failed) {
        for (long page = 0; page < SIZE / PAGE; page++) {
            final long at = page * PAGE + Lines.LENGTH;
            assertEquals(0, region.getLong(at));
            STORES.values().forEach(stores -> stores.forEach(store -> assertThrows(
                UnsupportedOperationException.class, () -> store.accept(region, at), () -> "not refused at " + at)));
            assertThrows(UnsupportedOperationException.class, () -> region.putLongRelease(at, 1));
            if (page != failed) {
                assertEquals(0, region.getLong(page * PAGE));
            }
        }
    }

    private static void check(final Region region, final long page) {
        final long bad = page * PAGE;
        final List<ByteRange> line = List.of(new ByteRange(bad, Lines.LENGTH));
        LOADS.forEach((width, loads) -> {
            for (long at = bad - width + 1; at < bad; at++) {
                for (final ObjLongConsumer<Region> access : loads) {
                    refused(region, at, access, line);
                }
            }
        });
        STORES.forEach((width, stores) -> {
            for (long at = bad - width + 1; at < bad; at++) {
                for (final ObjLongConsumer<Region> access : stores) {
                    refused(region, at, access, line);
                }
            }
        });
        assertEquals(0, region.getLong(bad - Long.BYTES), "a refused store has left something in the page before");
        region.putLong(bad - Long.BYTES, 0x5ca5);
        assertEquals(0x5ca5, region.getLong(bad - Long.BYTES));
        assertTrue(region.isReadable(bad - PAGE, PAGE));
    }

    private static void refused(
        final Region region, final long at, final ObjLongConsumer<Region> access, final List<ByteRange> line) {
        assertEquals(line, assertThrows(
            PoisonException.class, () -> access.accept(region, at), () -> "not refused at " + at).ranges());
    }
}
