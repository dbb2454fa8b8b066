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
package io.cordon.linux;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Reads the sectors of a file system's block device one by one, past file system and page cache: on persistent memory
 * the only way to what is left of a page of which one sector is bad (drivers/nvdimm/pmem.c, pmem_do_read, looks at the
 * list for each part of a request).
 *
 * <p>Whether a process may is a matter of the device node's permissions, as a rule root's or group disk's.
 * Thread-safe, except that nothing but {@link #close} may be called once it has been.
 */
public final class SectorReader implements AutoCloseable {
    private static final Path DEV = Path.of("/dev");

    private final NativeFile device;

    private SectorReader(final NativeFile device) {
        this.device = device;
    }

    /**
     * Opens the block device that holds a file.
     *
     * @param file   the file.
     * @param device what {@link BlockDevice#of(NativeFile)} gave for it.
     * @return the reader; places are those of {@link FileExtent#physical}.
     * @throws IOException if the device's node is not there, is another device, or must not be opened:
     *     {@link java.nio.file.AccessDeniedException}; then only whole pages can be salvaged.
     */
    public static SectorReader open(final NativeFile file, final BlockDevice device) throws IOException {
        // The kernel's names have '!' where the nodes have a folder.
        final NativeFile node = NativeFile.openDirect(DEV.resolve(device.name().replace('!', '/')));
        try {
            final FileStatus status = FileStatus.of(file);
            final FileStatus opened = FileStatus.of(node);
            if (opened.ownMajor() != status.major() || opened.ownMinor() != status.minor()) {
                throw new IOException(node.path() + " is device " + opened.ownMajor() + ":" + opened.ownMinor()
                    + ", and " + file.path() + " is on device " + status.major() + ":" + status.minor());
            }
            return new SectorReader(node);
        } catch (final IOException failure) {
            try (node) {
                throw failure;
            }
        }
    }

    /**
     * Reads at a place of the device.
     *
     * @param place  in bytes; multiple of the device's sector.
     * @param buffer native memory to fill; address and length multiples of the device's sector, 512 bytes or more.
     * @return whether all of it could be read; false if the medium failed, which says nothing of the single sectors of
     *     a longer buffer.
     * @throws IOException if the system call fails for another reason, or the device ends before.
     */
    public boolean read(final long place, final MemorySegment buffer) throws IOException {
        final long count = Libc.pread(device.fd(), buffer, buffer.byteSize(), place);
        if (count == -Errno.EIO || count == -Errno.EFAULT || count > 0 && count < buffer.byteSize()) {
            return false;
        }
        if (count < 0) {
            throw Errno.toException((int) -count, device.path(), "cannot read " + buffer.byteSize() + " bytes at "
                + place);
        }
        if (count == 0) {
            throw new IOException(device.path() + ": the device ends before " + place);
        }
        return true;
    }

    @Override
    public void close() {
        device.close();
    }
}
