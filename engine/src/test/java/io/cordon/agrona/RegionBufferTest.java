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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertThrowsExactly;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.Region;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a window of a region does that no other buffer of Agrona's does. */
class RegionBufferTest {
    private static final int SIZE = 1 << 20;
    private static final int LINE = 64;
    private static final long OFFSET = 4096 + 128;

    private final SimulatedMedia media = Media.simulated();

    @TempDir
    private Path folder;
    private Path path;
    private Region region;
    private RegionBuffer buffer;

    @BeforeEach
    void open() throws IOException {
        path = folder.resolve("region");
        region = Region.builder(path).size(SIZE).media(media).open();
        buffer = RegionBuffer.of(region, OFFSET, BufferContract.CAPACITY);
    }

    @AfterEach
    void close() {
        region.close();
    }

    @Test
    void shouldBeAWindowOfTheRegion() throws IOException {
        buffer.putLong(8, 42);
        assertEquals(42, region.getLong(OFFSET + 8));
        region.putInt(OFFSET + 16, 43);
        assertEquals(43, buffer.getInt(16));
        assertEquals(43, buffer.slice(8, 12).getInt(8));
        assertEquals(OFFSET + 8, buffer.slice(8, 12).offset());
        assertEquals(12, buffer.slice(8, 12).capacity());
        assertEquals(43, RegionBuffer.of(region).getInt((int) OFFSET + 16));
        buffer.persist(0, 64);
        assertEquals(42, ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.nativeOrder())
            .getLong((int) OFFSET + 8));
        assertEquals(0, RegionBuffer.of(region, SIZE, 0).capacity());
    }

    @Test
    void shouldRefuseWindowsThatAreNotInTheRegion() throws IOException {
        for (final long[] bad : new long[][] {{-1, 1}, {0, -1}, {SIZE, 1}, {SIZE - 1, 2}, {Long.MAX_VALUE, 1},
            {Long.MIN_VALUE, 0}, {0, SIZE + 1}, {SIZE + 1, 0}}) {
            final IndexOutOfBoundsException thrown = assertThrowsExactly(IndexOutOfBoundsException.class,
                () -> RegionBuffer.of(region, bad[0], (int) bad[1]));
            assertTrue(thrown.getMessage().contains(path.toString()) && thrown.getMessage().contains("" + bad[0]),
                thrown.getMessage());
        }
        assertThrows(NullPointerException.class, () -> RegionBuffer.of(null, 0, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.slice(0, BufferContract.CAPACITY + 1));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.slice(-1, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> buffer.persist(0, BufferContract.CAPACITY + 1));
        final IndexOutOfBoundsException outside =
            assertThrows(IndexOutOfBoundsException.class, () -> buffer.getLong(8185));
        assertTrue(outside.getMessage().contains("index 8185 and length 8") && outside.getMessage().contains("8192")
            && outside.getMessage().contains(path.toString()), outside.getMessage());
        try (Region large = Region.builder(folder.resolve("large")).size(1L << 31).sparse(true).open()) {
            assertThrows(IllegalArgumentException.class, () -> RegionBuffer.of(large));
            final RegionBuffer most = RegionBuffer.of(large, 1, Integer.MAX_VALUE);
            most.putByte(Integer.MAX_VALUE - 1, (byte) 5);
            assertEquals(5, large.getByte((1L << 31) - 1));
            assertThrows(IndexOutOfBoundsException.class, () -> most.getShort(Integer.MAX_VALUE - 1));
        }
    }

    @Test
    @DisplayName("Misaligned atomics are refused by the offset in the region, on every platform")
    void shouldRefuseMisalignedAtomics() {
        buffer.verifyAlignment();
        for (final IntConsumer access : List.<IntConsumer>of(buffer::getLongVolatile, buffer::getLongAcquire,
            buffer::getLongOpaque, i -> buffer.putLongRelease(i, 1), i -> buffer.putLongOrdered(i, 1),
            i -> buffer.addLongRelease(i, 1), i -> buffer.addLongOpaque(i, 1), i -> buffer.getAndAddLong(i, 1),
            i -> buffer.compareAndSetLong(i, 0, 1))) {
            assertThrowsExactly(IllegalArgumentException.class, () -> access.accept(4));
        }
        assertThrowsExactly(IllegalArgumentException.class, () -> buffer.getIntVolatile(2));
        assertThrowsExactly(IllegalArgumentException.class, () -> buffer.getShortVolatile(1));
        assertThrowsExactly(IllegalArgumentException.class, () -> buffer.putCharVolatile(1, 'a'));
        final RegionBuffer odd = RegionBuffer.of(region, 4, 64);
        assertThrows(IllegalStateException.class, odd::verifyAlignment);
        odd.putLongVolatile(4, 6);
        assertEquals(6, region.getLong(8));
        assertThrowsExactly(IllegalArgumentException.class, () -> odd.getLongVolatile(8));
    }

    @Test
    void shouldRefuseWhatAgronaWritesWithoutAnError() {
        assertThrows(IllegalArgumentException.class, () -> buffer.putNaturalIntAscii(0, -1));
        assertThrows(IllegalArgumentException.class, () -> buffer.putNaturalLongAscii(0, -1));
        assertThrows(IllegalArgumentException.class, () -> buffer.putNaturalPaddedIntAscii(0, 5, -1));
        assertThrows(IllegalArgumentException.class, () -> buffer.putNaturalIntAsciiFromEnd(-1, 10));
        for (final ByteBuffer bytes : List.of(ByteBuffer.allocate(64), ByteBuffer.allocateDirect(64))) {
            assertThrows(ReadOnlyBufferException.class, () -> buffer.getBytes(0, bytes.asReadOnlyBuffer(), 8));
            assertThrows(ReadOnlyBufferException.class, () -> buffer.getBytes(0, bytes.asReadOnlyBuffer(), 0, 8));
        }
    }

    @Test
    @DisplayName("Law 1: every access that touches a refused line throws, and names just the lines that it touched")
    void shouldRefuseEveryAccessOfALostLine() throws IOException {
        final int bad = 2048;
        media.inject(OFFSET + bad, 2 * LINE);
        final ByteRange first = new ByteRange(OFFSET + bad, LINE);
        BufferContract.accesses(buffer).forEach((access, _) -> assertRefused(first, () -> access.accept(bad + 56)));
        final RegionBuffer other = RegionBuffer.of(region, SIZE / 2, 2 * BufferContract.CAPACITY);
        for (final BufferContract.RangeAccess access : BufferContract.rangeAccesses(buffer, other)) {
            assertRefused(first, () -> access.accept(bad + 60, 4));
        }
        for (final BufferContract.RangeAccess access : BufferContract.rangeAccesses(buffer, other).subList(0, 17)) {
            assertRefused(new ByteRange(OFFSET + bad, 2 * LINE), () -> access.accept(bad - 10, 500));
        }
        assertRefused(first, () -> buffer.putStringWithoutLengthAscii(bad - 1, "ab"));
        assertRefused(first, () -> buffer.putStringAscii(bad - 5, "ab"));
        assertRefused(first, () -> buffer.putStringUtf8(bad - 5, "ab"));
        assertRefused(first, () -> buffer.putIntAscii(bad - 1, 12));
        assertRefused(first, () -> buffer.putNaturalIntAsciiFromEnd(12, bad + 1));
        assertRefused(first, buffer::hashCode);
        buffer.setMemory(0, bad, (byte) 0);
        assertRefused(first, () -> buffer.compareTo(new UnsafeBuffer(new byte[BufferContract.CAPACITY])));
        final RegionBuffer twin = RegionBuffer.of(region, SIZE / 2, BufferContract.CAPACITY);
        twin.setMemory(0, twin.capacity(), (byte) 0);
        twin.setMemory(0, bad, (byte) 1);
        buffer.setMemory(0, bad, (byte) 1);
        assertRefused(first, () -> buffer.equals(twin));
        assertRefused(first, () -> twin.equals(buffer));
        assertFalse(buffer.toString().isEmpty());
        // All around it is served.
        assertEquals(0x0101_0101_0101_0101L, buffer.getLong(bad - 8));
        assertEquals(0, buffer.getLong(bad + 2 * LINE));
        region.recovery().zero(OFFSET + bad, 2 * LINE);
        assertEquals(buffer, twin);
        assertEquals(buffer.hashCode(), twin.hashCode());
    }

    @Test
    @DisplayName("Laws 1 and 3: the access that finds the poison is refused as well, and one beside it takes effect")
    void shouldHoldForTheFirstAccessOfAFailedPage() throws IOException {
        final int count = BufferContract.accesses(buffer).size();
        for (int i = 0; i < count; i++) {
            final SimulatedMedia latent = Media.simulated();
            try (Region fresh =
                Region.builder(folder.resolve("fresh" + i)).size(4 * 4096).media(latent).open()) {
                final RegionBuffer window = RegionBuffer.of(fresh, 4096, 4096);
                latent.inject(4096 + LINE, LINE);
                final UnsafeBuffer model = new UnsafeBuffer(ByteBuffer.allocateDirect(LINE));
                access(model, i, 0);
                if (!isBrokenOff(window, i)) {
                    assertEquals(0, window.slice(0, LINE).compareTo(model), "the store took effect, access " + i);
                }
            }
            final SimulatedMedia found = Media.simulated();
            try (Region fresh = Region.builder(folder.resolve("found" + i)).size(4 * 4096).media(found).open()) {
                final RegionBuffer window = RegionBuffer.of(fresh, 4096, 4096);
                found.inject(4096 + LINE, LINE);
                final int number = i;
                assertRefused(new ByteRange(4096 + LINE, LINE), () -> access(window, number, LINE + 8));
            }
        }
    }

    /** An atomic update whose page has failed and been recovered while it ran may not know whether it took effect. */
    private static boolean isBrokenOff(final RegionBuffer window, final int number) {
        try {
            access(window, number, 0);
            return false;
        } catch (final PoisonException thrown) {
            assertTrue(thrown.getMessage().contains("indeterminate"), thrown.getMessage());
            return true;
        }
    }

    private static void access(final AtomicBuffer target, final int number, final int index) {
        List.copyOf(BufferContract.accesses(target).keySet()).get(number).accept(index);
    }

    private static void assertRefused(final ByteRange range, final Runnable access) {
        assertEquals(List.of(range), assertThrows(PoisonException.class, access::run).ranges());
    }

    @Test
    @DisplayName("Law 1: nothing of a refused range reaches another region, however long the copy")
    void shouldCopyBetweenRegionsCheckedAndInAnyDirection() throws IOException {
        final int length = 300_000;
        final byte[] content = new byte[length];
        new SplittableRandom(1).nextBytes(content);
        final RegionBuffer all = RegionBuffer.of(region);
        final byte[] model = new byte[SIZE];
        all.putBytes(1000, content);
        System.arraycopy(content, 0, model, 1000, length);
        for (final int[] move : new int[][] {{1000, 90_001}, {90_001, 1000}, {1000, 1001}, {1001, 999},
            {999, 600_000}}) {
            all.putBytes(move[1], all, move[0], length);
            System.arraycopy(model, move[0], model, move[1], length);
            final byte[] seen = new byte[SIZE];
            all.getBytes(0, seen);
            assertEquals(-1, Arrays.mismatch(model, seen), "copied from " + move[0] + " to " + move[1]);
        }
        try (Region second = Region.builder(folder.resolve("second")).size(SIZE).open()) {
            final RegionBuffer target = RegionBuffer.of(second);
            target.putBytes(0, all, 0, SIZE);
            assertEquals(0, target.compareTo(all));
            target.setMemory(0, SIZE, (byte) -1);
            media.inject(200_000 & -LINE, LINE);
            final ByteRange bad = new ByteRange(200_000 & -LINE, LINE);
            assertRefused(bad, () -> target.putBytes(0, all, 0, SIZE));
            assertRefused(bad, () -> all.getBytes(0, target, 0, SIZE));
            final byte[] seen = new byte[LINE];
            target.getBytes((int) bad.offset(), seen);
            final byte[] untouched = new byte[LINE];
            Arrays.fill(untouched, (byte) -1);
            assertArrayEquals(untouched, seen);
        }
    }

    @Test
    void shouldFollowTheRegionWhenItIsReadOnlyOrClosed() throws IOException {
        buffer.putStringAscii(0, "kept");
        region.close();
        for (final BufferContract.RangeAccess access
            : BufferContract.rangeAccesses(buffer, buffer).subList(0, 5)) {
            assertThrows(IllegalStateException.class, () -> access.accept(0, 8));
        }
        BufferContract.accesses(buffer).forEach((access, _) ->
            assertThrows(IllegalStateException.class, () -> access.accept(0)));
        try (Region readOnly = Region.builder(path).readOnly(true).open()) {
            final RegionBuffer view = RegionBuffer.of(readOnly, OFFSET, 64);
            assertEquals("kept", view.getStringAscii(0));
            assertThrows(UnsupportedOperationException.class, () -> view.putInt(0, 1));
            assertThrows(UnsupportedOperationException.class, () -> view.setMemory(0, 1, (byte) 0));
            assertThrows(UnsupportedOperationException.class, () -> view.putBytes(0, new byte[1]));
            assertThrows(UnsupportedOperationException.class, () -> view.addIntOpaque(0, 1));
            final byte[] bytes = new byte[4];
            view.getBytes(4, bytes);
            assertEquals("kept", new String(bytes, StandardCharsets.US_ASCII));
        }
    }
}
