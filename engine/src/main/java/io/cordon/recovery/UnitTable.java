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
package io.cordon.recovery;

import io.cordon.event.Counter;
import io.cordon.event.Telemetry;
import io.cordon.fault.GuardedRange;
import io.cordon.poison.LineMap;

import java.io.IOException;
import java.nio.file.Path;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The units of a region that ever failed, each with its state and its lock, and how many of their lines are refused.
 * Whoever does anything to a unit does it in {@link #locked}, while the region is open; when the last line is served
 * again, the hazard flag goes down. Thread-safe; no unit waits for another.
 *
 * <p>Every step of a recovery works on it. It does not keep the region's memory: {@link PageRecovery}, through which
 * all calls come, is kept reachable by its own methods until they return.
 */
final class UnitTable {
    private final Path path;
    private final LineMap lines;
    private final GuardedRange range;
    private final Telemetry telemetry;
    private final ConcurrentSkipListMap<Long, UnitState> states = new ConcurrentSkipListMap<>();
    /** Lines that are refused, or are about to be, in units that are not quarantined. */
    private final AtomicLong refusedLines = new AtomicLong();
    /** Held for reading by whoever works on the medium, for writing by whoever closes it. */
    final ReentrantReadWriteLock open = new ReentrantReadWriteLock();

    UnitTable(final RegionParts parts) {
        this.path = parts.path();
        this.lines = parts.lines();
        this.range = parts.range();
        this.telemetry = parts.events().telemetry();
    }

    /** An action on one unit, under its lock. */
    interface UnitAction {
        void run(UnitState state) throws IOException;
    }

    /** The state of a unit, which has one from now on. */
    UnitState unitState(final long unit) {
        return states.computeIfAbsent(unit, _ -> new UnitState(lines.unitPages()));
    }

    /** The state of a unit, or null if it never failed. */
    UnitState find(final long unit) {
        return states.get(unit);
    }

    /** All units that ever failed, by the index of their first page; grows meanwhile. */
    NavigableMap<Long, UnitState> all() {
        return states;
    }

    /** For what is done without a unit; {@link #locked} looks itself. */
    void checkOpen() {
        if (isClosed()) {
            throw new IllegalStateException("the region over " + path + " is closed");
        }
    }

    /** Runs an action on a unit under its lock, unless the region is closed. */
    void locked(final long unit, final UnitAction action) throws IOException {
        open.readLock().lock();
        try {
            checkOpen();
            final UnitState state = unitState(unit);
            state.lock.lock();
            try {
                action.run(state);
            } finally {
                state.lock.unlock();
            }
        } finally {
            open.readLock().unlock();
        }
        lowerHazard();
    }

    /** Does something with the files, which stay open meanwhile. */
    <R> R whileOpen(final PageRecovery.FileAction<R> action) throws IOException {
        open.readLock().lock();
        try {
            checkOpen();
            return action.run();
        } finally {
            open.readLock().unlock();
        }
    }

    /** Waits for what runs, and does what ends all of it before anybody else can see that. */
    void close(final Runnable action) {
        open.writeLock().lock();
        try {
            action.run();
        } finally {
            open.writeLock().unlock();
        }
    }

    boolean isClosed() {
        return lines.isClosed();
    }

    /** Changes a state; lines that become refused are counted before, those that stop after nobody sees them. */
    void countRefused(final UnitState state, final Runnable change) {
        final int before = state.refusedCount();
        final int poisonedBefore = state.poisonedCount();
        state.change(change);
        final int more = state.refusedCount() - before;
        final int morePoisoned = state.poisonedCount() - poisonedBefore;
        refusedLines.addAndGet(more);
        telemetry.add(Counter.POISONED_LINES, morePoisoned);
        telemetry.add(Counter.LOST_LINES, more - morePoisoned);
    }

    private void lowerHazard() {
        final long hazard = lines.hazard();
        if ((hazard & LineMap.POISON) != 0 && refusedLines.get() == 0) {
            range.lower(hazard);
        }
    }

    /** Whether lines are refused, or about to be, in units that are not quarantined. */
    boolean refusesAny() {
        return refusedLines.get() != 0;
    }
}
