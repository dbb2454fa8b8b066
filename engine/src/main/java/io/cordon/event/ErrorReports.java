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

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongConsumer;

/**
 * The errors that a region met on its own account, for whoever keeps a log of distinct ones: recoveries that failed,
 * content that could not be made durable, repair sources and listeners that threw. Thread-safe.
 *
 * <p>Whoever reports an error never waits and never calls foreign code; so errors are taken from here, not pushed.
 */
public final class ErrorReports {
    private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();
    private final LongConsumer dropped;

    ErrorReports(final LongConsumer dropped) {
        this.dropped = dropped;
    }

    /** Someone who takes errors, until it is closed. Thread-safe. */
    public final class Subscription implements AutoCloseable {
        private final ArrayBlockingQueue<Throwable> queue;

        private Subscription(final int capacity) {
            queue = new ArrayBlockingQueue<>(capacity);
        }

        /**
         * Takes the oldest error.
         *
         * @return null if there is none.
         */
        public Throwable poll() {
            return queue.poll();
        }

        /** Takes no more errors; what waits can still be polled. A second call does nothing. */
        @Override
        public void close() {
            subscriptions.remove(this);
        }
    }

    /**
     * Keeps the errors that come from now on until somebody takes them.
     *
     * @param capacity how many; positive. What comes when there are so many is dropped, and counted as
     *                 {@link Counter#DROPPED_ERRORS}.
     * @return who takes them.
     * @throws IllegalArgumentException if the capacity is not positive.
     */
    public Subscription subscribe(final int capacity) {
        final Subscription subscription = new Subscription(capacity);
        subscriptions.add(subscription);
        return subscription;
    }

    void report(final Throwable error) {
        for (final Subscription subscription : subscriptions) {
            if (!subscription.queue.offer(error)) {
                dropped.accept(1);
            }
        }
    }
}
