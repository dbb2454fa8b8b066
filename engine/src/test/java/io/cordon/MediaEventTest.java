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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.event.LoggedEvent;
import io.cordon.event.MediaEvent;
import io.cordon.event.MediaListener;
import io.cordon.event.MediaOutcome;
import io.cordon.event.OwnedRange;
import io.cordon.linux.NativeFile;
import io.cordon.linux.Storage;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.PoisonException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What listeners of a region are told, and what its log says afterwards. */
@DisplayName("Media events: each line fails and recovers in turn, a device goes and comes once, nothing is lost")
class MediaEventTest {
    private static final long SEED = Long.getLong("cordon.events.seed", 20261120);
    private static final int PAGES = 64;
    private static final int LINES = PAGES * 64;
    private static final long SIZE = PAGES * 4096L;
    private static final int STEPS = 400;
    private static final long WAIT_SECONDS = 60;
    private static final Logger LOGGER = Logger.getLogger("io.cordon");

    @TempDir
    private Path folder;
    private Path path;
    private SimulatedMedia media;
    private Recorder recorder;

    /** What a listener knows. */
    private static final class Recorder implements MediaListener {
        private final List<MediaEvent> events = Collections.synchronizedList(new ArrayList<>());
        private final BitSet failed = new BitSet();
        private String wrong = "";
        private long last;

        @Override
        public synchronized boolean onMediaEvent(final MediaEvent event) {
            if (event.redelivered() && event.sequence() <= last) {
                // Delivered while its region was closed, too late for the file to know.
                return false;
            }
            last = event.sequence();
            events.add(event);
            if (event.kind() == MediaEvent.Kind.FAILURE || event.kind() == MediaEvent.Kind.RECOVERED) {
                final boolean isFailure = event.kind() == MediaEvent.Kind.FAILURE;
                for (final ByteRange range : event.ranges()) {
                    for (long line = range.offset() / 64; line < range.end() / 64; line++) {
                        if (failed.get((int) line) == isFailure) {
                            wrong += event.kind() + " of line " + line + " in a row, number " + event.sequence() + "\n";
                        }
                        failed.set((int) line, isFailure);
                    }
                }
            }
            return false;
        }

        synchronized List<ByteRange> failedRanges() {
            final List<ByteRange> ranges = new ArrayList<>();
            failed.stream().forEach(line -> ByteRange.append(ranges, line * 64L, 64));
            return ranges;
        }

        List<String> told() {
            return events.stream().map(event -> event.kind() + " " + event.source() + " " + event.ranges()).toList();
        }

        synchronized String wrong() {
            return wrong;
        }

        long count(final MediaEvent.Kind kind) {
            return events.stream().toList().stream().filter(event -> event.kind() == kind).count();
        }
    }

    @BeforeAll
    static void silence() {
        LOGGER.setLevel(Level.OFF);
    }

    @AfterAll
    static void speak() {
        LOGGER.setLevel(null);
    }

    @BeforeEach
    void name() {
        path = folder.resolve("region");
        media = Media.simulated();
        recorder = new Recorder();
    }

    private Region open() throws IOException {
        return Region.builder(path).size(SIZE).media(media).mediaListener(0, recorder).open();
    }

    private Region fill(final Region region) throws IOException {
        for (long at = 0; at < SIZE; at += 8) {
            region.putLong(at, at + 1);
        }
        region.persist();
        return region;
    }

    private static String range(final long offset, final long length) {
        return List.of(new ByteRange(offset, length)).toString();
    }

    private static void await(final BooleanSupplier condition, final String what) throws InterruptedException {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, () -> "waited in vain: " + what);
            Thread.sleep(1);
        }
    }

    /** An access may be refused before the recovery that tells of it has begun. */
    private void awaitTold(final int count) throws InterruptedException {
        await(() -> recorder.events.size() >= count, count + " events");
    }

    private static void awaitTold(final Region region) throws InterruptedException {
        await(() -> region.mediaEvents().stream().noneMatch(event -> event.outcome() == MediaOutcome.PENDING),
            "all events delivered");
    }

    @Test
    void shouldTellOfFaultsKnownPoisonFailedPersistsAndRecovery() throws Exception {
        try (Region region = fill(open())) {
            region.own(4096, 8192, "table", 1 << 20);
            media.inject(4096 + 64, 128);
            assertThrows(PoisonException.class, () -> region.getLong(4096 + 64));
            awaitTold(1);
            media.injectKnown(8192, 64);
            media.failPersist(true);
            assertThrows(IOException.class, () -> region.persist(12_288, 64));
            media.failPersist(false);
            region.recovery().zero(4096 + 64, 64);
            awaitTold(region);
            assertEquals(List.of(
                "FAILURE FAULT " + range(4096 + 64, 128), "FAILURE INJECTION " + range(8192, 64),
                "FAILURE PERSIST_ERROR " + range(12_288, 64), "RECOVERED RECOVERY " + range(4096 + 64, 64)),
                recorder.told());
            assertEquals(List.of(new OwnedRange("table", new ByteRange(4096 + 64, 128), (1 << 20) + 64)),
                recorder.events.getFirst().owners());
            assertEquals(List.of(), recorder.events.get(2).owners());
            assertEquals(region.poison().ranges(), recorder.failedRanges());
            assertEquals(List.of(1L, 2L, 3L, 4L), recorder.events.stream().map(MediaEvent::sequence).toList());
        }
    }

    @Test
    void shouldTellThatTheListOfBadBlocksNamedIt() throws Exception {
        try (Region region = fill(open())) {
            media.clearing(SimulatedMedia.Clearing.REFUSES);
            media.injectKnown(8192, 64);
            assertFalse(region.isReadable(8192, 64));
        }
        media = Media.simulated();
        recorder = new Recorder();
        // All that is left is the medium's own list.
        try (Region region = Region.builder(path).media(media).discardSidecar(true).mediaListener(0, recorder).open()) {
            awaitTold(region);
            assertEquals(List.of("FAILURE BAD_BLOCK_LIST " + range(8192, 64)), recorder.told());
        }
    }

    @Test
    void shouldTellThatAPageCannotBeRecoveredAndThatItWas() throws Exception {
        try (Region region = fill(open())) {
            media.clearing(SimulatedMedia.Clearing.REFUSES);
            media.inject(8192, 64);
            assertThrows(PoisonException.class, () -> region.getLong(8192));
            await(() -> recorder.failedRanges().equals(List.of(new ByteRange(8192, 4096))), "the page is given up");
            assertEquals(region.poison().ranges(), recorder.failedRanges());
        }
        media = Media.simulated();
        try (Region region = open()) {
            awaitTold(region);
            assertEquals(List.of(new ByteRange(8192, 64)), region.poison().ranges());
            assertEquals(region.poison().ranges(), recorder.failedRanges());
            assertEquals("", recorder.wrong());
        }
    }

    @Test
    void shouldTellOfARepairByTheMirror() throws Exception {
        try (Region region = fill(Region.builder(path).size(SIZE).media(media).mirror(folder.resolve("mirror"))
            .mediaListener(0, recorder).open())) {
            final List<String> expected = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                media.inject(4096, 64);
                assertEquals(4097, region.getLong(4096));
                expected.add("FAILURE FAULT " + range(4096, 64));
                expected.add("RECOVERED RECOVERY " + range(4096, 64));
            }
            awaitTold(region);
            assertEquals(expected, recorder.told());
        }
    }

    @Test
    void shouldDeliverAgainWhatNobodyWasToldOf() throws Exception {
        media = Media.simulated();
        try (Region region = fill(Region.builder(path).size(SIZE).media(media).open())) {
            media.injectKnown(4096, 64);
            assertEquals(List.of(MediaOutcome.PENDING),
                region.mediaEvents().stream().map(LoggedEvent::outcome).toList());
        }
        try (Region region = open()) {
            awaitTold(region);
            assertEquals(List.of("FAILURE INJECTION " + range(4096, 64)), recorder.told());
            assertTrue(recorder.events.getFirst().redelivered());
            assertEquals(1, recorder.events.getFirst().sequence());
        }
        recorder = new Recorder();
        try (Region region = Region.builder(path).media(media).mediaListener(1, _ -> true).mediaListener(0, recorder)
            .open()) {
            media.injectKnown(8192, 64);
            awaitTold(region);
            assertEquals(2, region.mediaEvents().size());
            assertEquals(List.of(), recorder.told(), "what was delivered, or claimed by somebody else");
        }
        try (Region region = open()) {
            final List<LoggedEvent> log = region.mediaEvents();
            assertTrue(log.getLast().toString().matches("#2 20\\d\\d-.*Z FAILURE found by INJECTION at"
                + " \\[0x2000, 0x2040\\) 64 bytes: CLAIMED"), log::toString);
            assertEquals(List.of(1L, 2L), log.stream().map(entry -> entry.event().sequence()).toList());
            assertEquals(List.of(MediaOutcome.UNCLAIMED, MediaOutcome.CLAIMED),
                log.stream().map(LoggedEvent::outcome).toList());
            assertEquals(List.of(), recorder.told());
        }
    }

    @Test
    void shouldTellReadersOfAReadOnlyRegion() throws Exception {
        try (Region region = fill(open())) {
            media.inject(4096, 64);
            assertEquals(List.of(), region.mediaEvents());
        }
        media = Media.simulated();
        try (Region region = Region.builder(path).media(media).readOnly(true).mediaListener(0, recorder).open()) {
            assertThrows(PoisonException.class, () -> region.getLong(4096));
            awaitTold(1);
            awaitTold(region);
            assertEquals(List.of("FAILURE FAULT " + range(4096, 64)), recorder.told());
        }
    }

    @Test
    @DisplayName("What was told agrees with poison(), after any sequence of failures, recoveries and restarts")
    void shouldTellTheWholeStory() throws Exception {
        final SplittableRandom random = new SplittableRandom(SEED);
        Region region = fill(open());
        try {
            for (int step = 0; step < STEPS; step++) {
                final String context = "seed " + SEED + ", step " + step;
                final long at = random.nextLong(LINES) * 64;
                final long length = Math.min(SIZE - at, random.nextLong(1, 5) * 64);
                switch (random.nextInt(8)) {
                    case 0, 1 -> media.inject(at, length);
                    case 2 -> media.injectKnown(at, length);
                    case 3 -> region.recovery().zero(at, Math.min(SIZE - at, length * 20));
                    case 4 -> {
                        media.failPersist(true);
                        final Region target = region;
                        assertThrows(IOException.class, () -> target.persist(at, length), context);
                        media.failPersist(false);
                    }
                    case 5 -> {
                        if (random.nextInt(5) == 0) {
                            awaitTold(region);
                            region.close();
                            media = Media.simulated();
                            region = open();
                        }
                    }
                    default -> region.isReadable(at, length);
                }
            }
            final List<ByteRange> refused = region.poison().ranges();
            awaitTold(region);
            assertEquals("", recorder.wrong(), "seed " + SEED);
            assertEquals(refused, recorder.failedRanges(), "seed " + SEED);
            long next = 1;
            for (final MediaEvent event : recorder.events) {
                assertEquals(next, event.firstSequence(), "seed " + SEED);
                next = event.sequence() + 1;
            }
        } finally {
            region.close();
        }
    }

    @Test
    @DisplayName("A device that goes is one event, comes back as one, and nothing is lost by it")
    void shouldGoOfflineAndComeBack() throws Exception {
        try (Region region = fill(open())) {
            media.inject(4096, 64);
            assertThrows(PoisonException.class, () -> region.getLong(4096));
            awaitTold(1);
            media.offline();
            final PoisonException refused = assertThrows(PoisonException.class, () -> region.getLong(8192));
            assertTrue(refused.getMessage().contains("offline"), refused::getMessage);
            assertFalse(refused.getMessage().contains("write or zero"), "nothing is lost: " + refused.getMessage());
            for (long at = 0; at < SIZE; at += 4096) {
                final long offset = at;
                assertThrows(PoisonException.class, () -> region.getLong(offset));
                assertThrows(PoisonException.class, () -> region.putLong(offset, 7));
            }
            assertFalse(region.isReadable(0, 8));
            assertTrue(region.isReadable(0, 0));
            assertTrue(assertThrows(IOException.class, region::persist).getMessage().contains("offline"));
            assertTrue(assertThrows(IOException.class, () -> region.recovery().zero(4096, 64)).getMessage()
                .contains("offline"));
            assertEquals(0, region.segment().get(ValueLayout.JAVA_LONG, 8192), "guarded");
            await(() -> recorder.count(MediaEvent.Kind.OFFLINE) == 1, "offline");
            media.online();
            await(() -> recorder.count(MediaEvent.Kind.ONLINE) == 1, "online");
            assertContent(region, 4096);
            region.persist();
            awaitTold(region);
            assertEquals(List.of("FAILURE FAULT " + range(4096, 64), "OFFLINE FAULT " + range(0, SIZE),
                "ONLINE FAULT " + range(0, SIZE)), recorder.told());
            assertEquals(List.of(new ByteRange(4096, 64)), region.poison().ranges());
        }
    }

    private static void assertContent(final Region region, final long lost) {
        for (long at = 0; at < SIZE; at += 8) {
            final long offset = at;
            if (at >= lost && at < lost + 64) {
                assertThrows(PoisonException.class, () -> region.getLong(offset));
            } else {
                assertEquals(at + 1, region.getLong(at));
            }
        }
    }

    @Test
    void shouldServeARegionWhoseDeviceWasGoneUnnoticed() throws Exception {
        try (Region region = fill(open())) {
            media.inject(4096, 64);
            media.offline();
            media.online();
            assertContent(region, 4096);
            awaitTold(3);
            assertEquals(List.of("OFFLINE FAULT " + range(0, SIZE), "ONLINE FAULT " + range(0, SIZE),
                "FAILURE FAULT " + range(4096, 64)), recorder.told());
            media.online();
            awaitTold(region);
            assertEquals(3, recorder.events.size(), "it was there");
        }
    }

    @Test
    @DisplayName("Law 3: salvage from a device that is gone unnoticed does not call its lines lost")
    void shouldSalvageNothingFromADeviceThatIsGone() throws Exception {
        try (Region region = fill(open())) {
            final MemorySegment found = MemorySegment.ofArray(new byte[4096]);
            media.offline();
            final IOException thrown =
                assertThrows(IOException.class, () -> region.recovery().salvage(4096, found));
            assertTrue(thrown.getMessage().contains("offline"), thrown::getMessage);
            media.online();
            assertEquals(range(4096, 4096), region.recovery().salvage(4096, found).kept().toString());
        }
    }

    @Test
    @DisplayName("A bulk access of a damaged region, while another thread is about to raise the flag, is refused once")
    void shouldRefuseBulkAccessBeforeTheFlagIsUp() throws Exception {
        try (Region region = fill(open())) {
            media.inject(0, 64);
            assertThrows(PoisonException.class, () -> region.getByte(0));
            assertEquals(range(0, 64), region.poison().ranges().toString());
            // As the thread leaves it that takes the region offline, if it is descheduled there.
            final Field lines = RegionCore.class.getDeclaredField("lines");
            lines.setAccessible(true);
            final Field offline = LineMap.class.getDeclaredField("offline");
            offline.setAccessible(true);
            offline.setBoolean(lines.get(region.core()), true);
            final byte[] bytes = new byte[64];
            assertThrows(PoisonException.class, () -> region.get(4096, bytes, 0, 64));
            assertThrows(PoisonException.class, () -> region.put(4096, bytes, 0, 64));
            offline.setBoolean(lines.get(region.core()), false);
            region.get(4096, bytes, 0, 64);
        }
    }

    @Test
    void shouldCloseARegionThatIsOffline() throws Exception {
        final Region region = fill(open());
        media.offline();
        assertThrows(PoisonException.class, () -> region.getLong(0));
        region.close();
        assertThrows(IllegalStateException.class, () -> region.getLong(0));
        media = Media.simulated();
        try (Region again = open()) {
            assertContent(again, SIZE);
        }
    }

    @Test
    @DisplayName("Laws 1 and 2: offline and back under load: no garbage, no lost store, one event each way")
    void shouldGoOfflineAndComeBackUnderLoad() throws Exception {
        final int rounds = Integer.getInteger("cordon.events.offline", 15);
        final AtomicBoolean done = new AtomicBoolean();
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        try (Region region = fill(open())) {
            final List<Thread> threads = new ArrayList<>();
            for (int thread = 0; thread < 2; thread++) {
                final int self = thread;
                threads.add(Thread.ofPlatform().start(() -> work(region, self, done, failure)));
            }
            for (int round = 1; round <= rounds; round++) {
                final int count = round;
                Thread.sleep(2);
                media.offline();
                // In the log at once; delivery waits for a record that it can ride on, and nothing is recorded here.
                await(() -> lastNumber(region) == 2 * count - 1, "offline " + round);
                media.online();
                await(() -> lastNumber(region) == 2 * count, "online " + round);
            }
            done.set(true);
            for (final Thread thread : threads) {
                thread.join();
            }
            if (failure.get() != null) {
                throw new AssertionError(failure.get());
            }
            awaitTold(region);
            assertEquals(rounds, recorder.count(MediaEvent.Kind.OFFLINE), () -> recorder.told().toString());
            assertEquals(rounds, recorder.count(MediaEvent.Kind.ONLINE), () -> recorder.told().toString());
            assertEquals(2 * rounds, recorder.events.size(), () -> recorder.told().toString());
            assertEquals(List.of(), region.poison().ranges());
        }
    }

    private static long lastNumber(final Region region) {
        final List<LoggedEvent> log = region.mediaEvents();
        return log.isEmpty() ? 0 : log.getLast().event().sequence();
    }

    /** Has lines of its own, and knows what is there. */
    private static void work(final Region region, final int self, final AtomicBoolean done,
        final AtomicReference<Throwable> failure) {
        final SplittableRandom random = new SplittableRandom(SEED + self);
        final long[] content = new long[LINES];
        for (int line = 0; line < LINES; line++) {
            content[line] = line * 64L + 1;
        }
        try {
            long version = 1L << 40;
            while (!done.get()) {
                final int line = random.nextInt(LINES / 2) * 2 + self;
                try {
                    final long value = region.getLong(line * 64L);
                    if (value != content[line]) {
                        throw new AssertionError("line " + line + " holds " + value + ", not " + content[line]);
                    }
                    version++;
                    region.putLong(line * 64L, version);
                    content[line] = version;
                } catch (PoisonException _) {
                    // A store that was refused may have met the file before; nobody knows.
                    content[line] = settle(region, line, content[line], version, done);
                }
            }
        } catch (final Throwable thrown) {
            failure.compareAndSet(null, thrown);
        }
    }

    private static long settle(final Region region, final int line, final long before, final long after,
        final AtomicBoolean done) {
        while (!done.get()) {
            try {
                final long value = region.getLong(line * 64L);
                if (value != before && value != after) {
                    throw new AssertionError(
                        "line " + line + " holds " + value + ", neither " + before + " nor " + after);
                }
                return value;
            } catch (PoisonException _) {
                Thread.onSpinWait();
            }
        }
        return before;
    }

    @Test
    @DisplayName("What was delivered is known to the file, though the first attempt to write it there failed")
    void shouldNotForgetAnAcknowledgementThatCouldNotBeWritten() throws Exception {
        final AtomicBoolean fails = new AtomicBoolean();
        final AtomicInteger failures = new AtomicInteger();
        final Storage storage = new Storage() {
            @Override
            public NativeFile create(final Path file) throws IOException {
                return new NativeFile(super.create(file)) {
                    @Override
                    public void write(final long offset, final MemorySegment buffer) throws IOException {
                        if (fails.get()) {
                            failures.incrementAndGet();
                            throw new IOException("fails, as the test asked for");
                        }
                        super.write(offset, buffer);
                    }
                };
            }
        };
        try (Region region = Region.builder(path).size(SIZE).media(media).storage(storage)
            .mediaListener(0, event -> !fails.getAndSet(true)).open()) {
            // One record, and the event rides on it.
            media.failPersist(true);
            assertThrows(IOException.class, () -> region.persist(4096, 64));
            media.failPersist(false);
            await(() -> failures.get() > 0, "an acknowledgement that is not written");
            fails.set(false);
        }
        try (Region region = open()) {
            assertEquals(List.of(MediaOutcome.CLAIMED),
                region.mediaEvents().stream().map(LoggedEvent::outcome).toList());
            assertEquals(List.of(), recorder.told());
        }
    }
}
