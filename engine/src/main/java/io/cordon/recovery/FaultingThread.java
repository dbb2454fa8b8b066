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

/**
 * Who ran into the failure of a unit, for the record of it: the thread that recovers it, or one that was told of lines
 * that are gone and has left the recovery to somebody else. Thread-safe.
 */
final class FaultingThread {
    private final GuardedRange range;

    FaultingThread(final GuardedRange range) {
        this.range = range;
    }

    /**
     * Under the look: notes the calling thread if it trapped in the unit; of virtual ones nobody
     * knows which of a carrier's it was.
     */
    void note(final long unit, final UnitState state) {
        final Thread thread = Thread.currentThread();
        final long trap = thread.isVirtual() ? 0 : range.lastTrap(unit, state.givenBack);
        if (trap != 0) {
            state.faulting = thread;
            state.faultingTrap = trap;
        }
    }

    /** Who ran into the failure of a unit, if that is known. */
    Thread take(final long unit, final UnitState state) {
        state.look.lock();
        try {
            note(unit, state);
            final Thread noted = state.faulting;
            state.faulting = null;
            // What was noted too late belongs to the failure before.
            return Long.compareUnsigned(state.faultingTrap, state.givenBack) > 0 ? noted : null;
        } finally {
            state.look.unlock();
        }
    }
}
