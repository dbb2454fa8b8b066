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
package io.cordon.media;

import io.cordon.fault.GuardedRange;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The medium under one open region: the slow path's only way to the device. Offsets are in bytes from the start of the
 * file, segments are native memory. Thread-safe.
 *
 * <p>It is split as the kernel splits it (drivers/dax/super.c, dax_direct_access and dax_recovery_write): what is known
 * to be bad is not reached directly, except in order to be overwritten, and overwriting goes through a call of its own.
 *
 * <p>A medium may be a part of a larger one, so nothing here takes the offset in the region for the offset in the file.
 */
public interface Medium extends AutoCloseable {
    /** What a range is to be reached for; see {@link #directAccess}. */
    enum Access {
        /** Loads and stores: nothing that is known to be bad may be among it. */
        ACCESS,
        /** A recovery write, which is made for what is bad. */
        RECOVERY_WRITE
    }

    /**
     * The sizes of the pieces in which the medium works.
     *
     * @return always the same.
     */
    Units units();

    /**
     * The media that hold the content, and can be synced one by one.
     *
     * @return the medium itself, or what is at the bottom of a stack, in its order; always the same.
     */
    default List<Medium> bases() {
        return List.of(this);
    }

    /**
     * Which of the {@link #bases} holds a page.
     *
     * @param page the page of 4096 bytes, counted from the start of the file.
     * @return its index.
     */
    default int base(final long page) {
        return 0;
    }

    /**
     * Maps a part of the file at an address, in place of what is there. Several parts may be mapped.
     *
     * @param address    multiple of the kernel's page size.
     * @param fileOffset first byte in the file; multiple of the kernel's page size.
     * @param length     in bytes; multiple of the kernel's page size.
     * @throws IOException if the kernel refuses.
     */
    void map(long address, long fileOffset, long length) throws IOException;

    /**
     * How much of a range may be reached directly. The medium's list alone is asked; nothing is read, so there may be
     * latent poison in what it gives.
     *
     * @param offset first byte.
     * @param length in bytes; positive.
     * @param mode   what for. {@link Access#ACCESS} ends before the first error that the medium knows of,
     *               {@link Access#RECOVERY_WRITE} gives the range whole.
     * @return how many bytes from the offset; 0 if the first of them is bad.
     * @throws IOException if the medium cannot be asked.
     */
    long directAccess(long offset, long length, Access mode) throws IOException;

    /**
     * Maps a quarantined unit of the file back and publishes which lines stay refused, unless the medium knows of
     * poison in it.
     *
     * @param range      the guarded mapping.
     * @param unit       index of the unit's first page in the mapping.
     * @param fileOffset where the unit is in the file; multiple of the kernel's page size.
     * @param refused    for each page of the unit the lines that stay refused.
     * @return false if the unit must be looked at again: it is not quarantined any more, or has gone bad again.
     * @throws IOException if the kernel refuses the mapping; the unit stays quarantined.
     */
    boolean mapBack(GuardedRange range, long unit, long fileOffset, long[] refused) throws IOException;

    /**
     * Maps a part of the file again where it was mapped before; what the medium knows of it holds there as before.
     *
     * @param address    multiple of the kernel's page size.
     * @param fileOffset first byte in the file; multiple of the kernel's page size.
     * @param length     in bytes; multiple of the kernel's page size.
     * @throws IOException if the kernel refuses.
     */
    default void remap(final long address, final long fileOffset, final long length) throws IOException {
        throw new IOException("this medium cannot come back");
    }

    /**
     * Whether the whole device is gone, so that no byte of it can be read. It is really asked.
     *
     * @return false if that is not certain.
     */
    default boolean isOffline() {
        return false;
    }

    /**
     * What of a range can be read. It is really read for that, past the mapping.
     *
     * @param offset first byte; multiple of {@link Units#read}.
     * @param length in bytes; positive, multiple of {@link Units#read}.
     * @return ascending and merged, in whole reading units, of a stack those of the leg; empty if nothing can be read.
     * @throws IOException              if that cannot be found out.
     * @throws IllegalArgumentException if the range does not consist of whole units.
     */
    List<ByteRange> readable(long offset, long length) throws IOException;

    /**
     * The lines of a page that cannot be read, as {@link #readable} tells.
     *
     * @param page the page of 4096 bytes, counted from the start of the file.
     * @return bit i for line i; whole reading units are bad together.
     * @throws IOException if that cannot be found out.
     */
    default long badLines(final long page) throws IOException {
        long good = 0;
        for (final ByteRange range : readable(page << Lines.PAGE_SHIFT, Lines.PAGE_LENGTH)) {
            good |= Lines.covered(page, range.offset(), range.length());
        }
        return ~good;
    }

    /**
     * Reads a range as a patrol does: what the medium itself has, past the mapping and past any cache. Nothing that
     * memory holds is evicted, made durable or changed by it, and nothing is left in a cache.
     *
     * @param offset first byte; multiple of {@link Units#read}.
     * @param buffer gets what could be read; native memory, its length a multiple of {@link Units#read}. What it gets
     *               elsewhere is undefined.
     * @return what could not be read, and what was left alone.
     * @throws IOException              if that cannot be found out.
     * @throws IllegalArgumentException if the range does not consist of whole units.
     */
    default PatrolRead patrol(final long offset, final MemorySegment buffer) throws IOException {
        final List<ByteRange> bad = new ArrayList<>();
        long position = offset;
        for (final ByteRange good : readable(offset, buffer.byteSize())) {
            read(good.offset(), buffer.asSlice(good.offset() - offset, good.length()));
            if (position < good.offset()) {
                bad.add(new ByteRange(position, good.offset() - position));
            }
            position = good.end();
        }
        final long end = offset + buffer.byteSize();
        if (position < end) {
            bad.add(new ByteRange(position, end - position));
        }
        return new PatrolRead(bad, List.of());
    }

    /**
     * Those of the {@link #badLines} of a page that stay bad until a recovery write clears them, whatever happens: the
     * medium names them again, to the process that opens the file after a crash too. So nobody needs to write down that
     * they are gone before it is said.
     *
     * @param page index of the page.
     * @return bit i for line i; none if the medium promises nothing of the kind.
     * @throws IOException if that cannot be found out.
     */
    long lastingBadLines(long page) throws IOException;

    /**
     * The lines of a page that read without an error, and may be older than what was last stored there: the kernel
     * drops a cached page after a memory error, whatever was stored in it since it was written back, and reads the
     * medium's content anew.
     *
     * @param page        the page of 4096 bytes, counted from the start of the file.
     * @param memoryError whether the mapping of the page failed by a memory error.
     * @return bit i for line i; 0 for a medium without a cache, whose stores are on it.
     */
    long staleLines(long page, boolean memoryError);

    /**
     * What the medium says of its bad places, without reading them.
     *
     * @return the list as it is now, or why it is unknown.
     */
    BadBlockList badBlocks();

    /**
     * Has somebody told when {@link #badBlocks} may have changed by something else than recovery.
     *
     * @param listener called on a thread of the medium's choice, which holds no lock; replaces the one before.
     */
    void onListChange(Runnable listener);

    /**
     * Reads past the mapping.
     *
     * @param offset in the file, in bytes.
     * @param buffer to fill.
     * @throws IOException if a line cannot be read, or the file ends before.
     */
    void read(long offset, MemorySegment buffer) throws IOException;

    /**
     * Reads what the medium itself has, past the mapping and past any cache; what a cache has of it that is newer is
     * written back first.
     *
     * @param offset in the file, in bytes.
     * @param buffer to fill.
     * @throws IOException if a line cannot be read, or the file ends before.
     */
    void readBack(long offset, MemorySegment buffer) throws IOException;

    /**
     * Writes past the mapping; it does not clear poison, and needs whole {@link Units#write} units to be free of it.
     *
     * @param offset in the file, in bytes.
     * @param buffer the content.
     * @throws IOException if the medium refuses.
     */
    void write(long offset, MemorySegment buffer) throws IOException;

    /**
     * Writes and clears the poison of what is written. Success proves nothing: look at {@link #readable} afterwards. On
     * failure any part of the range may be cleared, overwritten or destroyed.
     *
     * @param offset first byte; multiple of {@link Units#clear}.
     * @param source the content; its length is positive and a multiple of {@link Units#clear}.
     * @throws IOException              if the medium refuses, or the file ends before.
     * @throws IllegalArgumentException if the range does not consist of whole units.
     */
    void recoveryWrite(long offset, MemorySegment source) throws IOException;

    /**
     * Makes stores to a part of the mapping durable.
     *
     * @param address first byte, of any alignment; what is around the range may become durable too.
     * @param length  in bytes.
     * @throws IOException if the medium fails.
     */
    void persist(long address, long length) throws IOException;

    /**
     * The longest range that {@link #persist(long, long)} makes durable by nothing but {@link
     * io.cordon.linux.WriteBack}: who knows that may call that instead.
     *
     * @return in bytes; 0 if it always does more.
     */
    default long writeBackLimit() {
        return 0;
    }

    /**
     * Makes stores to a range of the file durable that is mapped in several parts, as the stripes of a leg are.
     *
     * @param fileOffset first byte in the file, of any alignment; what is around the range may become durable too.
     * @param length     in bytes.
     * @param parts      addresses and lengths, ascending: what of the file is where.
     * @throws PartialPersistException if only some of it may not be durable; it says what.
     * @throws IOException             if the medium fails.
     */
    default void persist(final long fileOffset, final long length, final List<ByteRange> parts) throws IOException {
        for (final ByteRange part : parts) {
            persist(part.offset(), part.length());
        }
    }

    /**
     * Makes what was written durable.
     *
     * @throws IOException if the medium fails.
     */
    void sync() throws IOException;

    /** Closes the file. */
    @Override
    void close();
}
