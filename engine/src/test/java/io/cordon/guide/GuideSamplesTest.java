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
package io.cordon.guide;

import io.cordon.Region;
import io.cordon.agrona.MonitorAgent;
import io.cordon.agrona.MonitorFile;
import io.cordon.agrona.RegionBuffer;
import io.cordon.agrona.ScrubAgent;
import io.cordon.event.Counter;
import io.cordon.event.MediaEvent;
import io.cordon.event.MediaListener;
import io.cordon.event.OwnedRange;
import io.cordon.fault.FaultGuard;
import io.cordon.media.Leg;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineState;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.OfflineException;
import io.cordon.recovery.RecoveryResult;
import io.cordon.recovery.RepairSource;
import io.cordon.scrub.ScrubOptions;
import io.cordon.scrub.ScrubPass;
import jdk.jfr.consumer.RecordingStream;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.logging.Level;
import java.util.logging.Logger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The samples of the guide and of the Javadoc, between the marks {@code @start} and {@code @end}; {@link
 * DocumentationTest} compares them. What stands around them holds them to what the text says of them.
 */
class GuideSamplesTest {
    private static final long SIZE = 1 << 16;
    private static final long OFFSET = 4096;
    private static final long LINE = 64;
    /** What it has to say of faults belongs to a log, not to a test's output. */
    private static final Logger LIBRARY = Logger.getLogger("io.cordon");

    @TempDir
    private Path folder;
    private final SimulatedMedia medium = Media.simulated();
    private final BlockingQueue<String> alerts = new LinkedBlockingQueue<>();

    @BeforeAll
    static void hush() {
        LIBRARY.setLevel(Level.OFF);
    }

    @AfterAll
    static void speak() {
        LIBRARY.setLevel(null);
    }

    private Region open() throws IOException {
        return Region.builder(folder.resolve("region")).size(SIZE).media(medium).open();
    }

    @Test
    void shouldOpenStoreLoadAndPersist() throws IOException {
        final Path path = folder.resolve("opened");
        final long offset = OFFSET;
        final long value = 42;
        // @start region="open"
        try (Region region = Region.builder(path).size(1 << 20).open()) {   // creates the file if absent
            region.putLong(offset, value);
            final long found = region.getLong(offset);                      // PoisonException if it is not to be had
            region.persist(offset, Long.BYTES);
            assert found == value;
        }
        // @end
        try (Region region = Region.builder(path).open()) {
            assertEquals(value, region.getLong(offset));
        }
    }

    @Test
    void shouldLoopOverABlock() throws IOException {
        try (Region region = open()) {
            for (long at = 0; at < SIZE; at += Long.BYTES) {
                region.putLong(at, at);
            }
            final long offset = 2 * OFFSET;
            final long length = OFFSET;
            // @start region="block"
            final long sum = region.readAsLong(offset, length, block -> {
                long total = 0;
                for (long at = 0; at < block.byteSize(); at += Long.BYTES) {
                    total += block.get(ValueLayout.JAVA_LONG, at);
                }
                return total;
            });
            // @end
            assertEquals((offset + offset + length - Long.BYTES) * (length / Long.BYTES) / 2, sum);
            medium.inject(offset, 1);
            assertThrows(PoisonException.class,
                () -> region.readAsLong(offset, length, block -> block.get(ValueLayout.JAVA_BYTE, length - 1)));
        }
    }

    /** Pattern: the request that needs the lost line is refused. */
    private static final class Quotes {
        private static final System.Logger LOGGER = System.getLogger(Quotes.class.getName());
        private final Region region;

        Quotes(final Region region) {
            this.region = region;
        }

        private static long offsetOf(final int quote) {
            return (long) quote * Long.BYTES;
        }

        // @start region="refuse"
        /** The quote, or that there is none to be had. */
        OptionalLong quote(final int number) {
            try {
                return OptionalLong.of(region.getLong(offsetOf(number)));
            } catch (final PoisonException refused) {
                LOGGER.log(System.Logger.Level.WARNING, refused.getMessage());
                return OptionalLong.empty();
            }
        }

        /** A store does not bring a lost line back; who has new content for it says so. */
        void publish(final int number, final long quote) throws IOException {
            try {
                region.putLong(offsetOf(number), quote);
            } catch (final PoisonException refused) {
                if (refused.isOffline()) {
                    throw new IOException("no quotes at the moment", refused);
                }
                final byte[] content = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder())
                    .putLong(quote).array();
                region.recovery().write(offsetOf(number), content);    // the line's other seven quotes become 0
            }
        }
        // @end
    }

    // @start region="drill"
    @Test
    void shouldAnswerOtherRequestsWhenALineIsLost() throws IOException {
        try (Region region = open()) {
            final Quotes quotes = new Quotes(region);
            quotes.publish(7, 70);
            quotes.publish(8, 80);
            medium.inject(7 * Long.BYTES, Long.BYTES);                  // latent: nobody is told
            assertEquals(OptionalLong.empty(), quotes.quote(7));        // a real SIGBUS, contained
            assertEquals(OptionalLong.of(80), quotes.quote(8));         // the next line of the same page
            quotes.publish(7, 71);
            assertEquals(OptionalLong.of(71), quotes.quote(7));
        }
    }
    // @end

    /** Pattern: the lost line is rebuilt from where its content came from. */
    private static final class Balances {
        private final Region region;
        private final long[] ledger;

        Balances(final Region region, final long[] ledger) {
            this.region = region;
            this.ledger = ledger;
        }

        private static long offsetOf(final int account) {
            return (long) account * Long.BYTES;
        }

        private static int accountAt(final long offset) {
            return (int) (offset / Long.BYTES);
        }

        // @start region="rebuild"
        synchronized long balance(final int account) throws IOException {
            while (true) {
                try {
                    return region.getLong(offsetOf(account));
                } catch (final PoisonException refused) {
                    if (refused.isOffline()) {
                        throw new IOException("no balances at the moment", refused);
                    }
                    for (final ByteRange lines : refused.ranges()) {
                        rebuild(lines);
                    }
                }
            }
        }

        /** All accounts of the lines, not only the one that was asked for. */
        private void rebuild(final ByteRange lines) throws IOException {
            final ByteBuffer content = ByteBuffer.allocate((int) lines.length()).order(ByteOrder.nativeOrder());
            while (content.hasRemaining()) {
                content.putLong(ledger[accountAt(lines.offset() + content.position())]);
            }
            region.recovery().write(lines.offset(), content.array());  // durable when it returns
        }
        // @end

        synchronized void set(final int account, final long balance) {
            ledger[account] = balance;
            region.putLong(offsetOf(account), balance);
        }
    }

    @Test
    void shouldRebuildFromTheLedger() throws IOException {
        final long[] ledger = new long[(int) SIZE / Long.BYTES];
        try (Region region = open()) {
            final Balances balances = new Balances(region, ledger);
            for (int account = 0; account < ledger.length; account++) {
                balances.set(account, account * 100L);
            }
            medium.inject(OFFSET, 3 * LINE);
            for (int account = 0; account < ledger.length; account++) {
                assertEquals(account * 100L, balances.balance(account));
            }
            assertTrue(region.poison().isClean());
            medium.offline();
            assertThrows(IOException.class, () -> balances.balance(0));
            medium.online();
        }
    }

    @Test
    void shouldBeRepairedFromASource() throws IOException {
        final Path path = folder.resolve("region");
        final long[] ledger = new long[(int) SIZE / Long.BYTES];
        ledger[(int) OFFSET / Long.BYTES] = 42;
        // @start region="source"
        final RepairSource source = (offset, buffer) -> {
            for (long at = 0; at < buffer.byteSize(); at += Long.BYTES) {
                buffer.set(ValueLayout.JAVA_LONG, at, ledger[(int) ((offset + at) / Long.BYTES)]);
            }
            return true;                                // all of it is there, and right
        };
        final Region region = Region.builder(path).size(SIZE).media(medium).repairFrom(source).open();
        // @end
        try (region) {
            medium.inject(OFFSET, LINE);
            assertEquals(42, region.getLong(OFFSET), "repaired unasked");
        }
    }

    @Test
    void shouldBeRepairedFromTheMirror() throws IOException {
        final Path path = folder.resolve("region");
        final Path otherDisk = folder;
        final long offset = OFFSET;
        final long value = 42;
        // @start region="mirror"
        final Region region = Region.builder(path).size(SIZE).media(medium)
            .mirror(otherDisk.resolve("accounts.mirror"), Media.file()).open();
        do {
            region.putLong(offset, value);
            region.persist(offset, Long.BYTES);         // durable on both sides when it returns
        } while (region.getLong(offset) != value);      // a repair came between store and persist
        // @end
        try (region) {
            medium.inject(OFFSET, LINE);
            assertEquals(value, region.getLong(OFFSET), "repaired unasked");
            region.putLong(OFFSET, value + 1);
            medium.inject(OFFSET, LINE);
            assertEquals(value, region.getLong(OFFSET), "what was persisted last: hence the loop");
        }
    }

    @Test
    void shouldTellOwnersOfAFailure() throws Exception {
        final Path path = folder.resolve("region");
        // @start region="listen"
        final MediaListener pager = event -> {
            for (final OwnedRange part : event.owners()) {
                alerts.add(event.kind() + ": " + part.owner() + " at " + part.ownerRange().offset());
            }
            return false;                               // claims nothing: whoever comes after it is told too
        };
        final Region region = Region.builder(path).size(SIZE).media(medium).mediaListener(0, pager).open();
        region.own(4096, 8192, "prices");               // bytes 4096 to 12287 of the region are 0 to 8191 of prices
        // @end
        try (region) {
            medium.inject(8192, 1);
            assertThrows(PoisonException.class, () -> region.getByte(8192));
            assertEquals("FAILURE: prices at 4096", alerts.take());
            region.recovery().zero(8192, LINE);
            assertEquals("RECOVERED: prices at 4096", alerts.take());
        }
        assertEquals(List.of(MediaEvent.Kind.FAILURE, MediaEvent.Kind.RECOVERED),
            region.mediaEvents().stream().map(logged -> logged.event().kind()).toList());
    }

    @Test
    void shouldGoOnWhenTheDeviceIsBack() throws Exception {
        try (Region region = open()) {
            region.putLong(OFFSET, 42);
            region.persist(OFFSET, Long.BYTES);
            region.addMediaListener(event -> alerts.add(event.kind().name()));
            // @start region="offline"
            medium.offline();
            final PoisonException gone = assertThrows(PoisonException.class, () -> region.getLong(OFFSET));
            assertTrue(gone.isOffline());               // no line is lost: recover nothing, wait
            medium.online();
            // @end
            assertEquals("OFFLINE", alerts.take());
            assertEquals("ONLINE", alerts.take());
            assertEquals(42, region.getLong(OFFSET));
            assertEquals(LineState.READABLE, region.poison().state(OFFSET));
            medium.inject(OFFSET, 1);
            assertFalse(assertThrows(PoisonException.class, () -> region.getLong(OFFSET)).isOffline());
        }
    }

    // @start region="persist"
    /** Makes a stored value durable; false if that has to be tried again later, and the value is still there. */
    private static boolean persist(final Region region, final long offset, final long value) throws IOException {
        try {
            region.persist(offset, Long.BYTES);
            return true;
        } catch (final IOException failure) {
            if (failure.getCause() instanceof OfflineException || region.isReadable(offset, Long.BYTES)) {
                return false;                           // the device is away, or only the mirror has failed
            }
            final byte[] content = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder())
                .putLong(value).array();
            region.recovery().write(offset, content);   // throws too if the medium still fails
            return true;
        }
    }
    // @end

    @Test
    void shouldWriteAnewWhatCouldNotBePersisted() throws Exception {
        try (Region region = open()) {
            region.putLong(OFFSET, 42);
            assertTrue(persist(region, OFFSET, 42));
            medium.failPersist(true);
            assertThrows(IOException.class, () -> persist(region, OFFSET, 42));
            medium.failPersist(false);
            assertThrows(PoisonException.class, () -> region.getLong(OFFSET), "Law 10: it stays failed");
            region.persist(OFFSET, Long.BYTES);
            assertThrows(PoisonException.class, () -> region.getLong(OFFSET), "a success proves nothing");
            region.recovery().zero(OFFSET, Long.BYTES);
            region.putLong(OFFSET, 43);
            medium.offline();
            assertThrows(PoisonException.class, () -> region.getLong(0));
            assertFalse(persist(region, OFFSET, 43));
            region.addMediaListener(event -> alerts.add(event.kind().name()));
            medium.online();
            while (!alerts.take().equals("ONLINE")) {
                assertTrue(alerts.size() < 100, "no end of events");
            }
            assertTrue(persist(region, OFFSET, 43));
            assertEquals(43, region.getLong(OFFSET));
        }
    }

    @Test
    void shouldSalvageWhatIsReadable() throws IOException {
        try (Region region = open(); Arena arena = Arena.ofConfined()) {
            region.fill(0, SIZE, (byte) 7);
            medium.inject(OFFSET, LINE);
            // @start region="salvage"
            final MemorySegment copy = arena.allocate(region.size());
            final RecoveryResult result = region.recovery().salvage(0, copy);
            final List<ByteRange> holes = result.stillLost();
            // @end
            assertEquals(List.of(new ByteRange(OFFSET, LINE)), holes);
            assertEquals(7, copy.get(ValueLayout.JAVA_BYTE, OFFSET - 1));
        }
    }

    @Test
    void shouldMakeAMediumMisbehave() throws IOException {
        try (Region region = open()) {
            // @start region="misbehave"
            medium.clearing(SimulatedMedia.Clearing.REFUSES);              // an NVDIMM that cannot clear errors
            medium.injectKnown(4096, 64);                                  // the medium lists it: refused at once
            assertThrows(IOException.class, () -> region.recovery().zero(4096, 64));
            medium.clearing(SimulatedMedia.Clearing.PRETENDS);             // a disk that says it did
            assertThrows(IOException.class, () -> region.recovery().zero(4096, 64));
            medium.clearing(SimulatedMedia.Clearing.CLEARS);
            region.recovery().zero(4096, 64);
            medium.recur();                                                // and bad again
            assertThrows(PoisonException.class, () -> region.getLong(4096));
            // @end
            assertEquals(List.of(new ByteRange(OFFSET, LINE)), region.poison().ranges());
        }
    }

    @Test
    void shouldStreamFlightRecorderEvents() throws Exception {
        try (Region region = open()) {
            // @start region="jfr"
            try (RecordingStream stream = new RecordingStream()) {
                stream.enable("io.cordon.Fault");
                stream.onEvent("io.cordon.Fault", fault ->
                    alerts.add(fault.getString("file") + ": " + fault.getString("badLines")));
                stream.startAsync();
                // ... the service runs ...
                // @end
                medium.inject(OFFSET, LINE);
                assertThrows(PoisonException.class, () -> region.getLong(OFFSET));
                while (region.counters().get(Counter.RECOVERIES) == 0) {
                    Thread.sleep(1);
                }
                stream.stop();
                // @start region="jfr"
            }
            // @end
        }
        assertTrue(alerts.take().endsWith("[[0x1000, 0x1040) 64 bytes]"));
    }

    @Test
    void shouldCount() throws Exception {
        try (Region region = open()) {
            medium.inject(OFFSET, LINE);
            assertThrows(PoisonException.class, () -> region.getLong(OFFSET));
            region.poison().ranges();
            // @start region="counters"
            final long lost = region.counters().get(Counter.LOST_LINES);   // now
            final long faults = region.counters().get(Counter.FAULTS);     // since the region was opened
            final boolean clean = region.poison().isClean();               // false too while a list is unknown
            // @end
            assertEquals(1, lost);
            assertEquals(1, faults);
            assertFalse(clean);
        }
    }

    @Test
    void shouldPatrol() throws Exception {
        try (Region region = open()) {
            region.fill(0, SIZE, (byte) 1);
            region.persist();
            // @start region="scrub"
            region.scrubber().start(ScrubOptions.DEFAULT
                .withBytesPerSecond(64 << 20)                              // at most 64 MiB a second,
                .withShare(0.05)                                           // and a twentieth of one thread's time;
                .withInterval(Duration.ofHours(6)));                       // six hours of rest after each pass
            // @end
            assertTrue(region.scrubber().progress().running());
            region.scrubber().stop();
            medium.inject(OFFSET, LINE);
            // @start region="pass"
            final ScrubPass pass = region.scrubber().passNow(ScrubOptions.FULL_SPEED).get();
            final List<ByteRange> found = pass.found();
            // @end
            assertEquals(List.of(new ByteRange(OFFSET, LINE)), found);
            assertInstanceOf(PoisonException.class, assertThrows(RuntimeException.class, () -> region.getLong(OFFSET)));
        }
    }

    @Test
    void shouldPatrolAsAnAgent() throws Exception {
        final ErrorHandler errorHandler = error -> alerts.add(error.toString());
        try (Region region = open()) {
            region.fill(0, SIZE, (byte) 1);
            region.persist();
            medium.inject(OFFSET, LINE);
            // @start region="agent"
            final ScrubAgent agent = new ScrubAgent(region.scrubber().duty(ScrubOptions.DEFAULT));
            final AgentRunner runner = new AgentRunner(new SleepingMillisIdleStrategy(1), errorHandler, null, agent);
            AgentRunner.startOnThread(runner);
            // @end
            while (region.counters().get(Counter.FAULTS) == 0) {
                Thread.sleep(1);
            }
            runner.close();
        }
        assertEquals(0, alerts.size(), alerts::toString);
    }

    @Test
    void shouldShowCountersToAnotherProcess() throws Exception {
        final ErrorHandler errorHandler = error -> alerts.add(error.toString());
        final Path shared = folder.resolve("monitor");
        try (Region region = open()) {
            // @start region="monitor"
            final MonitorFile monitor = MonitorFile.create(shared, 64, 1 << 16);
            final MonitorAgent agent = new MonitorAgent(monitor.counters(), monitor.errorLog()::record);
            agent.add(region);
            final AgentRunner runner = new AgentRunner(new SleepingMillisIdleStrategy(100), errorHandler, null, agent);
            AgentRunner.startOnThread(runner);
            // @end
            final List<String> lines = new ArrayList<>();
            // @start region="monitored"
            try (MonitorFile.Reader reader = MonitorFile.Reader.open(shared)) {
                reader.counters().forEach((value, id, label) -> lines.add(value + " " + label));
            }
            // @end
            runner.close();
            monitor.close();
            assertEquals("0 cordon lost lines, now: " + region.counters().region(),
                lines.get(Counter.LOST_LINES.ordinal()));
        }
        assertEquals(0, alerts.size(), alerts::toString);
    }

    @Test
    void shouldGuardWhatOthersMapped() throws Exception {
        final Path index = Files.createDirectory(folder.resolve("index")).toRealPath();
        final Path path = Files.write(index.resolve("segment"), new byte[3 * (int) OFFSET]);
        // @start region="guard"
        final FaultGuard guard = FaultGuard.guardFiles(
            file -> file.startsWith(index), fault -> alerts.add("reindex: " + fault));
        // @end
        try (guard; Arena arena = Arena.ofShared();
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final MemorySegment segment = channel.map(FileChannel.MapMode.READ_ONLY, 0, 3 * OFFSET, arena);
            guard.refresh();
            read(guard, segment);
            channel.truncate(OFFSET);
            assertTrue(assertThrows(IOException.class, () -> read(guard, segment)).getMessage()
                .startsWith("not to be trusted: [[0x1000, "));
            assertEquals("reindex: " + path + ": offset 4096, 4096 bytes, read as zeroes", alerts.take());
        }
    }

    private static long read(final FaultGuard guard, final MemorySegment segment) throws IOException {
        // @start region="affected"
        final long value = segment.get(ValueLayout.JAVA_LONG, 4096);
        if (guard.affected(segment, 4096, Long.BYTES)) {
            throw new IOException("not to be trusted: " + guard.affectedRanges(segment));
        }
        // @end
        return value;
    }

    @Test
    void shouldLieOnSeveralFiles() throws IOException {
        final Path path = folder.resolve("stack");
        final Path first = folder.resolve("first");
        final Path second = folder.resolve("second");
        // @start region="stack"
        final Region region = Region.builder(path)
            .media(Media.striped(1 << 16, Leg.of(first, 1 << 20), Leg.of(second, 1 << 20))).open();
        // @end
        try (region) {
            assertEquals(2 << 20, region.size());
            region.putLong(1 << 16, 42);
            region.persist();
        }
        assertEquals(42, ByteBuffer.wrap(Files.readAllBytes(second)).order(ByteOrder.nativeOrder()).getLong());
        assertTrue(Files.exists(folder.resolve("second.leg")));
    }

    @Test
    void shouldCarryARingBuffer() throws IOException {
        final long offset = OFFSET;
        final UnsafeBuffer message = new UnsafeBuffer(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        try (Region region = Region.builder(folder.resolve("ring")).size(2 << 20).media(medium).open()) {
            // @start region="ring"
            final int length = (1 << 20) + RingBufferDescriptor.TRAILER_LENGTH;
            final RegionBuffer buffer = RegionBuffer.of(region, offset, length);
            final ManyToOneRingBuffer ring = new ManyToOneRingBuffer(buffer);
            // @end
            assertTrue(ring.write(1, message, 0, Long.BYTES));
            final List<Integer> types = new ArrayList<>();
            assertEquals(1, ring.read((type, _, _, _) -> types.add(type)));
            assertEquals(List.of(1), types);
            medium.inject(offset + (1 << 20), RingBufferDescriptor.TRAILER_LENGTH);
            assertThrows(PoisonException.class, () -> ring.write(2, message, 0, Long.BYTES));
            // @start region="anew"
            region.recovery().zero(buffer.offset(), buffer.capacity());
            // @end
            assertTrue(ring.write(3, message, 0, Long.BYTES));
            assertEquals(1, ring.read((type, _, _, _) -> types.add(type)));
            assertEquals(List.of(1, 3), types);
            assertThrows(UnsupportedOperationException.class, () -> new UnsafeBuffer(buffer));
        }
    }
}
