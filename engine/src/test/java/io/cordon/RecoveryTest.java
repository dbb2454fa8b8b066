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
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.linux.Memory;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.LineState;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.RecoveryResult;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Law 1: no garbage. Law 3: nothing healthy is lost. Law 4: loss is remembered, zeroes are never data. */
class RecoveryTest {
    private static final int PAGES = 6;
    private static final int SIZE = PAGES * 4096;
    private static final int LINES = SIZE / 64;
    private static final int STEPS = 4000;

    @TempDir
    private Path folder;
    private Path path;

    @BeforeEach
    void name() {
        path = folder.resolve("region");
    }

    private static byte[] bytes(final long seed, final int length) {
        final byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    private Region create(final Media media) throws IOException {
        final Region region = Region.builder(path).size(SIZE).media(media).open();
        region.put(0, bytes(1, SIZE), 0, SIZE);
        return region;
    }

    private static ByteRange range(final long offset, final long length) {
        return new ByteRange(offset, length);
    }

    /** What a region with this history must hold, line by line. */
    private static final class Model {
        private final SplittableRandom random;
        private final byte[] content = bytes(1, SIZE);
        /** Poisoned on the medium, and nobody knows. */
        private final BitSet latent = new BitSet();
        /** Poisoned on the medium under a line that was lost before; refused like that one, and in latent too. */
        private final BitSet lost = new BitSet();
        private final SimulatedMedia media;
        private final Region region;
        /** What the medium clears, and wants to be good for an ordinary write, at once. */
        private final int unit;
        private String step;

        Model(final Region region, final SimulatedMedia media, final long seed, final int unit) {
            this.unit = unit;
            this.region = region;
            this.media = media;
            this.random = new SplittableRandom(seed);
        }

        private static List<ByteRange> ranges(final BitSet lines) {
            final List<ByteRange> ranges = new ArrayList<>();
            for (int first = lines.nextSetBit(0); first >= 0;) {
                final int end = lines.nextClearBit(first);
                ranges.add(range(first * 64L, (end - first) * 64L));
                first = lines.nextSetBit(end);
            }
            return ranges;
        }

        private BitSet lostIn(final int offset, final int length) {
            final BitSet lines = new BitSet();
            if (length > 0) {
                lines.set(offset / 64, (offset + length - 1) / 64 + 1);
                lines.and(lost);
            }
            return lines;
        }

        /** A page is touched: what is latent in it is found, and gone. */
        private void touch(final int page) {
            for (int line = page * 64; line < page * 64 + 64; line++) {
                if (latent.get(line)) {
                    latent.clear(line);
                    lost.set(line);
                    Arrays.fill(content, line * 64, line * 64 + 64, (byte) 0);
                }
            }
        }

        private boolean touchAll(final int offset, final int length) {
            final int before = lost.cardinality();
            for (int page = offset / 4096; length > 0 && page <= (offset + length - 1) / 4096; page++) {
                touch(page);
            }
            return lost.cardinality() != before;
        }

        private int length(final int offset) {
            final int limit = SIZE - offset;
            return Math.min(limit, switch (random.nextInt(8)) {
                case 0 -> 0;
                case 1 -> random.nextInt(limit + 1);
                case 2 -> 4096 - offset % 4096;
                case 3 -> 64;
                case 4 -> 64 - offset % 64;
                default -> random.nextInt(300);
            });
        }

        private int offset() {
            final int offset = random.nextInt(SIZE);
            return switch (random.nextInt(4)) {
                case 0 -> offset & -64;
                case 1 -> offset & -4096;
                default -> offset;
            };
        }

        void run() throws IOException {
            final int offset = offset();
            final int length = length(offset);
            final int action = random.nextInt(20);
            step += ", action " + action + " at " + offset + ", length " + length;
            switch (action) {
                case 0, 1, 2 -> inject(offset, Math.max(1, Math.min(length, 600)), false);
                case 3 -> inject(offset, Math.max(1, Math.min(length, 200)), true);
                case 4, 5 -> load(offset);
                case 6 -> store(offset);
                case 7, 8 -> bulkGet(offset, length);
                case 9, 10 -> bulkPut(offset, length, false);
                case 11 -> bulkPut(offset, length, true);
                case 12 -> verify(offset, length);
                case 13 -> assertEquals(lostIn(offset, length).isEmpty(), region.isReadable(offset, length), step);
                case 14 -> recover(offset, length, true);
                default -> recover(offset, length, false);
            }
            check();
        }

        private void inject(final int offset, final int length, final boolean known) throws IOException {
            latent.set(offset / 64, (offset + length - 1) / 64 + 1);
            if (known) {
                media.injectKnown(offset, length);
                touchAll(offset, length);
            } else {
                media.inject(offset, length);
            }
        }

        private void load(final int offset) {
            // A load that is refused by what is known does not touch the page.
            if (!lost.get(offset / 64)) {
                touch(offset / 4096);
            }
            expect(lostIn(offset, 1), () -> assertEquals(content[offset], region.getByte(offset), step));
        }

        private void store(final int offset) {
            final byte value = (byte) random.nextInt();
            if (!lost.get(offset / 64)) {
                touch(offset / 4096);
            }
            expect(lostIn(offset, 1), () -> {
                region.putByte(offset, value);
                content[offset] = value;
            });
        }

        private void bulkGet(final int offset, final int length) {
            if (lostIn(offset, length).isEmpty()) {
                touchAll(offset, length);
            }
            final byte[] found = new byte[length];
            expect(lostIn(offset, length), () -> {
                region.get(offset, found, 0, length);
                assertArrayEquals(Arrays.copyOfRange(content, offset, offset + length), found, step);
            });
        }

        private void bulkPut(final int offset, final int length, final boolean fill) {
            final byte[] source = new byte[length];
            if (fill) {
                Arrays.fill(source, (byte) random.nextInt());
            } else {
                random.nextBytes(source);
            }
            final boolean found = lostIn(offset, length).isEmpty() && touchAll(offset, length);
            expect(lostIn(offset, length), () -> {
                if (fill) {
                    region.fill(offset, length, length == 0 ? 0 : source[0]);
                } else {
                    region.put(offset, source, 0, length);
                }
                System.arraycopy(source, 0, content, offset, length);
            });
            if (found) {
                adopt(offset, source);
            }
        }

        /** Poison was found while a bulk store ran: what is healthy of its range is old or new, byte by byte. */
        private void adopt(final int offset, final byte[] source) {
            for (int at = offset; at < offset + source.length; at++) {
                if (!lost.get(at / 64)) {
                    final byte value = region.getByte(at);
                    assertTrue(value == content[at] || value == source[at - offset], step + ": garbage at " + at);
                    content[at] = value;
                }
            }
        }

        private void verify(final int offset, final int length) {
            if (length > 0) {
                for (int line = offset / 64; line <= (offset + length - 1) / 64; line++) {
                    if (!lost.get(line)) {
                        touch(line / 64);
                    }
                }
                expect(lostIn(offset, length), () -> region.verify(offset, length));
            }
        }

        private void recover(final int offset, final int length, final boolean zero) throws IOException {
            final byte[] source = new byte[length];
            if (!zero) {
                random.nextBytes(source);
            }
            // Latent poison outside the units that are written is not looked for; in them, the page's is.
            final int first = (offset & -unit) / 64;
            final int end = (offset + length + unit - 1 & -unit) / 64;
            for (int line = first; length > 0 && line < end; line++) {
                if (latent.get(line)) {
                    touch(line / 64);
                }
            }
            final List<ByteRange> kept = new ArrayList<>();
            final List<ByteRange> zeroFilled = new ArrayList<>();
            if (length > 0) {
                rest(offset & -64, offset, kept, zeroFilled);
                rest(offset + length, offset + length + 63 & -64, kept, zeroFilled);
                lost.clear(offset / 64, (offset + length - 1) / 64 + 1);
            }
            System.arraycopy(source, 0, content, offset, length);
            final RecoveryResult result = zero ? region.recovery().zero(offset, length)
                : random.nextBoolean() ? region.recovery().write(offset, source)
                : region.recovery().write(offset, MemorySegment.ofArray(source));
            assertEquals(new RecoveryResult(
                length == 0 ? List.of() : List.of(range(offset, length)), kept, zeroFilled, List.of()), result, step);
        }

        private void rest(
            final int start, final int end, final List<ByteRange> kept, final List<ByteRange> zeroFilled) {
            if (start < end) {
                ByteRange.append(lost.get(start / 64) ? zeroFilled : kept, start, end - start);
            }
        }

        private void expect(final BitSet refused, final Runnable access) {
            if (refused.isEmpty()) {
                access.run();
            } else {
                final PoisonException thrown = assertThrows(PoisonException.class, access::run, step);
                assertEquals(ranges(refused), thrown.ranges(), step);
                assertNull(thrown.getCause(), step);
            }
        }

        private void check() {
            assertEquals(ranges(lost), region.poison().ranges(), step);
            assertEquals(lost.cardinality(), region.poison().lineCount(), step);
            assertEquals(lost.isEmpty(), region.poison().isClean(), step);
            assertEquals(lost.isEmpty() ? 0 : LineMap.POISON,
                Memory.getLong(region.address() + LineMap.HAZARD_OFFSET) & 7, step);
            assertEquals(ranges(latent), media.poisoned(), step);
            for (int line = 0; line < LINES; line++) {
                assertEquals(lost.get(line) ? LineState.LOST : LineState.READABLE,
                    region.poison().state(line * 64L + 63), step);
            }
        }

        /** Every line, one by one. */
        void checkAll() {
            for (int line = 0; line < LINES; line++) {
                touch(line / 64);
                final int offset = line * 64;
                final byte[] found = new byte[64];
                expect(lostIn(offset, 64), () -> {
                    region.getByte(offset);
                    region.get(offset, found, 0, 64);
                    assertArrayEquals(Arrays.copyOfRange(content, offset, offset + 64), found, step);
                });
            }
            check();
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 4096", "2, 512", "3, 256", "4, 64"})
    void shouldAgreeWithTheModelAfterEachStep(final long seed, final int unit) throws IOException {
        final SimulatedMedia media = Media.simulated();
        media.clearUnit(unit);
        final Model model;
        try (Region region = create(media)) {
            model = new Model(region, media, seed, unit);
            for (int i = 0; i < STEPS; i++) {
                model.step = "unit " + unit + ", seed " + seed + ", step " + i;
                model.run();
                if (i % 500 == 0) {
                    model.step += ", all lines";
                    model.checkAll();
                }
            }
            model.step = "seed " + seed + ", at the end";
            model.checkAll();
            region.recovery().zero(0, SIZE);
            Arrays.fill(model.content, (byte) 0);
            model.lost.clear();
            model.checkAll();
            region.put(0, bytes(2, SIZE), 0, SIZE);
        }
        assertArrayEquals(bytes(2, SIZE), Files.readAllBytes(path));
    }

    @Test
    void shouldMakeAWhollyPoisonedRegionReadableByZeroes() throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = create(media)) {
            media.inject(0, SIZE);
            final PoisonException thrown = assertThrows(PoisonException.class, () -> region.verify(0, SIZE));
            assertEquals(List.of(range(0, SIZE)), thrown.ranges());
            assertEquals(path, thrown.file());
            assertTrue(thrown.getMessage().startsWith(path + ": poisoned or lost lines at [[0x0, 0x"),
                thrown.getMessage());
            assertEquals(LINES, region.poison().lineCount());
            final RecoveryResult result = region.recovery().zero(0, SIZE);
            assertEquals(new RecoveryResult(List.of(range(0, SIZE)), List.of(), List.of(), List.of()), result);
            region.verify(0, SIZE);
            assertTrue(region.poison().isClean());
            assertEquals(List.of(), media.poisoned());
        }
        assertArrayEquals(new byte[SIZE], Files.readAllBytes(path));
    }

    @Test
    void shouldZeroTheRestOfALostLineWhateverWasStoredThere() throws IOException {
        // Law 4: a raw store, or a checked one that comes too late, may leave bytes in a line that is refused.
        final SimulatedMedia media = Media.simulated();
        try (Region region = create(media)) {
            media.injectKnown(4096, 64);
            region.segment().asSlice(4096, 64).fill((byte) 0x55);
            final RecoveryResult result = region.recovery().write(4096 + 8, new byte[] {1, 2, 3});
            assertEquals(List.of(range(4096, 8), range(4096 + 11, 53)), result.zeroFilled());
            final byte[] expected = new byte[64];
            expected[8] = 1;
            expected[9] = 2;
            expected[10] = 3;
            final byte[] found = new byte[64];
            region.get(4096, found, 0, 64);
            assertArrayEquals(expected, found);
        }
    }

    @Test
    void shouldNotTakeOrdinaryStoresForARecovery() throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = create(media)) {
            media.inject(128, 64);
            final List<Runnable> stores = List.of(() -> region.putByte(128, (byte) 1), () -> region.putLong(184, 1),
                () -> region.putLong(121, 1), () -> region.putLong(185, 1), () -> region.putLongVolatile(128, 1),
                () -> region.getAndAddInt(128, 1), () -> region.fill(128, 64, (byte) 1),
                () -> region.put(0, new byte[4096], 0, 4096));
            for (final Runnable store : stores) {
                for (int i = 0; i < 2; i++) {
                    final PoisonException thrown = assertThrows(PoisonException.class, store::run);
                    assertEquals(List.of(range(128, 64)), thrown.ranges());
                }
            }
            assertEquals(List.of(range(128, 64)), region.poison().ranges());
            assertEquals(LineState.LOST, region.poison().state(128));
            assertFalse(region.poison().isClean());
            final byte[] head = new byte[128];
            region.get(0, head, 0, 128);
            assertArrayEquals(Arrays.copyOf(bytes(1, SIZE), 128), head, "a refused store changes nothing");
        }
    }

    @Test
    void shouldRefuseBadArgumentsAndChangeNothing() throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = create(media)) {
            media.injectKnown(0, 64);
            final long[][] cases = {{-1, 1}, {0, -1}, {0, SIZE + 1}, {SIZE, 1}, {Long.MAX_VALUE, 1},
                {1, Long.MAX_VALUE}, {Long.MAX_VALUE, Long.MAX_VALUE}, {Long.MIN_VALUE, 0}, {SIZE + 1, 0}};
            for (final long[] bad : cases) {
                final IndexOutOfBoundsException thrown =
                    assertThrows(IndexOutOfBoundsException.class, () -> region.recovery().zero(bad[0], bad[1]));
                assertEquals(path + ": offset " + bad[0] + " and length " + bad[1] + " do not fit the size " + SIZE,
                    thrown.getMessage());
            }
            assertThrows(IndexOutOfBoundsException.class, () -> region.recovery().write(SIZE - 1, new byte[2]));
            assertThrows(IndexOutOfBoundsException.class, () -> region.recovery().write(-1, new byte[0]));
            assertThrows(NullPointerException.class, () -> region.recovery().write(0, (byte[]) null));
            assertThrows(NullPointerException.class, () -> region.recovery().write(0, (MemorySegment) null));
            assertEquals(List.of(range(0, 64)), region.poison().ranges());
            assertEquals(new RecoveryResult(List.of(), List.of(), List.of(), List.of()),
                region.recovery().zero(SIZE, 0));
            for (final long offset : new long[] {-1, SIZE, Long.MIN_VALUE, Long.MAX_VALUE}) {
                final IndexOutOfBoundsException thrown =
                    assertThrows(IndexOutOfBoundsException.class, () -> region.poison().state(offset));
                assertTrue(thrown.getMessage().contains(offset + " is not below the size " + SIZE),
                    thrown.getMessage());
            }
        }
    }

    @Test
    void shouldServeWhatIsHealthyOfAReadOnlyRegionAndRecoverNothing() throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = create(media)) {
            assertSame(media, region.media());
            media.inject(4096 + 64, 128);
            media.injectKnown(2 * 4096, 64);
            media.inject(3 * 4096, 4096);
            // The listed page was recovered at once; poison it again, so that the reader meets poison.
            media.inject(2 * 4096, 64);
        }
        final byte[] before = Files.readAllBytes(path);
        final byte[] remembered = Files.readAllBytes(folder.resolve("region.simulated"));
        final byte[] expected = bytes(1, SIZE);
        final SimulatedMedia again = Media.simulated();
        try (Region region = Region.builder(path).readOnly(true).media(again).open()) {
            for (int line = 0; line < LINES; line++) {
                final long offset = line * 64L;
                final boolean bad = line == 65 || line == 66 || line == 128 || line >= 192 && line < 256;
                if (bad) {
                    final PoisonException thrown =
                        assertThrows(PoisonException.class, () -> region.getByte(offset), "line " + line);
                    assertEquals(List.of(range(offset, 64)), thrown.ranges());
                    // Lost, as the sidecar knows, or poisoned, as the medium says.
                    assertNotEquals(LineState.READABLE, region.poison().state(offset));
                } else {
                    assertEquals(expected[(int) offset], region.getByte(offset), "line " + line);
                    final byte[] found = new byte[64];
                    region.get(offset, found, 0, 64);
                    assertArrayEquals(Arrays.copyOfRange(expected, (int) offset, (int) offset + 64), found);
                }
            }
            final List<ByteRange> bad = List.of(range(4096 + 64, 128), range(2 * 4096, 64), range(3 * 4096, 4096));
            assertEquals(bad, region.poison().ranges());
            assertEquals(bad, again.poisoned());
            assertFalse(region.poison().isClean());
            for (final long offset : new long[] {0, 4096 + 64}) {
                final UnsupportedOperationException thrown =
                    assertThrows(UnsupportedOperationException.class, () -> region.recovery().zero(offset, 64));
                assertTrue(thrown.getMessage().contains(path.toString()), thrown.getMessage());
                assertThrows(UnsupportedOperationException.class,
                    () -> region.recovery().write(offset, new byte[64]));
            }
            assertEquals(bad, region.poison().ranges());
        }
        assertArrayEquals(before, Files.readAllBytes(path));
        assertArrayEquals(remembered, Files.readAllBytes(folder.resolve("region.simulated")));
    }

    private void truncate(final long size) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }

    @Test
    void shouldRefuseWhatSomebodyCutOffTheFile() throws IOException {
        // Law 4: the pages before a page that is recovered must not become holes that read as zeroes.
        try (Region region = create(Media.file())) {
            truncate(4096);
            for (final int page : new int[] {PAGES - 1, 1, 3, PAGES - 1}) {
                for (int i = 0; i < 2; i++) {
                    final long offset = page * 4096L + i * 72;
                    final PoisonException thrown = assertThrows(PoisonException.class,
                        () -> region.getLong(offset), "page " + page);
                    assertEquals(List.of(range(offset & -64, 64)), thrown.ranges());
                    assertTrue(thrown.getCause().getMessage().contains("truncated"), thrown.toString());
                    assertThrows(PoisonException.class, () -> region.putLong(offset, 1));
                }
            }
            final PoisonException thrown = assertThrows(PoisonException.class, () -> region.verify(0, SIZE));
            assertEquals(List.of(range(4096, SIZE - 4096)), thrown.ranges());
            assertThrows(IOException.class, () -> region.recovery().zero(2 * 4096, 64));
            assertThrows(PoisonException.class, () -> region.getByte(2 * 4096));
            assertEquals(4096, Files.size(path), "nobody gave the file its length back");
            final byte[] found = new byte[4096];
            region.get(0, found, 0, 4096);
            assertArrayEquals(Arrays.copyOf(bytes(1, SIZE), 4096), found);
        }
    }

    @Test
    void shouldRefuseAllOfAFileThatSomebodyEmptied() throws IOException {
        try (Region region = create(Media.file())) {
            truncate(0);
            assertThrows(PoisonException.class, () -> region.readAsLong(0, SIZE, slice -> {
                long sum = 0;
                for (long i = 0; i < SIZE; i += 8) {
                    sum += slice.get(ValueLayout.JAVA_LONG, i);
                }
                return sum;
            }));
            assertThrows(PoisonException.class, () -> region.fill(0, SIZE, (byte) 1));
            assertEquals(0, Files.size(path));
        }
    }

    @Test
    void shouldRefuseAStoreIntoAFullFileSystem() throws Exception {
        IsolatedChild.run(folder, IsolatedChild.FULL_SPARSE);
    }

    @Test
    void shouldKeepTheFaultWatchAliveWhenRegionsAreClosedOverTheirFaults() throws IOException {
        // The watch serves the whole process: were it to end, no region could be opened any more.
        for (int round = 0; round < 300; round++) {
            final SimulatedMedia media = Media.simulated();
            try (Region region = Region.builder(path).size(SIZE).media(media).open()) {
                media.inject(0, SIZE);
                for (int page = 0; page < PAGES; page++) {
                    region.segment().get(ValueLayout.JAVA_BYTE, page * 4096L);
                }
            }
            assertTrue(Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("cordon-fault-watch")), "round " + round);
        }
    }
}
