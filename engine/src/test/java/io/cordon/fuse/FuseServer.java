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

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

/** Answers the kernel's requests for a file system that is one file: its root, inode 1. See linux/fuse.h. */
final class FuseServer implements Runnable {
    private static final int GETATTR = 3;
    private static final int FORGET = 2;
    private static final int SETATTR = 4;
    private static final int OPEN = 14;
    private static final int READ = 15;
    private static final int WRITE = 16;
    private static final int STATFS = 17;
    private static final int RELEASE = 18;
    private static final int FSYNC = 20;
    private static final int FLUSH = 25;
    private static final int INIT = 26;
    private static final int INTERRUPT = 36;
    private static final int DESTROY = 38;
    private static final int BATCH_FORGET = 42;
    private static final int FALLOCATE = 43;

    private static final int MAJOR = 7;
    private static final int MINOR = 38;
    private static final int ASYNC_READ = 1;
    private static final int BIG_WRITES = 1 << 5;
    private static final int MAX_PAGES = 1 << 22;
    private static final int INIT_EXT = 1 << 30;
    /** In the second word of flags: shared mappings of files that are opened for direct I/O. */
    private static final int DIRECT_IO_ALLOW_MMAP = 1 << 4;
    private static final int FOPEN_DIRECT_IO = 1;
    private static final int FOPEN_KEEP_CACHE = 2;
    private static final int FATTR_SIZE = 1 << 3;

    /** struct fuse_in_header. */
    private static final int IN_HEADER = 40;
    /** struct fuse_write_in; the data follows. */
    private static final int WRITE_IN = 40;
    private static final int OUT = FuseDevice.OUT_HEADER;
    private static final int INIT_OUT = 64;
    private static final int ATTR_OUT = 104;
    private static final int OPEN_OUT = 16;
    private static final int WRITE_OUT = 8;
    private static final int STATFS_OUT = 80;
    private static final int MAX_TRANSFER = 128 << 10;
    private static final int BUFFER = MAX_TRANSFER + (64 << 10);
    private static final int ENOSYS = 38;
    private static final long HOUR = 3600;
    private static final int REGULAR_FILE = 0100600;

    private final FuseDevice device;
    private final FailingDisk disk;
    private volatile boolean direct;

    FuseServer(final FuseDevice device, final FailingDisk disk) {
        this.device = device;
        this.disk = disk;
    }

    /** Whether read(2) and write(2) of files that are opened from now on pass the page cache by. */
    void direct(final boolean on) {
        direct = on;
    }

    @Override
    public void run() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment in = arena.allocate(BUFFER, Long.BYTES);
            final MemorySegment out = arena.allocate(BUFFER, Long.BYTES);
            while (device.receive(in)) {
                serve(in, out);
            }
        } catch (final IOException failure) {
            failure.printStackTrace();
            // Whoever waits for the file system gets an error then, not silence.
            Runtime.getRuntime().halt(3);
        }
    }

    private void serve(final MemorySegment in, final MemorySegment out) throws IOException {
        final int opcode = in.get(JAVA_INT_UNALIGNED, 4);
        final long unique = in.get(JAVA_LONG_UNALIGNED, 8);
        if (opcode == FORGET || opcode == BATCH_FORGET || opcode == INTERRUPT) {
            return;
        }
        out.fill((byte) 0);
        final int result = answer(opcode, in.asSlice(IN_HEADER), out.asSlice(OUT));
        device.reply(unique, Math.max(0, -result), out, Math.max(0, result));
    }

    /** Returns the length of what is in the payload, or the negated error number. */
    private int answer(final int opcode, final MemorySegment in, final MemorySegment out) throws IOException {
        return switch (opcode) {
            case INIT -> init(in, out);
            case GETATTR -> attributes(out);
            case SETATTR -> setAttributes(in, out);
            case OPEN -> open(out);
            case READ -> read(in, out);
            case WRITE -> write(in, out);
            case STATFS -> statfs(out);
            case FSYNC -> disk.sync() ? 0 : -disk.errno();
            case FALLOCATE -> -Errno.EOPNOTSUPP;
            case FLUSH, RELEASE, DESTROY -> 0;
            default -> -ENOSYS;
        };
    }

    private static int init(final MemorySegment in, final MemorySegment out) {
        final int flags = in.get(JAVA_INT_UNALIGNED, 12);
        final int more = (flags & INIT_EXT) == 0 ? 0 : in.get(JAVA_INT_UNALIGNED, 16);
        out.set(JAVA_INT_UNALIGNED, 0, MAJOR);
        out.set(JAVA_INT_UNALIGNED, 4, MINOR);
        out.set(JAVA_INT_UNALIGNED, 8, in.get(JAVA_INT_UNALIGNED, 8));
        out.set(JAVA_INT_UNALIGNED, 12, flags & (ASYNC_READ | BIG_WRITES | MAX_PAGES | INIT_EXT));
        out.set(JAVA_INT_UNALIGNED, 20, MAX_TRANSFER);
        out.set(JAVA_INT_UNALIGNED, 24, 1);
        out.set(JAVA_SHORT_UNALIGNED, 28, (short) (MAX_TRANSFER / Libc.pageSize()));
        out.set(JAVA_INT_UNALIGNED, 32, more & DIRECT_IO_ALLOW_MMAP);
        return INIT_OUT;
    }

    private int attributes(final MemorySegment out) throws IOException {
        out.set(JAVA_LONG_UNALIGNED, 0, HOUR);
        out.set(JAVA_LONG_UNALIGNED, 16, FuseDevice.ROOT);
        out.set(JAVA_LONG_UNALIGNED, 24, disk.size());
        out.set(JAVA_LONG_UNALIGNED, 32, disk.size() / FailingDisk.SECTOR);
        out.set(JAVA_INT_UNALIGNED, 76, REGULAR_FILE);
        out.set(JAVA_INT_UNALIGNED, 80, 1);
        out.set(JAVA_INT_UNALIGNED, 96, Libc.pageSize());
        return ATTR_OUT;
    }

    private int setAttributes(final MemorySegment in, final MemorySegment out) throws IOException {
        if ((in.get(JAVA_INT_UNALIGNED, 0) & FATTR_SIZE) != 0) {
            disk.setSize(in.get(JAVA_LONG_UNALIGNED, 16));
        }
        return attributes(out);
    }

    private int open(final MemorySegment out) {
        out.set(JAVA_INT_UNALIGNED, 8, direct ? FOPEN_DIRECT_IO : FOPEN_KEEP_CACHE);
        return OPEN_OUT;
    }

    private int read(final MemorySegment in, final MemorySegment out) throws IOException {
        final long offset = in.get(JAVA_LONG_UNALIGNED, 8);
        final long length = Math.min(in.get(JAVA_INT_UNALIGNED, 16), Math.max(0, disk.size() - offset));
        // Never less than that: the kernel takes a short answer for the end of the file.
        return disk.read(offset, out.asSlice(0, length).asByteBuffer()) ? (int) length : -disk.errno();
    }

    private int write(final MemorySegment in, final MemorySegment out) throws IOException {
        final int length = in.get(JAVA_INT_UNALIGNED, 16);
        out.set(JAVA_INT_UNALIGNED, 0, length);
        return disk.write(in.get(JAVA_LONG_UNALIGNED, 8), in.asSlice(WRITE_IN, length).asByteBuffer())
            ? WRITE_OUT : -disk.errno();
    }

    private static int statfs(final MemorySegment out) {
        out.set(JAVA_INT_UNALIGNED, 40, Libc.pageSize());
        out.set(JAVA_INT_UNALIGNED, 48, Libc.pageSize());
        return STATFS_OUT;
    }
}
