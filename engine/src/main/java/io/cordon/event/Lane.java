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

import java.util.concurrent.TimeUnit;

/**
 * One listener of a chain, with the events that wait for it. It is called on a thread of its own, so that it can hang
 * without anybody else hanging; while it keeps up, the chain waits for its answers. Guarded by this.
 */
final class Lane implements MediaRegistration {
    private static final System.Logger LOGGER = System.getLogger(Lane.class.getName());
    private static final int CAPACITY = 1024;

    private final EventNotifier notifier;
    private final MediaListener listener;
    private final int priority;
    private final EventQueue queue;
    /** What the listener is busy with; null if it is not. */
    private MediaEvent current;
    private boolean running;
    /** Whether the chain does not wait for it. */
    private boolean behind;
    private boolean removed;
    private long finished;
    private long claimed;
    private long failures;
    private long timeouts;

    Lane(final EventNotifier notifier, final MediaListener listener, final int priority) {
        this.notifier = notifier;
        this.queue = new EventQueue(CAPACITY, count -> notifier.telemetry().add(Counter.COALESCED_EVENTS, count));
        this.listener = listener;
        this.priority = priority;
    }

    int priority() {
        return priority;
    }

    /**
     * Hands an event to the listener, and waits for its answer unless it is behind.
     *
     * @return whether it claims the event.
     */
    boolean deliver(final MediaEvent event, final long patienceNanos) {
        final long count;
        if (enqueue(event)) {
            work();
        }
        synchronized (this) {
            if (behind || awaitAnswer(event, patienceNanos)) {
                return claimed == event.sequence();
            }
            behind = true;
            timeouts++;
            count = timeouts;
        }
        notifier.telemetry().add(Counter.LISTENER_FAILURES, 1);
        if (Long.bitCount(count) == 1) {
            LOGGER.log(System.Logger.Level.WARNING, () -> notifier + ": the listener " + listener + " has not returned"
                + " from event " + event.sequence() + " for " + TimeUnit.NANOSECONDS.toMillis(patienceNanos)
                + " ms (time " + count + "); the chain goes on, its events are kept for it");
        }
        return false;
    }

    /** Whether the calling thread is to call the listener: there is no other, and it must be told. */
    private synchronized boolean enqueue(final MediaEvent event) {
        if (removed) {
            return false;
        }
        queue.add(event);
        if (running) {
            return false;
        }
        running = true;
        return !notifier.execute(this::work);
    }

    /** Whether there is an answer, or none to wait for any more. */
    private boolean awaitAnswer(final MediaEvent event, final long patienceNanos) {
        final long deadline = System.nanoTime() + patienceNanos;
        boolean interrupted = false;
        while (finished < event.sequence() && !removed) {
            final long rest = deadline - System.nanoTime();
            if (rest <= 0) {
                return false;
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, rest);
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return true;
    }

    private void work() {
        MediaEvent event = take();
        while (event != null) {
            finish(event, call(event));
            notifier.acknowledge();
            event = take();
        }
        notifier.wake();
    }

    private synchronized MediaEvent take() {
        current = removed || notifier.isClosed() ? null : queue.poll();
        if (current == null) {
            running = false;
            behind = false;
        }
        return current;
    }

    private synchronized void finish(final MediaEvent event, final boolean claims) {
        current = null;
        finished = event.sequence();
        if (claims) {
            claimed = finished;
        }
        notifyAll();
    }

    private boolean call(final MediaEvent event) {
        try {
            return listener.onMediaEvent(event);
        } catch (final Throwable failure) {
            report(event, failure);
            return false;
        }
    }

    private void report(final MediaEvent event, final Throwable failure) {
        final long count;
        synchronized (this) {
            failures++;
            count = failures;
        }
        notifier.telemetry().add(Counter.LISTENER_FAILURES, 1);
        notifier.telemetry().report(failure);
        // A storm would fill the disk with reports.
        if (Long.bitCount(count) == 1) {
            LOGGER.log(System.Logger.Level.WARNING, () -> notifier + ": the listener " + listener + " failed at event "
                + event.sequence() + " (time " + count + "); the chain goes on", failure);
        }
    }

    /** The first number that the listener is not through with; the greatest long if it is through with all. */
    synchronized long firstPending() {
        if (current != null) {
            return current.firstSequence();
        }
        return queue.isEmpty() ? Long.MAX_VALUE : queue.peek().firstSequence();
    }

    @Override
    public synchronized int backlog() {
        return behind ? queue.size() + (current == null ? 0 : 1) : 0;
    }

    @Override
    public synchronized long failures() {
        return failures;
    }

    @Override
    public synchronized long timeouts() {
        return timeouts;
    }

    @Override
    public void close() {
        notifier.remove(this);
        synchronized (this) {
            removed = true;
            queue.clear();
            current = null;
            notifyAll();
        }
        notifier.acknowledge();
    }
}
