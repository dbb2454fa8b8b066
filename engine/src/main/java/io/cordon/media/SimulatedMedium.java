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
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
    private final int trapFd;
    private LineMap lines;
    private boolean closed;
    /** Whether the whole device is gone; guarded by this. */
    private boolean gone;

    SimulatedMedium(final NativeFile file, final boolean readOnly, final SimulatedMedia owner) throws IOException {
        super(file, readOnly);
        this.owner = owner;
        this.log = SimulatedMediumFile.open(file, poisoned, listed);
        try (Arena arena = Arena.ofConfined()) {
            trapFd = Libc.memfdCreate(arena.allocateFrom("cordon-trap"), Libc.MFD_CLOEXEC);
        }
        if (trapFd < 0) {
            log.close();
            throw Errno.toException(-trapFd, file.path(), "cannot create a memfd for simulated failures");
        }
    }

    @Override
    public synchronized void attach(final LineMap map) throws IOException {
        lines = map;
        for (final Map.Entry<Long, Long> page : poisoned.entrySet()) {
            trap(lines.unit(page.getKey()));
        }
    }

    /** Takes the device away under the mapping: every touch is a SIGBUS from now on. */
    synchronized void offline() throws IOException {
        gone = true;
        if (lines != null) {
            trap(0, lines.pageCount() << Lines.PAGE_SHIFT);
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
    public synchronized void remap(final long address, final long offset, final long length) throws IOException {
        checkPresent("map");
        super.remap(address, offset, length);
        final long end = offset + length >>> Lines.PAGE_SHIFT;
        for (final long page : poisoned.subMap(offset >>> Lines.PAGE_SHIFT, end).keySet()) {
            trap(lines.unit(page));
        }
    }

    private void checkPresent(final String action) throws IOException {
        if (gone) {
            throw Errno.toException(Errno.EIO, file().path(),
                "cannot " + action + " anything: the device is gone (simulated)");
        }
    }

    /** Makes the next touch of a unit a SIGBUS. */
    private void trap(final long unit) throws IOException {
        trap(unit << Lines.PAGE_SHIFT, (long) lines.unitPages() << Lines.PAGE_SHIFT);
    }

    private void trap(final long offset, final long length) throws IOException {
        final long result = Libc.mmap(lines.base() + offset, length,
            Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED | Libc.MAP_FIXED, trapFd, 0);
        if (result < 0) {
            throw Errno.toException((int) -result, file().path(),
                "cannot map " + length + " failing bytes at offset " + offset);
        }
    }

    synchronized void poison(final ByteRange range, final boolean list) throws IOException {
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
            if (lines != null) {
                trap(lines.unit(page));
            }
            scribble(page, mask);
        }
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

    @Override
    public synchronized boolean mapBack(final GuardedRange range, final long unit, final long[] refused)
        throws IOException {
        checkPresent("map");
        if (!poisoned.subMap(unit, unit + lines.unitPages()).isEmpty()) {
            return false;
        }
        return super.mapBack(range, unit, refused);
    }

    @Override
    public long badLines(final long page) throws IOException {
        synchronized (this) {
            if (gone) {
                return Lines.ALL;
            }
            final Long mask = poisoned.get(page);
            if (mask != null) {
                return mask;
            }
        }
        return super.badLines(page);
    }

    @Override
    public synchronized long[] knownBadPages() throws IOException {
        owner.checkList(file().path());
        return listed.keySet().stream().mapToLong(Long::longValue).toArray();
    }

    @Override
    public synchronized void read(final long offset, final MemorySegment buffer) throws IOException {
        refuse("read", offset, buffer.byteSize());
        super.read(offset, buffer);
    }

    @Override
    public synchronized void write(final long offset, final MemorySegment buffer) throws IOException {
        refuse("write", offset, buffer.byteSize());
        super.write(offset, buffer);
    }

    private void refuse(final String action, final long offset, final long length) throws IOException {
        checkPresent(action);
        final long last = offset + length - 1 >>> Lines.PAGE_SHIFT;
        for (final Map.Entry<Long, Long> page : poisoned.subMap(offset >>> Lines.PAGE_SHIFT, last + 1).entrySet()) {
            if ((page.getValue() & Lines.mask(page.getKey(), offset, length)) != 0) {
                throw Errno.toException(Errno.EIO, file().path(),
                    "cannot " + action + " " + length + " bytes at offset " + offset + " (simulated)");
            }
        }
    }

    @Override
    public void persist(final long address, final long length) throws IOException {
        checkPersist();
        super.persist(address, length);
    }

    @Override
    public void sync() throws IOException {
        checkPersist();
        super.sync();
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
    public synchronized void recoveryWrite(final long page, final MemorySegment content) throws IOException {
        checkPresent("write");
        final Long mask = poisoned.get(page);
        if (mask != null) {
            owner.checkClearing(file().path(), page);
        }
        super.recoveryWrite(page, content);
        if (mask != null && owner.clears()) {
            cleared.merge(page, mask, (a, b) -> a | b);
            log.remove(new ByteRange(page << Lines.PAGE_SHIFT, Lines.PAGE_LENGTH));
            poisoned.remove(page);
            listed.remove(page);
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            Libc.close(trapFd);
            log.close();
            super.close();
        }
        owner.closed();
    }
}
