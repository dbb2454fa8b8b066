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
package io.cordon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.linux.Libc;
import io.cordon.linux.Memory;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * The list of failed units, which the handler writes and the fault watch reads. A unit can be given back by a reader,
 * and fail again, while it is still on the list.
 */
@DisplayName("Law 2: No crash, and no endless loop: the handler's list")
class FaultListTest {
    private static final int UNIT_COUNT = 4;
    private static final int PROTECTION = Libc.PROT_READ | Libc.PROT_WRITE;

    private int trapFd;
    private int unitPages;
    private long unitLength;
    private long start;
    private long length;
    private LineMap lines;
    private GuardedRange range;

    @BeforeEach
    void guardFailingUnits() {
        try (Arena arena = Arena.ofConfined()) {
            trapFd = Libc.memfdCreate(arena.allocateFrom("empty"), Libc.MFD_CLOEXEC);
        }
        assertTrue(trapFd >= 0);
        unitLength = Libc.pageSize();
        unitPages = (int) (unitLength >>> Lines.PAGE_SHIFT);
        final long overhead = LineMap.overhead((long) UNIT_COUNT * unitPages) + unitLength - 1 & -unitLength;
        length = overhead + UNIT_COUNT * unitLength;
        start = Libc.mmap(0, length, PROTECTION, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);
        assertTrue(start > 0);
        final long base = start + overhead;
        assertEquals(base, Libc.mmap(
            base, UNIT_COUNT * unitLength, PROTECTION, Libc.MAP_SHARED | Libc.MAP_FIXED, trapFd, 0));
        lines = new LineMap(base, (long) UNIT_COUNT * unitPages, unitPages);
        range = GuardedRange.guard(lines);
    }

    @AfterEach
    void release() {
        range.release();
        Libc.munmap(start, length);
        Libc.close(trapFd);
    }

    /** Runs into the failure of a unit. */
    private void fault(final int unit) {
        final long page = (long) unit * unitPages;
        Memory.getLongVolatile(lines.base() + unit * unitLength);
        assertEquals(LineMap.QUARANTINED, lines.state(page));
    }

    /** Does as a reader that recovers what it ran into; the unit's next touch is a fault again. */
    private void giveBack(final long unit) throws IOException {
        assertTrue(range.giveBack(unit * unitPages, new long[unitPages], trapFd, 0, PROTECTION, Libc.MAP_SHARED));
    }

    private List<Long> take(final LongConsumer action) {
        final List<Long> units = new ArrayList<>();
        range.takeFaults(page -> {
            units.add(page / unitPages);
            assertTrue(units.size() <= UNIT_COUNT, () -> "the list has a circle: " + units);
            action.accept(page / unitPages);
        });
        return units;
    }

    @Test
    void shouldListEachFailedUnitOnce() {
        fault(0);
        fault(2);
        assertEquals(List.of(2L, 0L), take(_ -> { }));
        assertFalse(range.hasFaults());
    }

    @Test
    void shouldNotListAUnitTwiceThatFailsAgainAtTheHeadOfTheList() throws IOException {
        fault(0);
        giveBack(0);
        fault(0);
        assertEquals(List.of(0L), take(_ -> { }));
        assertFalse(range.hasFaults());
    }

    @Test
    void shouldNotListAUnitTwiceThatFailsAgainAtTheEndOfTheList() throws IOException {
        fault(0);
        fault(1);
        giveBack(0);
        fault(0);
        assertEquals(List.of(1L, 0L), take(_ -> { }));
        assertFalse(range.hasFaults());
    }

    @Test
    void shouldListAgainAUnitThatFailsAgainAfterItWasTaken() throws IOException {
        fault(3);
        take(_ -> { });
        giveBack(3);
        fault(3);
        assertEquals(List.of(3L), take(_ -> { }));
    }

    @Test
    void shouldLoseNoUnitWhenAnotherFailsAgainWhileTheListIsTaken() {
        fault(0);
        fault(1);
        fault(2);
        final List<Long> first = take(unit -> {
            if (unit == 2) {
                // Unit 1 comes next; were it listed anew here, unit 0 would be forgotten.
                try {
                    giveBack(1);
                } catch (final IOException failure) {
                    throw new AssertionError(failure);
                }
                fault(3);
                fault(1);
            }
        });
        assertEquals(List.of(2L, 1L, 0L), first);
        assertEquals(List.of(3L), take(_ -> { }));
    }
}
