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

import io.cordon.event.Counters;
import io.cordon.event.LoggedEvent;
import io.cordon.event.MediaEventSource;
import io.cordon.event.MediaListener;
import io.cordon.event.MediaRegistration;
import io.cordon.event.Ownership;
import io.cordon.linux.Memory;
import io.cordon.linux.Platform;
import io.cordon.linux.Storage;
import io.cordon.linux.WriteBack;
import io.cordon.media.FileBusyException;
import io.cordon.media.Media;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;
import io.cordon.poison.Poison;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.Recovery;
import io.cordon.recovery.RepairSource;
import io.cordon.scrub.Scrubber;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.file.FileSystems;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Off-heap memory over a file, at the speed of a raw {@link MemorySegment}, that never returns a byte that cannot be
 * trusted and never takes the process down, while the medium under it fails.
 *
 * {@snippet :
 * try (Region region = Region.builder(path).size(1 << 20).open()) {   // creates the file if absent
 *     region.putLong(offset, value);
 *     final long found = region.getLong(offset);                      // PoisonException if it is not to be had
 *     region.persist(offset, Long.BYTES);
 *     assert found == value;
 * }
 * }
 *
 * <p><b>On poison.</b> Loads, stores and atomic updates of a line that is poisoned or lost throw
 * {@link PoisonException}, which names exactly the lines that the access touched and may not see. The first access to a
 * failed page recovers the page: what is readable of it stays, what is not is refused until {@link #recovery()} writes
 * or zeroes it. Other lines, of the same page too, are served as before.
 *
 * <p><b>Thread-safety.</b> All methods may be called by any number of threads, platform or virtual. Plain loads and
 * stores of different threads are ordered as those of a {@code MemorySegment} are: not at all; the others as their
 * names say. A store that runs while its own page fails may take effect twice before the call returns; nobody but a
 * thread that overwrites the same bytes at the same time can tell.
 *
 * <p><b>Speed.</b> While nothing has failed since the region was opened, the check of a load is one compare of a word
 * that nobody writes. Keep the region in a {@code static final} field, whose record components C2 treats as constants,
 * or in an instance field.
 *
 * <p>A region is a value of this record class for that reason alone; equality is identity.
 *
 * @param address of the mapping's first byte; for diagnostics.
 * @param size    of the region in bytes.
 * @param segment the raw view: guarded, so that a media error never ends the process, but not checked. A page that
 *                fails reads as zeroes until it is recovered, as lost lines do afterwards; {@link #isReadable} tells,
 *                and nothing else does. Its accesses throw {@link IllegalStateException} once the region is closed; a
 *                slice in a native call keeps {@link #close()} waiting.
 * @param core    the slow path; not for applications.
 */
public record Region(long address, long size, MemorySegment segment,
    @SuppressWarnings("exports") RegionCore core) implements MediaEventSource, AutoCloseable {
    private static final long LOAD_FLAGS = LineMap.POISON | LineMap.CLOSED;
    private static final long STORE_FLAGS = LOAD_FLAGS | LineMap.READ_ONLY;
    private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();
    private static final VarHandle SHORT = ValueLayout.JAVA_SHORT.varHandle();
    private static final VarHandle CHAR = ValueLayout.JAVA_CHAR.varHandle();
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    /**
     * Not for applications: regions come from {@link #builder(Path)}.
     *
     * @throws IllegalArgumentException if the components do not belong together.
     */
    public Region {
        if (address != core.base() || size != core.size() || segment != core.segment()) {
            throw new IllegalArgumentException("regions are made by Region.builder(path).open()");
        }
    }

    /**
     * Starts to open a region.
     *
     * @param path the file; it is created if it is absent and a size is given.
     * @return what the region is opened with.
     */
    public static Builder builder(final Path path) {
        return new Builder(path);
    }

    private static long hazard(final long at) {
        return Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at + LineMap.HAZARD_OFFSET);
    }

    /**
     * Whether a load that came before this call met the file: no page has failed since the region was opened, or none
     * of those that share the load's scar, nor one after them, into which it may cross; or the pages that it touched
     * never have. Nothing but what C2 always inlines is called for that: a call keeps a loop from being unrolled.
     */
    private static boolean isUnscarred(final long at, final long offset, final int width) {
        if (hazard(at) == 0 || isPageUnscarred(at, offset)) {
            return true;
        }
        final long records = Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at + LineMap.RECORDS_OFFSET);
        return records != 0
            && (Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED,
                records + (offset >>> Lines.PAGE_SHIFT) * LineMap.RECORD_LENGTH)
            | Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED,
                records + (offset + width - 1 >>> Lines.PAGE_SHIFT) * LineMap.RECORD_LENGTH)) == 0;
    }

    /**
     * Whether a store met the file, by the hazard word or the scar. Where the scar was asked before, it is asked again,
     * and the hazard word, which is never 0 any more, is not.
     *
     * @param clean whether the hazard word was 0 before.
     */
    private static boolean hasStored(final long at, final long offset, final boolean clean) {
        return clean && hazard(at) == 0 || isPageUnscarred(at, offset);
    }

    private static boolean isPageUnscarred(final long at, final long offset) {
        return scar(at, offset) >= 0;
    }

    /** Not 0 if a store needs a look at the bits, or is refused; less than 0 if a load needs one. */
    private static byte scar(final long at, final long offset) {
        return Memory.ALL.get(ValueLayout.JAVA_BYTE,
            at + LineMap.SCARS_OFFSET + (offset >>> Lines.PAGE_SHIFT & LineMap.SCAR_COUNT - 1) & Memory.ADDRESSES);
    }

    /** Whether nothing at all has failed since the region was opened: all accesses before this call met the file. */
    private static boolean isFresh(final long at) {
        return Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at + LineMap.HAZARD_OFFSET & Memory.ADDRESSES) == 0;
    }

    private static long lineWord(final long at, final long offset) {
        return Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED,
            at + LineMap.WORDS_END_OFFSET - Long.BYTES - (offset >>> Lines.PAGE_SHIFT << 3));
    }

    /**
     * Whether an access must not be done, or not be trusted, by what is known. To be asked between the two readings of
     * the hazard word; the bits cannot have changed in between if these are equal.
     */
    private static boolean isHeld(
        final long at, final long offset, final int width, final long before, final long flags) {
        if ((before & flags) == 0) {
            return false;
        }
        VarHandle.loadLoadFence();
        if ((before & flags) != LineMap.POISON) {
            return true;
        }
        // What most accesses of a damaged region meet: they stay in one page, and no line of it is refused.
        final boolean crosses = (offset & Lines.PAGE_LENGTH - 1) > Lines.PAGE_LENGTH - width;
        return (crosses || lineWord(at, offset) != 0) && isLineHeld(at, offset, width);
    }

    private static boolean isLineHeld(final long at, final long offset, final int width) {
        final long last = offset + width - 1;
        return ((lineWord(at, offset) >>> (offset >>> Lines.SHIFT)
            | lineWord(at, last) >>> (last >>> Lines.SHIFT)) & 1) != 0;
    }

    /** Whether an access may have met a quarantine page: the second reading of the hazard word. */
    private boolean hasMoved(final long at, final long offset, final long length, final long before) {
        VarHandle.loadLoadFence();
        return hazard(at) != before && !core.isLanded(offset, length, before);
    }

    private void checkBounds(final long offset, final int width) {
        try {
            Objects.checkIndex(offset, size - (width - 1));
        } catch (IndexOutOfBoundsException _) {
            throw outOfBounds(offset, width);
        }
    }

    private void checkAligned(final long offset, final int width) {
        checkBounds(offset, width);
        if ((offset & width - 1) != 0) {
            throw new IllegalArgumentException(core.path() + ": offset " + offset
                + " of an atomic or ordered access is not a multiple of " + width);
        }
    }

    private void checkRange(final long offset, final long length) {
        if ((offset | length) < 0 || offset > size - length) {
            throw outOfBounds(offset, length);
        }
    }

    private IndexOutOfBoundsException outOfBounds(final long offset, final long length) {
        return new IndexOutOfBoundsException(core.path() + ": offset " + offset + " and length " + length
            + " do not fit the size " + size);
    }

    /**
     * Loads 1 byte in native byte order, at any alignment.
     *
     * @param offset first byte.
     * @return the value.
     * @throws PoisonException           if a line that holds one of the bytes is poisoned or lost.
     * @throws IndexOutOfBoundsException if the bytes are not all in the region.
     * @throws IllegalStateException     if the region is closed.
     */
    public byte getByte(final long offset) {
        checkBounds(offset, Byte.BYTES);
        final long at = address;
        final byte value = Memory.ALL.get(ValueLayout.JAVA_BYTE, at + offset);
        VarHandle.loadLoadFence();
        return isUnscarred(at, offset, Byte.BYTES) ? value : getByteCarefully(offset);
    }

    private byte getByteCarefully(final long offset) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Byte.BYTES, before, LOAD_FLAGS)) {
            VarHandle.loadLoadFence();
            final byte value = Memory.ALL.get(ValueLayout.JAVA_BYTE, at + offset);
            if (!hasMoved(at, offset, Byte.BYTES, before)) {
                return value;
            }
        }
        return getByteSlowly(offset);
    }

    private byte getByteSlowly(final long offset) {
        core.admit(offset, Byte.BYTES, false);
        return getByte(offset);
    }

    /**
     * Stores 1 byte in native byte order, at any alignment.
     *
     * @param offset first byte.
     * @param value  what to store.
     * @throws PoisonException               if a line that holds one of the bytes is poisoned or lost; recover it.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void putByte(final long offset, final byte value) {
        checkBounds(offset, Byte.BYTES);
        final long at = address;
        final boolean clean = hazard(at) == 0;
        if (clean || scar(at, offset) == 0) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_BYTE, at + offset, value);
            VarHandle.releaseFence();
            if (hasStored(at, offset, clean)) {
                return;
            }
        }
        putByteCarefully(offset, value);
    }

    private void putByteCarefully(final long offset, final byte value) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Byte.BYTES, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_BYTE, at + offset, value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, Byte.BYTES, before)) {
                return;
            }
        }
        putByteSlowly(offset, value);
    }

    private void putByteSlowly(final long offset, final byte value) {
        core.admit(offset, Byte.BYTES, true);
        putByte(offset, value);
    }

    /**
     * Loads 2 bytes in native byte order, at any alignment.
     *
     * @param offset first byte.
     * @return the value.
     * @throws PoisonException           if a line that holds one of the bytes is poisoned or lost.
     * @throws IndexOutOfBoundsException if the bytes are not all in the region.
     * @throws IllegalStateException     if the region is closed.
     */
    public short getShort(final long offset) {
        checkBounds(offset, Short.BYTES);
        final long at = address;
        final short value = Memory.ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + offset);
        VarHandle.loadLoadFence();
        return isUnscarred(at, offset, Short.BYTES) ? value : getShortCarefully(offset);
    }

    private short getShortCarefully(final long offset) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Short.BYTES, before, LOAD_FLAGS)) {
            VarHandle.loadLoadFence();
            final short value = Memory.ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + offset);
            if (!hasMoved(at, offset, Short.BYTES, before)) {
                return value;
            }
        }
        return getShortSlowly(offset);
    }

    private short getShortSlowly(final long offset) {
        core.admit(offset, Short.BYTES, false);
        return getShort(offset);
    }

    /**
     * Stores 2 bytes in native byte order, at any alignment.
     *
     * @param offset first byte.
     * @param value  what to store.
     * @throws PoisonException               if a line that holds one of the bytes is poisoned or lost; recover it.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void putShort(final long offset, final short value) {
        checkBounds(offset, Short.BYTES);
        final long at = address;
        final boolean clean = hazard(at) == 0;
        if (clean || scar(at, offset) == 0) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + offset, value);
            VarHandle.releaseFence();
            if (hasStored(at, offset, clean)) {
                return;
            }
        }
        putShortCarefully(offset, value);
    }

    private void putShortCarefully(final long offset, final short value) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Short.BYTES, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + offset, value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, Short.BYTES, before)) {
                return;
            }
        }
        putShortSlowly(offset, value);
    }

    private void putShortSlowly(final long offset, final short value) {
        core.admit(offset, Short.BYTES, true);
        putShort(offset, value);
    }

    /**
     * Loads 2 bytes in native byte order, at any alignment.
     *
     * @param offset first byte.
     * @return the value.
     * @throws PoisonException           if a line that holds one of the bytes is poisoned or lost.
     * @throws IndexOutOfBoundsException if the bytes are not all in the region.
     * @throws IllegalStateException     if the region is closed.
     */
    public char getChar(final long offset) {
        checkBounds(offset, Character.BYTES);
        final long at = address;
        final char value = Memory.ALL.get(ValueLayout.JAVA_CHAR_UNALIGNED, at + offset);
        VarHandle.loadLoadFence();
        return isUnscarred(at, offset, Character.BYTES) ? value : getCharCarefully(offset);
    }

    private char getCharCarefully(final long offset) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Character.BYTES, before, LOAD_FLAGS)) {
            VarHandle.loadLoadFence();
            final char value = Memory.ALL.get(ValueLayout.JAVA_CHAR_UNALIGNED, at + offset);
            if (!hasMoved(at, offset, Character.BYTES, before)) {
                return value;
            }
        }
        return getCharSlowly(offset);
    }

    private char getCharSlowly(final long offset) {
        core.admit(offset, Character.BYTES, false);
        return getChar(offset);
    }

    /**
     * Stores 2 bytes in native byte order, at any alignment.
     *
     * @param offset first byte.
     * @param value  what to store.
     * @throws PoisonException               if a line that holds one of the bytes is poisoned or lost; recover it.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void putChar(final long offset, final char value) {
        checkBounds(offset, Character.BYTES);
        final long at = address;
        final boolean clean = hazard(at) == 0;
        if (clean || scar(at, offset) == 0) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_CHAR_UNALIGNED, at + offset, value);
            VarHandle.releaseFence();
            if (hasStored(at, offset, clean)) {
                return;
            }
        }
        putCharCarefully(offset, value);
    }

    private void putCharCarefully(final long offset, final char value) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Character.BYTES, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_CHAR_UNALIGNED, at + offset, value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, Character.BYTES, before)) {
                return;
            }
        }
        putCharSlowly(offset, value);
    }

    private void putCharSlowly(final long offset, final char value) {
        core.admit(offset, Character.BYTES, true);
        putChar(offset, value);
    }

    /**
     * Loads 4 bytes in native byte order, at any alignment.
     *
     * @param offset first byte.
     * @return the value.
     * @throws PoisonException           if a line that holds one of the bytes is poisoned or lost.
     * @throws IndexOutOfBoundsException if the bytes are not all in the region.
     * @throws IllegalStateException     if the region is closed.
     */
    public int getInt(final long offset) {
        checkBounds(offset, Integer.BYTES);
        final long at = address;
        final int value = Memory.ALL.get(ValueLayout.JAVA_INT_UNALIGNED, at + offset);
        VarHandle.loadLoadFence();
        return isUnscarred(at, offset, Integer.BYTES) ? value : getIntCarefully(offset);
    }

    private int getIntCarefully(final long offset) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Integer.BYTES, before, LOAD_FLAGS)) {
            VarHandle.loadLoadFence();
            final int value = Memory.ALL.get(ValueLayout.JAVA_INT_UNALIGNED, at + offset);
            if (!hasMoved(at, offset, Integer.BYTES, before)) {
                return value;
            }
        }
        return getIntSlowly(offset);
    }

    private int getIntSlowly(final long offset) {
        core.admit(offset, Integer.BYTES, false);
        return getInt(offset);
    }

    /**
     * Stores 4 bytes in native byte order, at any alignment.
     *
     * @param offset first byte.
     * @param value  what to store.
     * @throws PoisonException               if a line that holds one of the bytes is poisoned or lost; recover it.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void putInt(final long offset, final int value) {
        checkBounds(offset, Integer.BYTES);
        final long at = address;
        final boolean clean = hazard(at) == 0;
        if (clean || scar(at, offset) == 0) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_INT_UNALIGNED, at + offset, value);
            VarHandle.releaseFence();
            if (hasStored(at, offset, clean)) {
                return;
            }
        }
        putIntCarefully(offset, value);
    }

    private void putIntCarefully(final long offset, final int value) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Integer.BYTES, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_INT_UNALIGNED, at + offset, value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, Integer.BYTES, before)) {
                return;
            }
        }
        putIntSlowly(offset, value);
    }

    private void putIntSlowly(final long offset, final int value) {
        core.admit(offset, Integer.BYTES, true);
        putInt(offset, value);
    }

    /**
     * Loads 8 bytes in native byte order, at any alignment.
     *
     * @param offset first byte.
     * @return the value.
     * @throws PoisonException           if a line that holds one of the bytes is poisoned or lost.
     * @throws IndexOutOfBoundsException if the bytes are not all in the region.
     * @throws IllegalStateException     if the region is closed.
     */
    public long getLong(final long offset) {
        checkBounds(offset, Long.BYTES);
        final long at = address;
        final long value = Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at + offset);
        VarHandle.loadLoadFence();
        return isUnscarred(at, offset, Long.BYTES) ? value : getLongCarefully(offset);
    }

    private long getLongCarefully(final long offset) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Long.BYTES, before, LOAD_FLAGS)) {
            VarHandle.loadLoadFence();
            final long value = Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at + offset);
            if (!hasMoved(at, offset, Long.BYTES, before)) {
                return value;
            }
        }
        return getLongSlowly(offset);
    }

    private long getLongSlowly(final long offset) {
        core.admit(offset, Long.BYTES, false);
        return getLong(offset);
    }

    /**
     * Stores 8 bytes in native byte order, at any alignment.
     *
     * @param offset first byte.
     * @param value  what to store.
     * @throws PoisonException               if a line that holds one of the bytes is poisoned or lost; recover it.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void putLong(final long offset, final long value) {
        checkBounds(offset, Long.BYTES);
        final long at = address;
        final boolean clean = hazard(at) == 0;
        if (clean || scar(at, offset) == 0) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, at + offset, value);
            VarHandle.releaseFence();
            if (hasStored(at, offset, clean)) {
                return;
            }
        }
        putLongCarefully(offset, value);
    }

    private void putLongCarefully(final long offset, final long value) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Long.BYTES, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, at + offset, value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, Long.BYTES, before)) {
                return;
            }
        }
        putLongSlowly(offset, value);
    }

    private void putLongSlowly(final long offset, final long value) {
        core.admit(offset, Long.BYTES, true);
        putLong(offset, value);
    }

    /**
     * Loads 4 bytes in native byte order, at any alignment.
     *
     * @param offset first byte.
     * @return the value.
     * @throws PoisonException           if a line that holds one of the bytes is poisoned or lost.
     * @throws IndexOutOfBoundsException if the bytes are not all in the region.
     * @throws IllegalStateException     if the region is closed.
     */
    public float getFloat(final long offset) {
        checkBounds(offset, Float.BYTES);
        final long at = address;
        final float value = Memory.ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + offset);
        VarHandle.loadLoadFence();
        return isUnscarred(at, offset, Float.BYTES) ? value : getFloatCarefully(offset);
    }

    private float getFloatCarefully(final long offset) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Float.BYTES, before, LOAD_FLAGS)) {
            VarHandle.loadLoadFence();
            final float value = Memory.ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + offset);
            if (!hasMoved(at, offset, Float.BYTES, before)) {
                return value;
            }
        }
        return getFloatSlowly(offset);
    }

    private float getFloatSlowly(final long offset) {
        core.admit(offset, Float.BYTES, false);
        return getFloat(offset);
    }

    /**
     * Stores 4 bytes in native byte order, at any alignment.
     *
     * @param offset first byte.
     * @param value  what to store.
     * @throws PoisonException               if a line that holds one of the bytes is poisoned or lost; recover it.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void putFloat(final long offset, final float value) {
        checkBounds(offset, Float.BYTES);
        final long at = address;
        final boolean clean = hazard(at) == 0;
        if (clean || scar(at, offset) == 0) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at + offset, value);
            VarHandle.releaseFence();
            if (hasStored(at, offset, clean)) {
                return;
            }
        }
        putFloatCarefully(offset, value);
    }

    private void putFloatCarefully(final long offset, final float value) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Float.BYTES, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at + offset, value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, Float.BYTES, before)) {
                return;
            }
        }
        putFloatSlowly(offset, value);
    }

    private void putFloatSlowly(final long offset, final float value) {
        core.admit(offset, Float.BYTES, true);
        putFloat(offset, value);
    }

    /**
     * Loads 8 bytes in native byte order, at any alignment.
     *
     * @param offset first byte.
     * @return the value.
     * @throws PoisonException           if a line that holds one of the bytes is poisoned or lost.
     * @throws IndexOutOfBoundsException if the bytes are not all in the region.
     * @throws IllegalStateException     if the region is closed.
     */
    public double getDouble(final long offset) {
        checkBounds(offset, Double.BYTES);
        final long at = address;
        final double value = Memory.ALL.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, at + offset);
        VarHandle.loadLoadFence();
        return isUnscarred(at, offset, Double.BYTES) ? value : getDoubleCarefully(offset);
    }

    private double getDoubleCarefully(final long offset) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Double.BYTES, before, LOAD_FLAGS)) {
            VarHandle.loadLoadFence();
            final double value = Memory.ALL.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, at + offset);
            if (!hasMoved(at, offset, Double.BYTES, before)) {
                return value;
            }
        }
        return getDoubleSlowly(offset);
    }

    private double getDoubleSlowly(final long offset) {
        core.admit(offset, Double.BYTES, false);
        return getDouble(offset);
    }

    /**
     * Stores 8 bytes in native byte order, at any alignment.
     *
     * @param offset first byte.
     * @param value  what to store.
     * @throws PoisonException               if a line that holds one of the bytes is poisoned or lost; recover it.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void putDouble(final long offset, final double value) {
        checkBounds(offset, Double.BYTES);
        final long at = address;
        final boolean clean = hazard(at) == 0;
        if (clean || scar(at, offset) == 0) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, at + offset, value);
            VarHandle.releaseFence();
            if (hasStored(at, offset, clean)) {
                return;
            }
        }
        putDoubleCarefully(offset, value);
    }

    private void putDoubleCarefully(final long offset, final double value) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Double.BYTES, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            Memory.ALL.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, at + offset, value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, Double.BYTES, before)) {
                return;
            }
        }
        putDoubleSlowly(offset, value);
    }

    private void putDoubleSlowly(final long offset, final double value) {
        core.admit(offset, Double.BYTES, true);
        putDouble(offset, value);
    }

    /**
     * Loads 1 byte in native byte order with volatile semantics, as {@link VarHandle#getVolatile}.
     *
     * @param offset where.
     * @return the value.
     * @throws PoisonException           if the line that holds the byte is poisoned or lost.
     * @throws IndexOutOfBoundsException if the byte is not in the region.
     * @throws IllegalStateException     if the region is closed.
     */
    public byte getByteVolatile(final long offset) {
        checkBounds(offset, Byte.BYTES);
        final long at = address;
        final byte value = (byte) BYTE.getVolatile(Memory.ALL, at + offset);
        VarHandle.loadLoadFence();
        return isUnscarred(at, offset, Byte.BYTES) ? value : getByteVolatileCarefully(offset);
    }

    private byte getByteVolatileCarefully(final long offset) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Byte.BYTES, before, LOAD_FLAGS)) {
            VarHandle.loadLoadFence();
            final byte value = (byte) BYTE.getVolatile(Memory.ALL, at + offset);
            if (!hasMoved(at, offset, Byte.BYTES, before)) {
                return value;
            }
        }
        core.admit(offset, Byte.BYTES, false);
        return getByteVolatile(offset);
    }

    /**
     * Stores 1 byte in native byte order with volatile semantics, as {@link VarHandle#setVolatile}. If the
     * page fails while the store runs, it may take effect twice before the call returns.
     *
     * @param offset where.
     * @param value  what to store.
     * @throws PoisonException               if the line that holds the byte is poisoned or lost; recover it first.
     * @throws IndexOutOfBoundsException     if the byte is not in the region.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void putByteVolatile(final long offset, final byte value) {
        checkBounds(offset, Byte.BYTES);
        final long at = address;
        final boolean clean = hazard(at) == 0;
        if (clean || scar(at, offset) == 0) {
            VarHandle.releaseFence();
            BYTE.setVolatile(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (hasStored(at, offset, clean)) {
                return;
            }
        }
        putByteVolatileCarefully(offset, value);
    }

    private void putByteVolatileCarefully(final long offset, final byte value) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Byte.BYTES, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            BYTE.setVolatile(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, Byte.BYTES, before)) {
                return;
            }
        }
        core.admit(offset, Byte.BYTES, true);
        putByteVolatile(offset, value);
    }

    /**
     * Loads 2 bytes in native byte order with volatile semantics, as {@link VarHandle#getVolatile}.
     *
     * @param offset first byte; a multiple of 2.
     * @return the value.
     * @throws PoisonException           if the line that holds the bytes is poisoned or lost.
     * @throws IndexOutOfBoundsException if the bytes are not all in the region.
     * @throws IllegalArgumentException  if the offset is not a multiple of 2.
     * @throws IllegalStateException     if the region is closed.
     */
    public short getShortVolatile(final long offset) {
        checkAligned(offset, Short.BYTES);
        final long at = address;
        final short value = (short) SHORT.getVolatile(Memory.ALL, at + offset);
        VarHandle.loadLoadFence();
        return isUnscarred(at, offset, Short.BYTES) ? value : getShortVolatileCarefully(offset);
    }

    private short getShortVolatileCarefully(final long offset) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Short.BYTES, before, LOAD_FLAGS)) {
            VarHandle.loadLoadFence();
            final short value = (short) SHORT.getVolatile(Memory.ALL, at + offset);
            if (!hasMoved(at, offset, Short.BYTES, before)) {
                return value;
            }
        }
        core.admit(offset, Short.BYTES, false);
        return getShortVolatile(offset);
    }

    /**
     * Stores 2 bytes in native byte order with volatile semantics, as {@link VarHandle#setVolatile}. If the
     * page fails while the store runs, it may take effect twice before the call returns.
     *
     * @param offset first byte; a multiple of 2.
     * @param value  what to store.
     * @throws PoisonException               if the line that holds the bytes is poisoned or lost; recover it first.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws IllegalArgumentException      if the offset is not a multiple of 2.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void putShortVolatile(final long offset, final short value) {
        checkAligned(offset, Short.BYTES);
        final long at = address;
        final boolean clean = hazard(at) == 0;
        if (clean || scar(at, offset) == 0) {
            VarHandle.releaseFence();
            SHORT.setVolatile(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (hasStored(at, offset, clean)) {
                return;
            }
        }
        putShortVolatileCarefully(offset, value);
    }

    private void putShortVolatileCarefully(final long offset, final short value) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Short.BYTES, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            SHORT.setVolatile(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, Short.BYTES, before)) {
                return;
            }
        }
        core.admit(offset, Short.BYTES, true);
        putShortVolatile(offset, value);
    }

    /**
     * Loads 2 bytes in native byte order with volatile semantics, as {@link VarHandle#getVolatile}.
     *
     * @param offset first byte; a multiple of 2.
     * @return the value.
     * @throws PoisonException           if the line that holds the bytes is poisoned or lost.
     * @throws IndexOutOfBoundsException if the bytes are not all in the region.
     * @throws IllegalArgumentException  if the offset is not a multiple of 2.
     * @throws IllegalStateException     if the region is closed.
     */
    public char getCharVolatile(final long offset) {
        checkAligned(offset, Character.BYTES);
        final long at = address;
        final char value = (char) CHAR.getVolatile(Memory.ALL, at + offset);
        VarHandle.loadLoadFence();
        return isUnscarred(at, offset, Character.BYTES) ? value : getCharVolatileCarefully(offset);
    }

    private char getCharVolatileCarefully(final long offset) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Character.BYTES, before, LOAD_FLAGS)) {
            VarHandle.loadLoadFence();
            final char value = (char) CHAR.getVolatile(Memory.ALL, at + offset);
            if (!hasMoved(at, offset, Character.BYTES, before)) {
                return value;
            }
        }
        core.admit(offset, Character.BYTES, false);
        return getCharVolatile(offset);
    }

    /**
     * Stores 2 bytes in native byte order with volatile semantics, as {@link VarHandle#setVolatile}. If the
     * page fails while the store runs, it may take effect twice before the call returns.
     *
     * @param offset first byte; a multiple of 2.
     * @param value  what to store.
     * @throws PoisonException               if the line that holds the bytes is poisoned or lost; recover it first.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws IllegalArgumentException      if the offset is not a multiple of 2.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void putCharVolatile(final long offset, final char value) {
        checkAligned(offset, Character.BYTES);
        final long at = address;
        final boolean clean = hazard(at) == 0;
        if (clean || scar(at, offset) == 0) {
            VarHandle.releaseFence();
            CHAR.setVolatile(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (hasStored(at, offset, clean)) {
                return;
            }
        }
        putCharVolatileCarefully(offset, value);
    }

    private void putCharVolatileCarefully(final long offset, final char value) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Character.BYTES, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            CHAR.setVolatile(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, Character.BYTES, before)) {
                return;
            }
        }
        core.admit(offset, Character.BYTES, true);
        putCharVolatile(offset, value);
    }

    /**
     * Loads 4 bytes in native byte order with acquire semantics, as {@link VarHandle#getAcquire}.
     *
     * @param offset first byte; a multiple of 4.
     * @return the value.
     * @throws PoisonException           if the line that holds the bytes is poisoned or lost.
     * @throws IndexOutOfBoundsException if the bytes are not all in the region.
     * @throws IllegalArgumentException  if the offset is not a multiple of 4.
     * @throws IllegalStateException     if the region is closed.
     */
    public int getIntAcquire(final long offset) {
        checkAligned(offset, Integer.BYTES);
        final long at = address;
        final int value = (int) INT.getAcquire(Memory.ALL, at + offset);
        VarHandle.loadLoadFence();
        return isUnscarred(at, offset, Integer.BYTES) ? value : getIntAcquireCarefully(offset);
    }

    private int getIntAcquireCarefully(final long offset) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Integer.BYTES, before, LOAD_FLAGS)) {
            VarHandle.loadLoadFence();
            final int value = (int) INT.getAcquire(Memory.ALL, at + offset);
            if (!hasMoved(at, offset, Integer.BYTES, before)) {
                return value;
            }
        }
        core.admit(offset, Integer.BYTES, false);
        return getIntAcquire(offset);
    }

    /**
     * Loads 4 bytes in native byte order with opaque semantics, as {@link VarHandle#getOpaque}.
     *
     * @param offset first byte; a multiple of 4.
     * @return the value.
     * @throws PoisonException           if the line that holds the bytes is poisoned or lost.
     * @throws IndexOutOfBoundsException if the bytes are not all in the region.
     * @throws IllegalArgumentException  if the offset is not a multiple of 4.
     * @throws IllegalStateException     if the region is closed.
     */
    public int getIntOpaque(final long offset) {
        checkAligned(offset, Integer.BYTES);
        final long at = address;
        final int value = (int) INT.getOpaque(Memory.ALL, at + offset);
        VarHandle.loadLoadFence();
        return isUnscarred(at, offset, Integer.BYTES) ? value : getIntOpaqueCarefully(offset);
    }

    private int getIntOpaqueCarefully(final long offset) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Integer.BYTES, before, LOAD_FLAGS)) {
            VarHandle.loadLoadFence();
            final int value = (int) INT.getOpaque(Memory.ALL, at + offset);
            if (!hasMoved(at, offset, Integer.BYTES, before)) {
                return value;
            }
        }
        core.admit(offset, Integer.BYTES, false);
        return getIntOpaque(offset);
    }

    /**
     * Loads 4 bytes in native byte order with volatile semantics, as {@link VarHandle#getVolatile}.
     *
     * @param offset first byte; a multiple of 4.
     * @return the value.
     * @throws PoisonException           if the line that holds the bytes is poisoned or lost.
     * @throws IndexOutOfBoundsException if the bytes are not all in the region.
     * @throws IllegalArgumentException  if the offset is not a multiple of 4.
     * @throws IllegalStateException     if the region is closed.
     */
    public int getIntVolatile(final long offset) {
        checkAligned(offset, Integer.BYTES);
        final long at = address;
        final int value = (int) INT.getVolatile(Memory.ALL, at + offset);
        VarHandle.loadLoadFence();
        return isUnscarred(at, offset, Integer.BYTES) ? value : getIntVolatileCarefully(offset);
    }

    private int getIntVolatileCarefully(final long offset) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Integer.BYTES, before, LOAD_FLAGS)) {
            VarHandle.loadLoadFence();
            final int value = (int) INT.getVolatile(Memory.ALL, at + offset);
            if (!hasMoved(at, offset, Integer.BYTES, before)) {
                return value;
            }
        }
        core.admit(offset, Integer.BYTES, false);
        return getIntVolatile(offset);
    }

    /**
     * Stores 4 bytes in native byte order with release semantics, as {@link VarHandle#setRelease}. If the
     * page fails while the store runs, it may take effect twice before the call returns.
     *
     * @param offset first byte; a multiple of 4.
     * @param value  what to store.
     * @throws PoisonException               if the line that holds the bytes is poisoned or lost; recover it first.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws IllegalArgumentException      if the offset is not a multiple of 4.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void putIntRelease(final long offset, final int value) {
        checkAligned(offset, Integer.BYTES);
        final long at = address;
        final boolean clean = hazard(at) == 0;
        if (clean || scar(at, offset) == 0) {
            VarHandle.releaseFence();
            INT.setRelease(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (hasStored(at, offset, clean)) {
                return;
            }
        }
        putIntReleaseCarefully(offset, value);
    }

    private void putIntReleaseCarefully(final long offset, final int value) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Integer.BYTES, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            INT.setRelease(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, Integer.BYTES, before)) {
                return;
            }
        }
        core.admit(offset, Integer.BYTES, true);
        putIntRelease(offset, value);
    }

    /**
     * Stores 4 bytes in native byte order with opaque semantics, as {@link VarHandle#setOpaque}. If the
     * page fails while the store runs, it may take effect twice before the call returns.
     *
     * @param offset first byte; a multiple of 4.
     * @param value  what to store.
     * @throws PoisonException               if the line that holds the bytes is poisoned or lost; recover it first.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws IllegalArgumentException      if the offset is not a multiple of 4.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void putIntOpaque(final long offset, final int value) {
        checkAligned(offset, Integer.BYTES);
        final long at = address;
        final boolean clean = hazard(at) == 0;
        if (clean || scar(at, offset) == 0) {
            VarHandle.releaseFence();
            INT.setOpaque(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (hasStored(at, offset, clean)) {
                return;
            }
        }
        putIntOpaqueCarefully(offset, value);
    }

    private void putIntOpaqueCarefully(final long offset, final int value) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Integer.BYTES, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            INT.setOpaque(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, Integer.BYTES, before)) {
                return;
            }
        }
        core.admit(offset, Integer.BYTES, true);
        putIntOpaque(offset, value);
    }

    /**
     * Stores 4 bytes in native byte order with volatile semantics, as {@link VarHandle#setVolatile}. If the
     * page fails while the store runs, it may take effect twice before the call returns.
     *
     * @param offset first byte; a multiple of 4.
     * @param value  what to store.
     * @throws PoisonException               if the line that holds the bytes is poisoned or lost; recover it first.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws IllegalArgumentException      if the offset is not a multiple of 4.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void putIntVolatile(final long offset, final int value) {
        checkAligned(offset, Integer.BYTES);
        final long at = address;
        final boolean clean = hazard(at) == 0;
        if (clean || scar(at, offset) == 0) {
            VarHandle.releaseFence();
            INT.setVolatile(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (hasStored(at, offset, clean)) {
                return;
            }
        }
        putIntVolatileCarefully(offset, value);
    }

    private void putIntVolatileCarefully(final long offset, final int value) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Integer.BYTES, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            INT.setVolatile(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, Integer.BYTES, before)) {
                return;
            }
        }
        core.admit(offset, Integer.BYTES, true);
        putIntVolatile(offset, value);
    }

    /**
     * Atomically stores a value if another is there, with volatile semantics, as {@link VarHandle#compareAndSet}.
     * 4 bytes in native byte order.
     *
     * @param offset   first byte; a multiple of 4.
     * @param expected the value that must be there.
     * @param value    what to store then.
     * @return whether it was there.
     * @throws PoisonException               if the line that holds the bytes is poisoned or lost, or if the page failed
     *                                       while the update ran. Whether it took effect is indeterminate then.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws IllegalArgumentException      if the offset is not a multiple of 4.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed; whether it took effect is indeterminate if that
     *                                       happened while it ran.
     */
    public boolean compareAndSetInt(final long offset, final int expected, final int value) {
        checkAligned(offset, Integer.BYTES);
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Integer.BYTES, before, STORE_FLAGS)) {
            final boolean result = INT.compareAndSet(Memory.ALL, at + offset, expected, value);
            if (!hasMoved(at, offset, Integer.BYTES, before)) {
                return result;
            }
            core.repeat(offset, Integer.BYTES, before);
        }
        core.admit(offset, Integer.BYTES, true);
        return compareAndSetInt(offset, expected, value);
    }

    /**
     * Atomically stores a value if another is there, with volatile semantics, as {@link VarHandle#compareAndExchange}.
     * 4 bytes in native byte order.
     *
     * @param offset   first byte; a multiple of 4.
     * @param expected the value that must be there.
     * @param value    what to store then.
     * @return the value before.
     * @throws PoisonException               if the line that holds the bytes is poisoned or lost, or if the page failed
     *                                       while the update ran. Whether it took effect is indeterminate then.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws IllegalArgumentException      if the offset is not a multiple of 4.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed; whether it took effect is indeterminate if that
     *                                       happened while it ran.
     */
    public int compareAndExchangeInt(final long offset, final int expected, final int value) {
        checkAligned(offset, Integer.BYTES);
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Integer.BYTES, before, STORE_FLAGS)) {
            final int result = (int) INT.compareAndExchange(Memory.ALL, at + offset, expected, value);
            if (!hasMoved(at, offset, Integer.BYTES, before)) {
                return result;
            }
            core.repeat(offset, Integer.BYTES, before);
        }
        core.admit(offset, Integer.BYTES, true);
        return compareAndExchangeInt(offset, expected, value);
    }

    /**
     * Atomically adds, with volatile semantics, as {@link VarHandle#getAndAdd}.
     * 4 bytes in native byte order.
     *
     * @param offset first byte; a multiple of 4.
     * @param delta  what to add.
     * @return the value before.
     * @throws PoisonException               if the line that holds the bytes is poisoned or lost, or if the page failed
     *                                       while the update ran. Whether it took effect is indeterminate then.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws IllegalArgumentException      if the offset is not a multiple of 4.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed; whether it took effect is indeterminate if that
     *                                       happened while it ran.
     */
    public int getAndAddInt(final long offset, final int delta) {
        checkAligned(offset, Integer.BYTES);
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Integer.BYTES, before, STORE_FLAGS)) {
            final int result = (int) INT.getAndAdd(Memory.ALL, at + offset, delta);
            if (!hasMoved(at, offset, Integer.BYTES, before)) {
                return result;
            }
            core.repeat(offset, Integer.BYTES, before);
        }
        core.admit(offset, Integer.BYTES, true);
        return getAndAddInt(offset, delta);
    }

    /**
     * Atomically exchanges, with volatile semantics, as {@link VarHandle#getAndSet}.
     * 4 bytes in native byte order.
     *
     * @param offset first byte; a multiple of 4.
     * @param value  what to store.
     * @return the value before.
     * @throws PoisonException               if the line that holds the bytes is poisoned or lost, or if the page failed
     *                                       while the update ran. Whether it took effect is indeterminate then.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws IllegalArgumentException      if the offset is not a multiple of 4.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed; whether it took effect is indeterminate if that
     *                                       happened while it ran.
     */
    public int getAndSetInt(final long offset, final int value) {
        checkAligned(offset, Integer.BYTES);
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Integer.BYTES, before, STORE_FLAGS)) {
            final int result = (int) INT.getAndSet(Memory.ALL, at + offset, value);
            if (!hasMoved(at, offset, Integer.BYTES, before)) {
                return result;
            }
            core.repeat(offset, Integer.BYTES, before);
        }
        core.admit(offset, Integer.BYTES, true);
        return getAndSetInt(offset, value);
    }

    /**
     * Loads 8 bytes in native byte order with acquire semantics, as {@link VarHandle#getAcquire}.
     *
     * @param offset first byte; a multiple of 8.
     * @return the value.
     * @throws PoisonException           if the line that holds the bytes is poisoned or lost.
     * @throws IndexOutOfBoundsException if the bytes are not all in the region.
     * @throws IllegalArgumentException  if the offset is not a multiple of 8.
     * @throws IllegalStateException     if the region is closed.
     */
    public long getLongAcquire(final long offset) {
        checkAligned(offset, Long.BYTES);
        final long at = address;
        final long value = (long) LONG.getAcquire(Memory.ALL, at + offset);
        VarHandle.loadLoadFence();
        return isUnscarred(at, offset, Long.BYTES) ? value : getLongAcquireCarefully(offset);
    }

    private long getLongAcquireCarefully(final long offset) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Long.BYTES, before, LOAD_FLAGS)) {
            VarHandle.loadLoadFence();
            final long value = (long) LONG.getAcquire(Memory.ALL, at + offset);
            if (!hasMoved(at, offset, Long.BYTES, before)) {
                return value;
            }
        }
        core.admit(offset, Long.BYTES, false);
        return getLongAcquire(offset);
    }

    /**
     * Loads 8 bytes in native byte order with opaque semantics, as {@link VarHandle#getOpaque}.
     *
     * @param offset first byte; a multiple of 8.
     * @return the value.
     * @throws PoisonException           if the line that holds the bytes is poisoned or lost.
     * @throws IndexOutOfBoundsException if the bytes are not all in the region.
     * @throws IllegalArgumentException  if the offset is not a multiple of 8.
     * @throws IllegalStateException     if the region is closed.
     */
    public long getLongOpaque(final long offset) {
        checkAligned(offset, Long.BYTES);
        final long at = address;
        final long value = (long) LONG.getOpaque(Memory.ALL, at + offset);
        VarHandle.loadLoadFence();
        return isUnscarred(at, offset, Long.BYTES) ? value : getLongOpaqueCarefully(offset);
    }

    private long getLongOpaqueCarefully(final long offset) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Long.BYTES, before, LOAD_FLAGS)) {
            VarHandle.loadLoadFence();
            final long value = (long) LONG.getOpaque(Memory.ALL, at + offset);
            if (!hasMoved(at, offset, Long.BYTES, before)) {
                return value;
            }
        }
        core.admit(offset, Long.BYTES, false);
        return getLongOpaque(offset);
    }

    /**
     * Loads 8 bytes in native byte order with volatile semantics, as {@link VarHandle#getVolatile}.
     *
     * @param offset first byte; a multiple of 8.
     * @return the value.
     * @throws PoisonException           if the line that holds the bytes is poisoned or lost.
     * @throws IndexOutOfBoundsException if the bytes are not all in the region.
     * @throws IllegalArgumentException  if the offset is not a multiple of 8.
     * @throws IllegalStateException     if the region is closed.
     */
    public long getLongVolatile(final long offset) {
        checkAligned(offset, Long.BYTES);
        final long at = address;
        final long value = (long) LONG.getVolatile(Memory.ALL, at + offset);
        VarHandle.loadLoadFence();
        return isUnscarred(at, offset, Long.BYTES) ? value : getLongVolatileCarefully(offset);
    }

    private long getLongVolatileCarefully(final long offset) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Long.BYTES, before, LOAD_FLAGS)) {
            VarHandle.loadLoadFence();
            final long value = (long) LONG.getVolatile(Memory.ALL, at + offset);
            if (!hasMoved(at, offset, Long.BYTES, before)) {
                return value;
            }
        }
        core.admit(offset, Long.BYTES, false);
        return getLongVolatile(offset);
    }

    /**
     * Stores 8 bytes in native byte order with release semantics, as {@link VarHandle#setRelease}. If the
     * page fails while the store runs, it may take effect twice before the call returns.
     *
     * @param offset first byte; a multiple of 8.
     * @param value  what to store.
     * @throws PoisonException               if the line that holds the bytes is poisoned or lost; recover it first.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws IllegalArgumentException      if the offset is not a multiple of 8.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void putLongRelease(final long offset, final long value) {
        checkAligned(offset, Long.BYTES);
        final long at = address;
        final boolean clean = hazard(at) == 0;
        if (clean || scar(at, offset) == 0) {
            VarHandle.releaseFence();
            LONG.setRelease(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (hasStored(at, offset, clean)) {
                return;
            }
        }
        putLongReleaseCarefully(offset, value);
    }

    private void putLongReleaseCarefully(final long offset, final long value) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Long.BYTES, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            LONG.setRelease(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, Long.BYTES, before)) {
                return;
            }
        }
        core.admit(offset, Long.BYTES, true);
        putLongRelease(offset, value);
    }

    /**
     * Stores 8 bytes in native byte order with opaque semantics, as {@link VarHandle#setOpaque}. If the
     * page fails while the store runs, it may take effect twice before the call returns.
     *
     * @param offset first byte; a multiple of 8.
     * @param value  what to store.
     * @throws PoisonException               if the line that holds the bytes is poisoned or lost; recover it first.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws IllegalArgumentException      if the offset is not a multiple of 8.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void putLongOpaque(final long offset, final long value) {
        checkAligned(offset, Long.BYTES);
        final long at = address;
        final boolean clean = hazard(at) == 0;
        if (clean || scar(at, offset) == 0) {
            VarHandle.releaseFence();
            LONG.setOpaque(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (hasStored(at, offset, clean)) {
                return;
            }
        }
        putLongOpaqueCarefully(offset, value);
    }

    private void putLongOpaqueCarefully(final long offset, final long value) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Long.BYTES, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            LONG.setOpaque(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, Long.BYTES, before)) {
                return;
            }
        }
        core.admit(offset, Long.BYTES, true);
        putLongOpaque(offset, value);
    }

    /**
     * Stores 8 bytes in native byte order with volatile semantics, as {@link VarHandle#setVolatile}. If the
     * page fails while the store runs, it may take effect twice before the call returns.
     *
     * @param offset first byte; a multiple of 8.
     * @param value  what to store.
     * @throws PoisonException               if the line that holds the bytes is poisoned or lost; recover it first.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws IllegalArgumentException      if the offset is not a multiple of 8.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void putLongVolatile(final long offset, final long value) {
        checkAligned(offset, Long.BYTES);
        final long at = address;
        final boolean clean = hazard(at) == 0;
        if (clean || scar(at, offset) == 0) {
            VarHandle.releaseFence();
            LONG.setVolatile(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (hasStored(at, offset, clean)) {
                return;
            }
        }
        putLongVolatileCarefully(offset, value);
    }

    private void putLongVolatileCarefully(final long offset, final long value) {
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Long.BYTES, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            LONG.setVolatile(Memory.ALL, at + offset, value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, Long.BYTES, before)) {
                return;
            }
        }
        core.admit(offset, Long.BYTES, true);
        putLongVolatile(offset, value);
    }

    /**
     * Atomically stores a value if another is there, with volatile semantics, as {@link VarHandle#compareAndSet}.
     * 8 bytes in native byte order.
     *
     * @param offset   first byte; a multiple of 8.
     * @param expected the value that must be there.
     * @param value    what to store then.
     * @return whether it was there.
     * @throws PoisonException               if the line that holds the bytes is poisoned or lost, or if the page failed
     *                                       while the update ran. Whether it took effect is indeterminate then.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws IllegalArgumentException      if the offset is not a multiple of 8.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed; whether it took effect is indeterminate if that
     *                                       happened while it ran.
     */
    public boolean compareAndSetLong(final long offset, final long expected, final long value) {
        checkAligned(offset, Long.BYTES);
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Long.BYTES, before, STORE_FLAGS)) {
            final boolean result = LONG.compareAndSet(Memory.ALL, at + offset, expected, value);
            if (!hasMoved(at, offset, Long.BYTES, before)) {
                return result;
            }
            core.repeat(offset, Long.BYTES, before);
        }
        core.admit(offset, Long.BYTES, true);
        return compareAndSetLong(offset, expected, value);
    }

    /**
     * Atomically stores a value if another is there, with volatile semantics, as {@link VarHandle#compareAndExchange}.
     * 8 bytes in native byte order.
     *
     * @param offset   first byte; a multiple of 8.
     * @param expected the value that must be there.
     * @param value    what to store then.
     * @return the value before.
     * @throws PoisonException               if the line that holds the bytes is poisoned or lost, or if the page failed
     *                                       while the update ran. Whether it took effect is indeterminate then.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws IllegalArgumentException      if the offset is not a multiple of 8.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed; whether it took effect is indeterminate if that
     *                                       happened while it ran.
     */
    public long compareAndExchangeLong(final long offset, final long expected, final long value) {
        checkAligned(offset, Long.BYTES);
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Long.BYTES, before, STORE_FLAGS)) {
            final long result = (long) LONG.compareAndExchange(Memory.ALL, at + offset, expected, value);
            if (!hasMoved(at, offset, Long.BYTES, before)) {
                return result;
            }
            core.repeat(offset, Long.BYTES, before);
        }
        core.admit(offset, Long.BYTES, true);
        return compareAndExchangeLong(offset, expected, value);
    }

    /**
     * Atomically adds, with volatile semantics, as {@link VarHandle#getAndAdd}.
     * 8 bytes in native byte order.
     *
     * @param offset first byte; a multiple of 8.
     * @param delta  what to add.
     * @return the value before.
     * @throws PoisonException               if the line that holds the bytes is poisoned or lost, or if the page failed
     *                                       while the update ran. Whether it took effect is indeterminate then.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws IllegalArgumentException      if the offset is not a multiple of 8.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed; whether it took effect is indeterminate if that
     *                                       happened while it ran.
     */
    public long getAndAddLong(final long offset, final long delta) {
        checkAligned(offset, Long.BYTES);
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Long.BYTES, before, STORE_FLAGS)) {
            final long result = (long) LONG.getAndAdd(Memory.ALL, at + offset, delta);
            if (!hasMoved(at, offset, Long.BYTES, before)) {
                return result;
            }
            core.repeat(offset, Long.BYTES, before);
        }
        core.admit(offset, Long.BYTES, true);
        return getAndAddLong(offset, delta);
    }

    /**
     * Atomically exchanges, with volatile semantics, as {@link VarHandle#getAndSet}.
     * 8 bytes in native byte order.
     *
     * @param offset first byte; a multiple of 8.
     * @param value  what to store.
     * @return the value before.
     * @throws PoisonException               if the line that holds the bytes is poisoned or lost, or if the page failed
     *                                       while the update ran. Whether it took effect is indeterminate then.
     * @throws IndexOutOfBoundsException     if the bytes are not all in the region.
     * @throws IllegalArgumentException      if the offset is not a multiple of 8.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed; whether it took effect is indeterminate if that
     *                                       happened while it ran.
     */
    public long getAndSetLong(final long offset, final long value) {
        checkAligned(offset, Long.BYTES);
        final long at = address;
        final long before = hazard(at);
        if (!isHeld(at, offset, Long.BYTES, before, STORE_FLAGS)) {
            final long result = (long) LONG.getAndSet(Memory.ALL, at + offset, value);
            if (!hasMoved(at, offset, Long.BYTES, before)) {
                return result;
            }
            core.repeat(offset, Long.BYTES, before);
        }
        core.admit(offset, Long.BYTES, true);
        return getAndSetLong(offset, value);
    }

    /** Whether a range must not be accessed by what is known; see {@link #isHeld}. */
    private boolean isRangeHeld(final long offset, final long length, final long before, final long flags) {
        if ((before & flags) == 0) {
            return false;
        }
        return (before & flags) != LineMap.POISON || core.isRefused(offset, length);
    }

    /**
     * Copies bytes out of the region.
     *
     * @param offset            first byte in the region.
     * @param destination       where to; any segment.
     * @param destinationOffset first byte there.
     * @param length            in bytes; zero is allowed.
     * @throws PoisonException           if a line of the range is poisoned or lost. If that was known before the call,
     *                                   the destination is unchanged; else its bytes in the range are undefined.
     * @throws IndexOutOfBoundsException if a range is not in its segment or region.
     * @throws IllegalArgumentException  if the destination is read-only.
     * @throws IllegalStateException     if the region or the destination's scope is closed.
     */
    public void get(
        final long offset, final MemorySegment destination, final long destinationOffset, final long length) {
        final int count = Memory.usualLength(length);
        final long at = address;
        if (count == length && offset >= 0 && offset <= size - count && isFresh(at)) {
            MemorySegment.copy(Memory.ALL, at + offset & Memory.ADDRESSES, destination, destinationOffset, count);
            VarHandle.loadLoadFence();
            if (!isFresh(at)) {
                getCarefully(offset, destination, destinationOffset, count);
            }
        } else {
            getCarefully(offset, destination, destinationOffset, length);
        }
    }

    private void getCarefully(
        final long offset, final MemorySegment destination, final long destinationOffset, final long length) {
        checkRange(offset, length);
        final long at = address;
        final long before = hazard(at);
        VarHandle.loadLoadFence();
        if (!isRangeHeld(offset, length, before, LOAD_FLAGS)) {
            MemorySegment.copy(Memory.ALL, at + offset, destination, destinationOffset, length);
            if (!hasMoved(at, offset, length, before)) {
                return;
            }
        }
        core.admit(offset, length, false);
        get(offset, destination, destinationOffset, length);
    }

    /**
     * Copies bytes into the region.
     *
     * @param offset       first byte in the region.
     * @param source       where from; any segment.
     * @param sourceOffset first byte there.
     * @param length       in bytes; zero is allowed.
     * @throws PoisonException               if a line of the range is poisoned or lost; recover it first. If that was
     *                                       known before the call, nothing is written; else healthy lines of the range
     *                                       may be.
     * @throws IndexOutOfBoundsException     if a range is not in its segment or region.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region or the source's scope is closed.
     */
    public void put(final long offset, final MemorySegment source, final long sourceOffset, final long length) {
        final int count = Memory.usualLength(length);
        final long at = address;
        if (count == length && offset >= 0 && offset <= size - count && isFresh(at)) {
            VarHandle.releaseFence();
            MemorySegment.copy(source, sourceOffset, Memory.ALL, at + offset & Memory.ADDRESSES, count);
            VarHandle.releaseFence();
            if (!isFresh(at)) {
                putCarefully(offset, source, sourceOffset, count);
            }
        } else {
            putCarefully(offset, source, sourceOffset, length);
        }
    }

    private void putCarefully(
        final long offset, final MemorySegment source, final long sourceOffset, final long length) {
        checkRange(offset, length);
        final long at = address;
        final long before = hazard(at);
        if (!isRangeHeld(offset, length, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            MemorySegment.copy(source, sourceOffset, Memory.ALL, at + offset, length);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, length, before)) {
                return;
            }
        }
        core.admit(offset, length, true);
        put(offset, source, sourceOffset, length);
    }

    /**
     * Copies bytes out of the region.
     *
     * @param offset      first byte in the region.
     * @param destination where to.
     * @param index       first byte there.
     * @param length      in bytes; zero is allowed.
     * @throws PoisonException           as for {@link #get(long, MemorySegment, long, long)}.
     * @throws IndexOutOfBoundsException if a range is not in its array or region.
     * @throws IllegalStateException     if the region is closed.
     */
    public void get(final long offset, final byte[] destination, final int index, final int length) {
        final int count = Memory.usualLength(length);
        final long at = address;
        if (count == length && offset >= 0 && offset <= size - count && isFresh(at)) {
            MemorySegment.copy(
                Memory.ALL, ValueLayout.JAVA_BYTE, at + offset & Memory.ADDRESSES, destination, index, count);
            VarHandle.loadLoadFence();
            if (!isFresh(at)) {
                getCarefully(offset, destination, index, count);
            }
        } else {
            getCarefully(offset, destination, index, length);
        }
    }

    private void getCarefully(final long offset, final byte[] destination, final int index, final int length) {
        checkRange(offset, length);
        final long at = address;
        final long before = hazard(at);
        VarHandle.loadLoadFence();
        if (!isRangeHeld(offset, length, before, LOAD_FLAGS)) {
            MemorySegment.copy(Memory.ALL, ValueLayout.JAVA_BYTE, at + offset, destination, index, length);
            if (!hasMoved(at, offset, length, before)) {
                return;
            }
        }
        core.admit(offset, length, false);
        get(offset, destination, index, length);
    }

    /**
     * Copies bytes into the region.
     *
     * @param offset first byte in the region.
     * @param source where from.
     * @param index  first byte there.
     * @param length in bytes; zero is allowed.
     * @throws PoisonException               as for {@link #put(long, MemorySegment, long, long)}.
     * @throws IndexOutOfBoundsException     if a range is not in its array or region.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void put(final long offset, final byte[] source, final int index, final int length) {
        final int count = Memory.usualLength(length);
        final long at = address;
        if (count == length && offset >= 0 && offset <= size - count && isFresh(at)) {
            VarHandle.releaseFence();
            MemorySegment.copy(source, index, Memory.ALL, ValueLayout.JAVA_BYTE, at + offset & Memory.ADDRESSES, count);
            VarHandle.releaseFence();
            if (!isFresh(at)) {
                putCarefully(offset, source, index, count);
            }
        } else {
            putCarefully(offset, source, index, length);
        }
    }

    private void putCarefully(final long offset, final byte[] source, final int index, final int length) {
        checkRange(offset, length);
        final long at = address;
        final long before = hazard(at);
        if (!isRangeHeld(offset, length, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            MemorySegment.copy(source, index, Memory.ALL, ValueLayout.JAVA_BYTE, at + offset, length);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, length, before)) {
                return;
            }
        }
        core.admit(offset, length, true);
        put(offset, source, index, length);
    }

    /**
     * Sets all bytes of a range.
     *
     * @param offset first byte.
     * @param length in bytes; zero is allowed.
     * @param value  what to set them to.
     * @throws PoisonException               as for {@link #put(long, MemorySegment, long, long)}.
     * @throws IndexOutOfBoundsException     if the range is not in the region.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    public void fill(final long offset, final long length, final byte value) {
        checkRange(offset, length);
        final long at = address;
        final long before = hazard(at);
        if (!isRangeHeld(offset, length, before, STORE_FLAGS)) {
            VarHandle.releaseFence();
            Memory.slice(at + offset, length).fill(value);
            VarHandle.releaseFence();
            if (!hasMoved(at, offset, length, before)) {
                return;
            }
        }
        core.admit(offset, length, true);
        fill(offset, length, value);
    }

    /**
     * Hands a raw slice to a reader, so that its loops run at raw speed, and checks before and after. The reader must
     * only read, must not keep the slice, and must bear to be called again: that happens if something failed meanwhile,
     * and what it saw or threw before is dropped. It may see zeroes in the place of lines that fail while it runs.
     *
     * @param <R>    what it makes of the bytes.
     * @param offset first byte.
     * @param length in bytes; zero is allowed.
     * @param reader gets the slice.
     * @return what the reader returned.
     * @throws PoisonException           if a line of the range is poisoned or lost.
     * @throws IndexOutOfBoundsException if the range is not in the region.
     * @throws IllegalStateException     if the region is closed.
     */
    public <R> R read(final long offset, final long length, final Function<MemorySegment, R> reader) {
        checkRange(offset, length);
        final long at = address;
        final long before = hazard(at);
        VarHandle.loadLoadFence();
        if (!isRangeHeld(offset, length, before, LOAD_FLAGS)) {
            try {
                final R result = reader.apply(segment.asSlice(offset, length));
                if (!hasMoved(at, offset, length, before)) {
                    return result;
                }
            } catch (final RuntimeException | Error thrown) {
                // What a reader threw counts only if the bytes that it saw do.
                if (!hasMoved(at, offset, length, before)) {
                    throw thrown;
                }
            }
        }
        core.admit(offset, length, false);
        return read(offset, length, reader);
    }

    /**
     * As {@link #read}, for readers whose result is a {@code long}.
     *
     * @param offset first byte.
     * @param length in bytes; zero is allowed.
     * @param reader gets the slice.
     * @return what the reader returned.
     * @throws PoisonException           if a line of the range is poisoned or lost.
     * @throws IndexOutOfBoundsException if the range is not in the region.
     * @throws IllegalStateException     if the region is closed.
     */
    public long readAsLong(final long offset, final long length, final ToLongFunction<MemorySegment> reader) {
        checkRange(offset, length);
        final long at = address;
        final long before = hazard(at);
        VarHandle.loadLoadFence();
        if (!isRangeHeld(offset, length, before, LOAD_FLAGS)) {
            try {
                final long result = reader.applyAsLong(segment.asSlice(offset, length));
                if (!hasMoved(at, offset, length, before)) {
                    return result;
                }
            } catch (final RuntimeException | Error thrown) {
                // What a reader threw counts only if the bytes that it saw do.
                if (!hasMoved(at, offset, length, before)) {
                    throw thrown;
                }
            }
        }
        core.admit(offset, length, false);
        return readAsLong(offset, length, reader);
    }

    /**
     * Makes the stores to a range durable. On {@link Media#dax()} cache lines are written back, without a system call;
     * elsewhere the kernel does it (msync(2)).
     *
     * @param offset first byte.
     * @param length in bytes; zero is allowed.
     * @throws IOException               if the medium fails; what was stored to the range since the last success may
     *                                   be lost, its lines are refused until they are written anew, and a later call
     *                                   that succeeds proves nothing; on a stack that goes for the parts of the range
     *                                   that lie on the legs that failed, and the message names them. Also if the
     *                                   device is offline, or a mirror could not get all of the range; nothing is lost
     *                                   by that, and the call may be made again.
     * @throws IndexOutOfBoundsException if the range is not in the region.
     * @throws IllegalStateException     if the region is closed.
     */
    public void persist(final long offset, final long length) throws IOException {
        final long at = address;
        if (core.isWriteBack(length) && Long.compareUnsigned(offset, size - length) <= 0) {
            WriteBack.persistAtOnce(at + offset, length);
            VarHandle.loadLoadFence();
            if (isFresh(at)) {
                // It was open, and nothing had ever failed: all was mapped from the file.
                Reference.reachabilityFence(this);
                return;
            }
        }
        persistCarefully(offset, length);
        Reference.reachabilityFence(this);
    }

    private void persistCarefully(final long offset, final long length) throws IOException {
        checkRange(offset, length);
        core.admit(0, 0, false);
        if (length > 0) {
            core.persist(offset, length);
        }
        // A close that came in between has taken the mapping away before it was made durable.
        core.admit(0, 0, false);
    }

    /**
     * Makes all stores durable.
     *
     * @throws IOException           as for {@link #persist(long, long)}.
     * @throws IllegalStateException if the region is closed.
     */
    public void persist() throws IOException {
        persist(0, size);
    }

    /**
     * Whether loads of a range would be served, as far as is known. Touches none of it: latent poison is not found.
     *
     * @param offset first byte.
     * @param length in bytes; zero is allowed.
     * @return false if a line of the range is poisoned or lost.
     * @throws IndexOutOfBoundsException if the range is not in the region.
     * @throws IllegalStateException     if the region is closed.
     */
    public boolean isReadable(final long offset, final long length) {
        checkRange(offset, length);
        core.admit(0, 0, false);
        boolean readable = !core.isRefused(offset, length);
        if (!readable) {
            core.resolveFaults();
            readable = !core.isRefused(offset, length);
        }
        Reference.reachabilityFence(this);
        return readable;
    }

    /**
     * Reads every line of a range, so that latent poison is found.
     *
     * @param offset first byte.
     * @param length in bytes; zero is allowed.
     * @throws PoisonException           if a line of the range is poisoned or lost; it names all of them.
     * @throws IndexOutOfBoundsException if the range is not in the region.
     * @throws IllegalStateException     if the region is closed.
     */
    public void verify(final long offset, final long length) {
        checkRange(offset, length);
        for (long line = offset & -Lines.LENGTH; line < offset + length; line += Lines.LENGTH) {
            verifyLine(line);
        }
        core.admit(offset, length, false);
        Reference.reachabilityFence(this);
    }

    private void verifyLine(final long line) {
        try {
            getByte(line);
        } catch (PoisonException _) {
            // Found; the range as a whole is judged at the end.
            return;
        }
    }

    /**
     * The lines that loads are refused for.
     *
     * @return a live view.
     */
    public Poison poison() {
        return core.poison();
    }

    /**
     * The explicit ways to make lines readable again.
     *
     * @return the same object each time.
     */
    public Recovery recovery() {
        return core.recovery();
    }

    /**
     * The patrol that finds latent poison before an access does; not started at first.
     *
     * @return the same object each time.
     */
    public Scrubber scrubber() {
        return core.scrubber();
    }

    @Override
    public MediaRegistration addMediaListener(final int priority, final MediaListener listener) {
        return core.addMediaListener(priority, listener);
    }

    @Override
    public List<LoggedEvent> mediaEvents() {
        return core.mediaEvents();
    }

    @Override
    public Counters counters() {
        return core.counters();
    }

    @Override
    public Ownership own(final long offset, final long length, final Object owner, final long ownerOffset) {
        return core.own(offset, length, owner, ownerOffset);
    }

    /**
     * The medium that the region lies on.
     *
     * @return what it was opened with, or the default.
     */
    public Media media() {
        return core.media();
    }

    /**
     * Closes the region. An access that runs at the same time in another thread ends as if it came before, or throws
     * {@link IllegalStateException}; one that comes later throws it. No store is made durable; which lines are lost, of
     * those that an access has been refused, is. The addresses are given back when no thread can hold the region any
     * more. A second call does nothing.
     *
     * @throws IllegalStateException if a native call or I/O on a slice of {@link #segment()} does not end in 10
     *                               seconds; the region stays open then.
     */
    @Override
    public void close() {
        core.close();
    }

    /**
     * Whether it is the same region.
     *
     * @param other the other one.
     * @return true if this is the other one.
     */
    @Override
    public boolean equals(final Object other) {
        return other instanceof final Region region && core == region.core;
    }

    /**
     * A hash code that fits {@link #equals}.
     *
     * @return the hash code.
     */
    @Override
    public int hashCode() {
        return System.identityHashCode(core);
    }

    @Override
    public String toString() {
        return "Region[" + core + "]";
    }

    /**
     * What a region is opened with. Not thread-safe.
     */
    public static final class Builder {
        private final Path path;
        private long size;
        private Media media;
        private boolean readOnly;
        private boolean sparse;
        private boolean discardSidecar;
        private Path mirror;
        private Media mirrorMedia;
        private boolean resynchronizeMirror;
        private RepairSource repairSource;
        private Storage storage = Storage.NATIVE;
        private final Map<MediaListener, Integer> listeners = new LinkedHashMap<>();

        Builder(final Path path) {
            this.path = checkFileSystem(Objects.requireNonNull(path, "path"));
        }

        /** A path within a zip file, say, would name another file to the kernel. */
        private static Path checkFileSystem(final Path path) {
            if (path.getFileSystem() != FileSystems.getDefault()) {
                throw new IllegalArgumentException(path + " is of the file system provider "
                    + path.getFileSystem().provider().getScheme() + "; a region lies on a file of the kernel's");
            }
            return path;
        }

        /**
         * Sets the size of the region. Needed if the file is to be created; an existing file must have this size.
         *
         * @param bytes a positive multiple of the kernel's page size, which is 4096 on most machines.
         * @return this.
         * @throws IllegalArgumentException if it is not.
         */
        public Builder size(final long bytes) {
            if (bytes <= 0 || bytes % Lines.PAGE_LENGTH != 0) {
                throw new IllegalArgumentException(
                    "size " + bytes + " is not a positive multiple of " + Lines.PAGE_LENGTH);
            }
            size = bytes;
            return this;
        }

        /**
         * Sets the medium. By default it is {@link Media#dax()} where the file system offers that for the file, and
         * {@link Media#file()} elsewhere; {@link Region#media()} tells which. With a stack ({@link Media#linear},
         * {@link Media#striped}) the content lies on the legs, and the region's own file is a descriptor that names
         * them; no size is needed.
         *
         * @param kind the medium.
         * @return this.
         */
        public Builder media(final Media kind) {
            media = Objects.requireNonNull(kind, "media");
            return this;
        }

        /**
         * Opens for reading alone, or for reading and writing, which is the default. Lines of a read-only region cannot
         * be recovered; what is readable is served.
         *
         * @param value whether for reading alone.
         * @return this.
         */
        public Builder readOnly(final boolean value) {
            readOnly = value;
            return this;
        }

        /**
         * Reserves no space at open. By default all space is reserved, since a store into a full file system cannot be
         * told from a media error; a sparse region accepts that.
         *
         * @param value whether to reserve none.
         * @return this.
         */
        public Builder sparse(final boolean value) {
            sparse = value;
            return this;
        }

        /**
         * Keeps a mirror: a second file, best on another device, that {@code persist} makes durable too before it
         * returns. Lines that the region's medium loses are repaired from it at once, unasked: they get the content
         * that was persisted last, and stores to them since then are gone, as in a crash, without an exception. Who
         * cannot bear that opens without a mirror, and repairs explicitly. Loads and stores never touch the mirror. It
         * is created with the region.
         *
         * @param file the mirror's file, of the region's size.
         * @return this.
         */
        public Builder mirror(final Path file) {
            mirror = checkFileSystem(Objects.requireNonNull(file, "mirror"));
            mirrorMedia = null;
            return this;
        }

        /**
         * Keeps a mirror on a medium that is named; without a name it is chosen as for {@link #media(Media)}.
         *
         * @param file the mirror's file, of the region's size.
         * @param kind its medium.
         * @return this.
         * @see #mirror(Path)
         */
        public Builder mirror(final Path file, final Media kind) {
            mirror = checkFileSystem(Objects.requireNonNull(file, "mirror"));
            mirrorMedia = Objects.requireNonNull(kind, "media");
            return this;
        }

        /**
         * Overwrites the mirror with the region's content if it is missing, older than the region, or of another one.
         * Without it, {@link #open()} refuses such a mirror.
         *
         * @param value whether to.
         * @return this.
         */
        public Builder resynchronizeMirror(final boolean value) {
            resynchronizeMirror = value;
            return this;
        }

        /**
         * Names who can supply the content of lines that are gone, after the mirror was asked.
         *
         * @param source the source; used until the region is closed, not closed with it.
         * @return this.
         */
        public Builder repairFrom(final RepairSource source) {
            repairSource = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Forgets what the sidecar file {@code <file>.cordon} remembers, and starts a new one. It gives up the
         * knowledge of which lines are lost: they are taken for data from then on, whatever they hold, and pages whose
         * recovery was cut short may be torn. The way out where the sidecar is corrupt.
         *
         * @param value whether to forget.
         * @return this.
         */
        public Builder discardSidecar(final boolean value) {
            discardSidecar = value;
            return this;
        }

        /**
         * Adds a listener before anything can happen: it is told of what an earlier process did not live to deliver,
         * and of what opening finds.
         *
         * @param priority as for {@link Region#addMediaListener(int, MediaListener)}.
         * @param listener the listener; one that is given twice counts once.
         * @return this.
         */
        public Builder mediaListener(final int priority, final MediaListener listener) {
            listeners.put(Objects.requireNonNull(listener, "listener"), priority);
            return this;
        }

        /** Sets where the files are; the operating system's by default. */
        Builder storage(final Storage value) {
            storage = value;
            return this;
        }

        /**
         * Opens the region; creates the file if it is absent.
         *
         * @return the open region.
         * @throws NoSuchFileException           if the file is absent and the region read-only, or no size given.
         * @throws RegionFormatException         if the file is no regular file, or its size does not fit; if a leg of a
         *                                       stack is missing, another one, of another size or in another place.
         * @throws FileBusyException             if somebody has the file, or a leg, open as a region.
         * @throws IllegalArgumentException      if a size was given that is not the stack's.
         * @throws IOException                   if the file cannot be opened, locked or mapped, or if there is not
         *                                       enough space. The file is left as it was; one that was created is
         *                                       removed.
         * @throws UnsupportedOperationException if this is not Linux on x86-64 or aarch64.
         * @throws IllegalStateException         if the medium serves another region, or the process may not have
         *                                       executable memory for the signal handler.
         */
        public Region open() throws IOException {
            Platform.current();
            final RegionCore core = RegionFile.open(new RegionOptions(path, size, media, readOnly, sparse,
                discardSidecar, mirror, mirrorMedia, resynchronizeMirror, repairSource, storage,
                new LinkedHashMap<>(listeners)));
            return new Region(core.base(), core.size(), core.segment(), core);
        }
    }
}
