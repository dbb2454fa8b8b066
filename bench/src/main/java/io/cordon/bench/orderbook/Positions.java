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

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What each trader holds. Pattern: <em>mirror</em>. Nothing else is asked for it, so a second file keeps what was
 * persisted; lines that are lost come back from there unasked.
 *
 * <p>A trader has a line with two slots of three longs: sequence, position, check. The older one is written, so that a
 * process that is killed in between has the other.
 */
final class Positions implements AutoCloseable {
    private static final long LENGTH = 64;
    private static final int SLOTS = 2;
    private static final long SLOT_LENGTH = 3 * Long.BYTES;
    private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;

    private final Region region;
    private final int traders;

    /** What a slot holds, and which of the two it is. */
    private record Slot(int index, long sequence, long position) {
        long check() {
            return (sequence * FACTOR ^ position) * FACTOR;
        }
    }

    Positions(final Path path, final Media media, final Path mirror, final MediaListener listener, final int traders)
        throws IOException {
        this.traders = traders;
        region = Region.builder(path).size(traders * LENGTH + 4095 & -4096).media(media)
            .mirror(mirror, Media.file()).mediaListener(0, listener).open();
        region.own(0, traders * LENGTH, "positions");
    }

    /** Takes in the orders that a killed process had in its journal alone. */
    int catchUp(final Journal journal) throws IOException {
        // What that process stored and did not persist is here and not in the mirror.
        region.persist();
        final long[] first = new long[traders];
        for (int trader = 0; trader < traders; trader++) {
            first[trader] = newest(trader).sequence();
        }
        final List<Order> missing = new ArrayList<>();
        journal.replay(order -> {
            if (order.sequence() > first[order.trader()]) {
                missing.add(order);
            }
        });
        for (final Order order : missing) {
            apply(order);
        }
        return missing.size();
    }

    /**
     * Adds an order to its trader's position, durably; a trader's orders come one after the other.
     *
     * @throws PoisonException if the mirror could not help.
     */
    void apply(final Order order) throws IOException {
        final long at = order.trader() * LENGTH;
        // Again if a repair has put back what was persisted before.
        for (Slot newest = newest(order.trader()); newest.sequence() < order.sequence();
            newest = newest(order.trader())) {
            final Slot next = new Slot(
                1 - newest.index(), order.sequence(), newest.position() + order.quantity());
            final long slot = at + next.index() * SLOT_LENGTH;
            region.putLong(slot, next.sequence());
            region.putLong(slot + Long.BYTES, next.position());
            region.putLong(slot + 2 * Long.BYTES, next.check());
            region.persist(at, LENGTH);
        }
    }

    long position(final int trader) {
        return newest(trader).position();
    }

    private Slot newest(final int trader) {
        Slot newest = new Slot(0, 0, 0);
        for (int index = 0; index < SLOTS; index++) {
            final long slot = trader * LENGTH + index * SLOT_LENGTH;
            final Slot found = new Slot(index, region.getLong(slot), region.getLong(slot + Long.BYTES));
            if (region.getLong(slot + 2 * Long.BYTES) == found.check() && found.sequence() > newest.sequence()) {
                newest = found;
            }
        }
        return newest;
    }

    Region region() {
        return region;
    }

    @Override
    public void close() {
        region.close();
    }
}
