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

import java.time.Duration;
import java.util.Objects;

/**
 * How a patrol goes about its work.
 *
 * @param bytesPerSecond how many bytes of the region to cover in a second at most; positive. What is known to be bad,
 *                       or is left alone, counts as covered. A mirror is read at the same rate, beside it.
 * @param share          of the time that the patrol may be at work, on the one thread that it has; more than 0, at most
 *                       1. Whichever of the two limits is lower counts.
 * @param interval       how long to rest after a pass; not negative.
 * @param compare        whether to compare with the mirror, where there is one.
 */
public record ScrubOptions(long bytesPerSecond, double share, Duration interval, boolean compare) {
    /** A rate that limits nothing. */
    public static final long UNLIMITED = Long.MAX_VALUE;
    /** 16 MiB a second, a tenth of the time, an hour between passes, mirrors compared. */
    public static final ScrubOptions DEFAULT = new ScrubOptions(16 << 20, 0.1, Duration.ofHours(1), true);
    /** As fast as the medium reads, and no rest. */
    public static final ScrubOptions FULL_SPEED = new ScrubOptions(UNLIMITED, 1, Duration.ZERO, true);

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if one is out of its bounds.
     */
    public ScrubOptions {
        Objects.requireNonNull(interval, "interval");
        if (bytesPerSecond <= 0) {
            throw new IllegalArgumentException("a rate of " + bytesPerSecond + " bytes per second is not positive");
        }
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("a share of " + share + " is not more than 0 and at most 1");
        }
        if (interval.isNegative()) {
            throw new IllegalArgumentException("an interval of " + interval + " is negative");
        }
    }

    /**
     * The same with another rate.
     *
     * @param value bytes per second; positive.
     * @return the options.
     * @throws IllegalArgumentException if it is not.
     */
    public ScrubOptions withBytesPerSecond(final long value) {
        return new ScrubOptions(value, share, interval, compare);
    }

    /**
     * The same with another share of time.
     *
     * @param value more than 0, at most 1.
     * @return the options.
     * @throws IllegalArgumentException if it is not.
     */
    public ScrubOptions withShare(final double value) {
        return new ScrubOptions(bytesPerSecond, value, interval, compare);
    }

    /**
     * The same with another rest between passes.
     *
     * @param value not negative.
     * @return the options.
     * @throws IllegalArgumentException if it is.
     */
    public ScrubOptions withInterval(final Duration value) {
        return new ScrubOptions(bytesPerSecond, share, value, compare);
    }

    /**
     * The same with or without a look at the mirror's agreement.
     *
     * @param value whether to compare.
     * @return the options.
     */
    public ScrubOptions withCompare(final boolean value) {
        return new ScrubOptions(bytesPerSecond, share, interval, value);
    }
}
