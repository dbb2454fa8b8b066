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
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineState;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.RecoveryResult;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Law 10: A failed persist stays failed")
class PersistErrorTest {
    private static final int PAGES = 12;
    private static final int SIZE = PAGES * 4096;
    private static final byte FILL = 0x11;
    private static final int THREADS = 3;
    private static final int STEPS = 300;

    @TempDir
    private Path folder;
    private Path path;
    private SimulatedMedia media;

    @BeforeEach
    void name() {
        path = folder.resolve("region");
        media = Media.simulated();
    }

    private Region open() throws IOException {
        return Region.builder(path).size(SIZE).media(media).open();
    }

    private Region create() throws IOException {
        final Region region = open();
        region.fill(0, SIZE, FILL);
        region.persist();
        return region;
    }

    private static ByteRange range(final long offset, final long length) {
        return new ByteRange(offset, length);
    }

    private static void assertOnlyRefused(final Region region, final ByteRange lines) {
        assertEquals(List.of(lines), region.poison().ranges());
        for (long at = 0; at < SIZE; at += 64) {
            final long line = at;
            if (at >= lines.offset() && at < lines.end()) {
                assertEquals(LineState.LOST, region.poison().state(at));
                final PoisonException load = assertThrows(PoisonException.class, () -> region.getByte(line + 9));
                assertEquals(List.of(range(line, 64)), load.ranges());
                assertThrows(PoisonException.class, () -> region.putLong(line, 1));
                assertThrows(PoisonException.class, () -> region.put(line, new byte[64], 0, 64));
            } else {
                assertEquals(FILL, region.getByte(at), "offset " + at);
                region.putByte(at, FILL);
            }
        }
    }

    @Test
    void shouldRefuseExactlyTheLinesOfThatRangeUntilTheyAreRewritten() throws IOException {
        final ByteRange lines = range(4096 + 64, 256);
        try (Region region = create()) {
            media.failPersist(true);
            final IOException thrown = assertThrows(IOException.class, () -> region.persist(4096 + 100, 200));
            assertTrue(thrown.getMessage().contains("200 bytes at offset 4196"), thrown.getMessage());
            assertNotNull(thrown.getCause());
            assertOnlyRefused(region, lines);
            media.failPersist(false);
            region.persist(4096 + 100, 200);
            region.persist();
            assertOnlyRefused(region, lines);
        }
        try (Region region = open()) {
            assertOnlyRefused(region, lines);
            region.persist();
            assertOnlyRefused(region, lines);
            media.failPersist(true);
            assertThrows(IOException.class, () -> region.recovery().write(4096 + 64, new byte[64]));
            media.failPersist(false);
            assertOnlyRefused(region, lines);
            assertEquals(new RecoveryResult(List.of(lines), List.of(), List.of(), List.of()),
                region.recovery().write(lines.offset(), new byte[256]));
            assertTrue(region.poison().isClean());
        }
        try (Region region = open()) {
            assertTrue(region.poison().isClean());
            final byte[] found = new byte[256];
            region.get(lines.offset(), found, 0, 256);
            assertArrayEquals(new byte[256], found);
        }
    }

    @Test
    void shouldRefuseARangeOverSeveralPages() throws IOException {
        try (Region region = create()) {
            media.failPersist(true);
            assertThrows(IOException.class, () -> region.persist(4096 - 1, 4096 + 2));
            media.failPersist(false);
            assertOnlyRefused(region, range(4096 - 64, 4096 + 128));
        }
    }

    @Test
    @DisplayName("Law 4: What an unfinished recovery has lost is not forgotten when a persist of its page fails")
    void shouldNotForgetWhatAnUnfinishedRecoveryLost() throws IOException {
        for (final boolean reopened : new boolean[] {false, true}) {
            path = folder.resolve("region" + reopened);
            final Region first = create();
            media.failPersist(true);
            media.inject(3 * 64, 64);
            assertThrows(PoisonException.class, () -> first.getByte(0));
            assertThrows(IOException.class, () -> first.persist(64, 64));
            media.failPersist(false);
            if (reopened) {
                first.close();
            }
            try (Region region = reopened ? open() : first) {
                region.recovery().write(64, new byte[64]);
                assertOnlyRefusedOfPageZero(region);
            }
        }
    }

    private static void assertOnlyRefusedOfPageZero(final Region region) {
        assertEquals(List.of(range(3 * 64, 64)), region.poison().ranges());
        assertThrows(PoisonException.class, () -> region.getByte(3 * 64));
        assertEquals(0, region.getByte(64));
        for (int line = 0; line < 64; line++) {
            if (line != 1 && line != 3) {
                assertEquals(FILL, region.getByte(line * 64L), "line " + line);
            }
        }
    }

    @Test
    @DisplayName("Law 4: Salvage does not take the zeroes of an unfinished recovery for data")
    void shouldNotSalvageWhatAnUnfinishedRecoveryZeroed() throws IOException {
        try (Region region = create()) {
            media.failPersist(true);
            media.inject(3 * 64, 64);
            assertThrows(PoisonException.class, () -> region.getByte(3 * 64));
            final byte[] found = new byte[4096];
            final RecoveryResult result = region.recovery().salvage(0, MemorySegment.ofArray(found));
            assertEquals(List.of(range(3 * 64, 64)), result.zeroFilled());
            assertEquals(List.of(range(3 * 64, 64)), result.stillLost());
            for (int at = 0; at < 4096; at++) {
                assertEquals(at / 64 == 3 ? 0 : FILL, found[at], "offset " + at);
            }
            media.failPersist(false);
        }
    }

    /** Stores, persists and recovers in pages of its own, and knows which of its lines must be refused. */
    private BitSet work(final Region region, final int thread, final SplittableRandom random) {
        final BitSet lost = new BitSet();
        for (int i = 0; i < STEPS; i++) {
            final int line = random.nextInt(64 * PAGES / THREADS) + thread * 64 * PAGES / THREADS;
            final long offset = line * 64L;
            switch (random.nextInt(4)) {
                case 0 -> {
                    try {
                        region.persist(offset + 5, 50);
                    } catch (IOException _) {
                        lost.set(line);
                    }
                }
                case 1 -> {
                    try {
                        region.recovery().zero(offset, 64);
                        lost.clear(line);
                    } catch (IOException _) {
                        assertTrue(lost.get(line), "a healthy line needs no durability");
                    }
                }
                default -> {
                    if (lost.get(line)) {
                        assertThrows(PoisonException.class, () -> region.getByte(offset));
                        assertThrows(PoisonException.class, () -> region.putByte(offset, (byte) 1));
                    } else {
                        region.putLong(offset, i);
                        assertEquals(i, region.getLong(offset));
                    }
                }
            }
        }
        return lost;
    }

    @Test
    void shouldKnowTheLinesOfEveryFailedPersistOfConcurrentThreads() throws Exception {
        final long seed = System.nanoTime();
        final SplittableRandom random = new SplittableRandom(seed);
        final BitSet lost = new BitSet();
        try (Region region = create(); ExecutorService pool = Executors.newFixedThreadPool(THREADS)) {
            final List<Future<BitSet>> workers = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                final int thread = i;
                final SplittableRandom own = random.split();
                workers.add(pool.submit(() -> work(region, thread, own)));
            }
            boolean fails = false;
            while (!workers.stream().allMatch(Future::isDone)) {
                fails = !fails;
                media.failPersist(fails);
                Thread.sleep(1 + random.nextInt(5));
            }
            media.failPersist(false);
            for (final Future<BitSet> worker : workers) {
                lost.or(worker.get());
            }
            assertEquals(ranges(lost), region.poison().ranges(), "seed " + seed);
        }
        try (Region region = open()) {
            assertEquals(ranges(lost), region.poison().ranges(), "reopened, seed " + seed);
        }
    }

    private static List<ByteRange> ranges(final BitSet lines) {
        final List<ByteRange> ranges = new ArrayList<>();
        lines.stream().forEach(line -> ByteRange.append(ranges, line * 64L, 64));
        return ranges;
    }
}
