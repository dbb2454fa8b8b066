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
import io.cordon.fault.GuardedRange;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the sidecar says when a region is opened: which lines are lost, which recoveries were cut short, and of what
 * failed nobody has written down what became of it. Used once, before anybody can access the region.
 */
final class Restoration {
    private final LineMap lines;
    private final GuardedRange range;
    private final Sidecar sidecar;
    private final UnitTable units;
    private final PageRecovery pages;

    Restoration(final PageRecovery pages, final RegionParts parts, final UnitTable units) {
        this.pages = pages;
        this.lines = parts.lines();
        this.range = parts.range();
        this.sidecar = parts.sidecar();
        this.units = units;
    }

    /** Refuses what is lost, and finishes what was begun and not ended. */
    void restore() {
        final List<ByteRange> told = sidecar.events().failed();
        for (final Map.Entry<Long, Long> page : sidecar.lost().entrySet()) {
            final long unit = lines.unit(page.getKey());
            final UnitState state = units.unitState(unit);
            units.countRefused(state, () -> state.lost[(int) (page.getKey() - unit)] = page.getValue());
            state.report.adopt((int) (page.getKey() - unit), page.getValue());
            range.refuse(page.getKey(), page.getValue());
        }
        if (units.refusesAny()) {
            lines.raise(LineMap.POISON);
        }
        sidecar.begun().forEach((page, recovery) -> {
            // Nobody could supply these, or their persist failed: what a mirror has of them is not asked for unasked.
            final long unit = lines.unit(page);
            final UnitState state = units.unitState(unit);
            units.countRefused(state, () -> state.lost[(int) (page - unit)] |= recovery.gone());
        });
        // While it failed, all of the page was refused, and told to have failed.
        final Set<Long> begun = sidecar.begun().keySet();
        begun.forEach(page -> withdrawTold(page, Lines.ALL));
        told.forEach(range -> lookAgain(range, begun));
    }

    /**
     * Finds out how lines are that were told to have failed, and that nobody has written down as lost: the process
     * before ended, or gave up, before it could salvage anything.
     */
    private void lookAgain(final ByteRange told, final Set<Long> begun) {
        for (long page = told.offset() >>> Lines.PAGE_SHIFT; page << Lines.PAGE_SHIFT < told.end(); page++) {
            final long open = Lines.mask(page, told.offset(), told.length()) & ~sidecar.lost(page);
            if (open != 0 && !begun.contains(page)) {
                withdrawTold(page, open);
            }
        }
    }

    /** Withdraws and recovers a page of which lines were told to have failed. */
    private void withdrawTold(final long page, final long told) {
        final long unit = lines.unit(page);
        units.unitState(unit).report.adopt((int) (page - unit), told);
        pages.withdraw(page, MediaEvent.Source.FAULT);
    }
}
