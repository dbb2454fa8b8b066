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

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What the page cache holds of a part of a file, in pages.
 *
 * @param known     whether the kernel told; if not, as before Linux 6.5, the numbers are 0.
 * @param cached    how many pages are in it.
 * @param dirty     how many of them are newer than the medium.
 * @param writeback how many of them are just being written.
 */
public record PageCache(boolean known, long cached, long dirty, long writeback) {
    /** struct cachestat_range (linux/mman.h). */
    private static final long RANGE_LENGTH = 16;
    /** struct cachestat: cached, dirty, writeback, evicted, recently evicted. */
    private static final long RESULT_LENGTH = 40;
    private static final PageCache UNKNOWN = new PageCache(false, 0, 0, 0);

    /**
     * Asks the kernel; reads nothing. A store through a mapping makes its page dirty at once (mm/memory.c,
     * wp_page_shared): who finds a page clean finds all that was stored before on its way to the medium, or there.
     *
     * @param fd     the open file; not on DAX, which has no page cache.
     * @param offset first byte.
     * @param length in bytes; positive.
     * @return the answer; unknown if the kernel has no such call, or does not answer it.
     */
    public static PageCache of(final int fd, final long offset, final long length) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment range = arena.allocate(RANGE_LENGTH, Long.BYTES);
            range.set(ValueLayout.JAVA_LONG, 0, offset);
            range.set(ValueLayout.JAVA_LONG, Long.BYTES, length);
            final MemorySegment result = arena.allocate(RESULT_LENGTH, Long.BYTES);
            if (Libc.cachestat(fd, range, result) < 0) {
                return UNKNOWN;
            }
            return new PageCache(true, result.getAtIndex(ValueLayout.JAVA_LONG, 0),
                result.getAtIndex(ValueLayout.JAVA_LONG, 1), result.getAtIndex(ValueLayout.JAVA_LONG, 2));
        }
    }

    /**
     * Whether memory holds something newer than the medium, as far as is known.
     *
     * @return true if the medium is still to be overwritten.
     */
    public boolean isDirty() {
        return dirty != 0 || writeback != 0;
    }
}
