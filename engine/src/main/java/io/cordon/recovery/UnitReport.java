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
package io.cordon.recovery;

import io.cordon.event.MediaEvent;
import io.cordon.event.MediaEvents;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.util.ArrayList;
import java.util.List;

/**
 * Tells what becomes of a unit's lines. What was told of each is kept, so that every line is told to have failed, and
 * to have recovered, in turn. Guarded by the unit's lock.
 */
final class UnitReport {
    /** For each page the lines that were told to have failed, and not to have recovered since. */
    private final long[] failed;
    /** How the next failure was found. */
    private MediaEvent.Source source = MediaEvent.Source.FAULT;

    UnitReport(final int pages) {
        failed = new long[pages];
    }

    /** Lines that an earlier process told of. */
    void adopt(final int index, final long mask) {
        failed[index] |= mask;
    }

    void found(final MediaEvent.Source how) {
        source = how;
    }

    /** How the next failure was found. */
    MediaEvent.Source source() {
        return source;
    }

    /** Lines of a unit that have failed; those that were told to before are not told again. */
    void failed(final MediaEvents events, final long unit, final long[] masks) {
        final List<ByteRange> ranges = new ArrayList<>();
        for (int i = 0; i < masks.length; i++) {
            failed(ranges, unit + i, i, masks[i]);
        }
        events.raise(MediaEvent.Kind.FAILURE, source, ranges);
    }

    /** Lines of a page that have failed; the caller tells, with those of other units. */
    void failed(final List<ByteRange> ranges, final long page, final int index, final long mask) {
        Lines.append(ranges, page, mask & ~failed[index]);
        failed[index] |= mask;
    }

    /** A unit's lines that are refused from now on; others that were told to have failed have recovered. */
    void settled(final MediaEvents events, final long unit, final long[] refused) {
        failed(events, unit, refused);
        final List<ByteRange> ranges = new ArrayList<>();
        for (int i = 0; i < refused.length; i++) {
            Lines.append(ranges, unit + i, failed[i] & ~refused[i]);
            failed[i] &= refused[i];
        }
        events.raise(MediaEvent.Kind.RECOVERED, MediaEvent.Source.RECOVERY, ranges);
        source = MediaEvent.Source.FAULT;
    }

    /** As {@link #settled}, for one page that was written anew. */
    void written(final MediaEvents events, final long page, final int index, final long refused) {
        final List<ByteRange> ranges = Lines.ranges(page, failed[index] & ~refused);
        failed[index] &= refused;
        events.raise(MediaEvent.Kind.RECOVERED, MediaEvent.Source.RECOVERY, ranges);
    }
}
