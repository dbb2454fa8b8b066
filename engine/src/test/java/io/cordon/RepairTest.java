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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.BackupFileSource;
import io.cordon.recovery.RecoveryResult;
import io.cordon.recovery.RepairSource;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Content that the application can supply, and content that can still be read. Law 4: zeroes are never data. */
class RepairTest {
    private static final int SIZE = 6 * 4096;
    private static final int LINES = SIZE / 64;
    private static final Logger LOGGER = Logger.getLogger("io.cordon.recovery.PageRecovery");

    @TempDir
    private Path folder;
    private Path path;
    private SimulatedMedia media;
    private final byte[] content = new byte[SIZE];
    /** Offsets that a source was asked for. */
    private final ConcurrentLinkedQueue<Long> asked = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void name() {
        path = folder.resolve("region");
        media = Media.simulated();
        new SplittableRandom(1).nextBytes(content);
        LOGGER.setLevel(Level.OFF);
    }

    @AfterEach
    void speak() {
        LOGGER.setLevel(null);
    }

    private Region open(final RepairSource source) throws IOException {
        final Region region = Region.builder(path).size(SIZE).media(media).repairFrom(source).open();
        region.put(0, content, 0, SIZE);
        region.persist();
        return region;
    }

    private static ByteRange range(final long offset, final long length) {
        return new ByteRange(offset, length);
    }

    private boolean supply(final long offset, final MemorySegment buffer) {
        asked.add(offset);
        MemorySegment.copy(MemorySegment.ofArray(content), offset, buffer, 0, buffer.byteSize());
        return true;
    }

    private void assertContent(final Region region, final BitSet refused) {
        for (int line = 0; line < LINES; line++) {
            final int offset = line * 64;
            final byte[] found = new byte[64];
            if (refused.get(line)) {
                assertThrows(PoisonException.class, () -> region.get(offset, found, 0, 64), "line " + line);
            } else {
                region.get(offset, found, 0, 64);
                assertArrayEquals(Arrays.copyOfRange(content, offset, offset + 64), found, "line " + line);
            }
        }
    }

    @Test
    void shouldRepairAtTheFaultAndAskOnlyForWhatIsGone() throws IOException {
        try (Region region = open(this::supply)) {
            media.inject(4096 + 64, 100);
            media.injectKnown(3 * 4096, 64);
            assertContent(region, new BitSet());
            assertTrue(region.poison().isClean());
            assertEquals(List.of(), media.poisoned());
            assertEquals(List.of(3 * 4096L, 4096 + 64L, 4096 + 128L), List.copyOf(asked));
        }
        try (Region region = Region.builder(path).media(media).open()) {
            assertContent(region, new BitSet());
        }
    }

    @Test
    void shouldTakeNothingFromASourceThatHasNoAnswer() throws IOException {
        final RepairSource source = (offset, buffer) -> {
            supply(offset, buffer);
            switch ((int) (offset / 64 % 4)) {
                case 0 -> throw new IOException("the network is down");
                case 1 -> throw new IllegalStateException("a bug of the application");
                case 2 -> {
                    return false;
                }
                default -> {
                    return true;
                }
            }
        };
        final BitSet gone = new BitSet();
        try (Region region = open(source)) {
            media.inject(4096, 4096);
            for (int line = 64; line < 128; line++) {
                gone.set(line, line % 4 != 3);
            }
            assertContent(region, gone);
            final byte[] found = new byte[SIZE];
            region.recovery().salvage(0, MemorySegment.ofArray(found));
            for (int at = 0; at < SIZE; at++) {
                assertEquals(gone.get(at / 64) ? 0 : content[at], found[at], "offset " + at);
            }
        }
        asked.clear();
        try (Region region = Region.builder(path).media(media).repairFrom(this::supply).open()) {
            assertContent(region, gone);
            // Law 4: what was lost stays lost, also when its page fails again.
            media.inject(4096, 4096);
            gone.set(64, 128, true);
            assertEquals(content[4096 + 3 * 64], region.getByte(4096 + 3 * 64));
            gone.clear();
            for (int line = 64; line < 128; line++) {
                gone.set(line, line % 4 != 3);
            }
            assertContent(region, gone);
            assertEquals(16, asked.size(), "only for what was not lost before");
            final RecoveryResult result = region.recovery().repair(4096 + 100, 4 * 64);
            // Lines 65 to 69, of which 67 was healthy.
            assertEquals(new RecoveryResult(List.of(range(4096 + 64, 128), range(4096 + 256, 128)), List.of(),
                List.of(), List.of()), result);
            gone.clear(65, 70);
            assertContent(region, gone);
            region.recovery().repair(0, SIZE);
            assertTrue(region.poison().isClean());
            assertContent(region, new BitSet());
            assertEquals(new RecoveryResult(List.of(), List.of(), List.of(), List.of()),
                region.recovery().repair(0, SIZE));
        }
    }

    @Test
    void shouldSupplyWhatABackupReaches() throws IOException {
        final Path backup = folder.resolve("backup");
        // It ends in the middle of line 65.
        Files.write(backup, Arrays.copyOf(content, 4096 + 100));
        try (BackupFileSource source = new BackupFileSource(backup); Region region = open(source)) {
            media.inject(4096, 256);
            media.inject(0, 64);
            final BitSet gone = new BitSet();
            gone.set(65, 68);
            assertContent(region, gone);
            assertEquals(List.of(range(4096 + 64, 192)), region.recovery().repair(0, SIZE).stillLost());
            Files.write(backup, content);
            assertEquals(new RecoveryResult(List.of(range(4096 + 64, 192)), List.of(), List.of(), List.of()),
                region.recovery().repair(0, SIZE));
            assertContent(region, new BitSet());
        }
        assertThrows(IOException.class, () -> new BackupFileSource(folder.resolve("missing")));
    }

    @Test
    @DisplayName("Law 4: Salvage names exactly what it could not read, whatever the range")
    void shouldSalvageAnyMix() throws IOException {
        final long seed = System.nanoTime();
        final SplittableRandom random = new SplittableRandom(seed);
        try (Region region = open((_, _) -> false)) {
            final BitSet gone = new BitSet();
            for (int i = 0; i < 300; i++) {
                final int line = random.nextInt(LINES);
                switch (random.nextInt(4)) {
                    case 0 -> {
                        media.inject(line * 64L, 64);
                        gone.set(line);
                    }
                    case 1 -> {
                        media.injectKnown(line * 64L, 64);
                        gone.set(line);
                    }
                    case 2 -> {
                        region.recovery().write(line * 64L, Arrays.copyOfRange(content, line * 64, line * 64 + 64));
                        gone.clear(line);
                    }
                    default -> {
                        final int offset = random.nextInt(SIZE);
                        salvage(region, gone, offset, random.nextInt(Math.min(SIZE - offset, 9000)), "seed " + seed);
                    }
                }
            }
            salvage(region, gone, 0, SIZE, "seed " + seed);
        }
    }

    private void salvage(final Region region, final BitSet gone, final int offset, final int length,
        final String message) throws IOException {
        final byte[] found = new byte[length];
        final RecoveryResult result = region.recovery().salvage(offset, MemorySegment.ofArray(found));
        final List<ByteRange> kept = new ArrayList<>();
        final List<ByteRange> zeroFilled = new ArrayList<>();
        final List<ByteRange> lost = new ArrayList<>();
        for (int at = offset; at < offset + length; at++) {
            final boolean isGone = gone.get(at / 64);
            ByteRange.append(isGone ? zeroFilled : kept, at, 1);
            assertEquals(isGone ? 0 : content[at], found[at - offset], message + ", offset " + at);
            if (isGone && (at == offset || at % 64 == 0)) {
                ByteRange.append(lost, at & -64, 64);
            }
        }
        assertEquals(new RecoveryResult(List.of(), kept, zeroFilled, lost), result, message);
    }
}
