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

import java.io.IOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets callers that want the same thing made durable at the same time share one call. Thread-safe.
 *
 * <p>A failure is the failure of everybody who shared the call: a second call that succeeds would prove nothing of what
 * the first one was asked for.
 */
final class GroupSync {
    private final SyncAction action;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition done = lock.newCondition();
    private long requested;
    private long finished;
    private long failed;
    private Throwable failure;
    private boolean running;

    /** What makes durable. */
    interface SyncAction {
        void run() throws IOException;
    }

    GroupSync(final SyncAction action) {
        this.action = action;
    }

    /** Returns when all that was written before the call is durable. */
    void sync() throws IOException {
        lock.lock();
        try {
            final long ticket = ++requested;
            while (finished < ticket) {
                if (running) {
                    done.awaitUninterruptibly();
                } else {
                    lead();
                }
            }
            if (ticket <= failed) {
                throw new IOException(failure.getMessage(), failure);
            }
        } finally {
            lock.unlock();
        }
    }

    private void lead() {
        final long last = requested;
        running = true;
        Throwable thrown = null;
        lock.unlock();
        try {
            action.run();
        } catch (final Throwable caught) {
            // Whatever it was: nothing was made durable, and those who wait must not take it for done.
            thrown = caught;
        } finally {
            lock.lock();
            running = false;
            finished = last;
            if (thrown != null) {
                failed = last;
                failure = thrown;
            }
            done.signalAll();
        }
    }
}
