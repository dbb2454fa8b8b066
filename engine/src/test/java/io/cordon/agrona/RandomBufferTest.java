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
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cordon.Region;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Agrona's buffer and ours, given the same random calls, answer the same and end the same. */
class RandomBufferTest {
    private static final int CAPACITY = 8192 + 24;
    private static final long OFFSET = 3 * 4096 + 200;
    private static final int SIZE = 16 * 4096;
    /** How many calls. */
    private static final int STEPS = Integer.getInteger("cordon.agrona.steps", 60_000);
    private static final int STEPS_A_LOOK = 500;
    private static final long SEED = Long.getLong("cordon.agrona.seed", System.nanoTime());

    /** A call with random arguments. */
    private interface Step {
        Object run(AtomicBuffer buffer, SplittableRandom random);
    }

    private static final List<Step> STEPS_OF_ALL_KINDS = new ArrayList<>();

    @TempDir
    private Path folder;

    private static void add(final Step step) {
        STEPS_OF_ALL_KINDS.add(step);
    }

    private static Object done(final Runnable action) {
        action.run();
        return null;
    }

    static {
        add((b, r) -> b.getByte(index(r)));
        add((b, r) -> b.getShort(index(r)));
        add((b, r) -> b.getChar(index(r), order(r)));
        add((b, r) -> b.getInt(index(r), order(r)));
        add((b, r) -> b.getLong(index(r)));
        add((b, r) -> b.getLong(index(r), order(r)));
        add((b, r) -> Float.floatToRawIntBits(b.getFloat(index(r) & -4)) | 1 << 22);
        add((b, r) -> b.getDouble(index(r), order(r)) > 0);
        add((b, r) -> done(() -> b.putByte(index(r), (byte) r.nextInt())));
        add((b, r) -> done(() -> b.putShort(index(r), (short) r.nextInt(), order(r))));
        add((b, r) -> done(() -> b.putChar(index(r), (char) r.nextInt())));
        add((b, r) -> done(() -> b.putInt(index(r), r.nextInt())));
        add((b, r) -> done(() -> b.putLong(index(r), r.nextLong(), order(r))));
        add((b, r) -> done(() -> b.putFloat(index(r), r.nextInt(), order(r))));
        add((b, r) -> done(() -> b.putDouble(index(r), r.nextLong())));
        add((b, r) -> b.getLongVolatile(index(r) & -8));
        add((b, r) -> b.getAndAddLong(index(r) & -8, r.nextLong()));
        add((b, r) -> b.addLongRelease(index(r) & -8, r.nextLong()));
        add((b, r) -> b.addLongOpaque(index(r) & -8, r.nextLong()));
        add((b, r) -> {
            final int at = index(r) & -8;
            return b.compareAndSetLong(at, r.nextInt(2) == 0 ? 0 : b.getLong(at), r.nextLong());
        });
        add((b, r) -> b.compareAndExchangeInt(index(r) & -4, r.nextInt(2), r.nextInt()));
        add((b, r) -> b.getAndSetInt(index(r) & -4, r.nextInt(3)));
        add((b, r) -> b.getAndAddInt(index(r) & -4, r.nextInt()));
        add((b, r) -> done(() -> b.putIntRelease(index(r) & -4, r.nextInt())));
        add((b, r) -> done(() -> b.putShortVolatile(index(r) & -2, (short) r.nextInt())));
        add((b, r) -> b.getCharVolatile(index(r) & -2));
        add((b, r) -> b.getByteVolatile(index(r)));
        add((b, r) -> done(() -> b.setMemory(index(r), length(r), (byte) r.nextInt())));
        add((b, r) -> {
            final byte[] bytes = new byte[r.nextInt(300)];
            b.getBytes(index(r), bytes, r.nextInt(-1, 50), length(r) / 4);
            return Arrays.hashCode(bytes);
        });
        add((b, r) -> done(() -> b.putBytes(index(r), bytes(r), r.nextInt(-1, 50), length(r) / 4)));
        add((b, r) -> {
            final ByteBuffer bytes = byteBuffer(r);
            b.getBytes(index(r), bytes, length(r) / 4);
            return bytes + ": " + content(bytes);
        });
        add((b, r) -> {
            final ByteBuffer bytes = byteBuffer(r);
            b.putBytes(index(r), bytes, length(r) / 4);
            return bytes.position();
        });
        add((b, r) -> {
            final ByteBuffer bytes = byteBuffer(r);
            b.getBytes(index(r), bytes, r.nextInt(-1, 50), length(r) / 4);
            return content(bytes);
        });
        add((b, r) -> done(() -> b.putBytes(index(r), byteBuffer(r), r.nextInt(-1, 50), length(r) / 4)));
        add((b, r) -> done(() -> b.putBytes(index(r), new UnsafeBuffer(bytes(r)), r.nextInt(-1, 50), length(r) / 4)));
        add((b, r) -> done(() -> b.putBytes(index(r), b, index(r), length(r))));
        add((b, r) -> done(() -> b.getBytes(index(r), b, index(r), length(r))));
        add((b, r) -> {
            final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(64);
            b.getBytes(index(r), buffer, r.nextInt(-1, 100), length(r));
            return buffer.capacity() + ": " + Arrays.hashCode(buffer.byteArray());
        });
        add((b, r) -> {
            final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(64);
            buffer.putBytes(r.nextInt(-1, 100), b, index(r), length(r));
            return Arrays.hashCode(buffer.byteArray());
        });
        add((b, r) -> b.putStringAscii(index(r), text(r), order(r)));
        add((b, r) -> b.putStringUtf8(index(r), text(r), order(r)));
        add((b, r) -> b.putStringWithoutLengthAscii(index(r), text(r), r.nextInt(-1, 10), r.nextInt(-1, 20)));
        add((b, r) -> {
            final int at = index(r);
            return b.putStringUtf8(at, text(r)) + b.getStringUtf8(at) + b.getStringAscii(at);
        });
        add((b, r) -> b.getStringWithoutLengthAscii(index(r), length(r)));
        add((b, r) -> b.getStringWithoutLengthUtf8(index(r), length(r)));
        add((b, r) -> {
            final StringBuilder text = new StringBuilder();
            return b.getStringWithoutLengthAscii(index(r), length(r), text) + text.toString();
        });
        add((b, r) -> {
            final int at = index(r);
            final int length = b.putLongAscii(at, r.nextLong() >> r.nextInt(64));
            return b.parseLongAscii(at, length - r.nextInt(2));
        });
        add((b, r) -> {
            final int at = index(r);
            final int length = b.putIntAscii(at, r.nextInt() >> r.nextInt(32));
            return b.parseIntAscii(at, length + r.nextInt(2));
        });
        add((b, r) -> {
            final int at = index(r);
            b.putNaturalPaddedIntAscii(at, 10, r.nextInt() >>> 1 + r.nextInt(31));
            return b.parseNaturalIntAscii(at, 10) + b.parseNaturalLongAscii(at, r.nextInt(11));
        });
        add((b, r) -> b.putNaturalIntAsciiFromEnd(r.nextInt() >>> 1 + r.nextInt(31), index(r)));
        add((b, r) -> b.putNaturalLongAscii(index(r), r.nextLong() >>> 1 + r.nextInt(63)));
        add((b, r) -> b.putNaturalIntAscii(index(r), r.nextInt() >>> 1 + r.nextInt(31)));
        add((b, r) -> Integer.signum(b.compareTo(new UnsafeBuffer(bytes(r)))));
        add((b, r) -> done(() -> b.checkLimit(index(r))));
        add((b, r) -> done(() -> b.boundsCheck(index(r), length(r))));
    }

    /** In the buffer as a rule, near its ends at times, or near a page border. */
    private static int index(final SplittableRandom random) {
        return switch (random.nextInt(10)) {
            case 0 -> random.nextInt(-9, 9);
            case 1 -> CAPACITY + random.nextInt(-24, 9);
            case 2, 3 -> (int) (4096 - OFFSET % 4096) + random.nextInt(-16, 16);
            default -> random.nextInt(CAPACITY);
        };
    }

    private static int length(final SplittableRandom random) {
        return random.nextInt(50) == 0 ? random.nextInt(-1, CAPACITY) : random.nextInt(200);
    }

    private static ByteOrder order(final SplittableRandom random) {
        return random.nextInt(2) == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    }

    private static byte[] bytes(final SplittableRandom random) {
        final byte[] bytes = new byte[random.nextInt(300)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static ByteBuffer byteBuffer(final SplittableRandom random) {
        final byte[] bytes = bytes(random);
        final ByteBuffer buffer = random.nextInt(2) == 0 ? ByteBuffer.wrap(bytes)
            : ByteBuffer.allocateDirect(bytes.length).put(bytes);
        return buffer.clear().position(random.nextInt(bytes.length + 1));
    }

    private static int content(final ByteBuffer buffer) {
        return buffer.duplicate().clear().hashCode();
    }

    private static String text(final SplittableRandom random) {
        final StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(30); i > 0; i--) {
            text.append(random.nextInt(8) == 0 ? (char) random.nextInt(0x20, 0x3000) : (char) ('a' + i));
        }
        return text.toString();
    }

    private static Object outcome(final Step step, final AtomicBuffer buffer, final long seed) {
        try {
            return step.run(buffer, new SplittableRandom(seed));
        } catch (final IndexOutOfBoundsException | IllegalArgumentException thrown) {
            return thrown.getClass();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("Random calls, on a region that nothing has happened to and on one with poison nearby")
    void shouldBehaveAsAgronasBuffer(final boolean damaged) throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = Region.builder(folder.resolve("region")).size(SIZE).media(media).open()) {
            if (damaged) {
                media.inject(OFFSET - OFFSET % 64 - 64, 64);
                media.inject(OFFSET + CAPACITY + 63 & -64, 64);
                assertThrows(PoisonException.class, () -> region.verify(0, SIZE));
            }
            final UnsafeBuffer theirs = new UnsafeBuffer(ByteBuffer.allocateDirect(CAPACITY));
            final RegionBuffer ours = RegionBuffer.of(region, OFFSET, CAPACITY);
            final SplittableRandom random = new SplittableRandom(SEED);
            final byte[] expected = new byte[CAPACITY];
            final byte[] seen = new byte[CAPACITY];
            for (int i = 0; i < STEPS; i++) {
                final int kind = random.nextInt(STEPS_OF_ALL_KINDS.size());
                final long seed = random.nextLong();
                final Step step = STEPS_OF_ALL_KINDS.get(kind);
                final String message = "seed " + SEED + ", step " + i + " of kind " + kind;
                assertEquals(outcome(step, theirs, seed), outcome(step, ours, seed), message);
                if (i % STEPS_A_LOOK == 0 || i == STEPS - 1) {
                    theirs.getBytes(0, expected);
                    region.get(OFFSET, seen, 0, CAPACITY);
                    assertEquals(-1, Arrays.mismatch(expected, seen), "content, " + message);
                }
            }
        }
    }
}
