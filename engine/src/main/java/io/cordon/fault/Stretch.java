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

import io.cordon.linux.MemoryMapping;

/**
 * A stretch of addresses where one file is, or was before pages of it were quarantined, from some offset on.
 *
 * @param start      first address.
 * @param end        first address after it.
 * @param device     of the file, as in {@link MemoryMapping}.
 * @param inode      of the file.
 * @param delta      offset in the file minus address.
 * @param protection PROT_ flags.
 * @param shared     whether stores go to the file.
 * @param path       of the file, as the kernel shows it.
 * @param live       whether any page is mapped from the file.
 */
record Stretch(long start, long end, long device, long inode, long delta, int protection, boolean shared, String path,
    boolean live) {
    static Stretch of(final MemoryMapping mapping) {
        return new Stretch(mapping.start(), mapping.end(), mapping.device(), mapping.inode(), mapping.delta(),
            mapping.protection(), mapping.shared(), mapping.path(), true);
    }

    /** Whether another one is of the same file, and the same offsets at the same addresses. */
    boolean isSameFile(final Stretch other) {
        return inode == other.inode && device == other.device && delta == other.delta;
    }

    /** Whether another one, right behind this one, is part of the same mapping. */
    boolean continuesWith(final Stretch next) {
        return end == next.start && isSameFile(next)
            && (!live || !next.live || protection == next.protection && shared == next.shared);
    }

    /** Both as one; what is mapped from the file says what holds for all. */
    Stretch with(final Stretch next) {
        final Stretch told = live ? this : next;
        return new Stretch(start, next.end, device, inode, delta, told.protection, told.shared, told.path,
            live || next.live);
    }

    Stretch part(final long from, final long to) {
        return new Stretch(from, to, device, inode, delta, protection, shared, path, live);
    }

    boolean overlaps(final long from, final long to) {
        return start < to && from < end;
    }
}
