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
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A file once more, past the page cache where the file system can do that: what is read is what the medium has, and
 * of a page that fails each sector by itself. The page cache reads whole pages, and does not read what was written.
 * Opened when first needed, so that a region that never fails costs one descriptor. Thread-safe.
 */
final class DirectFile implements AutoCloseable {
    private final NativeFile file;
    private NativeFile opened;
    private boolean closed;

    DirectFile(final NativeFile file) {
        this.file = file;
    }

    private synchronized NativeFile open() throws IOException {
        if (closed) {
            // Who looks whether the device is back may come too late, and nobody would close it.
            throw new IOException(file.path() + " is closed");
        }
        if (opened == null) {
            opened = file.reopenDirect();
        }
        return opened;
    }

    /**
     * Reads whole sectors, or whole pages where the device's own blocks are larger, and hands out the part that was
     * asked for.
     *
     * @param offset in bytes, of any alignment.
     * @param buffer native memory to fill.
     * @return bytes read, or the negated error number.
     */
    long read(final long offset, final MemorySegment buffer) throws IOException {
        final long count = read(offset, buffer, FileMedium.SECTOR_LENGTH);
        if (count != -Errno.EINVAL) {
            return count;
        }
        final long large = read(offset, buffer, Lines.PAGE_LENGTH);
        // Larger still, so they fail as a whole.
        return large == -Errno.EINVAL ? -Errno.EIO : large;
    }

    private long read(final long offset, final MemorySegment buffer, final int unit) throws IOException {
        final int fd = open().fd();
        final long start = offset & -unit;
        final long end = offset + buffer.byteSize() + unit - 1 & -unit;
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment blocks = arena.allocate(end - start, Lines.PAGE_LENGTH);
            final long count = Libc.pread(fd, blocks, blocks.byteSize(), start);
            if (count < 0) {
                return count;
            }
            final long usable = Math.max(0, Math.min(count - (offset - start), buffer.byteSize()));
            MemorySegment.copy(blocks, offset - start, buffer, 0, usable);
            return usable;
        }
    }

    /** Makes the content durable, all of the file's; an error of the past is reported here and elsewhere too. */
    void sync() throws IOException {
        open().sync();
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (opened != null) {
            opened.close();
        }
    }
}
