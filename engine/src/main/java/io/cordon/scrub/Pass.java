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

import io.cordon.media.BadBlockList;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** A pass that runs: how far it is, and what it has found. Guarded by the scrubber's lock. */
final class Pass {
    final long number;
    final long startedMillis;
    /** Who waits for it; empty for a regular pass. */
    final List<PatrolScrubber.Request> requests;
    /** Page index to lines that are known to be bad and stay so. */
    final NavigableMap<Long, Long> known = new TreeMap<>();
    final Agreement agreement = new Agreement();
    long position;
    long readBytes;
    long unreadBytes;
    long foundLines;
    private final Optional<String> unknown;
    private final List<ByteRange> found = new ArrayList<>();
    private final List<ByteRange> mirrorFound = new ArrayList<>();
    private IOException failure;

    Pass(final long number, final long startedMillis, final List<PatrolScrubber.Request> requests,
        final BadBlockList list) {
        this.number = number;
        this.startedMillis = startedMillis;
        this.requests = List.copyOf(requests);
        this.unknown = list.unknown();
        for (final ByteRange bad : list.ranges()) {
            for (long page = bad.offset() >>> Lines.PAGE_SHIFT; page <= bad.end() - 1 >>> Lines.PAGE_SHIFT; page++) {
                known.merge(page, Lines.mask(page, bad.offset(), bad.length()), (a, b) -> a | b);
            }
        }
    }

    /** Goes on where another process was. */
    void resume(final ScrubFile.State state, final long unit) {
        position = state.position() & -unit;
        readBytes = state.readBytes();
        unreadBytes = state.unreadBytes();
        foundLines = state.foundLines();
        agreement.resume(state.unjudgedBytes());
    }

    long known(final long page) {
        return known.getOrDefault(page, 0L);
    }

    void found(final long page, final long mask) {
        foundLines += Long.bitCount(mask);
        append(found, page, mask);
    }

    void mirrorFound(final long page, final long mask) {
        append(mirrorFound, page, mask);
    }

    private static void append(final List<ByteRange> ranges, final long page, final long mask) {
        if (ranges.size() < ScrubPass.RANGE_LIMIT) {
            Lines.append(ranges, page, mask);
        }
    }

    /** Whether it is the first. */
    boolean failed(final IOException thrown) {
        if (failure != null) {
            return false;
        }
        failure = thrown;
        return true;
    }

    ScrubFile.State state(final long lastPass, final long lastMillis) {
        return new ScrubFile.State(number, position, startedMillis, readBytes, unreadBytes, foundLines,
            agreement.openBytes(), lastPass, lastMillis);
    }

    ScrubPass result(final long endedMillis) {
        return new ScrubPass(number, Instant.ofEpochMilli(startedMillis), Instant.ofEpochMilli(endedMillis), readBytes,
            unreadBytes, foundLines, limited(found), limited(mirrorFound), limited(agreement.disagreements()),
            agreement.openBytes(), unknown, Optional.ofNullable(failure));
    }

    private static List<ByteRange> limited(final List<ByteRange> ranges) {
        return ranges.subList(0, Math.min(ranges.size(), ScrubPass.RANGE_LIMIT));
    }
}
