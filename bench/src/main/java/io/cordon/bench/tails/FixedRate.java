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
package io.cordon.bench.tails;

import org.HdrHistogram.Histogram;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Loads at a fixed rate, on a schedule that waits for nobody: a load that comes late because the one before it was slow
 * counts from when it was due. So a stall of a millisecond shows in all the loads that were due in it, as it would to
 * those who had asked for them (no coordinated omission). Not thread-safe.
 */
final class FixedRate {
    /** The longest that a histogram holds; what is longer counts as this. */
    static final long HIGHEST = TimeUnit.MINUTES.toNanos(1);
    /** Significant digits of a histogram. */
    static final int DIGITS = 3;
    /** Who sleeps wakes this long before the load is due, since the kernel wakes nobody on the nanosecond. */
    private static final long MARGIN = TimeUnit.MICROSECONDS.toNanos(150);
    private static final long SEED = 0x2545_F491_4F6C_DD1DL;

    /** What is loaded from. */
    interface Source {
        /** The word at an offset, which is {@link Words#at}. */
        long load(long offset);
    }

    private final Source source;
    private final long mask;
    private final long interval;
    private final boolean sleeps;
    private final Histogram loads = new Histogram(HIGHEST, DIGITS);
    private final Histogram accesses = new Histogram(HIGHEST, DIGITS);
    private final Histogram pauses = new Histogram(HIGHEST, DIGITS);
    private long behind;
    private long random = SEED;

    /**
     * @param source   what is loaded from.
     * @param size     offsets are below it; a power of two.
     * @param interval between two loads, in nanoseconds.
     * @param sleeps   whether to sleep between loads; else the thread spins, and keeps its processor.
     */
    FixedRate(final Source source, final long size, final long interval, final boolean sleeps) {
        this.source = source;
        mask = size - Long.BYTES;
        this.interval = interval;
        this.sleeps = sleeps;
    }

    /**
     * Loads, and counts what is due between two points in time.
     *
     * @param begin of the schedule, by System.nanoTime().
     * @param from  from when on loads count.
     * @param until when the schedule ends.
     */
    void run(final long begin, final long from, final long until) {
        loads.reset();
        accesses.reset();
        pauses.reset();
        behind = 0;
        for (long due = begin; due - until < 0; due += interval) {
            load(due, due - from >= 0);
        }
    }

    private void load(final long due, final boolean counts) {
        long start = System.nanoTime();
        final boolean early = start - due < 0;
        if (early) {
            start = await(due);
        }
        random = Words.next(random);
        final long offset = random & mask;
        final long value = source.load(offset);
        final long end = System.nanoTime();
        if (value != Words.at(offset)) {
            throw new IllegalStateException("offset " + offset + " holds " + Long.toHexString(value));
        }
        if (counts) {
            record(loads, end - due);
            record(accesses, end - start);
            if (early) {
                record(pauses, start - due);
            } else {
                behind++;
            }
        }
    }

    private long await(final long due) {
        long now = System.nanoTime();
        while (now - due < 0) {
            if (sleeps && due - now > MARGIN) {
                LockSupport.parkNanos(due - now - MARGIN);
            } else {
                Thread.onSpinWait();
            }
            now = System.nanoTime();
        }
        return now;
    }

    private static void record(final Histogram histogram, final long nanos) {
        histogram.recordValue(Math.min(nanos, HIGHEST));
    }

    /** From when a load was due to when its value was there. */
    Histogram loads() {
        return loads;
    }

    /** From when a load began to when its value was there. */
    Histogram accesses() {
        return accesses;
    }

    /** How late the thread was for a load although it had waited for it: nothing but the machine and the JVM. */
    Histogram pauses() {
        return pauses;
    }

    /** Loads that were due before the one before them was done. */
    long behind() {
        return behind;
    }
}
