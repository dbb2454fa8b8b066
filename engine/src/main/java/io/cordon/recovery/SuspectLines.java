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

import io.cordon.event.MediaEvent;
import io.cordon.event.MediaEvents;
import io.cordon.fault.GuardedRange;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Lines whose stores a failed persist has left in doubt: they may or may not have become durable, so they count as lost
 * until they are written anew. Many units at a time, so that they share a record and a sync. Thread-safe.
 */
final class SuspectLines {
    /** How many units become suspect at a time. */
    private static final int SUSPECT_BATCH = 256;

    private final LineMap lines;
    private final GuardedRange range;
    private final Sidecar sidecar;
    private final MediaEvents events;
    private final UnitTable units;
    private final UnitRecovery recovery;

    SuspectLines(final RegionParts parts, final UnitTable units, final UnitRecovery recovery) {
        this.lines = parts.lines();
        this.range = parts.range();
        this.sidecar = parts.sidecar();
        this.events = parts.events();
        this.units = units;
        this.recovery = recovery;
    }

    /** Refuses all lines of a range; fails if that cannot be recorded, and they are refused all the same. */
    void suspect(final long offset, final long length) throws IOException {
        final long end = offset + length;
        final long step = (long) SUSPECT_BATCH * lines.unitPages() << Lines.PAGE_SHIFT;
        IOException failure = null;
        long position = offset;
        while (position < end) {
            final long next = Math.min(end, (position / step + 1) * step);
            try {
                suspectBatch(position, next - position);
            } catch (final IOException thrown) {
                failure = thrown;
            }
            position = next;
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Several units under their locks, taken in ascending order, so that they share one record and one sync. */
    private void suspectBatch(final long offset, final long length) throws IOException {
        final List<UnitState> held = new ArrayList<>();
        final NavigableMap<Long, Long> lost = new TreeMap<>();
        final List<ByteRange> failed = new ArrayList<>();
        units.open.readLock().lock();
        try {
            units.checkOpen();
            final long last = offset + length - 1 >>> Lines.PAGE_SHIFT;
            for (long page = offset >>> Lines.PAGE_SHIFT; page <= last; page++) {
                final UnitState state = units.unitState(lines.unit(page));
                state.lock.lock();
                held.add(state);
                final long mask = Lines.mask(page, offset, length);
                state.change(() -> state.unrecorded = true);
                state.report.failed(failed, page, (int) (page - lines.unit(page)), mask);
                lost.put(page, suspect(page, mask, state));
            }
            events.raise(MediaEvent.Kind.FAILURE, MediaEvent.Source.PERSIST_ERROR, failed);
            sidecar.lose(lost);
            held.forEach(state -> state.change(() -> state.unrecorded = false));
        } finally {
            held.forEach(state -> state.lock.unlock());
            units.open.readLock().unlock();
        }
    }

    private long suspect(final long page, final long mask, final UnitState state) {
        final long unit = lines.unit(page);
        units.countRefused(state, () -> state.lost[(int) (page - unit)] |= mask);
        lines.raise(LineMap.POISON);
        long refused = state.lost[(int) (page - unit)];
        while (!range.refuse(page, refused) && state.failure == null) {
            recovery.resolve(unit, state);
            // It may have found more that is gone.
            refused = state.lost[(int) (page - unit)];
        }
        return refused;
    }
}
