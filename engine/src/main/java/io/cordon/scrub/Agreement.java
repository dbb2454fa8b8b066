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
package io.cordon.scrub;

import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

/**
 * Whether the mirror agrees with the region. Nobody tracks stores, so one difference says nothing: a persist may just
 * be between its two sides. What differs is looked at once more some time later, and counts if neither side changed.
 * Guarded by the scrubber's lock.
 */
final class Agreement {
    /** How long after the last difference to look at all of them again. */
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** How many pages may wait for a second look. */
    private static final int PAGE_LIMIT = 1024;

    /** Page index to what its lines held on both sides when they differed; 0 where they did not. */
    private final NavigableMap<Long, long[]> doubtful = new TreeMap<>();
    private final List<ByteRange> disagreements = new ArrayList<>();
    private long unjudgedBytes;
    private long lastNanos;

    void resume(final long bytes) {
        unjudgedBytes = bytes;
    }

    /** A first look at some lines of a page of both sides. */
    void compare(final long page, final long mask, final MemorySegment region, final MemorySegment mirror,
        final long now) {
        final long[] differing = differing(mask, region, mirror);
        if (differing == null) {
            return;
        }
        if (doubtful.size() >= PAGE_LIMIT) {
            unjudgedBytes += Lines.PAGE_LENGTH;
            return;
        }
        doubtful.put(page, differing);
        lastNanos = now;
    }

    /** The page whose turn is next, or -1 if there is none. */
    long next() {
        return doubtful.isEmpty() ? -1 : doubtful.firstKey();
    }

    /** When the second look may be taken. */
    long due() {
        return lastNanos + PATIENCE_NANOS;
    }

    /** The second look at a page, at those of its lines that both sides still give. */
    void judge(final long page, final long mask, final MemorySegment region, final MemorySegment mirror) {
        final long[] before = doubtful.remove(page);
        final long[] now = differing(mask, region, mirror);
        long same = 0;
        for (int i = 0; i < Long.SIZE && now != null; i++) {
            if (now[i] != 0 && now[i] == before[i]) {
                same |= 1L << i;
            }
        }
        if (disagreements.size() < ScrubPass.RANGE_LIMIT) {
            Lines.append(disagreements, page, same);
        }
    }

    /** The second look at a page cannot be taken. */
    void drop(final long page) {
        doubtful.remove(page);
        unjudgedBytes += Lines.PAGE_LENGTH;
    }

    private static long[] differing(final long mask, final MemorySegment region, final MemorySegment mirror) {
        long[] result = null;
        for (long rest = mask; rest != 0; rest &= rest - 1) {
            final int line = Long.numberOfTrailingZeros(rest);
            final MemorySegment one = region.asSlice((long) line << Lines.SHIFT, Lines.LENGTH);
            final MemorySegment other = mirror.asSlice((long) line << Lines.SHIFT, Lines.LENGTH);
            if (one.mismatch(other) >= 0) {
                result = result == null ? new long[Long.SIZE] : result;
                result[line] = crc(one) << Integer.SIZE | crc(other) | 1;
            }
        }
        return result;
    }

    private static long crc(final MemorySegment line) {
        final CRC32C crc = new CRC32C();
        crc.update(line.asByteBuffer());
        return crc.getValue();
    }

    List<ByteRange> disagreements() {
        return disagreements;
    }

    /** What differed and was not looked at a second time. */
    long openBytes() {
        return unjudgedBytes + (long) doubtful.size() * Lines.PAGE_LENGTH;
    }
}
