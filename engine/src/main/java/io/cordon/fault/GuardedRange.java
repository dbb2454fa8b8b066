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
package io.cordon.fault;

import io.cordon.linux.Errno;
import io.cordon.linux.Libc;
import io.cordon.linux.Memory;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.function.LongConsumer;

/**
 * A mapping whose faults the handler contains. Thread-safe; giving back one page twice at a time is for the caller to
 * prevent.
 *
 * <p>The argument of the transition, all fields of 8 bytes:
 *
 * <pre>
 *   +0   address of the guard entry
 *   +8   address of the page record
 *   +16  1: the page must be quarantined; 0: it must not be
 *   +24  address of the line word of the first page; those of the next pages lie below
 *   +32  how many line words
 *   +40  mmap: address; +48 length, 0: do not map; +56 protection; +64 flags; +72 descriptor; +80 file offset
 *   +88  the new line words
 * </pre>
 */
@SuppressWarnings("restricted")
public final class GuardedRange {
    private static final long ENTRY_OFFSET = 0;
    private static final long RECORD_OFFSET = 8;
    private static final long EXPECTED_OFFSET = 16;
    private static final long WORD_OFFSET = 24;
    private static final long WORD_COUNT_OFFSET = 32;
    private static final long MAP_ADDRESS_OFFSET = 40;
    private static final long MAP_LENGTH_OFFSET = 48;
    private static final long MAP_PROTECTION_OFFSET = 56;
    private static final long MAP_FLAGS_OFFSET = 64;
    private static final long MAP_FD_OFFSET = 72;
    private static final long MAP_FILE_OFFSET_OFFSET = 80;
    private static final long NEW_WORDS_OFFSET = 88;
    private static final int QUARANTINE_PROTECTION = Libc.PROT_READ | Libc.PROT_WRITE;
    private static final int QUARANTINE_FLAGS =
        Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_FIXED | Libc.MAP_NORESERVE;

    private final GuardTable table;
    private final LineMap lines;
    /** Address of the mapping: the map's base, but for foreign mappings. */
    private final long start;
    private final long entry;

    private GuardedRange(final GuardTable table, final LineMap lines, final long start, final long entry) {
        this.table = table;
        this.lines = lines;
        this.start = start;
        this.entry = entry;
    }

    /**
     * Guards a mapping.
     *
     * @param lines the map below it.
     * @return the guarded range.
     * @throws IllegalStateException if too many ranges are guarded, or the process may not have executable memory.
     */
    public static GuardedRange guard(final LineMap lines) {
        final int pageShift = Lines.PAGE_SHIFT + Integer.numberOfTrailingZeros(lines.unitPages());
        final GuardTable table = GuardTable.instance();
        final long entry = table.add(lines.base(), lines.pageCount() << Lines.PAGE_SHIFT, pageShift,
            lines.hazardAddress(), lines.base() + LineMap.WORDS_END_OFFSET, lines.recordsAddress());
        return new GuardedRange(table, lines, lines.base(), entry);
    }

    /**
     * Prepares the guard of a mapping that somebody else made, whose map lies elsewhere; {@link #publish} begins it.
     *
     * @param lines the map, which says already what must be mapped.
     * @param start address of the mapping.
     * @return the range.
     * @throws IllegalStateException as for {@link #guard}.
     */
    static GuardedRange foreign(final LineMap lines, final long start) {
        final int pageShift = Lines.PAGE_SHIFT + Integer.numberOfTrailingZeros(lines.unitPages());
        final GuardTable table = GuardTable.instance();
        return new GuardedRange(table, lines, start, table.reserve(pageShift | GuardTable.FOREIGN,
            lines.hazardAddress(), lines.base() + LineMap.WORDS_END_OFFSET, lines.recordsAddress()));
    }

    /** Begins the guard of a foreign mapping. */
    void publish() {
        GuardTable.publish(entry, start, lines.pageCount() << Lines.PAGE_SHIFT);
    }

    /** Ends it, for a while or for good; no handler is at work in the range when this returns. */
    void withdraw() {
        GuardTable.withdraw(entry);
        awaitHandlers();
    }

    /**
     * Ends the guard. No thread may be able to touch the range any more, and a fault that came from it must have been
     * handled: the range's owner is unreachable.
     */
    public void release() {
        table.remove(entry);
    }

    /**
     * How many ranges the process guards.
     *
     * @return the number.
     */
    public static int count() {
        return GuardTable.instance().size();
    }

    /**
     * How many units are quarantined.
     *
     * @return the number.
     */
    public long quarantinedCount() {
        return Memory.getLongVolatile(entry + GuardTable.QUARANTINED_OFFSET);
    }

    /**
     * Whether the handler has quarantined units that {@link #takeFaults} has not yet handed out.
     *
     * @return true if there are some.
     */
    public boolean hasFaults() {
        return Memory.getLongVolatile(entry + GuardTable.LIST_OFFSET) != 0;
    }

    /**
     * Hands out the units that the handler quarantined since the last call. A unit may have been given back meanwhile.
     *
     * @param unit gets the index of the first page of each.
     */
    public void takeFaults(final LongConsumer unit) {
        long next = Memory.getAndSetLong(entry + GuardTable.LIST_OFFSET, 0);
        while (next != 0) {
            final long page = next - 1;
            // Taken before it is looked at: a failure after that look lists it anew. Not by its state: a reader may
            // have given it back, and it may have failed again, while it was on the list.
            next = lines.takeNext(page);
            unit.accept(page);
        }
    }

    /**
     * When the calling platform thread last trapped, if that was in a unit, after a hazard word was read. A 0 may be
     * wrong under more than a thousand threads; another answer is not.
     *
     * @param unit   index of its first page.
     * @param before the hazard word.
     * @return the hazard word as the trap left it, or 0.
     */
    public long lastTrap(final long unit, final long before) {
        return table.lastTrap(
            start + (unit << Lines.PAGE_SHIFT), (long) lines.unitPages() << Lines.PAGE_SHIFT, before);
    }

    /**
     * Withdraws a unit as the handler does, before anybody touches it.
     *
     * @param unit index of its first page.
     * @throws IOException if the kernel refuses the mapping; its lines are refused all the same.
     */
    public void quarantine(final long unit) throws IOException {
        // Counted before the flag goes up, or somebody else could lower it at once.
        Memory.getAndAddLong(entry + GuardTable.QUARANTINED_OFFSET, 1);
        if (!lines.withdraw(unit)) {
            // The handler that was first may not have counted yet.
            awaitHandlers();
            Memory.getAndAddLong(entry + GuardTable.QUARANTINED_OFFSET, -1);
        }
        final long length = (long) lines.unitPages() << Lines.PAGE_SHIFT;
        final long result = Libc.mmap(start + (unit << Lines.PAGE_SHIFT), length,
            QUARANTINE_PROTECTION, QUARANTINE_FLAGS, -1, 0);
        if (result < 0) {
            throw new IOException("cannot quarantine the page at offset " + (unit << Lines.PAGE_SHIFT) + ": "
                + Errno.describe((int) -result));
        }
    }

    /**
     * Puts zero pages in place of all of the mapping: no access faults any more. No page counts as quarantined by that;
     * the caller refuses all access.
     *
     * @throws IOException if the kernel refuses the mapping.
     */
    public void coverAll() throws IOException {
        final long result = Libc.mmap(start, lines.pageCount() << Lines.PAGE_SHIFT,
            QUARANTINE_PROTECTION, QUARANTINE_FLAGS, -1, 0);
        if (result < 0) {
            throw new IOException("cannot cover the mapping: " + Errno.describe((int) -result));
        }
    }

    /**
     * Gives a quarantined unit back: maps the file again and then refuses only the lines named.
     *
     * @param unit       index of its first page.
     * @param refused    for each of its pages the lines that stay refused.
     * @param fd         the file.
     * @param fileOffset of the unit, in bytes.
     * @param protection PROT_ flags of the mapping.
     * @param flags      MAP_ flags of the mapping, without MAP_FIXED.
     * @return false if the unit is not quarantined.
     * @throws IOException if the kernel refuses the mapping; the unit stays quarantined.
     */
    public boolean giveBack(final long unit, final long[] refused, final int fd, final long fileOffset,
        final int protection, final int flags) throws IOException {
        return giveBack(unit, refused, fd, fileOffset, protection, flags, MemorySegment.NULL);
    }

    /**
     * The same, of a mapping that somebody else may unmap.
     *
     * @param unit       as above.
     * @param refused    as above.
     * @param fd         as above.
     * @param fileOffset as above.
     * @param protection as above.
     * @param flags      as above.
     * @param alive      is kept from being unmapped meanwhile.
     * @return as above.
     * @throws IOException           as above.
     * @throws IllegalStateException if it has been unmapped.
     */
    boolean giveBack(final long unit, final long[] refused, final int fd, final long fileOffset,
        final int protection, final int flags, final MemorySegment alive) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment call = argument(arena, unit, unit, refused, true);
            call.set(ValueLayout.JAVA_LONG, MAP_ADDRESS_OFFSET, start + (unit << Lines.PAGE_SHIFT));
            call.set(ValueLayout.JAVA_LONG, MAP_LENGTH_OFFSET, (long) lines.unitPages() << Lines.PAGE_SHIFT);
            call.set(ValueLayout.JAVA_LONG, MAP_PROTECTION_OFFSET, protection);
            call.set(ValueLayout.JAVA_LONG, MAP_FLAGS_OFFSET, flags | Libc.MAP_FIXED);
            call.set(ValueLayout.JAVA_LONG, MAP_FD_OFFSET, fd);
            call.set(ValueLayout.JAVA_LONG, MAP_FILE_OFFSET_OFFSET, fileOffset);
            final long result = transition(call, alive);
            if (result < 0) {
                throw new IOException("cannot map the page at offset " + (unit << Lines.PAGE_SHIFT) + " back: "
                    + Errno.describe((int) -result));
            }
            return result == 0;
        }
    }

    /**
     * Changes which lines of a mapped page are refused.
     *
     * @param page    index of the page.
     * @param refused the lines that are refused from now on.
     * @return false if the page is quarantined; nothing is changed then.
     */
    public boolean refuse(final long page, final long refused) {
        lines.scar(page);
        try (Arena arena = Arena.ofConfined()) {
            return transition(argument(arena, lines.unit(page), page, new long[] {refused}, false)) == 0;
        }
    }

    /**
     * Notes that the owner of a foreign mapping has itself mapped a quarantined unit anew.
     *
     * @param unit index of its first page.
     */
    void forget(final long unit) {
        try (Arena arena = Arena.ofConfined()) {
            transition(argument(arena, unit, unit, new long[lines.unitPages()], true));
        }
    }

    /**
     * Waits until no handler and no transition is at work in the range: what a record says is true of the mapping then.
     */
    public void awaitHandlers() {
        awaitHandlers(entry, lines.recordsAddress());
    }

    /**
     * The same, for an entry.
     *
     * @param entry  its address.
     * @param record the address of some record of it.
     */
    static void awaitHandlers(final long entry, final long record) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment call = arena.allocate(NEW_WORDS_OFFSET, Long.BYTES);
            call.set(ValueLayout.JAVA_LONG, ENTRY_OFFSET, entry);
            call.set(ValueLayout.JAVA_LONG, RECORD_OFFSET, record);
            // No page is in that state: the lock is taken and released, nothing else happens.
            call.set(ValueLayout.JAVA_LONG, EXPECTED_OFFSET, 2);
            transition(call);
        }
    }

    /** Bound when the code is known to be in place. */
    private static final class Transition {
        static final MethodHandle HANDLE = Linker.nativeLinker().downcallHandle(
            MemorySegment.ofAddress(GuardTable.instance().code().transition()),
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    }

    private MemorySegment argument(
        final Arena arena, final long unit, final long page, final long[] words, final boolean quarantined) {
        final MemorySegment call = arena.allocate(NEW_WORDS_OFFSET + words.length * Long.BYTES, Long.BYTES);
        call.set(ValueLayout.JAVA_LONG, ENTRY_OFFSET, entry);
        call.set(ValueLayout.JAVA_LONG, RECORD_OFFSET, lines.recordAddress(unit));
        call.set(ValueLayout.JAVA_LONG, EXPECTED_OFFSET, quarantined ? 1 : 0);
        call.set(ValueLayout.JAVA_LONG, WORD_OFFSET, lines.wordAddress(page));
        call.set(ValueLayout.JAVA_LONG, WORD_COUNT_OFFSET, words.length);
        MemorySegment.copy(words, 0, call, ValueLayout.JAVA_LONG, NEW_WORDS_OFFSET, words.length);
        return call;
    }

    private static long transition(final MemorySegment argument) {
        return transition(argument, MemorySegment.NULL);
    }

    /** The second argument is not looked at, but lives as long as the call (java.lang.foreign.Linker). */
    private static long transition(final MemorySegment argument, final MemorySegment alive) {
        try {
            return (long) Transition.HANDLE.invokeExact(argument, alive);
        } catch (final IllegalStateException | WrongThreadException closed) {
            throw closed;
        } catch (final Throwable thrown) {
            throw new AssertionError("the transition threw", thrown);
        }
    }

    /**
     * Clears the hazard word's {@link LineMap#POISON} flag if no unit is quarantined. The caller knows that it refuses
     * no line itself; a failure that comes at the same time raises the flag again.
     *
     * @param before the hazard word, read before the caller made sure.
     */
    public void lower(final long before) {
        if (quarantinedCount() == 0) {
            lines.lower(before);
        }
    }
}
