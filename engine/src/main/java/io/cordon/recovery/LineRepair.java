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

import io.cordon.event.Occasions;
import io.cordon.event.Telemetry;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Step 2 of a recovery: lines that are gone from the medium, from whoever has a copy: the mirror, then the application.
 * An explicit repair asks the same. Thread-safe.
 */
final class LineRepair {
    /** Asked in this order for lines that are gone. */
    private final List<RepairSource> sources;
    private final Path path;
    private final Telemetry telemetry;
    private final Occasions sourceFailures = new Occasions();

    LineRepair(final Path path, final List<RepairSource> sources, final Telemetry telemetry) {
        this.path = path;
        this.sources = List.copyOf(sources);
        this.telemetry = telemetry;
    }

    /** Whether anybody might supply anything. */
    boolean isPossible() {
        return !sources.isEmpty();
    }

    /**
     * Step 2: fills lines in that could not be read, from whoever can supply them. Lines that were lost before stay
     * lost: what the application does about them is its own affair.
     *
     * @return for each page the lines that are gone nevertheless.
     */
    long[] repair(final long unit, final UnitState state, final long[] bad, final MemorySegment content) {
        final long[] gone = bad.clone();
        for (int i = 0; i < bad.length; i++) {
            for (final ByteRange line : lineByLine(unit + i, bad[i] & ~state.lost[i])) {
                final MemorySegment bytes =
                    content.asSlice(line.offset() - (unit << Lines.PAGE_SHIFT), Lines.LENGTH);
                if (supply(line.offset(), bytes)) {
                    gone[i] &= ~(1L << (line.offset() >>> Lines.SHIFT));
                } else {
                    bytes.fill((byte) 0);
                }
            }
        }
        return gone;
    }

    private List<ByteRange> lineByLine(final long page, final long mask) {
        final List<ByteRange> single = new ArrayList<>();
        for (long rest = sources.isEmpty() ? 0 : mask; rest != 0; rest &= rest - 1) {
            single.add(new ByteRange(
                (page << Lines.PAGE_SHIFT) + ((long) Long.numberOfTrailingZeros(rest) << Lines.SHIFT), Lines.LENGTH));
        }
        return single;
    }

    /** Whether a source supplies a line. A source that fails is reported, and is as one that has no answer. */
    boolean supply(final long offset, final MemorySegment line) {
        for (final RepairSource source : sources) {
            try {
                if (source.read(offset, line)) {
                    return true;
                }
            } catch (final IOException | RuntimeException failure) {
                telemetry.report(failure);
                if (sourceFailures.isWorthALine()) {
                    PageRecovery.LOGGER.log(System.Logger.Level.WARNING, () -> path + ": " + source
                        + " cannot supply the line at offset " + offset + " (" + sourceFailures + ")", failure);
                }
            }
        }
        return false;
    }
}
