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

import io.cordon.event.Counter;
import io.cordon.linux.Libc;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

@DisplayName("A person reads what matters, and not once for each page")
class LogTest {
    private static final long PAGE = Libc.pageSize();
    private static final int PAGES = 100;
    private static final long SIZE = PAGES * PAGE;
    private static final Logger LOGGER = Logger.getLogger("io.cordon");

    @TempDir
    private Path folder;
    private final SimulatedMedia media = Media.simulated();
    private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(final LogRecord line) {
            // Regions of other tests may end later than these.
            if (line.getMessage().contains(folder.toString())) {
                lines.add(line.getLevel() + " " + line.getMessage());
            }
        }

        @Override
        public void flush() {
            // Nothing is kept back.
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    };

    @BeforeEach
    void listen() {
        LOGGER.addHandler(handler);
        LOGGER.setUseParentHandlers(false);
    }

    @AfterEach
    void speak() {
        LOGGER.setUseParentHandlers(true);
        LOGGER.removeHandler(handler);
    }

    private Region.Builder builder() {
        return Region.builder(folder.resolve("region")).size(SIZE).media(media);
    }

    private List<String> saying(final String words) {
        return lines.stream().filter(line -> line.contains(words)).toList();
    }

    @Test
    void shouldNotReportEachPageOfAMediumThatDoesNotClear() throws Exception {
        try (Region region = builder().open()) {
            media.clearing(SimulatedMedia.Clearing.REFUSES);
            for (int page = 0; page < PAGES; page++) {
                final long at = page * PAGE;
                media.inject(at, 64);
                assertThrows(PoisonException.class, () -> region.getLong(at));
            }
            region.poison().ranges();
            assertEquals(PAGES, region.counters().get(Counter.FAILED_RECOVERIES));
            // 1, 2, 4, 8, 16, 32, 64
            assertEquals(7, saying("cannot be recovered").size(), lines::toString);
            assertEquals(7, lines.size(), lines::toString);
            assertTrue(lines.peek().startsWith("WARNING " + folder.resolve("region")), lines::toString);
        }
    }

    @Test
    void shouldReportOnceThatTheMirrorIsBehind() throws Exception {
        final SimulatedMedia failing = Media.simulated();
        try (Region region = builder().mirror(folder.resolve("mirror"), failing).open()) {
            failing.offline();
            for (int i = 0; i < 5; i++) {
                assertThrows(IOException.class, () -> region.persist(0, 64));
            }
            failing.online();
            assertEquals(1, saying("mirror is behind").size(), lines::toString);
            assertEquals(1, lines.size(), lines::toString);
            assertEquals(5, region.counters().get(Counter.PERSIST_ERRORS));
        }
    }

    @Test
    void shouldReportOnceThatTheDeviceIsGoneAndBack() throws Exception {
        try (Region region = builder().open()) {
            media.offline();
            for (int page = 0; page < PAGES; page++) {
                final long at = page * PAGE;
                assertThrows(PoisonException.class, () -> region.getLong(at));
            }
            media.online();
            while (saying("is back").isEmpty()) {
                Thread.sleep(1);
            }
            assertEquals(2, lines.size(), lines::toString);
            assertTrue(lines.peek().startsWith("SEVERE "), lines::toString);
        }
    }

    @Test
    void shouldSayNothingOfLinesThatAreLost() throws Exception {
        try (Region region = builder().open()) {
            media.inject(0, 64);
            assertThrows(PoisonException.class, () -> region.getLong(0));
            region.recovery().zero(0, 64);
        }
        assertEquals(List.of(), List.copyOf(lines), "loads are told by exceptions, listeners by events");
    }
}
