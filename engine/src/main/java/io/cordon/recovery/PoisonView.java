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

import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.LineState;
import io.cordon.poison.Lines;
import io.cordon.poison.Poison;

import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which lines of a region are refused, for whoever uses it; it waits for recoveries that would change the answer. */
final class PoisonView implements Poison {
    private final Path path;
    private final LineMap lines;
    private final UnitTable units;
    private final ListedPoison listed;
    /** Keeps the region's memory. */
    private final PageRecovery pages;

    PoisonView(final PageRecovery pages, final Path path, final LineMap lines, final UnitTable units,
        final ListedPoison listed) {
        this.pages = pages;
        this.path = path;
        this.lines = lines;
        this.units = units;
        this.listed = listed;
    }

    @Override
    public boolean isClean() {
        final boolean clean = (lines.hazard() & LineMap.POISON) == 0 && listed.unknown().isEmpty();
        Reference.reachabilityFence(pages);
        return clean;
    }

    @Override
    public Optional<String> unknown() {
        return listed.unknown();
    }

    @Override
    public LineState state(final long offset) {
        final long page = offset >>> Lines.PAGE_SHIFT;
        if (offset < 0 || page >= lines.pageCount()) {
            throw new IndexOutOfBoundsException(path + ": offset " + offset + " is not below the size "
                + (lines.pageCount() << Lines.PAGE_SHIFT));
        }
        final long line = 1L << (offset >>> Lines.SHIFT);
        final long unit = lines.unit(page);
        try {
            if ((lines.word(page) & line) == 0) {
                return LineState.READABLE;
            }
            final UnitState state = units.find(unit);
            if (lines.state(unit) == LineMap.QUARANTINED || state == null) {
                return LineState.POISONED;
            }
            return (state.poisoned[(int) (page - unit)] & line) != 0 ? LineState.POISONED : LineState.LOST;
        } finally {
            Reference.reachabilityFence(pages);
        }
    }

    @Override
    public List<ByteRange> ranges() {
        final List<ByteRange> ranges = new ArrayList<>();
        pages.resolveFaults();
        for (final Map.Entry<Long, UnitState> unit : units.all().entrySet()) {
            awaitRecovery(unit.getKey(), unit.getValue());
            for (int i = 0; i < lines.unitPages(); i++) {
                Lines.append(ranges, unit.getKey() + i, lines.word(unit.getKey() + i));
            }
        }
        Reference.reachabilityFence(pages);
        return List.copyOf(ranges);
    }

    /** All of a unit is refused while it is being recovered, and most of it not any more a moment later. */
    private void awaitRecovery(final long unit, final UnitState state) {
        if (lines.state(unit) == LineMap.QUARANTINED && !pages.isClosed() && !state.lock.isHeldByCurrentThread()) {
            try {
                pages.resolve(unit);
            } catch (final IllegalStateException closed) {
                if (!pages.isClosed()) {
                    throw closed;
                }
            }
        }
    }

    @Override
    public long lineCount() {
        return ranges().stream().mapToLong(ByteRange::length).sum() / Lines.LENGTH;
    }
}
