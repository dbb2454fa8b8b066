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
import io.cordon.linux.MemoryMapping;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * A mapping of a file that somebody else made, and a guard for it: its entry in the table, its line map, and which of
 * its units are quarantined. The line map lies by itself, since below the mapping there may be anything.
 *
 * <p>Guarded by the lock of {@link MappingWatch}, but for {@link #withdraw}.
 */
final class ForeignMapping {
    private final int unitPages;
    private final long memory;
    private final long overhead;
    private final LineMap lines;
    private final GuardedRange guarded;
    /** By the index of a unit, not of its first page; without those on the handler's list that nobody has taken yet. */
    private final BitSet quarantined = new BitSet();
    private Stretch stretch;
    private Path file;
    private List<MappingWatch.Watching> watchers = List.of();
    private boolean active;

    /**
     * Prepares the guard.
     *
     * @param stretch  what is mapped.
     * @param unitSize bytes of a page of the mapping.
     * @throws IOException if there are no addresses left.
     */
    ForeignMapping(final Stretch stretch, final long unitSize) throws IOException {
        this.stretch = stretch;
        this.file = path(stretch.path());
        this.unitPages = (int) (unitSize >>> Lines.PAGE_SHIFT);
        final long pages = stretch.end() - stretch.start() >>> Lines.PAGE_SHIFT;
        this.overhead = LineMap.overhead(pages) + Libc.pageSize() - 1 & -Libc.pageSize();
        this.memory = Libc.mmap(0, overhead, Libc.PROT_READ | Libc.PROT_WRITE,
            Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE, -1, 0);
        if (memory < 0) {
            throw Errno.toException((int) -memory, file, "cannot map " + overhead + " bytes for the guard");
        }
        Libc.madvise(memory, overhead, Libc.MADV_NOHUGEPAGE);
        this.lines = new LineMap(memory + overhead, pages, unitPages);
        final long identity = lines.base() + LineMap.WORDS_END_OFFSET;
        Memory.putLongVolatile(identity + GuardTable.INODE_OFFSET, stretch.inode());
        Memory.putLongVolatile(identity + GuardTable.DEVICE_OFFSET, stretch.device());
        Memory.putLongVolatile(identity + GuardTable.DELTA_OFFSET, stretch.delta());
        this.guarded = GuardedRange.foreign(lines, stretch.start());
    }

    /** The path without what the kernel puts behind it; null if there is none that Java can name. */
    static Path path(final String shown) {
        final String name = shown.endsWith(MemoryMapping.DELETED)
            ? shown.substring(0, shown.length() - MemoryMapping.DELETED.length()) : shown;
        try {
            return name.startsWith("/") ? Path.of(name) : null;
        } catch (InvalidPathException _) {
            // Not a name in the encoding that the virtual machine was told to use for files.
            return null;
        }
    }

    Stretch stretch() {
        return stretch;
    }

    long start() {
        return stretch.start();
    }

    long end() {
        return stretch.end();
    }

    /** The file, by the name it had lately; it may have been renamed or removed. */
    Path file() {
        return file;
    }

    long unitSize() {
        return (long) unitPages << Lines.PAGE_SHIFT;
    }

    boolean isActive() {
        return active;
    }

    /** Who is told of its faults. */
    List<MappingWatch.Watching> watchers() {
        return watchers;
    }

    void watchers(final List<MappingWatch.Watching> all) {
        watchers = all;
    }

    /** Whether some of this is in a mapping found now. */
    boolean isPartOf(final Stretch found) {
        return found.overlaps(start(), end()) && found.isSameFile(stretch);
    }

    /** Whether a mapping found now is the one that this guards; if so, the name of its file is noted. */
    boolean matches(final Stretch found) {
        if (!isSame(found)) {
            return false;
        }
        if (found.live()) {
            stretch = found;
            file = path(found.path());
        }
        return true;
    }

    private boolean isSame(final Stretch found) {
        return stretch.start() == found.start() && stretch.end() == found.end() && stretch.isSameFile(found)
            && (!found.live() || stretch.protection() == found.protection() && stretch.shared() == found.shared());
    }

    /** Guards it if it should be, and no region is there. */
    void activate(final boolean wanted) {
        if (wanted && !active) {
            active = OwnAddresses.guard(this);
        } else if (!wanted && active) {
            OwnAddresses.unguard(this);
            active = false;
        }
    }

    /** For {@link OwnAddresses} alone: has the handler guard it. */
    void publish() {
        guarded.publish();
    }

    /** For {@link OwnAddresses} alone: has the handler leave it alone. */
    void withdraw() {
        guarded.withdraw();
    }

    /** Ends it for good. */
    void dispose() {
        activate(false);
        guarded.release();
        Libc.munmap(memory, overhead);
    }

    private long address(final int unit) {
        return stretch.start() + unit * unitSize();
    }

    /**
     * Takes note of what the handler has quarantined since the last call.
     *
     * @return the addresses of these units, first fault first.
     */
    List<Long> takeFaults() {
        final List<Long> faults = new ArrayList<>();
        if (guarded.hasFaults()) {
            guarded.takeFaults(page -> {
                final int unit = (int) (page / unitPages);
                if (lines.state(page) == LineMap.QUARANTINED) {
                    quarantined.set(unit);
                    faults.add(address(unit));
                }
            });
        }
        return faults.reversed();
    }

    boolean hasLost() {
        return !quarantined.isEmpty();
    }

    /**
     * The quarantined units. What has been returned is mapped: no handler is on its way any more.
     *
     * @return a copy.
     */
    BitSet settled() {
        guarded.awaitHandlers();
        return (BitSet) quarantined.clone();
    }

    /** The quarantined stretches, ascending. */
    List<Stretch> quarantined() {
        final List<Stretch> found = new ArrayList<>();
        int from = quarantined.nextSetBit(0);
        while (from >= 0) {
            final int to = quarantined.nextClearBit(from);
            found.add(new Stretch(address(from), address(to), stretch.device(), stretch.inode(), stretch.delta(),
                stretch.protection(), stretch.shared(), stretch.path(), false));
            from = quarantined.nextSetBit(to);
        }
        return found;
    }

    /** The owner has mapped the file in place of what was quarantined before. */
    void forget(final long from, final long to, final BitSet before) {
        for (int unit = unit(from); unit < unit(to + unitSize() - 1); unit++) {
            if (before.get(unit)) {
                guarded.forget((long) unit * unitPages);
                quarantined.clear(unit);
            }
        }
    }

    private int unit(final long address) {
        return (int) ((address - stretch.start()) / unitSize());
    }

    /** Takes over what another guard of the same mapping has quarantined. */
    void inherit(final ForeignMapping other) {
        for (final Stretch lost : other.quarantined()) {
            final long from = Math.max(lost.start(), start());
            final long to = Math.min(lost.end(), end());
            for (long address = from; address < to; address += unitSize()) {
                lines.withdraw((long) unit(address) * unitPages);
                quarantined.set(unit(address));
            }
        }
    }

    /** The quarantined units of a range of addresses. */
    List<Long> lost(final long from, final long to) {
        final List<Long> found = new ArrayList<>();
        final int end = unit(Math.min(to, end()) + unitSize() - 1);
        int unit = quarantined.nextSetBit(unit(Math.max(from, start())));
        while (unit >= 0 && unit < end) {
            found.add(address(unit));
            unit = quarantined.nextSetBit(unit + 1);
        }
        return found;
    }

    /**
     * Maps the file in place of a quarantined unit.
     *
     * @param address of the unit.
     * @param fd      of the file.
     * @param flags   MAP_ flags.
     * @param alive   is kept from being unmapped meanwhile.
     * @throws IOException if the kernel refuses.
     */
    void restore(final long address, final int fd, final int flags, final MemorySegment alive) throws IOException {
        final int unit = unit(address);
        if (guarded.giveBack((long) unit * unitPages, new long[unitPages], fd, address + stretch.delta(),
            stretch.protection(), flags, alive)) {
            quarantined.clear(unit);
        }
    }
}
