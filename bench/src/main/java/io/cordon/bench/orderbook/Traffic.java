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
package io.cordon.bench.orderbook;

import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/** Threads that trade, threads that ask, and one that lets lines fail, until they are told to stop. */
final class Traffic {
    private static final long STRIKE_NANOS = 15_000_000;
    private static final int REQUEST_KINDS = 8;
    /** Which of the regions is struck how often. */
    private static final int[] STRUCK = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2};

    private final OrderBook service;
    private final List<Thread> threads = new ArrayList<>();
    private final Queue<String> broken = new ConcurrentLinkedQueue<>();
    private final LongAdder orders = new LongAdder();
    private final LongAdder answers = new LongAdder();
    private final LongAdder unavailable = new LongAdder();
    private final LongAdder strikes = new LongAdder();
    private volatile boolean stopped;
    private volatile boolean striking = true;

    /** What a thread does again and again. */
    private interface Work {
        void run(SplittableRandom random) throws IOException, UnavailableException;
    }

    Traffic(final OrderBook service) {
        this.service = service;
    }

    /** Starts as many threads of both kinds. */
    void start(final int count, final long seed, final SimulatedMedia... media) {
        final SplittableRandom seeds = new SplittableRandom(seed);
        for (int i = 0; i < count; i++) {
            final int first = i;
            start("trade-" + i, seeds.split(), random -> trade(random, first, count));
            start("ask-" + i, seeds.split(), new Asker()::ask);
        }
        start("strike", seeds.split(), random -> strike(random, media));
    }

    private void start(final String name, final SplittableRandom random, final Work work) {
        threads.add(Thread.ofPlatform().name(name).start(() -> {
            while (!stopped) {
                try {
                    work.run(random);
                } catch (UnavailableException _) {
                    unavailable.increment();
                } catch (final IOException | RuntimeException failure) {
                    broken.add(name + ": " + failure);
                    return;
                }
            }
        }));
    }

    /** A trader's orders come from one thread. */
    private void trade(final SplittableRandom random, final int first, final int step)
        throws IOException, UnavailableException {
        final int trader = first + step * random.nextInt((OrderBook.TRADERS - 1 - first) / step + 1);
        service.submit(random.nextInt(OrderBook.INSTRUMENTS), random.nextInt(OrderBook.LEVELS), trader,
            random.nextInt(1, 100) * (random.nextBoolean() ? 1 : -1));
        orders.increment();
    }

    /** Knows what it was told before: a level never goes back. */
    private final class Asker {
        private final long[] seen = new long[OrderBook.INSTRUMENTS * OrderBook.LEVELS];

        void ask(final SplittableRandom random) throws IOException, UnavailableException {
            final int instrument = random.nextInt(OrderBook.INSTRUMENTS);
            switch (random.nextInt(REQUEST_KINDS)) {
                case 0 -> service.orders(instrument);
                case 1 -> askForPosition(random.nextInt(OrderBook.TRADERS));
                default -> askForLevel(instrument, random.nextInt(OrderBook.LEVELS));
            }
            answers.increment();
        }

        private void askForLevel(final int instrument, final int level) throws IOException, UnavailableException {
            final int number = instrument * OrderBook.LEVELS + level;
            final Level answer = service.level(instrument, level);
            if (answer.sequence() < seen[number]) {
                broken.add("level " + level + " of instrument " + instrument + " went back from order " + seen[number]
                    + " to " + answer.sequence());
            }
            seen[number] = answer.sequence();
        }

        private void askForPosition(final int trader) throws UnavailableException {
            try {
                service.position(trader);
            } catch (final PoisonException lost) {
                throw new UnavailableException("no position of trader " + trader, lost);
            }
        }
    }

    /** Poisons a line of one of the regions, and tells nobody. */
    private void strike(final SplittableRandom random, final SimulatedMedia... media) throws IOException {
        LockSupport.parkNanos(STRIKE_NANOS);
        if (striking) {
            // The book is the largest, and the statistics are not made whole while it serves.
            final int which = STRUCK[random.nextInt(STRUCK.length)];
            final int[] lines = {OrderBook.INSTRUMENTS * OrderBook.LEVELS, OrderBook.TRADERS, OrderBook.INSTRUMENTS};
            media[which].inject((long) random.nextInt(lines[which]) * Level.LENGTH, Level.LENGTH);
            strikes.increment();
        }
    }

    /** Lets no more lines fail; those that have may be latent still. */
    void stopStriking() {
        striking = false;
    }

    void stop() throws InterruptedException {
        stopped = true;
        for (final Thread thread : threads) {
            thread.join();
        }
    }

    /** What must not happen, and did. */
    List<String> broken() {
        return List.copyOf(broken);
    }

    long orders() {
        return orders.sum();
    }

    long answers() {
        return answers.sum();
    }

    long unavailable() {
        return unavailable.sum();
    }

    long strikes() {
        return strikes.sum();
    }
}
