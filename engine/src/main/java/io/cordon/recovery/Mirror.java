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
import io.cordon.media.Medium;
import io.cordon.media.PatrolRead;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A second file that holds what was persisted last, for the lines that the first one loses. Loads and stores never
 * touch it; it is not mapped. Thread-safe.
 *
 * <p>Its own sidecar says which region it mirrors, up to which generation, and which of its lines cannot be trusted.
 */
public final class Mirror implements RepairSource, AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(Mirror.class.getName());
    private static final int COPY_LENGTH = 1 << 16;
    /** Poison that strikes a page of the mirror while it is being recovered: how often to try. */
    private static final int ATTEMPT_LIMIT = 64;

    private final Path path;
    private final Medium medium;
    private final Sidecar sidecar;
    private final long size;
    private final GroupSync sync;
    private final boolean created;
    /** Until it is known to be as new as the region, and again once a copy failed. */
    private volatile boolean outdated = true;
    /** One copy at a time: of two that overlap, the later one must win. */
    private final ReentrantLock copying = new ReentrantLock();

    /**
     * Reads the region's current content.
     */
    @FunctionalInterface
    public interface Content {
        /**
         * Copies out of the region.
         *
         * @param offset first byte.
         * @param buffer to fill.
         * @return false if a line of the range is refused.
         */
        boolean read(long offset, MemorySegment buffer);
    }

    /**
     * A mirror over files that are open.
     *
     * @param path    the mirror's file, for messages.
     * @param medium  under it.
     * @param sidecar beside it.
     * @param size    of the region in bytes.
     * @param created whether the file has just been created.
     */
    public Mirror(
        final Path path, final Medium medium, final Sidecar sidecar, final long size, final boolean created) {
        this.path = path;
        this.medium = medium;
        this.sidecar = sidecar;
        this.size = size;
        this.created = created;
        this.sync = new GroupSync(medium::sync);
    }

    /**
     * Begins a session of the region with its mirror, after {@link #check}: both will be known to be of the same age
     * from now on.
     *
     * @param region  the region's sidecar.
     * @param content the region's.
     * @throws IOException if it cannot be written.
     */
    public void begin(final Sidecar region, final Content content) throws IOException {
        restore();
        if (outdated) {
            copyAll(content);
            outdated = false;
        }
        if (region.generation() == 0) {
            // From now on the region is known to have a mirror, also to who opens it without.
            region.advance(1);
        }
        // The mirror first: if only its generation moves, it is known to be as new as the region.
        final long generation = region.generation() + 1;
        sidecar.adoptIdentity(region.uuid(), generation);
        region.advance(generation);
    }

    /** Finishes what was begun and not ended when the process that had it open died. */
    private void restore() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(Lines.PAGE_LENGTH, Libc.pageSize());
            for (final Map.Entry<Long, SidecarContent.Begun> page : sidecar.begun().entrySet()) {
                buffer.copyFrom(MemorySegment.ofArray(page.getValue().content()));
                overwrite(page.getKey(), Lines.ALL, buffer);
                sidecar.lines(page.getKey(), new long[] {page.getValue().gone()});
            }
        }
    }

    /** A recovery write and its proof: the medium's own word, and a read-back. */
    private void overwrite(final long page, final long bad, final MemorySegment content) throws IOException {
        RecoveryWrite.overwrite(medium, path, page, bad, content);
        medium.sync();
        if (medium.badLines(page) != 0) {
            throw new IOException(path + ": the mirror's medium does not clear the poison of the page at offset "
                + (page << Lines.PAGE_SHIFT));
        }
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment readBack = arena.allocate(Lines.PAGE_LENGTH, Lines.PAGE_LENGTH);
            medium.read(page << Lines.PAGE_SHIFT, readBack);
            if (readBack.mismatch(content) >= 0) {
                throw new IOException(path + ": the page of the mirror at offset " + (page << Lines.PAGE_SHIFT)
                    + " does not read back as it was written");
            }
        }
    }

    /**
     * Finds out whether the mirror can be used as it is; before that it supplies nothing. Changes nothing.
     *
     * @param region        the region's sidecar.
     * @param fresh         whether the region has just been created.
     * @param resynchronize whether the mirror is to be overwritten if it cannot be used as it is.
     * @throws MirrorException if it cannot be used as it is, and is not to be overwritten.
     */
    public void check(final Sidecar region, final boolean fresh, final boolean resynchronize) throws MirrorException {
        final String reason = fresh && created ? null : unfitness(region);
        if (reason == null) {
            outdated = false;
        } else if (!resynchronize) {
            throw new MirrorException(path, reason);
        }
    }

    private String unfitness(final Sidecar region) {
        return unfitness(region.uuid(), region.generation(), sidecar.uuid(), sidecar.generation());
    }

    /** Why a mirror with that identity and generation cannot be used as it is; null if it can. */
    static String unfitness(
        final UUID region, final long regionGeneration, final UUID mirror, final long mirrorGeneration) {
        if (!mirror.equals(region)) {
            return mirrorGeneration == 0 ? "it has never been this region's mirror" : "it mirrors another region";
        }
        final long behind = regionGeneration - mirrorGeneration;
        return behind == 0 || behind == -1 ? null : "it is older than the region, which was open without it";
    }

    private void copyAll(final Content content) throws IOException {
        for (long offset = 0; offset < size; offset += COPY_LENGTH) {
            copy(content, offset, Math.min(COPY_LENGTH, size - offset), true);
        }
        sync.sync();
    }

    /**
     * Makes a range of the region durable in the mirror. Lines that the region refuses keep what the mirror has.
     *
     * @param content the region's.
     * @param offset  first byte.
     * @param length  in bytes.
     * @throws IOException if the mirror's medium fails.
     */
    public void persist(final Content content, final long offset, final long length) throws IOException {
        if (outdated) {
            throw new IOException(path + ": the mirror is out of date since an earlier failure; close the region, and"
                + " open it with resynchronizeMirror(true) on a mirror that can be written");
        }
        try {
            long position = offset;
            while (position < offset + length) {
                final long end = Math.min(offset + length, (position / COPY_LENGTH + 1) * COPY_LENGTH);
                copy(content, position, end - position, false);
                position = end;
            }
            sync.sync();
        } catch (final IOException failure) {
            // Once: until the region is opened anew, every later call fails at the start.
            LOGGER.log(System.Logger.Level.WARNING, () -> path + ": the mirror is behind its region, and repairs"
                + " nothing any more; close the region, and open it with resynchronizeMirror(true)", failure);
            outdated = true;
            throw failure;
        }
    }

    private void copy(final Content content, final long offset, final long length, final boolean distrustRest)
        throws IOException {
        copying.lock();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(length, Libc.pageSize());
            if (content.read(offset, buffer) && !sidecar.hasLost() && write(offset, buffer)) {
                return;
            }
            long position = offset;
            while (position < offset + length) {
                final long page = position >>> Lines.PAGE_SHIFT;
                final long end = Math.min(offset + length, page + 1 << Lines.PAGE_SHIFT);
                copyPage(content, page, position, end, distrustRest);
                position = end;
            }
        } finally {
            copying.unlock();
        }
    }

    /** Writes; false if the medium says that the place is bad. */
    private boolean write(final long offset, final MemorySegment buffer) throws IOException {
        try {
            medium.write(offset, buffer);
            return true;
        } catch (final IOException failure) {
            final long last = offset + buffer.byteSize() - 1 >>> Lines.PAGE_SHIFT;
            for (long page = offset >>> Lines.PAGE_SHIFT; page <= last; page++) {
                if (medium.badLines(page) != 0) {
                    return false;
                }
            }
            throw failure;
        }
    }

    /** Copies what is readable of a part of a page; a bad page of the mirror is recovered by the way. */
    private void copyPage(final Content content, final long page, final long start, final long end,
        final boolean distrustRest) throws IOException {
        for (int attempt = 1;; attempt++) {
            try {
                copyPageOnce(content, page, start, end, distrustRest);
                return;
            } catch (final IOException failure) {
                // Poison may have struck again since the page was looked at.
                if (attempt == ATTEMPT_LIMIT || medium.badLines(page) == 0) {
                    throw failure;
                }
            }
        }
    }

    private void copyPageOnce(final Content content, final long page, final long start, final long end,
        final boolean distrustRest) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(Lines.PAGE_LENGTH, Libc.pageSize());
            final long base = page << Lines.PAGE_SHIFT;
            long lost = sidecar.lost(page);
            // An earlier recovery that failed halfway may have cleared lines that it had nothing to write to.
            final long bad = medium.badLines(page) | sidecar.lostOrGone(page) & ~lost;
            if (bad != 0) {
                lost |= recoverPage(content, page, bad, bad, buffer);
            }
            long position = start;
            while (position < end) {
                final long next = Math.min(end, (position >>> Lines.SHIFT) + 1 << Lines.SHIFT);
                final long line = 1L << (position >>> Lines.SHIFT);
                // Of a line that is lost here, a part would not do: what is persisted must be had again.
                final boolean whole = (lost & line) != 0;
                final long first = whole ? position & -Lines.LENGTH : position;
                final long last = whole ? first + Lines.LENGTH : next;
                final MemorySegment bytes = buffer.asSlice(first - base, last - first);
                if (content.read(first, bytes)) {
                    medium.write(first, bytes);
                    lost &= ~line;
                } else if (distrustRest) {
                    lost |= line;
                }
                position = next;
            }
            if (lost != sidecar.lost(page)) {
                sync.sync();
                sidecar.lines(page, new long[] {lost});
            }
        }
    }

    /**
     * Overwrites a bad page of the mirror, its bad lines from the region; those that even it refuses are lost.
     *
     * @param bad     the lines that cannot be read.
     * @param damaged those, and others that only memory has.
     */
    private long recoverPage(final Content content, final long page, final long bad, final long damaged,
        final MemorySegment buffer) throws IOException {
        final long base = page << Lines.PAGE_SHIFT;
        long lost = 0;
        buffer.fill((byte) 0);
        for (final ByteRange good : Lines.ranges(page, ~bad)) {
            medium.read(good.offset(), buffer.asSlice(good.offset() - base, good.length()));
        }
        for (int i = 0; i < Lines.LENGTH; i++) {
            final long offset = (long) i << Lines.SHIFT;
            if ((bad >>> i & 1) != 0 && !content.read(base + offset, buffer.asSlice(offset, Lines.LENGTH))) {
                buffer.asSlice(offset, Lines.LENGTH).fill((byte) 0);
                lost |= 1L << i;
            }
        }
        // Until the page is whole, none of the bad lines may be taken for data.
        final long before = sidecar.lost(page);
        sidecar.begin(page, new boolean[] {true}, new long[] {before | bad}, buffer);
        overwrite(page, damaged, buffer);
        final long known = before & ~bad | lost;
        sidecar.lines(page, new long[] {known});
        return known;
    }

    /**
     * Reads a part of the mirror as a patrol does; see {@link Medium#patrol}.
     *
     * @param offset first byte.
     * @param buffer gets what could be read.
     * @return what could not.
     * @throws IOException if that cannot be found out.
     */
    public PatrolRead patrol(final long offset, final MemorySegment buffer) throws IOException {
        return medium.patrol(offset, buffer);
    }

    /**
     * The lines of a page that the mirror does not vouch for, readable or not.
     *
     * @param page its index.
     * @return bit i for line i; all while the mirror is out of date.
     */
    public long untrusted(final long page) {
        return outdated ? Lines.ALL : sidecar.lostOrGone(page);
    }

    /**
     * Looks again at a page of the mirror of which a patrol could not read all, and recovers it if that is still so:
     * from the mirror's own memory where that has the lines, else from the region.
     *
     * @param content the region's.
     * @param page    its index.
     * @return the lines that the mirror's medium could not read; bit i for line i.
     * @throws IOException if the mirror's medium fails, or does not clear.
     */
    public long recoverLatent(final Content content, final long page) throws IOException {
        copying.lock();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(Lines.PAGE_LENGTH, Libc.pageSize());
            long found = 0;
            for (final ByteRange range : medium.patrol(page << Lines.PAGE_SHIFT, buffer).bad()) {
                found |= Lines.mask(page, range.offset(), range.length());
            }
            if (found != 0) {
                final long bad = medium.badLines(page);
                recoverPage(content, page, bad, bad | found, buffer);
            }
            return found;
        } finally {
            copying.unlock();
        }
    }

    @Override
    public boolean read(final long offset, final MemorySegment buffer) throws IOException {
        final long last = offset + buffer.byteSize() - 1 >>> Lines.PAGE_SHIFT;
        for (long page = offset >>> Lines.PAGE_SHIFT; page <= last; page++) {
            final long mask = Lines.mask(page, offset, buffer.byteSize());
            // In this order: a page that is being recovered is clean before it is known what of it is data.
            final long bad = medium.badLines(page);
            if (outdated || ((bad | sidecar.lostOrGone(page)) & mask) != 0) {
                return false;
            }
        }
        medium.read(offset, buffer);
        return true;
    }

    @Override
    public String toString() {
        return "mirror " + path;
    }

    @Override
    public void close() {
        medium.close();
        sidecar.close();
    }
}
