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

import java.lang.ref.WeakReference;

/**
 * A patrol in somebody else's duty cycle. Thread-safe. It does not keep a forgotten region alive.
 */
public final class ScrubDuty implements AutoCloseable {
    private final WeakReference<PatrolScrubber> scrubber;
    private final Object term;

    ScrubDuty(final PatrolScrubber scrubber, final Object term) {
        this.scrubber = new WeakReference<>(scrubber);
        this.term = term;
    }

    /**
     * Does a small piece of work if it is time for one: reads 64 KiB at most, and recovers what is bad in there. To be
     * called often enough for the rate; a piece that comes late is made up for, a quarter of a second at most.
     *
     * @return how many pieces were done; 0 if there was nothing to do, or this patrol is over.
     */
    public int doWork() {
        final PatrolScrubber target = scrubber.get();
        return target == null ? 0 : target.doWork(term);
    }

    /**
     * How long there will be nothing to do.
     *
     * @return in nanoseconds; 0 if it is time, {@link Long#MAX_VALUE} if this patrol is over.
     */
    public long idleNanos() {
        final PatrolScrubber target = scrubber.get();
        return target == null ? Long.MAX_VALUE : target.idleNanos(term);
    }

    /** Ends this patrol as {@link Scrubber#stop} does, if it is not over. */
    @Override
    public void close() {
        final PatrolScrubber target = scrubber.get();
        if (target != null) {
            target.stop(term);
        }
    }
}
