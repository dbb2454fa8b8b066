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

import io.cordon.Region;
import io.cordon.event.MediaListener;
import io.cordon.media.Media;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.OfflineException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The price levels of all instruments. Pattern: <em>rebuild from the source</em>. A level whose line is lost is made
 * anew from the journal by whoever asks for it first, and nobody hears of it but the listeners.
 */
final class Book implements AutoCloseable {
    private final Region region;
    private final Journal journal;
    private final int levels;
    private final Instrument[] instruments;
    private final LongAdder rebuilt = new LongAdder();
    private final LongAdder garbage = new LongAdder();

    /** The orders of one instrument come one after the other; who only asks shares the lock. */
    private static final class Instrument {
        private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
        /** Orders that are in the journal and not yet in the region, since its device was gone. */
        private final Deque<Order> pending = new ArrayDeque<>();
    }

    Book(final Path path, final Media media, final MediaListener listener, final Journal journal,
        final int instruments, final int levels) throws IOException {
        this.journal = journal;
        this.levels = levels;
        this.instruments = new Instrument[instruments];
        final long length = (long) instruments * levels * Level.LENGTH;
        region = Region.builder(path).size(length + 4095 & -4096).media(media).mediaListener(0, listener).open();
        for (int i = 0; i < instruments; i++) {
            this.instruments[i] = new Instrument();
            region.own(offset(i, 0), (long) levels * Level.LENGTH, "levels of instrument " + i);
        }
    }

    private long offset(final int instrument, final int level) {
        return (long) number(instrument, level) * Level.LENGTH;
    }

    private int number(final int instrument, final int level) {
        return instrument * levels + level;
    }

    /**
     * Brings every level to where the journal is: after a crash, and in a new book, some are torn, or behind.
     *
     * @return how many were not there.
     */
    int catchUp() throws IOException {
        final Level[] expected = fold();
        int changed = 0;
        for (int number = 0; number < expected.length; number++) {
            if (!expected[number].equals(loadOrNull(number / levels, number % levels))) {
                write(number, expected[number]);
                changed++;
            }
        }
        return changed;
    }

    /** By a store where that does, since a recovery write waits for the disk. */
    private void write(final int number, final Level level) throws IOException {
        try {
            store(number / levels, number % levels, level);
        } catch (PoisonException _) {
            region.recovery().write((long) number * Level.LENGTH, level.toBytes(number));
        }
    }

    private Level loadOrNull(final int instrument, final int level) {
        try {
            return load(instrument, level);
        } catch (final PoisonException refused) {
            if (refused.isOffline()) {
                throw refused;
            }
            return null;
        }
    }

    /** All levels, by the journal. */
    Level[] fold() throws IOException {
        final Level[] all = new Level[instruments.length * levels];
        Arrays.fill(all, Level.EMPTY);
        journal.replay(order -> {
            final int number = number(order.instrument(), order.level());
            all[number] = all[number].plus(order);
        });
        return all;
    }

    /** Answers a request. */
    Level level(final int number, final int level) throws IOException, UnavailableException {
        final Instrument instrument = instruments[number];
        instrument.lock.readLock().lock();
        try {
            if (instrument.pending.isEmpty()) {
                return checked(load(number, level), number, level);
            }
        } catch (final PoisonException refused) {
            checkOnline(refused);
        } finally {
            instrument.lock.readLock().unlock();
        }
        instrument.lock.writeLock().lock();
        try {
            settle(number);
            return checked(load(number, level), number, level);
        } catch (final PoisonException refused) {
            checkOnline(refused);
            return rebuild(number, level);
        } finally {
            instrument.lock.writeLock().unlock();
        }
    }

    /** Holds off whoever asks for an instrument while an order changes it. */
    ReentrantReadWriteLock.WriteLock lock(final int instrument) {
        return instruments[instrument].lock.writeLock();
    }

    /** Takes in an order that the journal has already; under the instrument's lock. */
    void apply(final Order order) throws IOException {
        try {
            final Level before = checked(load(order.instrument(), order.level()), order.instrument(), order.level());
            store(order.instrument(), order.level(), before.plus(order));
        } catch (final PoisonException refused) {
            if (refused.isOffline()) {
                instruments[order.instrument()].pending.add(order);
            } else {
                rebuildOrPostpone(order);
            }
        }
    }

    private void rebuildOrPostpone(final Order order) throws IOException {
        try {
            rebuild(order.instrument(), order.level());
        } catch (UnavailableException _) {
            instruments[order.instrument()].pending.add(order);
        }
    }

    /** Makes sure that nothing is pending; under the instrument's lock. */
    void settle(final int number) throws IOException, UnavailableException {
        final Deque<Order> pending = instruments[number].pending;
        while (!pending.isEmpty()) {
            final Order order = pending.peek();
            rebuild(order.instrument(), order.level());
            pending.remove();
        }
    }

    /** The level as the journal has it, written over whatever is there. */
    private Level rebuild(final int instrument, final int level) throws IOException, UnavailableException {
        final Level[] made = {Level.EMPTY};
        journal.replay(order -> {
            if (order.instrument() == instrument && order.level() == level) {
                made[0] = made[0].plus(order);
            }
        });
        try {
            region.recovery().write(offset(instrument, level), made[0].toBytes(number(instrument, level)));
        } catch (final OfflineException gone) {
            throw new UnavailableException("the book's device is gone", gone);
        }
        rebuilt.increment();
        return made[0];
    }

    private Level load(final int instrument, final int level) {
        final int number = number(instrument, level);
        final Level[] found = new Level[1];
        region.read(offset(instrument, level), Level.LENGTH, line -> found[0] = Level.of(line, number));
        return found[0];
    }

    private void store(final int instrument, final int level, final Level content) {
        region.put(offset(instrument, level), content.toBytes(number(instrument, level)), 0, Level.LENGTH);
    }

    /** A running service writes lines whole: what does not check is garbage. */
    private Level checked(final Level found, final int instrument, final int level)
        throws IOException {
        if (found == null) {
            garbage.increment();
            throw new IOException("garbage in level " + level + " of instrument " + instrument);
        }
        return found;
    }

    private static void checkOnline(final PoisonException refused) throws UnavailableException {
        if (refused.isOffline()) {
            throw new UnavailableException("the book's device is gone", refused);
        }
    }

    /** How many levels were made anew. */
    long rebuilt() {
        return rebuilt.sum();
    }

    /** How many answers were garbage. */
    long garbage() {
        return garbage.sum();
    }

    Region region() {
        return region;
    }

    @Override
    public void close() {
        region.close();
    }
}
