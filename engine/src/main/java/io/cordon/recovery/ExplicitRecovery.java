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

import io.cordon.linux.Libc;
import io.cordon.media.Units;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Recovery as the application asks for it, page by page.
 */
public final class ExplicitRecovery implements Recovery {
    /** A page that goes bad while it is being written: how often to start again. */
    private static final int ATTEMPT_LIMIT = 16;
    private static final String STRUCK = "goes bad again while it is being written";
    private static final String DIFFERS = "does not read back as it was written";

    private final Path path;
    private final PageRecovery pages;
    private final boolean readOnly;

    /**
     * Recovery for one region.
     *
     * @param path     the region's file, for messages.
     * @param pages    what makes its pages whole.
     * @param readOnly whether nothing may be written.
     */
    public ExplicitRecovery(final Path path, final PageRecovery pages, final boolean readOnly) {
        this.path = path;
        this.pages = pages;
        this.readOnly = readOnly;
    }

    @Override
    public RecoveryResult write(final long offset, final MemorySegment source) throws IOException {
        return write(offset, source.byteSize(), source);
    }

    @Override
    public RecoveryResult zero(final long offset, final long length) throws IOException {
        return write(offset, length, null);
    }

    @Override
    public RecoveryResult repair(final long offset, final long length) throws IOException {
        checkRange(offset, length);
        checkWritable();
        final Report report = new Report();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment line = arena.allocate(Lines.LENGTH, Lines.LENGTH);
            for (long page = offset >>> Lines.PAGE_SHIFT; page << Lines.PAGE_SHIFT < offset + length; page++) {
                final long index = page;
                final long mask = Lines.mask(page, offset, length);
                pages.locked(pages.lines().unit(page), state -> repairPage(index, mask, line, state, report));
            }
        }
        return report.result();
    }

    private void repairPage(final long page, final long mask, final MemorySegment line, final UnitState state,
        final Report report) throws IOException {
        final long unit = pages.lines().unit(page);
        if (pages.lines().state(unit) == LineMap.QUARANTINED) {
            pages.resolve(unit, state);
            throwFailure(state);
        }
        final int index = (int) (page - unit);
        for (long rest = state.lost[index] & mask; rest != 0; rest &= rest - 1) {
            final long offset = (page << Lines.PAGE_SHIFT)
                + ((long) Long.numberOfTrailingZeros(rest) << Lines.SHIFT);
            if (pages.supply(offset, line)) {
                writePage(page, offset, line, state, report);
            }
        }
        Lines.append(report.stillLost, page, state.lost[index] & mask);
    }

    private static void throwFailure(final UnitState state) throws IOException {
        if (state.failure != null) {
            throw new IOException(state.failure.getMessage(), state.failure);
        }
    }

    @Override
    public RecoveryResult salvage(final long offset, final MemorySegment destination) throws IOException {
        final long length = destination.byteSize();
        checkRange(offset, length);
        if (destination.isReadOnly()) {
            throw new IllegalArgumentException("the destination is read-only");
        }
        final Report report = new Report();
        for (long page = offset >>> Lines.PAGE_SHIFT; page << Lines.PAGE_SHIFT < offset + length; page++) {
            final long index = page;
            final long start = Math.max(offset, page << Lines.PAGE_SHIFT);
            final long end = Math.min(offset + length, page + 1 << Lines.PAGE_SHIFT);
            final MemorySegment part = destination.asSlice(start - offset, end - start);
            pages.locked(pages.lines().unit(page), state -> salvagePage(index, start, part, state, report));
        }
        return report.result();
    }

    private void salvagePage(final long page, final long start, final MemorySegment destination,
        final UnitState state, final Report report) throws IOException {
        final SidecarContent.Begun begun = pages.begun(page);
        final long bad = begun != null ? begun.gone() : pages.unreadable(page);
        if (begun == null) {
            // Of a device that is gone nothing is lost.
            pages.checkPresent(page, bad);
        }
        final long gone = bad | state.lost[(int) (page - pages.lines().unit(page))];
        final long end = start + destination.byteSize();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment line = arena.allocate(Lines.LENGTH, Lines.LENGTH);
            long position = start;
            while (position < end) {
                final long next = Math.min(end, (position >>> Lines.SHIFT) + 1 << Lines.SHIFT);
                final MemorySegment bytes = line.asSlice(0, next - position);
                if ((gone >>> (position >>> Lines.SHIFT) & 1) == 0) {
                    if (begun != null) {
                        MemorySegment.copy(MemorySegment.ofArray(begun.content()),
                            position - (page << Lines.PAGE_SHIFT), bytes, 0, bytes.byteSize());
                    } else {
                        pages.medium().read(position, bytes);
                    }
                    ByteRange.append(report.kept, position, next - position);
                } else {
                    bytes.fill((byte) 0);
                    ByteRange.append(report.zeroFilled, position, next - position);
                }
                MemorySegment.copy(bytes, 0, destination, position - start, next - position);
                position = next;
            }
        }
        Lines.append(report.stillLost, page, gone & Lines.mask(page, start, destination.byteSize()));
    }

    private void checkRange(final long offset, final long length) throws IOException {
        pages.checkOpen();
        final IOException offline = pages.offline();
        if (offline != null) {
            throw offline;
        }
        final long size = pages.lines().pageCount() << Lines.PAGE_SHIFT;
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new IndexOutOfBoundsException(path + ": offset " + offset + " and length " + length
                + " do not fit the size " + size);
        }
    }

    private void checkWritable() {
        if (readOnly) {
            throw new UnsupportedOperationException(path + ": the region is read-only; nothing can be recovered");
        }
    }

    private RecoveryResult write(final long offset, final long length, final MemorySegment source)
        throws IOException {
        checkRange(offset, length);
        checkWritable();
        final Report report = new Report();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(Lines.PAGE_LENGTH, Libc.pageSize());
            long position = offset;
            while (position < offset + length) {
                final long page = position >>> Lines.PAGE_SHIFT;
                final long end = Math.min(offset + length, page + 1 << Lines.PAGE_SHIFT);
                final MemorySegment content = buffer.asSlice(0, end - position);
                if (source == null) {
                    content.fill((byte) 0);
                } else {
                    content.copyFrom(source.asSlice(position - offset, end - position));
                }
                final long first = position;
                pages.locked(pages.lines().unit(page), state -> writePage(page, first, content, state, report));
                position = end;
            }
        }
        return report.result();
    }

    private void writePage(final long page, final long offset, final MemorySegment content, final UnitState state,
        final Report report) throws IOException {
        final long unit = pages.lines().unit(page);
        final int index = (int) (page - unit);
        final long touched = Lines.mask(page, offset, content.byteSize());
        // The medium refuses the write for poison in any of these.
        final long needed = Units.whole(pages.medium().units().write(), touched);
        long gone = 0;
        String trouble = null;
        for (int attempt = 0; attempt < ATTEMPT_LIMIT; attempt++) {
            if (pages.lines().state(unit) == LineMap.QUARANTINED) {
                pages.resolve(unit, state);
            } else if ((pages.medium().badLines(page) & (attempt == 0 ? needed : Lines.ALL)) != 0) {
                pages.reopen(unit, state);
            }
            throwFailure(state);
            gone |= state.lost[index];
            trouble = write(page, needed, state.lost[index] & touched, offset, content, gone);
            if (trouble == null && pages.recovered(page, state, touched)) {
                report.add(page, offset, content.byteSize(), gone, state.lost[index] & touched);
                return;
            }
        }
        throw new IOException(path + ": the page at offset " + (page << Lines.PAGE_SHIFT) + " "
            + (trouble == null ? STRUCK : trouble) + "; gave up after " + ATTEMPT_LIMIT + " attempts");
    }

    /** A lost line need not hold zeroes: a store that came too late, or through a raw segment, may have met it. */
    private void zeroRest(final long page, final long start, final long end, final long gone) throws IOException {
        if (start < end && (Lines.mask(page, start, end - start) & gone) != 0) {
            try (Arena arena = Arena.ofConfined()) {
                pages.medium().write(start, arena.allocate(end - start));
            }
        }
    }

    /** Writes, makes durable and proves; what is amiss if poison struck meanwhile, or a late store did. */
    private String write(final long page, final long needed, final long refused, final long offset,
        final MemorySegment content, final long gone) throws IOException {
        final long end = offset + content.byteSize();
        boolean same = true;
        try {
            zeroRest(page, offset & -Lines.LENGTH, offset, gone);
            zeroRest(page, end, end + Lines.LENGTH - 1 & -Lines.LENGTH, gone);
            pages.medium().write(offset, content);
            if (refused != 0) {
                pages.sync(page);
                same = readsBack(page, refused, offset, content);
            }
        } catch (final IOException failure) {
            if (pages.medium().badLines(page) == 0) {
                throw failure;
            }
            return STRUCK;
        }
        if ((pages.medium().badLines(page) & needed) != 0) {
            return STRUCK;
        }
        return same ? null : DIFFERS;
    }

    /**
     * Law 6, before anybody may see these lines. Of others nobody knows what they should be: they are stored to while
     * this runs. So may these be, once, by a store that had looked before they were refused: it is written over.
     */
    private boolean readsBack(final long page, final long refused, final long offset, final MemorySegment content)
        throws IOException {
        final long start = page << Lines.PAGE_SHIFT;
        try (Arena arena = Arena.ofConfined()) {
            // What is not asked for of a refused line is zero.
            final MemorySegment expected = arena.allocate(Lines.PAGE_LENGTH, Lines.LENGTH);
            MemorySegment.copy(content, 0, expected, offset - start, content.byteSize());
            final MemorySegment found = arena.allocate(Lines.PAGE_LENGTH, Lines.LENGTH);
            for (final ByteRange run : Lines.ranges(page, refused)) {
                final MemorySegment part = found.asSlice(run.offset() - start, run.length());
                pages.medium().readBack(run.offset(), part);
                if (part.mismatch(expected.asSlice(run.offset() - start, run.length())) >= 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Gathers what was done to each page. */
    private static final class Report {
        private final List<ByteRange> written = new ArrayList<>();
        private final List<ByteRange> kept = new ArrayList<>();
        private final List<ByteRange> zeroFilled = new ArrayList<>();
        private final List<ByteRange> stillLost = new ArrayList<>();

        void add(final long page, final long offset, final long length, final long gone, final long lost) {
            ByteRange.append(written, offset, length);
            rest(page, offset & -Lines.LENGTH, offset, gone);
            final long end = offset + length;
            rest(page, end, end + Lines.LENGTH - 1 & -Lines.LENGTH, gone);
            if (lost != 0) {
                Lines.append(stillLost, page, lost);
            }
        }

        private void rest(final long page, final long start, final long end, final long gone) {
            if (start < end) {
                final boolean isGone = (Lines.mask(page, start, end - start) & gone) != 0;
                ByteRange.append(isGone ? zeroFilled : kept, start, end - start);
            }
        }

        RecoveryResult result() {
            return new RecoveryResult(written, kept, zeroFilled, stillLost);
        }
    }
}
