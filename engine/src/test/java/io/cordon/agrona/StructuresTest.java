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
package io.cordon.agrona;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.Region;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.broadcast.BroadcastBufferDescriptor;
import org.agrona.concurrent.broadcast.BroadcastReceiver;
import org.agrona.concurrent.broadcast.BroadcastTransmitter;
import org.agrona.concurrent.broadcast.CopyBroadcastReceiver;
import org.agrona.concurrent.errors.DistinctErrorLog;
import org.agrona.concurrent.errors.ErrorLogReader;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RecordDescriptor;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.agrona.concurrent.status.ConcurrentCountersManager;
import org.agrona.concurrent.status.CountersManager;
import org.agrona.concurrent.status.CountersReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Agrona's structures on windows of a region: under threads, and each with a lost line in it. */
class StructuresTest {
    private static final int SIZE = 1 << 20;
    private static final int RING = 1 << 16;
    private static final int MESSAGES = 50_000;
    private static final int LINE = 64;
    private static final int TYPE = 7;

    private final SimulatedMedia media = Media.simulated();
    private final UnsafeBuffer message = new UnsafeBuffer(new byte[512]);

    @TempDir
    private Path folder;
    private Region region;

    @BeforeEach
    void open() throws IOException {
        region = Region.builder(folder.resolve("region")).size(SIZE).media(media).open();
    }

    @AfterEach
    void close() {
        region.close();
    }

    /** Runs all at once; what one throws, the test throws. */
    private static void together(final List<Callable<Void>> tasks) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(tasks.size())) {
            final List<Future<Void>> results = tasks.stream().map(threads::submit).toList();
            for (final Future<Void> result : results) {
                result.get();
            }
        }
    }

    private static Callable<Void> producer(final RingBuffer ring, final int id, final int count) {
        return () -> {
            final UnsafeBuffer source = new UnsafeBuffer(new byte[256]);
            for (int i = 0; i < count; i++) {
                final int length = 16 + i % 200;
                source.setMemory(0, length, (byte) i);
                source.putInt(0, id);
                source.putInt(4, i);
                while (!ring.write(TYPE, source, 0, length)) {
                    Thread.onSpinWait();
                }
            }
            return null;
        };
    }

    private static Callable<Void> consumer(final RingBuffer ring, final int producers, final int count) {
        return () -> {
            final int[] next = new int[producers];
            final MessageHandler handler = (type, buffer, index, length) -> {
                assertEquals(TYPE, type);
                final int id = buffer.getInt(index);
                final int number = next[id]++;
                assertEquals(number, buffer.getInt(index + 4));
                assertEquals(16 + number % 200, length);
                for (int i = 8; i < length; i++) {
                    assertEquals((byte) number, buffer.getByte(index + i));
                }
            };
            for (int read = 0; read < producers * count;) {
                final int messages = ring.read(handler, 64);
                read += messages;
                if (messages == 0) {
                    Thread.yield();
                }
            }
            return null;
        };
    }

    private RegionBuffer window(final long offset, final int length) {
        return RegionBuffer.of(region, offset, length);
    }

    @Test
    void shouldCarryMessagesFromOneThreadToAnother() throws Exception {
        final RingBuffer ring =
            new OneToOneRingBuffer(window(4096 - 768, RING + RingBufferDescriptor.TRAILER_LENGTH));
        together(List.of(producer(ring, 0, MESSAGES), consumer(ring, 1, MESSAGES)));
        assertEquals(0, ring.size());
        assertEquals(ring.producerPosition(), ring.consumerPosition());
        ring.consumerHeartbeatTime(99);
        assertEquals(99, ring.consumerHeartbeatTime());
        assertEquals(0, ring.nextCorrelationId());
        assertEquals(1, ring.nextCorrelationId());
    }

    @Test
    void shouldCarryMessagesFromManyThreadsToOne() throws Exception {
        final RingBuffer ring = new ManyToOneRingBuffer(window(4096, RING + RingBufferDescriptor.TRAILER_LENGTH));
        together(List.of(producer(ring, 0, MESSAGES / 3), producer(ring, 1, MESSAGES / 3),
            producer(ring, 2, MESSAGES / 3), consumer(ring, 3, MESSAGES / 3)));
        assertEquals(0, ring.size());
        assertFalse(ring.unblock());
    }

    @Test
    @DisplayName("A ring that was left is taken up again by a region that is opened later")
    void shouldKeepMessagesOverARestart() throws IOException {
        final int length = RING + RingBufferDescriptor.TRAILER_LENGTH;
        final OneToOneRingBuffer ring = new OneToOneRingBuffer(window(0, length));
        message.putStringAscii(0, "order 1");
        assertTrue(ring.write(TYPE, message, 0, 11));
        region.close();
        open();
        final List<String> seen = new ArrayList<>();
        new OneToOneRingBuffer(window(0, length)).read((_, buffer, index, _) -> seen.add(buffer.getStringAscii(index)));
        assertEquals(List.of("order 1"), seen);
    }

    @Test
    void shouldBroadcast() throws Exception {
        final AtomicBuffer buffer = window(64, RING + BroadcastBufferDescriptor.TRAILER_LENGTH);
        final BroadcastTransmitter transmitter = new BroadcastTransmitter(buffer);
        final AtomicBoolean done = new AtomicBoolean();
        final List<Callable<Void>> tasks = new ArrayList<>();
        tasks.add(() -> {
            for (int i = 1; i <= MESSAGES; i++) {
                message.setMemory(0, 300, (byte) i);
                message.putInt(0, i);
                transmitter.transmit(TYPE, message, 0, 8 + i % 290);
            }
            done.set(true);
            return null;
        });
        for (int i = 0; i < 2; i++) {
            final BroadcastReceiver receiver = new BroadcastReceiver(buffer);
            final CopyBroadcastReceiver copying = new CopyBroadcastReceiver(receiver);
            tasks.add(() -> {
                int last = 0;
                while (last < MESSAGES) {
                    final int[] seen = {last};
                    try {
                        copying.receive((_, from, index, length) -> {
                            seen[0] = from.getInt(index);
                            assertEquals(8 + seen[0] % 290, length);
                            for (int at = 4; at < length; at++) {
                                assertEquals((byte) seen[0], from.getByte(index + at));
                            }
                        });
                    } catch (final IllegalStateException behind) {
                        assertTrue(behind.getMessage().contains("keep up"), behind.toString());
                    }
                    assertTrue(seen[0] >= last, "in order");
                    last = seen[0];
                    if (done.get() && receiver.lappedCount() > 0) {
                        break;
                    }
                }
                return null;
            });
        }
        together(tasks);
    }

    @Test
    void shouldCount() throws Exception {
        final AtomicBuffer values = window(SIZE / 2, 64 * CountersReader.COUNTER_LENGTH);
        final CountersManager manager = new ConcurrentCountersManager(
            window(8, 64 * CountersReader.METADATA_LENGTH), values, StandardCharsets.UTF_8);
        final int shared = manager.allocate("shared");
        final List<Callable<Void>> tasks = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            final String label = "own " + i;
            tasks.add(() -> {
                for (int round = 0; round < 200; round++) {
                    final int own = manager.allocate(label);
                    assertEquals(label, manager.getCounterLabel(own));
                    for (int step = 0; step < 50; step++) {
                        values.getAndAddLong(CountersReader.counterOffset(shared), 1);
                        values.addLongRelease(CountersReader.counterOffset(own), 2);
                    }
                    assertEquals(100, manager.getCounterValue(own));
                    manager.free(own);
                }
                return null;
            });
        }
        together(tasks);
        assertEquals(4 * 200 * 50, manager.getCounterValue(shared));
        final Map<Integer, String> labels = new TreeMap<>();
        manager.forEach((CountersReader.CounterConsumer) (value, id, label) -> labels.put(id, label + "=" + value));
        assertEquals(Map.of(shared, "shared=40000"), labels);
        manager.setCounterValue(shared, 5);
        manager.setCounterLabel(shared, "renamed");
        manager.appendToLabel(shared, "!");
        assertEquals("renamed!", manager.getCounterLabel(shared));
        assertEquals(5, manager.getCounterValue(shared));
    }

    @Test
    void shouldLogErrors() throws Exception {
        final AtomicBuffer buffer = window(0, 256 << 10);
        final DistinctErrorLog log = new DistinctErrorLog(buffer, () -> 1234);
        final List<Exception> errors = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            errors.add(new IllegalStateException("error " + i));
        }
        final List<Callable<Void>> tasks = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            tasks.add(() -> {
                for (int n = 0; n < 1000; n++) {
                    assertTrue(log.record(errors.get(n % errors.size())));
                }
                return null;
            });
        }
        together(tasks);
        final Map<String, Integer> counts = new TreeMap<>();
        assertEquals(10, ErrorLogReader.read(buffer, (count, _, _, text) ->
            counts.put(text.lines().findFirst().orElseThrow(), count)));
        for (int i = 0; i < 10; i++) {
            assertEquals(400, counts.get("java.lang.IllegalStateException: error " + i));
        }
    }

    private static PoisonException assertRefused(final ByteRange range, final Runnable action) {
        final PoisonException thrown = assertThrows(PoisonException.class, action::run);
        assertEquals(List.of(range), thrown.ranges());
        return thrown;
    }

    @Test
    @DisplayName("OneToOneRingBuffer: a lost message is skipped by an exception; a claim that hits the line is aborted")
    void shouldGoOnAfterALostMessageOfOneProducer() throws IOException {
        final AtomicBuffer buffer = window(4096, 4096 + RingBufferDescriptor.TRAILER_LENGTH);
        final OneToOneRingBuffer ring = new OneToOneRingBuffer(buffer);
        for (int i = 0; i < 8; i++) {
            message.putInt(0, i);
            assertTrue(ring.write(TYPE, message, 0, 248));
        }
        // In the middle of the message of number 3.
        final ByteRange lost = new ByteRange(4096 + 3 * 256 + LINE, LINE);
        media.inject(lost.offset(), LINE);
        final List<Integer> seen = new ArrayList<>();
        final byte[] content = new byte[248];
        final MessageHandler handler = (_, from, index, length) -> {
            from.getBytes(index, content, 0, length);
            seen.add(from.getInt(index));
        };
        assertRefused(lost, () -> ring.read(handler));
        assertEquals(List.of(0, 1, 2), seen);
        assertEquals(4, ring.read(handler));
        assertEquals(List.of(0, 1, 2, 4, 5, 6, 7), seen);
        // The producer comes round.
        for (int i = 8; i < 19; i++) {
            message.putInt(0, i);
            assertTrue(ring.write(TYPE, message, 0, 248));
            ring.read(handler);
        }
        final int claim = ring.tryClaim(TYPE, 248);
        assertRefused(lost, () -> buffer.putBytes(claim, message, 0, 248));
        region.recovery().zero(lost.offset(), LINE);
        ring.abort(claim);
        message.putInt(0, 20);
        assertTrue(ring.write(TYPE, message, 0, 248));
        ring.read(handler);
        assertEquals(20, seen.getLast());
        assertTrue(region.poison().isClean());
    }

    @Test
    @DisplayName("ManyToOneRingBuffer: a lost message cannot be cleared and holds the ring, until it is made padding")
    void shouldGoOnAfterALostMessageOfManyProducers() throws IOException {
        final AtomicBuffer buffer = window(8192, 4096 + RingBufferDescriptor.TRAILER_LENGTH);
        final ManyToOneRingBuffer ring = new ManyToOneRingBuffer(buffer);
        for (int i = 0; i < 4; i++) {
            message.putInt(0, i);
            assertTrue(ring.write(TYPE, message, 0, 248));
        }
        final ByteRange lost = new ByteRange(8192 + 256 + LINE, LINE);
        media.inject(lost.offset(), LINE);
        final List<Integer> seen = new ArrayList<>();
        final byte[] content = new byte[248];
        final MessageHandler handler = (_, from, index, length) -> {
            from.getBytes(index, content, 0, length);
            seen.add(from.getInt(index));
        };
        assertEquals(1, ring.read(handler, 1));
        assertRefused(lost, () -> ring.read(handler, 1));
        assertRefused(lost, () -> ring.read(handler, 1));
        assertEquals(256, ring.consumerPosition());
        buffer.putInt(RecordDescriptor.typeOffset(256), ManyToOneRingBuffer.PADDING_MSG_TYPE_ID);
        region.recovery().zero(lost.offset(), LINE);
        assertEquals(2, ring.read(handler));
        assertEquals(List.of(0, 2, 3), seen);
        assertTrue(ring.write(TYPE, message, 0, 248));
        assertEquals(1, ring.read(handler));
    }

    @Test
    @DisplayName("Broadcast: a lost record is refused, what comes after it is received")
    void shouldGoOnAfterALostRecordOfABroadcast() throws IOException {
        final AtomicBuffer buffer = window(4096, 4096 + BroadcastBufferDescriptor.TRAILER_LENGTH);
        final BroadcastTransmitter transmitter = new BroadcastTransmitter(buffer);
        final CopyBroadcastReceiver receiver = new CopyBroadcastReceiver(new BroadcastReceiver(buffer));
        for (int i = 0; i < 4; i++) {
            message.putInt(0, i);
            transmitter.transmit(TYPE, message, 0, 248);
        }
        final ByteRange lost = new ByteRange(4096 + 256 + LINE, LINE);
        media.inject(lost.offset(), LINE);
        final List<Integer> seen = new ArrayList<>();
        final MessageHandler handler = (_, from, index, _) -> seen.add(from.getInt(index));
        assertEquals(1, receiver.receive(handler));
        assertRefused(lost, () -> receiver.receive(handler));
        assertEquals(1, receiver.receive(handler));
        assertEquals(1, receiver.receive(handler));
        assertEquals(0, receiver.receive(handler));
        assertEquals(List.of(0, 2, 3), seen);
    }

    @Test
    @DisplayName("Counters and errors: those of lost lines are refused, the others are served")
    void shouldServeCountersAndErrorsAroundALostLine() throws IOException {
        final AtomicBuffer values = window(4096, 64 * CountersReader.COUNTER_LENGTH);
        final CountersManager manager =
            new CountersManager(window(65_536, 64 * CountersReader.METADATA_LENGTH), values);
        for (int i = 0; i < 8; i++) {
            manager.setCounterValue(manager.allocate("counter " + i), i);
        }
        final long bad = 4096 + CountersReader.counterOffset(3);
        media.inject(bad, LINE);
        for (int i = 0; i < 8; i++) {
            final int id = i;
            if (i == 3) {
                assertRefused(new ByteRange(bad, LINE), () -> manager.getCounterValue(id));
            } else {
                assertEquals(i, manager.getCounterValue(i));
            }
        }
        region.recovery().write(bad, new byte[LINE]);
        manager.setCounterValue(3, 33);
        assertEquals(33, manager.getCounterValue(3));

        final AtomicBuffer errors = window(512 << 10, 64 << 10);
        final DistinctErrorLog log = new DistinctErrorLog(errors, () -> 1);
        assertTrue(log.record(new IllegalStateException("first")));
        media.inject(512 << 10, LINE);
        final ByteRange head = new ByteRange(512 << 10, LINE);
        assertRefused(head, () -> ErrorLogReader.read(errors, (_, _, _, _) -> { }));
        region.recovery().zero(512 << 10, LINE);
        errors.setMemory(0, errors.capacity(), (byte) 0);
        final DistinctErrorLog fresh = new DistinctErrorLog(errors, () -> 1);
        assertTrue(fresh.record(new IllegalStateException("second")));
        assertEquals(1, ErrorLogReader.read(errors, (_, _, _, text) -> assertTrue(text.contains("second"))));
    }
}
