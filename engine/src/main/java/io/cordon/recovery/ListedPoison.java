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
import io.cordon.event.RecoveryTrace;
import io.cordon.media.BadBlockList;
import io.cordon.media.Medium;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the medium's own list of bad places says: pages on it are withdrawn and recovered before anybody runs into them,
 * and a list that is not known whole makes the region unknown. Thread-safe.
 */
final class ListedPoison {
    private final Path path;
    private final LineMap lines;
    private final Medium medium;
    private final boolean readOnly;
    private final UnitTable units;
    private final UnitRecovery recovery;
    private final ReentrantLock listReading = new ReentrantLock();
    private volatile BadBlockList badBlocks = new BadBlockList.Unknown("it has not been read yet", List.of());

    ListedPoison(final RegionParts parts, final UnitTable units, final UnitRecovery recovery) {
        this.path = parts.path();
        this.lines = parts.lines();
        this.medium = parts.medium();
        this.readOnly = parts.readOnly();
        this.units = units;
        this.recovery = recovery;
    }

    /** Why it is not known what is bad, if that is so. */
    Optional<String> unknown() {
        return badBlocks.unknown();
    }

    /** Reads the list, and withdraws and recovers the pages on it. */
    void read(final MediaEvent.Source source) {
        final BadBlockList list;
        final boolean isNews;
        listReading.lock();
        try {
            list = medium.badBlocks();
            isNews = !list.unknown().equals(badBlocks.unknown());
            // Before anything is withdrawn: unknown is not clean.
            badBlocks = list;
        } finally {
            listReading.unlock();
        }
        if (units.isClosed()) {
            return;
        }
        if (isNews) {
            list.unknown().ifPresent(reason -> PageRecovery.LOGGER.log(System.Logger.Level.WARNING,
                () -> path + ": which lines are poisoned is unknown; the first access will tell: " + reason));
        }
        for (final ByteRange bad : list.ranges()) {
            final long last = Math.min(bad.end() - 1 >>> Lines.PAGE_SHIFT, lines.pageCount() - 1);
            for (long page = bad.offset() >>> Lines.PAGE_SHIFT; page <= last; page++) {
                withdrawListed(page, Lines.mask(page, bad.offset(), bad.length()), source);
            }
        }
    }

    /** Withdraws and recovers a page of which lines were on a list, unless that has been done since it was read. */
    private void withdrawListed(final long page, final long mask, final MediaEvent.Source source) {
        final long unit = lines.unit(page);
        try {
            units.locked(unit, state -> {
                // All of a quarantined unit is refused already, and one that failed waits for an explicit recovery.
                if (lines.state(unit) == LineMap.QUARANTINED) {
                    if (state.failure == null) {
                        recovery.resolve(unit, state);
                    }
                } else if (readOnly ? (mask & ~lines.word(page)) != 0 : isListed(unit)) {
                    recovery.withdraw(unit, state, source);
                }
            });
        } catch (final IOException failure) {
            // It is refused all the same, and the next access of it tries again.
            recovery.count(unit, RecoveryTrace.Outcome.FAILED, failure);
        }
    }

    /** What is on the list of a read-only region stays there, so nothing of it says what was done about it. */
    private boolean isListed(final long unit) throws IOException {
        final long length = (long) lines.unitPages() << Lines.PAGE_SHIFT;
        return medium.directAccess(unit << Lines.PAGE_SHIFT, length, Medium.Access.ACCESS) < length;
    }

    /** As {@link #read}; then what is on the list still. */
    BadBlockList reread() {
        read(MediaEvent.Source.BAD_BLOCK_LIST);
        units.open.readLock().lock();
        try {
            units.checkOpen();
            listReading.lock();
            try {
                badBlocks = medium.badBlocks();
                return badBlocks;
            } finally {
                listReading.unlock();
            }
        } finally {
            units.open.readLock().unlock();
        }
    }
}
