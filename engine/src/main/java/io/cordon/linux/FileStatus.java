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

/**
 * What statx(2) says of an open file, as far as Cordon asks.
 *
 * <pre>
 *  struct statx (include/uapi/linux/stat.h), 256 bytes
 *  +8    8  attributes: 0x200000 the file is accessed through DAX
 *  +136  4  major number of the device that holds the file
 *  +140  4  minor number
 * </pre>
 *
 * @param major of the file system's device; 0 if the file system has a made-up number (btrfs, overlay, tmpfs).
 * @param minor of the device.
 * @param dax   whether accesses go to the medium without the page cache; false before Linux 5.8, which does not tell.
 */
public record FileStatus(int major, int minor, boolean dax) {
    private static final int BASIC_STATS = 0x7ff;
    private static final long LENGTH = 256;
    private static final long ATTRIBUTES_OFFSET = 8;
    private static final long MAJOR_OFFSET = 136;
    private static final long MINOR_OFFSET = 140;
    private static final long ATTRIBUTE_DAX = 0x20_0000;

    /**
     * Asks about an open file.
     *
     * @param file the file.
     * @return what the kernel says.
     * @throws IOException if the system call fails.
     */
    public static FileStatus of(final NativeFile file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment status = arena.allocate(LENGTH, Long.BYTES);
            final int result =
                Libc.statx(file.fd(), arena.allocateFrom(""), Libc.AT_EMPTY_PATH, BASIC_STATS, status);
            if (result < 0) {
                throw Errno.toException(-result, file.path(), "cannot find its device");
            }
            return new FileStatus(
                status.get(ValueLayout.JAVA_INT, MAJOR_OFFSET),
                status.get(ValueLayout.JAVA_INT, MINOR_OFFSET),
                (status.get(ValueLayout.JAVA_LONG, ATTRIBUTES_OFFSET) & ATTRIBUTE_DAX) != 0);
        }
    }
}
