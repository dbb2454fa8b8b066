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
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.Region;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rings with producers and a consumer at work while poison strikes them, again and again. Whoever meets it stops; then
 * the ring is recovered, emptied, and goes on.
 */
class RingPoisonTest {
    private static final int CAPACITY = 1 << 15;
    private static final int LENGTH = CAPACITY + RingBufferDescriptor.TRAILER_LENGTH;
    private static final long OFFSET = 3 * 4096;
    private static final int LINE = 64;
    private static final int TYPE = 3;
    private static final int HEADER = 24;
    private static final int ROUNDS = Integer.getInteger("cordon.agrona.rounds", 15);
    private static final long SEED = Long.getLong("cordon.agrona.seed", System.nanoTime());

    private final SimulatedMedia media = Media.simulated();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicLong consumed = new AtomicLong();
    private final List<PoisonException> met = new ArrayList<>();

    @TempDir
    private Path folder;

    /** What a message is filled with; nobody else's bytes agree with it. */
    private static long mix(final int producer, final long number, final int at) {
        final long value = (number * 31 + producer) * 0x9E37_79B9_7F4A_7C15L + at;
        return (value ^ value >>> 29) * 0xBF58_476D_1CE4_E5B9L;
    }

    private static int encode(final ExpandableArrayBuffer target, final int producer, final long number) {
        final int length = HEADER + 8 * (int) (mix(producer, number, -1) >>> 1 & 31);
        target.putInt(0, producer);
        target.putInt(4, length);
        target.putLong(8, number);
        target.putLong(16, mix(producer, number, 0));
        for (int at = HEADER; at < length; at += Long.BYTES) {
            target.putLong(at, mix(producer, number, at));
        }
        return length;
    }

    private static long decode(
        final DirectBuffer buffer, final int index, final int length, final int producers, final String message) {
        final int producer = buffer.getInt(index);
        final long number = buffer.getLong(index + 8);
        assertTrue(producer >= 0 && producer < producers, message);
        assertEquals(length, buffer.getInt(index + 4), message);
        assertEquals(mix(producer, number, 0), buffer.getLong(index + 16), message);
        for (int at = HEADER; at < length; at += Long.BYTES) {
            assertEquals(mix(producer, number, at), buffer.getLong(index + at), message);
        }
        return number << 8 | producer;
    }

    /** Runs until somebody meets poison. */
    private void untilStopped(final Runnable step) {
        try {
            while (!stopped.get()) {
                step.run();
            }
        } catch (final PoisonException poison) {
            synchronized (met) {
                met.add(poison);
            }
        } finally {
            stopped.set(true);
        }
    }

    private void produce(final RingBuffer ring, final int producer, final long[] next) {
        final ExpandableArrayBuffer source = new ExpandableArrayBuffer(512);
        untilStopped(() -> {
            final int length = encode(source, producer, next[producer]);
            if (ring.write(TYPE, source, 0, length)) {
                next[producer]++;
            } else {
                Thread.yield();
            }
        });
    }

    private void consume(final RingBuffer ring, final long[] seen, final String message) {
        final int producers = seen.length;
        untilStopped(() -> {
            final int count = ring.read((type, buffer, index, length) -> {
                assertEquals(TYPE, type, message);
                final long found = decode(buffer, index, length, producers, message);
                final int producer = (int) (found & 255);
                // A round begins where the producer was; from there on none is left out, or comes twice.
                assertTrue(seen[producer] == -1 || found >>> 8 == seen[producer] + 1, message);
                seen[producer] = found >>> 8;
                consumed.incrementAndGet();
            }, 16);
            if (count == 0) {
                Thread.yield();
            }
        });
    }

    @ParameterizedTest(name = "{0} producers")
    @ValueSource(ints = {1, 3})
    @DisplayName("Laws 1 to 4: no message is consumed but as it was written; the lines are named; the ring goes on")
    void shouldNeverDeliverGarbage(final int producers) throws Exception {
        final SplittableRandom random = new SplittableRandom(SEED);
        final long[] next = new long[producers];
        try (Region region = Region.builder(folder.resolve("region")).size(1 << 18).media(media).open();
            ExecutorService threads = Executors.newFixedThreadPool(producers + 1)) {
            final RegionBuffer buffer = RegionBuffer.of(region, OFFSET, LENGTH);
            for (int round = 0; round < ROUNDS; round++) {
                final String message = "seed " + SEED + ", round " + round;
                final RingBuffer ring =
                    producers == 1 ? new OneToOneRingBuffer(buffer) : new ManyToOneRingBuffer(buffer);
                final long[] seen = new long[producers];
                Arrays.fill(seen, -1);
                stopped.set(false);
                met.clear();
                final long enough = consumed.get() + random.nextInt(5000);
                final List<Future<?>> all = new ArrayList<>();
                all.add(threads.submit(() -> consume(ring, seen, message)));
                for (int i = 0; i < producers; i++) {
                    final int producer = i;
                    all.add(threads.submit(() -> produce(ring, producer, next)));
                }
                while (consumed.get() < enough && !stopped.get()) {
                    Thread.yield();
                }
                final List<ByteRange> struck = strike(random);
                for (final Future<?> one : all) {
                    one.get();
                }
                judge(region, struck, message);
                // All that was in flight is given up, and the ring starts afresh.
                struck.forEach(line -> recover(region, line, message));
                buffer.setMemory(0, LENGTH, (byte) 0);
                assertTrue(region.poison().isClean(), message);
            }
        }
        for (final long number : next) {
            assertTrue(number > 0, "each producer wrote, seed " + SEED);
        }
    }

    /** One to three lines; the first of them is met for sure: in the data, or where both sides keep their positions. */
    private List<ByteRange> strike(final SplittableRandom random) throws IOException {
        final List<ByteRange> struck = new ArrayList<>();
        final int tail = CAPACITY + RingBufferDescriptor.TAIL_POSITION_OFFSET;
        final int head = CAPACITY + RingBufferDescriptor.HEAD_POSITION_OFFSET;
        for (int i = random.nextInt(3); i >= 0; i--) {
            final int at = switch (random.nextInt(8)) {
                case 0 -> tail;
                case 1 -> head;
                default -> random.nextInt(CAPACITY);
            };
            final ByteRange line = new ByteRange(OFFSET + at & -LINE, LINE);
            media.inject(line.offset(), LINE);
            struck.add(line);
        }
        return struck;
    }

    private void judge(final Region region, final List<ByteRange> struck, final String message) {
        assertTrue(!met.isEmpty(), message);
        for (final PoisonException poison : met) {
            // An atomic update that the failure of its page broke off names its own line.
            if (!poison.getMessage().contains("indeterminate")) {
                assertTrue(!poison.ranges().isEmpty(), message);
                poison.ranges().forEach(range -> {
                    for (long line = range.offset(); line < range.end(); line += LINE) {
                        assertTrue(struck.contains(new ByteRange(line, LINE)), message + ": " + poison.getMessage());
                    }
                });
            }
        }
        try {
            region.verify(0, region.size());
        } catch (final PoisonException all) {
            region.poison().ranges().forEach(range -> {
                for (long line = range.offset(); line < range.end(); line += LINE) {
                    assertTrue(struck.contains(new ByteRange(line, LINE)), message + ": nothing else is lost");
                }
            });
            return;
        }
        throw new AssertionError(message + ": all lines are readable, of which were struck " + struck);
    }

    private static void recover(final Region region, final ByteRange line, final String message) {
        try {
            assertTrue(region.recovery().zero(line.offset(), LINE).stillLost().isEmpty(), message);
        } catch (final IOException failure) {
            throw new AssertionError(message, failure);
        }
    }
}
