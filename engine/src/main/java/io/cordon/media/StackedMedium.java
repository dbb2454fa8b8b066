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
package io.cordon.media;

import io.cordon.fault.GuardedRange;
import io.cordon.linux.NativeFile;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Several media as one. It does nothing but translate: offsets down to the leg that holds them, ranges up from it. No
 * page of the kernel's lies on two legs.
 */
final class StackedMedium implements Medium {
    /** What keeps the region's lock; null for a stack within another one. */
    private final NativeFile descriptor;
    private final StackLayout layout;
    private final List<Medium> legs;
    private final List<Long> sizes;
    private final List<Medium> bases = new ArrayList<>();
    /** For each leg the index of the first of its bases. */
    private final int[] firstBases;
    private final Units units;
    /** What is mapped: address to where that is in the stack. */
    private final ConcurrentSkipListMap<Long, ByteRange> extents = new ConcurrentSkipListMap<>();

    StackedMedium(
        final NativeFile descriptor, final StackLayout layout, final List<Medium> legs, final List<Long> sizes) {
        this.descriptor = descriptor;
        this.layout = layout;
        this.legs = List.copyOf(legs);
        this.sizes = List.copyOf(sizes);
        this.firstBases = new int[legs.size()];
        for (int i = 0; i < firstBases.length; i++) {
            firstBases[i] = bases.size();
            bases.addAll(legs.get(i).bases());
        }
        int read = Lines.LENGTH;
        int clear = Lines.LENGTH;
        int write = Lines.LENGTH;
        for (final Medium leg : legs) {
            read = Math.max(read, leg.units().read());
            clear = Math.max(clear, leg.units().clear());
            write = Math.max(write, leg.units().write());
        }
        units = new Units(read, clear, write);
    }

    /** What is done with one piece, on the leg that holds it. */
    private interface PieceAction {
        void accept(Medium leg, StackLayout.Piece piece) throws IOException;
    }

    private void forEachPiece(final long offset, final long length, final PieceAction action) throws IOException {
        long position = offset;
        while (position < offset + length) {
            final StackLayout.Piece piece = layout.down(position, offset + length - position);
            action.accept(legs.get(piece.leg()), piece);
            position += piece.length();
        }
    }

    private static MemorySegment part(final MemorySegment buffer, final long offset, final StackLayout.Piece piece) {
        return buffer.asSlice(piece.offset() - offset, piece.length());
    }

    @Override
    public Units units() {
        return units;
    }

    @Override
    public List<Medium> bases() {
        return List.copyOf(bases);
    }

    @Override
    public int base(final long page) {
        final StackLayout.Piece piece = page(page);
        return firstBases[piece.leg()] + legs.get(piece.leg()).base(piece.legOffset() >>> Lines.PAGE_SHIFT);
    }

    @Override
    public void map(final long address, final long fileOffset, final long length) throws IOException {
        extents.put(address, new ByteRange(fileOffset, length));
        forEachPiece(fileOffset, length, (leg, piece) ->
            leg.map(address + piece.offset() - fileOffset, piece.legOffset(), piece.length()));
    }

    @Override
    public void remap(final long address, final long fileOffset, final long length) throws IOException {
        forEachPiece(fileOffset, length, (leg, piece) ->
            leg.remap(address + piece.offset() - fileOffset, piece.legOffset(), piece.length()));
    }

    @Override
    public boolean mapBack(final GuardedRange range, final long unit, final long fileOffset, final long[] refused)
        throws IOException {
        final StackLayout.Piece piece = layout.down(fileOffset, (long) refused.length << Lines.PAGE_SHIFT);
        return legs.get(piece.leg()).mapBack(range, unit, piece.legOffset(), refused);
    }

    @Override
    public long directAccess(final long offset, final long length, final Access mode) throws IOException {
        long given = 0;
        while (given < length) {
            final StackLayout.Piece piece = layout.down(offset + given, length - given);
            final long part = legs.get(piece.leg()).directAccess(piece.legOffset(), piece.length(), mode);
            given += part;
            if (part < piece.length()) {
                break;
            }
        }
        return given;
    }

    /** As a device of several disks is: without one of them, it is gone. */
    @Override
    public boolean isOffline() {
        return legs.stream().anyMatch(Medium::isOffline);
    }

    @Override
    public List<ByteRange> readable(final long offset, final long length) throws IOException {
        Units.requireWhole(units.read(), offset, length);
        final List<ByteRange> ranges = new ArrayList<>();
        forEachPiece(offset, length, (leg, piece) ->
            appendUp(ranges, piece, leg.readable(piece.legOffset(), piece.length())));
        return ranges;
    }

    @Override
    public PatrolRead patrol(final long offset, final MemorySegment buffer) throws IOException {
        Units.requireWhole(units.read(), offset, buffer.byteSize());
        final List<ByteRange> bad = new ArrayList<>();
        final List<ByteRange> unread = new ArrayList<>();
        forEachPiece(offset, buffer.byteSize(), (leg, piece) -> {
            final PatrolRead read = leg.patrol(piece.legOffset(), part(buffer, offset, piece));
            appendUp(bad, piece, read.bad());
            appendUp(unread, piece, read.unread());
        });
        return new PatrolRead(bad, unread);
    }

    /** Ranges of a leg, all of them within a piece. */
    private static void appendUp(
        final List<ByteRange> ranges, final StackLayout.Piece piece, final List<ByteRange> ofLeg) {
        for (final ByteRange range : ofLeg) {
            ByteRange.append(ranges, piece.offset() + range.offset() - piece.legOffset(), range.length());
        }
    }

    /** The piece of a page that lies on one leg: all of it. */
    private StackLayout.Piece page(final long page) {
        return layout.down(page << Lines.PAGE_SHIFT, Lines.PAGE_LENGTH);
    }

    @Override
    public long badLines(final long page) throws IOException {
        final StackLayout.Piece piece = page(page);
        return legs.get(piece.leg()).badLines(piece.legOffset() >>> Lines.PAGE_SHIFT);
    }

    @Override
    public long lastingBadLines(final long page) throws IOException {
        final StackLayout.Piece piece = page(page);
        return legs.get(piece.leg()).lastingBadLines(piece.legOffset() >>> Lines.PAGE_SHIFT);
    }

    @Override
    public long staleLines(final long page, final boolean memoryError) {
        final StackLayout.Piece piece = page(page);
        return legs.get(piece.leg()).staleLines(piece.legOffset() >>> Lines.PAGE_SHIFT, memoryError);
    }

    /** Unknown if a leg's is, for all these reasons; none if no leg keeps one. */
    @Override
    public BadBlockList badBlocks() {
        final List<ByteRange> pieces = new ArrayList<>();
        final List<String> reasons = new ArrayList<>();
        boolean none = true;
        for (int leg = 0; leg < legs.size(); leg++) {
            final BadBlockList list = legs.get(leg).badBlocks();
            none &= list instanceof BadBlockList.None;
            list.unknown().ifPresent(reasons::add);
            for (final ByteRange range : list.ranges()) {
                appendUp(pieces, leg, range);
            }
        }
        if (none) {
            return new BadBlockList.None();
        }
        final List<ByteRange> ranges = merged(pieces);
        return reasons.isEmpty() ? new BadBlockList.Complete(ranges)
            : new BadBlockList.Unknown(String.join("; ", reasons), ranges);
    }

    private void appendUp(final List<ByteRange> pieces, final int leg, final ByteRange range) {
        // A device's list works in sectors of its own, and what lies after the leg must not hit another.
        final long end = Math.min(range.end(), sizes.get(leg));
        long position = range.offset();
        while (position < end) {
            final StackLayout.Piece piece = layout.up(leg, position, end - position);
            pieces.add(new ByteRange(piece.offset(), piece.length()));
            position += piece.length();
        }
    }

    private static List<ByteRange> merged(final List<ByteRange> ranges) {
        ranges.sort(Comparator.comparingLong(ByteRange::offset));
        final List<ByteRange> merged = new ArrayList<>();
        ranges.forEach(range -> ByteRange.append(merged, range.offset(), range.length()));
        return merged;
    }

    @Override
    public void onListChange(final Runnable listener) {
        legs.forEach(leg -> leg.onListChange(listener));
    }

    @Override
    public void read(final long offset, final MemorySegment buffer) throws IOException {
        forEachPiece(offset, buffer.byteSize(),
            (leg, piece) -> leg.read(piece.legOffset(), part(buffer, offset, piece)));
    }

    @Override
    public void readBack(final long offset, final MemorySegment buffer) throws IOException {
        forEachPiece(offset, buffer.byteSize(),
            (leg, piece) -> leg.readBack(piece.legOffset(), part(buffer, offset, piece)));
    }

    @Override
    public void write(final long offset, final MemorySegment buffer) throws IOException {
        forEachPiece(offset, buffer.byteSize(),
            (leg, piece) -> leg.write(piece.legOffset(), part(buffer, offset, piece)));
    }

    @Override
    public void recoveryWrite(final long offset, final MemorySegment source) throws IOException {
        Units.requireWhole(units.clear(), offset, source.byteSize());
        forEachPiece(offset, source.byteSize(),
            (leg, piece) -> leg.recoveryWrite(piece.legOffset(), part(source, offset, piece)));
    }

    /** What of a persist is one leg's: one range of it, since its parts follow each other there. */
    private static final class Share {
        private long start = Long.MAX_VALUE;
        private long end;
        private final List<ByteRange> parts = new ArrayList<>();

        void add(final long address, final StackLayout.Piece piece) {
            start = Math.min(start, piece.legOffset());
            end = piece.legOffset() + piece.length();
            ByteRange.append(parts, address, piece.length());
        }
    }

    @Override
    public void persist(final long address, final long length) throws IOException {
        persist(List.of(new ByteRange(address, length)));
    }

    @Override
    public void persist(final long fileOffset, final long length, final List<ByteRange> parts) throws IOException {
        persist(parts);
    }

    private void persist(final List<ByteRange> parts) throws IOException {
        final NavigableMap<Integer, Share> shares = new TreeMap<>();
        for (final ByteRange part : parts) {
            long position = part.offset();
            while (position < part.end()) {
                final long address = extents.floorKey(position);
                final ByteRange extent = extents.get(address);
                final long offset = extent.offset() + position - address;
                final StackLayout.Piece piece =
                    layout.down(offset, Math.min(part.end() - position, extent.end() - offset));
                shares.computeIfAbsent(piece.leg(), _ -> new Share()).add(position, piece);
                position += piece.length();
            }
        }
        persist(shares);
    }

    /** Each leg does its part, also if another one has failed. */
    private void persist(final NavigableMap<Integer, Share> shares) throws IOException {
        final List<ByteRange> failed = new ArrayList<>();
        IOException failure = null;
        for (final var entry : shares.entrySet()) {
            final Share share = entry.getValue();
            try {
                legs.get(entry.getKey()).persist(share.start, share.end - share.start, share.parts);
            } catch (final IOException thrown) {
                failed.addAll(thrown instanceof final PartialPersistException partial ? partial.parts() : share.parts);
                failure = first(failure, thrown);
            }
        }
        if (failure != null) {
            throw new PartialPersistException(merged(failed), failure);
        }
    }

    private static IOException first(final IOException failure, final IOException thrown) {
        if (failure == null) {
            return thrown;
        }
        failure.addSuppressed(thrown);
        return failure;
    }

    @Override
    public void sync() throws IOException {
        IOException failure = null;
        for (final Medium leg : legs) {
            try {
                leg.sync();
            } catch (final IOException thrown) {
                failure = first(failure, thrown);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void close() {
        legs.forEach(Medium::close);
        if (descriptor != null) {
            descriptor.close();
        }
    }
}
