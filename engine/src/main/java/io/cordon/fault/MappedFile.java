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
import io.cordon.linux.MemoryMapping;
import io.cordon.linux.MemoryMaps;
import io.cordon.linux.NativeFile;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** The file of a foreign mapping, opened once more to give pages back. */
final class MappedFile implements AutoCloseable {
    private static final long CHUNK = 1 << 20;

    private final NativeFile file;
    private final int flags;

    private MappedFile(final NativeFile file, final int flags) {
        this.file = file;
        this.flags = flags;
    }

    /**
     * Opens the file that is mapped, not another of its name.
     *
     * @param path     where it was lately.
     * @param mapping  how it is mapped.
     * @param unitSize bytes of a page of the mapping.
     * @throws IOException if it cannot be opened, or is not the file that is mapped.
     */
    static MappedFile open(final Path path, final Stretch mapping, final long unitSize) throws IOException {
        final boolean stores = mapping.shared() && (mapping.protection() & Libc.PROT_WRITE) != 0;
        final NativeFile file = NativeFile.open(path, !stores);
        try {
            return new MappedFile(file, flags(file, mapping, unitSize, stores));
        } catch (final IOException | RuntimeException failure) {
            file.close();
            throw failure;
        }
    }

    /** The flags of a mapping like that one; the same question tells whether the file is the same. */
    private static int flags(
        final NativeFile file, final Stretch mapping, final long unitSize, final boolean stores) throws IOException {
        int flags = Libc.MAP_NORESERVE | (mapping.shared() ? Libc.MAP_SHARED : Libc.MAP_PRIVATE);
        long address = -Errno.EOPNOTSUPP;
        if (stores) {
            // Nobody shows whether a mapping has MAP_SYNC. One that has it keeps what it promises.
            final int sync = Libc.MAP_NORESERVE | Libc.MAP_SHARED_VALIDATE | Libc.MAP_SYNC;
            address = Libc.mmap(0, unitSize, mapping.protection(), sync, file.fd(), 0);
            flags = address < 0 ? flags : sync;
        }
        if (address < 0) {
            address = Libc.mmap(0, unitSize, mapping.protection(), flags, file.fd(), 0);
        }
        if (address < 0) {
            throw Errno.toException((int) -address, file.path(), "cannot map a page");
        }
        try {
            final MemoryMapping found = MemoryMaps.at(address).orElseThrow();
            if (found.inode() != mapping.inode() || found.device() != mapping.device()) {
                throw new IOException(file.path() + ": not the file that is mapped, which has been removed or replaced"
                    + " since; map the new one");
            }
            return flags;
        } finally {
            Libc.munmap(address, unitSize);
        }
    }

    int fd() {
        return file.fd();
    }

    int flags() {
        return flags;
    }

    /** Whether a page can be read, as far as the file goes. */
    boolean isReadable(final long offset, final long length) throws IOException {
        final long end = Math.min(offset + length, file.size());
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(Math.min(CHUNK, length));
            for (long at = offset; at < end; at += CHUNK) {
                final long count = Math.min(buffer.byteSize(), end - at);
                if (Libc.pread(file.fd(), buffer, count, at) != count) {
                    return false;
                }
            }
            return end > offset;
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
