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
import io.cordon.linux.FileStatus;
import io.cordon.linux.Libc;
import io.cordon.linux.NativeFile;
import io.cordon.linux.PageCache;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An ordinary file through the page cache.
 *
 * <p>Nobody tracks stores, so of a writable file nothing is known to be written back. A file opened for reading alone
 * is synced first, and its lock keeps writers away: what is on the medium then is what it holds.
 */
class FileMedium implements Medium {
    private static final System.Logger LOGGER = System.getLogger(FileMedium.class.getName());
    /** How many pages a device must fail to read to be taken for gone, unless it says so itself. */
    private static final int PROBES = 16;
    /** How many pages they must be apart at least. */
    private static final int PROBE_DISTANCE = 16;
    static final int SECTOR_LENGTH = 512;
    /** No folio of the page cache is larger: MAX_PAGECACHE_ORDER of include/linux/pagemap.h. */
    private static final long FOLIO_LENGTH = 8 << 20;
    private static final PageCache NO_CACHE = new PageCache(true, 0, 0, 0);
    private static final Units UNITS = new Units(SECTOR_LENGTH, Lines.PAGE_LENGTH, Lines.PAGE_LENGTH);

    private final NativeFile file;
    private final DirectFile direct;
    private final int protection;
    /** Pages that were written to be cured: what the page cache has of them proves nothing about the medium. */
    private final Set<Long> unproven = ConcurrentHashMap.newKeySet();
    /** Whether stores are, or may be, in memory alone. */
    private final boolean dirty;
    private final boolean tmpfs;
    private final boolean dax;
    /** Whether it was said that nobody knows whether the device is gone. */
    private final AtomicBoolean isProbeFailed = new AtomicBoolean();
    /** Where all of the file is mapped, for {@link #whole}; 0 if it is not. Guarded by this, as the next. */
    private long wholeAddress;
    private long wholeLength;

    FileMedium(final NativeFile file, final boolean readOnly) throws IOException {
        this.file = file;
        this.direct = new DirectFile(file);
        this.protection = readOnly ? Libc.PROT_READ : Libc.PROT_READ | Libc.PROT_WRITE;
        this.tmpfs = file.fileSystem() == NativeFile.TMPFS_MAGIC;
        this.dax = FileStatus.of(file).dax();
        this.dirty = !dax && !(readOnly && trySync());
    }

    /** Whether all that anybody stored is durable; if not, that is no reason to refuse reading. */
    private boolean trySync() {
        return Libc.fdatasync(file.fd()) == 0;
    }

    final NativeFile file() {
        return file;
    }

    @Override
    public Units units() {
        return UNITS;
    }

    /** How the file is mapped, besides MAP_FIXED. */
    int mapFlags() {
        return Libc.MAP_SHARED;
    }

    @Override
    public void map(final long address, final long fileOffset, final long length) throws IOException {
        final long result =
            Libc.mmap(address, length, protection, mapFlags() | Libc.MAP_FIXED, file.fd(), fileOffset);
        if (result < 0) {
            throw Errno.toException((int) -result, file.path(), "cannot map " + length + " bytes");
        }
    }

    @Override
    public void remap(final long address, final long fileOffset, final long length) throws IOException {
        map(address, fileOffset, length);
    }

    /**
     * Gone by its own word, or unreadable at so many places that are far apart that it must be. Of a small file all may
     * be bad, and is to be recovered then: it never counts as gone by its errors alone.
     */
    @Override
    public boolean isOffline() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(Lines.PAGE_LENGTH, Lines.PAGE_LENGTH);
            final long pages = file.size() >>> Lines.PAGE_SHIFT;
            final long probes = Math.min(PROBES, pages);
            for (long i = 0; i < probes; i++) {
                final long offset = pages * i / probes << Lines.PAGE_SHIFT;
                final long count = probe(offset, buffer);
                if (count == -Errno.ENODEV || count == -Errno.ENXIO) {
                    return true;
                }
                if (!isUnreadable(count) || hasReadableSector(offset, buffer)) {
                    return false;
                }
            }
            return pages >= PROBES * PROBE_DISTANCE;
        } catch (final IOException unknown) {
            if (!isProbeFailed.getAndSet(true)) {
                LOGGER.log(System.Logger.Level.WARNING,
                    () -> file.path() + ": whether its device is gone is unknown", unknown);
            }
            return false;
        }
    }

    /** Past the page cache, which outlives the device, unless nothing can be opened there any more. */
    private long probe(final long offset, final MemorySegment buffer) {
        try {
            return direct.read(offset, buffer);
        } catch (IOException _) {
            return Libc.pread(file.fd(), buffer, buffer.byteSize(), offset);
        }
    }

    private boolean hasReadableSector(final long offset, final MemorySegment buffer) {
        for (long position = 0; position < buffer.byteSize(); position += SECTOR_LENGTH) {
            if (!isUnreadable(probe(offset + position, buffer.asSlice(position, SECTOR_LENGTH)))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isUnreadable(final long count) {
        return count == -Errno.EIO || count == -Errno.EFAULT;
    }

    @Override
    public long directAccess(final long offset, final long length, final Access mode) throws IOException {
        // No list, so nothing is known to be bad.
        return length;
    }

    @Override
    public boolean mapBack(final GuardedRange range, final long unit, final long fileOffset, final long[] refused)
        throws IOException {
        final long length = (long) refused.length << Lines.PAGE_SHIFT;
        return directAccess(fileOffset, length, Access.ACCESS) >= length
            && range.giveBack(unit, refused, file.fd(), fileOffset, protection, mapFlags());
    }

    @Override
    public List<ByteRange> readable(final long offset, final long length) throws IOException {
        Units.requireWhole(units().read(), offset, length);
        return readableInFile(offset, length);
    }

    private List<ByteRange> readableInFile(final long offset, final long length) throws IOException {
        final List<ByteRange> ranges = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(Lines.PAGE_LENGTH, Lines.PAGE_LENGTH);
            long position = offset;
            while (position < offset + length) {
                final long end = Math.min(offset + length, (position >>> Lines.PAGE_SHIFT) + 1 << Lines.PAGE_SHIFT);
                appendReadable(ranges, position, buffer.asSlice(0, end - position));
                position = end;
            }
        }
        return ranges;
    }

    /**
     * With O_DIRECT, for which the kernel would first write back what is dirty there (mm/filemap.c,
     * kiocb_write_and_wait): such pages are left alone. A kernel before 6.5 does not say which are dirty, and writes
     * them back. Where the file system knows no O_DIRECT, pages are dropped from the cache that were not in it before.
     */
    @Override
    public PatrolRead patrol(final long offset, final MemorySegment buffer) throws IOException {
        Units.requireWhole(units().read(), offset, buffer.byteSize());
        final List<ByteRange> bad = new ArrayList<>();
        final List<ByteRange> unread = new ArrayList<>();
        patrol(offset, buffer, bad, unread);
        return new PatrolRead(bad, unread);
    }

    private void patrol(final long offset, final MemorySegment buffer, final List<ByteRange> bad,
        final List<ByteRange> unread) throws IOException {
        final long length = buffer.byteSize();
        final PageCache cache = dax ? NO_CACHE : PageCache.of(file.fd(), offset, length);
        final boolean dirtied = cache.isDirty();
        if (!dirtied && check(offset, direct.read(offset, buffer)) == length) {
            forget(cache, offset, length);
            return;
        }
        if (offset >>> Lines.PAGE_SHIFT != offset + length - 1 >>> Lines.PAGE_SHIFT) {
            long position = offset;
            while (position < offset + length) {
                final long end = Math.min(offset + length, (position >>> Lines.PAGE_SHIFT) + 1 << Lines.PAGE_SHIFT);
                patrol(position, buffer.asSlice(position - offset, end - position), bad, unread);
                position = end;
            }
        } else if (dirtied) {
            ByteRange.append(unread, offset, length);
        } else {
            final long unit = units().read();
            for (long i = 0; i < length; i += unit) {
                if (check(offset + i, readDirect(offset + i, buffer.asSlice(i, unit))) != unit) {
                    ByteRange.append(bad, offset + i, unit);
                }
            }
            forget(cache, offset, length);
        }
    }

    private void forget(final PageCache cache, final long offset, final long length) {
        if (cache.known() && cache.cached() == 0 && !dax) {
            // Advice, so it does not matter whether it is taken.
            Libc.fadvise(file.fd(), offset, length, Libc.POSIX_FADV_DONTNEED);
        }
    }

    /** A page with one call, since most are good; sector by sector if that does not give all of it. */
    private void appendReadable(final List<ByteRange> ranges, final long offset, final MemorySegment buffer)
        throws IOException {
        if (isReadable(offset, buffer) || isReadableAnew(offset, buffer)) {
            ByteRange.append(ranges, offset, buffer.byteSize());
            return;
        }
        final long unit = units().read();
        for (long position = 0; position < buffer.byteSize(); position += unit) {
            // The page cache reads whole pages or nothing.
            if (check(offset + position, readDirect(offset + position, buffer.asSlice(position, unit))) == unit) {
                ByteRange.append(ranges, offset + position, unit);
            }
        }
    }

    private boolean isReadable(final long offset, final MemorySegment buffer) throws IOException {
        return check(offset, tryRead(offset, buffer)) == buffer.byteSize();
    }

    /**
     * Lets the page cache forget what it failed to read around a page, and tries again. File systems with large folios
     * (XFS since Linux 5.18) read many pages at once, and all of them fail for one bad sector, again and again; read
     * anew, it is one page.
     */
    private boolean isReadableAnew(final long offset, final MemorySegment buffer) throws IOException {
        if (dax) {
            return false;
        }
        Libc.fadvise(file.fd(), offset & -FOLIO_LENGTH, FOLIO_LENGTH, Libc.POSIX_FADV_DONTNEED);
        return isReadable(offset, buffer);
    }

    /** Reads what an ordinary read did not give: the bytes read, or the negated error number. */
    long readDirect(final long offset, final MemorySegment buffer) throws IOException {
        return direct.read(offset, buffer);
    }

    private long tryRead(final long offset, final MemorySegment buffer) throws IOException {
        return unproven.contains(offset >>> Lines.PAGE_SHIFT) ? direct.read(offset, buffer)
            : Libc.pread(file.fd(), buffer, buffer.byteSize(), offset);
    }

    /** How much could be read: EIO, EHWPOISON, and EFAULT on DAX, are the medium's word; the rest is not. */
    private long check(final long offset, final long count) throws IOException {
        if (count < 0 && count != -Errno.EIO && count != -Errno.EFAULT && count != -Errno.EHWPOISON) {
            throw Errno.toException((int) -count, file.path(), "cannot read at offset " + offset);
        }
        return Math.max(0, count);
    }

    @Override
    public long staleLines(final long page, final boolean memoryError) {
        return memoryError && dirty ? Lines.ALL : 0;
    }

    @Override
    public BadBlockList badBlocks() {
        return new BadBlockList.None();
    }

    @Override
    public void onListChange(final Runnable listener) {
        // There is no list.
    }

    @Override
    public long lastingBadLines(final long page) throws IOException {
        // A page that failed in the page cache may come back from the disk, and then as it was long ago.
        return 0;
    }

    @Override
    public void read(final long offset, final MemorySegment buffer) throws IOException {
        long count = tryRead(offset, buffer);
        if (count < buffer.byteSize()) {
            // Other sectors of the page may have failed, or the call was cut short.
            count = readDirect(offset, buffer);
        }
        requireAll(offset, buffer, count);
        if (buffer.byteSize() == Lines.PAGE_LENGTH) {
            // Read back: from now on the page cache will do.
            unproven.remove(offset >>> Lines.PAGE_SHIFT);
        }
    }

    @Override
    public void readBack(final long offset, final MemorySegment buffer) throws IOException {
        if (dax) {
            read(offset, buffer);
        } else {
            requireAll(offset, buffer, direct.read(offset, buffer));
        }
    }

    private void requireAll(final long offset, final MemorySegment buffer, final long count) throws IOException {
        if (count < 0) {
            throw Errno.toException((int) -count, file.path(), "cannot read at offset " + offset);
        }
        if (count < buffer.byteSize()) {
            throw new IOException(file.path() + ": the file ends at " + (offset + count) + ", before "
                + (offset + buffer.byteSize()) + "; somebody has truncated it");
        }
    }

    @Override
    public void write(final long offset, final MemorySegment buffer) throws IOException {
        file.write(offset, buffer);
    }

    @Override
    public void recoveryWrite(final long offset, final MemorySegment source) throws IOException {
        Units.requireWhole(units().clear(), offset, source.byteSize());
        final long end = offset + source.byteSize();
        requireLength(end);
        for (long page = offset >>> Lines.PAGE_SHIFT; page <= end - 1 >>> Lines.PAGE_SHIFT; page++) {
            unproven.add(page);
        }
        if (!tmpfs) {
            file.write(offset, source);
        } else if (!cures(offset, source)) {
            // tmpfs keeps a page whose memory failed, and refuses it to everybody, until it is given back (mm/shmem.c).
            file.punchHole(offset, source.byteSize());
            file.write(offset, source);
        }
    }

    /** The write would lengthen the file again, and the pages before this one would become holes: zeroes, not data. */
    final void requireLength(final long end) throws IOException {
        final long size = file.size();
        if (size < end) {
            throw new IOException(
                file.path() + ": the file ends at " + size + ", before " + end + "; somebody has truncated it");
        }
    }

    /** Writes; false if the range can be written or read no better than before. */
    private boolean cures(final long offset, final MemorySegment source) throws IOException {
        try {
            file.write(offset, source);
        } catch (IOException _) {
            // What comes next fails as well, if this was for another reason than a page without memory.
            return false;
        }
        // By the file's own word: a medium that is simulated above it has not cleared anything yet.
        return readableInFile(offset, source.byteSize()).equals(List.of(new ByteRange(offset, source.byteSize())));
    }

    @Override
    public void persist(final long address, final long length) throws IOException {
        final long start = address & -Libc.pageSize();
        final int result = Libc.msync(start, address + length - start, Libc.MS_SYNC);
        if (result < 0) {
            throw Errno.toException(-result, file.path(), "cannot make " + length + " bytes durable");
        }
    }

    /**
     * One call for all parts, which may be thousands: through a mapping of the whole file that nobody reads. It has the
     * same open file as the others, hence the same errors to tell, and no more is written than what was asked for: of
     * what else might fail the persist that it concerns would not hear.
     */
    @Override
    public void persist(final long fileOffset, final long length, final List<ByteRange> parts) throws IOException {
        if (parts.size() == 1) {
            persist(parts.getFirst().offset(), parts.getFirst().length());
            return;
        }
        final long start = fileOffset & -Libc.pageSize();
        final int result = Libc.msync(whole() + start, fileOffset + length - start, Libc.MS_SYNC);
        if (result < 0) {
            throw Errno.toException(
                -result, file.path(), "cannot make " + length + " bytes at offset " + fileOffset + " durable");
        }
    }

    private synchronized long whole() throws IOException {
        if (wholeAddress == 0) {
            final long size = file.size();
            final long result = Libc.mmap(0, size, 0, Libc.MAP_SHARED, file.fd(), 0);
            if (result < 0) {
                throw Errno.toException((int) -result, file.path(), "cannot map " + size + " bytes");
            }
            wholeAddress = result;
            wholeLength = size;
        }
        return wholeAddress;
    }

    @Override
    public void sync() throws IOException {
        // The kernel tells each open file once of a failed write. A recovery must not take that from the persist whose
        // stores it concerns, which looks for it through the mapping.
        direct.sync();
    }

    @Override
    public synchronized void close() {
        if (wholeAddress != 0) {
            Libc.munmap(wholeAddress, wholeLength);
            wholeAddress = 0;
        }
        direct.close();
        file.close();
    }
}
