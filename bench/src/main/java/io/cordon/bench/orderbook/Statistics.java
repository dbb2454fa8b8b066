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
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many orders each instrument had. Pattern: <em>refuse the request</em>. Nobody else knows these numbers, and they
 * are not worth a mirror: an instrument whose line is lost has no statistics until somebody starts them anew.
 */
final class Statistics implements AutoCloseable {
    private static final long LENGTH = 64;

    private final Region region;
    private final LongAdder refused = new LongAdder();

    Statistics(final Path path, final Media media, final MediaListener listener, final int instruments)
        throws IOException {
        region = Region.builder(path).size(instruments * LENGTH + 4095 & -4096).media(media)
            .mediaListener(0, listener).open();
        for (int i = 0; i < instruments; i++) {
            region.own(i * LENGTH, LENGTH, "statistics of instrument " + i);
        }
    }

    /** Counts an order; under the instrument's lock. */
    void count(final Order order) {
        final long at = order.instrument() * LENGTH;
        try {
            region.putLong(at, region.getLong(at) + 1);
        } catch (PoisonException _) {
            // They are lost already; an order does not wait for them.
            refused.increment();
        }
    }

    long orders(final int instrument) throws UnavailableException {
        try {
            return region.getLong(instrument * LENGTH);
        } catch (final PoisonException lost) {
            refused.increment();
            throw new UnavailableException("no statistics for instrument " + instrument, lost);
        }
    }

    /** What an operator does, knowing that the numbers begin at 0 again; how many lines that were. */
    long startAnew() throws IOException {
        final long lines = region.poison().lineCount();
        for (final ByteRange lost : region.poison().ranges()) {
            region.recovery().zero(lost.offset(), lost.length());
        }
        return lines;
    }

    /** How often it could not count or answer. */
    long refused() {
        return refused.sum();
    }

    Region region() {
        return region;
    }

    @Override
    public void close() {
        region.close();
    }
}
