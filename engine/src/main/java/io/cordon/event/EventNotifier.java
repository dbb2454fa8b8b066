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

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A region's chain of listeners: takes events from the log, once they are durable, and hands each to the listeners, one
 * after the other by priority, until one claims it. All on daemon threads that hold no lock meanwhile.
 *
 * <p>Events ride on commits of the sidecar that happen anyway. Only what found no such ride for a while is made durable
 * here; if that fails it is delivered all the same. While there are no listeners, events wait.
 *
 * <p>Thread-safe. Nobody who raises an event ever waits for a listener or for the disk.
 */
public final class EventNotifier implements MediaEvents, AutoCloseable {
    /** How long the chain waits for a listener, in milliseconds. */
    public static final long PATIENCE_MILLIS = 1000;

    private static final System.Logger LOGGER = System.getLogger(EventNotifier.class.getName());
    /** For how long an event waits for a commit to ride on. */
    private static final long GRACE_MILLIS = 100;
    private static final AtomicLong THREAD_COUNT = new AtomicLong();
    private static final ExecutorService THREADS = Executors.newCachedThreadPool(task -> Thread.ofPlatform().daemon()
        .name("cordon-media-events-" + THREAD_COUNT.incrementAndGet()).unstarted(task));

    private final Executor threads;
    private final Occasions threadless = new Occasions();
    private final String name;
    private final EventLog log;
    private final EventJournal journal;
    private final OwnerMap owners;
    private final Telemetry telemetry;
    private final long patienceNanos;
    private volatile List<Lane> chain = List.of();
    private volatile boolean closed;
    /** The last number that has passed the chain. */
    private volatile long passed;
    /** Guarded by this, as are the next two. */
    private boolean running;
    private boolean woken;
    private boolean journalFailed;
    /** Whether there is something for the chain to do, and its thread could not be started. */
    private volatile boolean threadMissing;
    private volatile Runnable missingThread = () -> { };

    /**
     * A chain without listeners.
     *
     * @param name           of the region, for messages.
     * @param log            where events come from.
     * @param journal        where they are made durable.
     * @param owners         who owns what.
     * @param telemetry      counts, and takes errors.
     * @param patienceMillis how long to wait for a listener.
     */
    public EventNotifier(final String name, final EventLog log, final EventJournal journal, final OwnerMap owners,
        final Telemetry telemetry, final long patienceMillis) {
        this(name, log, journal, owners, telemetry, patienceMillis, THREADS);
    }

    /** On threads of somebody else's, for tests. */
    EventNotifier(final String name, final EventLog log, final EventJournal journal, final OwnerMap owners,
        final Telemetry telemetry, final long patienceMillis, final Executor threads) {
        this.threads = threads;
        this.name = name;
        this.log = log;
        this.journal = journal;
        this.owners = owners;
        this.telemetry = telemetry;
        log.countInto(count -> telemetry.add(Counter.COALESCED_EVENTS, count));
        this.patienceNanos = TimeUnit.MILLISECONDS.toNanos(patienceMillis);
    }

    @Override
    public void raise(
        final MediaEvent.Kind kind, final MediaEvent.Source source, final List<ByteRange> ranges) {
        if (!ranges.isEmpty()) {
            telemetry.add(Counter.EVENTS, log.raise(kind, source, ranges));
            wake();
        }
    }

    /**
     * Adds a listener. It gets the events that are not yet delivered, and those to come.
     *
     * @param priority who has the greater one is told before; of equals, who came first.
     * @param listener the listener.
     * @return its place in the chain.
     * @throws IllegalStateException if the chain is closed.
     */
    public MediaRegistration add(final int priority, final MediaListener listener) {
        final Lane lane = new Lane(this, Objects.requireNonNull(listener, "listener"), priority);
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException(name + ": the region is closed");
            }
            final List<Lane> longer = new ArrayList<>(chain);
            longer.add(lane);
            // Stable: of equals, who came first.
            longer.sort(Comparator.comparingInt(Lane::priority).reversed());
            chain = List.copyOf(longer);
            notifyAll();
        }
        wake();
        return lane;
    }

    synchronized void remove(final Lane lane) {
        final List<Lane> shorter = new ArrayList<>(chain);
        shorter.remove(lane);
        chain = List.copyOf(shorter);
    }

    @Override
    public Telemetry telemetry() {
        return telemetry;
    }

    /** Has a task run on a thread of its own; false if there is none. */
    boolean execute(final Runnable task) {
        try {
            threads.execute(task);
            return true;
        } catch (final OutOfMemoryError noThread) {
            if (threadless.isWorthALine()) {
                LOGGER.log(System.Logger.Level.ERROR,
                    () -> name + ": no thread for its media events (" + threadless + ")", noThread);
            }
            return false;
        }
    }

    /** Has the chain look whether there is something to do. */
    void wake() {
        synchronized (this) {
            woken = true;
            if (running || closed) {
                return;
            }
            running = true;
        }
        if (!execute(this::run)) {
            // Whoever raised an event has a page to recover; the event waits for the next one, or for a retry.
            synchronized (this) {
                running = false;
            }
            threadMissing = true;
            missingThread.run();
        }
    }

    /**
     * Has somebody told whenever the chain's thread cannot be started, who is to call {@link #retry} then.
     *
     * @param action what to do; called at once if a thread is missing already. It must not throw, and not block.
     */
    public void whenThreadMissing(final Runnable action) {
        missingThread = action;
        if (threadMissing) {
            action.run();
        }
    }

    /** Tries again to start the chain's thread, if there was none to be had: for whoever comes by now and then. */
    public void retry() {
        if (threadMissing) {
            threadMissing = false;
            wake();
        }
    }

    private void run() {
        while (true) {
            synchronized (this) {
                if (!woken || closed) {
                    running = false;
                    return;
                }
                woken = false;
            }
            try {
                work();
            } catch (final RuntimeException | Error failure) {
                LOGGER.log(System.Logger.Level.ERROR, () -> name + ": the chain of media listeners failed", failure);
            }
        }
    }

    private void work() {
        while (!closed) {
            if (!chain.isEmpty() && log.hasNext()) {
                deliver(log.next());
            } else if (log.isUnsettled()) {
                settle();
            } else {
                acknowledge();
                // What was unsettled at the first look, and settled by somebody at the second, is there to deliver now.
                if ((!log.isDirty() || !write(false)) && (chain.isEmpty() || !log.hasNext())) {
                    return;
                }
            }
        }
    }

    private void deliver(final MediaEvent event) {
        final MediaEvent complete = event.withOwners(owners.ownersNow(event.ranges()));
        boolean claimed = false;
        for (final Lane lane : chain) {
            if (lane.deliver(complete, patienceNanos)) {
                claimed = true;
                break;
            }
        }
        // With one step for who is through with it: whoever sees that it was delivered may close the region.
        log.passed(event, claimed, through(event.sequence()));
        passed = event.sequence();
        acknowledge();
    }

    private void settle() {
        final long oldest = log.oldestUnsettled();
        boolean isRested = false;
        try {
            isRested = rest();
            if (!isRested) {
                log.awaitSettled(GRACE_MILLIS);
            }
        } catch (InterruptedException _) {
            // Nobody here asks to stop by that: as if the time were over.
            Thread.interrupted();
        }
        if (isRested && log.oldestUnsettled() != oldest) {
            // It found its ride; what was raised since is given as much time.
            return;
        }
        if (log.isUnsettled() && !closed && !write(true)) {
            log.giveUp();
        }
    }

    /**
     * While there are no listeners, waits until one comes or the time is over. Nobody who makes an event durable need
     * wake this thread then, which would cost a recovery more than all its records, and others their processor.
     *
     * @return whether there were none all the time.
     */
    private synchronized boolean rest() throws InterruptedException {
        if (chain.isEmpty() && !closed) {
            wait(GRACE_MILLIS);
        }
        return chain.isEmpty();
    }

    /** Whether what was raised and delivered is written; a failure is reported once. */
    private boolean write(final boolean durably) {
        try {
            journal.write(durably);
            return true;
        } catch (final IOException failure) {
            final boolean first;
            synchronized (this) {
                first = !journalFailed;
                journalFailed = true;
            }
            if (first && !closed) {
                LOGGER.log(System.Logger.Level.WARNING,
                    () -> name + ": media events are delivered, but not recorded any more", failure);
            }
            return false;
        }
    }

    /** Tells the log how far everybody is. */
    void acknowledge() {
        // First of all: what has passed was put into the queues before.
        log.acknowledge(through(passed));
    }

    /** How far everybody is with what was put into the queues up to a number. */
    private long through(final long sequence) {
        long through = sequence;
        for (final Lane lane : chain) {
            through = Math.min(through, lane.firstPending() - 1);
        }
        return through;
    }

    /** Ends all delivery, without waiting for a call that runs. The next opening delivers what this did not. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * The chain as text.
     *
     * @return the region's name.
     */
    @Override
    public String toString() {
        return name;
    }
}
