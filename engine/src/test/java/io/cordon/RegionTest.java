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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.linux.Memory;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.LineMap;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A healthy region: memory over a file, and nothing else. */
class RegionTest {
    private static final int SIZE = 4 * 4096;
    private static final long SEED = 20260104;

    @TempDir
    private Path folder;
    private Path path;
    private Region region;
    /** What the region must hold. */
    private final byte[] model = new byte[SIZE];
    private final ByteBuffer view = ByteBuffer.wrap(model).order(ByteOrder.nativeOrder());
    private final SplittableRandom random = new SplittableRandom(SEED);

    @BeforeEach
    void open() throws IOException {
        path = folder.resolve("region");
        region = Region.builder(path).size(SIZE).open();
    }

    @AfterEach
    void close() {
        region.close();
    }

    /** First and last byte, and every alignment around the borders of lines and pages. */
    private List<Integer> offsets(final int width) {
        final List<Integer> offsets = new ArrayList<>();
        for (final int border : new int[] {0, 64, 128, 4096, 8192, SIZE - 64, SIZE}) {
            for (int offset = border - 9; offset <= border + 9; offset++) {
                if (offset >= 0 && offset <= SIZE - width) {
                    offsets.add(offset);
                }
            }
        }
        for (int i = 0; i < 200; i++) {
            offsets.add(random.nextInt(SIZE - width + 1));
        }
        return offsets;
    }

    private byte[] content() {
        final byte[] content = new byte[SIZE];
        region.get(0, content, 0, SIZE);
        return content;
    }

    private void assertContent(final String message) {
        final int mismatch = Arrays.mismatch(model, content());
        assertEquals(-1, mismatch, message + ", seed " + SEED);
    }

    @Test
    void shouldBeZeroWhenCreated() throws IOException {
        assertContent("created");
        assertEquals(SIZE, region.size());
        assertEquals(SIZE, Files.size(path));
        assertEquals(0, region.address() % 4096);
        assertEquals(SIZE, region.segment().byteSize());
        assertEquals(region.address(), region.segment().address());
        assertTrue(region.poison().isClean());
        assertSame(region.recovery(), region.recovery());
        assertSame(Media.file(), region.media());
    }

    @Test
    void shouldLoadBytesAndShortsAsStored() {
        for (final int offset : offsets(1)) {
            final byte value = (byte) random.nextInt();
            region.putByte(offset, value);
            view.put(offset, value);
            assertEquals(value, region.getByte(offset));
        }
        for (final int offset : offsets(2)) {
            final short value = (short) random.nextInt();
            region.putShort(offset, value);
            view.putShort(offset, value);
            assertEquals(value, region.getShort(offset));
            assertEquals((char) value, region.getChar(offset));
            region.putChar(offset, (char) ~value);
            view.putChar(offset, (char) ~value);
            assertEquals((char) ~value, region.getChar(offset));
        }
        assertContent("native byte order, and no other byte changed");
    }

    @Test
    void shouldLoadIntsAndLongsAsStored() {
        for (final int offset : offsets(4)) {
            final int value = random.nextInt();
            region.putInt(offset, value);
            view.putInt(offset, value);
            assertEquals(value, region.getInt(offset));
        }
        for (final int offset : offsets(8)) {
            final long value = random.nextLong();
            region.putLong(offset, value);
            view.putLong(offset, value);
            assertEquals(value, region.getLong(offset));
        }
        assertContent("native byte order, and no other byte changed");
    }

    @Test
    void shouldLoadFloatsAndDoublesBitByBit() {
        for (final int offset : offsets(4)) {
            final int bits = offset % 7 == 0 ? 0x7FC0_1234 : random.nextInt() & 0xBF7F_FFFF;
            region.putFloat(offset, Float.intBitsToFloat(bits));
            view.putInt(offset, bits);
            assertEquals(bits, Float.floatToRawIntBits(region.getFloat(offset)));
        }
        for (final int offset : offsets(8)) {
            final long bits = offset % 7 == 0 ? 0x7FF8_0000_0000_1234L : random.nextLong() & 0xBFEF_FFFF_FFFF_FFFFL;
            region.putDouble(offset, Double.longBitsToDouble(bits));
            view.putLong(offset, bits);
            assertEquals(bits, Double.doubleToRawLongBits(region.getDouble(offset)));
        }
        assertContent("native byte order, and no other byte changed");
    }

    @Test
    void shouldLoadNarrowValuesWithVolatileSemanticsAsStored() {
        for (final int raw : offsets(2)) {
            final byte low = (byte) random.nextInt();
            region.putByteVolatile(raw, low);
            view.put(raw, low);
            assertEquals(low, region.getByteVolatile(raw));
            final int offset = raw & -2;
            final short value = (short) random.nextInt();
            region.putShortVolatile(offset, value);
            assertEquals(value, region.getShortVolatile(offset));
            assertEquals((char) value, region.getCharVolatile(offset));
            region.putCharVolatile(offset, (char) ~value);
            assertEquals((char) ~value, region.getCharVolatile(offset));
            view.putChar(offset, (char) ~value);
        }
        assertContent("native byte order, and no other byte changed");
    }

    @Test
    void shouldUpdateIntsAtomically() {
        for (final int raw : offsets(4)) {
            final int offset = raw & -4;
            final int a = random.nextInt();
            final int b = ~a;
            region.putIntRelease(offset, a);
            assertEquals(a, region.getIntAcquire(offset));
            region.putIntOpaque(offset, b);
            assertEquals(b, region.getIntOpaque(offset));
            region.putIntVolatile(offset, a);
            assertEquals(a, region.getIntVolatile(offset));
            assertFalse(region.compareAndSetInt(offset, b, 1));
            assertEquals(a, region.getInt(offset), "a refused exchange changes nothing");
            assertTrue(region.compareAndSetInt(offset, a, b));
            assertEquals(b, region.compareAndExchangeInt(offset, a, 1));
            assertEquals(b, region.compareAndExchangeInt(offset, b, a));
            assertEquals(a, region.getAndAddInt(offset, 17));
            assertEquals(a + 17, region.getAndSetInt(offset, b));
            assertEquals(b, region.getInt(offset));
            view.putInt(offset, b);
        }
        assertContent("no other byte changed");
    }

    @Test
    void shouldUpdateLongsAtomically() {
        for (final int raw : offsets(8)) {
            final int offset = raw & -8;
            final long a = random.nextLong();
            final long b = ~a;
            region.putLongRelease(offset, a);
            assertEquals(a, region.getLongAcquire(offset));
            region.putLongOpaque(offset, b);
            assertEquals(b, region.getLongOpaque(offset));
            region.putLongVolatile(offset, a);
            assertEquals(a, region.getLongVolatile(offset));
            assertFalse(region.compareAndSetLong(offset, b, 1));
            assertEquals(a, region.getLong(offset), "a refused exchange changes nothing");
            assertTrue(region.compareAndSetLong(offset, a, b));
            assertEquals(b, region.compareAndExchangeLong(offset, a, 1));
            assertEquals(b, region.compareAndExchangeLong(offset, b, a));
            assertEquals(a, region.getAndAddLong(offset, -3));
            assertEquals(a - 3, region.getAndSetLong(offset, b));
            assertEquals(b, region.getLong(offset));
            view.putLong(offset, b);
        }
        assertContent("no other byte changed");
    }

    @Test
    void shouldNotLoseAtomicAdditionsOfTwoThreads() throws InterruptedException {
        final int count = 20_000;
        final Runnable adder = () -> {
            for (int i = 0; i < count; i++) {
                region.getAndAddInt(60, 1);
                region.getAndAddLong(4096, 1);
            }
        };
        final Thread other = Thread.ofPlatform().start(adder);
        adder.run();
        other.join();
        assertEquals(2 * count, region.getInt(60));
        assertEquals(2 * count, region.getLong(4096));
    }

    @Test
    void shouldCopyInAndOutOfAnySegment() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment outside = arena.allocate(SIZE + 16);
            for (int i = 0; i < 300; i++) {
                final int offset = random.nextInt(SIZE + 1);
                final int length = i % 10 == 0 ? 0 : random.nextInt(SIZE - offset + 1);
                final int at = random.nextInt(17);
                final byte[] bytes = new byte[SIZE + 16];
                random.nextBytes(bytes);
                final MemorySegment heap = MemorySegment.ofArray(bytes);
                switch (i % 3) {
                    case 0 -> region.put(offset, heap, at, length);
                    case 1 -> region.put(offset, outside.copyFrom(heap), at, length);
                    default -> region.put(offset, bytes, at, length);
                }
                System.arraycopy(bytes, at, model, offset, length);
                assertContent("put " + i);
                final byte[] expected = bytes.clone();
                Arrays.fill(expected, (byte) 1);
                final byte[] found = expected.clone();
                System.arraycopy(model, offset, expected, at, length);
                switch (i % 3) {
                    case 0 -> region.get(offset, MemorySegment.ofArray(found), at, length);
                    case 1 -> {
                        outside.fill((byte) 1);
                        region.get(offset, outside, at, length);
                        MemorySegment.copy(outside, ValueLayout.JAVA_BYTE, 0, found, 0, found.length);
                    }
                    default -> region.get(offset, found, at, length);
                }
                assertArrayEquals(expected, found, "get " + i + ", seed " + SEED);
            }
        }
    }

    @Test
    void shouldCopyNothingAtTheVeryEnd() {
        region.put(SIZE, new byte[0], 0, 0);
        region.get(SIZE, new byte[4], 4, 0);
        region.fill(SIZE, 0, (byte) 1);
        region.verify(SIZE, 0);
        assertTrue(region.isReadable(SIZE, 0));
        assertEquals(0L, region.read(SIZE, 0, MemorySegment::byteSize));
        assertContent("nothing changed");
    }

    @Test
    void shouldFillExactlyTheRange() {
        for (int i = 0; i < 200; i++) {
            final int offset = random.nextInt(SIZE + 1);
            final int length = i % 10 == 0 ? 0 : random.nextInt(SIZE - offset + 1);
            final byte value = (byte) random.nextInt();
            region.fill(offset, length, value);
            Arrays.fill(model, offset, offset + length, value);
            assertContent("fill " + i);
        }
    }

    @Test
    void shouldHandTheReaderExactlyTheRange() {
        random.nextBytes(model);
        region.put(0, model, 0, SIZE);
        for (int i = 0; i < 100; i++) {
            final int offset = random.nextInt(SIZE + 1);
            final int length = i % 10 == 0 ? 0 : random.nextInt(SIZE - offset + 1);
            final byte[] expected = Arrays.copyOfRange(model, offset, offset + length);
            assertArrayEquals(expected, region.read(offset, length, slice -> slice.toArray(ValueLayout.JAVA_BYTE)));
            assertEquals(Arrays.hashCode(expected), region.readAsLong(
                offset, length, slice -> Arrays.hashCode(slice.toArray(ValueLayout.JAVA_BYTE))));
        }
        assertNull(region.<Object>read(0, 8, _ -> null));
    }

    @Test
    void shouldLetAReadersExceptionOutUnchangedAfterOneCall() {
        final AtomicInteger calls = new AtomicInteger();
        final RuntimeException exception = new IllegalStateException("the reader's own");
        assertSame(exception, assertThrows(RuntimeException.class, () -> region.read(0, 64, _ -> {
            calls.incrementAndGet();
            throw exception;
        })));
        final Error error = new StackOverflowError("the reader's own");
        assertSame(error, assertThrows(Error.class, () -> region.readAsLong(0, 64, _ -> {
            calls.incrementAndGet();
            throw error;
        })));
        assertEquals(2, calls.get());
        assertEquals(0, exception.getSuppressed().length);
        assertThrows(IndexOutOfBoundsException.class,
            () -> region.read(0, 64, slice -> slice.get(ValueLayout.JAVA_BYTE, 64)));
    }

    @Test
    void shouldServeReadsWithinReads() {
        region.putLong(8, 1);
        region.putLong(4096, 2);
        final long sum = region.readAsLong(0, 64, outer -> outer.get(ValueLayout.JAVA_LONG, 8)
            + region.read(4096, 64, inner -> inner.get(ValueLayout.JAVA_LONG, 0) + region.getLong(8)));
        assertEquals(4, sum);
    }

    @Test
    void shouldServeAReadOfNothingWhilePagesFail() throws IOException {
        // The hazard word moves while the reader runs: the range is looked at again, and has no bytes.
        final SimulatedMedia media = Media.simulated();
        try (Region failing = Region.builder(folder.resolve("failing")).size(SIZE).media(media).open()) {
            for (final long offset : new long[] {0, 64, 4096, SIZE}) {
                final AtomicInteger calls = new AtomicInteger();
                assertEquals(1, failing.readAsLong(offset, 0, _ -> {
                    poison(media, 4096);
                    assertEquals(0, calls.get(), "calls before");
                    return calls.incrementAndGet();
                }), "offset " + offset);
            }
        }
    }

    private static void poison(final SimulatedMedia media, final long offset) {
        try {
            media.injectKnown(offset, 64);
        } catch (final IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    void shouldBeEqualToItselfAlone() throws IOException {
        try (Region other = Region.builder(folder.resolve("other")).size(SIZE).open()) {
            assertNotEquals(region, other);
            assertEquals(region, region);
            assertNotEquals(null, region);
            assertNotEquals(region, new Object());
            assertEquals(region.hashCode(), region.hashCode());
            final Region copy = new Region(region.address(), region.size(), region.segment(), region.core());
            assertNotSame(region, copy);
            assertEquals(region, copy);
            assertEquals(region.hashCode(), copy.hashCode());
        }
    }

    @Test
    void shouldSayWhatItIs() throws IOException {
        assertEquals("Region[" + path + ", " + SIZE + " bytes, media file]", region.toString());
        region.close();
        try (Region readOnly = Region.builder(path).readOnly(true).media(Media.simulated()).open()) {
            assertEquals("Region[" + path + ", " + SIZE + " bytes, media simulated, read-only]", readOnly.toString());
        }
    }

    @Test
    void shouldNotBeMadeOfForeignParts() throws IOException {
        try (Region other = Region.builder(folder.resolve("other")).size(2 * SIZE).open()) {
            final RegionCore core = region.core();
            assertThrows(IllegalArgumentException.class,
                () -> new Region(other.address(), SIZE, region.segment(), core));
            assertThrows(IllegalArgumentException.class,
                () -> new Region(region.address(), 2 * SIZE, region.segment(), core));
            assertThrows(IllegalArgumentException.class,
                () -> new Region(region.address(), SIZE, other.segment(), core));
            assertThrows(IllegalArgumentException.class,
                () -> new Region(region.address(), SIZE, region.segment().asSlice(0), core));
            assertThrows(IllegalArgumentException.class,
                () -> new Region(region.address(), SIZE, region.segment(), other.core()));
            assertThrows(NullPointerException.class,
                () -> new Region(region.address(), SIZE, region.segment(), null));
        }
    }

    @Test
    void shouldKeepItsContentInTheFile() throws IOException {
        random.nextBytes(model);
        region.put(0, model, 0, SIZE);
        region.persist();
        assertArrayEquals(model, Files.readAllBytes(path), "after persist()");
        region.putLong(4091, 42);
        view.putLong(4091, 42);
        region.persist(4091, 8);
        region.persist(SIZE, 0);
        region.persist(1, 0);
        assertArrayEquals(model, Files.readAllBytes(path), "after persist(offset, length)");
        region.putByte(SIZE - 1, (byte) 99);
        view.put(SIZE - 1, (byte) 99);
        region.close();
        assertArrayEquals(model, Files.readAllBytes(path), "after close()");
        region = Region.builder(path).open();
        assertEquals(SIZE, region.size(), "the size is the file's");
        assertContent("reopened");
        region.close();
        region = Region.builder(path).size(SIZE).open();
        assertContent("reopened with its size");
    }

    @Test
    void shouldKeepTwoRegionsApart() throws IOException {
        try (Region other = Region.builder(folder.resolve("other")).size(SIZE).open()) {
            region.fill(0, SIZE, (byte) 1);
            other.fill(0, SIZE, (byte) 2);
            Arrays.fill(model, (byte) 1);
            assertContent("one");
            assertEquals(2, other.getByte(0));
            assertEquals(2, other.getByte(SIZE - 1));
        }
        assertContent("after the other was closed");
    }

    @Test
    void shouldServeManyReadersOfOneFile() throws IOException {
        region.putLong(64, 5);
        region.close();
        try (Region one = Region.builder(path).readOnly(true).open();
            Region two = Region.builder(path).readOnly(true).open()) {
            assertEquals(5, one.getLong(64));
            assertEquals(5, two.getLong(64));
            assertThrows(IOException.class, () -> Region.builder(path).open());
        }
    }

    @Test
    void shouldRefuseEveryStoreToAReadOnlyRegion() throws IOException {
        region.putLong(64, 5);
        region.close();
        final byte[] before = Files.readAllBytes(path);
        try (Region one = Region.builder(path).readOnly(true).open()) {
            final List<Runnable> stores = List.of(
                () -> one.putByte(0, (byte) 1), () -> one.putShort(0, (short) 1), () -> one.putChar(0, 'a'),
                () -> one.putInt(0, 1), () -> one.putLong(0, 1), () -> one.putFloat(0, 1), () -> one.putDouble(0, 1),
                () -> one.putByteVolatile(0, (byte) 1), () -> one.putShortVolatile(0, (short) 1),
                () -> one.putCharVolatile(0, 'a'),
                () -> one.putIntRelease(0, 1), () -> one.putIntOpaque(0, 1), () -> one.putIntVolatile(0, 1),
                () -> one.putLongRelease(0, 1), () -> one.putLongOpaque(0, 1), () -> one.putLongVolatile(0, 1),
                () -> one.compareAndSetInt(0, 0, 1), () -> one.compareAndExchangeInt(0, 0, 1),
                () -> one.getAndAddInt(0, 1), () -> one.getAndSetInt(0, 1),
                () -> one.compareAndSetLong(0, 0, 1), () -> one.compareAndExchangeLong(0, 0, 1),
                () -> one.getAndAddLong(0, 1), () -> one.getAndSetLong(0, 1),
                () -> one.fill(0, 1, (byte) 1), () -> one.put(0, new byte[1], 0, 1),
                () -> one.put(0, MemorySegment.ofArray(new byte[1]), 0, 1));
            for (int i = 0; i < stores.size(); i++) {
                final Runnable store = stores.get(i);
                final UnsupportedOperationException thrown =
                    assertThrows(UnsupportedOperationException.class, store::run, "store " + i);
                assertTrue(thrown.getMessage().contains(path.toString()), thrown.getMessage());
            }
            assertTrue(one.segment().isReadOnly());
            assertEquals(5, one.getLong(64));
            one.verify(0, SIZE);
        }
        assertArrayEquals(before, Files.readAllBytes(path));
    }

    @Test
    void shouldRefuseEveryUseAfterClose() {
        region.close();
        region.close();
        final List<Runnable> uses = List.of(
            () -> region.getByte(0), () -> region.getShort(0), () -> region.getChar(0), () -> region.getInt(0),
            () -> region.getLong(0), () -> region.getFloat(0), () -> region.getDouble(0),
            () -> region.getIntAcquire(0), () -> region.getIntOpaque(0), () -> region.getIntVolatile(0),
            () -> region.getLongAcquire(0), () -> region.getLongOpaque(0), () -> region.getLongVolatile(0),
            () -> region.putByte(0, (byte) 1), () -> region.putLong(0, 1), () -> region.putIntVolatile(0, 1),
            () -> region.compareAndSetInt(0, 0, 1), () -> region.getAndAddLong(0, 1),
            () -> region.get(0, new byte[1], 0, 1), () -> region.put(0, new byte[1], 0, 1),
            () -> region.fill(0, 1, (byte) 1), () -> region.read(0, 1, _ -> 1), () -> region.readAsLong(0, 1, _ -> 1),
            () -> region.get(0, new byte[1], 0, 0), () -> region.put(0, new byte[1], 0, 0),
            () -> region.fill(0, 0, (byte) 1), () -> region.read(0, 0, _ -> 1),
            () -> region.isReadable(0, 1), () -> region.isReadable(0, 0), () -> region.verify(0, 1),
            () -> region.verify(0, 0), () -> region.segment().get(ValueLayout.JAVA_BYTE, 0));
        for (int i = 0; i < uses.size(); i++) {
            final Runnable use = uses.get(i);
            assertThrows(IllegalStateException.class, use::run, "use " + i);
        }
        assertThrows(IllegalStateException.class, () -> region.persist());
        assertThrows(IllegalStateException.class, () -> region.persist(0, 0));
        assertThrows(IllegalStateException.class, () -> region.recovery().zero(0, 64));
        assertThrows(IllegalStateException.class, () -> region.recovery().zero(0, 0));
        assertThrows(IllegalStateException.class, () -> region.recovery().write(0, new byte[0]));
    }

    @Test
    void shouldHaveAQuietHazardWordWhileNothingFails() {
        final long before = Memory.getLong(region.address() + LineMap.HAZARD_OFFSET);
        shouldLoadIntsAndLongsAsStored();
        shouldUpdateLongsAtomically();
        assertEquals(before, Memory.getLong(region.address() + LineMap.HAZARD_OFFSET));
        assertEquals(0, before & 7);
    }
}
