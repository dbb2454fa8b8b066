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
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks the file system where it keeps a file: FS_IOC_FIEMAP (Documentation/filesystems/fiemap.rst).
 *
 * <pre>
 *  struct fiemap, 32 bytes                          struct fiemap_extent, 56 bytes each, follow it
 *  +0    8  start: first byte asked for             +0    8  logical: first byte in the file
 *  +8    8  length: bytes asked for                 +8    8  physical: first byte on the device
 *  +16   4  flags: 1 write dirty pages first        +16   8  length in bytes
 *  +20   4  mapped extents, filled by the kernel    +24  16  0
 *  +24   4  room for so many extents                +40   4  flags, see {@link FileExtent}
 *  +28   4  0                                       +44  12  0
 *
 *  struct fsxattr, 28 bytes
 *  +0    4  flags, bit 0: the file lies on the realtime device of XFS
 * </pre>
 */
public final class FileExtents {
    static final long FS_IOC_FIEMAP = 0xC020_660BL;
    static final long FS_IOC_FSGETXATTR = 0x801C_581FL;

    private static final int FLAG_SYNC = 1;
    private static final long START_OFFSET = 0;
    private static final long LENGTH_OFFSET = 8;
    private static final long FLAGS_OFFSET = 16;
    private static final long MAPPED_OFFSET = 20;
    private static final long ROOM_OFFSET = 24;
    private static final long HEADER_LENGTH = 32;
    private static final long LOGICAL_OFFSET = 0;
    private static final long PHYSICAL_OFFSET = 8;
    private static final long EXTENT_LENGTH_OFFSET = 16;
    private static final long EXTENT_FLAGS_OFFSET = 40;
    private static final long EXTENT_LENGTH = 56;
    private static final long FSXATTR_LENGTH = 28;
    private static final int REALTIME = 1;
    private static final int ROOM = 1024;
    private static final int TRIES = 16;

    private FileExtents() {
    }

    /**
     * All extents of a file, ascending, after its dirty pages were written. Holes have none.
     *
     * @param file the file.
     * @return the extents; how they were at one time, as far as the calls can tell: if it took several, they were made
     *     until they said the same twice. A file system may move blocks any time after that.
     * @throws IOException if the file system does not tell ({@code EOPNOTSUPP}, as tmpfs), cannot write the dirty
     *     pages, changes its answer all the time, or keeps the file on a second device (XFS realtime).
     */
    public static List<FileExtent> of(final NativeFile file) throws IOException {
        return of(file, ROOM);
    }

    /**
     * The extents that hold a part of a file, as {@link #of(NativeFile)} gives them.
     *
     * @param file   the file.
     * @param offset first byte.
     * @param length in bytes; positive. A long part takes several calls, between which the file system may move blocks.
     * @return the extents; the first and the last one may reach over the ends.
     * @throws IOException as for {@link #of(NativeFile)}.
     */
    public static List<FileExtent> within(final NativeFile file, final long offset, final long length)
        throws IOException {
        refuseRealtime(file);
        final List<FileExtent> extents = new ArrayList<>();
        ask(file, ROOM, offset, offset + length, extents);
        return List.copyOf(extents);
    }

    static List<FileExtent> of(final NativeFile file, final int room) throws IOException {
        refuseRealtime(file);
        final List<FileExtent> extents = new ArrayList<>();
        if (ask(file, room, 0, Long.MAX_VALUE, extents) == 1) {
            return List.copyOf(extents);
        }
        final List<FileExtent> before = new ArrayList<>();
        for (int i = 0; i < TRIES; i++) {
            before.clear();
            before.addAll(extents);
            extents.clear();
            ask(file, room, 0, Long.MAX_VALUE, extents);
            if (extents.equals(before)) {
                return List.copyOf(extents);
            }
        }
        throw new IOException(file.path() + ": the extents changed while they were read, " + TRIES
            + " times; somebody moves or allocates blocks of the file");
    }

    private static int ask(final NativeFile file, final int room, final long first, final long last,
        final List<FileExtent> extents) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment request = arena.allocate(HEADER_LENGTH + room * EXTENT_LENGTH, Long.BYTES);
            long start = first;
            int calls = 0;
            while (true) {
                request.fill((byte) 0);
                request.set(ValueLayout.JAVA_LONG, START_OFFSET, start);
                request.set(ValueLayout.JAVA_LONG, LENGTH_OFFSET, last - start);
                request.set(ValueLayout.JAVA_INT, FLAGS_OFFSET, FLAG_SYNC);
                request.set(ValueLayout.JAVA_INT, ROOM_OFFSET, room);
                final int result = Libc.ioctl(file.fd(), FS_IOC_FIEMAP, request);
                if (result < 0) {
                    throw Errno.toException(-result, file.path(), "cannot find where its blocks are (FIEMAP)");
                }
                calls++;
                final int mapped = request.get(ValueLayout.JAVA_INT, MAPPED_OFFSET);
                for (int i = 0; i < mapped; i++) {
                    extents.add(extent(request.asSlice(HEADER_LENGTH + i * EXTENT_LENGTH, EXTENT_LENGTH)));
                }
                if (mapped < room || (extents.getLast().flags() & FileExtent.LAST) != 0) {
                    return calls;
                }
                final long end = extents.getLast().end();
                if (end >= last) {
                    return calls;
                }
                if (end <= start) {
                    throw new IOException(file.path() + ": the file system names extents that do not ascend: "
                        + extents.getLast() + " at " + start);
                }
                start = end;
            }
        }
    }

    private static FileExtent extent(final MemorySegment extent) {
        return new FileExtent(
            extent.get(ValueLayout.JAVA_LONG, LOGICAL_OFFSET),
            extent.get(ValueLayout.JAVA_LONG, PHYSICAL_OFFSET),
            extent.get(ValueLayout.JAVA_LONG, EXTENT_LENGTH_OFFSET),
            extent.get(ValueLayout.JAVA_INT, EXTENT_FLAGS_OFFSET));
    }

    /** The places would be on that device, and the file's device number is that of the other one. */
    private static void refuseRealtime(final NativeFile file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment attributes = arena.allocate(FSXATTR_LENGTH, Long.BYTES);
            // A file system that does not know the request has no realtime device.
            if (Libc.ioctl(file.fd(), FS_IOC_FSGETXATTR, attributes) >= 0
                && (attributes.get(ValueLayout.JAVA_INT, 0) & REALTIME) != 0) {
                throw new IOException(file.path() + ": the file lies on the realtime device of its file system, and"
                    + " nothing says which device that is");
            }
        }
    }
}
