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
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Step 1 of a recovery: what of a unit can be read, and its content. What an attempt before this one has salvaged, and
 * the sidecar holds, counts more than what the medium says now. Whoever is refused early looks at the medium with the
 * same eyes. Thread-safe.
 */
final class Salvage {
    private final Path path;
    private final LineMap lines;
    private final Medium medium;
    private final Sidecar sidecar;

    Salvage(final RegionParts parts) {
        this.path = parts.path();
        this.lines = parts.lines();
        this.medium = parts.medium();
        this.sidecar = parts.sidecar();
    }

    /**
     * Step 1: which lines can be read, and their content; zero for the others.
     *
     * @param damaged is set for each page to the lines that need a recovery write.
     * @param bad     is set for each page to the lines that could not be read.
     */
    void salvage(final long unit, final UnitState state, final MemorySegment content,
        final long[] damaged, final long[] bad) throws IOException {
        final SidecarContent.Begun[] begun = new SidecarContent.Begun[bad.length];
        Arrays.setAll(begun, i -> sidecar.begun(unit + i));
        content.fill((byte) 0);
        // Whoever looks finds what the medium says before we salvage, or what we found: a line that goes bad after it
        // was salvaged is not gone.
        state.look.lock();
        try {
            salvage(unit, begun, content, damaged, bad);
            for (int i = 0; i < bad.length; i++) {
                damaged[i] |= state.damaged[i];
            }
            state.gone = bad.clone();
            state.kept = new long[bad.length];
            for (int i = 0; i < bad.length; i++) {
                state.kept[i] = bad[i] == 0 ? 0 : medium.lastingBadLines(unit + i);
            }
        } finally {
            state.look.unlock();
        }
    }

    private void salvage(final long unit, final SidecarContent.Begun[] begun, final MemorySegment content,
        final long[] damaged, final long[] bad) throws IOException {
        for (int i = 0; i < bad.length; i++) {
            final SidecarContent.Begun before = begun[i];
            if (before != null) {
                // Nobody could store to the page since, and what is on the medium may be half overwritten.
                damaged[i] = Lines.ALL;
                bad[i] = before.gone();
                content.asSlice((long) i << Lines.PAGE_SHIFT).copyFrom(MemorySegment.ofArray(before.content()));
                continue;
            }
            bad[i] = unreadable(unit + i);
            checkPresent(unit + i, bad[i]);
            damaged[i] = bad[i];
            for (final ByteRange readable : Lines.ranges(unit + i, ~bad[i])) {
                medium.read(readable.offset(), content.asSlice(
                    readable.offset() - (unit << Lines.PAGE_SHIFT), readable.length()));
            }
        }
    }

    /** The lines of a page that the medium cannot read, or reads as they were before the last store. */
    long unreadable(final long page) throws IOException {
        return medium.staleLines(page, lines.hasMemoryError(lines.unit(page))) | medium.badLines(page);
    }

    /** What cannot be read may be the first that is met of a device that is gone, or that was and is back. */
    void checkPresent(final long page, final long bad) throws IOException {
        if (bad != 0 && medium.isOffline()) {
            throw new OfflineException(path);
        }
        if (bad == Lines.ALL && unreadable(page) != Lines.ALL) {
            throw new IOException(path + ": nothing of the page at offset " + (page << Lines.PAGE_SHIFT)
                + " could be read, and something a moment later");
        }
    }
}
