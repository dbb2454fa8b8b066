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
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The address space of a guarded mapping: the line map and, above it, room for the file.
 */
public final class AddressRange {
    /** Where a mapping can use 2 MiB pages, it should. */
    private static final long LARGE_PAGE_LENGTH = 2L << 20;

    private final long start;
    private final long length;
    private final long base;
    private final long size;

    private AddressRange(final long start, final long length, final long base, final long size) {
        this.start = start;
        this.length = length;
        this.base = base;
        this.size = size;
    }

    /**
     * Reserves addresses, and maps zero pages where the line map goes; nothing is touched.
     *
     * @param path the file, for messages.
     * @param size of what will be mapped, in bytes; multiple of the kernel's page size.
     * @return the range.
     * @throws IOException if there is not enough address space.
     */
    public static AddressRange reserve(final Path path, final long size) throws IOException {
        final long overhead = LineMap.overhead(size >>> Lines.PAGE_SHIFT);
        final long alignment = size >= LARGE_PAGE_LENGTH ? LARGE_PAGE_LENGTH : Libc.pageSize();
        final long length = overhead + size + alignment;
        final long reserved = Libc.mmap(0, length, 0,
            Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE, -1, 0);
        if (reserved < 0) {
            throw Errno.toException((int) -reserved, path, "cannot reserve " + length + " bytes of address space");
        }
        final long base = reserved + overhead + alignment - 1 & -alignment;
        final long start = base - overhead & -Libc.pageSize();
        final AddressRange range = new AddressRange(start, base + size - start, base, size);
        unmap(reserved, start - reserved);
        unmap(base + size, reserved + length - base - size);
        OwnAddresses.reserve(start, range.length);
        final long map = Libc.mmap(start, base - start, Libc.PROT_READ | Libc.PROT_WRITE,
            Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE | Libc.MAP_FIXED, -1, 0);
        if (map < 0) {
            range.release();
            throw Errno.toException((int) -map, path, "cannot map " + (base - start) + " bytes for the line map");
        }
        // One failed page must not cost 2 MiB of memory. A kernel without huge pages refuses, and that is as good.
        Libc.madvise(start, base - start, Libc.MADV_NOHUGEPAGE);
        return range;
    }

    private static void unmap(final long address, final long count) {
        if (count > 0) {
            Libc.munmap(address, count);
        }
    }

    /**
     * Address of the file's first byte.
     *
     * @return the address.
     */
    public long base() {
        return base;
    }

    /** Puts private zero pages in place of the file, so that a late access meets memory. */
    public void detachFile() {
        final long result = Libc.mmap(base, size, Libc.PROT_READ | Libc.PROT_WRITE,
            Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE | Libc.MAP_FIXED, -1, 0);
        if (result < 0) {
            throw new IllegalStateException("cannot take " + size + " bytes of file mapping back: "
                + Errno.describe((int) -result));
        }
    }

    /** Gives the addresses back. No thread may be able to use them. */
    public void release() {
        // In this order: once they are unmapped they may be reserved anew.
        OwnAddresses.release(start);
        unmap(start, length);
    }
}
