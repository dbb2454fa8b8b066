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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.agrona.AsciiNumberFormatException;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.ExpandableDirectByteBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What an {@link AtomicBuffer} is held to, whosever it is: assertions over a buffer of 8192 bytes whose content can be
 * seen past the buffer as well.
 */
final class BufferContract {
    static final int CAPACITY = 8192;
    private static final long SEED = 0xA6_0A;
    private static final ByteOrder NATIVE = ByteOrder.nativeOrder();
    private static final ByteOrder FOREIGN =
        NATIVE == ByteOrder.LITTLE_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    /** Page and line borders of any window, and its ends. */
    private static final int[] PLACES = {0, 1, 3, 55, 60, 61, 63, 64, 4080, 4088, 4089, 4093, 4095, 4096, 8100};

    /** Something to hold. */
    interface Case {
        void hold(Subject subject) throws Exception;
    }

    /** A buffer, and the way past it. */
    interface Subject {
        AtomicBuffer buffer();

        /** A copy of its content. */
        byte[] content();

        /** Another of the same kind, on memory of its own. */
        AtomicBuffer other(int capacity);

        /** Whether its memory can be had without it. */
        boolean givesMemoryAway();
    }

    private static final Map<String, Case> CASES = new LinkedHashMap<>();

    static {
        CASES.put("plain accesses", BufferContract::plain);
        CASES.put("plain accesses in either order of bytes", BufferContract::ordered);
        CASES.put("volatile, acquire, release and opaque accesses", BufferContract::barriers);
        CASES.put("atomic updates", BufferContract::atomics);
        CASES.put("bounds of every access", BufferContract::bounds);
        CASES.put("bounds of every range", BufferContract::ranges);
        CASES.put("setMemory", BufferContract::fill);
        CASES.put("byte arrays", BufferContract::arrays);
        CASES.put("byte buffers, on the heap and direct", BufferContract::byteBuffers);
        CASES.put("other buffers", BufferContract::otherBuffers);
        CASES.put("buffers that expand", BufferContract::expandable);
        CASES.put("copies within the buffer", BufferContract::overlapping);
        CASES.put("ASCII strings", BufferContract::ascii);
        CASES.put("ASCII strings to an appendable", BufferContract::asciiAppendable);
        CASES.put("UTF-8 strings", BufferContract::utf8);
        CASES.put("parsing numbers", BufferContract::parse);
        CASES.put("writing numbers", BufferContract::numbers);
        CASES.put("comparing", BufferContract::compare);
        CASES.put("limits and alignment", BufferContract::limits);
        CASES.put("the memory behind", BufferContract::memory);
    }

    private BufferContract() {
    }

    static List<String> names() {
        return List.copyOf(CASES.keySet());
    }

    static Case named(final String name) {
        return CASES.get(name);
    }

    private static ByteBuffer model(final Subject subject) {
        final byte[] content = new byte[CAPACITY];
        new SplittableRandom(SEED).nextBytes(content);
        subject.buffer().putBytes(0, content);
        return ByteBuffer.wrap(content).order(NATIVE);
    }

    private static void assertContent(final ByteBuffer model, final Subject subject) {
        assertEquals(-1, Arrays.mismatch(model.array(), subject.content()), "index of the first byte that differs");
    }

    private static void plain(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        final ByteBuffer model = model(subject);
        assertContent(model, subject);
        final SplittableRandom random = new SplittableRandom(SEED);
        for (final int at : PLACES) {
            assertEquals(model.get(at), buffer.getByte(at));
            assertEquals(model.getShort(at), buffer.getShort(at));
            assertEquals(model.getChar(at), buffer.getChar(at));
            assertEquals(model.getInt(at), buffer.getInt(at));
            assertEquals(model.getLong(at), buffer.getLong(at));
            assertEquals(model.getInt(at), Float.floatToRawIntBits(buffer.getFloat(at)));
            assertEquals(model.getLong(at), Double.doubleToRawLongBits(buffer.getDouble(at)));
            final long bits = random.nextLong();
            buffer.putByte(at, (byte) bits);
            model.put(at, (byte) bits);
            buffer.putShort(at + 8, (short) bits);
            model.putShort(at + 8, (short) bits);
            buffer.putChar(at + 16, (char) bits);
            model.putChar(at + 16, (char) bits);
            buffer.putInt(at + 24, (int) bits);
            model.putInt(at + 24, (int) bits);
            buffer.putLong(at + 32, bits);
            model.putLong(at + 32, bits);
            buffer.putFloat(at + 40, Float.intBitsToFloat((int) bits & 0xBF7F_FFFF));
            model.putInt(at + 40, (int) bits & 0xBF7F_FFFF);
            buffer.putDouble(at + 48, Double.longBitsToDouble(bits & 0xBFEF_FFFF_FFFF_FFFFL));
            model.putLong(at + 48, bits & 0xBFEF_FFFF_FFFF_FFFFL);
        }
        assertContent(model, subject);
    }

    private static void ordered(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        final ByteBuffer model = model(subject);
        final SplittableRandom random = new SplittableRandom(SEED);
        for (final ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            model.order(order);
            for (final int at : PLACES) {
                assertEquals(model.getShort(at), buffer.getShort(at, order));
                assertEquals(model.getChar(at), buffer.getChar(at, order));
                assertEquals(model.getInt(at), buffer.getInt(at, order));
                assertEquals(model.getLong(at), buffer.getLong(at, order));
                final long bits = random.nextLong() & 0xBFEF_FFFF_BF7F_FFFFL;
                buffer.putShort(at + 8, (short) bits, order);
                model.putShort(at + 8, (short) bits);
                buffer.putChar(at + 16, (char) bits, order);
                model.putChar(at + 16, (char) bits);
                buffer.putInt(at + 24, (int) bits, order);
                model.putInt(at + 24, (int) bits);
                buffer.putLong(at + 32, bits, order);
                model.putLong(at + 32, bits);
                buffer.putFloat(at + 40, Float.intBitsToFloat((int) bits), order);
                model.putInt(at + 40, (int) bits);
                buffer.putDouble(at + 48, Double.longBitsToDouble(bits), order);
                model.putLong(at + 48, bits);
                assertEquals((int) bits, Float.floatToRawIntBits(buffer.getFloat(at + 40, order)));
                assertEquals(bits, Double.doubleToRawLongBits(buffer.getDouble(at + 48, order)));
            }
            assertContent(model, subject);
        }
    }

    private static void barriers(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        final ByteBuffer model = model(subject);
        final SplittableRandom random = new SplittableRandom(SEED);
        for (final int place : PLACES) {
            final int at = place & -8;
            buffer.putLongVolatile(at, random.nextLong());
            final long first = buffer.getLong(at);
            assertEquals(first, buffer.getLongAcquire(at));
            buffer.putLongRelease(at, ~first);
            assertEquals(~first, buffer.getLongVolatile(at));
            buffer.putLongOpaque(at, first + 1);
            assertEquals(first + 1, buffer.getLongOpaque(at));
            buffer.putLongOrdered(at, first);
            model.putLong(at, first);
            assertEquals(first, buffer.getLong(at));

            final int number = (int) first;
            buffer.putIntVolatile(at + 12, number);
            assertEquals(number, buffer.getIntAcquire(at + 12));
            buffer.putIntRelease(at + 12, ~number);
            assertEquals(~number, buffer.getIntVolatile(at + 12));
            buffer.putIntOpaque(at + 12, number + 1);
            assertEquals(number + 1, buffer.getIntOpaque(at + 12));
            buffer.putIntOrdered(at + 12, number);
            model.putInt(at + 12, number);

            buffer.putShortVolatile(at + 18, (short) first);
            model.putShort(at + 18, (short) first);
            assertEquals((short) first, buffer.getShortVolatile(at + 18));
            buffer.putCharVolatile(at + 20, (char) first);
            model.putChar(at + 20, (char) first);
            assertEquals((char) first, buffer.getCharVolatile(at + 20));
            buffer.putByteVolatile(at + 23, (byte) first);
            model.put(at + 23, (byte) first);
            assertEquals((byte) first, buffer.getByteVolatile(at + 23));
        }
        assertContent(model, subject);
    }

    private static void atomics(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        final ByteBuffer model = model(subject);
        for (final int place : PLACES) {
            final int at = place & -8;
            final long before = model.getLong(at);
            assertEquals(before, buffer.addLongOrdered(at, 3));
            assertEquals(before + 3, buffer.addLongRelease(at, -5));
            assertEquals(before - 2, buffer.addLongOpaque(at, 1));
            assertEquals(before - 1, buffer.getAndAddLong(at, 1));
            assertEquals(before, buffer.getAndSetLong(at, 77));
            assertFalse(buffer.compareAndSetLong(at, 76, 1));
            assertTrue(buffer.compareAndSetLong(at, 77, 78));
            assertEquals(78, buffer.compareAndExchangeLong(at, 77, 1));
            assertEquals(78, buffer.compareAndExchangeLong(at, 78, 79));
            assertEquals(79, buffer.getLongVolatile(at));
            model.putLong(at, 79);
            final int word = at + 12;
            final int number = model.getInt(word);
            assertEquals(number, buffer.addIntOrdered(word, 3));
            assertEquals(number + 3, buffer.addIntRelease(word, -5));
            assertEquals(number - 2, buffer.addIntOpaque(word, 1));
            assertEquals(number - 1, buffer.getAndAddInt(word, 1));
            assertEquals(number, buffer.getAndSetInt(word, 77));
            assertFalse(buffer.compareAndSetInt(word, 76, 1));
            assertTrue(buffer.compareAndSetInt(word, 77, 78));
            assertEquals(78, buffer.compareAndExchangeInt(word, 77, 1));
            assertEquals(78, buffer.compareAndExchangeInt(word, 78, 79));
            assertEquals(79, buffer.getIntVolatile(word));
            model.putInt(word, 79);
        }
        assertContent(model, subject);
    }

    /** Every access of a fixed width, by that width. */
    static Map<IntConsumer, Integer> accesses(final AtomicBuffer buffer) {
        final Map<IntConsumer, Integer> all = new LinkedHashMap<>();
        for (final IntConsumer access : List.<IntConsumer>of(buffer::getByte, buffer::getByteVolatile,
            i -> buffer.putByte(i, (byte) 1), i -> buffer.putByteVolatile(i, (byte) 1))) {
            all.put(access, Byte.BYTES);
        }
        for (final IntConsumer access : List.<IntConsumer>of(buffer::getShort, buffer::getChar,
            buffer::getShortVolatile, buffer::getCharVolatile, i -> buffer.getShort(i, FOREIGN),
            i -> buffer.getChar(i, FOREIGN), i -> buffer.putShort(i, (short) 1), i -> buffer.putChar(i, 'a'),
            i -> buffer.putShort(i, (short) 1, FOREIGN), i -> buffer.putChar(i, 'a', FOREIGN),
            i -> buffer.putShortVolatile(i, (short) 1), i -> buffer.putCharVolatile(i, 'a'))) {
            all.put(access, Short.BYTES);
        }
        for (final IntConsumer access : List.<IntConsumer>of(buffer::getInt, buffer::getFloat, buffer::getIntVolatile,
            buffer::getIntAcquire, buffer::getIntOpaque, i -> buffer.getInt(i, FOREIGN),
            i -> buffer.getFloat(i, FOREIGN), i -> buffer.putInt(i, 1), i -> buffer.putInt(i, 1, FOREIGN),
            i -> buffer.putFloat(i, 1), i -> buffer.putFloat(i, 1, FOREIGN), i -> buffer.putIntVolatile(i, 1),
            i -> buffer.putIntRelease(i, 1), i -> buffer.putIntOrdered(i, 1), i -> buffer.putIntOpaque(i, 1),
            i -> buffer.addIntOrdered(i, 1), i -> buffer.addIntRelease(i, 1), i -> buffer.addIntOpaque(i, 1),
            i -> buffer.getAndAddInt(i, 1), i -> buffer.getAndSetInt(i, 1), i -> buffer.compareAndSetInt(i, 0, 1),
            i -> buffer.compareAndExchangeInt(i, 0, 1), buffer::getStringAscii, buffer::getStringUtf8,
            i -> buffer.putStringAscii(i, (String) null), i -> buffer.putStringAscii(i, (CharSequence) null))) {
            all.put(access, Integer.BYTES);
        }
        for (final IntConsumer access : List.<IntConsumer>of(buffer::getLong, buffer::getDouble,
            buffer::getLongVolatile, buffer::getLongAcquire, buffer::getLongOpaque, i -> buffer.getLong(i, FOREIGN),
            i -> buffer.getDouble(i, FOREIGN), i -> buffer.putLong(i, 1), i -> buffer.putLong(i, 1, FOREIGN),
            i -> buffer.putDouble(i, 1), i -> buffer.putDouble(i, 1, FOREIGN), i -> buffer.putLongVolatile(i, 1),
            i -> buffer.putLongRelease(i, 1), i -> buffer.putLongOrdered(i, 1), i -> buffer.putLongOpaque(i, 1),
            i -> buffer.addLongOrdered(i, 1), i -> buffer.addLongRelease(i, 1), i -> buffer.addLongOpaque(i, 1),
            i -> buffer.getAndAddLong(i, 1), i -> buffer.getAndSetLong(i, 1),
            i -> buffer.compareAndSetLong(i, 0, 1), i -> buffer.compareAndExchangeLong(i, 0, 1))) {
            all.put(access, Long.BYTES);
        }
        return all;
    }

    private static void bounds(final Subject subject) {
        final ByteBuffer model = model(subject);
        accesses(subject.buffer()).forEach((access, width) -> {
            for (final int bad : new int[] {-1, -width, -8, Integer.MIN_VALUE, CAPACITY - width + 1, CAPACITY,
                CAPACITY + 8, Integer.MAX_VALUE, Integer.MAX_VALUE - 7, 1 << 30}) {
                assertThrows(IndexOutOfBoundsException.class, () -> access.accept(bad), width + " bytes at " + bad);
            }
        });
        assertContent(model, subject);
    }

    /** Something with a range. */
    interface RangeAccess {
        void accept(int index, int length);
    }

    /** Every access of a range that touches it; the first 15 work without any content as well. */
    static List<RangeAccess> rangeAccesses(final AtomicBuffer buffer, final AtomicBuffer same) {
        final byte[] bytes = new byte[2 * CAPACITY];
        final ByteBuffer heap = ByteBuffer.wrap(bytes);
        final ByteBuffer direct = ByteBuffer.allocateDirect(2 * CAPACITY);
        final UnsafeBuffer other = new UnsafeBuffer(bytes);
        return List.of(
            (i, n) -> buffer.setMemory(i, n, (byte) 1),
            (i, n) -> buffer.getBytes(i, bytes, 0, n), (i, n) -> buffer.putBytes(i, bytes, 0, n),
            (i, n) -> buffer.getBytes(i, heap, 0, n), (i, n) -> buffer.putBytes(i, heap, 0, n),
            (i, n) -> buffer.getBytes(i, direct, 0, n), (i, n) -> buffer.putBytes(i, direct, 0, n),
            (i, n) -> buffer.getBytes(i, other, 0, n), (i, n) -> buffer.putBytes(i, other, 0, n),
            (i, n) -> buffer.getBytes(i, same, 0, n), (i, n) -> buffer.putBytes(i, same, 0, n),
            // What is in and what is out changes places.
            (i, n) -> same.getBytes(0, buffer, i, n), (i, n) -> same.putBytes(0, buffer, i, n),
            (i, n) -> other.getBytes(0, buffer, i, n), (i, n) -> other.putBytes(0, buffer, i, n),
            buffer::getStringWithoutLengthAscii, buffer::getStringWithoutLengthUtf8,
            (i, n) -> buffer.getStringWithoutLengthAscii(i, n, new StringBuilder()),
            buffer::parseIntAscii, buffer::parseNaturalIntAscii, buffer::parseLongAscii,
            buffer::parseNaturalLongAscii, (i, n) -> buffer.putNaturalPaddedIntAscii(i, n, 0));
    }

    private static void ranges(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        final ByteBuffer model = model(subject);
        final List<RangeAccess> all =
            new ArrayList<>(rangeAccesses(buffer, subject.other(2 * CAPACITY)));
        all.addFirst(buffer::boundsCheck);
        for (final int[] bad : new int[][] {{-1, 1}, {-1, 0}, {0, -1}, {CAPACITY, 1}, {CAPACITY - 1, 2},
            {CAPACITY + 1, 0}, {0, CAPACITY + 1}, {1, CAPACITY}, {8, -8}, {Integer.MAX_VALUE, 1},
            {Integer.MAX_VALUE, Integer.MAX_VALUE}, {Integer.MIN_VALUE, 2}}) {
            for (final RangeAccess access : all) {
                assertThrows(IndexOutOfBoundsException.class, () -> access.accept(bad[0], bad[1]),
                    all.indexOf(access) + ". access of " + bad[1] + " bytes at " + bad[0]);
            }
        }
        for (final int[] bad : new int[][] {{-1, 1}, {0, -1}, {100, 1}, {99, 2}, {1, 100}, {101, 0}}) {
            final byte[] little = new byte[100];
            final ByteBuffer littleDirect = ByteBuffer.allocateDirect(100);
            final AtomicBuffer littleSame = subject.other(100);
            for (final RangeAccess access : List.<RangeAccess>of(
                (i, n) -> buffer.getBytes(0, little, i, n), (i, n) -> buffer.putBytes(0, little, i, n),
                (i, n) -> buffer.getBytes(0, ByteBuffer.wrap(little), i, n),
                (i, n) -> buffer.putBytes(0, ByteBuffer.wrap(little), i, n),
                (i, n) -> buffer.getBytes(0, littleDirect, i, n), (i, n) -> buffer.putBytes(0, littleDirect, i, n),
                (i, n) -> buffer.getBytes(0, new UnsafeBuffer(little), i, n),
                (i, n) -> buffer.putBytes(0, new UnsafeBuffer(little), i, n),
                (i, n) -> buffer.getBytes(0, littleSame, i, n), (i, n) -> buffer.putBytes(0, littleSame, i, n),
                (i, n) -> buffer.putBytes(0, new ExpandableArrayBuffer(100), i, n))) {
                assertThrows(IndexOutOfBoundsException.class, () -> access.accept(bad[0], bad[1]),
                    bad[1] + " bytes at " + bad[0] + " of the other side");
            }
        }
        all.subList(0, 16).forEach(access -> access.accept(CAPACITY, 0));
        assertThrows(NullPointerException.class, () -> buffer.getBytes(0, (byte[]) null));
        assertThrows(NullPointerException.class, () -> buffer.putBytes(0, (byte[]) null));
        assertContent(model, subject);
    }

    private static void fill(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        final ByteBuffer model = model(subject);
        for (final int at : PLACES) {
            for (final int length : new int[] {0, 1, 7, 8, 64, 99, 100, 2000}) {
                final int count = Math.min(length, CAPACITY - at);
                buffer.setMemory(at, count, (byte) (at + length));
                Arrays.fill(model.array(), at, at + count, (byte) (at + length));
            }
        }
        assertContent(model, subject);
    }

    private static void arrays(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        final ByteBuffer model = model(subject);
        final SplittableRandom random = new SplittableRandom(SEED);
        for (final int at : PLACES) {
            final byte[] bytes = new byte[Math.min(CAPACITY - at, 1 + random.nextInt(300))];
            buffer.getBytes(at, bytes);
            assertArrayEquals(Arrays.copyOfRange(model.array(), at, at + bytes.length), bytes);
            random.nextBytes(bytes);
            buffer.putBytes(at, bytes);
            model.put(at, bytes);
            final byte[] part = new byte[bytes.length + 20];
            buffer.getBytes(at, part, 7, bytes.length);
            assertArrayEquals(bytes, Arrays.copyOfRange(part, 7, 7 + bytes.length));
            assertEquals(0, part[6] | part[7 + bytes.length], "only the range is written");
            random.nextBytes(part);
            buffer.putBytes(at, part, 9, bytes.length);
            model.put(at, part, 9, bytes.length);
        }
        assertContent(model, subject);
    }

    private static void byteBuffers(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        final ByteBuffer model = model(subject);
        final SplittableRandom random = new SplittableRandom(SEED);
        final ByteBuffer shifted = ByteBuffer.allocate(1024).position(13).slice();
        final ByteBuffer shiftedDirect = ByteBuffer.allocateDirect(1024).position(13).slice();
        for (final ByteBuffer bytes : List.of(ByteBuffer.allocate(1000), ByteBuffer.allocateDirect(1000),
            shifted.order(FOREIGN), shiftedDirect.order(FOREIGN))) {
            for (final int at : PLACES) {
                final int length = random.nextInt(1 + Math.min(500, CAPACITY - at));
                final byte[] expected = Arrays.copyOfRange(model.array(), at, at + length);
                bytes.clear().position(31);
                buffer.getBytes(at, bytes, length);
                assertEquals(31 + length, bytes.position(), "the position moves");
                final byte[] seen = new byte[length];
                bytes.get(31, seen);
                assertArrayEquals(expected, seen);
                // Where the position and the limit are is of no matter.
                bytes.position(5).limit(6);
                buffer.getBytes(at, bytes, 100, length);
                assertEquals(5, bytes.position(), "the position stays");
                assertEquals(6, bytes.limit());
                bytes.clear().get(100, seen);
                assertArrayEquals(expected, seen);

                random.nextBytes(seen);
                bytes.put(200, seen).position(200);
                buffer.putBytes(at, bytes, length);
                model.put(at, seen);
                assertEquals(200 + length, bytes.position());
                random.nextBytes(seen);
                bytes.put(300, seen).position(5).limit(6);
                buffer.putBytes(at, bytes, 300, length);
                assertEquals(5, bytes.position());
                bytes.clear();
                random.nextBytes(seen);
                bytes.put(300, seen);
                buffer.putBytes(at, bytes.asReadOnlyBuffer(), 300, length);
                model.put(at, seen);
                assertContent(model, subject);
            }
        }
    }

    private static void otherBuffers(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        final ByteBuffer model = model(subject);
        final SplittableRandom random = new SplittableRandom(SEED);
        final List<MutableDirectBuffer> others = new ArrayList<>(List.of(new UnsafeBuffer(new byte[1024], 11, 900),
            new UnsafeBuffer(ByteBuffer.allocateDirect(1024), 16, 900),
            new UnsafeBuffer(ByteBuffer.allocate(1024).position(5).slice(), 3, 900),
            new ExpandableArrayBuffer(900), new ExpandableDirectByteBuffer(900), subject.other(900)));
        for (final MutableDirectBuffer other : others) {
            for (final int at : PLACES) {
                final int length = random.nextInt(1 + Math.min(500, CAPACITY - at));
                final byte[] expected = Arrays.copyOfRange(model.array(), at, at + length);
                final byte[] seen = new byte[length];
                buffer.getBytes(at, other, 21, length);
                other.getBytes(21, seen);
                assertArrayEquals(expected, seen, "to " + other.getClass());
                other.setMemory(0, 900, (byte) 0);
                other.putBytes(33, buffer, at, length);
                other.getBytes(33, seen);
                assertArrayEquals(expected, seen, "taken by " + other.getClass());
                random.nextBytes(seen);
                other.putBytes(41, seen);
                buffer.putBytes(at, other, 41, length);
                model.put(at, seen);
                assertContent(model, subject);
                random.nextBytes(seen);
                other.putBytes(57, seen);
                other.getBytes(57, buffer, at, length);
                model.put(at, seen);
                assertContent(model, subject);
            }
        }
    }

    private static void expandable(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        final ByteBuffer model = model(subject);
        for (final MutableDirectBuffer other
            : List.of(new ExpandableArrayBuffer(), new ExpandableDirectByteBuffer())) {
            buffer.getBytes(0, other, 1000, 700);
            assertTrue(other.capacity() >= 1700);
            other.putBytes(other.capacity(), buffer, 5, 3000);
            final byte[] seen = new byte[700];
            other.getBytes(1000, seen);
            assertArrayEquals(Arrays.copyOf(model.array(), 700), seen);
        }
    }

    private static void overlapping(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        final ByteBuffer model = model(subject);
        for (final int[] move : new int[][] {{0, 1, 4000}, {1, 0, 4000}, {100, 4000, 4100}, {4000, 100, 4100},
            {8, 8, 100}, {0, 64, 64}, {64, 0, 0}}) {
            buffer.putBytes(move[1], buffer, move[0], move[2]);
            System.arraycopy(model.array(), move[0], model.array(), move[1], move[2]);
            assertContent(model, subject);
            buffer.getBytes(move[1], buffer, move[0], move[2]);
            System.arraycopy(model.array(), move[1], model.array(), move[0], move[2]);
            assertContent(model, subject);
        }
    }

    private static void ascii(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        final ByteBuffer model = model(subject);
        for (final int at : PLACES) {
            for (final String text : new String[] {"", "a", "EURUSD", "Z\u00FCrich \u20AC \uD83D\uDE00 \u0080\u007F"}) {
                final String plain = text.replaceAll("[^\\x00-\\x7F]", "?");
                // Each of a pair of surrogates is one.
                final byte[] bytes = (text.contains("\uD83D") ? plain.replace("? ? ?", "? ?? ?") : plain)
                    .getBytes(StandardCharsets.US_ASCII);
                final String expected = new String(bytes, StandardCharsets.US_ASCII);
                assertEquals(4 + bytes.length, buffer.putStringAscii(at, text));
                model.putInt(at, bytes.length).put(at + 4, bytes);
                assertContent(model, subject);
                assertEquals(expected, buffer.getStringAscii(at));
                assertEquals(expected, buffer.getStringAscii(at, bytes.length));
                assertEquals(expected, buffer.getStringWithoutLengthAscii(at + 4, bytes.length));
                assertEquals(4 + bytes.length, buffer.putStringAscii(at, new StringBuilder(text), FOREIGN));
                assertEquals(expected, buffer.getStringAscii(at, FOREIGN));
                assertEquals(4 + bytes.length, buffer.putStringAscii(at, text, FOREIGN));
                assertEquals(Integer.reverseBytes(bytes.length), buffer.getInt(at));
                assertEquals(4 + bytes.length, buffer.putStringAscii(at, (CharSequence) text));
                assertContent(model, subject);
                assertEquals(bytes.length, buffer.putStringWithoutLengthAscii(at, text));
                assertEquals(bytes.length, buffer.putStringWithoutLengthAscii(at, new StringBuilder(text)));
                model.put(at, bytes);
                assertContent(model, subject);
            }
        }
        assertEquals(4, buffer.putStringAscii(16, (String) null));
        assertEquals(4, buffer.putStringAscii(20, (CharSequence) null, FOREIGN));
        assertEquals(0, buffer.getLong(16));
        assertEquals("", buffer.getStringAscii(16));
        assertEquals(0, buffer.putStringWithoutLengthAscii(16, (String) null));
        assertEquals(0, buffer.putStringWithoutLengthAscii(16, (CharSequence) null));
        assertEquals(0, buffer.putStringWithoutLengthAscii(16, (String) null, 1, 2));
        assertEquals(0, buffer.putStringWithoutLengthAscii(16, (CharSequence) null, 1, 2));
        assertEquals(3, buffer.putStringWithoutLengthAscii(0, "abcdef", 2, 3));
        assertEquals(2, buffer.putStringWithoutLengthAscii(3, new StringBuilder("abcdef"), 4, 100));
        assertEquals("cdeef", buffer.getStringWithoutLengthAscii(0, 5));
        buffer.putLong(0, -1);
        assertEquals("\uFFFD", buffer.getStringWithoutLengthAscii(0, 1), "no ASCII");
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.getStringAscii(0), "a negative length");
        buffer.putInt(0, Integer.MAX_VALUE);
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.getStringAscii(0));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.putStringAscii(CAPACITY - 8, "12345"));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.putStringWithoutLengthAscii(CAPACITY - 4, "12345"));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.putStringWithoutLengthAscii(0, "abc", 4, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.putStringWithoutLengthAscii(0, "abc", 0, -1));
    }

    private static void asciiAppendable(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        model(subject);
        buffer.putStringAscii(61, "IBM.N");
        buffer.putByte(67, (byte) 0xE4);
        final StringBuilder seen = new StringBuilder();
        assertEquals(5, buffer.getStringAscii(61, seen));
        assertEquals("IB?.N", seen.toString());
        assertEquals(3, buffer.getStringAscii(61, 3, seen));
        assertEquals(2, buffer.getStringWithoutLengthAscii(68, 2, seen));
        buffer.putStringAscii(61, "AB", FOREIGN);
        assertEquals(2, buffer.getStringAscii(61, seen, FOREIGN));
        assertEquals("IB?.NIB?.NAB", seen.toString());
        buffer.putInt(61, 0);
        assertEquals(0, buffer.getStringAscii(61, seen));
        assertEquals(0, buffer.getStringAscii(61, seen, FOREIGN));
        final Appendable refusing = new Appendable() {
            @Override
            public Appendable append(final CharSequence text) throws IOException {
                throw new IOException("full");
            }

            @Override
            public Appendable append(final CharSequence text, final int start, final int end) throws IOException {
                throw new IOException("full");
            }

            @Override
            public Appendable append(final char character) throws IOException {
                throw new IOException("full");
            }
        };
        final Exception thrown =
            assertThrows(Exception.class, () -> buffer.getStringWithoutLengthAscii(0, 1, refusing));
        // A proxy wraps what the interface does not declare.
        assertTrue(thrown instanceof IOException || thrown.getCause() instanceof IOException, thrown.toString());
    }

    private static void utf8(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        final ByteBuffer model = model(subject);
        for (final int at : PLACES) {
            for (final String text : new String[] {"", "a", "EURUSD", "Z\u00FCrich \u20AC \uD83D\uDE00", null}) {
                final byte[] bytes = (text == null ? "null" : text).getBytes(StandardCharsets.UTF_8);
                final String expected = new String(bytes, StandardCharsets.UTF_8);
                assertEquals(4 + bytes.length, buffer.putStringUtf8(at, text));
                model.putInt(at, bytes.length).put(at + 4, bytes);
                assertContent(model, subject);
                assertEquals(expected, buffer.getStringUtf8(at));
                assertEquals(expected, buffer.getStringUtf8(at, bytes.length));
                assertEquals(expected, buffer.getStringWithoutLengthUtf8(at + 4, bytes.length));
                assertEquals(4 + bytes.length, buffer.putStringUtf8(at, text, FOREIGN));
                assertEquals(expected, buffer.getStringUtf8(at, FOREIGN));
                assertEquals(4 + bytes.length, buffer.putStringUtf8(at, text, FOREIGN, bytes.length));
                assertEquals(Integer.reverseBytes(bytes.length), buffer.getInt(at));
                assertEquals(4 + bytes.length, buffer.putStringUtf8(at, text, bytes.length));
                assertContent(model, subject);
                assertThrows(IllegalArgumentException.class,
                    () -> buffer.putStringUtf8(at, text, bytes.length - 1));
                assertThrows(IllegalArgumentException.class,
                    () -> buffer.putStringUtf8(at, text, FOREIGN, bytes.length - 1));
                assertEquals(bytes.length, buffer.putStringWithoutLengthUtf8(at, text));
                model.put(at, bytes);
                assertContent(model, subject);
            }
        }
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.putStringUtf8(CAPACITY - 8, "12345"));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.putStringWithoutLengthUtf8(CAPACITY - 4, "12345"));
        buffer.putInt(0, -5);
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.getStringUtf8(0));
        assertContent(model.putInt(0, -5), subject);
    }

    private static final String[] NUMBERS = {"0", "1", "7", "10", "42", "100", "999", "1000", "1234", "12345",
        "99999999", "100000000", "123456789", "1234567890", "2147483647", "2147483648", "9999999999", "00000000001",
        "0000000012",
        "123456789012", "12345678901234567", "999999999999999999", "9223372036854775807", "9223372036854775808",
        "9999999999999999999", "10000000000000000000", "0000000000000000007", "00000000000000000007"};

    private static void parse(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        for (final String number : NUMBERS) {
            for (final String text : new String[] {number, "-" + number}) {
                for (final int at : new int[] {0, 59, 4090, CAPACITY - text.length()}) {
                    buffer.putStringWithoutLengthAscii(at, text);
                    final int length = text.length();
                    final boolean negative = text.startsWith("-");
                    assertNumber(number.length() <= 10 && isBetween(text, Integer.MIN_VALUE, Integer.MAX_VALUE), text,
                        () -> (long) buffer.parseIntAscii(at, length));
                    assertNumber(!negative && number.length() <= 10 && isBetween(text, 0, Integer.MAX_VALUE), text,
                        () -> (long) buffer.parseNaturalIntAscii(at, length));
                    assertNumber(number.length() <= 19 && isBetween(text, Long.MIN_VALUE, Long.MAX_VALUE), text,
                        () -> buffer.parseLongAscii(at, length));
                    assertNumber(!negative && number.length() <= 19 && isBetween(text, 0, Long.MAX_VALUE), text,
                        () -> buffer.parseNaturalLongAscii(at, length));
                }
            }
        }
        for (final String text : new String[] {"", "-", "--1", "1-", "+1", " 1", "1 ", "1a", "a", "12345678a",
            "1234567a9", "123456789/", "12345678901234567:9", "\0", "1.5"}) {
            buffer.putStringWithoutLengthAscii(100, text);
            final int length = text.length();
            assertNumber(false, text, () -> (long) buffer.parseIntAscii(100, length));
            assertNumber(false, text, () -> (long) buffer.parseNaturalIntAscii(100, length));
            assertNumber(false, text, () -> buffer.parseLongAscii(100, length));
            assertNumber(false, text, () -> buffer.parseNaturalLongAscii(100, length));
        }
    }

    private static boolean isBetween(final String text, final long least, final long most) {
        final BigInteger value = new BigInteger(text);
        return value.compareTo(BigInteger.valueOf(least)) >= 0
            && value.compareTo(BigInteger.valueOf(most)) <= 0;
    }

    private static void assertNumber(final boolean valid, final String text, final LongSupplier parser) {
        if (valid) {
            assertEquals(Long.parseLong(text), parser.getAsLong());
        } else {
            assertThrows(AsciiNumberFormatException.class, parser::getAsLong, text);
        }
    }

    private static void numbers(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        final List<Long> values = new ArrayList<>(List.of(0L, Long.MIN_VALUE, Long.MAX_VALUE));
        for (long power = 1; power > 0 && power <= Long.MAX_VALUE / 10; power *= 10) {
            values.addAll(List.of(power, power - 1, power + 1, -power, 7 * power));
        }
        for (final long value : values) {
            for (final int at : new int[] {0, 59, 4090}) {
                final String text = "" + value;
                final ByteBuffer model = model(subject);
                model.put(at, text.getBytes(StandardCharsets.US_ASCII));
                assertEquals(text.length(), buffer.putLongAscii(at, value));
                assertContent(model, subject);
                if (value >= 0) {
                    assertEquals(text.length(), buffer.putNaturalLongAscii(at, value));
                    assertContent(model, subject);
                }
            }
            if (value < Long.MIN_VALUE + 1000) {
                continue;
            }
            final int number = (int) value;
            final int natural = number & Integer.MAX_VALUE;
            final String text = "" + natural;
            assertEquals(("" + number).length(), buffer.putIntAscii(61, number));
            assertEquals("" + number, buffer.getStringWithoutLengthAscii(61, ("" + number).length()));
            final ByteBuffer model = model(subject);
            model.put(61, text.getBytes(StandardCharsets.US_ASCII));
            assertEquals(text.length(), buffer.putNaturalIntAscii(61, natural));
            assertContent(model, subject);
            model.put(200, "0000000000000".getBytes(StandardCharsets.US_ASCII));
            model.put(213 - text.length(), text.getBytes(StandardCharsets.US_ASCII));
            buffer.putNaturalPaddedIntAscii(200, 13, natural);
            assertContent(model, subject);
            if (natural != 0) {
                buffer.putNaturalPaddedIntAscii(300, text.length(), natural);
                model.put(300, text.getBytes(StandardCharsets.US_ASCII));
                assertThrows(NumberFormatException.class,
                    () -> buffer.putNaturalPaddedIntAscii(400, text.length() - 1, natural));
                model.put(500 - text.length(), text.getBytes(StandardCharsets.US_ASCII));
            }
            // Of 0 nothing is written.
            assertEquals(500 - (natural == 0 ? 0 : text.length()), buffer.putNaturalIntAsciiFromEnd(natural, 500));
            buffer.putBytes(400, model.array(), 400, 11);
            assertContent(model, subject);
        }
        assertEquals(11, buffer.putIntAscii(0, Integer.MIN_VALUE));
        assertEquals("-2147483648", buffer.getStringWithoutLengthAscii(0, 11));
        final ByteBuffer model = model(subject);
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.putIntAscii(CAPACITY - 2, 100));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.putIntAscii(CAPACITY - 10, Integer.MIN_VALUE));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.putLongAscii(CAPACITY - 3, -100));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.putNaturalIntAscii(CAPACITY, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.putNaturalLongAscii(-1, 5));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.putNaturalIntAsciiFromEnd(100, 2));
        assertContent(model, subject);
    }

    private static void compare(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        for (final int capacity : new int[] {0, 5, 8, 13, 64}) {
            final AtomicBuffer one = subject.other(capacity);
            final UnsafeBuffer two = new UnsafeBuffer(new byte[capacity]);
            final UnsafeBuffer model = new UnsafeBuffer(new byte[capacity]);
            final AtomicBuffer same = subject.other(capacity);
            assertEquals(0, one.compareTo(two));
            assertEquals(0, one.compareTo(same));
            assertEquals(one, same);
            assertEquals(one.hashCode(), same.hashCode());
            assertFalse(one.equals(null));
            assertFalse(one.equals(new Object()));
            for (int i = 0; i < capacity; i++) {
                for (final byte value : new byte[] {1, -1, 127, -128}) {
                    one.putByte(i, value);
                    model.putByte(i, value);
                    assertEquals(Integer.signum(model.compareTo(two)), Integer.signum(one.compareTo(two)));
                    assertEquals(Integer.signum(two.compareTo(model)), Integer.signum(same.compareTo(one)));
                    assertFalse(one.equals(same));
                    assertFalse(same.equals(one));
                    assertTrue(one.hashCode() != same.hashCode(), "for such contents");
                }
                one.putByte(i, (byte) 0);
                model.putByte(i, (byte) 0);
            }
            assertTrue(one.compareTo(new UnsafeBuffer(new byte[capacity + 1])) < 0);
            assertFalse(one.equals(subject.other(capacity + 1)));
        }
        assertEquals(0, buffer.compareTo(buffer));
        assertThrows(NullPointerException.class, () -> buffer.compareTo(null));
    }

    private static void limits(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        assertEquals(CAPACITY, buffer.capacity());
        assertFalse(buffer.isExpandable());
        buffer.checkLimit(0);
        buffer.checkLimit(CAPACITY);
        buffer.checkLimit(-1);
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.checkLimit(CAPACITY + 1));
        buffer.boundsCheck(0, CAPACITY);
        buffer.boundsCheck(CAPACITY, 0);
        if (buffer.byteArray() == null) {
            // Agrona complains of arrays to standard error.
            buffer.verifyAlignment();
        }
        assertTrue(buffer.toString().contains("" + CAPACITY), buffer.toString());
    }

    /** Where the two kinds differ: either the memory can be had, or it cannot. */
    private static void memory(final Subject subject) {
        final AtomicBuffer buffer = subject.buffer();
        final byte[] array = new byte[16];
        final ByteBuffer bytes = ByteBuffer.allocateDirect(16);
        final DirectBuffer other = new UnsafeBuffer(array);
        final List<Runnable> wraps = List.of(() -> buffer.wrap(array), () -> buffer.wrap(array, 0, 16),
            () -> buffer.wrap(bytes), () -> buffer.wrap(bytes, 0, 16), () -> buffer.wrap(other),
            () -> buffer.wrap(other, 0, 16), () -> buffer.wrap(4096L, 16));
        if (subject.givesMemoryAway()) {
            assertTrue(buffer.addressOffset() != 0);
            assertTrue(buffer.byteArray() != null || buffer.byteBuffer() != null);
            assertTrue(buffer.wrapAdjustment() >= 0);
            wraps.forEach(Runnable::run);
            assertEquals(16, buffer.capacity());
            return;
        }
        final ByteBuffer model = model(subject);
        assertThrows(UnsupportedOperationException.class, buffer::addressOffset);
        assertSame(null, buffer.byteArray());
        assertSame(null, buffer.byteBuffer());
        assertEquals(0, buffer.wrapAdjustment());
        wraps.forEach(wrap -> assertThrows(UnsupportedOperationException.class, wrap::run));
        assertEquals(CAPACITY, buffer.capacity());
        assertContent(model, subject);
    }
}
