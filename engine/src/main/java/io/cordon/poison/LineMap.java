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
package io.cordon.poison;

import io.cordon.linux.Memory;

import java.lang.invoke.VarHandle;

/**
 * What the fast path and the signal handler share about a mapping: the hazard word, one bit for each line, one record
 * for each page. It lies below the mapping, at distances that follow from the mapping's address alone:
 *
 * <pre>
 *   page records            line words                control page        the mapping
 *  +----+----+-- ... --+   +-- ... --+----+----+     +--- ... -+----+    +-- ...
 *  | r0 | r1 |         |   |         | w1 | w0 |     |         | h  |    | page 0
 *  +----+----+-- ... --+   +-- ... --+----+----+     +--- ... -+----+    +-- ...
 *  ^ recordsAddress                       wordsEnd ^   base - 64 ^       ^ base
 *
 *  w  64 bits, bit i set: loads of line i of the page are refused
 *  r  16 bytes: 0 state, 8 next (0 not on the handler's list; 1 the last of it; else index + 2 of the next page),
 *     its bit 63 set from a fault by a memory error (si_code BUS_MCEERR_AR, _AO) until the page is mapped back
 *     state 0 never failed; -1 quarantined; else the hazard word when the page was last mapped back or changed
 *  h  the hazard word:
 *
 *   63                                                          3   2   1   0
 *  +--------------------------------------------------------------+---+---+---+
 *  | epoch                                                        | R | C | P |
 *  +--------------------------------------------------------------+---+---+---+
 *   P poison: some line's bit may be set   C closed, or the device is offline   R read-only
 *
 *  The control page, below the mapping's base:
 *
 *  +------------+--------------------------------------+-- ... --+---------------+
 *  | not used   | scars, 2048 bytes                    |         | hazard word, a|
 *  +------------+--------------------------------------+-- ... --+---------------+
 *  -4096        -3072                                  -1024     -64  -56        0
 *
 *  a  address of the page records, for those whose page has a scar: a page whose record was never written has been
 *     mapped from the file, and served. 0 once that is not so: the mapping is closed or was offline; or where a record
 *     stands for several pages.
 *
 *  What is not used here is, for a mapping that somebody else made, what the handler must find mapped there. Of such a
 *  mapping the map lies elsewhere, and base is where the mapping would be.
 *
 *  scar i is -1 once any page whose index, or whose index less one, is i modulo 2048 was withdrawn, or a line of it
 *  refused; all are -1 once the mapping is closed or was offline. It never heals. The last is -1 from the start.
 *  What else is not 0 is 1, all of them from the start: stores are refused.
 * </pre>
 *
 * <p>So a page without a scar, and the page after it, have been mapped from the file, and served, ever since the map
 * was made: what an access that begins there met needs no other check, even if it crosses into the next page. A scar is
 * set before what it tells of. The handler sets both with one store of two bytes, which for page 2048 misses that of
 * page 2047: hence the one that is always set.
 *
 * <p>The order of stores is what makes a check before and after an access exact. Withdrawing a page: record, bits,
 * epoch and P, and only then the quarantine page. Giving it back: the file's page, epoch, record, and only then the
 * bits. So an access that met the quarantine page either finds a bit set or finds that the epoch moved.
 *
 * <p>Thread-safe. Nothing here checks bounds or that the memory is still mapped.
 */
public final class LineMap {
    /** Distance from the mapping's base to the hazard word, in bytes. */
    public static final long HAZARD_OFFSET = -64;
    /** Distance from the mapping's base to the address of the page records, or 0, in bytes. */
    public static final long RECORDS_OFFSET = -56;
    /** Distance from the mapping's base to the scars, in bytes. */
    public static final long SCARS_OFFSET = -3072;
    /** How many scars there are; a power of two. */
    public static final long SCAR_COUNT = 2048;
    /** Distance from the mapping's base to the end of the line words, in bytes. */
    public static final long WORDS_END_OFFSET = -4096;
    /** Bytes of a page record. */
    public static final long RECORD_LENGTH = 16;
    /** Flag in the hazard word: some line may be refused. */
    public static final long POISON = 1;
    /** Flag in the hazard word: no access at all, since the region is closed or its device offline. */
    public static final long CLOSED = 2;
    /** Flag in the hazard word: stores are refused. */
    public static final long READ_ONLY = 4;
    private static final byte SCARRED = -1;
    private static final byte STORES_REFUSED = 1;
    /** Flag in a page record's next. */
    private static final long MEMORY_ERROR = 1L << 63;
    /** One step of the epoch. */
    public static final long EPOCH = 8;
    /** State of a page record: the page is not mapped from the file. */
    public static final long QUARANTINED = -1;

    private static final int EPOCH_SHIFT = 3;

    private final long base;
    private final long pageCount;
    private final int unitPages;
    private final long recordsAddress;
    private volatile boolean closed;
    private volatile boolean offline;
    /** The hazard word when all of the mapping was last replaced at once. */
    private volatile long replaced;

    /**
     * The map below a mapping.
     *
     * @param base      address of the mapping.
     * @param pageCount pages of 4096 bytes in the mapping.
     * @param unitPages pages of 4096 bytes that are withdrawn and given back together: the kernel's page size, or the
     *                  mapping's own; a power of two. Their record is that of the first.
     */
    public LineMap(final long base, final long pageCount, final int unitPages) {
        this.base = base;
        this.pageCount = pageCount;
        this.unitPages = unitPages;
        this.recordsAddress = base - overhead(pageCount);
        Memory.putByteVolatile(base + SCARS_OFFSET + SCAR_COUNT - 1, SCARRED);
        Memory.putLongVolatile(base + RECORDS_OFFSET, unitPages == 1 ? recordsAddress : 0);
    }

    /** Refuses all stores for good. To be called before the mapping is guarded, or anything refused. */
    public void refuseStores() {
        for (long i = 0; i < SCAR_COUNT - 1; i++) {
            Memory.putByteVolatile(base + SCARS_OFFSET + i, STORES_REFUSED);
        }
        raise(READ_ONLY);
    }

    /**
     * Bytes that the map needs below the mapping; memory is used only where pages failed.
     *
     * @param pageCount pages of 4096 bytes in the mapping.
     * @return a multiple of 4096.
     */
    public static long overhead(final long pageCount) {
        return -WORDS_END_OFFSET + roundUp(pageCount * Long.BYTES) + roundUp(pageCount * RECORD_LENGTH);
    }

    private static long roundUp(final long length) {
        return length + Lines.PAGE_LENGTH - 1 & -Lines.PAGE_LENGTH;
    }

    /**
     * The mapping's address.
     *
     * @return address of page 0.
     */
    public long base() {
        return base;
    }

    /**
     * How many pages the mapping has.
     *
     * @return pages of 4096 bytes.
     */
    public long pageCount() {
        return pageCount;
    }

    /**
     * How many pages are withdrawn and given back together.
     *
     * @return pages of 4096 bytes.
     */
    public int unitPages() {
        return unitPages;
    }

    /**
     * The first of the pages that are withdrawn and given back together with a page.
     *
     * @param page index of the page.
     * @return index of that first page.
     */
    public long unit(final long page) {
        return page & -unitPages;
    }

    /**
     * Where the page records start.
     *
     * @return address of the record of page 0.
     */
    public long recordsAddress() {
        return recordsAddress;
    }

    /**
     * Where the record of a page is.
     *
     * @param page index of the page.
     * @return its address.
     */
    public long recordAddress(final long page) {
        return recordsAddress + page * RECORD_LENGTH;
    }

    /**
     * Takes a page from a list of the handler's that was detached; from now on the handler may list it again.
     *
     * @param page index of the page.
     * @return index + 1 of the page after this one, or 0 at the end.
     */
    public long takeNext(final long page) {
        final long next = Memory.getAndBitwiseAndLong(recordAddress(page) + Long.BYTES, MEMORY_ERROR);
        return (next & ~MEMORY_ERROR) - 1;
    }

    /**
     * Whether a unit that is quarantined failed by a memory error: the kernel has taken away the memory that held it,
     * not the medium below.
     *
     * @param unit index of its first page.
     * @return true since the handler ran, until the unit is given back.
     */
    public boolean hasMemoryError(final long unit) {
        return (Memory.getLongVolatile(recordAddress(unit) + Long.BYTES) & MEMORY_ERROR) != 0;
    }

    /**
     * Where the line word of a page is.
     *
     * @param page index of the page.
     * @return its address.
     */
    public long wordAddress(final long page) {
        return base + WORDS_END_OFFSET - Long.BYTES - page * Long.BYTES;
    }

    /**
     * Where the hazard word is.
     *
     * @return its address.
     */
    public long hazardAddress() {
        return base + HAZARD_OFFSET;
    }

    /**
     * The refused lines of a page.
     *
     * @param page index of the page.
     * @return bit i for line i.
     */
    public long word(final long page) {
        return Memory.getLongVolatile(wordAddress(page));
    }

    /**
     * Whether any line of a range is refused.
     *
     * @param offset first byte of the range in the mapping.
     * @param length of the range in bytes.
     * @return true if a bit is set.
     */
    public boolean isRefused(final long offset, final long length) {
        if (length == 0) {
            return false;
        }
        final long last = offset + length - 1 >>> Lines.PAGE_SHIFT;
        for (long page = offset >>> Lines.PAGE_SHIFT; page <= last; page++) {
            final long word = Memory.getLong(wordAddress(page));
            if (word != 0 && (word & Lines.mask(page, offset, length)) != 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * The state of a page.
     *
     * @param page index of the page.
     * @return its record's state.
     */
    public long state(final long page) {
        return Memory.getLongVolatile(recordAddress(page));
    }

    /**
     * Leaves the scars of a page and of the one before, which send accesses that begin there the careful way from now
     * on.
     *
     * @param page index of the page.
     */
    public void scar(final long page) {
        for (long begin = page; begin >= Math.max(0, page - 1); begin--) {
            Memory.putByteVolatile(base + SCARS_OFFSET + (begin & SCAR_COUNT - 1), SCARRED);
        }
    }

    /** Leaves the scars of all pages, whatever their records say. */
    public void scarAll() {
        Memory.putLongVolatile(base + RECORDS_OFFSET, 0);
        for (long page = 0; page < Math.min(pageCount, SCAR_COUNT); page++) {
            scar(page);
        }
    }

    /**
     * Whether no page of a range was withdrawn or given back at any time since a hazard word was read. Then an access
     * that came after that reading, and before this call, met the file's own pages.
     *
     * @param offset first byte of the range in the mapping.
     * @param length of the range in bytes.
     * @param before the hazard word.
     * @return false if a page of the range changed.
     */
    public boolean isUntouchedSince(final long offset, final long length, final long before) {
        VarHandle.acquireFence();
        if (length == 0) {
            return true;
        }
        // In this order: who finds the device back finds when that was.
        if (offline || replaced >>> EPOCH_SHIFT > before >>> EPOCH_SHIFT) {
            return false;
        }
        final long last = offset + length - 1 >>> Lines.PAGE_SHIFT;
        for (long page = unit(offset >>> Lines.PAGE_SHIFT); page <= last; page += unitPages) {
            final long state = state(page);
            if (state == QUARANTINED || state >>> EPOCH_SHIFT > before >>> EPOCH_SHIFT) {
                return false;
            }
        }
        return true;
    }

    /**
     * The hazard word.
     *
     * @return its value.
     */
    public long hazard() {
        return Memory.getLongVolatile(hazardAddress());
    }

    /**
     * Moves the epoch and sets flags in the hazard word. In that order: a flag that is up already would leave the word
     * unchanged, and whoever is about to lower it would not notice.
     *
     * @param flags what to set.
     */
    public void raise(final long flags) {
        Memory.getAndAddLong(hazardAddress(), EPOCH);
        Memory.getAndBitwiseOrLong(hazardAddress(), flags);
    }

    /**
     * Clears {@link #POISON} and moves the epoch, unless the hazard word changed since it was read.
     *
     * @param before what was read.
     * @return false if it changed.
     */
    public boolean lower(final long before) {
        return Memory.compareAndSetLong(hazardAddress(), before, (before & ~POISON) + EPOCH);
    }

    /** Refuses all access for good: the region is closed. */
    public synchronized void close() {
        closed = true;
        offline = false;
        scarAll();
        raise(CLOSED);
    }

    /**
     * Whether the region is closed.
     *
     * @return true if it is; the hazard word says so from then on.
     */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Refuses all access until {@link #comeBack}. The caller replaces the mapping afterwards.
     *
     * @return false if that was so before, or the region is closed.
     */
    public synchronized boolean goOffline() {
        if (closed || offline) {
            return false;
        }
        offline = true;
        scarAll();
        raise(CLOSED);
        return true;
    }

    /**
     * Whether all access is refused because the device is gone.
     *
     * @return true if it is; the hazard word says so a moment later.
     */
    public boolean isOffline() {
        return offline;
    }

    /** Ends {@link #goOffline}. The caller has mapped the file again. */
    public synchronized void comeBack() {
        if (closed || !offline) {
            return;
        }
        Memory.getAndAddLong(hazardAddress(), EPOCH);
        replaced = hazard();
        Memory.getAndAddLong(hazardAddress(), -CLOSED);
        offline = false;
    }

    /**
     * Refuses all lines of a unit and notes that it is quarantined; the caller maps the quarantine page afterwards.
     *
     * @param unit index of its first page.
     * @return false if it was quarantined before.
     */
    public boolean withdraw(final long unit) {
        final boolean first = Memory.getAndSetLong(recordAddress(unit), QUARANTINED) != QUARANTINED;
        for (int i = 0; i < unitPages; i++) {
            scar(unit + i);
            Memory.putLongVolatile(wordAddress(unit + i), Lines.ALL);
        }
        raise(POISON);
        return first;
    }
}
