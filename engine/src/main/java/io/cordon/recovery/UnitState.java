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

import io.cordon.event.RecoveryTrace;

import java.io.IOException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What is known of a unit of pages that has failed at some time. Everything but the locks is guarded by {@link #lock},
 * which a recovery holds for as long as the medium takes. What an access must know sooner is changed under both locks,
 * so that {@link #look}, which nobody holds while something becomes durable, is enough to read it.
 */
final class UnitState {
    final ReentrantLock lock = new ReentrantLock();
    /** Taken after the other, if both are. */
    final ReentrantLock look = new ReentrantLock();
    /** For each page the lines that are lost; for the look too. */
    final long[] lost;
    /** For each page the lines that the medium cannot read and that could not be recovered; for the look too. */
    final long[] poisoned;
    /** For each page the lines that the medium cannot read though memory may have them: a patrol found them. */
    final long[] damaged;
    final UnitReport report;
    /**
     * For each page the lines that the running attempt could not read; null before it has salvaged the others, and from
     * just before the file is mapped back. Kept if it fails after the sidecar knew. For the look too.
     */
    long[] gone;
    /** Those of them that nobody can forget: the medium kept them bad, until the sidecar knew. For the look too. */
    long[] kept;
    /** Whether the sidecar durably knows which lines are gone; for the look too. */
    boolean journaled;
    /** Whether lines are lost that the sidecar may not know of yet; for the look too. */
    boolean unrecorded;
    /** Why the unit could not be mapped back; null while nobody has failed at it. */
    volatile IOException failure;
    /** Who ran into the failure and leaves the recovery to somebody else; null if nobody is known to. For the look. */
    Thread faulting;
    /** The hazard word as that thread's trap left it; for the look. */
    long faultingTrap;
    /** How the recovery that runs goes; null while there was none. */
    RecoveryTrace trace;
    /** The hazard word at some time after the unit was last given back. */
    volatile long givenBack;
    /** How often in a row the medium had nothing to say against the unit, and when that was last. */
    int futileCount;
    long futileNanos;

    UnitState(final int pages) {
        lost = new long[pages];
        poisoned = new long[pages];
        damaged = new long[pages];
        report = new UnitReport(pages);
    }

    /** Changes what is for the look too; the lock is held. */
    void change(final Runnable change) {
        look.lock();
        try {
            change.run();
        } finally {
            look.unlock();
        }
    }

    int poisonedCount() {
        int count = 0;
        for (final long mask : poisoned) {
            count += Long.bitCount(mask);
        }
        return count;
    }

    int refusedCount() {
        int count = 0;
        for (int i = 0; i < lost.length; i++) {
            count += Long.bitCount(lost[i] | poisoned[i]);
        }
        return count;
    }
}
