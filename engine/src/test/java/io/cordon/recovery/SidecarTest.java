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
package io.cordon.recovery;

import io.cordon.Region;
import io.cordon.linux.NativeFile;
import io.cordon.linux.Storage;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineState;
import io.cordon.poison.Lines;
import io.cordon.poison.PoisonException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

@DisplayName("Law 4: Loss is remembered")
class SidecarTest {
    private static final long SIZE = 16 << Lines.PAGE_SHIFT;
    private static final long LOST = Lines.PAGE_LENGTH + 5 * Lines.LENGTH;
    /** The first record: that a range failed. */
    private static final int EVENT_LENGTH = SidecarFormat.PAYLOAD_OFFSET + 32 + 16;
    private static final int BEGIN_OFFSET = SidecarFormat.HEADER_LENGTH + EVENT_LENGTH;
    private static final int COMPACT_LENGTH = 1 << 20;

    @TempDir
    private Path folder;
    private Path path;
    private Path sidecar;
    private SimulatedMedia media;

    @BeforeEach
    void choosePath() {
        path = folder.resolve("region");
        sidecar = folder.resolve("region.cordon");
    }

    private Region.Builder builder() {
        media = Media.simulated();
        return Region.builder(path).size(SIZE).media(media);
    }

    /** Leaves a region whose lines 5 and 6 of page 1, and 0 of page 3, are lost. */
    private void loseLines() throws IOException {
        try (Region region = builder().open()) {
            region.fill(0, SIZE, (byte) 7);
            region.persist();
            media.inject(LOST, 2 * Lines.LENGTH);
            assertThrows(PoisonException.class, () -> region.getLong(LOST));
            // Waits for the recovery, which the refusal need not: of two at once, the records are in some other order.
            assertEquals(lostRanges().subList(0, 1), region.poison().ranges());
            media.inject(3 * Lines.PAGE_LENGTH, 1);
            assertThrows(PoisonException.class, () -> region.getByte(3 * Lines.PAGE_LENGTH));
            assertEquals(lostRanges(), region.poison().ranges());
        }
    }

    private static List<ByteRange> lostRanges() {
        return List.of(new ByteRange(LOST, 2 * Lines.LENGTH), new ByteRange(3 * Lines.PAGE_LENGTH, Lines.LENGTH));
    }

    private Map<String, byte[]> files() throws IOException {
        final Map<String, byte[]> contents = new TreeMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (final Path file : files) {
                contents.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return contents;
    }

    private static void assertSame(final Map<String, byte[]> before, final Map<String, byte[]> after) {
        assertEquals(before.keySet(), after.keySet());
        before.forEach((name, content) -> assertArrayEquals(content, after.get(name), name));
    }

    @Test
    void shouldRefuseLostLinesAfterReopening() throws IOException {
        loseLines();
        try (Region region = builder().open()) {
            assertEquals(lostRanges(), region.poison().ranges());
            assertFalse(region.poison().isClean());
            assertEquals(LineState.LOST, region.poison().state(LOST));
            final PoisonException load = assertThrows(PoisonException.class, () -> region.getLong(LOST - 4));
            assertEquals(List.of(new ByteRange(LOST, Lines.LENGTH)), load.ranges());
            assertThrows(PoisonException.class, () -> region.putLong(LOST, 1));
            assertThrows(PoisonException.class, () -> region.getLong(LOST));
            assertEquals(7, region.getByte(LOST - 1));
            assertEquals(7, region.getByte(LOST + 2 * Lines.LENGTH));
        }
    }

    @Test
    void shouldRememberThatLostLinesWereRewritten() throws IOException {
        loseLines();
        try (Region region = builder().open()) {
            region.recovery().write(LOST, new byte[] {1, 2, 3});
            region.recovery().zero(3 * Lines.PAGE_LENGTH, Lines.LENGTH);
        }
        try (Region region = builder().open()) {
            assertEquals(List.of(new ByteRange(LOST + Lines.LENGTH, Lines.LENGTH)), region.poison().ranges());
            assertEquals(2, region.getByte(LOST + 1));
            assertEquals(0, region.getLong(3 * Lines.PAGE_LENGTH));
            region.recovery().zero(LOST + Lines.LENGTH, Lines.LENGTH);
            assertTrue(region.poison().isClean());
        }
        try (Region region = builder().open()) {
            assertTrue(region.poison().isClean());
        }
    }

    @Test
    void shouldBeOnePageForAHealthyRegion() throws IOException {
        builder().open().close();
        assertEquals(SidecarFormat.HEADER_LENGTH, Files.size(sidecar));
        builder().open().close();
        assertEquals(SidecarFormat.HEADER_LENGTH, Files.size(sidecar));
    }

    @Test
    void shouldCutOffATornTail() throws IOException {
        loseLines();
        final byte[] whole = Files.readAllBytes(sidecar);
        final byte[] half = Arrays.copyOfRange(whole, BEGIN_OFFSET, BEGIN_OFFSET + 1000);
        Files.write(sidecar, half, StandardOpenOption.APPEND);
        try (Region region = builder().open()) {
            assertEquals(lostRanges(), region.poison().ranges());
        }
        assertArrayEquals(whole, Files.readAllBytes(sidecar));
    }

    /** What may be wrong with a sidecar file. */
    enum Damage {
        EMPTY("less than its header", bytes -> new byte[0]),
        SHORT("less than its header", bytes -> Arrays.copyOf(bytes, SidecarFormat.HEADER_LENGTH - 1)),
        MAGIC("not a sidecar file", bytes -> set(bytes, 0, 'X')),
        HEADER("header is corrupt", bytes -> set(bytes, 3000, 1)),
        SLOTS("commit slots are corrupt", bytes -> set(set(bytes, 1100, 1), 1600, 1)),
        CUT("corrupt, or cut off", bytes -> Arrays.copyOf(bytes, bytes.length - 1)),
        VERSION("version 2 where 1 was expected",
            bytes -> sealed(set(bytes, SidecarFormat.VERSION_OFFSET, 2))),
        PAGE_LENGTH("page length 4097", bytes -> sealed(set(bytes, SidecarFormat.PAGE_LENGTH_OFFSET, 1))),
        REGION_SIZE("region size ", bytes -> sealed(set(bytes, SidecarFormat.SIZE_OFFSET + 5, 1))),
        OTHER_REGION("belongs to another region", bytes -> sealed(set(bytes, SidecarFormat.UUID_OFFSET, 99))),
        MIDDLE("corrupt at " + BEGIN_OFFSET, bytes -> set(bytes, 6000, 99)),
        NO_RECORD("sequence number", bytes -> {
            final byte[] cut = Arrays.copyOf(bytes, bytes.length - EVENT_LENGTH);
            System.arraycopy(bytes, BEGIN_OFFSET, cut,
                SidecarFormat.HEADER_LENGTH, cut.length - SidecarFormat.HEADER_LENGTH);
            return cut;
        }),
        TYPE("unknown type 7", bytes -> appended(bytes, 7, 0)),
        LENGTH("impossible length", bytes -> appended(bytes, SidecarFormat.TYPE_LINES, 8)),
        PAGE("names page 99 of a region of 16", bytes -> appended(bytes, SidecarFormat.TYPE_LINES, 16));

        private final String problem;
        private final UnaryOperator<byte[]> change;

        Damage(final String problem, final UnaryOperator<byte[]> change) {
            this.problem = problem;
            this.change = change;
        }

        private static byte[] set(final byte[] bytes, final int at, final int value) {
            bytes[at] = (byte) value;
            return bytes;
        }

        private static ByteBuffer buffer(final byte[] bytes) {
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }

        private static byte[] sealed(final byte[] bytes) {
            buffer(bytes).putInt(SidecarFormat.HEADER_CRC_OFFSET, SidecarFormat.headerCrc(buffer(bytes)));
            return bytes;
        }

        private static byte[] appended(final byte[] bytes, final int type, final int payload) {
            final ByteBuffer record = SidecarFormat.record(type, payload);
            if (payload > 0) {
                record.putLong(SidecarFormat.PAYLOAD_OFFSET, 99);
            }
            SidecarFormat.seal(record, 7, bytes.length, SidecarFormat.tag(SidecarFormat.uuid(buffer(bytes))));
            final byte[] longer = Arrays.copyOf(bytes, bytes.length + record.capacity());
            System.arraycopy(record.array(), 0, longer, bytes.length, record.capacity());
            return longer;
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldRefuseAFileThatIsNotWhatItClaims(final Damage damage) throws IOException {
        loseLines();
        Files.write(sidecar, damage.change.apply(Files.readAllBytes(sidecar)));
        final Map<String, byte[]> before = files();
        for (final boolean readOnly : new boolean[] {false, true}) {
            final SidecarException refused =
                assertThrows(SidecarException.class, () -> builder().readOnly(readOnly).open());
            assertEquals(sidecar, refused.file());
            assertTrue(refused.getMessage().startsWith(sidecar + ": "), refused.getMessage());
            assertTrue(refused.getMessage().contains(damage.problem), refused.getMessage());
            assertTrue(refused.getMessage().contains("discardSidecar(true)"), refused.getMessage());
            assertSame(before, files());
        }
        try (Region region = builder().discardSidecar(true).open()) {
            assertTrue(region.poison().isClean());
        }
        assertEquals(SidecarFormat.HEADER_LENGTH, Files.size(sidecar));
    }

    @Test
    void shouldStartAfreshWithANewFileBesideAHealthySidecar() throws IOException {
        builder().open().close();
        final byte[] old = Files.readAllBytes(sidecar);
        Files.delete(path);
        builder().open().close();
        assertEquals(SidecarFormat.HEADER_LENGTH, Files.size(sidecar));
        assertFalse(Arrays.equals(old, Files.readAllBytes(sidecar)), "another region, another UUID");
    }

    @Test
    void shouldRefuseANewFileBesideASidecarWithLosses() throws IOException {
        loseLines();
        Files.delete(path);
        final Map<String, byte[]> before = files();
        final SidecarException refused = assertThrows(SidecarException.class, () -> builder().open());
        assertTrue(refused.getMessage().contains("names losses in a region file that was not there"),
            refused.getMessage());
        assertSame(before, files());
    }

    @Test
    void shouldNotWriteWhenTheRegionIsReadOnly() throws IOException {
        loseLines();
        Files.write(sidecar, new byte[] {1, 2, 3}, StandardOpenOption.APPEND);
        final Map<String, byte[]> before = files();
        try (Region region = builder().readOnly(true).open()) {
            assertEquals(lostRanges(), region.poison().ranges());
            assertThrows(PoisonException.class, () -> region.getLong(LOST));
            assertEquals(7, region.getByte(LOST - 1));
        }
        assertSame(before, files());
        Files.delete(sidecar);
        builder().readOnly(true).open().close();
        assertFalse(Files.exists(sidecar));
    }

    @Test
    @DisplayName("Laws 1 and 4: a read-only region that meets new poison in a page still refuses its lost lines")
    void shouldRefuseLostLinesOfAReadOnlyRegionInAPageThatFails() throws IOException {
        loseLines();
        try (Region _ = builder().open()) {
            media.inject(LOST + 10 * Lines.LENGTH, 1);
        }
        try (Region region = builder().readOnly(true).open()) {
            assertThrows(PoisonException.class, () -> region.getLong(LOST + 10 * Lines.LENGTH));
            assertEquals(7, region.getByte(LOST - 1));
            assertThrows(PoisonException.class, () -> region.getLong(LOST));
            assertEquals(List.of(new ByteRange(LOST, 2 * Lines.LENGTH),
                new ByteRange(LOST + 10 * Lines.LENGTH, Lines.LENGTH),
                new ByteRange(3 * Lines.PAGE_LENGTH, Lines.LENGTH)), region.poison().ranges());
        }
    }

    /** Files whose syncs are counted, and fail from one on. */
    private static final class Syncs extends Storage {
        private final AtomicInteger count = new AtomicInteger();
        private volatile int failing = Integer.MAX_VALUE;
        private volatile Callable<Boolean> beforeSync = () -> true;

        @Override
        public NativeFile open(final Path file, final boolean readOnly) throws IOException {
            return new Counted(super.open(file, readOnly));
        }

        @Override
        public NativeFile create(final Path file) throws IOException {
            return new Counted(super.create(file));
        }

        /** Fails once: a second sync that succeeds proves nothing. */
        private final class Counted extends NativeFile {
            Counted(final NativeFile file) {
                super(file);
            }

            @Override
            public void sync() throws IOException {
                if (count.incrementAndGet() == failing) {
                    throw new IOException("no sync, as the test wants it");
                }
                try {
                    while (!beforeSync.call()) {
                        Thread.sleep(1);
                    }
                } catch (final Exception failure) {
                    throw new IOException(failure);
                }
                super.sync();
            }
        }
    }

    private Sidecar open(final Storage storage) throws IOException {
        return Sidecar.open(storage, path, SIZE, false, false, false);
    }

    @Test
    void shouldOverwriteTheRoomThatItHasAndGiveItBackWhenItIsClosed() throws IOException {
        try (Sidecar open = open(Storage.NATIVE)) {
            open.lines(1, new long[] {1});
            final long length = Files.size(sidecar);
            for (int page = 2; page < 16; page++) {
                open.lines(page, new long[] {1});
            }
            assertEquals(length, Files.size(sidecar), "a record that fits makes the file no longer");
            assertTrue(SidecarProbe.end(sidecar) < length, "there is room after " + SidecarProbe.end(sidecar));
        }
        assertEquals(SidecarProbe.end(sidecar), Files.size(sidecar));
    }

    /** A device with room for what is needed, and no more. */
    private static final class Narrow extends Storage {
        private static final int LIMIT = 2 * Lines.PAGE_LENGTH;

        @Override
        public NativeFile create(final Path file) throws IOException {
            return new NativeFile(super.create(file)) {
                @Override
                public void write(final long offset, final MemorySegment buffer) throws IOException {
                    if (buffer.byteSize() > LIMIT) {
                        super.write(offset, buffer.asSlice(0, LIMIT));
                        throw new IOException("no room for " + buffer.byteSize() + " bytes, as the test wants it");
                    }
                    super.write(offset, buffer);
                }
            };
        }
    }

    @Test
    @DisplayName("Law 4: where there is room for the records alone, they are written")
    void shouldRecordOnADeviceThatIsNearlyFull() throws IOException {
        try (Sidecar open = open(new Narrow())) {
            for (int page = 1; page < 16; page++) {
                open.lines(page, new long[] {1});
            }
        }
        try (Sidecar open = open(Storage.NATIVE)) {
            assertEquals(15, open.lost().size());
        }
    }

    @Test
    @DisplayName("Law 10: a failed sync stays failed")
    void shouldTakeAFailedSyncAsFinal() throws IOException {
        final Syncs storage = new Syncs();
        try (Sidecar open = open(storage)) {
            open.lines(1, new long[] {3});
            storage.failing = storage.count.get() + 1;
            assertThrows(IOException.class, () -> open.lines(2, new long[] {5}));
            final IOException later = assertThrows(IOException.class, () -> open.lines(3, new long[] {5}));
            assertTrue(later.getMessage().contains("an earlier write failed"), later.getMessage());
            assertThrows(IOException.class, () -> open.lines(2, new long[] {5}), "as unchanged as it looks");
            assertThrows(IOException.class, () -> open.lines(1, new long[] {0}));
        }
    }

    @Test
    void shouldKeepWhatManyThreadsRecordThroughCompaction() throws Exception {
        final Path leftover = folder.resolve("region.cordon.new");
        Files.write(leftover, new byte[] {1, 2, 3});
        final Syncs storage = new Syncs();
        final ConcurrentSkipListMap<Long, Long> expected = new ConcurrentSkipListMap<>();
        final int threads = 4;
        final int rounds = 160;
        try (Sidecar open = open(storage); ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            final List<Future<?>> running = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                final long first = thread * 4;
                running.add(pool.submit(() -> {
                    record(open, first, rounds, expected);
                    return null;
                }));
            }
            for (final Future<?> one : running) {
                one.get();
            }
            assertEquals(expected, open.lost());
        }
        assertTrue(Files.size(sidecar) < COMPACT_LENGTH, "compacted to less than " + Files.size(sidecar));
        assertFalse(Files.exists(leftover));
        Files.write(leftover, new byte[] {1, 2, 3});
        try (Sidecar open = open(storage)) {
            assertEquals(expected, open.lost());
            assertTrue(open.begun().isEmpty());
        }
    }

    @Test
    void shouldMakeTheRecordsOfAllThatWaitDurableAtOnce() throws Exception {
        final int threads = 4;
        final Syncs storage = new Syncs();
        try (Sidecar open = open(storage); ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            final int before = storage.count.get();
            final long recorded = SidecarFormat.HEADER_LENGTH
                + (long) threads * (SidecarFormat.PAYLOAD_OFFSET + SidecarFormat.LINES_ENTRY_LENGTH);
            // The first sync goes on when all have written their record, three of them too late for it.
            storage.beforeSync = () -> SidecarProbe.end(sidecar) >= recorded;
            final List<Future<?>> running = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                final long page = thread;
                running.add(pool.submit(() -> {
                    open.lines(page, new long[] {1});
                    return null;
                }));
            }
            for (final Future<?> one : running) {
                one.get(30, TimeUnit.SECONDS);
            }
            assertEquals(2, storage.count.get() - before);
        }
    }

    private static void record(final Sidecar open, final long first, final int rounds, final Map<Long, Long> expected)
        throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment content = arena.allocate(Lines.PAGE_LENGTH);
            for (int i = 1; i <= rounds; i++) {
                final long page = first + i % 3;
                open.begin(page, new boolean[] {true}, new long[] {i}, content);
                open.lines(page, new long[] {i % 5});
                expected.compute(page, (_, _) -> null);
                if (i % 5 != 0) {
                    expected.put(page, i % 5L);
                }
            }
        }
    }
}
