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
import io.cordon.event.MediaEvent;
import io.cordon.event.MediaEvents;
import io.cordon.event.Telemetry;
import io.cordon.fault.GuardedRange;
import io.cordon.media.BadBlockList;
import io.cordon.media.Medium;
import io.cordon.media.PatrolRead;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;
import io.cordon.poison.Poison;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes quarantined units of a region whole again, one at a time and each under its own lock, in the thread that ran
 * into the fault or in the fault watch, whichever comes first. Thread-safe; no unit's recovery waits for another's.
 *
 * <p>This is the entrance; each subject has a class of its own: {@link UnitTable} the units and their locks,
 * {@link UnitRecovery} the attempts at one unit, of whose steps {@link Salvage} is the first and {@link LineRepair} the
 * second, {@link EarlyRefusal} what may be refused before it is recovered, {@link FaultList} what nobody has looked at
 * yet, {@link ListedPoison} the medium's list, {@link LatentPoison} what a patrol finds, {@link SuspectLines} persists
 * that failed, {@link DevicePresence} a device that goes and comes, {@link Restoration} what the sidecar says when a
 * region is opened, {@link PoisonView} what its users are told.
 *
 * <p>The region's memory is given back when this object is unreachable, so whatever reads it keeps this object
 * reachable until it has: the methods here do, for all that they call.
 */
public final class PageRecovery {
    /** One for all of it: which class logs is no concern of whoever configures it. */
    static final System.Logger LOGGER = System.getLogger(PageRecovery.class.getName());

    private final Path path;
    private final LineMap lines;
    private final GuardedRange range;
    private final Medium medium;
    private final Sidecar sidecar;
    private final Telemetry telemetry;
    private final UnitTable units;
    private final FaultList faults;
    private final DevicePresence device;
    private final Salvage salvage;
    private final LineRepair repair;
    private final UnitRecovery recovery;
    private final EarlyRefusal early;
    private final SuspectLines suspects;
    private final ListedPoison listed;
    private final LatentPoison latent;
    private final Restoration restoration;
    private final PoisonView poison;

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
        this.telemetry = events.telemetry();
        final RegionParts parts = new RegionParts(path, lines, range, medium, sidecar, events, readOnly);
        this.units = new UnitTable(parts);
        this.faults = new FaultList(range, units);
        this.device = new DevicePresence(this, parts, units, faults);
        this.salvage = new Salvage(parts);
        this.repair = new LineRepair(path, sources, telemetry);
        final FaultingThread faulting = new FaultingThread(range);
        this.recovery = new UnitRecovery(parts, units, salvage, repair, faulting, device);
        this.early = new EarlyRefusal(parts, units, salvage, repair, faulting);
        this.suspects = new SuspectLines(parts, units, recovery);
        this.listed = new ListedPoison(parts, units, recovery);
        this.latent = new LatentPoison(parts, units, recovery);
        this.restoration = new Restoration(this, parts, units);
        this.poison = new PoisonView(this, path, lines, units, listed);
    }

    /**
     * Refuses the lines that the sidecar says are lost, and finishes the recoveries that were begun and not ended. To
     * be called before anybody can access the region.
     */
    public void restore() {
        restoration.restore();
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
        try {
            suspects.suspect(offset, length);
        } finally {
            Reference.reachabilityFence(this);
        }
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
        try {
            return units.whileOpen(action);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** For what is done without a unit; {@link #locked} looks itself. */
    void checkOpen() {
        try {
            units.checkOpen();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Runs an action on a unit under its lock, unless the region is closed. */
    void locked(final long unit, final UnitTable.UnitAction action) throws IOException {
        try {
            units.locked(unit, action);
        } finally {
            Reference.reachabilityFence(this);
        }
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
     * <p>{@link EarlyRefusal} says why that may be told before anything is durable.
     *
     * @param offset first byte.
     * @param length in bytes.
     * @return all lines of the range that are gone; empty if that is not certain of all, or none is.
     * @throws IllegalStateException if the region is closed.
     */
    public List<ByteRange> certainlyGone(final long offset, final long length) {
        try {
            return early.certainlyGone(offset, length);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Recovers all units that the handler has quarantined and nobody has looked at; waits for whoever is at it. */
    public void resolveFaults() {
        try {
            faults.resolveAll(this::resolve);
        } finally {
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
                recovery.withdraw(unit, state, source);
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
        try {
            listed.read(source);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Reads the medium's list of bad places as {@link #readBadBlocks} does, and once more.
     *
     * @return what is on it still, after the pages on it were recovered: what the medium does not clear.
     * @throws IllegalStateException if the region is closed.
     */
    public BadBlockList rereadBadBlocks() {
        try {
            return listed.reread();
        } finally {
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
        try {
            return latent.recover(unit, known);
        } finally {
            Reference.reachabilityFence(this);
        }
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

    /** Recovers a unit while it is quarantined, under its lock; the failure, if any, is left in the state. */
    void resolve(final long unit, final UnitState state) {
        recovery.resolve(unit, state);
    }

    /** Withdraws a mapped unit whose medium does not read well, and recovers it. */
    void reopen(final long unit, final UnitState state) throws IOException {
        recovery.reopen(unit, state);
    }

    /**
     * Publishes the refused lines of a page that is mapped, after some of them were written anew, made durable and
     * proven.
     *
     * @return false if the page was quarantined meanwhile.
     */
    boolean recovered(final long page, final UnitState state, final long written) throws IOException {
        return recovery.recovered(page, state, written);
    }

    /** Whether a repair source supplies a line. */
    boolean supply(final long offset, final MemorySegment line) {
        return repair.supply(offset, line);
    }

    /** The lines of a page that the medium cannot read, or reads as they were before the last store. */
    long unreadable(final long page) throws IOException {
        return salvage.unreadable(page);
    }

    /** Fails if what could not be read of a page is so because the device is gone, or was. */
    void checkPresent(final long page, final long bad) throws IOException {
        salvage.checkPresent(page, bad);
    }

    /**
     * Refuses all access until the device is back. One mapping covers all of it: so nothing faults any more, and the
     * kernel's limit of mappings, which a million quarantined pages would exceed, is no matter. Does nothing if that
     * was done before.
     */
    public void goOffline() {
        try {
            device.goOffline();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Serves the region again if it was offline and its device is back.
     *
     * @return false if the device is still gone.
     */
    public boolean comeBack() {
        try {
            return device.comeBack();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Why all access is refused, if it is because the device is gone.
     *
     * @return null if it is not.
     */
    public IOException offline() {
        return device.offline();
    }

    /**
     * Makes all of the file durable, what is mapped and what is not.
     *
     * @throws IOException           if the medium fails.
     * @throws IllegalStateException if the region is closed.
     */
    public void sync() throws IOException {
        resolveFaults();
        whileOpen(() -> {
            recovery.sync();
            return null;
        });
    }

    /** Makes what was written of a page durable. */
    void sync(final long page) throws IOException {
        recovery.sync(page);
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
        units.close(action);
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

    /**
     * Which lines are refused.
     *
     * @return the same object each time; it keeps the region's memory as this one does.
     */
    public Poison poison() {
        return poison;
    }
}
