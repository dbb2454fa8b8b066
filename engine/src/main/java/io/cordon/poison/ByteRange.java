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
package io.cordon.poison;

import java.util.List;

/**
 * A range of bytes.
 *
 * @param offset first byte, counted from the start of the region; not negative.
 * @param length in bytes; positive.
 */
public record ByteRange(long offset, long length) {
    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if the offset is negative, the length is not positive, or their sum overflows.
     */
    public ByteRange {
        if (offset < 0 || length <= 0 || offset + length < 0) {
            throw new IllegalArgumentException("no range: offset " + offset + ", length " + length);
        }
    }

    /**
     * The first byte after the range.
     *
     * @return offset plus length.
     */
    public long end() {
        return offset + length;
    }

    /**
     * Whether a byte lies in the range.
     *
     * @param position the byte.
     * @return true if it does.
     */
    public boolean contains(final long position) {
        return position >= offset && position < end();
    }

    /**
     * Appends a range to ascending ranges, merged with the last one where they touch.
     *
     * @param ranges where to append.
     * @param offset first byte; not before the start of the last range.
     * @param length in bytes; positive.
     */
    public static void append(final List<ByteRange> ranges, final long offset, final long length) {
        if (!ranges.isEmpty()) {
            final ByteRange last = ranges.getLast();
            if (last.end() >= offset) {
                ranges.set(ranges.size() - 1,
                    new ByteRange(last.offset, Math.max(last.end(), offset + length) - last.offset));
                return;
            }
        }
        ranges.add(new ByteRange(offset, length));
    }

    /**
     * The range as text.
     *
     * @return {@code [first, end)} in hexadecimal and the length.
     */
    @Override
    public String toString() {
        return "[0x" + Long.toHexString(offset) + ", 0x" + Long.toHexString(end()) + ") " + length + " bytes";
    }
}
