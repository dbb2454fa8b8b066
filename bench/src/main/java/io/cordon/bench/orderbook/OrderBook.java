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
import io.cordon.media.Media;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.Lock;

/**
 * The service: takes orders, tells levels, positions and statistics, whatever happens to the media under it. All
 * methods may be called by any thread.
 */
final class OrderBook implements AutoCloseable {
    static final int INSTRUMENTS = 16;
    static final int LEVELS = 64;
    static final int TRADERS = 64;

    private final Journal journal;
    private final Book book;
    private final Positions positions;
    private final Statistics statistics;
    private final Object[] traderLocks = new Object[TRADERS];
    private final int staleLevels;
    private final int staleOrders;

    /** The media of the three regions; a service in earnest leaves them out and gets what suits the files. */
    record Disks(Media book, Media positions, Media statistics) {
    }

    /** Opens the service, or creates it, and brings it to where the journal is. */
    OrderBook(final Path folder, final Disks disks, final Alerts alerts) throws IOException {
        for (int i = 0; i < TRADERS; i++) {
            traderLocks[i] = new Object();
        }
        journal = new Journal(folder.resolve("journal"));
        book = new Book(
            folder.resolve("book"), disks.book(), alerts.of("book"), journal, INSTRUMENTS, LEVELS);
        positions = new Positions(folder.resolve("positions"), disks.positions(), folder.resolve("positions.mirror"),
            alerts.of("positions"), TRADERS);
        statistics = new Statistics(
            folder.resolve("statistics"), disks.statistics(), alerts.of("statistics"), INSTRUMENTS);
        staleLevels = book.catchUp();
        staleOrders = positions.catchUp(journal);
    }

    /**
     * Takes an order. It is durable when this returns.
     *
     * @throws UnavailableException if the book's device is gone; nothing has been done then.
     */
    Order submit(final int instrument, final int level, final int trader, final long quantity)
        throws IOException, UnavailableException {
        synchronized (traderLocks[trader]) {
            final Order order = enter(instrument, level, trader, quantity);
            positions.apply(order);
            return order;
        }
    }

    private Order enter(final int instrument, final int level, final int trader, final long quantity)
        throws IOException, UnavailableException {
        final Lock lock = book.lock(instrument);
        lock.lock();
        try {
            book.settle(instrument);
            book.level(instrument, level);
            final Order order = journal.append(instrument, level, trader, quantity);
            book.apply(order);
            statistics.count(order);
            return order;
        } finally {
            lock.unlock();
        }
    }

    Level level(final int instrument, final int level) throws IOException, UnavailableException {
        return book.level(instrument, level);
    }

    long position(final int trader) {
        return positions.position(trader);
    }

    long orders(final int instrument) throws UnavailableException {
        return statistics.orders(instrument);
    }

    Journal journal() {
        return journal;
    }

    Book book() {
        return book;
    }

    Statistics statistics() {
        return statistics;
    }

    Positions positions() {
        return positions;
    }

    List<Region> regions() {
        return List.of(book.region(), positions.region(), statistics.region());
    }

    /** How many levels were torn, lost or behind when the service was opened. */
    int staleLevels() {
        return staleLevels;
    }

    /** How many orders the positions had not had. */
    int staleOrders() {
        return staleOrders;
    }

    @Override
    public void close() throws IOException {
        book.close();
        positions.close();
        statistics.close();
        journal.close();
    }
}
