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
import io.cordon.linux.MemoryMaps;
import io.cordon.linux.Platform;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/**
 * The memory that the signal handler reads: which ranges are guarded, who was there before, who trapped last. One for
 * the process, made and never given back when the first range is guarded.
 *
 * <pre>
 *  header, 64 bytes
 *   +0   address of the handler that was there before
 *   +8   int: how many entries the handler looks at
 *   +16  int: the eventfd that wakes the watch
 *   +20  int: a descriptor that answers what is mapped at an address, or -1; see MemoryMaps
 *   +24  long: 1, what the handler writes to it
 *
 *  traps, 1024 * 32 bytes at +64, by thread number modulo 1024
 *   +0   thread number, written first
 *   +8   si_addr of its last trap
 *   +16  the range's hazard word after that trap
 *
 *  entries, 64 bytes each at +32832
 *   +0   address of the range; +8 its length in bytes, 0: none
 *   +16  address of the hazard word
 *   +24  end of the line words
 *   +32  address of the page records
 *   +40  int: the lock
 *   +44  byte: log2 of the size of the pages that are quarantined
 *   +45  byte: 1 if the mapping is foreign: somebody else made it, and may unmap it at any time
 *   +48  index + 1 of the page that was quarantined last; see LineMap for the next
 *   +56  how many pages are quarantined
 *
 *  for a foreign mapping, at the end of the line words
 *   +0   inode of the file that must be mapped
 *   +8   its device, as in MemoryMapping
 *   +16  offset in the file minus address
 * </pre>
 *
 * <p>What the handler does otherwise in a foreign mapping: it asks the kernel whether the file is mapped there still,
 * where the kernel can be asked. If another file is, or memory that is not the quarantine page, the fault is none of
 * Cordon's; if nothing is, or the quarantine page is already, the access runs again. A memory error that nobody has run
 * into (si_code BUS_MCEERR_AO) it leaves alone: that one may come after the mapping has gone, and the first touch
 * faults by itself.
 */
final class GuardTable {
    static final long OLD_HANDLER_OFFSET = 0;
    static final long ENTRY_COUNT_OFFSET = 8;
    static final long EVENT_FD_OFFSET = 16;
    static final long MAPS_FD_OFFSET = 20;
    static final long ONE_OFFSET = 24;
    static final long TRAPS_OFFSET = 64;
    static final int TRAP_COUNT = 1024;
    static final long TRAP_LENGTH = 32;
    static final long TRAP_ADDRESS_OFFSET = 8;
    static final long TRAP_HAZARD_OFFSET = 16;
    static final long ENTRIES_OFFSET = TRAPS_OFFSET + TRAP_COUNT * TRAP_LENGTH;
    static final long ENTRY_LENGTH = 64;
    static final long ADDRESS_OFFSET = 0;
    static final long LENGTH_OFFSET = 8;
    static final long HAZARD_OFFSET = 16;
    static final long WORDS_END_OFFSET = 24;
    static final long RECORDS_OFFSET = 32;
    static final long LOCK_OFFSET = 40;
    static final long PAGE_SHIFT_OFFSET = 44;
    /** In the int at {@link #PAGE_SHIFT_OFFSET}. */
    static final int FOREIGN = 1 << 8;
    static final long INODE_OFFSET = 0;
    static final long DEVICE_OFFSET = 8;
    static final long DELTA_OFFSET = 16;
    static final long LIST_OFFSET = 48;
    static final long QUARANTINED_OFFSET = 56;
    /** Ranges at a time; a closed region keeps its entry until nobody can hold it. */
    static final int CAPACITY = 1 << 16;

    private static final int SIGBUS = 7;
    private static final int SA_SIGINFO = 4;
    private static final long SIGACTION_LENGTH = 152;
    private static final long SIGACTION_MASK_OFFSET = 8;
    private static final long SIGACTION_MASK_LENGTH = 128;
    private static final long SIGACTION_FLAGS_OFFSET = 136;

    private static GuardTable instance;

    private final long address;
    private final MachineCode code;
    private final int eventFd;
    private final BitSet used = new BitSet();

    private GuardTable(final long address, final MachineCode code, final int eventFd) {
        this.address = address;
        this.code = code;
        this.eventFd = eventFd;
    }

    /**
     * The table of the process; the signal handler is installed when it is first asked for.
     *
     * @throws IllegalStateException         if it cannot be installed.
     * @throws UnsupportedOperationException if there is none for this platform.
     */
    static synchronized GuardTable instance() {
        if (instance == null) {
            instance = install(Platform.current());
        }
        return instance;
    }

    private static GuardTable install(final Platform platform) {
        final long length = ENTRIES_OFFSET + CAPACITY * ENTRY_LENGTH;
        final long table = Libc.mmap(0, length, Libc.PROT_READ | Libc.PROT_WRITE,
            Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE, -1, 0);
        check(table, "mmap of the guard table");
        Libc.madvise(table, length, Libc.MADV_NOHUGEPAGE);
        final int eventFd = Libc.eventfd(0, Libc.EFD_CLOEXEC);
        check(eventFd, "eventfd");
        putInt(table + EVENT_FD_OFFSET, eventFd);
        putInt(table + MAPS_FD_OFFSET, MemoryMaps.queryDescriptor());
        Memory.putLongVolatile(table + ONE_OFFSET, 1);
        final MachineCode code = MachineCode.place(platform, table);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment action = arena.allocate(SIGACTION_LENGTH, Long.BYTES);
            check(Libc.sigaction(SIGBUS, MemorySegment.NULL, action), "sigaction");
            Memory.putLongVolatile(table + OLD_HANDLER_OFFSET, action.get(ValueLayout.JAVA_LONG, 0));
            action.set(ValueLayout.JAVA_LONG, 0, code.handler());
            // Nothing may interrupt the handler while it holds a lock.
            action.asSlice(SIGACTION_MASK_OFFSET, SIGACTION_MASK_LENGTH).fill((byte) -1);
            action.set(ValueLayout.JAVA_INT, SIGACTION_FLAGS_OFFSET,
                action.get(ValueLayout.JAVA_INT, SIGACTION_FLAGS_OFFSET) | SA_SIGINFO);
            check(Libc.sigaction(SIGBUS, action, MemorySegment.NULL), "sigaction");
        }
        return new GuardTable(table, code, eventFd);
    }

    private static void check(final long result, final String action) {
        if (result < 0) {
            throw new IllegalStateException(action + ": " + Errno.describe((int) -result));
        }
    }

    private static void putInt(final long address, final int value) {
        Memory.ALL.set(ValueLayout.JAVA_INT, address, value);
    }

    MachineCode code() {
        return code;
    }

    int eventFd() {
        return eventFd;
    }

    /**
     * Has the handler guard a range.
     *
     * @param kind log2 of the page size, and {@link #FOREIGN} if it is foreign.
     * @return the address of the entry.
     * @throws IllegalStateException if the table is full.
     */
    long add(final long start, final long length, final int kind, final long hazardAddress,
        final long wordsEnd, final long recordsAddress) {
        final long entry = reserve(kind, hazardAddress, wordsEnd, recordsAddress);
        publish(entry, start, length);
        return entry;
    }

    /** Has the handler look at an entry from now on, and guard the range. */
    static void publish(final long entry, final long start, final long length) {
        Memory.putLongVolatile(entry + ADDRESS_OFFSET, start);
        Memory.putLongVolatile(entry + LENGTH_OFFSET, length);
    }

    /** Makes the entry of a range that the handler does not guard yet; see {@link #add}. */
    synchronized long reserve(
        final int kind, final long hazardAddress, final long wordsEnd, final long recordsAddress) {
        final int index = used.nextClearBit(0);
        if (index >= CAPACITY) {
            throw new IllegalStateException("more than " + CAPACITY + " ranges are guarded");
        }
        used.set(index);
        final long entry = entry(index);
        Memory.putLongVolatile(entry + HAZARD_OFFSET, hazardAddress);
        Memory.putLongVolatile(entry + WORDS_END_OFFSET, wordsEnd);
        Memory.putLongVolatile(entry + RECORDS_OFFSET, recordsAddress);
        putInt(entry + PAGE_SHIFT_OFFSET, kind);
        Memory.putLongVolatile(entry + LIST_OFFSET, 0);
        Memory.putLongVolatile(entry + QUARANTINED_OFFSET, 0);
        // A handler that found what was here before may still wait for the lock: it sees all of this when it has it.
        GuardedRange.awaitHandlers(entry, recordsAddress);
        putInt(address + ENTRY_COUNT_OFFSET, used.length());
        return entry;
    }

    /** Ends the guard of a range; no access may fault on it any more. */
    synchronized void remove(final long entry) {
        withdraw(entry);
        used.clear((int) ((entry - address - ENTRIES_OFFSET) / ENTRY_LENGTH));
        putInt(address + ENTRY_COUNT_OFFSET, used.length());
    }

    /** Has the handler pass the faults of a range on from now on; whatever waits for the entry's lock included. */
    static void withdraw(final long entry) {
        Memory.putLongVolatile(entry + LENGTH_OFFSET, 0);
        Memory.putLongVolatile(entry + ADDRESS_OFFSET, 0);
    }

    /** How many ranges are guarded. */
    synchronized int size() {
        return (int) used.stream()
            .filter(index -> Memory.getLongVolatile(entry(index) + LENGTH_OFFSET) != 0).count();
    }

    private long entry(final int index) {
        return address + ENTRIES_OFFSET + index * ENTRY_LENGTH;
    }

    /** Links what the first guard would have to link, which takes a while. */
    void prepare() {
        remove(reserve(0, address, address, address));
    }

    /**
     * The hazard word as it was when the calling platform thread last trapped, if that was in a range of addresses and
     * after a hazard word was read, or 0. A 0 may be wrong, where two threads share a slot; another answer is not.
     */
    long lastTrap(final long start, final long length, final long before) {
        final int thread = Libc.threadId();
        final long slot = address + TRAPS_OFFSET + (thread & TRAP_COUNT - 1) * TRAP_LENGTH;
        final long trapAddress = Memory.getLongVolatile(slot + TRAP_ADDRESS_OFFSET);
        final long hazard = Memory.getLongVolatile(slot + TRAP_HAZARD_OFFSET);
        return Memory.getLongVolatile(slot) == thread
            && trapAddress >= start && trapAddress < start + length
            && Long.compareUnsigned(hazard, before) > 0 ? hazard : 0;
    }
}
