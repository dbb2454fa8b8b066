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

import io.cordon.event.Counter;
import io.cordon.event.FlightRecording;
import io.cordon.event.MediaEvent;
import io.cordon.event.MediaEvents;
import io.cordon.event.Occasions;
import io.cordon.event.RecoveryTrace;
import io.cordon.event.Telemetry;
import io.cordon.fault.FaultWatch;
import io.cordon.fault.GuardedRange;
import io.cordon.linux.Errno;
import io.cordon.linux.Libc;
import io.cordon.media.BadBlockList;
import io.cordon.media.Medium;
import io.cordon.media.NotClearedException;
import io.cordon.media.PatrolRead;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.LineState;
import io.cordon.poison.Lines;
import io.cordon.poison.Poison;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Makes quarantined units of a region whole again, one at a time and each under its own lock, in the thread that ran
 * into the fault or in the fault watch, whichever comes first. Thread-safe; no unit's recovery waits for another's.
 *
 * <p>The region's memory is given back when this object is unreachable, so whatever reads it keeps this object
 * reachable until it has.
 */
public final class PageRecovery implements Poison {
    private static final System.Logger LOGGER = System.getLogger(PageRecovery.class.getName());
    /** A unit that faults again this often in a row, though its medium reads fine, is given up. */
    private static final int FUTILE_LIMIT = 32;
    private static final long FUTILE_WINDOW_NANOS = 1_000_000_000L;
    /** Poison that strikes a unit while it is being recovered, or a medium that fails: how often to try. */
    private static final int ATTEMPT_LIMIT = 64;
    /** How many units become suspect at a time. */
    private static final int SUSPECT_BATCH = 256;

    private final Path path;
    private final LineMap lines;
    private final GuardedRange range;
    private final Medium medium;
    private final boolean readOnly;
    /** Asked in this order for lines that are gone. */
    private final List<RepairSource> sources;
    /** For each of the medium's bases: a leg of a stack need not wait for another, nor fail with it. */
    private final List<GroupSync> syncs;
    private final ReentrantLock listReading = new ReentrantLock();
    private volatile BadBlockList badBlocks = new BadBlockList.Unknown("it has not been read yet", List.of());
    private final Sidecar sidecar;
    private final MediaEvents events;
    private final Telemetry telemetry;
    private final ConcurrentSkipListMap<Long, UnitState> units = new ConcurrentSkipListMap<>();
    /** Lines that are refused, or are about to be, in units that are not quarantined. */
    private final AtomicLong refusedLines = new AtomicLong();
    /** Held for reading by whoever works on the medium, for writing by whoever closes it. */
    private final ReentrantReadWriteLock open = new ReentrantReadWriteLock();
    /** Held by whoever follows up the handler's list: who finds it empty must know that it is done, not just taken. */
    private final ReentrantLock faults = new ReentrantLock();
    private final Occasions failures = new Occasions();
    private final Occasions sourceFailures = new Occasions();
    private final Occasions mapFailures = new Occasions();
    /** When the device was found to be gone. */
    private volatile long offlineNanos;

    /**
     * Recovery for one region.
     *
     * @param path     the region's file, for messages.
     * @param lines    the map below its mapping.
     * @param range    the guarded mapping.
     * @param medium   what lies under it.
     * @param sidecar  what outlives the process.
     * @param sources  asked in this order for lines that are gone.
     * @param events   is told what becomes of lines, and of errors.
     * @param readOnly whether nothing may be written to the medium.
     */
    public PageRecovery(final Path path, final LineMap lines, final GuardedRange range, final Medium medium,
        final Sidecar sidecar, final List<RepairSource> sources, final MediaEvents events,
        final boolean readOnly) {
        this.path = path;
        this.lines = lines;
        this.range = range;
        this.medium = medium;
        this.sidecar = sidecar;
        this.sources = List.copyOf(sources);
        this.events = events;
        this.telemetry = events.telemetry();
        this.syncs = medium.bases().stream().map(base -> new GroupSync(base::sync)).toList();
        this.readOnly = readOnly;
    }

    /**
     * Refuses the lines that the sidecar says are lost, and finishes the recoveries that were begun and not ended. To
     * be called before anybody can access the region.
     */
    public void restore() {
        final List<ByteRange> told = sidecar.events().failed();
        for (final Map.Entry<Long, Long> page : sidecar.lost().entrySet()) {
            final long unit = lines.unit(page.getKey());
            final UnitState state = unitState(unit);
            countRefused(state, () -> state.lost[(int) (page.getKey() - unit)] = page.getValue());
            state.report.adopt((int) (page.getKey() - unit), page.getValue());
            range.refuse(page.getKey(), page.getValue());
        }
        if (refusedLines.get() != 0) {
            lines.raise(LineMap.POISON);
        }
        sidecar.begun().forEach((page, recovery) -> {
            // Nobody could supply these, or their persist failed: what a mirror has of them is not asked for unasked.
            final long unit = lines.unit(page);
            final UnitState state = unitState(unit);
            countRefused(state, () -> state.lost[(int) (page - unit)] |= recovery.gone());
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
        unitState(unit).report.adopt((int) (page - unit), told);
        withdraw(page, MediaEvent.Source.FAULT);
    }

    private UnitState unitState(final long unit) {
        return units.computeIfAbsent(unit, _ -> new UnitState(lines.unitPages()));
    }

    /**
     * Refuses all lines of a range from now on, until they are written anew: what was stored there may or may not have
     * become durable.
     *
     * @param offset first byte.
     * @param length in bytes; positive.
     * @throws IOException if that cannot be recorded; the lines are refused all the same.
     */
    public void suspect(final long offset, final long length) throws IOException {
        final long end = offset + length;
        final long step = (long) SUSPECT_BATCH * lines.unitPages() << Lines.PAGE_SHIFT;
        IOException failure = null;
        long position = offset;
        while (position < end) {
            final long next = Math.min(end, (position / step + 1) * step);
            try {
                suspectBatch(position, next - position);
            } catch (final IOException thrown) {
                failure = thrown;
            }
            position = next;
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Several units under their locks, taken in ascending order, so that they share one record and one sync. */
    private void suspectBatch(final long offset, final long length) throws IOException {
        final List<UnitState> held = new ArrayList<>();
        final NavigableMap<Long, Long> lost = new TreeMap<>();
        final List<ByteRange> failed = new ArrayList<>();
        open.readLock().lock();
        try {
            checkOpen();
            final long last = offset + length - 1 >>> Lines.PAGE_SHIFT;
            for (long page = offset >>> Lines.PAGE_SHIFT; page <= last; page++) {
                final UnitState state = unitState(lines.unit(page));
                state.lock.lock();
                held.add(state);
                final long mask = Lines.mask(page, offset, length);
                state.change(() -> state.unrecorded = true);
                state.report.failed(failed, page, (int) (page - lines.unit(page)), mask);
                lost.put(page, suspect(page, mask, state));
            }
            events.raise(MediaEvent.Kind.FAILURE, MediaEvent.Source.PERSIST_ERROR, failed);
            sidecar.lose(lost);
            held.forEach(state -> state.change(() -> state.unrecorded = false));
        } finally {
            held.forEach(state -> state.lock.unlock());
            open.readLock().unlock();
            Reference.reachabilityFence(this);
        }
    }

    private long suspect(final long page, final long mask, final UnitState state) {
        final long unit = lines.unit(page);
        countRefused(state, () -> state.lost[(int) (page - unit)] |= mask);
        lines.raise(LineMap.POISON);
        long refused = state.lost[(int) (page - unit)];
        while (!range.refuse(page, refused) && state.failure == null) {
            resolve(unit, state);
            // It may have found more that is gone.
            refused = state.lost[(int) (page - unit)];
        }
        return refused;
    }

    /**
     * Something that needs the files open.
     *
     * @param <R> what comes out of it.
     */
    @FunctionalInterface
    public interface FileAction<R> {
        /**
         * Does it.
         *
         * @return what comes out of it.
         * @throws IOException if a medium fails.
         */
        R run() throws IOException;
    }

    /**
     * Does something with the region's files or its mirror's, which stay open meanwhile.
     *
     * @param action what; it must end soon, since closing waits for it.
     * @param <R>    what comes out of it.
     * @return what came out of it.
     * @throws IOException           if the action throws it.
     * @throws IllegalStateException if the region is closed.
     */
    public <R> R whileOpen(final FileAction<R> action) throws IOException {
        open.readLock().lock();
        try {
            checkOpen();
            return action.run();
        } finally {
            open.readLock().unlock();
            Reference.reachabilityFence(this);
        }
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
            final UnitState state = unitState(unit);
            state.lock.lock();
            try {
                action.run(state);
            } finally {
                state.lock.unlock();
            }
        } finally {
            open.readLock().unlock();
            Reference.reachabilityFence(this);
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

    /**
     * The lines of a range that are gone for certain, without waiting for a recovery: neither for one that runs nor
     * for one that is needed. None is gone that a repair source might supply.
     *
     * <p>A line may be said to be gone before the sidecar knows, if nobody can forget it. Either the medium holds it
     * bad until a recovery write clears it ({@link Medium#lastingBadLines}). Nothing writes it before the sidecar
     * durably knows that it is gone: every recovery salvages first, and no recovery has salvaged yet, or this line was
     * bad when it did. That holds in this process, and after a crash in the next one, which asks the medium anew; and
     * on a medium that refuses to clear, or pretends to, since that stays bad. Or the sidecar knows: the line was lost
     * before. Anything else is left to {@link #refusal}, which waits, and says why if it cannot be recovered: lines
     * that the kernel might bring back, what a persist that failed has just made suspect, a unit that could not be
     * recovered, and a region that is read-only, whose readers get a copy without anything being made durable.
     *
     * @param offset first byte.
     * @param length in bytes.
     * @return all lines of the range that are gone; empty if that is not certain of all, or none is.
     * @throws IllegalStateException if the region is closed.
     */
    public List<ByteRange> certainlyGone(final long offset, final long length) {
        if (readOnly || !sources.isEmpty()) {
            return List.of();
        }
        final List<ByteRange> gone = new ArrayList<>();
        final long last = offset + length - 1 >>> Lines.PAGE_SHIFT;
        boolean pending = false;
        open.readLock().lock();
        try {
            checkOpen();
            for (long page = offset >>> Lines.PAGE_SHIFT; page <= last; page++) {
                final long mask = Lines.mask(page, offset, length);
                if ((lines.word(page) & mask) == 0) {
                    continue;
                }
                final OptionalLong found = goneOf(page, mask);
                if (found.isEmpty()) {
                    return List.of();
                }
                // If somebody is at it already, a reminder would only cost the next fault its head start.
                pending |= lines.state(lines.unit(page)) == LineMap.QUARANTINED
                    && !unitState(lines.unit(page)).lock.isLocked();
                Lines.append(gone, page, found.getAsLong());
            }
        } finally {
            open.readLock().unlock();
            Reference.reachabilityFence(this);
        }
        if (pending && !gone.isEmpty()) {
            FaultWatch.hurry();
        }
        return gone;
    }

    private OptionalLong goneOf(final long page, final long mask) {
        final long unit = lines.unit(page);
        final int index = (int) (page - unit);
        final UnitState state = unitState(unit);
        state.look.lock();
        try {
            if (state.failure != null || state.unrecorded) {
                return OptionalLong.empty();
            }
            final long lost = state.lost[index] & mask;
            if (lines.state(unit) != LineMap.QUARANTINED) {
                return OptionalLong.of(lost);
            }
            noteFaultingThread(unit, state);
            final boolean salvaged = state.gone != null;
            final long bad = (salvaged ? medium.badLines(page) : unreadable(page)) & mask & ~lost;
            final long gone = (salvaged ? state.gone[index] : bad) & mask & ~lost;
            final long kept = salvaged ? state.kept[index] : medium.lastingBadLines(page);
            // What went bad after it was salvaged will be served, or found again.
            return ((gone & ~kept) | (bad & ~gone)) == 0 ? OptionalLong.of(lost | gone) : OptionalLong.empty();
        } catch (IOException _) {
            // Recovery will meet it too, and say so.
            return OptionalLong.empty();
        } finally {
            state.look.unlock();
        }
    }

    /** Recovers all units that the handler has quarantined and nobody has looked at; waits for whoever is at it. */
    public void resolveFaults() {
        faults.lock();
        try {
            while (range.hasFaults()) {
                final List<Long> taken = new ArrayList<>();
                range.takeFaults(taken::add);
                Crew.forEach(taken, this::resolve);
            }
        } finally {
            faults.unlock();
            Reference.reachabilityFence(this);
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
     * @param page   its index.
     * @param source how the medium came to know.
     * @return as for {@link #resolve}.
     */
    public IOException withdraw(final long page, final MediaEvent.Source source) {
        final long unit = lines.unit(page);
        final IOException[] failure = new IOException[1];
        try {
            locked(unit, state -> {
                state.report.found(source);
                quarantine(unit, state);
                resolve(unit, state);
                failure[0] = state.failure;
            });
        } catch (final IOException thrown) {
            return thrown;
        }
        return failure[0];
    }

    /**
     * Reads the medium's list of bad places, keeps what it says, and withdraws and recovers the pages on it.
     *
     * @param source how the medium came to know of what is new.
     */
    public void readBadBlocks(final MediaEvent.Source source) {
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
        if (isClosed()) {
            return;
        }
        if (isNews) {
            list.unknown().ifPresent(reason -> LOGGER.log(System.Logger.Level.WARNING,
                () -> path + ": which lines are poisoned is unknown; the first access will tell: " + reason));
        }
        for (final ByteRange bad : list.ranges()) {
            final long last = Math.min(bad.end() - 1 >>> Lines.PAGE_SHIFT, lines.pageCount() - 1);
            for (long page = bad.offset() >>> Lines.PAGE_SHIFT; page <= last; page++) {
                withdrawListed(page, Lines.mask(page, bad.offset(), bad.length()), source);
            }
        }
        Reference.reachabilityFence(this);
    }

    /** Withdraws and recovers a page of which lines were on a list, unless that has been done since it was read. */
    private void withdrawListed(final long page, final long mask, final MediaEvent.Source source) {
        final long unit = lines.unit(page);
        try {
            locked(unit, state -> {
                // All of a quarantined unit is refused already, and one that failed waits for an explicit recovery.
                if (lines.state(unit) == LineMap.QUARANTINED) {
                    if (state.failure == null) {
                        resolve(unit, state);
                    }
                } else if (readOnly ? (mask & ~lines.word(page)) != 0 : isListed(unit)) {
                    state.report.found(source);
                    quarantine(unit, state);
                    resolve(unit, state);
                }
            });
        } catch (final IOException failure) {
            // It is refused all the same, and the next access of it tries again.
            count(unit, RecoveryTrace.Outcome.FAILED, failure);
        }
    }

    /** What is on the list of a read-only region stays there, so nothing of it says what was done about it. */
    private boolean isListed(final long unit) throws IOException {
        final long length = (long) lines.unitPages() << Lines.PAGE_SHIFT;
        return medium.directAccess(unit << Lines.PAGE_SHIFT, length, Medium.Access.ACCESS) < length;
    }

    /**
     * Reads the medium's list of bad places as {@link #readBadBlocks} does, and once more.
     *
     * @return what is on it still, after the pages on it were recovered: what the medium does not clear.
     * @throws IllegalStateException if the region is closed.
     */
    public BadBlockList rereadBadBlocks() {
        readBadBlocks(MediaEvent.Source.BAD_BLOCK_LIST);
        open.readLock().lock();
        try {
            checkOpen();
            listReading.lock();
            try {
                badBlocks = medium.badBlocks();
                return badBlocks;
            } finally {
                listReading.unlock();
            }
        } finally {
            open.readLock().unlock();
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Reads a part of the medium as a patrol does; see {@link Medium#patrol}.
     *
     * @param offset first byte.
     * @param buffer gets what could be read.
     * @return what could not.
     * @throws IOException           if that cannot be found out.
     * @throws IllegalStateException if the region is closed.
     */
    public PatrolRead patrol(final long offset, final MemorySegment buffer) throws IOException {
        final PatrolRead read = whileOpen(() -> medium.patrol(offset, buffer));
        telemetry.add(
            Counter.SCRUBBED_BYTES, buffer.byteSize() - read.unread().stream().mapToLong(ByteRange::length).sum());
        return read;
    }

    /**
     * Looks again at a unit of which a patrol could not read all, and recovers it if that is still so. Lines that the
     * medium cannot read but memory has are not lost: they are written anew. A read-only region keeps serving these.
     *
     * @param unit  index of its first page.
     * @param known for each of its pages the lines that are known to be bad and to stay so; they are not looked at.
     * @return for each page the lines that the medium could not read and nobody knew of; none if somebody else is at
     *     the unit, or has given it up.
     * @throws IOException           if that cannot be found out.
     * @throws IllegalStateException if the region is closed.
     */
    public long[] recoverLatent(final long unit, final long[] known) throws IOException {
        final long[] found = new long[lines.unitPages()];
        locked(unit, state -> {
            if (lines.state(unit) == LineMap.QUARANTINED || !findLatent(unit, known, found)) {
                return;
            }
            if (!readOnly) {
                for (int i = 0; i < found.length; i++) {
                    state.damaged[i] |= found[i];
                }
            }
            state.report.found(MediaEvent.Source.SCRUB);
            quarantine(unit, state);
            resolve(unit, state);
            if (state.failure instanceof OfflineException) {
                Arrays.fill(found, 0);
                Arrays.fill(state.damaged, 0);
            }
        });
        return found;
    }

    /** Whether the unit is to be recovered for what is found. */
    private boolean findLatent(final long unit, final long[] known, final long[] found) throws IOException {
        boolean recover = false;
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment page = arena.allocate(Lines.PAGE_LENGTH, Lines.PAGE_LENGTH);
            for (int i = 0; i < found.length; i++) {
                for (final ByteRange bad : medium.patrol(unit + i << Lines.PAGE_SHIFT, page).bad()) {
                    found[i] |= Lines.mask(unit + i, bad.offset(), bad.length());
                }
                // What is refused in a read-only region is as recovered as it can be.
                found[i] &= ~known[i] & (readOnly ? ~lines.word(unit + i) : Lines.ALL);
                recover |= found[i] != 0 && (!readOnly || (medium.badLines(unit + i) & found[i]) != 0);
            }
        }
        return recover;
    }

    /**
     * The lines of a page that loads are refused for.
     *
     * @param page its index.
     * @return bit i for line i.
     */
    public long refusedLines(final long page) {
        final long word = lines.word(page);
        Reference.reachabilityFence(this);
        return word;
    }

    /**
     * How many bytes the medium reads at least, as {@link io.cordon.media.Units#read}.
     *
     * @return a power of two.
     */
    public int readUnit() {
        return medium.units().read();
    }

    private void quarantine(final long unit, final UnitState state) throws IOException {
        range.quarantine(unit);
        state.failure = null;
    }

    /** Recovers a unit while it is quarantined; the failure, if any, is left in the state. */
    void resolve(final long unit, final UnitState state) {
        state.failure = null;
        if (lines.state(unit) != LineMap.QUARANTINED) {
            return;
        }
        if (lines.isOffline()) {
            // Nothing of it failed, as far as anybody knows; it is forgotten when the device is mapped again.
            state.failure = new OfflineException(path);
            return;
        }
        final RecoveryTrace trace = new RecoveryTrace(path.toString(), unit << Lines.PAGE_SHIFT,
            (long) lines.unitPages() << Lines.PAGE_SHIFT, state.report.source());
        state.trace = trace;
        telemetry.add(Counter.FAULTS, 1);
        resolveQuarantined(unit, state);
        final RecoveryTrace.Outcome outcome = outcome(state);
        trace.end(outcome, outcome == RecoveryTrace.Outcome.FAILED || outcome == RecoveryTrace.Outcome.OFFLINE
            ? (long) lines.unitPages() * Long.SIZE : state.refusedCount(), state.failure);
        count(unit, outcome, state.failure);
    }

    private RecoveryTrace.Outcome outcome(final UnitState state) {
        if (state.failure != null) {
            return state.failure instanceof OfflineException
                ? RecoveryTrace.Outcome.OFFLINE : RecoveryTrace.Outcome.FAILED;
        }
        if (state.trace.badLineCount() == 0) {
            return RecoveryTrace.Outcome.UNFOUNDED;
        }
        if (readOnly) {
            return RecoveryTrace.Outcome.COPIED;
        }
        return state.refusedCount() == 0 ? RecoveryTrace.Outcome.WHOLE : RecoveryTrace.Outcome.LINES_LOST;
    }

    private void count(final long unit, final RecoveryTrace.Outcome outcome, final IOException failure) {
        if (outcome == RecoveryTrace.Outcome.FAILED) {
            telemetry.add(Counter.FAILED_RECOVERIES, 1);
            telemetry.report(failure);
            if (failures.isWorthALine()) {
                LOGGER.log(System.Logger.Level.WARNING, () -> path + ": the page at offset "
                    + (unit << Lines.PAGE_SHIFT) + " cannot be recovered, all of it is refused; when the medium is in"
                    + " order again, recovery() or the next opening tries again (" + failures + ")", failure);
            }
        } else if (outcome != RecoveryTrace.Outcome.OFFLINE) {
            telemetry.add(Counter.RECOVERIES, 1);
        }
    }

    private void resolveQuarantined(final long unit, final UnitState state) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment content =
                arena.allocate((long) lines.unitPages() << Lines.PAGE_SHIFT, Libc.pageSize());
            int attempts = 0;
            while (lines.state(unit) == LineMap.QUARANTINED) {
                // The last one's failure is the unit's.
                attempt(unit, state, content, ++attempts >= ATTEMPT_LIMIT);
            }
        } catch (final IOException failure) {
            if (failure instanceof OfflineException || medium.isOffline()) {
                state.failure = new OfflineException(path);
                goOffline();
                return;
            }
            state.failure = failure;
            final long[] all = new long[lines.unitPages()];
            Arrays.fill(all, Lines.ALL);
            state.report.failed(events, unit, all);
            countRefused(state, () -> Arrays.fill(state.poisoned, Lines.ALL));
        }
    }

    private void attempt(final long unit, final UnitState state, final MemorySegment content, final boolean last)
        throws IOException {
        try {
            attemptOnce(unit, state, content, last);
        } finally {
            if (!state.journaled) {
                // Else the next attempt writes what this one has salvaged.
                forgetGone(state);
            }
        }
    }

    /** From now on an access that does not wait asks the medium what is gone. */
    private static void forgetGone(final UnitState state) {
        state.change(() -> {
            state.gone = null;
            state.journaled = false;
        });
    }

    private void attemptOnce(final long unit, final UnitState state, final MemorySegment content, final boolean last)
        throws IOException {
        // A handler may have written the record and not yet mapped: stores would still reach the file.
        range.awaitHandlers();
        final RecoveryTrace trace = state.trace;
        trace.attempt();
        final long[] damaged = new long[lines.unitPages()];
        final long[] bad = new long[lines.unitPages()];
        final long[] gone;
        try {
            salvage(unit, state, content, damaged, bad);
            trace.passed(RecoveryTrace.Step.SALVAGE);
            trace.found(ranges(unit, bad), faultingThread(unit, state));
            state.report.failed(events, unit, either(bad, state.damaged));
            gone = repair(unit, state, bad, content);
            trace.passed(RecoveryTrace.Step.REPAIR);
            if (contains(damaged) && !readOnly) {
                // If the proof fails, the sidecar still knows what was salvaged, and what was gone.
                overwrite(unit, state, damaged, gone, content);
                // Late signals of this failure will find nothing wrong.
                state.futileCount = 0;
            }
        } catch (final IOException failure) {
            if (medium.isOffline()) {
                throw new OfflineException(path);
            }
            // Poison may have struck again since the unit was looked at, the same lines or others.
            if (last || failure instanceof NotClearedException) {
                throw failure;
            }
            return;
        }
        if (!contains(damaged)) {
            checkProgress(unit, state);
        } else if (readOnly) {
            mapCopy(unit, state, gone, content);
            trace.passed(RecoveryTrace.Step.PUBLISH);
            return;
        }
        final boolean published = publish(unit, state, gone);
        trace.passed(RecoveryTrace.Step.PUBLISH);
        if (!published && last) {
            throw new IOException(path + ": the page at offset " + (unit << Lines.PAGE_SHIFT)
                + " goes bad again whenever it is recovered; gave up after " + ATTEMPT_LIMIT + " attempts");
        }
    }

    private static List<ByteRange> ranges(final long unit, final long[] masks) {
        final List<ByteRange> ranges = new ArrayList<>();
        for (int i = 0; i < masks.length; i++) {
            Lines.append(ranges, unit + i, masks[i]);
        }
        return ranges;
    }

    /** Who ran into the failure of a unit, if that is known. */
    private Thread faultingThread(final long unit, final UnitState state) {
        state.look.lock();
        try {
            noteFaultingThread(unit, state);
            final Thread noted = state.faulting;
            state.faulting = null;
            // What was noted too late belongs to the failure before.
            return Long.compareUnsigned(state.faultingTrap, state.givenBack) > 0 ? noted : null;
        } finally {
            state.look.unlock();
        }
    }

    /** Notes the calling thread if it trapped in the unit; of virtual ones nobody knows which of a carrier's it was. */
    private void noteFaultingThread(final long unit, final UnitState state) {
        final Thread thread = Thread.currentThread();
        final long trap = thread.isVirtual() ? 0 : range.lastTrap(unit, state.givenBack);
        if (trap != 0) {
            state.faulting = thread;
            state.faultingTrap = trap;
        }
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

    /**
     * Refuses all access until the device is back. One mapping covers all of it: so nothing faults any more, and the
     * kernel's limit of mappings, which a million quarantined pages would exceed, is no matter. Does nothing if that
     * was done before.
     */
    public void goOffline() {
        // The device may be back before all of it is done, and is served again after it.
        open.readLock().lock();
        try {
            if (lines.goOffline()) {
                cover();
                offlineNanos = System.nanoTime();
                events.raise(MediaEvent.Kind.OFFLINE, MediaEvent.Source.FAULT, whole());
                FlightRecording.offline(path.toString());
                LOGGER.log(System.Logger.Level.ERROR, () -> path + ": the device is offline; all access is refused");
                DeviceWatch.watch(this);
            }
        } finally {
            open.readLock().unlock();
            Reference.reachabilityFence(this);
        }
    }

    private void cover() {
        try {
            range.coverAll();
        } catch (final IOException uncovered) {
            LOGGER.log(System.Logger.Level.WARNING,
                () -> path + ": raw segments fault page by page while the device is offline", uncovered);
        }
    }

    private List<ByteRange> whole() {
        return List.of(new ByteRange(0, lines.pageCount() << Lines.PAGE_SHIFT));
    }

    /**
     * Serves the region again if it was offline and its device is back.
     *
     * @return false if the device is still gone.
     */
    public boolean comeBack() {
        if (!lines.isOffline()) {
            return true;
        }
        if (medium.isOffline()) {
            return false;
        }
        if (!remap()) {
            // Closed, or somebody else was quicker.
            return !lines.isOffline();
        }
        LOGGER.log(System.Logger.Level.INFO, () -> path + ": the device is back");
        // What failed when the device went may be as good as ever.
        units.keySet().forEach(unit -> {
            if (lines.state(unit) == LineMap.QUARANTINED && !isClosed()) {
                resolve(unit);
            }
        });
        Reference.reachabilityFence(this);
        return true;
    }

    /** The file in place of what covers it, except where units are quarantined; nobody recovers any meanwhile. */
    private boolean remap() {
        // Who follows the handler's list up knows of units that nobody else knows of.
        faults.lock();
        open.writeLock().lock();
        try {
            if (!lines.isOffline()) {
                return false;
            }
            takeQuarantined();
            long mapped = 0;
            for (final Map.Entry<Long, UnitState> unit : units.entrySet()) {
                if (lines.state(unit.getKey()) == LineMap.QUARANTINED) {
                    remap(mapped, unit.getKey());
                    mapped = unit.getKey() + lines.unitPages();
                    unit.getValue().failure = null;
                }
            }
            remap(mapped, lines.pageCount());
            // A handler that ran late may have lost its page to the file: nobody has recovered it since.
            for (final long unit : takeQuarantined()) {
                if (lines.state(unit) == LineMap.QUARANTINED) {
                    range.quarantine(unit);
                }
            }
            lines.comeBack();
            // Not before, since whoever is told may want to see it; and closing waits for it.
            events.raise(MediaEvent.Kind.ONLINE, MediaEvent.Source.FAULT, whole());
            FlightRecording.online(path.toString(), System.nanoTime() - offlineNanos);
            return true;
        } catch (final IOException failure) {
            if (mapFailures.isWorthALine()) {
                LOGGER.log(System.Logger.Level.WARNING,
                    () -> path + ": the device is back, but cannot be mapped yet (" + mapFailures + ")", failure);
            }
            return false;
        } finally {
            open.writeLock().unlock();
            faults.unlock();
        }
    }

    private void remap(final long first, final long end) throws IOException {
        if (first < end) {
            medium.remap(lines.base() + (first << Lines.PAGE_SHIFT), first << Lines.PAGE_SHIFT,
                end - first << Lines.PAGE_SHIFT);
        }
    }

    /** Takes what handlers have quarantined, those that are at it included. */
    private List<Long> takeQuarantined() {
        range.awaitHandlers();
        final List<Long> taken = new ArrayList<>();
        range.takeFaults(unit -> {
            unitState(unit);
            taken.add(unit);
        });
        return taken;
    }

    /**
     * Why all access is refused, if it is because the device is gone.
     *
     * @return null if it is not.
     */
    public IOException offline() {
        if (!lines.isOffline()) {
            return null;
        }
        DeviceWatch.ensureThread();
        return new OfflineException(path);
    }

    private static long[] either(final long[] some, final long[] others) {
        final long[] all = some.clone();
        for (int i = 0; i < all.length; i++) {
            all[i] |= others[i];
        }
        return all;
    }

    private static boolean contains(final long[] masks) {
        return Arrays.stream(masks).anyMatch(mask -> mask != 0);
    }

    /**
     * Step 1: which lines can be read, and their content; zero for the others.
     *
     * @param damaged is set for each page to the lines that need a recovery write.
     * @param bad     is set for each page to the lines that could not be read.
     */
    private void salvage(final long unit, final UnitState state, final MemorySegment content,
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

    /**
     * Step 2: fills lines in that could not be read, from whoever can supply them. Lines that were lost before stay
     * lost: what the application does about them is its own affair.
     *
     * @return for each page the lines that are gone nevertheless.
     */
    private long[] repair(final long unit, final UnitState state, final long[] bad, final MemorySegment content) {
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
                    LOGGER.log(System.Logger.Level.WARNING, () -> path + ": " + source
                        + " cannot supply the line at offset " + offset + " (" + sourceFailures + ")", failure);
                }
            }
        }
        return false;
    }

    /** Step 3 and 4: the recovery write, and its proof. */
    private void overwrite(final long unit, final UnitState state, final long[] damaged, final long[] gone,
        final MemorySegment content) throws IOException {
        final boolean[] begun = new boolean[damaged.length];
        for (int i = 0; i < damaged.length; i++) {
            begun[i] = damaged[i] != 0;
        }
        sidecar.begin(unit, begun, gone, content);
        state.trace.passed(RecoveryTrace.Step.JOURNAL);
        state.change(() -> state.journaled = true);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment readBack = arena.allocate(Lines.PAGE_LENGTH, Lines.PAGE_LENGTH);
            for (int i = 0; i < damaged.length; i++) {
                if (damaged[i] == 0) {
                    continue;
                }
                final MemorySegment page = content.asSlice((long) i << Lines.PAGE_SHIFT, Lines.PAGE_LENGTH);
                RecoveryWrite.overwrite(medium, path, unit + i, damaged[i], page);
                sync(unit + i);
                state.trace.passed(RecoveryTrace.Step.WRITE);
                prove(unit + i, page, readBack);
                state.trace.passed(RecoveryTrace.Step.PROOF);
            }
        }
    }

    /** Law 6: what the medium knows of the page, and what is read back. Reading costs most of it, and is done once. */
    private void prove(final long page, final MemorySegment written, final MemorySegment readBack) throws IOException {
        final long offset = page << Lines.PAGE_SHIFT;
        if (medium.directAccess(offset, Lines.PAGE_LENGTH, Medium.Access.ACCESS) < Lines.PAGE_LENGTH) {
            throw notCleared(page, medium.badLines(page));
        }
        try {
            medium.read(offset, readBack);
        } catch (final IOException unread) {
            final long stillBad = medium.badLines(page);
            throw stillBad == 0 ? unread : notCleared(page, stillBad);
        }
        if (readBack.mismatch(written) >= 0) {
            throw new IOException(path + ": the page at offset " + offset + " does not read back as it was written");
        }
    }

    private IOException notCleared(final long page, final long stillBad) {
        return new IOException(path + ": the medium does not clear the poison at " + Lines.ranges(page, stillBad)
            + ", though it says so");
    }

    /** Step 5: the file's page in place of the quarantine page; the bad lines are lost from now on. */
    private boolean publish(final long unit, final UnitState state, final long[] bad) throws IOException {
        final long[] refused = new long[bad.length];
        for (int i = 0; i < bad.length; i++) {
            refused[i] = state.lost[i] | bad[i];
        }
        countRefused(state, () -> {
            System.arraycopy(refused, 0, state.lost, 0, refused.length);
            Arrays.fill(state.poisoned, 0);
        });
        Arrays.fill(state.damaged, 0);
        state.report.settled(events, unit, refused);
        sidecar.lines(unit, refused);
        // Before the unit can fail anew: what we found would not be true of that.
        forgetGone(state);
        final boolean done = medium.mapBack(range, unit, unit << Lines.PAGE_SHIFT, refused);
        state.givenBack = lines.hazard();
        return done;
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
            state.report.settled(events, unit, refused);
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
        final int poisonedBefore = state.poisonedCount();
        state.change(change);
        final int more = state.refusedCount() - before;
        final int morePoisoned = state.poisonedCount() - poisonedBefore;
        refusedLines.addAndGet(more);
        telemetry.add(Counter.POISONED_LINES, morePoisoned);
        telemetry.add(Counter.LOST_LINES, more - morePoisoned);
    }

    /**
     * Publishes the refused lines of a page that is mapped, after some of them were written anew, made durable and
     * proven.
     *
     * @return false if the page was quarantined meanwhile.
     */
    boolean recovered(final long page, final UnitState state, final long written) throws IOException {
        final int index = (int) (page - lines.unit(page));
        final long refused = state.lost[index] & ~written;
        if (refused == state.lost[index]) {
            return lines.state(lines.unit(page)) != LineMap.QUARANTINED;
        }
        state.report.written(events, page, index, refused);
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
        Reference.reachabilityFence(this);
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
            for (final GroupSync sync : syncs) {
                sync.sync();
            }
        } finally {
            open.readLock().unlock();
        }
    }

    /** Makes what was written of a page durable. */
    void sync(final long page) throws IOException {
        syncs.get(medium.base(page)).sync();
    }

    /** The recovery of a page that was begun and not ended, or null: what it holds is more than the medium has. */
    SidecarContent.Begun begun(final long page) {
        return sidecar.begun(page);
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
        final boolean closed = lines.isClosed();
        Reference.reachabilityFence(this);
        return closed;
    }

    @Override
    public boolean isClean() {
        final boolean clean = (lines.hazard() & LineMap.POISON) == 0 && badBlocks.unknown().isEmpty();
        Reference.reachabilityFence(this);
        return clean;
    }

    @Override
    public Optional<String> unknown() {
        return badBlocks.unknown();
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
            final UnitState state = units.get(unit);
            if (lines.state(unit) == LineMap.QUARANTINED || state == null) {
                return LineState.POISONED;
            }
            return (state.poisoned[(int) (page - unit)] & line) != 0 ? LineState.POISONED : LineState.LOST;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public List<ByteRange> ranges() {
        final List<ByteRange> ranges = new ArrayList<>();
        resolveFaults();
        for (final Map.Entry<Long, UnitState> unit : units.entrySet()) {
            awaitRecovery(unit.getKey(), unit.getValue());
            for (int i = 0; i < lines.unitPages(); i++) {
                Lines.append(ranges, unit.getKey() + i, lines.word(unit.getKey() + i));
            }
        }
        Reference.reachabilityFence(this);
        return List.copyOf(ranges);
    }

    /** All of a unit is refused while it is being recovered, and most of it not any more a moment later. */
    private void awaitRecovery(final long unit, final UnitState state) {
        if (lines.state(unit) == LineMap.QUARANTINED && !isClosed() && !state.lock.isHeldByCurrentThread()) {
            try {
                resolve(unit);
            } catch (final IllegalStateException closed) {
                if (!isClosed()) {
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
