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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An ordinary file through the page cache.
 */
class FileMedium implements Medium {
    static final int SECTOR_LENGTH = 512;
    private static final int LINES_PER_SECTOR = SECTOR_LENGTH / Lines.LENGTH;
    private static final long SECTOR_MASK = (1L << LINES_PER_SECTOR) - 1;

    private final NativeFile file;
    private final DirectFile direct;
    private final int protection;
    /** Pages that were written to be cured: what the page cache has of them proves nothing about the medium. */
    private final Set<Long> unproven = ConcurrentHashMap.newKeySet();

    FileMedium(final NativeFile file, final boolean readOnly) {
        this.file = file;
        this.direct = new DirectFile(file);
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
            if (check(page << Lines.PAGE_SHIFT, tryRead(page << Lines.PAGE_SHIFT, buffer)) == Lines.PAGE_LENGTH) {
                return 0;
            }
            long bad = 0;
            for (int sector = 0; sector < Lines.PAGE_LENGTH / SECTOR_LENGTH; sector++) {
                final long offset = (page << Lines.PAGE_SHIFT) + sector * SECTOR_LENGTH;
                // The page cache reads whole pages or nothing.
                if (check(offset, direct.read(offset, buffer.asSlice(0, SECTOR_LENGTH))) < SECTOR_LENGTH) {
                    bad |= SECTOR_MASK << sector * LINES_PER_SECTOR;
                }
            }
            return bad;
        }
    }

    private long tryRead(final long offset, final MemorySegment buffer) throws IOException {
        return unproven.contains(offset >>> Lines.PAGE_SHIFT) ? direct.read(offset, buffer)
            : Libc.pread(file.fd(), buffer, buffer.byteSize(), offset);
    }

    /** How much could be read: EIO, and EFAULT on DAX, are the medium's word; the rest is not. */
    private long check(final long offset, final long count) throws IOException {
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
        long count = tryRead(offset, buffer);
        if (count < buffer.byteSize()) {
            // Other sectors of the page may have failed, or the call was cut short.
            count = direct.read(offset, buffer);
        }
        if (count < 0) {
            throw Errno.toException((int) -count, file.path(), "cannot read at offset " + offset);
        }
        if (count < buffer.byteSize()) {
            throw new IOException(file.path() + ": the file ends at " + (offset + count) + ", before "
                + (offset + buffer.byteSize()) + "; somebody has truncated it");
        }
        if (buffer.byteSize() == Lines.PAGE_LENGTH) {
            // Read back: from now on the page cache will do.
            unproven.remove(offset >>> Lines.PAGE_SHIFT);
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
        unproven.add(page);
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
        // The kernel tells each open file once of a failed write. A recovery must not take that from the persist whose
        // stores it concerns, which looks for it through the mapping.
        direct.sync();
    }

    @Override
    public void close() {
        direct.close();
        file.close();
    }
}
