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
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An ordinary file through the page cache.
 */
class FileMedium implements Medium {
    private static final System.Logger LOGGER = System.getLogger(FileMedium.class.getName());
    /** How many pages a device must fail to read to be taken for gone, unless it says so itself. */
    private static final int PROBES = 16;
    private static final int SECTOR_LENGTH = 512;
    private static final int LINES_PER_SECTOR = SECTOR_LENGTH / Lines.LENGTH;
    private static final long SECTOR_MASK = (1L << LINES_PER_SECTOR) - 1;

    private final NativeFile file;
    private final int protection;

    FileMedium(final NativeFile file, final boolean readOnly) {
        this.file = file;
        this.protection = readOnly ? Libc.PROT_READ : Libc.PROT_READ | Libc.PROT_WRITE;
    }

    final NativeFile file() {
        return file;
    }

    @Override
    public void map(final long address, final long length) throws IOException {
        final long result =
            Libc.mmap(address, length, protection, Libc.MAP_SHARED | Libc.MAP_FIXED, file.fd(), 0);
        if (result < 0) {
            throw Errno.toException((int) -result, file.path(), "cannot map " + length + " bytes");
        }
    }

    @Override
    public void remap(final long address, final long offset, final long length) throws IOException {
        final long result =
            Libc.mmap(address, length, protection, Libc.MAP_SHARED | Libc.MAP_FIXED, file.fd(), offset);
        if (result < 0) {
            throw Errno.toException((int) -result, file.path(), "cannot map " + length + " bytes again");
        }
    }

    /** Gone by its own word, or unreadable at so many places that are far apart that it must be. */
    @Override
    public boolean isOffline() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(Lines.PAGE_LENGTH, Lines.PAGE_LENGTH);
            final long pages = file.size() >>> Lines.PAGE_SHIFT;
            final long probes = Math.min(PROBES, pages);
            for (long i = 0; i < probes; i++) {
                final long page = pages / probes * i;
                final long count = Libc.pread(file.fd(), buffer, buffer.byteSize(), page << Lines.PAGE_SHIFT);
                if (count == -Errno.ENODEV || count == -Errno.ENXIO) {
                    return true;
                }
                if (count != -Errno.EIO && count != -Errno.EFAULT) {
                    return false;
                }
            }
            return probes == PROBES;
        } catch (final IOException unknown) {
            LOGGER.log(System.Logger.Level.WARNING,
                () -> file.path() + ": whether its device is gone is unknown", unknown);
            return false;
        }
    }

    @Override
    public void attach(final LineMap lines) throws IOException {
        // An ordinary file needs nothing of the mapping.
    }

    @Override
    public boolean mapBack(final GuardedRange range, final long unit, final long[] refused) throws IOException {
        return range.giveBack(unit, refused, file.fd(), unit << Lines.PAGE_SHIFT, protection, Libc.MAP_SHARED);
    }

    @Override
    public long badLines(final long page) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(Lines.PAGE_LENGTH, Lines.PAGE_LENGTH);
            final long count = readable(page << Lines.PAGE_SHIFT, buffer);
            if (count == Lines.PAGE_LENGTH) {
                return 0;
            }
            long bad = 0;
            for (int sector = 0; sector < Lines.PAGE_LENGTH / SECTOR_LENGTH; sector++) {
                final long offset = (page << Lines.PAGE_SHIFT) + sector * SECTOR_LENGTH;
                if (readable(offset, buffer.asSlice(0, SECTOR_LENGTH)) < SECTOR_LENGTH) {
                    bad |= SECTOR_MASK << sector * LINES_PER_SECTOR;
                }
            }
            return bad;
        }
    }

    /** How much of a buffer can be read: EIO, and EFAULT on DAX, are the medium's word; the rest is not. */
    private long readable(final long offset, final MemorySegment buffer) throws IOException {
        final long count = Libc.pread(file.fd(), buffer, buffer.byteSize(), offset);
        if (count < 0 && count != -Errno.EIO && count != -Errno.EFAULT) {
            throw Errno.toException((int) -count, file.path(), "cannot read at offset " + offset);
        }
        return Math.max(0, count);
    }

    @Override
    public long[] knownBadPages() throws IOException {
        return new long[0];
    }

    @Override
    public void read(final long offset, final MemorySegment buffer) throws IOException {
        final long count = file.read(offset, buffer);
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
    public void recoveryWrite(final long page, final MemorySegment content) throws IOException {
        // The write would lengthen the file again, and the pages before this one would become holes: zeroes, not data.
        final long size = file.size();
        if (size < page + 1 << Lines.PAGE_SHIFT) {
            throw new IOException(file.path() + ": the file ends at " + size + ", before "
                + (page + 1 << Lines.PAGE_SHIFT) + "; somebody has truncated it");
        }
        file.write(page << Lines.PAGE_SHIFT, content);
    }

    @Override
    public void persist(final long address, final long length) throws IOException {
        final int result = Libc.msync(address, length, Libc.MS_SYNC);
        if (result < 0) {
            throw Errno.toException(-result, file.path(), "cannot make " + length + " bytes durable");
        }
    }

    @Override
    public void sync() throws IOException {
        file.sync();
    }

    @Override
    public void close() {
        file.close();
    }
}
