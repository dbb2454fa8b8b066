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
import io.cordon.poison.Lines;

import java.util.List;

/** How the recovery of one unit went, step by step. Used by one thread at a time. */
public final class RecoveryTrace {
    private final String file;
    private final Unit unit;
    private final Object event = FlightRecording.isAvailable() ? RecoveryEvent.started() : null;
    private final long[] nanos = new long[Step.values().length];
    private long last = System.nanoTime();
    private int attempts;
    /** What the first attempt found. */
    private long badLineCount = -1;

    /** The steps of a recovery, in their order; one that runs several times counts as one. */
    public enum Step {
        /** What can be read is found out, and read. */
        SALVAGE,
        /** The mirror and the repair source are asked for the rest. */
        REPAIR,
        /** What was salvaged becomes durable in the sidecar. */
        JOURNAL,
        /** The recovery write, and its sync. */
        WRITE,
        /** The medium's own list, and a read-back. */
        PROOF,
        /** Which lines are lost becomes durable, and the unit is mapped again. */
        PUBLISH
    }

    /** How a recovery ended. */
    public enum Outcome {
        /** All lines can be loaded. */
        WHOLE,
        /** The medium is healthy again, and lines are lost. */
        LINES_LOST,
        /** The medium had no complaint: a signal that came late, or an error that went away. */
        UNFOUNDED,
        /** The region is read-only; its readers have a copy of what is readable. */
        COPIED,
        /** The medium failed; all lines are refused until an explicit recovery. */
        FAILED,
        /** The whole device is gone. */
        OFFLINE
    }

    /**
     * A recovery that starts now.
     *
     * @param file   the region's.
     * @param offset first byte of the unit in the region.
     * @param length of the unit in bytes.
     * @param source how its failure was found.
     */
    public RecoveryTrace(final String file, final long offset, final long length, final MediaEvent.Source source) {
        this.file = file;
        this.unit = new Unit(offset, length, source);
    }

    /** A new attempt starts: the time since the last step belongs to none. */
    public void attempt() {
        attempts++;
        last = System.nanoTime();
    }

    /**
     * A step has ended.
     *
     * @param step which.
     */
    public void passed(final Step step) {
        final long now = System.nanoTime();
        nanos[step.ordinal()] += now - last;
        last = now;
    }

    /**
     * The medium has said which lines are bad. The first time, that is recorded as a fault.
     *
     * @param bad    the lines; ascending and merged.
     * @param thread who ran into it, or null if that is not known.
     */
    public void found(final List<ByteRange> bad, final Thread thread) {
        if (badLineCount < 0) {
            badLineCount = bad.stream().mapToLong(ByteRange::length).sum() / Lines.LENGTH;
            FlightRecording.fault(file, unit, badLineCount, bad, thread);
        }
    }

    /**
     * The recovery has ended.
     *
     * @param outcome how.
     * @param refused how many lines of the unit are refused from now on.
     * @param failure why it failed, or null.
     */
    public void end(final Outcome outcome, final long refused, final Throwable failure) {
        if (badLineCount < 0) {
            FlightRecording.fault(file, unit, -1, List.of(), null);
        }
        if (event != null) {
            RecoveryEvent.emit(
                event, file, unit, this, outcome, refused, failure == null ? null : failure.getMessage());
        }
    }

    int attempts() {
        return attempts;
    }

    /**
     * How many lines the medium could not read.
     *
     * @return -1 if it could not be asked.
     */
    public long badLineCount() {
        return badLineCount;
    }

    long nanos(final Step step) {
        return nanos[step.ordinal()];
    }
}
