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
package io.cordon;

import io.cordon.linux.LockOwner;
import io.cordon.linux.NativeFile;
import io.cordon.media.BadBlockList;
import io.cordon.media.Media;
import io.cordon.media.Medium;
import io.cordon.media.PatrolRead;
import io.cordon.media.SimulatedMedia;
import io.cordon.media.StackedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;
import io.cordon.recovery.Sidecar;
import io.cordon.recovery.SidecarException;
import io.cordon.recovery.SidecarSummary;
import io.cordon.scrub.ScrubRecord;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A look at a region from outside: its sidecar, its patrol's progress, its medium. It takes no lock and changes
 * nothing, neither on the medium nor in the files beside it, so it can be had beside the process that owns the region,
 * and without disturbing it. What that process knows and has not written down yet is not in it.
 *
 * <p>For tools. A service asks its open {@link Region}. Thread-safe.
 */
public final class Inspection implements AutoCloseable {
    /** How often to read a sidecar that its owner may just be writing anew. */
    private static final int READ_LIMIT = 3;

    private final Path file;
    private final long size;
    private final Media media;
    private final Medium medium;
    private final SidecarSummary sidecar;
    private final ScrubRecord scrub;
    private final BadBlockList listed;

    /**
     * Lines that loads are, or will be, refused for.
     *
     * @param range aligned to lines.
     * @param state why.
     */
    public record Damage(ByteRange range, State state) {
    }

    /** Why lines are refused; the first that is true of a line counts. */
    public enum State {
        /** The medium may be healthy again, and the content is gone, until it is rewritten, zeroed or repaired. */
        LOST,
        /** The content is gone, and a recovery was cut short; the next opening ends it. */
        UNFINISHED,
        /** The medium's own list of bad places names them; the next opening recovers what surrounds them. */
        POISONED,
        /** They were told to have failed, and the process ended before it knew more; the next opening looks. */
        UNRESOLVED
    }

    /**
     * A process that has the region open.
     *
     * @param pid      its number; 0 if it lies outside of this process's PID namespace.
     * @param readOnly whether for reading alone.
     */
    public record Owner(long pid, boolean readOnly) {
    }

    private Inspection(final Path file, final List<NativeFile> opened, final long size, final Media media)
        throws IOException {
        this.file = file;
        this.size = size;
        this.media = media;
        sidecar = readSidecar(file, size);
        scrub = ScrubRecord.read(file, sidecar.id(), size);
        medium = media.open(opened, isSimulated(media));
        listed = medium.badBlocks();
    }

    /** Only a simulated medium would write anything; an ordinary file's would be synced if it were for reading. */
    private static boolean isSimulated(final Media media) {
        return media instanceof SimulatedMedia || media instanceof final StackedMedia stack
            && stack.legs().stream().anyMatch(leg -> leg.media() instanceof SimulatedMedia);
    }

    /**
     * Looks at a region on the medium that suits it: a simulated one if there is a {@code <file>.simulated}, the stack
     * that the descriptor names if it is one, else the default of {@link Region.Builder#media}.
     *
     * @param file the region's file.
     * @return what is there.
     * @throws RegionFormatException if the file is no region: there is no sidecar beside it, or it is no regular file.
     * @throws SidecarException      if the sidecar is corrupt, or not of a region of that size.
     * @throws IOException           if a file cannot be read.
     */
    public static Inspection of(final Path file) throws IOException {
        return of(file, null);
    }

    /**
     * Looks at a region.
     *
     * @param file  the region's file.
     * @param media its medium; null for the one that suits it. A simulated one serves this until it is closed.
     * @return what is there.
     * @throws RegionFormatException if the file is no region: there is no sidecar beside it, or it is no regular file.
     * @throws SidecarException      if the sidecar is corrupt, or not of a region of that size.
     * @throws IOException           if a file cannot be read.
     */
    public static Inspection of(final Path file, final Media media) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        if (!Files.isRegularFile(file)) {
            throw new RegionFormatException(file, "not a regular file; a region lies on one");
        }
        StackFiles.refuseLeg(file);
        if (!Files.exists(Sidecar.pathFor(file))) {
            throw new RegionFormatException(file, "no region: there is no sidecar " + Sidecar.pathFor(file));
        }
        final NativeFile opened = NativeFile.open(file, true);
        try {
            final long length = opened.size();
            if (media instanceof StackedMedia || media == null && StackFiles.isDescriptor(opened, length)) {
                opened.close();
                return ofStack(file, (StackedMedia) media);
            }
            StackFiles.refuseDescriptor(opened, length);
            return new Inspection(file, List.of(opened), length, media != null ? media
                : SimulatedMedia.isRemembered(file) ? Media.simulated() : Media.suiting(opened));
        } catch (final Throwable failure) {
            opened.close();
            throw failure;
        }
    }

    private static Inspection ofStack(final Path file, final StackedMedia media) throws IOException {
        final StackFiles stack = StackFiles.look(file, media);
        try {
            return new Inspection(file, stack.files(), stack.media().size(), stack.media());
        } catch (final Throwable failure) {
            stack.close();
            throw failure;
        }
    }

    private static SidecarSummary readSidecar(final Path file, final long size) throws IOException {
        for (int attempt = 1;; attempt++) {
            try {
                return SidecarSummary.read(file, size);
            } catch (final SidecarException corrupt) {
                if (attempt == READ_LIMIT || LockOwner.of(file).isEmpty()) {
                    throw corrupt;
                }
            }
        }
    }

    /**
     * The region's file.
     *
     * @return as it was given.
     */
    public Path file() {
        return file;
    }

    /**
     * The region's size.
     *
     * @return in bytes.
     */
    public long size() {
        return size;
    }

    /**
     * The medium that the region lies on, as far as can be told.
     *
     * @return what was given, or what suits it.
     */
    public Media media() {
        return media;
    }

    /**
     * What the sidecar says.
     *
     * @return as of when this was made.
     */
    public SidecarSummary sidecar() {
        return sidecar;
    }

    /**
     * How far the region's patrol is.
     *
     * @return as of when this was made.
     */
    public ScrubRecord scrub() {
        return scrub;
    }

    /**
     * Why it is unknown what the medium lists as bad; see {@link io.cordon.poison.Poison#unknown}.
     *
     * @return the reason; empty if the list is known, or if the medium keeps none.
     */
    public Optional<String> unknown() {
        return listed.unknown();
    }

    /**
     * Who has the region open now.
     *
     * @return one process for writing, or any number for reading.
     * @throws IOException if that cannot be found out.
     */
    public List<Owner> owners() throws IOException {
        return LockOwner.of(file).stream().map(owner -> new Owner(owner.pid(), !owner.exclusive())).toList();
    }

    /**
     * The lines that are refused, as far as is written down. Latent poison is not among it.
     *
     * @return ascending; neighbours of the same state are merged.
     */
    public List<Damage> damage() {
        final NavigableMap<Long, long[]> pages = new TreeMap<>();
        mark(pages, sidecar.lost(), State.LOST);
        mark(pages, sidecar.unfinished(), State.UNFINISHED);
        mark(pages, listed.ranges(), State.POISONED);
        mark(pages, sidecar.unresolved(), State.UNRESOLVED);
        final List<Damage> damage = new ArrayList<>();
        for (final Map.Entry<Long, long[]> page : pages.entrySet()) {
            for (int line = 0; line < Long.SIZE; line++) {
                for (final State state : State.values()) {
                    if ((page.getValue()[state.ordinal()] >>> line & 1) != 0) {
                        append(damage, (page.getKey() << Lines.PAGE_SHIFT) + ((long) line << Lines.SHIFT), state);
                    }
                }
            }
        }
        return List.copyOf(damage);
    }

    private void mark(final NavigableMap<Long, long[]> pages, final List<ByteRange> ranges, final State state) {
        each(ranges, (page, mask) -> {
            final long[] masks = pages.computeIfAbsent(page, _ -> new long[State.values().length]);
            long open = mask;
            for (int i = 0; i < state.ordinal(); i++) {
                open &= ~masks[i];
            }
            masks[state.ordinal()] |= open;
        });
    }

    private static void append(final List<Damage> damage, final long offset, final State state) {
        if (!damage.isEmpty() && damage.getLast().state == state && damage.getLast().range.end() == offset) {
            final ByteRange last = damage.removeLast().range;
            damage.add(new Damage(new ByteRange(last.offset(), last.length() + Lines.LENGTH), state));
        } else {
            damage.add(new Damage(new ByteRange(offset, Lines.LENGTH), state));
        }
    }

    /**
     * What a simulated medium holds and does not list: poison that the next touch finds. Nobody knows it of real media.
     *
     * @return ascending, merged; empty on other media, stacks included.
     */
    public List<ByteRange> latent() {
        if (!(media instanceof final SimulatedMedia simulated)) {
            return List.of();
        }
        final NavigableMap<Long, Long> pages = new TreeMap<>();
        each(simulated.poisoned(), (page, mask) -> pages.merge(page, mask, (a, b) -> a | b));
        each(listed.ranges(), (page, mask) -> pages.computeIfPresent(page, (_, old) -> old & ~mask));
        final List<ByteRange> latent = new ArrayList<>();
        pages.forEach((page, mask) -> Lines.append(latent, page, mask));
        return List.copyOf(latent);
    }

    /** Takes the lines of a page. */
    private interface MaskAction {
        void take(long page, long mask);
    }

    private void each(final List<ByteRange> ranges, final MaskAction action) {
        for (final ByteRange range : ranges) {
            // A list is of sectors of the device, and may end behind the file.
            final long end = Math.min(range.end(), size);
            for (long page = range.offset() >>> Lines.PAGE_SHIFT; page << Lines.PAGE_SHIFT < end; page++) {
                action.take(page, Lines.mask(page, range.offset(), range.length()));
            }
        }
    }

    /**
     * Reads a part of the medium past every cache, as a patrol does, and recovers nothing.
     *
     * @param offset first byte; multiple of 4096.
     * @param buffer gets what could be read; native memory, its length a multiple of 4096.
     * @return what could not be read, and what was left alone because memory has it newer; see {@link #writeBack}.
     * @throws IOException               if that cannot be found out.
     * @throws IndexOutOfBoundsException if the range is not in the region.
     */
    public PatrolRead patrol(final long offset, final MemorySegment buffer) throws IOException {
        if (offset < 0 || offset > size - buffer.byteSize()) {
            throw new IndexOutOfBoundsException(file + ": offset " + offset + " and length " + buffer.byteSize()
                + " do not fit the size " + size);
        }
        return medium.patrol(offset, buffer);
    }

    /**
     * Has the kernel write back what memory has newer than the medium, as it would by itself some time later, so that
     * {@link #patrol} leaves nothing alone.
     *
     * @throws IOException if the medium fails.
     */
    public void writeBack() throws IOException {
        medium.sync();
    }

    /**
     * Why a mirror cannot supply this region's lines.
     *
     * @param mirror the mirror.
     * @return the reason, for people; empty if it can.
     */
    public Optional<String> unfitness(final Inspection mirror) {
        return sidecar.unfitness(size, mirror.sidecar, mirror.size);
    }

    /** Closes the file. */
    @Override
    public void close() {
        medium.close();
    }
}
