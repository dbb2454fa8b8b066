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

import io.cordon.fault.AddressRange;
import io.cordon.fault.GuardedRange;
import io.cordon.linux.Errno;
import io.cordon.linux.FileExtents;
import io.cordon.linux.Libc;
import io.cordon.linux.NativeFile;
import io.cordon.linux.Platform;
import io.cordon.linux.SectorReader;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The single sectors of a page of a DAX file that {@code pread} gives nothing of, in two ways.
 *
 * <p>Through the block device, where the process may open it: the difference between losing 512 bytes and 4096. The
 * place comes from the file system, which may move blocks: it is asked again after the sector was read.
 *
 * <p>Through a mapping of its own, for what is on no list: after a machine check the kernel takes the page out of its
 * own address space (arch/x86/mm/pat/set_memory.c, set_mce_nospec), so that every system call that reads it fails, and
 * lets processes map it all the same. Nothing here loads from that mapping, the kernel does: it copies from there to a
 * memfd, and where there is poison it says EFAULT. On x86-64 it survives that since Linux 5.10
 * (arch/x86/kernel/cpu/mce/severity.c, MCE_IN_KERNEL_COPYIN); elsewhere nothing is tried.
 *
 * <p>Thread-safe, except that nothing but {@link #close} may be called once it has been.
 */
final class DaxSectors implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(DaxSectors.class.getName());
    private static final Path RELEASE = Path.of("/proc/sys/kernel/osrelease");
    /** Linux 5.10. */
    private static final int MAJOR = 5;
    private static final int MINOR = 10;

    private final NativeFile file;
    private final FileBadBlocks lists;
    private final boolean mappable;
    private SectorReader reader;
    private String reported;

    DaxSectors(final NativeFile file, final FileBadBlocks lists) throws IOException {
        this.file = file;
        this.lists = lists;
        this.mappable = Platform.current() == Platform.X86_64 && survivesCopies(Files.readString(RELEASE));
    }

    /** Whether a kernel of that release survives poison in memory that it copies from for a process. */
    static boolean survivesCopies(final String release) {
        final String[] words = release.split("[.-]");
        final int major = Integer.parseInt(words[0]);
        return major > MAJOR || major == MAJOR && Integer.parseInt(words[1]) >= MINOR;
    }

    /**
     * Reads sector by sector.
     *
     * @param offset in the file, of any alignment.
     * @param buffer to fill; within one page.
     * @return bytes read: all, or the negated EIO if a sector cannot be read.
     * @throws IOException if it cannot be found out where the sectors are.
     */
    long read(final long offset, final MemorySegment buffer) throws IOException {
        final long start = offset & -FileMedium.SECTOR_LENGTH;
        final long end = offset + buffer.byteSize() + FileMedium.SECTOR_LENGTH - 1 & -FileMedium.SECTOR_LENGTH;
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment sectors = arena.allocate(end - start, Lines.PAGE_LENGTH);
            for (long position = start; position < end; position += FileMedium.SECTOR_LENGTH) {
                final MemorySegment sector = sectors.asSlice(position - start, FileMedium.SECTOR_LENGTH);
                if (!readDevice(position, sector) && !readMapped(position, sector)) {
                    return -Errno.EIO;
                }
            }
            MemorySegment.copy(sectors, offset - start, buffer, 0, buffer.byteSize());
            return buffer.byteSize();
        }
    }

    private boolean readDevice(final long offset, final MemorySegment sector) throws IOException {
        final SectorReader device = open();
        if (device == null) {
            return false;
        }
        ExtentMap.Piece piece = place(offset);
        while (piece != null) {
            if (!device.read(piece.device(), sector)) {
                return false;
            }
            final ExtentMap.Piece now = place(offset);
            if (piece.equals(now)) {
                return true;
            }
            piece = now;
        }
        return false;
    }

    /** Where a sector is; null if it is nowhere, or not written. */
    private ExtentMap.Piece place(final long offset) throws IOException {
        final List<ExtentMap.Piece> pieces =
            new ExtentMap(FileExtents.within(file, offset, FileMedium.SECTOR_LENGTH))
                .ofFile(offset, FileMedium.SECTOR_LENGTH);
        final ExtentMap.Piece piece = pieces.isEmpty() ? null : pieces.getFirst();
        return piece == null || piece.unwritten() || piece.length() < FileMedium.SECTOR_LENGTH ? null : piece;
    }

    /** The device, or null; rights may be given later, so each time anew. */
    private synchronized SectorReader open() {
        if (reader == null) {
            try {
                reader = SectorReader.open(file, lists.device());
            } catch (final IOException failure) {
                final String reason = failure.toString();
                if (!reason.equals(reported)) {
                    reported = reason;
                    LOGGER.log(System.Logger.Level.WARNING, () -> file.path() + ": a page with one bad sector is lost"
                        + " whole, 4096 bytes and not 512, because the process cannot read the sectors of the block"
                        + " device; run it with the right to (as a rule root's, or group disk's): " + reason);
                }
            }
        }
        return reader;
    }

    private boolean readMapped(final long offset, final MemorySegment sector) throws IOException {
        if (!mappable || isListed(offset)) {
            return false;
        }
        final AddressRange scratch = AddressRange.reserve(file.path(), Libc.pageSize());
        try {
            return readMapped(scratch.base(), offset, sector);
        } finally {
            scratch.release();
        }
    }

    private boolean readMapped(final long scratch, final long offset, final MemorySegment sector) throws IOException {
        final int pages = Libc.pageSize() >>> Lines.PAGE_SHIFT;
        final LineMap lines = new LineMap(scratch, pages, pages);
        // If there is poison the kernel does not only fail the copy: it signals who maps persistent memory.
        final GuardedRange guard = GuardedRange.guard(lines);
        try {
            final long page = offset & -Libc.pageSize();
            final long address = Libc.mmap(scratch, Libc.pageSize(), Libc.PROT_READ,
                Libc.MAP_SHARED | Libc.MAP_FIXED, file.fd(), page);
            if (address < 0) {
                throw Errno.toException((int) -address, file.path(), "cannot map the page at offset " + page);
            }
            final boolean copied = copy(MemorySegment.ofAddress(address + offset - page), sector);
            guard.awaitHandlers();
            return copied && lines.state(0) != LineMap.QUARANTINED;
        } finally {
            guard.release();
        }
    }

    private boolean isListed(final long offset) {
        return lists.read(offset, FileMedium.SECTOR_LENGTH).bad().stream().anyMatch(piece ->
            piece.offset() < offset + FileMedium.SECTOR_LENGTH && piece.offset() + piece.length() > offset);
    }

    /** By way of a memfd, so that it is the kernel that touches the memory. */
    private boolean copy(final MemorySegment from, final MemorySegment sector) throws IOException {
        final int fd;
        try (Arena arena = Arena.ofConfined()) {
            fd = Libc.memfdCreate(arena.allocateFrom("cordon-sector"), Libc.MFD_CLOEXEC);
        }
        if (fd < 0) {
            throw Errno.toException(-fd, file.path(), "cannot create a memfd for a sector");
        }
        try {
            final long length = sector.byteSize();
            return Libc.pwrite(fd, from, length, 0) == length && Libc.pread(fd, sector, length, 0) == length;
        } finally {
            Libc.close(fd);
        }
    }

    @Override
    public synchronized void close() {
        if (reader != null) {
            reader.close();
        }
    }
}
