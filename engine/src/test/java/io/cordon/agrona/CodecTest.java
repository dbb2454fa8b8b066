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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.Region;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flyweights as SBE generates them, over a window of a region. */
class CodecTest {
    private static final int SIZE = 1 << 20;
    private static final int COUNT = 1000;
    private static final int LINE = 64;
    private static final long OFFSET = 4096 + 16;
    private static final long SEED = System.nanoTime();

    private final SimulatedMedia media = Media.simulated();
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final List<BookMessage> messages = new ArrayList<>();
    private final BookMessage.Decoder decoder = new BookMessage.Decoder();

    @TempDir
    private Path folder;
    private Region region;
    private RegionBuffer buffer;

    @BeforeEach
    void open() throws IOException {
        region = Region.builder(folder.resolve("region")).size(SIZE).media(media).open();
        buffer = RegionBuffer.of(region, OFFSET, SIZE / 2);
        for (int i = 0; i < COUNT; i++) {
            messages.add(BookMessage.random(random, i));
        }
    }

    @AfterEach
    void close() {
        region.close();
    }

    /** Encodes all, one behind the other, and tells where each starts; the last is the end. */
    private int[] encode(final MutableDirectBuffer target) {
        final int[] starts = new int[COUNT + 1];
        for (int i = 0; i < COUNT; i++) {
            starts[i + 1] = starts[i] + messages.get(i).encode(target, starts[i]);
        }
        return starts;
    }

    @Test
    @DisplayName("A thousand messages are byte for byte what they are in Agrona's buffer, and decode to what they were")
    void shouldEncodeAndDecodeAsInAgronasBuffer() {
        final UnsafeBuffer theirs = new UnsafeBuffer(ByteBuffer.allocateDirect(SIZE / 2));
        final int[] starts = encode(theirs);
        assertArrayEquals(starts, encode(buffer), "seed " + SEED);
        final byte[] expected = new byte[starts[COUNT]];
        theirs.getBytes(0, expected);
        final byte[] seen = new byte[expected.length];
        region.get(OFFSET, seen, 0, seen.length);
        assertEquals(-1, Arrays.mismatch(expected, seen), "seed " + SEED);
        for (int i = 0; i < COUNT; i++) {
            assertEquals(messages.get(i), decoder.wrapAndApplyHeader(buffer, starts[i]).decode(), "seed " + SEED);
            assertEquals(starts[i + 1], decoder.limit());
            assertEquals(messages.get(i), decoder.wrapAndApplyHeader(theirs, starts[i]).decode(), "seed " + SEED);
        }
    }

    @Test
    @DisplayName("Laws 1 and 3: the messages that a lost line holds bytes of are refused, all others decode")
    void shouldRefuseJustTheMessagesOfALostLine() throws IOException {
        final int[] starts = encode(buffer);
        final List<ByteRange> lost = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            final ByteRange line = new ByteRange(OFFSET + random.nextInt(starts[COUNT]) & -LINE, LINE);
            if (!lost.contains(line)) {
                media.inject(line.offset(), LINE);
                lost.add(line);
            }
        }
        int refused = 0;
        for (int i = 0; i < COUNT; i++) {
            final long start = OFFSET + starts[i];
            final long end = OFFSET + starts[i + 1];
            final int index = starts[i];
            final String message = "seed " + SEED + ", message " + i;
            if (lost.stream().anyMatch(line -> line.offset() < end && line.end() > start)) {
                final PoisonException thrown = assertThrows(PoisonException.class,
                    () -> decoder.wrapAndApplyHeader(buffer, index).decode(), message);
                thrown.ranges().forEach(range -> {
                    for (long line = range.offset(); line < range.end(); line += LINE) {
                        assertTrue(lost.contains(new ByteRange(line, LINE)), message);
                    }
                });
                refused++;
            } else {
                assertEquals(messages.get(i), decoder.wrapAndApplyHeader(buffer, index).decode(), message);
            }
        }
        assertTrue(refused > 0, "seed " + SEED);
        // A source that has them sends them again.
        for (final ByteRange line : lost) {
            region.recovery().zero(line.offset(), LINE);
        }
        assertArrayEquals(starts, encode(buffer));
        for (int i = 0; i < COUNT; i++) {
            assertEquals(messages.get(i), decoder.wrapAndApplyHeader(buffer, starts[i]).decode(), "seed " + SEED);
        }
    }

    @Test
    @DisplayName("A field of variable length is copied to any buffer; a view of it that is no slice is refused")
    void shouldHandOnVariableData() {
        final byte[] raw = new byte[150];
        random.nextBytes(raw);
        final BookMessage.Encoder encoder = new BookMessage.Encoder().wrapAndApplyHeader(buffer, 100);
        encoder.entries(0);
        final int at = 100 + encoder.text("").encodedLength();
        encoder.raw(raw, 0, raw.length);
        decoder.wrapAndApplyHeader(buffer, 100).decode();
        for (final MutableDirectBuffer target : List.of(new UnsafeBuffer(new byte[200]), new ExpandableArrayBuffer(),
            RegionBuffer.of(region, SIZE / 2 + 8192, 200))) {
            final byte[] seen = new byte[150];
            assertEquals(150, decoder.getRaw(target, 30, at));
            target.getBytes(30, seen);
            assertArrayEquals(raw, seen);
        }
        assertThrows(UnsupportedOperationException.class, () -> decoder.wrapRaw(new UnsafeBuffer(new byte[8]), at));
        final byte[] seen = new byte[150];
        buffer.slice(at + 2, 150).getBytes(0, seen);
        assertArrayEquals(raw, seen);
    }

    @Test
    @DisplayName("Messages are encoded in a claim of a ring, and decoded where they lie")
    void shouldTravelThroughARing() {
        final OneToOneRingBuffer ring = new OneToOneRingBuffer(
            RegionBuffer.of(region, SIZE / 2 + 8192, (1 << 16) + RingBufferDescriptor.TRAILER_LENGTH));
        final ExpandableArrayBuffer scratch = new ExpandableArrayBuffer();
        int decoded = 0;
        for (int i = 0; i < COUNT; i++) {
            final int length = messages.get(i).encode(scratch, 0);
            final int claim = ring.tryClaim(1, length);
            assertEquals(length, messages.get(i).encode(ring.buffer(), claim));
            ring.commit(claim);
            if (i % 7 == 0 || i == COUNT - 1) {
                final int[] next = {decoded};
                do {
                    ring.read((_, source, index, _) ->
                        assertEquals(messages.get(next[0]++), decoder.wrapAndApplyHeader(source, index).decode()));
                } while (ring.size() > 0);
                decoded = next[0];
            }
        }
        assertEquals(COUNT, decoded);
    }
}
