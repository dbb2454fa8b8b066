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

import io.cordon.linux.Errno;
import io.cordon.linux.Libc;
import io.cordon.linux.NativeFile;
import io.cordon.linux.NvdimmBus;
import io.cordon.linux.WriteBack;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A file on persistent memory: loads and stores go to the medium itself, and stores are durable when their cache lines
 * have been written back, because the mapping keeps the file system's metadata in order (MAP_SYNC).
 *
 * <p>What the kernel's bad-block list names is bad, whatever reads say, and until a recovery write clears it: the list
 * is asked anew each time. Of a page that has a listed sector the kernel gives nothing, neither to a load nor to
 * {@code pread}; {@link DaxSectors} gets at the rest.
 *
 * <p>A write clears poison if it covers the whole page (drivers/nvdimm/pmem.c, pmem_recovery_write, since Linux 5.19).
 * Nothing else is ever tried: to punch a hole would give the bad block to the next file that needs one.
 */
final class DaxMedium extends FileMedium {
    private static final System.Logger LOGGER = System.getLogger(DaxMedium.class.getName());
    /** What statfs(2) says of XFS. */
    private static final long XFS_MAGIC = 0x5846_5342L;
    private static final int MAP_FLAGS = Libc.MAP_SHARED_VALIDATE | Libc.MAP_SYNC;
    /** From here on the kernel, which knows the dirty pages, is faster than to touch every line. */
    private static final long WRITE_BACK_LIMIT = 64 << 20;

    private final FileBadBlocks lists;
    private final DaxSectors sectors;
    private final boolean xfs;
    private final ReentrantReadWriteLock open = new ReentrantReadWriteLock();
    private BadBlockWatch watch;
    private volatile Runnable listener;
    /** Pages on bad blocks that are shared, of which that was said. */
    private final Set<Long> reported = ConcurrentHashMap.newKeySet();
    private boolean closed;

    DaxMedium(final NativeFile file, final boolean readOnly) throws IOException {
        super(file, readOnly);
        final int refused = probe(file);
        if (refused != 0) {
            throw Errno.toException(refused, file.path(), "cannot be mapped with MAP_SYNC: the file is not on a DAX"
                + " file system on persistent memory (ext4 or XFS, mounted with -o dax, or with the file's own flag);"
                + " give the region Media.file()");
        }
        lists = FileBadBlocks.of(file);
        sectors = new DaxSectors(file, lists);
        xfs = file.fileSystem() == XFS_MAGIC;
        // The code is placed now, not by the first persist.
        WriteBack.persist(0, 0);
    }

    /** Whether stores to a mapping of the file can be made durable without a system call. */
    static boolean isOffered(final NativeFile file) {
        return probe(file) == 0;
    }

    /** Maps a page, touches nothing. Linux before 4.15 does not know the kind of mapping: EINVAL. */
    private static int probe(final NativeFile file) {
        final long address = Libc.mmap(0, Libc.pageSize(), Libc.PROT_READ, MAP_FLAGS, file.fd(), 0);
        if (address < 0) {
            return (int) -address;
        }
        Libc.munmap(address, Libc.pageSize());
        return 0;
    }

    @Override
    int mapFlags() {
        return MAP_FLAGS;
    }

    @Override
    public long directAccess(final long offset, final long length, final Access mode) {
        if (mode == Access.RECOVERY_WRITE) {
            return length;
        }
        for (final ByteRange bad : badBlocks(offset, length).ranges()) {
            if (bad.offset() < offset + length && bad.end() > offset) {
                return Math.max(0, bad.offset() - offset);
            }
        }
        return length;
    }

    @Override
    public List<ByteRange> readable(final long offset, final long length) throws IOException {
        final List<ByteRange> good = new ArrayList<>(super.readable(offset, length));
        for (final ByteRange bad : badBlocks(offset, length).ranges()) {
            remove(good, bad);
        }
        return good;
    }

    static void remove(final List<ByteRange> ranges, final ByteRange hole) {
        for (final ByteRange range : List.copyOf(ranges)) {
            if (range.offset() < hole.end() && range.end() > hole.offset()) {
                final int index = ranges.indexOf(range);
                ranges.remove(index);
                if (range.end() > hole.end()) {
                    ranges.add(index, new ByteRange(hole.end(), range.end() - hole.end()));
                }
                if (range.offset() < hole.offset()) {
                    ranges.add(index, new ByteRange(range.offset(), hole.offset() - range.offset()));
                }
            }
        }
    }

    /** What pread cannot give: the sectors by themselves. */
    @Override
    long readDirect(final long offset, final MemorySegment buffer) throws IOException {
        return sectors.read(offset, buffer);
    }

    /** The kernel keeps no copy that it could drop. */
    @Override
    public long staleLines(final long page, final boolean memoryError) {
        return 0;
    }

    /** What is listed stays listed until it is overwritten. Poison that only reads find may be on no list tomorrow. */
    @Override
    public long lastingBadLines(final long page) {
        long lines = 0;
        for (final ByteRange bad : badBlocks(page << Lines.PAGE_SHIFT, Lines.PAGE_LENGTH).ranges()) {
            lines |= Lines.mask(page, bad.offset(), bad.length());
        }
        return lines;
    }

    @Override
    public BadBlockList badBlocks() {
        return badBlocks(0, Long.MAX_VALUE);
    }

    /** What the lists say of a part of the file, and perhaps of its surroundings. */
    private BadBlockList badBlocks(final long offset, final long length) {
        // The watch may ask after the file was closed, when its descriptor may be another file's.
        open.readLock().lock();
        try {
            if (closed) {
                return new BadBlockList.Unknown(file().path() + " is closed", List.of());
            }
            final FileBadBlocks.Report report = lists.read(offset, length);
            reportShared(report);
            return report.toList();
        } finally {
            open.readLock().unlock();
        }
    }

    /** Says once of poison in blocks that are not the file's alone what a recovery will do. */
    private void reportShared(final FileBadBlocks.Report report) {
        final List<ByteRange> shared = new ArrayList<>();
        report.bad().stream()
            .filter(piece -> piece.shared() && reported.add(piece.offset() >>> Lines.PAGE_SHIFT))
            .forEach(piece -> ByteRange.append(shared, piece.offset(), piece.length()));
        if (!shared.isEmpty()) {
            LOGGER.log(System.Logger.Level.WARNING, () -> file().path() + ": the bad blocks at " + shared
                + " are shared with another file (reflink); a recovery gives this file blocks of its own, and the other"
                + " owner keeps the poison");
        }
    }

    @Override
    public void onListChange(final Runnable value) {
        listener = value;
        open.writeLock().lock();
        try {
            if (watch == null && !closed) {
                watch = lists.watch();
                watch.start(() -> listener.run());
            }
        } catch (final IOException failure) {
            throw new UncheckedIOException(failure);
        } finally {
            open.writeLock().unlock();
        }
    }

    @Override
    public void recoveryWrite(final long offset, final MemorySegment source) throws IOException {
        Units.requireWhole(units().clear(), offset, source.byteSize());
        requireLength(offset + source.byteSize());
        try (Arena arena = Arena.ofConfined()) {
            // Just written, so it is resident: the kernel forgets the bad block even if it cannot read all of this.
            final MemorySegment page = arena.allocate(Lines.PAGE_LENGTH, Libc.pageSize());
            for (long done = 0; done < source.byteSize(); done += Lines.PAGE_LENGTH) {
                page.copyFrom(source.asSlice(done, Lines.PAGE_LENGTH));
                recoveryWritePage(offset + done, page);
            }
        }
    }

    /** One call a page: larger ones are known to fail (real-kernel tests), and a page is what can be proven. */
    private void recoveryWritePage(final long offset, final MemorySegment page) throws IOException {
        for (final ExtentMap.Piece piece : pieces(offset)) {
            if (piece.shared()) {
                replace(offset, page);
                return;
            }
        }
        refuseUnwritten(offset, Lines.PAGE_LENGTH);
        final long count = Libc.pwrite(file().fd(), page, Lines.PAGE_LENGTH, offset);
        if (count == Lines.PAGE_LENGTH) {
            return;
        }
        if (count >= 0 || count == -Errno.EIO || count == -Errno.EFAULT || count == -Errno.EHWPOISON) {
            throw new NotClearedException(file().path() + ": the device does not clear the poison of the page at"
                + " offset " + offset + " ("
                + (count < 0 ? Errno.describe((int) -count) : "short write of " + count + " bytes")
                + "); it needs a method to clear errors, and Linux 5.19 or later. The page stays refused; to get rid of"
                + " it, copy what is readable to another file");
        }
        throw Errno.toException((int) -count, file().path(), "cannot write the page at offset " + offset);
    }

    private List<ExtentMap.Piece> pieces(final long page) throws IOException {
        return lists.extents(page, Lines.PAGE_LENGTH).ofFile(page, Lines.PAGE_LENGTH);
    }

    /**
     * A write to a block that is shared copies it first, all of it, and so fails of its poison (fs/dax.c,
     * dax_iomap_copy_around). The other owner keeps the block.
     */
    private void replace(final long offset, final MemorySegment page) throws IOException {
        try {
            file().replaceBlocks(offset, page);
        } catch (final IOException failure) {
            final NotClearedException refused = new NotClearedException(file().path() + ": the page at offset " + offset
                + " lies on a bad block that is shared with another file (reflink), and cannot be given one of its"
                + " own: " + failure.getMessage());
            refused.initCause(failure);
            throw refused;
        }
        LOGGER.log(System.Logger.Level.INFO, () -> file().path() + ": the page at offset " + offset + " was on a block"
            + " shared with another file, and has one of its own now; the other owner keeps the old one as it is");
    }

    @Override
    public void write(final long offset, final MemorySegment buffer) throws IOException {
        refuseUnwritten(offset, buffer.byteSize());
        super.write(offset, buffer);
    }

    /**
     * The first write to a block that was allocated and never written makes the file system zero it, and XFS shuts down
     * if that fails (fs/xfs/xfs_iomap.c, xfs_iomap_write_direct cancels a dirty transaction).
     */
    private void refuseUnwritten(final long offset, final long length) throws IOException {
        if (!xfs) {
            return;
        }
        // A store to a part of a block has all of it zeroed.
        final long start = offset & -Lines.PAGE_LENGTH;
        final long end = offset + length + Lines.PAGE_LENGTH - 1 & -Lines.PAGE_LENGTH;
        for (final ExtentMap.Piece piece : lists.read(start, end - start).bad()) {
            if (piece.unwritten() && piece.offset() < end && piece.offset() + piece.length() > start
                && !NvdimmBus.clearsErrors(file())) {
                throw new NotClearedException(file().path() + ": the page at offset "
                    + (piece.offset() & -Lines.PAGE_LENGTH) + " lies on a bad block that was never written; XFS would"
                    + " shut the file system down if the device cannot clear it, so the page stays refused. Clear the"
                    + " block while the file system is not mounted (ndctl clear-errors)");
            }
        }
    }

    /** No failure is reported: what a page has lost is found by the next load. */
    @Override
    public void persist(final long address, final long length) throws IOException {
        if (length > WRITE_BACK_LIMIT) {
            super.persist(address, length);
        } else {
            WriteBack.persist(address, length);
        }
    }

    @Override
    public long writeBackLimit() {
        return WRITE_BACK_LIMIT;
    }

    /** Parts cost nothing where no call is made; a large range is the kernel's, as above. */
    @Override
    public void persist(final long fileOffset, final long length, final List<ByteRange> parts) throws IOException {
        if (length > WRITE_BACK_LIMIT) {
            super.persist(fileOffset, length, parts);
            return;
        }
        for (final ByteRange part : parts) {
            persist(part.offset(), part.length());
        }
    }

    @Override
    public void close() {
        open.writeLock().lock();
        try {
            closed = true;
            if (watch != null) {
                // It may be waiting for a lock that our caller holds.
                watch.stop();
            }
            sectors.close();
            super.close();
        } finally {
            open.writeLock().unlock();
        }
    }
}
