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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.poison.ByteRange;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The chain of listeners, over a journal in memory. The storm: -Dcordon.events.storm=100000. */
@DisplayName("Events: no loss, no duplicate numbers, claims honoured, whatever listeners do")
class EventNotifierTest {
    private static final long SEED = Long.getLong("cordon.events.seed", 20261120);
    private static final int STORM = Integer.getInteger("cordon.events.storm", 12_000);
    private static final int THREADS = 3;
    private static final int LINES = 3000;
    private static final long SIZE = LINES * 64L;
    private static final long PATIENCE_MILLIS = 200;
    private static final long WAIT_SECONDS = 60;
    private static final Logger LOGGER = Logger.getLogger("io.cordon");

    private final EventLog log = new EventLog();
    private final OwnerMap owners = new OwnerMap(SIZE);
    private final MemoryJournal journal = new MemoryJournal();
    private final Telemetry telemetry = new Telemetry("test");
    private final EventNotifier notifier =
        new EventNotifier("test", log, journal, owners, telemetry, PATIENCE_MILLIS);

    /** Failures of listeners are what the tests are about; their reports are not. */
    @BeforeAll
    static void silence() {
        LOGGER.setLevel(Level.OFF);
    }

    @AfterAll
    static void speak() {
        LOGGER.setLevel(null);
    }

    /** Keeps what it is given. */
    private final class MemoryJournal implements EventJournal {
        private final List<MediaEvent> events = Collections.synchronizedList(new ArrayList<>());
        private volatile boolean fails;

        @Override
        public synchronized void write(final boolean durably) throws IOException {
            if (fails) {
                throw new IOException("the journal fails, as the test asked for");
            }
            log.takeAcknowledgement();
            events.addAll(log.takeRaised());
            if (durably && !events.isEmpty()) {
                log.durable(events.getLast().sequence());
            }
        }
    }

    /** Remembers what it is told, and what follows from it. */
    private static final class Recorder implements MediaListener {
        private final List<MediaEvent> events = Collections.synchronizedList(new ArrayList<>());
        private final BitSet failed = new BitSet();
        private final BitSet everFailed = new BitSet();
        private final BitSet everRecovered = new BitSet();

        @Override
        public boolean onMediaEvent(final MediaEvent event) {
            synchronized (this) {
                for (final ByteRange range : event.ranges()) {
                    final int first = (int) (range.offset() / 64);
                    final int end = (int) (range.end() / 64);
                    final boolean isFailure = event.kind() == MediaEvent.Kind.FAILURE;
                    failed.set(first, end, isFailure);
                    (isFailure ? everFailed : everRecovered).set(first, end);
                }
            }
            events.add(event);
            return false;
        }

        synchronized BitSet failed() {
            return (BitSet) failed.clone();
        }

        List<Long> sequences() {
            return events.stream().map(MediaEvent::sequence).toList();
        }
    }

    private void fail(final long line) {
        notifier.raise(MediaEvent.Kind.FAILURE, MediaEvent.Source.FAULT, List.of(new ByteRange(line * 64, 64)));
    }

    private void recover(final long line) {
        notifier.raise(MediaEvent.Kind.RECOVERED, MediaEvent.Source.RECOVERY, List.of(new ByteRange(line * 64, 64)));
    }

    private static void await(final BooleanSupplier condition, final String what) throws InterruptedException {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "waited in vain: " + what);
            Thread.sleep(1);
        }
    }

    private void awaitAcknowledged() throws InterruptedException {
        await(() -> log.acknowledged() == log.lastSequence(), "all events acknowledged");
    }

    private static void awaitLatch(final CountDownLatch latch) {
        try {
            latch.await();
        } catch (final InterruptedException thrown) {
            throw new AssertionError(thrown);
        }
    }

    private List<MediaOutcome> outcomes() {
        return log.list().stream().map(LoggedEvent::outcome).toList();
    }

    @Test
    void shouldCallListenersByPriorityAndStopWhereOneClaims() throws Exception {
        final List<String> calls = Collections.synchronizedList(new ArrayList<>());
        notifier.add(0, _ -> calls.add("low") && false);
        notifier.add(5, event -> calls.add("claims odd") && event.sequence() % 2 == 1);
        notifier.add(9, _ -> calls.add("high") && false);
        notifier.add(5, _ -> calls.add("second of equals") && false);
        fail(1);
        awaitAcknowledged();
        assertEquals(List.of("high", "claims odd"), List.copyOf(calls));
        calls.clear();
        fail(2);
        awaitAcknowledged();
        assertEquals(List.of("high", "claims odd", "second of equals", "low"), List.copyOf(calls));
        assertEquals(List.of(MediaOutcome.CLAIMED, MediaOutcome.UNCLAIMED), outcomes());
    }

    @Test
    void shouldKeepEventsForTheFirstListener() throws Exception {
        fail(1);
        fail(2);
        await(() -> !log.isUnsettled(), "durable without listeners");
        assertEquals(List.of(MediaOutcome.PENDING, MediaOutcome.PENDING), outcomes());
        final Recorder recorder = new Recorder();
        notifier.add(0, recorder);
        awaitAcknowledged();
        assertEquals(List.of(1L, 2L), recorder.sequences());
    }

    @Test
    void shouldNameOwnersAsOfDelivery() throws Exception {
        owners.own(0, 4096, "file", 8192);
        owners.own(64, 64, "gone", 0).close();
        final Recorder recorder = new Recorder();
        notifier.add(0, recorder);
        fail(1);
        awaitAcknowledged();
        final OwnedRange owned = recorder.events.getFirst().owners().getFirst();
        assertEquals(new OwnedRange("file", new ByteRange(64, 64), 8192 + 64), owned);
        assertEquals(1, recorder.events.getFirst().owners().size());
        assertEquals(new ByteRange(8256, 64), owned.ownerRange());
    }

    @Test
    void shouldDeliverNothingBeforeItIsDurableUnlessItCannotBe() throws Exception {
        final Recorder recorder = new Recorder();
        final List<Integer> durable = Collections.synchronizedList(new ArrayList<>());
        notifier.add(1, _ -> durable.add(journal.events.size()) && false);
        notifier.add(0, recorder);
        fail(1);
        awaitAcknowledged();
        assertEquals(List.of(1), List.copyOf(durable));
        journal.fails = true;
        fail(2);
        awaitAcknowledged();
        assertEquals(List.of(1L, 2L), recorder.sequences());
    }

    @Test
    void shouldGoOnAfterAListenerThatThrows() throws Exception {
        final Recorder recorder = new Recorder();
        final MediaRegistration throwing = notifier.add(1, _ -> {
            throw new StackOverflowError("as the test asked for");
        });
        notifier.add(0, recorder);
        for (int i = 0; i < 5; i++) {
            fail(i);
        }
        awaitAcknowledged();
        assertEquals(5, recorder.events.size());
        assertEquals(5, throwing.failures());
        assertEquals(5, telemetry.get(Counter.LISTENER_FAILURES));
        throwing.close();
        throwing.close();
        fail(9);
        awaitAcknowledged();
        assertEquals(5, throwing.failures());
    }

    @Test
    void shouldGoOnWithoutAListenerThatHangsAndKeepItsEvents() throws Exception {
        final CountDownLatch hang = new CountDownLatch(1);
        final Recorder late = new Recorder();
        final Recorder recorder = new Recorder();
        final MediaRegistration hanging = notifier.add(1, event -> {
            awaitLatch(hang);
            return late.onMediaEvent(event);
        });
        notifier.add(0, recorder);
        for (int i = 0; i < 7; i++) {
            fail(i);
        }
        await(() -> recorder.events.size() == 7, "the others are told");
        assertEquals(1, hanging.timeouts(), "and wait for it once");
        assertEquals(1, telemetry.get(Counter.LISTENER_FAILURES));
        await(() -> hanging.backlog() == 7, "its events are kept");
        assertEquals(0, log.acknowledged(), "what it has not seen is not delivered");
        hang.countDown();
        awaitAcknowledged();
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L), late.sequences());
        await(() -> hanging.backlog() == 0, "caught up");
    }

    @Test
    void shouldGiveAListenerThatIsBehindNothingAfterTheEnd() throws Exception {
        final CountDownLatch hang = new CountDownLatch(1);
        final Recorder late = new Recorder();
        final MediaRegistration hanging = notifier.add(0, event -> {
            awaitLatch(hang);
            return late.onMediaEvent(event);
        });
        for (int i = 0; i < 4; i++) {
            fail(i);
        }
        await(() -> hanging.backlog() == 4, "its events are kept");
        notifier.close();
        hang.countDown();
        await(() -> hanging.backlog() == 0, "it is through with its call");
        assertEquals(List.of(1L), late.sequences());
    }

    @Test
    void shouldForgetAHangingListenerThatIsTakenOut() throws Exception {
        final CountDownLatch hang = new CountDownLatch(1);
        final CountDownLatch called = new CountDownLatch(1);
        final MediaRegistration hanging = notifier.add(1, _ -> {
            called.countDown();
            awaitLatch(hang);
            return false;
        });
        fail(1);
        called.await();
        hanging.close();
        awaitAcknowledged();
        hang.countDown();
        notifier.close();
        assertThrows(IllegalStateException.class, () -> notifier.add(0, _ -> false));
    }

    @Test
    @DisplayName("A storm of faults under fast, slow, throwing, hanging and claiming listeners")
    void shouldLoseNothingInAStorm() throws Exception {
        final CountDownLatch hang = new CountDownLatch(1);
        final Set<Long> claimed = Collections.synchronizedSet(new HashSet<>());
        final Recorder first = new Recorder();
        final Recorder last = new Recorder();
        final Recorder late = new Recorder();
        final Recorder claims = new Recorder();
        notifier.add(9, first);
        notifier.add(8, event -> {
            awaitLatch(hang);
            return late.onMediaEvent(event);
        });
        final MediaRegistration throwing = notifier.add(7, _ -> {
            throw new IllegalStateException("as the test asked for");
        });
        notifier.add(6, event -> {
            if (event.sequence() % 5 != 0) {
                return false;
            }
            claimed.add(event.sequence());
            claims.onMediaEvent(event);
            return true;
        });
        notifier.add(5, event -> {
            LockSupport.parkNanos(1000);
            return last.onMediaEvent(event);
        });
        final BitSet truth = storm();
        await(() -> !outcomes().contains(MediaOutcome.PENDING), "all events passed the chain");
        hang.countDown();
        awaitAcknowledged();
        final String context = "seed " + SEED;
        assertEquals(STORM / THREADS * THREADS, log.lastSequence(), context);
        for (final Recorder recorder : List.of(first, late)) {
            assertComplete(recorder, context);
            assertEquals(truth, recorder.failed(), context);
            assertEquals(first.everFailed, recorder.everFailed, context);
            assertEquals(first.everRecovered, recorder.everRecovered, context);
        }
        assertTrue(throwing.failures() > 0, context);
        assertFalse(claimed.isEmpty(), context);
        final Set<Long> seen = new HashSet<>(last.sequences());
        assertEquals(last.events.size(), seen.size(), "no duplicates; " + context);
        seen.retainAll(claimed);
        assertEquals(Set.of(), seen, "claimed events went on; " + context);
        last.everFailed.or(claims.everFailed);
        last.everRecovered.or(claims.everRecovered);
        assertEquals(first.everFailed, last.everFailed, context);
        assertEquals(first.everRecovered, last.everRecovered, context);
    }

    private void assertComplete(final Recorder recorder, final String context) {
        long next = 1;
        for (final MediaEvent event : recorder.events) {
            assertEquals(next, event.firstSequence(), context);
            assertTrue(event.sequence() >= next, context);
            next = event.sequence() + 1;
        }
        assertEquals(log.lastSequence() + 1, next, context);
    }

    /** Each thread has lines of its own that fail and recover in turn. */
    private BitSet storm() throws InterruptedException {
        final List<BitSet> failed = new ArrayList<>();
        final List<Thread> threads = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            final int self = thread;
            final BitSet own = new BitSet();
            failed.add(own);
            threads.add(Thread.ofPlatform().start(() -> {
                final SplittableRandom random = new SplittableRandom(SEED + self);
                for (int i = 0; i < STORM / THREADS; i++) {
                    final int line = random.nextInt(LINES / THREADS) * THREADS + self;
                    own.flip(line);
                    if (own.get(line)) {
                        fail(line);
                    } else {
                        recover(line);
                    }
                }
            }));
        }
        for (final Thread thread : threads) {
            thread.join();
        }
        final BitSet all = new BitSet();
        failed.forEach(all::or);
        return all;
    }

    @Test
    void shouldCoalesceWithoutLossAndWithTheLastWordLast() {
        final SplittableRandom random = new SplittableRandom(SEED);
        for (int round = 0; round < 200; round++) {
            final String context = "seed " + SEED + ", round " + round;
            final EventQueue queue = new EventQueue(0, _ -> { });
            final Recorder direct = new Recorder();
            final int count = random.nextInt(1, 400);
            MediaEvent.Kind device = null;
            for (int i = 1; i <= count; i++) {
                final MediaEvent.Kind kind = MediaEvent.Kind.values()[random.nextInt(4)];
                final boolean isDevice = kind == MediaEvent.Kind.OFFLINE || kind == MediaEvent.Kind.ONLINE;
                final ByteRange range = isDevice ? new ByteRange(0, SIZE)
                    : new ByteRange(random.nextLong(50) * 64, random.nextLong(1, 9) * 64);
                final MediaEvent event = new MediaEvent(kind, MediaEvent.Source.values()[random.nextInt(6)],
                    List.of(range), Instant.EPOCH, i, i, false, List.of());
                if (isDevice) {
                    device = kind;
                } else {
                    direct.onMediaEvent(event);
                }
                queue.add(event);
            }
            final Recorder told = new Recorder();
            long next = 1;
            MediaEvent.Kind toldDevice = null;
            for (final MediaEvent event : queue.list()) {
                assertEquals(next, event.firstSequence(), context);
                next = event.sequence() + 1;
                if (event.kind() == MediaEvent.Kind.OFFLINE || event.kind() == MediaEvent.Kind.ONLINE) {
                    toldDevice = event.kind();
                } else {
                    told.onMediaEvent(event);
                }
            }
            assertEquals(count + 1, next, context);
            // 29 ranges of each source at the most, three times; a fourth of that is more than the fixed number.
            assertTrue(queue.size() <= 29 * MediaEvent.Source.values().length * 3 / 4, context);
            assertEquals(direct.failed(), told.failed(), context);
            assertEquals(direct.everFailed, told.everFailed, context);
            assertEquals(direct.everRecovered, told.everRecovered, context);
            assertEquals(device, toldDevice, context);
        }
    }

    @Test
    @DisplayName("Each event is told by itself, or is part of another and counted as that: before the chain, and in it")
    void shouldCountWhatBecomesPartOfAnother() throws Exception {
        final int count = 3000;
        for (int i = 0; i < count; i++) {
            fail(i % LINES);
        }
        journal.write(true);
        final Recorder waited = new Recorder();
        final MediaRegistration registration = notifier.add(0, waited);
        awaitAcknowledged();
        registration.close();
        final long before = telemetry.get(Counter.COALESCED_EVENTS);
        assertTrue(before > 0);
        assertEquals(count, before + waited.events.size());
        final CountDownLatch hang = new CountDownLatch(1);
        final Recorder late = new Recorder();
        final MediaRegistration hanging = notifier.add(0, event -> {
            awaitLatch(hang);
            return late.onMediaEvent(event);
        });
        for (int i = 0; i < count; i++) {
            fail(i % LINES);
            if (i % 100 == 0) {
                // The chain takes them before they are too many.
                journal.write(true);
                await(() -> !outcomes().contains(MediaOutcome.PENDING), "all events passed the chain");
            }
        }
        await(() -> !outcomes().contains(MediaOutcome.PENDING), "all events passed the chain");
        assertTrue(hanging.backlog() < count);
        hang.countDown();
        awaitAcknowledged();
        assertEquals(count, telemetry.get(Counter.COALESCED_EVENTS) - before + late.events.size());
        assertTrue(late.events.size() < count);
    }

    @Test
    @DisplayName("Who sees that an event was delivered may close the region: it is not delivered again")
    void shouldAcknowledgeWithTheOutcome() throws Exception {
        notifier.add(0, _ -> false);
        for (int i = 1; i <= STORM / 10; i++) {
            fail(i % LINES);
            journal.write(true);
            final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
            // At once, not a moment later.
            while (outcomes().getLast() == MediaOutcome.PENDING) {
                assertTrue(System.nanoTime() < deadline, "event " + i + " is not delivered");
                Thread.onSpinWait();
            }
            assertEquals(i, log.acknowledged());
        }
    }

    @Test
    @DisplayName("An event that somebody makes durable just while the chain looks for work is not left lying")
    void shouldMissNothingThatBecomesDurableMeanwhile() throws Exception {
        notifier.add(0, _ -> false);
        for (int i = 1; i <= STORM; i++) {
            fail(i % LINES);
            // So that each moment of the chain's look is met.
            final long start = System.nanoTime();
            while (System.nanoTime() - start < i % 50 * 1000) {
                Thread.onSpinWait();
            }
            journal.write(true);
            for (int look = 0; log.acknowledged() < i && look < 100_000; look++) {
                Thread.onSpinWait();
            }
            final int last = i;
            await(() -> log.acknowledged() == last, "event " + i);
        }
    }

    @Test
    @DisplayName("Without threads for listeners the chain calls them itself; without one for the chain, events wait")
    void shouldLoseNothingWithoutThreads() throws Exception {
        final AtomicInteger left = new AtomicInteger();
        final Executor threads = task -> {
            if (left.getAndDecrement() <= 0) {
                throw new OutOfMemoryError("unable to create native thread (on purpose)");
            }
            Thread.ofPlatform().daemon().start(task);
        };
        final Recorder first = new Recorder();
        final Recorder second = new Recorder();
        try (EventNotifier bare =
            new EventNotifier("test", log, journal, owners, telemetry, PATIENCE_MILLIS, threads)) {
            bare.add(1, first);
            bare.add(0, second);
            bare.raise(MediaEvent.Kind.FAILURE, MediaEvent.Source.FAULT, List.of(new ByteRange(0, 64)));
            assertEquals(List.of(MediaOutcome.PENDING), outcomes());
            left.set(1);
            bare.raise(MediaEvent.Kind.FAILURE, MediaEvent.Source.FAULT, List.of(new ByteRange(64, 64)));
            awaitAcknowledged();
            assertEquals(List.of(1L, 2L), first.sequences());
            assertEquals(List.of(1L, 2L), second.sequences());
            assertEquals(List.of(MediaOutcome.UNCLAIMED, MediaOutcome.UNCLAIMED), outcomes());
            final AtomicInteger told = new AtomicInteger();
            bare.whenThreadMissing(told::incrementAndGet);
            assertEquals(1, told.get(), "at once, if a thread was missing already");
            bare.raise(MediaEvent.Kind.FAILURE, MediaEvent.Source.FAULT, List.of(new ByteRange(128, 64)));
            assertEquals(2, told.get(), "who is to retry must be told");
            bare.retry();
            assertEquals(3, told.get());
            left.set(1);
            bare.retry();
            awaitAcknowledged();
            assertEquals(List.of(1L, 2L, 3L), first.sequences());
        }
    }
}
