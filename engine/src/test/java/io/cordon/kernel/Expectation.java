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
package io.cordon.kernel;

import io.cordon.Region;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Which lines of a region are refused; all others hold what they held. */
final class Expectation {
    private final BitSet refused = new BitSet();

    /** Lines that are refused after the sector at an offset went bad. */
    Expectation sector(final long offset, final Ground ground) {
        // On a medium that does not clear poison nothing of the page is served.
        final int unit = Ground.salvagesSectors() && ground.clears() ? Ground.SECTOR : Ground.PAGE;
        return lines(offset & -unit, unit);
    }

    /** Lines that are refused. */
    Expectation lines(final long offset, final long length) {
        refused.set((int) (offset / Ground.LINE), (int) ((offset + length) / Ground.LINE));
        return this;
    }

    /** The refused lines. */
    List<ByteRange> ranges() {
        return within(0, Long.MAX_VALUE);
    }

    /** The refused lines that an access touches. */
    List<ByteRange> within(final long offset, final long length) {
        final List<ByteRange> ranges = new ArrayList<>();
        refused.stream().mapToLong(line -> (long) line * Ground.LINE)
            .filter(line -> line + Ground.LINE > offset && line - offset < length)
            .forEach(line -> append(ranges, line));
        return ranges;
    }

    private static void append(final List<ByteRange> ranges, final long offset) {
        final ByteRange last = ranges.isEmpty() ? null : ranges.getLast();
        if (last != null && last.offset() + last.length() == offset) {
            ranges.set(ranges.size() - 1, new ByteRange(last.offset(), last.length() + Ground.LINE));
        } else {
            ranges.add(new ByteRange(offset, Ground.LINE));
        }
    }

    /** Loads each word, or each so many bytes, and holds what it gets, and what the region knows then, against this. */
    void check(final Region region, final int step) {
        checkLoads(region, step);
        if (!region.poison().ranges().equals(ranges())) {
            throw new AssertionError("poison() says " + region.poison().ranges() + ", not " + ranges());
        }
    }

    /** Only what is loaded, by one thread of several. */
    void checkLoads(final Region region, final int step) {
        for (long offset = 0; offset < region.size(); offset += step) {
            final long line = offset & -Ground.LINE;
            try {
                final long value = region.getLong(offset);
                if (refused.get((int) (offset / Ground.LINE))) {
                    throw new AssertionError("not refused at " + offset + ": " + Long.toHexString(value));
                }
                if (value != Ground.contentAt(offset)) {
                    throw new AssertionError("garbage at " + offset + ": " + Long.toHexString(value));
                }
            } catch (final PoisonException exception) {
                if (!refused.get((int) (offset / Ground.LINE))) {
                    throw new AssertionError("refused at " + offset, exception);
                }
                final List<ByteRange> expected = List.of(new ByteRange(line, Ground.LINE));
                if (!exception.ranges().equals(expected)) {
                    throw new AssertionError("names " + exception.ranges() + ", not " + expected, exception);
                }
            }
        }
    }
}
