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

import io.cordon.fault.GuardedRange;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;

/**
 * The handler's list of units that it has quarantined and nobody has looked at. It is followed up by the fault watch,
 * by whoever wants to know of all failures, and when a device comes back. Thread-safe.
 */
final class FaultList {
    /** Held by whoever follows the list up: who finds it empty must know that it is done, not just taken. */
    final ReentrantLock lock = new ReentrantLock();
    private final GuardedRange range;
    private final UnitTable units;

    FaultList(final GuardedRange range, final UnitTable units) {
        this.range = range;
        this.units = units;
    }

    /** Has all units on the list recovered; waits for whoever is at it. */
    void resolveAll(final LongConsumer resolve) {
        lock.lock();
        try {
            while (range.hasFaults()) {
                final List<Long> taken = new ArrayList<>();
                range.takeFaults(taken::add);
                Crew.forEach(taken, resolve);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes what handlers have quarantined, those that are at it included. */
    List<Long> takeQuarantined() {
        range.awaitHandlers();
        final List<Long> taken = new ArrayList<>();
        range.takeFaults(unit -> {
            units.unitState(unit);
            taken.add(unit);
        });
        return taken;
    }
}
