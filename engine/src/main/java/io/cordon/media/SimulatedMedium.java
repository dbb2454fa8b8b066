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
import io.cordon.linux.Errno;
import io.cordon.linux.Libc;
import io.cordon.linux.NativeFile;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A file whose lines can be poisoned.
 *
 * <p>A latent failure is an empty memfd mapped over the page: every access lies after the end of that file, which the
 * kernel answers with SIGBUS (mm/filemap.c, filemap_fault).
 */
final class SimulatedMedium extends FileMedium {
    private final SimulatedMedia owner;
    private final SimulatedMediumFile log;
    /** Page index to poisoned lines; guarded by this. */
    private final NavigableMap<Long, Long> poisoned = new TreeMap<>();
    /** Page index to those of them that the medium lists; guarded by this. */
    private final NavigableMap<Long, Long> listed = new TreeMap<>();
    /** Page index to lines that were poisoned and cleared; guarded by this. */
    private final NavigableMap<Long, Long> cleared = new TreeMap<>();
    private final Units units;
    private final int trapFd;
    /** What is mapped; guarded by this. */
    private final List<Extent> extents = new ArrayList<>();
    /** What was persisted last, or null if pages are not dropped; guarded by this. */
    private byte[] persisted;
    /** Pages that were dropped and not mapped back, and whether anybody was told; guarded by this. */
    private final Map<Long, Boolean> dropped = new HashMap<>();
    private volatile Runnable listener = () -> { };
    private boolean closed;
    /** Whether the whole device is gone; guarded by this. */
    private boolean gone;

    /** A part of the file and where it is mapped. */
    private record Extent(long fileOffset, long address, long length) {
        boolean contains(final long offset) {
            return offset >= fileOffset && offset < fileOffset + length;
        }

        boolean holds(final long place) {
            return place >= address && place < address + length;
        }
    }

    SimulatedMedium(final NativeFile file, final boolean readOnly, final SimulatedMedia owner) throws IOException {
        super(file, readOnly);
        this.owner = owner;
        this.units = owner.units();
        this.log = SimulatedMediumFile.open(file, readOnly, poisoned, listed);
        try (Arena arena = Arena.ofConfined()) {
            trapFd = Libc.memfdCreate(arena.allocateFrom("cordon-trap"), Libc.MFD_CLOEXEC);
        }
        if (trapFd < 0) {
            log.close();
            throw Errno.toException(-trapFd, file.path(), "cannot create a memfd for simulated failures");
        }
    }

    @Override
    public Units units() {
        return units;
    }

    @Override
    public synchronized void map(final long address, final long fileOffset, final long length) throws IOException {
        super.map(address, fileOffset, length);
        extents.add(new Extent(fileOffset, address, length));
        trapPoisoned(fileOffset, length);
    }

    /** A file may be mapped in thousands of parts: only what lies in this one. */
    private void trapPoisoned(final long fileOffset, final long length) throws IOException {
        final long end = fileOffset + length >>> Lines.PAGE_SHIFT;
        for (final long page : poisoned.subMap(fileOffset >>> Lines.PAGE_SHIFT, end).keySet()) {
            trap(page);
        }
    }

    /** Takes the device away under the mapping: every touch is a SIGBUS from now on. */
    synchronized void offline() throws IOException {
        gone = true;
        for (final Extent extent : extents) {
            trap(extent.address(), extent.fileOffset(), extent.length());
        }
    }

    /** Brings the device back; whoever has mapped it must map it again. */
    synchronized void online() {
        gone = false;
    }

    @Override
    public synchronized boolean isOffline() {
        return gone;
    }

    @Override
    public synchronized void remap(final long address, final long fileOffset, final long length) throws IOException {
        checkPresent("map");
        super.map(address, fileOffset, length);
        trapPoisoned(fileOffset, length);
    }

    private void checkPresent(final String action) throws IOException {
        if (gone) {
            throw Errno.toException(Errno.EIO, file().path(),
                "cannot " + action + " anything: the device is gone (simulated)");
        }
    }

    private void trap(final long address, final long offset, final long length) throws IOException {
        final long result = Libc.mmap(address, length,
            Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED | Libc.MAP_FIXED, trapFd, 0);
        if (result < 0) {
            throw Errno.toException((int) -result, file().path(),
                "cannot map " + length + " failing bytes at offset " + offset);
        }
    }

    /** Makes the next touch of a page's unit a SIGBUS, where it is mapped. */
    private void trap(final long page) throws IOException {
        final long length = Libc.pageSize();
        final long offset = page << Lines.PAGE_SHIFT & -length;
        for (final Extent extent : extents) {
            if (extent.contains(offset)) {
                trap(extent.address() + offset - extent.fileOffset(), offset, length);
            }
        }
    }

    /** Who damages it may come too late, and its descriptors may be other files' by then. */
    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("no open region lies on this simulated medium: it was just closed");
        }
    }

    synchronized void poison(final ByteRange range, final boolean list) throws IOException {
        checkOpen();
        if (range.end() > file().size()) {
            throw new IndexOutOfBoundsException(file().path() + ": range " + range + " ends after the file");
        }
        log.add(range, list);
        final long last = range.end() - 1 >>> Lines.PAGE_SHIFT;
        for (long page = range.offset() >>> Lines.PAGE_SHIFT; page <= last; page++) {
            final long mask = Lines.mask(page, range.offset(), range.length());
            poisoned.merge(page, mask, (a, b) -> a | b);
            if (list) {
                listed.merge(page, mask, (a, b) -> a | b);
            }
            // Also if its record says quarantined: a late handler may have written that and not yet mapped.
            trap(page);
            scribble(page, mask);
        }
    }

    /** From now on, pages are dropped instead of poisoned. */
    synchronized void keepPersisted() throws IOException {
        persisted = new byte[Math.toIntExact(file().size())];
        keepPersisted(0, persisted.length);
    }

    private void keepPersisted(final long offset, final long length) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(length);
            super.read(offset, buffer);
            MemorySegment.copy(buffer, 0, MemorySegment.ofArray(persisted), offset, length);
        }
    }

    synchronized boolean dropsDirtyPages() {
        return persisted != null;
    }

    /** Takes the pages that a range touches away, with what was stored there since it was persisted. */
    synchronized void drop(final ByteRange range) throws IOException {
        checkOpen();
        if (range.end() > persisted.length) {
            throw new IndexOutOfBoundsException(file().path() + ": range " + range + " ends after the file");
        }
        final long last = range.end() - 1 >>> Lines.PAGE_SHIFT;
        for (long page = range.offset() >>> Lines.PAGE_SHIFT; page <= last; page++) {
            dropped.put(page, false);
            trap(page);
            try (Arena arena = Arena.ofConfined()) {
                final MemorySegment old = arena.allocate(Lines.PAGE_LENGTH);
                MemorySegment.copy(
                    MemorySegment.ofArray(persisted), page << Lines.PAGE_SHIFT, old, 0, Lines.PAGE_LENGTH);
                super.write(page << Lines.PAGE_SHIFT, old);
            }
        }
    }

    @Override
    public synchronized long staleLines(final long page, final boolean memoryError) {
        if (dropped.computeIfPresent(page, (_, _) -> true) == null) {
            return super.staleLines(page, memoryError);
        }
        return super.staleLines(page, true);
    }

    private void scribble(final long page, final long mask) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment line = arena.allocate(Lines.LENGTH, Lines.LENGTH);
            for (long i = 0; i < Lines.LENGTH; i += Long.BYTES) {
                line.set(ValueLayout.JAVA_LONG, i, SimulatedMedia.SCRIBBLE);
            }
            for (final ByteRange range : Lines.ranges(page, mask)) {
                for (long offset = range.offset(); offset < range.end(); offset += Lines.LENGTH) {
                    super.write(offset, line);
                }
            }
        }
    }

    synchronized NavigableMap<Long, Long> poisonedPages() {
        return new TreeMap<>(poisoned);
    }

    /** Gives whole what a recovery write asks for; nothing is known of latent poison. */
    @Override
    public synchronized long directAccess(final long offset, final long length, final Access mode) {
        if (mode == Access.ACCESS) {
            final long last = offset + length - 1 >>> Lines.PAGE_SHIFT;
            final Map<Long, Long> inside = listed.subMap(offset >>> Lines.PAGE_SHIFT, last + 1);
            for (final Map.Entry<Long, Long> page : inside.entrySet()) {
                final long bad = page.getValue() & Lines.mask(page.getKey(), offset, length);
                if (bad != 0) {
                    final long first = Lines.ranges(page.getKey(), bad).getFirst().offset();
                    return Math.max(0, first - offset);
                }
            }
        }
        return length;
    }

    @Override
    public synchronized boolean mapBack(
        final GuardedRange range, final long unit, final long fileOffset, final long[] refused) throws IOException {
        checkPresent("map");
        // Latent poison as well: nobody knows of it, but the trap must stay.
        final long page = fileOffset >>> Lines.PAGE_SHIFT;
        for (int i = 0; i < refused.length; i++) {
            if (poisoned.containsKey(page + i) || !dropped.getOrDefault(page + i, true)) {
                return false;
            }
        }
        final boolean done = super.mapBack(range, unit, fileOffset, refused);
        if (done) {
            for (int i = 0; i < refused.length; i++) {
                dropped.remove(page + i);
            }
        }
        return done;
    }

    @Override
    public List<ByteRange> readable(final long offset, final long length) throws IOException {
        Units.requireWhole(units.read(), offset, length);
        final List<ByteRange> ranges = new ArrayList<>();
        long position = offset;
        while (position < offset + length) {
            final long page = position >>> Lines.PAGE_SHIFT;
            final long end = Math.min(offset + length, page + 1 << Lines.PAGE_SHIFT);
            final Long bad;
            synchronized (this) {
                if (gone) {
                    return List.of();
                }
                bad = poisoned.get(page);
            }
            if (bad != null) {
                Lines.append(ranges, page, ~bad & Lines.mask(page, position, end - position));
            } else {
                super.readable(position, end - position)
                    .forEach(range -> ByteRange.append(ranges, range.offset(), range.length()));
            }
            position = end;
        }
        return ranges;
    }

    /** As on DAX: there is no cache between. */
    @Override
    public PatrolRead patrol(final long offset, final MemorySegment buffer) throws IOException {
        Units.requireWhole(units.read(), offset, buffer.byteSize());
        final List<ByteRange> bad = new ArrayList<>();
        synchronized (this) {
            final long end = offset + buffer.byteSize();
            if (gone) {
                return new PatrolRead(List.of(new ByteRange(offset, end - offset)), List.of());
            }
            super.read(offset, buffer);
            for (final Map.Entry<Long, Long> page : poisoned.subMap(
                offset >>> Lines.PAGE_SHIFT, (end - 1 >>> Lines.PAGE_SHIFT) + 1).entrySet()) {
                Lines.append(bad, page.getKey(),
                    page.getValue() & Lines.mask(page.getKey(), offset, end - offset));
            }
        }
        return new PatrolRead(bad, List.of());
    }

    @Override
    public synchronized BadBlockList badBlocks() {
        final List<ByteRange> ranges = new ArrayList<>();
        listed.forEach((page, mask) -> Lines.append(ranges, page, mask));
        if (!owner.isListCutShort()) {
            return new BadBlockList.Complete(ranges);
        }
        return new BadBlockList.Unknown(
            file().path() + ": the medium's list of known poison is cut short (simulated); there may be more",
            ranges.isEmpty() ? ranges : ranges.subList(0, ranges.size() - 1));
    }

    @Override
    public void onListChange(final Runnable value) {
        listener = value;
    }

    void listChanged() {
        listener.run();
    }

    @Override
    public synchronized long lastingBadLines(final long page) {
        return poisoned.getOrDefault(page, 0L);
    }

    @Override
    public synchronized void read(final long offset, final MemorySegment buffer) throws IOException {
        refuse("read", offset, buffer.byteSize(), units.read());
        super.read(offset, buffer);
    }

    /** As on DAX: there is no cache between. */
    @Override
    public void readBack(final long offset, final MemorySegment buffer) throws IOException {
        read(offset, buffer);
    }

    @Override
    public synchronized void write(final long offset, final MemorySegment buffer) throws IOException {
        refuse("write", offset, buffer.byteSize(), units.write());
        super.write(offset, buffer);
    }

    private void refuse(final String action, final long offset, final long length, final int unit)
        throws IOException {
        checkPresent(action);
        final long start = offset & -unit;
        final long end = offset + length + unit - 1 & -unit;
        final long last = end - 1 >>> Lines.PAGE_SHIFT;
        for (final Map.Entry<Long, Long> page : poisoned.subMap(start >>> Lines.PAGE_SHIFT, last + 1).entrySet()) {
            if ((page.getValue() & Lines.mask(page.getKey(), start, end - start)) != 0) {
                throw Errno.toException(Errno.EIO, file().path(),
                    "cannot " + action + " " + length + " bytes at offset " + offset + " (simulated)");
            }
        }
    }

    @Override
    public void persist(final long address, final long length) throws IOException {
        checkPersist();
        super.persist(address, length);
        synchronized (this) {
            if (persisted != null) {
                for (final Extent extent : extents) {
                    if (extent.holds(address)) {
                        keepPersisted(address - extent.address() + extent.fileOffset(), length);
                    }
                }
            }
        }
    }

    @Override
    public void persist(final long fileOffset, final long length, final List<ByteRange> parts) throws IOException {
        checkPersist();
        super.persist(fileOffset, length, parts);
        synchronized (this) {
            if (persisted != null) {
                keepPersisted(fileOffset, length);
            }
        }
    }

    @Override
    public void sync() throws IOException {
        checkPersist();
        super.sync();
        synchronized (this) {
            if (persisted != null) {
                keepPersisted(0, persisted.length);
            }
        }
    }

    private void checkPersist() throws IOException {
        synchronized (this) {
            checkPresent("make durable");
        }
        owner.checkPersist(file().path());
    }

    /** Poisons again what has been cleared since the medium was opened. */
    synchronized void recur() throws IOException {
        for (final Map.Entry<Long, Long> page : new TreeMap<>(cleared).entrySet()) {
            for (final ByteRange range : Lines.ranges(page.getKey(), page.getValue())) {
                poison(range, false);
            }
        }
        cleared.clear();
    }

    @Override
    public synchronized void recoveryWrite(final long offset, final MemorySegment source) throws IOException {
        final long length = source.byteSize();
        Units.requireWhole(units.clear(), offset, length);
        checkPresent("write");
        final long last = offset + length - 1 >>> Lines.PAGE_SHIFT;
        final NavigableMap<Long, Long> bad = new TreeMap<>();
        for (final Map.Entry<Long, Long> page
            : poisoned.subMap(offset >>> Lines.PAGE_SHIFT, last + 1).entrySet()) {
            final long mask = page.getValue() & Lines.mask(page.getKey(), offset, length);
            if (mask != 0) {
                bad.put(page.getKey(), mask);
            }
        }
        if (!bad.isEmpty()) {
            owner.checkClearing(file().path(), offset, length);
            if (owner.clears() && owner.isWipedWhenCleared()) {
                wipe(bad);
            }
        }
        super.recoveryWrite(offset, source);
        if (!bad.isEmpty() && owner.clears()) {
            log.remove(new ByteRange(offset, length));
            for (final Map.Entry<Long, Long> page : bad.entrySet()) {
                cleared.merge(page.getKey(), page.getValue(), (a, b) -> a | b);
                remove(poisoned, page.getKey(), page.getValue());
                remove(listed, page.getKey(), page.getValue());
            }
        }
    }

    private static void remove(final Map<Long, Long> pages, final long page, final long mask) {
        pages.computeIfPresent(page, (_, old) -> (old & ~mask) == 0 ? null : old & ~mask);
    }

    private void wipe(final NavigableMap<Long, Long> bad) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment zeroes = arena.allocate(Lines.PAGE_LENGTH, Lines.LENGTH);
            for (final Map.Entry<Long, Long> page : bad.entrySet()) {
                final long mask = Units.whole(units.clear(), page.getValue());
                for (final ByteRange range : Lines.ranges(page.getKey(), mask)) {
                    super.write(range.offset(), zeroes.asSlice(0, range.length()));
                }
            }
        }
        super.sync();
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            // The addresses may be somebody else's from now on.
            extents.clear();
            listener = () -> { };
            Libc.close(trapFd);
            log.close();
            super.close();
        }
        owner.closed();
    }
}
