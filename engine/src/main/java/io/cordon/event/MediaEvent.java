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
package io.cordon.event;

import io.cordon.poison.ByteRange;

import java.time.Instant;
import java.util.List;

/**
 * Something happened to the medium under a region.
 *
 * <p>Events are numbered from 1 on, without gaps, over all the life of the region's sidecar file; where more happens
 * than listeners can be told one by one, several become one, which stands for all their numbers. An event that a
 * process did not live to deliver is delivered by the next one that opens the region, with the same numbers, though
 * perhaps not put together in the same way: so take events as statements about ranges, and do not skip by number what
 * is {@link #redelivered()}.
 *
 * @param kind          what happened.
 * @param source        how it was found out.
 * @param ranges        where, in the region's offsets; ascending, merged, aligned to lines; unmodifiable.
 * @param time          when; the latest time if several became one.
 * @param firstSequence the first of the numbers that it stands for.
 * @param sequence      the last of them: its own, and the order of events.
 * @param redelivered   whether an earlier process may have delivered it before it ended.
 * @param owners        who owns parts of the ranges when the event is delivered; unmodifiable. It is looked up when it
 *                      is first used, in what was known at delivery.
 */
public record MediaEvent(Kind kind, Source source, List<ByteRange> ranges, Instant time, long firstSequence,
    long sequence, boolean redelivered, List<OwnedRange> owners) {
    /** What happened; the order is part of the sidecar's format. */
    public enum Kind {
        /** Lines cannot be trusted any more; loads of them are refused. */
        FAILURE,
        /** The whole device is gone: every access of the region is refused. */
        OFFLINE,
        /** The device is back: all but the lines that failed can be accessed again. */
        ONLINE,
        /** Lines that failed can be loaded again: repaired, or written anew. */
        RECOVERED
    }

    /** How it was found out; the order is part of the sidecar's format. */
    public enum Source {
        /** An access ran into it. */
        FAULT,
        /** A patrol read found it. */
        SCRUB,
        /** The medium's own list of bad blocks names it. */
        BAD_BLOCK_LIST,
        /** Content could not be made durable. */
        PERSIST_ERROR,
        /** Somebody injected it. */
        INJECTION,
        /** Cordon, or the application through it, made lines readable again. */
        RECOVERY
    }

    /** Copies the lists of ranges; the list of owners is taken as it is. */
    public MediaEvent {
        ranges = List.copyOf(ranges);
    }

    MediaEvent withOwners(final List<OwnedRange> found) {
        return new MediaEvent(kind, source, ranges, time, firstSequence, sequence, redelivered, found);
    }

    /**
     * The same event, to be delivered once more by another process.
     *
     * @return this event with {@link #redelivered()}.
     */
    public MediaEvent again() {
        return new MediaEvent(kind, source, ranges, time, firstSequence, sequence, true, owners);
    }
}
