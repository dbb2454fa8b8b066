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

import io.cordon.media.Medium;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Which lines are gone for certain, without waiting for a recovery: neither for one that runs nor for one that is
 * needed. None is gone that a repair source might supply.
 *
 * <p>A line may be said to be gone before the sidecar knows, if nobody can forget it. Either the medium holds it bad
 * until a recovery write clears it ({@link Medium#lastingBadLines}). Nothing writes it before the sidecar durably knows
 * that it is gone: every recovery salvages first, and no recovery has salvaged yet, or this line was bad when it did.
 * That holds in this process, and after a crash in the next one, which asks the medium anew; and on a medium that
 * refuses to clear, or pretends to, since that stays bad. Or the sidecar knows: the line was lost before. Anything else
 * is left to {@link PageRecovery#refusal}, which waits, and says why if it cannot be recovered: lines that the kernel
 * might bring back, what a persist that failed has just made suspect, a unit that could not be recovered, and a region
 * that is read-only, whose readers get a copy without anything being made durable.
 */
final class EarlyRefusal {
    private final LineMap lines;
    private final Medium medium;
    private final boolean readOnly;
    private final UnitTable units;
    private final Salvage salvage;
    private final LineRepair repair;
    private final FaultingThread faulting;

    EarlyRefusal(final RegionParts parts, final UnitTable units, final Salvage salvage, final LineRepair repair,
        final FaultingThread faulting) {
        this.lines = parts.lines();
        this.medium = parts.medium();
        this.readOnly = parts.readOnly();
        this.units = units;
        this.salvage = salvage;
        this.repair = repair;
        this.faulting = faulting;
    }

    /** All lines of a range that are gone; empty if that is not certain of all, or none is. */
    List<ByteRange> certainlyGone(final long offset, final long length) {
        if (readOnly || repair.isPossible()) {
            return List.of();
        }
        final List<ByteRange> gone = new ArrayList<>();
        final long last = offset + length - 1 >>> Lines.PAGE_SHIFT;
        units.open.readLock().lock();
        try {
            units.checkOpen();
            for (long page = offset >>> Lines.PAGE_SHIFT; page <= last; page++) {
                final long mask = Lines.mask(page, offset, length);
                if ((lines.word(page) & mask) == 0) {
                    continue;
                }
                final OptionalLong found = goneOf(page, mask);
                if (found.isEmpty()) {
                    return List.of();
                }
                Lines.append(gone, page, found.getAsLong());
            }
        } finally {
            units.open.readLock().unlock();
        }
        // The unit is left to the fault watch, which the handler has woken. To remind it from here might have the
        // scheduler run it in the place of this thread, which has an exception to throw.
        return gone;
    }

    private OptionalLong goneOf(final long page, final long mask) {
        final long unit = lines.unit(page);
        final int index = (int) (page - unit);
        final UnitState state = units.unitState(unit);
        state.look.lock();
        try {
            if (state.failure != null || state.unrecorded) {
                return OptionalLong.empty();
            }
            final long lost = state.lost[index] & mask;
            if (lines.state(unit) != LineMap.QUARANTINED) {
                return OptionalLong.of(lost);
            }
            faulting.note(unit, state);
            final boolean salvaged = state.gone != null;
            final long bad = (salvaged ? medium.badLines(page) : salvage.unreadable(page)) & mask & ~lost;
            final long gone = (salvaged ? state.gone[index] : bad) & mask & ~lost;
            final long kept = salvaged ? state.kept[index] : medium.lastingBadLines(page);
            // What went bad after it was salvaged will be served, or found again.
            return ((gone & ~kept) | (bad & ~gone)) == 0 ? OptionalLong.of(lost | gone) : OptionalLong.empty();
        } catch (IOException _) {
            // Recovery will meet it too, and say so.
            return OptionalLong.empty();
        } finally {
            state.look.unlock();
        }
    }
}
