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
import io.cordon.media.Medium;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What a patrol could not read: looked at again under the unit's lock, and recovered as a fault would have it, though
 * memory may still have what the medium has not. Thread-safe.
 */
final class LatentPoison {
    private final LineMap lines;
    private final Medium medium;
    private final boolean readOnly;
    private final UnitTable units;
    private final UnitRecovery recovery;

    LatentPoison(final RegionParts parts, final UnitTable units, final UnitRecovery recovery) {
        this.lines = parts.lines();
        this.medium = parts.medium();
        this.readOnly = parts.readOnly();
        this.units = units;
        this.recovery = recovery;
    }

    /** Looks again at a unit, and recovers it; see {@link PageRecovery#recoverLatent}. */
    long[] recover(final long unit, final long[] known) throws IOException {
        final long[] found = new long[lines.unitPages()];
        units.locked(unit, state -> {
            if (lines.state(unit) == LineMap.QUARANTINED || !find(unit, known, found)) {
                return;
            }
            if (!readOnly) {
                for (int i = 0; i < found.length; i++) {
                    state.damaged[i] |= found[i];
                }
            }
            recovery.withdraw(unit, state, MediaEvent.Source.SCRUB);
            if (state.failure instanceof OfflineException) {
                Arrays.fill(found, 0);
                Arrays.fill(state.damaged, 0);
            }
        });
        return found;
    }

    /** Whether the unit is to be recovered for what is found. */
    private boolean find(final long unit, final long[] known, final long[] found) throws IOException {
        boolean recover = false;
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment page = arena.allocate(Lines.PAGE_LENGTH, Lines.PAGE_LENGTH);
            for (int i = 0; i < found.length; i++) {
                for (final ByteRange bad : medium.patrol(unit + i << Lines.PAGE_SHIFT, page).bad()) {
                    found[i] |= Lines.mask(unit + i, bad.offset(), bad.length());
                }
                // What is refused in a read-only region is as recovered as it can be.
                found[i] &= ~known[i] & (readOnly ? ~lines.word(unit + i) : Lines.ALL);
                recover |= found[i] != 0 && (!readOnly || (medium.badLines(unit + i) & found[i]) != 0);
            }
        }
        return recover;
    }
}
