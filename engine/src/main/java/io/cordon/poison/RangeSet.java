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

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A set of bytes, as disjoint ranges that do not touch. Not thread-safe. */
public final class RangeSet {
    /** Start to end. */
    private final TreeMap<Long, Long> ranges = new TreeMap<>();

    /** An empty set. */
    public RangeSet() {
        // Nothing in it.
    }

    /**
     * Adds bytes, those that are in the set already too.
     *
     * @param range which.
     */
    public void add(final ByteRange range) {
        long start = range.offset();
        long end = range.end();
        Map.Entry<Long, Long> last = ranges.floorEntry(end);
        while (last != null && last.getValue() >= start) {
            start = Math.min(start, last.getKey());
            end = Math.max(end, last.getValue());
            ranges.remove(last.getKey());
            last = ranges.floorEntry(end);
        }
        ranges.put(start, end);
    }

    /**
     * Removes bytes, those that are not in the set too.
     *
     * @param range which.
     */
    public void remove(final ByteRange range) {
        Map.Entry<Long, Long> last = ranges.lowerEntry(range.end());
        while (last != null && last.getValue() > range.offset()) {
            ranges.remove(last.getKey());
            if (last.getKey() < range.offset()) {
                ranges.put(last.getKey(), range.offset());
            }
            if (last.getValue() > range.end()) {
                ranges.put(range.end(), last.getValue());
            }
            last = ranges.lowerEntry(range.end());
        }
    }

    /**
     * Whether there is no byte in the set.
     *
     * @return true if there is none.
     */
    public boolean isEmpty() {
        return ranges.isEmpty();
    }

    /**
     * What is in the set.
     *
     * @return ascending, merged.
     */
    public List<ByteRange> ranges() {
        final List<ByteRange> list = new ArrayList<>(ranges.size());
        ranges.forEach((start, end) -> list.add(new ByteRange(start, end - start)));
        return list;
    }

    /**
     * What two sets both have.
     *
     * @param one   a set.
     * @param other another.
     * @return a set of its own.
     */
    public static RangeSet intersection(final RangeSet one, final RangeSet other) {
        final RangeSet result = new RangeSet();
        one.ranges().forEach(range -> {
            Map.Entry<Long, Long> at = other.ranges.lowerEntry(range.end());
            while (at != null && at.getValue() > range.offset()) {
                final long start = Math.max(at.getKey(), range.offset());
                result.add(new ByteRange(start, Math.min(at.getValue(), range.end()) - start));
                at = other.ranges.lowerEntry(at.getKey());
            }
        });
        return result;
    }

    /**
     * What this set has and another has not.
     *
     * @param other the other.
     * @return a set of its own.
     */
    public RangeSet without(final RangeSet other) {
        final RangeSet result = new RangeSet();
        result.ranges.putAll(ranges);
        other.ranges().forEach(result::remove);
        return result;
    }
}
