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
 * A stretch of this process's addresses that the kernel treats alike: a line of {@code /proc/self/maps}.
 *
 * @param start      first address; a multiple of the kernel's page size.
 * @param end        first address after it.
 * @param protection PROT_ flags of {@link Libc}.
 * @param shared     whether stores go to the file.
 * @param offset     of the first byte in the file, in bytes.
 * @param device     of the file: minor number in the upper 32 bits, major number in the lower ones; 0 without a file.
 * @param inode      of the file; 0 without a file.
 * @param path       as the kernel shows it, with {@value #DELETED} behind it if the file has no name any more; of
 *                   memory without a file empty, or a name in brackets.
 */
public record MemoryMapping(
    long start, long end, int protection, boolean shared, long offset, long device, long inode, String path) {
    /** What the kernel puts behind the path of a file that was removed, or replaced by another of its name. */
    public static final String DELETED = " (deleted)";

    /**
     * Whether a file is mapped.
     *
     * @return false for anonymous memory.
     */
    public boolean isFile() {
        return inode != 0;
    }

    /**
     * Whether it is private memory without a file and without a purpose that the kernel knows, as the handler's
     * quarantine pages are.
     *
     * @return false for files, stacks and the C library's heap.
     */
    public boolean isAnonymous() {
        return inode == 0 && !shared && (path.isEmpty() || path.startsWith("[anon"));
    }

    /**
     * The distance from an address to the offset in the file that is mapped there.
     *
     * @return offset minus address, the same for all parts of one mapping.
     */
    public long delta() {
        return offset - start;
    }
}
