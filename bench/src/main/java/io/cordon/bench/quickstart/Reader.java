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
package io.cordon.bench.quickstart;

import io.cordon.Region;
import io.cordon.poison.PoisonException;

import org.HdrHistogram.Histogram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Supplier;

/** A thread of the service: random 8-byte loads, each timed and compared with the source. */
final class Reader implements Runnable {
    private static final int BATCH = 256;
    private static final long GOLDEN_RATIO = 0x9E37_79B9_7F4A_7C15L;
    private static final long MULTIPLIER = 0xD134_2543_DE82_EF95L;

    private final Region region;
    private final MemorySegment source;
    private final Ledger ledger;
    private final Repairer repairer;
    private final Promises promises;
    private final Supplier<Phase> phase;
    private final Histogram[] latencies = new Histogram[Phase.values().length];
    private final Histogram refusals = Latencies.histogram();
    private long random;
    private volatile long loadCount;
    private volatile long refusedCount;

    Reader(final Region region, final MemorySegment source, final Ledger ledger, final Repairer repairer,
        final Promises promises, final Supplier<Phase> phase, final long seed) {
        this.region = region;
        this.source = source;
        this.ledger = ledger;
        this.repairer = repairer;
        this.promises = promises;
        this.phase = phase;
        this.random = seed;
        for (int i = 0; i < latencies.length; i++) {
            latencies[i] = Latencies.histogram();
        }
    }

    @Override
    public void run() {
        try {
            for (Phase now = phase.get(); now != Phase.OVER; now = phase.get()) {
                loadCount += batch(latencies[now.ordinal()]);
            }
        } catch (final Throwable failure) {
            // An InternalError of the virtual machine too: that is what must not happen.
            promises.failure("a reading thread died of " + failure);
        }
    }

    /** Returns how many loads returned a value. */
    private int batch(final Histogram histogram) {
        final long bound = region.size() - (Long.BYTES - 1);
        int served = 0;
        for (int i = 0; i < BATCH; i++) {
            final long offset = Math.unsignedMultiplyHigh(nextRandom(), bound);
            final long value;
            final long end;
            final long begin = System.nanoTime();
            try {
                value = region.getLong(offset);
                end = System.nanoTime();
            } catch (final PoisonException refusal) {
                refused(offset, begin, System.nanoTime(), refusal);
                continue;
            }
            Latencies.record(histogram, end - begin);
            served++;
            if (value != source.get(ValueLayout.JAVA_LONG_UNALIGNED, offset)) {
                garbage(offset, value);
            }
        }
        return served;
    }

    private long nextRandom() {
        random += GOLDEN_RATIO;
        final long mixed = (random ^ random >>> 32) * MULTIPLIER;
        return (mixed ^ mixed >>> 32) * MULTIPLIER;
    }

    private void garbage(final long offset, final long value) {
        promises.garbage(String.format("the load at offset %d returned 0x%016x, the source has 0x%016x",
            offset, value, source.get(ValueLayout.JAVA_LONG_UNALIGNED, offset)));
    }

    private void refused(final long offset, final long begin, final long end, final PoisonException refusal) {
        Latencies.record(refusals, end - begin);
        refusedCount++;
        final String wrong = ledger.judge(offset, Long.BYTES, begin, end, refusal.ranges());
        if (wrong != null) {
            promises.wrongException("the exception of the load at offset " + offset + " " + wrong + ": "
                + refusal.ranges());
        }
        repairer.report(refusal.ranges());
    }

    /** Loads that returned a value, so far. */
    long loadCount() {
        return loadCount;
    }

    /** Loads that were refused, so far. */
    long refusedCount() {
        return refusedCount;
    }

    /** To be read when the thread has ended. */
    Histogram latencies(final Phase of) {
        return latencies[of.ordinal()];
    }

    /** From the load to its exception; to be read when the thread has ended. */
    Histogram refusals() {
        return refusals;
    }
}
