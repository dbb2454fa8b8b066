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
import io.cordon.poison.RangeSet;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * A region's media events, from the moment they are raised until long after they were delivered: their numbers, and how
 * far each of them has come. It knows no listener and no file. Thread-safe; its lock is held for moments only and no
 * other is taken under it.
 *
 * <pre>
 *  raise ──► raised ──(takeRaised)──► written ──(durable)──► waiting ──(next)──► delivered ──(acknowledge)──► history
 * </pre>
 *
 * What is waiting or delivered is coalesced when there is too much of it; what was acknowledged is forgotten, the
 * oldest first.
 */
public final class EventLog {
    /** How many acknowledged events are kept. */
    public static final int HISTORY_LENGTH = 256;
    private static final int CAPACITY = 1024;
    /** An event's ranges fit one record of the sidecar. */
    private static final int MAX_RANGES = 1024;

    private final ArrayDeque<MediaEvent> raised = new ArrayDeque<>();
    private final ArrayDeque<MediaEvent> written = new ArrayDeque<>();
    private final EventQueue waiting = new EventQueue(CAPACITY, this::countCoalesced);
    /** Passed to the chain, and not known to be through with by every listener. */
    private final ArrayDeque<LoggedEvent> delivered = new ArrayDeque<>();
    private final ArrayDeque<LoggedEvent> history = new ArrayDeque<>();
    private LongConsumer coalesced = _ -> { };
    private long lastSequence;
    private long acknowledged;
    private long acknowledgedInFile;
    /** Numbers of claimed events that the file does not know to be claimed. */
    private final List<Long> claimed = new ArrayList<>();

    /** An empty log. */
    public EventLog() {
        // Nothing has happened yet.
    }

    /**
     * What an earlier process left.
     *
     * @param past         events and what became of them, in order; those that were not acknowledged are delivered
     *                     again.
     * @param sequence     the last number that was given.
     * @param acknowledgement the last number that needs no delivery any more.
     */
    public synchronized void adopt(
        final List<LoggedEvent> past, final long sequence, final long acknowledgement) {
        lastSequence = sequence;
        acknowledged = acknowledgement;
        acknowledgedInFile = acknowledgement;
        for (final LoggedEvent entry : past) {
            if (entry.event().sequence() <= acknowledgement) {
                remember(entry);
            } else {
                waiting.add(entry.event().again());
            }
        }
    }

    /**
     * Numbers an event.
     *
     * @param kind   what happened.
     * @param source how it was found out.
     * @param ranges where; as {@link MediaEvents#raise}.
     * @return how many events that became.
     */
    public synchronized long raise(
        final MediaEvent.Kind kind, final MediaEvent.Source source, final List<ByteRange> ranges) {
        final Instant now = Instant.ofEpochMilli(System.currentTimeMillis());
        for (int start = 0; start < ranges.size(); start += MAX_RANGES) {
            lastSequence++;
            raised.add(new MediaEvent(kind, source, ranges.subList(start, Math.min(ranges.size(), start + MAX_RANGES)),
                now, lastSequence, lastSequence, false, List.of()));
        }
        return (ranges.size() + MAX_RANGES - 1) / MAX_RANGES;
    }

    /**
     * Takes what the journal has not got.
     *
     * @return events in order.
     */
    public synchronized List<MediaEvent> takeRaised() {
        final List<MediaEvent> taken = List.copyOf(raised);
        written.addAll(raised);
        raised.clear();
        return taken;
    }

    /**
     * What was taken last could not be written.
     *
     * @param events          what {@link #takeRaised} returned; nothing else was taken since.
     * @param acknowledgement what {@link #takeAcknowledgement} returned; may be null.
     */
    public synchronized void putBack(final List<MediaEvent> events, final Acknowledgement acknowledgement) {
        for (int i = events.size() - 1; i >= 0; i--) {
            if (written.peekLast() == events.get(i)) {
                raised.addFirst(written.removeLast());
            }
        }
        if (acknowledgement != null) {
            claimed.addAll(0, acknowledgement.claimed());
            acknowledgedInFile = acknowledgement.before();
        }
    }

    /**
     * Events may be delivered.
     *
     * @param sequence of the last of them.
     */
    public synchronized void durable(final long sequence) {
        while (!written.isEmpty() && written.peek().sequence() <= sequence) {
            waiting.add(written.poll());
        }
        notifyAll();
    }

    /** Nothing more can be made durable; what was raised is delivered all the same. */
    synchronized void giveUp() {
        written.addAll(raised);
        raised.clear();
        durable(lastSequence);
    }

    /** Whether something was raised that is not known to be durable. */
    synchronized boolean isUnsettled() {
        return !raised.isEmpty() || !written.isEmpty();
    }

    /** The number of the first event that was raised and is not known to be durable; 0 if there is none. */
    synchronized long oldestUnsettled() {
        final MediaEvent oldest = written.isEmpty() ? raised.peek() : written.peek();
        return oldest == null ? 0 : oldest.sequence();
    }

    /** Who counts the events that become part of another one. */
    synchronized void countInto(final LongConsumer counter) {
        coalesced = counter;
    }

    private void countCoalesced(final long count) {
        coalesced.accept(count);
    }

    /** Waits for somebody to make durable what was raised; returns at once if nothing was. */
    synchronized void awaitSettled(final long millis) throws InterruptedException {
        if (isUnsettled()) {
            wait(millis);
        }
    }

    /** Whether an event can be delivered. */
    synchronized boolean hasNext() {
        return !waiting.isEmpty();
    }

    /** Takes the next event to deliver; null if there is none. */
    synchronized MediaEvent next() {
        final MediaEvent event = waiting.poll();
        if (event != null) {
            if (delivered.size() >= CAPACITY) {
                coalesceDelivered();
            }
            delivered.add(new LoggedEvent(event, MediaOutcome.PENDING));
        }
        return event;
    }

    /** Who hangs forever must not have the log grow forever. */
    private void coalesceDelivered() {
        // Not counted: these were delivered one by one.
        final List<MediaEvent> few = Coalescing.of(delivered.stream().map(LoggedEvent::event).toList());
        final boolean allClaimed = delivered.stream().allMatch(entry -> entry.outcome() == MediaOutcome.CLAIMED);
        delivered.clear();
        few.forEach(event -> delivered.add(
            new LoggedEvent(event, allClaimed ? MediaOutcome.CLAIMED : MediaOutcome.UNCLAIMED)));
    }

    /** The event that was taken last has passed the chain; every listener is through with those up to a number. */
    synchronized void passed(final MediaEvent event, final boolean isClaimed, final long through) {
        delivered.removeLast();
        delivered.add(new LoggedEvent(event, isClaimed ? MediaOutcome.CLAIMED : MediaOutcome.UNCLAIMED));
        if (isClaimed) {
            claimed.add(event.sequence());
            if (claimed.size() > CAPACITY) {
                claimed.removeFirst();
            }
        }
        acknowledge(through);
    }

    /** Every listener is through with the events up to a number. */
    synchronized void acknowledge(final long sequence) {
        while (!delivered.isEmpty() && delivered.peek().event().sequence() <= sequence) {
            final LoggedEvent entry = delivered.poll();
            acknowledged = entry.event().sequence();
            remember(entry);
        }
    }

    private void remember(final LoggedEvent entry) {
        if (history.size() >= HISTORY_LENGTH) {
            history.poll();
        }
        history.add(entry);
    }

    /**
     * Whether the journal lacks something.
     *
     * @return true if events were raised or acknowledged that it has not got.
     */
    public synchronized boolean isDirty() {
        return !raised.isEmpty() || acknowledged > acknowledgedInFile;
    }

    /**
     * What the journal is to know of deliveries.
     *
     * @param acknowledged number of the last event that needs no delivery any more.
     * @param claimed      numbers of claimed events that the journal has not got.
     * @param before       the number that the journal has.
     */
    public record Acknowledgement(long acknowledged, List<Long> claimed, long before) {
        /** Copies the list. */
        public Acknowledgement {
            claimed = List.copyOf(claimed);
        }
    }

    /**
     * Takes what the journal does not know of deliveries.
     *
     * @return null if it knows all.
     */
    public synchronized Acknowledgement takeAcknowledgement() {
        if (acknowledged <= acknowledgedInFile && claimed.isEmpty()) {
            return null;
        }
        final Acknowledgement taken = new Acknowledgement(acknowledged, claimed, acknowledgedInFile);
        acknowledgedInFile = acknowledged;
        claimed.clear();
        return taken;
    }

    /**
     * All that the log knows.
     *
     * @return entries in order; what was raised last may not be durable yet.
     */
    public synchronized List<LoggedEvent> list() {
        final List<LoggedEvent> all = new ArrayList<>(history);
        all.addAll(delivered);
        waiting.list().forEach(event -> all.add(new LoggedEvent(event, MediaOutcome.PENDING)));
        written.forEach(event -> all.add(new LoggedEvent(event, MediaOutcome.PENDING)));
        raised.forEach(event -> all.add(new LoggedEvent(event, MediaOutcome.PENDING)));
        return all;
    }

    /**
     * What was told to have failed, and not to have recovered since, as far as the log reaches back.
     *
     * @return ranges; ascending and merged.
     */
    public synchronized List<ByteRange> failed() {
        final RangeSet failed = new RangeSet();
        for (final LoggedEvent entry : list()) {
            if (entry.event().kind() == MediaEvent.Kind.FAILURE) {
                entry.event().ranges().forEach(failed::add);
            } else if (entry.event().kind() == MediaEvent.Kind.RECOVERED) {
                entry.event().ranges().forEach(failed::remove);
            }
        }
        return failed.ranges();
    }

    /**
     * Takes all, to write the journal anew.
     *
     * @return entries in order, what was raised included.
     */
    public synchronized List<LoggedEvent> takeAll() {
        final List<LoggedEvent> all = list();
        takeRaised();
        return all;
    }

    /**
     * The last number that was given.
     *
     * @return 0 if none was.
     */
    public synchronized long lastSequence() {
        return lastSequence;
    }

    /**
     * The last number that needs no delivery any more.
     *
     * @return 0 if none does.
     */
    public synchronized long acknowledged() {
        return acknowledged;
    }
}
