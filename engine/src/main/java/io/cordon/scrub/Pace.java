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

import java.util.concurrent.TimeUnit;

/** Says when the next piece of work is due, by the rate and by the share of time. Not thread-safe. */
final class Pace {
    /** What was missed is made up for, but not more than this: a patrol that was held up must not storm. */
    static final long LAG_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final long LONGEST_PAUSE_NANOS = TimeUnit.DAYS.toNanos(1);

    private final long unit;
    private ScrubOptions options;
    private int pieceLength;
    /** When the next piece is due by the rate alone, and by both. */
    private long rateDue;
    private long due;

    /** A pace for pieces of whole units of some bytes. */
    Pace(final long unit) {
        this.unit = unit;
    }

    /** Starts anew: the next piece is due at once. */
    void start(final ScrubOptions value, final long now) {
        use(value);
        rateDue = now;
        due = now;
    }

    /** Goes on at another pace; what is due already stays. */
    void use(final ScrubOptions value) {
        options = value;
        // A piece is not more than a few hundredths of a second's worth, so that slow patrols are even.
        final long wanted = Math.min(PatrolScrubber.PIECE_LENGTH, value.bytesPerSecond() / 32);
        pieceLength = (int) Math.max(unit, Long.highestOneBit(Math.max(1, wanted)));
    }

    /** How many bytes to read at a time; a power of two. */
    int pieceLength() {
        return pieceLength;
    }

    /** Nothing is to be done before. */
    void rest(final long until) {
        due = until;
        rateDue = until;
    }

    /** A piece was worked on. */
    void worked(final long bytes, final long start, final long end) {
        if (end - rateDue > LAG_NANOS) {
            rateDue = end - LAG_NANOS;
        }
        if (options.bytesPerSecond() != ScrubOptions.UNLIMITED) {
            rateDue += (long) (bytes * (double) TimeUnit.SECONDS.toNanos(1) / options.bytesPerSecond());
        }
        final double pause = (end - start) * (1 - options.share()) / options.share();
        final long shareDue = end + (long) Math.min(pause, LONGEST_PAUSE_NANOS);
        due = shareDue - rateDue > 0 ? shareDue : rateDue;
    }

    /** How long until the next piece is due; not positive if it is. */
    long idle(final long now) {
        return due - now;
    }
}
