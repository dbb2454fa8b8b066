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
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A set of sectors as runs that neither overlap nor touch. Each call is logarithmic in the number of runs, plus the
 * runs that it removes or returns. Not thread-safe; nothing here checks arguments: {@code 0 <= from < to}.
 */
final class SectorSet {
    /** From the first sector of each run to the first one after it. */
    private final TreeMap<Long, Long> runs = new TreeMap<>();

    void add(final long from, final long to) {
        long start = from;
        long end = to;
        final Map.Entry<Long, Long> before = runs.floorEntry(from);
        if (before != null && before.getValue() >= from) {
            start = before.getKey();
        }
        // What touches at the end is merged as well.
        final Map.Entry<Long, Long> last = runs.floorEntry(to);
        if (last != null && last.getValue() > to) {
            end = last.getValue();
        }
        runs.subMap(start, true, to, true).clear();
        runs.put(start, end);
    }

    void remove(final long from, final long to) {
        final Map.Entry<Long, Long> before = runs.lowerEntry(from);
        final Map.Entry<Long, Long> last = runs.lowerEntry(to);
        runs.subMap(from, true, to, false).clear();
        if (last != null && last.getValue() > to) {
            runs.put(to, last.getValue());
        }
        if (before != null && before.getValue() > from) {
            runs.put(before.getKey(), from);
        }
    }

    /** The first run with a sector in the range; null if there is none. */
    Map.Entry<Long, Long> firstOverlap(final long from, final long to) {
        final Map.Entry<Long, Long> before = runs.floorEntry(from);
        if (before != null && before.getValue() > from) {
            return before;
        }
        final Map.Entry<Long, Long> next = runs.higherEntry(from);
        return next != null && next.getKey() < to ? next : null;
    }

    /** The parts of a range that are not in the set, ascending: first sector, first one after it. */
    List<long[]> gaps(final long from, final long to) {
        final List<long[]> gaps = new ArrayList<>();
        final Map.Entry<Long, Long> before = runs.floorEntry(from);
        long position = before == null ? from : Math.max(from, before.getValue());
        for (final Map.Entry<Long, Long> run : tail(from, to).entrySet()) {
            gaps.add(new long[] {position, run.getKey()});
            position = run.getValue();
        }
        if (position < to) {
            gaps.add(new long[] {position, to});
        }
        return gaps;
    }

    /** The runs that begin in the range, its first sector aside. */
    private NavigableMap<Long, Long> tail(final long from, final long to) {
        return runs.subMap(from, false, to, false);
    }

    void addAll(final SectorSet other) {
        other.runs.forEach(this::add);
    }

    void clear() {
        runs.clear();
    }

    boolean isEmpty() {
        return runs.isEmpty();
    }

    int size() {
        return runs.size();
    }

    Iterator<Map.Entry<Long, Long>> iterator() {
        return runs.entrySet().iterator();
    }
}
