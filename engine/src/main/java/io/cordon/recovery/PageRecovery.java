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

import io.cordon.fault.GuardedRange;
import io.cordon.linux.Errno;
import io.cordon.linux.Libc;
import io.cordon.media.Medium;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.LineState;
import io.cordon.poison.Lines;
import io.cordon.poison.Poison;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Makes quarantined units of a region whole again, one at a time and each under its own lock, in the thread that ran
 * into the fault or in the fault watch, whichever comes first. Thread-safe; no unit's recovery waits for another's.
 */
public final class PageRecovery implements Poison {
    /** A unit that faults again this often in a row, though its medium reads fine, is given up. */
    private static final int FUTILE_LIMIT = 32;
    private static final long FUTILE_WINDOW_NANOS = 1_000_000_000L;
    /** Poison that strikes a unit while it is being recovered: how often to start again. */
    private static final int ATTEMPT_LIMIT = 16;

    private final Path path;
    private final LineMap lines;
    private final GuardedRange range;
    private final Medium medium;
    private final boolean readOnly;
    private final Sidecar sidecar;
    private final ConcurrentSkipListMap<Long, UnitState> units = new ConcurrentSkipListMap<>();
    /** Lines that are refused, or are about to be, in units that are not quarantined. */
    private final AtomicLong refusedLines = new AtomicLong();
    /** Held for reading by whoever works on the medium, for writing by whoever closes it. */
    private final ReentrantReadWriteLock open = new ReentrantReadWriteLock();
    /** Held by whoever follows up the handler's list: who finds it empty must know that it is done, not just taken. */
    private final ReentrantLock faults = new ReentrantLock();

    /**
     * Recovery for one region.
     *
     * @param path     the region's file, for messages.
     * @param lines    the map below its mapping.
     * @param range    the guarded mapping.
     * @param medium   what lies under it.
     * @param sidecar  what outlives the process.
     * @param readOnly whether nothing may be written to the medium.
     */
    public PageRecovery(final Path path, final LineMap lines, final GuardedRange range, final Medium medium,
        final Sidecar sidecar, final boolean readOnly) {
        this.path = path;
        this.lines = lines;
        this.range = range;
        this.medium = medium;
        this.sidecar = sidecar;
        this.readOnly = readOnly;
    }

    /**
     * Refuses the lines that the sidecar says are lost, and finishes the recoveries that were begun and not ended. To
     * be called before anybody can access the region.
     */
    public void restore() {
        for (final Map.Entry<Long, Long> page : sidecar.lost().entrySet()) {
            final long unit = lines.unit(page.getKey());
            final UnitState state = units.computeIfAbsent(unit, _ -> new UnitState(lines.unitPages()));
            countRefused(state, () -> state.lost[(int) (page.getKey() - unit)] = page.getValue());
            range.refuse(page.getKey(), page.getValue());
        }
        if (refusedLines.get() != 0) {
            lines.raise(LineMap.POISON);
        }
        sidecar.begun().keySet().forEach(this::withdraw);
    }

    /** An action on one unit, under its lock. */
    interface UnitAction {
        void run(UnitState state) throws IOException;
    }

    /** For what is done without a unit; {@link #locked} looks itself. */
    void checkOpen() {
        if (isClosed()) {
            throw new IllegalStateException("the region over " + path + " is closed");
        }
    }

    /** Runs an action on a unit under its lock, unless the region is closed. */
    void locked(final long unit, final UnitAction action) throws IOException {
        open.readLock().lock();
        try {
            checkOpen();
            final UnitState state = units.computeIfAbsent(unit, _ -> new UnitState(lines.unitPages()));
            state.lock.lock();
            try {
                action.run(state);
            } finally {
                state.lock.unlock();
            }
        } finally {
            open.readLock().unlock();
        }
        lowerHazard();
    }

    /**
     * Recovers a unit if it is quarantined, or waits for whoever is at it. Does nothing if an earlier attempt failed.
     *
     * @param unit index of its first page.
     * @return why its lines could not be recovered, or null if all but the lost lines can be accessed.
     * @throws IllegalStateException if the region is closed.
     */
    public IOException resolve(final long unit) {
        final IOException[] failure = new IOException[1];
        try {
            locked(unit, state -> {
                if (state.failure == null) {
                    resolve(unit, state);
                }
                failure[0] = state.failure;
            });
        } catch (final IOException thrown) {
            throw new AssertionError("a unit's failure is kept in its state", thrown);
        }
        return failure[0];
    }

    /**
     * Why lines of a page are refused.
     *
     * @param lines bit i for line i of the page.
     * @param cause why they could not be recovered; null if they are lost.
     */
    public record Refusal(long lines, IOException cause) {
    }

    /**
     * Recovers a page's unit as {@link #resolve} does, and tells which lines of the page are refused after that.
     *
     * @param page its index.
     * @return exactly those, even if the unit fails again and again: not all lines, as while it is quarantined.
     * @throws IllegalStateException if the region is closed.
     */
    public Refusal refusal(final long page) {
        final long unit = lines.unit(page);
        final Refusal[] result = new Refusal[1];
        try {
            locked(unit, state -> {
                do {
                    if (state.failure == null) {
                        resolve(unit, state);
                    }
                    result[0] = new Refusal(lines.word(page), state.failure);
                    // Withdrawing sets the state before the bits, and only we give back: not quarantined now, not then.
                } while (state.failure == null && lines.state(unit) == LineMap.QUARANTINED);
            });
        } catch (final IOException thrown) {
            throw new AssertionError("a unit's failure is kept in its state", thrown);
        }
        return result[0];
    }

    /** Recovers all units that the handler has quarantined and nobody has looked at; waits for whoever is at it. */
    public void resolveFaults() {
        faults.lock();
        try {
            while (range.hasFaults()) {
                range.takeFaults(this::resolve);
            }
        } finally {
            faults.unlock();
        }
    }

    /**
     * Whether the calling platform thread trapped on a byte after a hazard word was read, and the unit has been
     * quarantined ever since. Then what the access did ended on the quarantine page. If the unit was given back
     * meanwhile, it may have met the file's page: the access runs again only some time after the handler returned.
     *
     * @param offset of the byte.
     * @param before the hazard word.
     * @return true if so; false may be wrong.
     * @throws IllegalStateException if the region is closed.
     */
    public boolean isQuarantinedSinceTrap(final long offset, final long before) {
        final long unit = lines.unit(offset >>> Lines.PAGE_SHIFT);
        // First of all: a virtual thread that waits for the lock may go on on another platform thread.
        final long trap = range.lastTrap(unit, before);
        if (trap == 0) {
            return false;
        }
        final boolean[] result = new boolean[1];
        try {
            locked(unit, state -> result[0] = lines.state(unit) == LineMap.QUARANTINED
                && Long.compareUnsigned(trap, state.givenBack) > 0);
        } catch (final IOException thrown) {
            throw new AssertionError("nothing is read or written", thrown);
        }
        return result[0];
    }

    /**
     * Withdraws a page that the medium has come to know of poison in, and recovers it.
     *
     * @param page its index.
     * @return as for {@link #resolve}.
     */
    public IOException withdraw(final long page) {
        final long unit = lines.unit(page);
        final IOException[] failure = new IOException[1];
        try {
            locked(unit, state -> {
                quarantine(unit, state);
                resolve(unit, state);
                failure[0] = state.failure;
            });
        } catch (final IOException thrown) {
            return thrown;
        }
        return failure[0];
    }

    private void quarantine(final long unit, final UnitState state) throws IOException {
        range.quarantine(unit);
        state.failure = null;
    }

    /** Recovers a unit while it is quarantined; the failure, if any, is left in the state. */
    void resolve(final long unit, final UnitState state) {
        state.failure = null;
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment content =
                arena.allocate((long) lines.unitPages() << Lines.PAGE_SHIFT, Libc.pageSize());
            for (int attempt = 0; lines.state(unit) == LineMap.QUARANTINED; attempt++) {
                if (attempt == ATTEMPT_LIMIT) {
                    throw new IOException(path + ": the page at offset " + (unit << Lines.PAGE_SHIFT)
                        + " goes bad again while it is being recovered; gave up after " + attempt + " attempts");
                }
                final long[] bad;
                try {
                    bad = salvage(unit, content);
                } catch (final IOException failure) {
                    // Another line may have gone bad between the question which are and the reading of the rest.
                    if (attempt < ATTEMPT_LIMIT - 1) {
                        continue;
                    }
                    throw failure;
                }
                if (Arrays.stream(bad).allMatch(mask -> mask == 0)) {
                    checkProgress(unit, state);
                } else if (readOnly) {
                    mapCopy(unit, state, bad, content);
                    return;
                } else {
                    state.futileCount = 0;
                    // Noted first: if the proof fails, the medium may still have forgotten that they were bad.
                    countRefused(state, () -> Arrays.setAll(state.lost, i -> state.lost[i] | bad[i]));
                    try {
                        overwrite(unit, bad, content);
                    } catch (final IOException failure) {
                        if (attempt < ATTEMPT_LIMIT - 1) {
                            continue;
                        }
                        throw failure;
                    }
                }
                publish(unit, state, bad);
            }
        } catch (final IOException failure) {
            state.failure = failure;
            countRefused(state, () -> Arrays.fill(state.poisoned, Lines.ALL));
        }
    }

    /** Step 1 and 2: which lines can be read, and their content; zero for the others. */
    private long[] salvage(final long unit, final MemorySegment content) throws IOException {
        final long[] bad = new long[lines.unitPages()];
        final Map<Long, SidecarContent.Begun> begun = sidecar.begun();
        content.fill((byte) 0);
        for (int i = 0; i < bad.length; i++) {
            final SidecarContent.Begun before = begun.get(unit + i);
            if (before != null) {
                // Nobody could store to the page since, and what is on the medium may be half overwritten.
                bad[i] = before.bad();
                content.asSlice((long) i << Lines.PAGE_SHIFT).copyFrom(MemorySegment.ofArray(before.content()));
                continue;
            }
            bad[i] = medium.badLines(unit + i);
            for (final ByteRange readable : Lines.ranges(unit + i, ~bad[i])) {
                medium.read(readable.offset(), content.asSlice(
                    readable.offset() - (unit << Lines.PAGE_SHIFT), readable.length()));
            }
        }
        return bad;
    }

    /** Step 3 and 4: the recovery write, and its proof. */
    private void overwrite(final long unit, final long[] bad, final MemorySegment content) throws IOException {
        sidecar.begin(unit, bad, content);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment readBack = arena.allocate(Lines.PAGE_LENGTH, Lines.PAGE_LENGTH);
            for (int i = 0; i < bad.length; i++) {
                if (bad[i] == 0) {
                    continue;
                }
                final MemorySegment page = content.asSlice((long) i << Lines.PAGE_SHIFT, Lines.PAGE_LENGTH);
                medium.recoveryWrite(unit + i, page);
                medium.sync();
                final long stillBad = medium.badLines(unit + i);
                if (stillBad != 0) {
                    throw new IOException(path + ": the medium does not clear the poison at "
                        + Lines.ranges(unit + i, stillBad) + ", though it says so");
                }
                medium.read(unit + i << Lines.PAGE_SHIFT, readBack);
                if (readBack.mismatch(page) >= 0) {
                    throw new IOException(path + ": the page at offset " + (unit + i << Lines.PAGE_SHIFT)
                        + " does not read back as it was written");
                }
            }
        }
    }

    /** Step 5: the file's page in place of the quarantine page; the bad lines are lost from now on. */
    private void publish(final long unit, final UnitState state, final long[] bad) throws IOException {
        final long[] refused = new long[bad.length];
        for (int i = 0; i < bad.length; i++) {
            refused[i] = state.lost[i] | bad[i];
        }
        countRefused(state, () -> {
            System.arraycopy(refused, 0, state.lost, 0, refused.length);
            Arrays.fill(state.poisoned, 0);
        });
        sidecar.lines(unit, refused);
        medium.mapBack(range, unit, refused);
        state.givenBack = lines.hazard();
    }

    /** A read-only region can't be recovered on its medium: its readers get a private copy of what is readable. */
    private void mapCopy(final long unit, final UnitState state, final long[] bad, final MemorySegment content)
        throws IOException {
        countRefused(state, () -> System.arraycopy(bad, 0, state.poisoned, 0, bad.length));
        final int fd;
        try (Arena arena = Arena.ofConfined()) {
            fd = Libc.memfdCreate(arena.allocateFrom("cordon-salvaged"), Libc.MFD_CLOEXEC);
        }
        if (fd < 0) {
            throw Errno.toException(-fd, path, "cannot create a memfd for salvaged lines");
        }
        try {
            long done = 0;
            while (done < content.byteSize()) {
                final long count = Libc.pwrite(fd, content.asSlice(done), content.byteSize() - done, done);
                if (count < 0) {
                    throw Errno.toException((int) -count, path, "cannot keep salvaged lines");
                }
                done += count;
            }
            final long[] refused = bad.clone();
            for (int i = 0; i < refused.length; i++) {
                // Readable on the medium, and lost: the sidecar says so.
                refused[i] |= state.lost[i];
            }
            range.giveBack(unit, refused, fd, 0, Libc.PROT_READ, Libc.MAP_PRIVATE);
            state.givenBack = lines.hazard();
        } finally {
            Libc.close(fd);
        }
    }

    /** Gives up on a unit that faults again and again without a reason that can be read: a full sparse file, say. */
    private void checkProgress(final long unit, final UnitState state) throws IOException {
        final long now = System.nanoTime();
        state.futileCount = now - state.futileNanos < FUTILE_WINDOW_NANOS ? state.futileCount + 1 : 0;
        state.futileNanos = now;
        if (state.futileCount > FUTILE_LIMIT) {
            state.futileCount = 0;
            throw new IOException(path + ": the page at offset " + (unit << Lines.PAGE_SHIFT) + " faults again and"
                + " again, though its content can be read; is the file system full, and the region sparse?");
        }
    }

    /** Changes a state; lines that become refused are counted before, those that stop after nobody sees them. */
    private void countRefused(final UnitState state, final Runnable change) {
        final int before = state.refusedCount();
        change.run();
        refusedLines.addAndGet(state.refusedCount() - before);
    }

    /**
     * Publishes the refused lines of a page that is mapped, after some of them were written anew. The content is
     * durable before the sidecar forgets the loss.
     *
     * @return false if the page was quarantined meanwhile.
     */
    boolean recovered(final long page, final UnitState state, final long written) throws IOException {
        final int index = (int) (page - lines.unit(page));
        final long refused = state.lost[index] & ~written;
        if (refused == state.lost[index]) {
            return lines.state(lines.unit(page)) != LineMap.QUARANTINED;
        }
        medium.sync();
        sidecar.lines(page, new long[] {refused});
        if (!range.refuse(page, refused)) {
            return false;
        }
        countRefused(state, () -> state.lost[index] = refused);
        return true;
    }

    /** Withdraws a mapped unit whose medium does not read well, and recovers it. */
    void reopen(final long unit, final UnitState state) throws IOException {
        quarantine(unit, state);
        resolve(unit, state);
    }

    private void lowerHazard() {
        final long hazard = lines.hazard();
        if ((hazard & LineMap.POISON) != 0 && refusedLines.get() == 0) {
            range.lower(hazard);
        }
    }

    /**
     * Makes all of the file durable, what is mapped and what is not.
     *
     * @throws IOException           if the medium fails.
     * @throws IllegalStateException if the region is closed.
     */
    public void sync() throws IOException {
        resolveFaults();
        open.readLock().lock();
        try {
            checkOpen();
            medium.sync();
        } finally {
            open.readLock().unlock();
        }
    }

    Medium medium() {
        return medium;
    }

    LineMap lines() {
        return lines;
    }

    /**
     * Ends all recovery: waits for what runs. What comes is refused, since the hazard word says that the region is
     * closed.
     *
     * @param action what to do then, before anybody else can see that it is over.
     */
    public void close(final Runnable action) {
        open.writeLock().lock();
        try {
            action.run();
        } finally {
            open.writeLock().unlock();
        }
    }

    /**
     * Whether all recovery has ended, or is about to.
     *
     * @return true if the region is closed.
     */
    public boolean isClosed() {
        return (lines.hazard() & LineMap.CLOSED) != 0;
    }

    @Override
    public boolean isClean() {
        return (lines.hazard() & LineMap.POISON) == 0;
    }

    @Override
    public LineState state(final long offset) {
        final long page = offset >>> Lines.PAGE_SHIFT;
        if (offset < 0 || page >= lines.pageCount()) {
            throw new IndexOutOfBoundsException(path + ": offset " + offset + " is not below the size "
                + (lines.pageCount() << Lines.PAGE_SHIFT));
        }
        final long line = 1L << (offset >>> Lines.SHIFT);
        if ((lines.word(page) & line) == 0) {
            return LineState.READABLE;
        }
        final long unit = lines.unit(page);
        final UnitState state = units.get(unit);
        if (lines.state(unit) == LineMap.QUARANTINED || state == null) {
            return LineState.POISONED;
        }
        return (state.lost[(int) (page - unit)] & line) != 0 ? LineState.LOST : LineState.POISONED;
    }

    @Override
    public List<ByteRange> ranges() {
        final List<ByteRange> ranges = new ArrayList<>();
        resolveFaults();
        for (final Map.Entry<Long, UnitState> unit : units.entrySet()) {
            for (int i = 0; i < lines.unitPages(); i++) {
                Lines.append(ranges, unit.getKey() + i, lines.word(unit.getKey() + i));
            }
        }
        return List.copyOf(ranges);
    }

    @Override
    public long lineCount() {
        return ranges().stream().mapToLong(ByteRange::length).sum() / Lines.LENGTH;
    }
}
