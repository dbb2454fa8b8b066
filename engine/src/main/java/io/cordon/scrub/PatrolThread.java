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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A daemon thread that has one patrol work while it is started, and does not keep it from being forgotten. */
final class PatrolThread implements Runnable {
    /** A patrol that was forgotten cannot say so. */
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final WeakReference<PatrolScrubber> scrubber;
    private final Thread thread;

    PatrolThread(final PatrolScrubber scrubber) {
        this.scrubber = new WeakReference<>(scrubber);
        this.thread = Thread.ofPlatform().daemon().name("cordon-scrub").unstarted(this);
    }

    void start() {
        thread.start();
    }

    /** There may be something to do earlier than it was said. */
    void wake() {
        LockSupport.unpark(thread);
    }

    @Override
    public void run() {
        for (long idle = work(); idle >= 0; idle = work()) {
            if (idle > 0) {
                LockSupport.parkNanos(Math.min(idle, LONGEST_NANOS));
            }
        }
    }

    /** How long to wait; negative if there is nothing left to do, ever. */
    private long work() {
        final PatrolScrubber target = scrubber.get();
        if (target == null || !target.serves(this)) {
            return -1;
        }
        try {
            return target.doWork(this) > 0 ? 0 : target.idleNanos(this);
        } catch (final RuntimeException | Error failure) {
            // Else it would look as if it were still at work.
            target.stop(this);
            throw failure;
        }
    }
}
