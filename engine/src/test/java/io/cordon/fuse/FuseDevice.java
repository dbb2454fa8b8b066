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
package io.cordon.fuse;

import io.cordon.linux.Errno;
import io.cordon.linux.Libc;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

/** The kernel's end of a mounted file system: /dev/fuse. The messages are those of linux/fuse.h. */
final class FuseDevice {
    /** The file system's only inode. */
    static final long ROOT = 1;
    /** struct fuse_out_header: length, error, number of the request. */
    static final int OUT_HEADER = 16;

    private static final Path DEVICE = Path.of("/dev/fuse");
    private static final int NOTIFY_INVAL_INODE = 2;
    private static final int EBUSY = 16;
    private static final int INVALIDATION = OUT_HEADER + 3 * Long.BYTES;

    private final int fd;

    private FuseDevice(final int fd) {
        this.fd = fd;
    }

    /** Mounts over a file. */
    static FuseDevice mount(final Path target) throws IOException {
        if (!Files.exists(DEVICE)) {
            throw new IOException(DEVICE + " is missing: load the kernel module fuse, or give the container the device"
                + " (docker run --device /dev/fuse --cap-add SYS_ADMIN)");
        }
        final int fd;
        try (Arena arena = Arena.ofConfined()) {
            fd = Libc.open(arena.allocateFrom(DEVICE.toString()), Libc.O_RDWR | Libc.O_CLOEXEC, 0);
        }
        if (fd < 0) {
            throw Errno.toException(-fd, DEVICE, "cannot open the device");
        }
        FuseCalls.mount("cordon-fuse-" + ProcessHandle.current().pid(), target, fd);
        return new FuseDevice(fd);
    }

    /** Waits for a request; false when the file system is no longer mounted. */
    boolean receive(final MemorySegment buffer) throws IOException {
        while (true) {
            final long count = Libc.read(fd, buffer, buffer.byteSize());
            if (count == -Errno.ENODEV) {
                return false;
            }
            // ENOENT: the request was interrupted before it could be read.
            if (count < 0 && count != -Errno.ENOENT) {
                throw Errno.toException((int) -count, DEVICE, "cannot receive a request");
            }
            if (count > 0) {
                return true;
            }
        }
    }

    /** Answers a request; the payload follows the header in the buffer. */
    void reply(final long unique, final int error, final MemorySegment buffer, final int payload) throws IOException {
        buffer.set(JAVA_INT_UNALIGNED, 0, OUT_HEADER + payload);
        buffer.set(JAVA_INT_UNALIGNED, 4, -error);
        buffer.set(JAVA_LONG_UNALIGNED, 8, unique);
        final int failure = FuseCalls.write(fd, buffer, OUT_HEADER + payload);
        // ENOENT: whoever asked was killed meanwhile.
        if (failure != 0 && failure != Errno.ENOENT && failure != Errno.ENODEV) {
            throw Errno.toException(failure, DEVICE, "the kernel refuses the reply");
        }
    }

    /**
     * Has the kernel drop cached pages, mapped ones too; it writes those back that are dirty. So another thread must
     * answer requests meanwhile.
     */
    void invalidate(final long offset, final long length) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment message = arena.allocate(INVALIDATION);
            message.set(JAVA_INT_UNALIGNED, 0, INVALIDATION);
            message.set(JAVA_INT_UNALIGNED, 4, NOTIFY_INVAL_INODE);
            message.set(JAVA_LONG_UNALIGNED, OUT_HEADER, ROOT);
            message.set(JAVA_LONG_UNALIGNED, OUT_HEADER + 8, offset);
            message.set(JAVA_LONG_UNALIGNED, OUT_HEADER + 16, length);
            final int failure = FuseCalls.write(fd, message, INVALIDATION);
            // A page that is dirty again at once stays, and the kernel says EBUSY, or EIO if it could not be written.
            if (failure != 0 && failure != EBUSY && failure != Errno.EIO) {
                throw Errno.toException(failure, DEVICE, "the kernel does not drop its pages");
            }
        }
    }
}
