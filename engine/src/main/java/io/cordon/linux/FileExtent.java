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

/**
 * Where the file system keeps a part of a file; struct fiemap_extent (include/uapi/linux/fiemap.h).
 *
 * @param logical  first byte in the file.
 * @param physical first byte on the file system's block device, which a partition is too; what the flags say may make
 *                 it meaningless.
 * @param length   in bytes.
 * @param flags    the constants here; see {@link #isMapped()}.
 */
public record FileExtent(long logical, long physical, long length, int flags) {
    /** The last extent of the file. */
    public static final int LAST = 0x1;
    /** The place is not known. */
    public static final int UNKNOWN = 0x2;
    /** The place is not decided yet. */
    public static final int DELALLOC = 0x4;
    /** The bytes there are not those of the file: compressed or encrypted. */
    public static final int ENCODED = 0x8;
    /** The place is no whole block. */
    public static final int NOT_ALIGNED = 0x100;
    /** The bytes lie among metadata. */
    public static final int INLINE = 0x200;
    /** Several files share the block. */
    public static final int TAIL = 0x400;
    /** Allocated and never written: reads give zeroes, whatever is there. */
    public static final int UNWRITTEN = 0x800;
    /** Other files, or other parts of this one, have the same blocks (reflink). */
    public static final int SHARED = 0x2000;

    private static final int NOT_MAPPED = UNKNOWN | DELALLOC | ENCODED | NOT_ALIGNED | INLINE | TAIL;

    /**
     * Whether byte i of the extent lies at byte i of its place on the device.
     *
     * @return false if the flags say that the place is unknown, or holds something else than the plain bytes.
     */
    public boolean isMapped() {
        return (flags & NOT_MAPPED) == 0;
    }

    /**
     * Whether the extent was never written.
     *
     * @return true if it is allocated only.
     */
    public boolean isUnwritten() {
        return (flags & UNWRITTEN) != 0;
    }

    /**
     * Whether somebody else has the same blocks.
     *
     * @return true if a write would move this extent to blocks of its own.
     */
    public boolean isShared() {
        return (flags & SHARED) != 0;
    }

    /**
     * The first byte after the extent.
     *
     * @return in the file.
     */
    public long end() {
        return logical + length;
    }
}
