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

import io.cordon.Region;
import io.cordon.linux.Memory;
import io.cordon.poison.LineMap;
import io.cordon.poison.PoisonException;

import org.agrona.DirectBuffer;
import org.agrona.LangUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A window of a {@link Region} as Agrona's {@link AtomicBuffer}, each access checked as the region's own are. Agrona's
 * ring buffers, broadcast, counters and error log, and codecs that SBE generates, take it as it is:
 *
 * {@snippet :
 * final int length = (1 << 20) + RingBufferDescriptor.TRAILER_LENGTH;
 * final RegionBuffer buffer = RegionBuffer.of(region, offset, length);
 * final ManyToOneRingBuffer ring = new ManyToOneRingBuffer(buffer);
 * }
 *
 * <p><b>On poison.</b> All methods that read or write throw {@link PoisonException} as {@link Region} does, with the
 * lines of the file. What they return or pass on never held a byte of such a line. A method that writes several bytes
 * may have written some of them.
 *
 * <p><b>As Agrona's own</b> {@link UnsafeBuffer} otherwise, except that:
 * <ul>
 * <li>it stays where it is: every {@code wrap} throws {@link UnsupportedOperationException}, and {@link #slice} gives
 *     another window;</li>
 * <li>bounds are checked whatever {@code agrona.disable.bounds.checks} says;</li>
 * <li>atomic, ordered, opaque and volatile accesses of an offset in the region that their width does not divide throw
 *     {@link IllegalArgumentException}, on every platform. If {@link #verifyAlignment()} succeeds, aligned indices have
 *     aligned offsets;</li>
 * <li>a read-only {@link ByteBuffer} is not written to, but refused with {@link ReadOnlyBufferException};</li>
 * <li>natural numbers that are negative are refused with {@link IllegalArgumentException}.</li>
 * </ul>
 *
 * <p><b>What goes past the check, and is therefore refused.</b> An {@code UnsafeBuffer} that wraps another buffer, and
 * an {@code AtomicCounter} or {@code UnsafeBufferStatusIndicator}, take the address once and never ask again. A load of
 * theirs would see zeroes in place of a failed page, and a store would be lost with it. So {@link #addressOffset()}
 * throws {@link UnsupportedOperationException}, and with it, in Agrona 2.6:
 * <table>
 * <caption>what Agrona cannot do with this buffer, and what to do</caption>
 * <tr><th>refused</th><th>instead</th></tr>
 * <tr><td>{@code new UnsafeBuffer(buffer, ...)}, {@code wrap(buffer, ...)}; so SBE's {@code wrapX(DirectBuffer)}. The
 *     {@code UnsafeBuffer} must be wrapped anew before it is used again: it has changed its capacity by then</td>
 *     <td>{@link #slice}; SBE's {@code getX(MutableDirectBuffer, ...)}</td></tr>
 * <tr><td>{@code CountersReader.forEach(MetaData)}</td><td>{@code forEach(IntObjConsumer)}, {@code forEach(
 *     CounterConsumer)}; {@code getBytes} of the metadata buffer for the key</td></tr>
 * <tr><td>{@code CountersManager.allocate} and {@code setCounterKey} with a function for the key</td>
 *     <td>the same with a buffer that holds the key</td></tr>
 * <tr><td>{@code CountersManager.newCounter}, which has allocated the counter by then; {@code AtomicCounter}</td>
 *     <td>{@code allocate}, and the atomic methods of this class at {@code CountersReader.counterOffset}</td></tr>
 * <tr><td>{@code other.compareTo(buffer)}</td><td>{@code buffer.compareTo(other)}</td></tr>
 * </table>
 * Whoever wants raw access, guarded and not checked, has {@link Region#address()} and {@link Region#segment()}.
 *
 * <p>{@code other.putBytes(index, buffer, ...)} of Agrona's buffers works, and {@code CopyBroadcastReceiver} with it:
 * it is handed a checked copy of the range. To tell this method from the others costs about a microsecond, and needs
 * Agrona's bounds checks; without them it is refused as well. {@link #getBytes(int, MutableDirectBuffer, int, int)}
 * does the same at full speed.
 *
 * <p><b>Thread-safety.</b> As {@link Region}: any number of threads.
 *
 * <p><b>Speed.</b> A record, so that C2 takes its parts for constants where it is in a {@code static final} field. No
 * method allocates but those that return a string or take the UTF-8 form of one, a copy from a read-only byte buffer,
 * and {@code putBytes} of Agrona's buffers from this one; copies between regions, and to buffers that expand, do the
 * first time in a thread.
 *
 * @param region   the memory.
 * @param address  of the window's first byte; for diagnostics.
 * @param offset   of the window's first byte in the region; any.
 * @param capacity of the window in bytes, 0 to {@link Integer#MAX_VALUE}.
 */
@SuppressWarnings("exports")
public record RegionBuffer(Region region, long address, long offset, int capacity) implements AtomicBuffer {
    private static final int HASH_FACTOR = 31;
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    /**
     * Not for applications: windows come from {@link #of(Region, long, int)}.
     *
     * @throws IndexOutOfBoundsException if the window is not in the region.
     * @throws IllegalArgumentException  if the address is not that of the offset.
     */
    public RegionBuffer {
        if (address != region.address() + offset) {
            throw new IllegalArgumentException("windows are made by RegionBuffer.of(region, offset, length)");
        }
        if (capacity < 0 || offset < 0 || offset > region.size() - capacity) {
            throw new IndexOutOfBoundsException("a window of " + capacity + " bytes at offset " + offset
                + " is not in the region: " + region);
        }
    }

    /**
     * A window of a region.
     *
     * @param region the region.
     * @param offset first byte; any. What wants atomic access to the window, as ring buffers do, needs a multiple of 8.
     * @param length in bytes; 0 is allowed.
     * @return the window as a buffer.
     * @throws IndexOutOfBoundsException if it is not in the region.
     */
    public static RegionBuffer of(final Region region, final long offset, final int length) {
        return new RegionBuffer(region, region.address() + offset, offset, length);
    }

    /**
     * All of a region.
     *
     * @param region the region, of less than 2 GiB.
     * @return the region as a buffer.
     * @throws IllegalArgumentException if the region is larger than an index reaches.
     */
    public static RegionBuffer of(final Region region) {
        if (region.size() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("an index reaches " + Integer.MAX_VALUE
                + " bytes; take windows with of(region, offset, length): " + region);
        }
        return of(region, 0, (int) region.size());
    }

    /**
     * A window of this window.
     *
     * @param index  first byte.
     * @param length in bytes; 0 is allowed.
     * @return the window as a buffer.
     * @throws IndexOutOfBoundsException if it is not in this one.
     */
    public RegionBuffer slice(final int index, final int length) {
        return of(region, range(index, length), length);
    }

    /**
     * Makes the stores to a range durable, as {@link Region#persist(long, long)}.
     *
     * @param index  first byte.
     * @param length in bytes; 0 is allowed.
     * @throws IOException               as there.
     * @throws IndexOutOfBoundsException if the range is not in the window.
     * @throws IllegalStateException     if the region is closed.
     */
    public void persist(final int index, final int length) throws IOException {
        region.persist(range(index, length), length);
    }

    /** Where an access of a fixed width goes in the region. */
    private long at(final int index, final int width) {
        return offset + check(index, width);
    }

    private int check(final int index, final int width) {
        try {
            return Objects.checkIndex(index, capacity - (width - 1));
        } catch (IndexOutOfBoundsException _) {
            throw outOfBounds(index, width);
        }
    }

    /**
     * Whether nothing has failed since the region was opened: what this thread did before it did with the file. Else
     * the region does it, or does it again. It says so itself as well; asked here, of parts of this record alone, the
     * answer needs nothing of the region's.
     */
    private boolean isClean() {
        return Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address - offset + LineMap.HAZARD_OFFSET) == 0;
    }

    /** Where a range starts in the region. */
    long range(final int index, final int length) {
        if ((index | length) < 0 || index > capacity - length) {
            throw outOfBounds(index, length);
        }
        return offset + index;
    }

    private IndexOutOfBoundsException outOfBounds(final int index, final int length) {
        return new IndexOutOfBoundsException(
            "index " + index + " and length " + length + " do not fit the capacity " + capacity + " of " + this);
    }

    private static boolean isNative(final ByteOrder order) {
        return order == ByteOrder.nativeOrder();
    }

    private UnsupportedOperationException wrapped() {
        return new UnsupportedOperationException(
            "a window of a region stays where it is; RegionBuffer.of and slice make others: " + this);
    }

    @Override
    public void wrap(final byte[] buffer) {
        throw wrapped();
    }

    @Override
    public void wrap(final byte[] buffer, final int first, final int length) {
        throw wrapped();
    }

    @Override
    public void wrap(final ByteBuffer buffer) {
        throw wrapped();
    }

    @Override
    public void wrap(final ByteBuffer buffer, final int first, final int length) {
        throw wrapped();
    }

    @Override
    public void wrap(final DirectBuffer buffer) {
        throw wrapped();
    }

    @Override
    public void wrap(final DirectBuffer buffer, final int first, final int length) {
        throw wrapped();
    }

    @Override
    public void wrap(final long address, final int length) {
        throw wrapped();
    }

    /**
     * Not for applications: the address of a checked copy, for the one method of Agrona's that copies from it at once.
     *
     * @return the address, less the index that the copy starts at.
     * @throws UnsupportedOperationException to everybody else.
     */
    @Override
    public long addressOffset() {
        return Staging.stage(this);
    }

    /**
     * No array is behind this buffer.
     *
     * @return null.
     */
    @Override
    public byte[] byteArray() {
        return null;
    }

    /**
     * No byte buffer is behind this buffer; one over the region's memory would not be checked.
     *
     * @return null.
     */
    @Override
    public ByteBuffer byteBuffer() {
        return null;
    }

    @Override
    public int wrapAdjustment() {
        return 0;
    }

    @Override
    public boolean isExpandable() {
        return false;
    }

    @Override
    public void checkLimit(final int limit) {
        if (limit > capacity) {
            throw new IndexOutOfBoundsException("limit " + limit + " is beyond the capacity " + capacity + " of "
                + this);
        }
    }

    @Override
    public void boundsCheck(final int index, final int length) {
        range(index, length);
        Staging.noteCheck(index, length);
    }

    @Override
    public void verifyAlignment() {
        if ((offset & ALIGNMENT - 1) != 0) {
            throw new IllegalStateException(
                "the offset " + offset + " is not a multiple of " + ALIGNMENT + ": " + this);
        }
    }

    @Override
    public void setMemory(final int index, final int length, final byte value) {
        region.fill(range(index, length), length, value);
    }

    @Override
    public long getLong(final int index) {
        final long value = Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address + check(index, Long.BYTES));
        VarHandle.loadLoadFence();
        return isClean() ? value : region.getLong(offset + index);
    }

    @Override
    public void putLong(final int index, final long value) {
        final long at = address + check(index, Long.BYTES);
        if (isClean()) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, at, value);
            VarHandle.releaseFence();
            if (isClean()) {
                return;
            }
        }
        region.putLong(offset + index, value);
    }

    @Override
    public long getLong(final int index, final ByteOrder byteOrder) {
        final long value = getLong(index);
        return isNative(byteOrder) ? value : Long.reverseBytes(value);
    }

    @Override
    public void putLong(final int index, final long value, final ByteOrder byteOrder) {
        putLong(index, isNative(byteOrder) ? value : Long.reverseBytes(value));
    }

    @Override
    public int getInt(final int index) {
        final int value = Memory.ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address + check(index, Integer.BYTES));
        VarHandle.loadLoadFence();
        return isClean() ? value : region.getInt(offset + index);
    }

    @Override
    public void putInt(final int index, final int value) {
        final long at = address + check(index, Integer.BYTES);
        if (isClean()) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_INT_UNALIGNED, at, value);
            VarHandle.releaseFence();
            if (isClean()) {
                return;
            }
        }
        region.putInt(offset + index, value);
    }

    @Override
    public int getInt(final int index, final ByteOrder byteOrder) {
        final int value = getInt(index);
        return isNative(byteOrder) ? value : Integer.reverseBytes(value);
    }

    @Override
    public void putInt(final int index, final int value, final ByteOrder byteOrder) {
        putInt(index, isNative(byteOrder) ? value : Integer.reverseBytes(value));
    }

    @Override
    public double getDouble(final int index) {
        final double value = Memory.ALL.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, address + check(index, Double.BYTES));
        VarHandle.loadLoadFence();
        return isClean() ? value : region.getDouble(offset + index);
    }

    @Override
    public void putDouble(final int index, final double value) {
        final long at = address + check(index, Double.BYTES);
        if (isClean()) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, at, value);
            VarHandle.releaseFence();
            if (isClean()) {
                return;
            }
        }
        region.putDouble(offset + index, value);
    }

    @Override
    public double getDouble(final int index, final ByteOrder byteOrder) {
        return Double.longBitsToDouble(getLong(index, byteOrder));
    }

    @Override
    public void putDouble(final int index, final double value, final ByteOrder byteOrder) {
        putLong(index, Double.doubleToRawLongBits(value), byteOrder);
    }

    @Override
    public float getFloat(final int index) {
        final float value = Memory.ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address + check(index, Float.BYTES));
        VarHandle.loadLoadFence();
        return isClean() ? value : region.getFloat(offset + index);
    }

    @Override
    public void putFloat(final int index, final float value) {
        final long at = address + check(index, Float.BYTES);
        if (isClean()) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, value);
            VarHandle.releaseFence();
            if (isClean()) {
                return;
            }
        }
        region.putFloat(offset + index, value);
    }

    @Override
    public float getFloat(final int index, final ByteOrder byteOrder) {
        return Float.intBitsToFloat(getInt(index, byteOrder));
    }

    @Override
    public void putFloat(final int index, final float value, final ByteOrder byteOrder) {
        putInt(index, Float.floatToRawIntBits(value), byteOrder);
    }

    @Override
    public short getShort(final int index) {
        final short value = Memory.ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, address + check(index, Short.BYTES));
        VarHandle.loadLoadFence();
        return isClean() ? value : region.getShort(offset + index);
    }

    @Override
    public void putShort(final int index, final short value) {
        final long at = address + check(index, Short.BYTES);
        if (isClean()) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, value);
            VarHandle.releaseFence();
            if (isClean()) {
                return;
            }
        }
        region.putShort(offset + index, value);
    }

    @Override
    public short getShort(final int index, final ByteOrder byteOrder) {
        final short value = getShort(index);
        return isNative(byteOrder) ? value : Short.reverseBytes(value);
    }

    @Override
    public void putShort(final int index, final short value, final ByteOrder byteOrder) {
        putShort(index, isNative(byteOrder) ? value : Short.reverseBytes(value));
    }

    @Override
    public char getChar(final int index) {
        final char value = Memory.ALL.get(ValueLayout.JAVA_CHAR_UNALIGNED, address + check(index, Character.BYTES));
        VarHandle.loadLoadFence();
        return isClean() ? value : region.getChar(offset + index);
    }

    @Override
    public void putChar(final int index, final char value) {
        final long at = address + check(index, Character.BYTES);
        if (isClean()) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_CHAR_UNALIGNED, at, value);
            VarHandle.releaseFence();
            if (isClean()) {
                return;
            }
        }
        region.putChar(offset + index, value);
    }

    @Override
    public char getChar(final int index, final ByteOrder byteOrder) {
        final char value = getChar(index);
        return isNative(byteOrder) ? value : Character.reverseBytes(value);
    }

    @Override
    public void putChar(final int index, final char value, final ByteOrder byteOrder) {
        putChar(index, isNative(byteOrder) ? value : Character.reverseBytes(value));
    }

    @Override
    public byte getByte(final int index) {
        final byte value = Memory.ALL.get(ValueLayout.JAVA_BYTE, address + check(index, Byte.BYTES));
        VarHandle.loadLoadFence();
        return isClean() ? value : region.getByte(offset + index);
    }

    @Override
    public void putByte(final int index, final byte value) {
        final long at = address + check(index, Byte.BYTES);
        if (isClean()) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_BYTE, at, value);
            VarHandle.releaseFence();
            if (isClean()) {
                return;
            }
        }
        region.putByte(offset + index, value);
    }

    @Override
    public long getLongVolatile(final int index) {
        final long at = address + check(index, Long.BYTES);
        if ((at & Long.BYTES - 1) == 0) {
            final long value = (long) LONG.getVolatile(Memory.ALL, at);
            VarHandle.loadLoadFence();
            if (isClean()) {
                return value;
            }
        }
        return region.getLongVolatile(offset + index);
    }

    @Override
    public long getLongAcquire(final int index) {
        final long at = address + check(index, Long.BYTES);
        if ((at & Long.BYTES - 1) == 0) {
            final long value = (long) LONG.getAcquire(Memory.ALL, at);
            VarHandle.loadLoadFence();
            if (isClean()) {
                return value;
            }
        }
        return region.getLongAcquire(offset + index);
    }

    @Override
    public long getLongOpaque(final int index) {
        final long at = address + check(index, Long.BYTES);
        if ((at & Long.BYTES - 1) == 0) {
            final long value = (long) LONG.getOpaque(Memory.ALL, at);
            VarHandle.loadLoadFence();
            if (isClean()) {
                return value;
            }
        }
        return region.getLongOpaque(offset + index);
    }

    @Override
    public void putLongVolatile(final int index, final long value) {
        final long at = address + check(index, Long.BYTES);
        if ((at & Long.BYTES - 1) == 0 && isClean()) {
            VarHandle.releaseFence();
            LONG.setVolatile(Memory.ALL, at, value);
            VarHandle.releaseFence();
            if (isClean()) {
                return;
            }
        }
        region.putLongVolatile(offset + index, value);
    }

    @Override
    public void putLongRelease(final int index, final long value) {
        final long at = address + check(index, Long.BYTES);
        if ((at & Long.BYTES - 1) == 0 && isClean()) {
            VarHandle.releaseFence();
            LONG.setRelease(Memory.ALL, at, value);
            VarHandle.releaseFence();
            if (isClean()) {
                return;
            }
        }
        region.putLongRelease(offset + index, value);
    }

    @Override
    public void putLongOpaque(final int index, final long value) {
        final long at = address + check(index, Long.BYTES);
        if ((at & Long.BYTES - 1) == 0 && isClean()) {
            VarHandle.releaseFence();
            LONG.setOpaque(Memory.ALL, at, value);
            VarHandle.releaseFence();
            if (isClean()) {
                return;
            }
        }
        region.putLongOpaque(offset + index, value);
    }

    @Override
    public void putLongOrdered(final int index, final long value) {
        putLongRelease(index, value);
    }

    @Override
    public long addLongOrdered(final int index, final long increment) {
        return addLongRelease(index, increment);
    }

    /** With the stronger ordering of {@link #getAndAddLong}. */
    @Override
    public long addLongRelease(final int index, final long increment) {
        return getAndAddLong(index, increment);
    }

    /** Not atomic as a whole, as the interface has it: for one writer. */
    @Override
    public long addLongOpaque(final int index, final long increment) {
        final long at = at(index, Long.BYTES);
        final long value = region.getLongOpaque(at);
        region.putLongOpaque(at, value + increment);
        return value;
    }

    @Override
    public boolean compareAndSetLong(final int index, final long expectedValue, final long updateValue) {
        return region.compareAndSetLong(at(index, Long.BYTES), expectedValue, updateValue);
    }

    @Override
    public long compareAndExchangeLong(final int index, final long expectedValue, final long updateValue) {
        return region.compareAndExchangeLong(at(index, Long.BYTES), expectedValue, updateValue);
    }

    @Override
    public long getAndSetLong(final int index, final long value) {
        return region.getAndSetLong(at(index, Long.BYTES), value);
    }

    @Override
    public long getAndAddLong(final int index, final long delta) {
        return region.getAndAddLong(at(index, Long.BYTES), delta);
    }

    @Override
    public int getIntVolatile(final int index) {
        final long at = address + check(index, Integer.BYTES);
        if ((at & Integer.BYTES - 1) == 0) {
            final int value = (int) INT.getVolatile(Memory.ALL, at);
            VarHandle.loadLoadFence();
            if (isClean()) {
                return value;
            }
        }
        return region.getIntVolatile(offset + index);
    }

    @Override
    public int getIntAcquire(final int index) {
        final long at = address + check(index, Integer.BYTES);
        if ((at & Integer.BYTES - 1) == 0) {
            final int value = (int) INT.getAcquire(Memory.ALL, at);
            VarHandle.loadLoadFence();
            if (isClean()) {
                return value;
            }
        }
        return region.getIntAcquire(offset + index);
    }

    @Override
    public int getIntOpaque(final int index) {
        final long at = address + check(index, Integer.BYTES);
        if ((at & Integer.BYTES - 1) == 0) {
            final int value = (int) INT.getOpaque(Memory.ALL, at);
            VarHandle.loadLoadFence();
            if (isClean()) {
                return value;
            }
        }
        return region.getIntOpaque(offset + index);
    }

    @Override
    public void putIntVolatile(final int index, final int value) {
        final long at = address + check(index, Integer.BYTES);
        if ((at & Integer.BYTES - 1) == 0 && isClean()) {
            VarHandle.releaseFence();
            INT.setVolatile(Memory.ALL, at, value);
            VarHandle.releaseFence();
            if (isClean()) {
                return;
            }
        }
        region.putIntVolatile(offset + index, value);
    }

    @Override
    public void putIntRelease(final int index, final int value) {
        final long at = address + check(index, Integer.BYTES);
        if ((at & Integer.BYTES - 1) == 0 && isClean()) {
            VarHandle.releaseFence();
            INT.setRelease(Memory.ALL, at, value);
            VarHandle.releaseFence();
            if (isClean()) {
                return;
            }
        }
        region.putIntRelease(offset + index, value);
    }

    @Override
    public void putIntOpaque(final int index, final int value) {
        final long at = address + check(index, Integer.BYTES);
        if ((at & Integer.BYTES - 1) == 0 && isClean()) {
            VarHandle.releaseFence();
            INT.setOpaque(Memory.ALL, at, value);
            VarHandle.releaseFence();
            if (isClean()) {
                return;
            }
        }
        region.putIntOpaque(offset + index, value);
    }

    @Override
    public void putIntOrdered(final int index, final int value) {
        putIntRelease(index, value);
    }

    @Override
    public int addIntOrdered(final int index, final int increment) {
        return addIntRelease(index, increment);
    }

    /** With the stronger ordering of {@link #getAndAddInt}. */
    @Override
    public int addIntRelease(final int index, final int increment) {
        return getAndAddInt(index, increment);
    }

    /** Not atomic as a whole, as the interface has it: for one writer. */
    @Override
    public int addIntOpaque(final int index, final int increment) {
        final long at = at(index, Integer.BYTES);
        final int value = region.getIntOpaque(at);
        region.putIntOpaque(at, value + increment);
        return value;
    }

    @Override
    public boolean compareAndSetInt(final int index, final int expectedValue, final int updateValue) {
        return region.compareAndSetInt(at(index, Integer.BYTES), expectedValue, updateValue);
    }

    @Override
    public int compareAndExchangeInt(final int index, final int expectedValue, final int updateValue) {
        return region.compareAndExchangeInt(at(index, Integer.BYTES), expectedValue, updateValue);
    }

    @Override
    public int getAndSetInt(final int index, final int value) {
        return region.getAndSetInt(at(index, Integer.BYTES), value);
    }

    @Override
    public int getAndAddInt(final int index, final int delta) {
        return region.getAndAddInt(at(index, Integer.BYTES), delta);
    }

    @Override
    public short getShortVolatile(final int index) {
        return region.getShortVolatile(at(index, Short.BYTES));
    }

    @Override
    public void putShortVolatile(final int index, final short value) {
        region.putShortVolatile(at(index, Short.BYTES), value);
    }

    @Override
    public char getCharVolatile(final int index) {
        return region.getCharVolatile(at(index, Character.BYTES));
    }

    @Override
    public void putCharVolatile(final int index, final char value) {
        region.putCharVolatile(at(index, Character.BYTES), value);
    }

    @Override
    public byte getByteVolatile(final int index) {
        return region.getByteVolatile(at(index, Byte.BYTES));
    }

    @Override
    public void putByteVolatile(final int index, final byte value) {
        region.putByteVolatile(at(index, Byte.BYTES), value);
    }

    @Override
    public void getBytes(final int index, final byte[] dst) {
        getBytes(index, dst, 0, dst.length);
    }

    @Override
    public void getBytes(final int index, final byte[] dst, final int dstIndex, final int length) {
        region.get(range(index, length), dst, dstIndex, length);
    }

    /**
     * Copies to another buffer, of any kind. If a line of the range fails meanwhile, the bytes of an
     * {@code UnsafeBuffer} are undefined; those of other buffers are as before, or right.
     */
    @Override
    public void getBytes(final int index, final MutableDirectBuffer dstBuffer, final int dstIndex, final int length) {
        final long at = range(index, length);
        if (dstBuffer instanceof final RegionBuffer target) {
            target.range(dstIndex, length);
            Staging.copy(this, index, target, dstIndex, length);
        } else if (dstBuffer.getClass() != UnsafeBuffer.class) {
            Staging.copy(this, index, dstBuffer, dstIndex, length);
        } else {
            dstBuffer.boundsCheck(dstIndex, length);
            final byte[] array = dstBuffer.byteArray();
            if (array == null) {
                region.get(at, Memory.ALL, dstBuffer.addressOffset() + dstIndex, length);
            } else {
                region.get(at, array, dstBuffer.wrapAdjustment() + dstIndex, length);
            }
            Reference.reachabilityFence(dstBuffer);
        }
    }

    @Override
    public void getBytes(final int index, final ByteBuffer dstBuffer, final int length) {
        final int position = dstBuffer.position();
        getBytes(index, dstBuffer, position, length);
        dstBuffer.position(position + length);
    }

    @Override
    public void getBytes(final int index, final ByteBuffer dstBuffer, final int dstIndex, final int length) {
        final long at = range(index, length);
        Objects.checkFromIndexSize(dstIndex, length, dstBuffer.capacity());
        if (dstBuffer.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
        if (dstBuffer.hasArray()) {
            region.get(at, dstBuffer.array(), dstBuffer.arrayOffset() + dstIndex, length);
        } else {
            region.get(at, segment(dstBuffer), dstIndex, length);
        }
    }

    /** All of a byte buffer, whatever its position and limit. */
    private static MemorySegment segment(final ByteBuffer buffer) {
        return MemorySegment.ofBuffer(buffer.duplicate().clear());
    }

    @Override
    public void putBytes(final int index, final byte[] src) {
        putBytes(index, src, 0, src.length);
    }

    @Override
    public void putBytes(final int index, final byte[] src, final int srcIndex, final int length) {
        region.put(range(index, length), src, srcIndex, length);
    }

    @Override
    public void putBytes(final int index, final ByteBuffer srcBuffer, final int length) {
        final int position = srcBuffer.position();
        putBytes(index, srcBuffer, position, length);
        srcBuffer.position(position + length);
    }

    @Override
    public void putBytes(final int index, final ByteBuffer srcBuffer, final int srcIndex, final int length) {
        final long at = range(index, length);
        Objects.checkFromIndexSize(srcIndex, length, srcBuffer.capacity());
        if (srcBuffer.hasArray()) {
            region.put(at, srcBuffer.array(), srcBuffer.arrayOffset() + srcIndex, length);
        } else {
            region.put(at, segment(srcBuffer), srcIndex, length);
        }
    }

    @Override
    public void putBytes(final int index, final DirectBuffer srcBuffer, final int srcIndex, final int length) {
        final long at = range(index, length);
        if (srcBuffer instanceof final RegionBuffer source) {
            source.range(srcIndex, length);
            Staging.copy(source, srcIndex, this, index, length);
            return;
        }
        srcBuffer.boundsCheck(srcIndex, length);
        final byte[] array = srcBuffer.byteArray();
        if (array == null) {
            region.put(at, Memory.ALL, srcBuffer.addressOffset() + srcIndex, length);
        } else {
            region.put(at, array, srcBuffer.wrapAdjustment() + srcIndex, length);
        }
        Reference.reachabilityFence(srcBuffer);
    }

    @Override
    public String getStringAscii(final int index) {
        return getStringWithoutLengthAscii(index + STR_HEADER_LEN, getInt(index));
    }

    @Override
    public int getStringAscii(final int index, final Appendable appendable) {
        return getStringWithoutLengthAscii(index + STR_HEADER_LEN, getInt(index), appendable);
    }

    @Override
    public String getStringAscii(final int index, final ByteOrder byteOrder) {
        return getStringWithoutLengthAscii(index + STR_HEADER_LEN, getInt(index, byteOrder));
    }

    @Override
    public int getStringAscii(final int index, final Appendable appendable, final ByteOrder byteOrder) {
        return getStringWithoutLengthAscii(index + STR_HEADER_LEN, getInt(index, byteOrder), appendable);
    }

    @Override
    public String getStringAscii(final int index, final int length) {
        return getStringWithoutLengthAscii(index + STR_HEADER_LEN, length);
    }

    @Override
    public int getStringAscii(final int index, final int length, final Appendable appendable) {
        return getStringWithoutLengthAscii(index + STR_HEADER_LEN, length, appendable);
    }

    @Override
    public String getStringWithoutLengthAscii(final int index, final int length) {
        return new String(bytes(index, length), StandardCharsets.US_ASCII);
    }

    private byte[] bytes(final int index, final int length) {
        range(index, length);
        final byte[] bytes = new byte[length];
        getBytes(index, bytes);
        return bytes;
    }

    @Override
    public int getStringWithoutLengthAscii(final int index, final int length, final Appendable appendable) {
        range(index, length);
        try {
            for (int i = index; i < index + length; i++) {
                final byte value = getByte(i);
                appendable.append(value < 0 ? '?' : (char) value);
            }
        } catch (final IOException failure) {
            LangUtil.rethrowUnchecked(failure);
        }
        return length;
    }

    @Override
    public String getStringUtf8(final int index) {
        return getStringWithoutLengthUtf8(index + STR_HEADER_LEN, getInt(index));
    }

    @Override
    public String getStringUtf8(final int index, final ByteOrder byteOrder) {
        return getStringWithoutLengthUtf8(index + STR_HEADER_LEN, getInt(index, byteOrder));
    }

    @Override
    public String getStringUtf8(final int index, final int length) {
        return getStringWithoutLengthUtf8(index + STR_HEADER_LEN, length);
    }

    @Override
    public String getStringWithoutLengthUtf8(final int index, final int length) {
        return new String(bytes(index, length), StandardCharsets.UTF_8);
    }

    @Override
    public int putStringAscii(final int index, final String value) {
        return putStringAscii(index, value, ByteOrder.nativeOrder());
    }

    @Override
    public int putStringAscii(final int index, final CharSequence value) {
        return putStringAscii(index, value, ByteOrder.nativeOrder());
    }

    @Override
    public int putStringAscii(final int index, final String value, final ByteOrder byteOrder) {
        return putStringAscii(index, (CharSequence) value, byteOrder);
    }

    @Override
    public int putStringAscii(final int index, final CharSequence value, final ByteOrder byteOrder) {
        final int length = value == null ? 0 : value.length();
        range(index, STR_HEADER_LEN + length);
        putInt(index, length, byteOrder);
        putStringWithoutLengthAscii(index + STR_HEADER_LEN, value);
        return STR_HEADER_LEN + length;
    }

    @Override
    public int putStringWithoutLengthAscii(final int index, final String value) {
        return putStringWithoutLengthAscii(index, (CharSequence) value);
    }

    @Override
    public int putStringWithoutLengthAscii(final int index, final CharSequence value) {
        return putStringWithoutLengthAscii(index, value, 0, value == null ? 0 : value.length());
    }

    @Override
    public int putStringWithoutLengthAscii(
        final int index, final String value, final int valueOffset, final int length) {
        return putStringWithoutLengthAscii(index, (CharSequence) value, valueOffset, length);
    }

    @Override
    public int putStringWithoutLengthAscii(
        final int index, final CharSequence value, final int valueOffset, final int length) {
        if (value == null) {
            return 0;
        }
        final int count = Math.min(value.length() - valueOffset, length);
        range(index, count);
        for (int i = 0; i < count; i++) {
            final char character = value.charAt(valueOffset + i);
            putByte(index + i, (byte) (character > Byte.MAX_VALUE ? '?' : character));
        }
        return count;
    }

    @Override
    public int putStringUtf8(final int index, final String value) {
        return putStringUtf8(index, value, ByteOrder.nativeOrder(), Integer.MAX_VALUE);
    }

    @Override
    public int putStringUtf8(final int index, final String value, final ByteOrder byteOrder) {
        return putStringUtf8(index, value, byteOrder, Integer.MAX_VALUE);
    }

    @Override
    public int putStringUtf8(final int index, final String value, final int maxEncodedLength) {
        return putStringUtf8(index, value, ByteOrder.nativeOrder(), maxEncodedLength);
    }

    @Override
    public int putStringUtf8(
        final int index, final String value, final ByteOrder byteOrder, final int maxEncodedLength) {
        final byte[] bytes = encode(value);
        if (bytes.length > maxEncodedLength) {
            throw new IllegalArgumentException(
                bytes.length + " bytes of the encoded string are more than the " + maxEncodedLength + " allowed");
        }
        range(index, STR_HEADER_LEN + bytes.length);
        putInt(index, bytes.length, byteOrder);
        putBytes(index + STR_HEADER_LEN, bytes);
        return STR_HEADER_LEN + bytes.length;
    }

    @Override
    public int putStringWithoutLengthUtf8(final int index, final String value) {
        final byte[] bytes = encode(value);
        putBytes(index, bytes);
        return bytes.length;
    }

    /** As Agrona has it, null is the word of that name. */
    private static byte[] encode(final String value) {
        return String.valueOf(value).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public int parseNaturalIntAscii(final int index, final int length) {
        return AsciiNumbers.parseInt(this, index, length, false);
    }

    @Override
    public long parseNaturalLongAscii(final int index, final int length) {
        return AsciiNumbers.parseLong(this, index, length, false);
    }

    @Override
    public int parseIntAscii(final int index, final int length) {
        return AsciiNumbers.parseInt(this, index, length, true);
    }

    @Override
    public long parseLongAscii(final int index, final int length) {
        return AsciiNumbers.parseLong(this, index, length, true);
    }

    @Override
    public int putIntAscii(final int index, final int value) {
        return AsciiNumbers.put(this, index, value);
    }

    @Override
    public int putLongAscii(final int index, final long value) {
        return AsciiNumbers.put(this, index, value);
    }

    @Override
    public int putNaturalIntAscii(final int index, final int value) {
        return putNaturalLongAscii(index, value);
    }

    @Override
    public int putNaturalLongAscii(final int index, final long value) {
        AsciiNumbers.checkNatural(value);
        return AsciiNumbers.put(this, index, value);
    }

    /**
     * Writes a natural number with zeroes in front.
     *
     * @throws NumberFormatException if it has more digits than there is room for; nothing is written.
     */
    @Override
    public void putNaturalPaddedIntAscii(final int index, final int length, final int value) {
        AsciiNumbers.checkNatural(value);
        range(index, length);
        if (value != 0 && AsciiNumbers.countDigits(value) > length) {
            throw new NumberFormatException(value + " does not fit " + length + " digits");
        }
        AsciiNumbers.putDigits(this, index, index + length, value);
    }

    /** Writes a natural number so that it ends at an index; of 0, as Agrona has it, nothing. */
    @Override
    public int putNaturalIntAsciiFromEnd(final int value, final int endExclusive) {
        AsciiNumbers.checkNatural(value);
        final int length = AsciiNumbers.countDigits(value);
        range(endExclusive - length, length);
        if (value == 0) {
            return endExclusive;
        }
        AsciiNumbers.putDigits(this, endExclusive - length, endExclusive, value);
        return endExclusive - length;
    }

    /** Compares content as Agrona's buffers do: eight bytes in native order at a time, signed. */
    @Override
    public int compareTo(final DirectBuffer that) {
        final int length = Math.min(capacity, that.capacity());
        int i = 0;
        for (; i <= length - Long.BYTES; i += Long.BYTES) {
            final int order = Long.compare(getLong(i), that.getLong(i));
            if (order != 0) {
                return order;
            }
        }
        for (; i < length; i++) {
            final int order = Byte.compare(getByte(i), that.getByte(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(capacity, that.capacity());
    }

    /**
     * Whether another object is a window with the same content, as Agrona's buffers have it.
     *
     * @param other any object.
     * @return true if it is.
     * @throws PoisonException if a line that has to be compared is poisoned or lost.
     */
    @Override
    public boolean equals(final Object other) {
        return this == other
            || other instanceof final RegionBuffer that && capacity == that.capacity && compareTo(that) == 0;
    }

    /**
     * A hash of the content, all of which is read.
     *
     * @return the hash.
     * @throws PoisonException if a line of the window is poisoned or lost.
     */
    @Override
    public int hashCode() {
        int hash = capacity;
        int i = 0;
        for (; i <= capacity - Long.BYTES; i += Long.BYTES) {
            hash = HASH_FACTOR * hash + Long.hashCode(getLong(i));
        }
        for (; i < capacity; i++) {
            hash = HASH_FACTOR * hash + getByte(i);
        }
        return hash;
    }

    @Override
    public String toString() {
        return "RegionBuffer of " + capacity + " bytes at offset " + offset + " of " + region;
    }
}
