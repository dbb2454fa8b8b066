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
import io.cordon.event.Occasions;
import io.cordon.event.RecoveryTrace;
import io.cordon.event.Telemetry;
import io.cordon.fault.GuardedRange;
import io.cordon.linux.Errno;
import io.cordon.linux.Libc;
import io.cordon.media.Medium;
import io.cordon.media.NotClearedException;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The recovery of one unit, under its lock: {@link #resolve} makes attempts until the unit is mapped from the file
 * again or has to be given up. An attempt has five steps: {@link Salvage}, {@link LineRepair}, the sidecar's begin, the
 * recovery write with its proof, publishing. Thread-safe.
 */
final class UnitRecovery {
    /** A unit that faults again this often in a row, though its medium reads fine, is given up. */
    private static final int FUTILE_LIMIT = 32;
    private static final long FUTILE_WINDOW_NANOS = 1_000_000_000L;
    /** Poison that strikes a unit while it is being recovered, or a medium that fails: how often to try. */
    private static final int ATTEMPT_LIMIT = 64;

    private final Path path;
    private final LineMap lines;
    private final GuardedRange range;
    private final Medium medium;
    private final Sidecar sidecar;
    private final MediaEvents events;
    private final Telemetry telemetry;
    private final boolean readOnly;
    private final UnitTable units;
    private final Salvage salvage;
    private final LineRepair repair;
    private final FaultingThread faulting;
    private final DevicePresence device;
    /** For each of the medium's bases: a leg of a stack need not wait for another, nor fail with it. */
    private final List<GroupSync> syncs;
    private final Occasions failures = new Occasions();

    UnitRecovery(final RegionParts parts, final UnitTable units, final Salvage salvage, final LineRepair repair,
        final FaultingThread faulting, final DevicePresence device) {
        this.path = parts.path();
        this.lines = parts.lines();
        this.range = parts.range();
        this.medium = parts.medium();
        this.sidecar = parts.sidecar();
        this.events = parts.events();
        this.telemetry = parts.events().telemetry();
        this.readOnly = parts.readOnly();
        this.units = units;
        this.salvage = salvage;
        this.repair = repair;
        this.faulting = faulting;
        this.device = device;
        this.syncs = parts.medium().bases().stream().map(base -> new GroupSync(base::sync)).toList();
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

    /** Counts and reports how a recovery has ended. */
    void count(final long unit, final RecoveryTrace.Outcome outcome, final IOException failure) {
        if (outcome == RecoveryTrace.Outcome.FAILED) {
            telemetry.add(Counter.FAILED_RECOVERIES, 1);
            telemetry.report(failure);
            if (failures.isWorthALine()) {
                PageRecovery.LOGGER.log(System.Logger.Level.WARNING, () -> path + ": the page at offset "
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
                device.goOffline();
                return;
            }
            state.failure = failure;
            final long[] all = new long[lines.unitPages()];
            Arrays.fill(all, Lines.ALL);
            state.report.failed(events, unit, all);
            units.countRefused(state, () -> Arrays.fill(state.poisoned, Lines.ALL));
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
            salvage.salvage(unit, state, content, damaged, bad);
            trace.passed(RecoveryTrace.Step.SALVAGE);
            trace.found(ranges(unit, bad), faulting.take(unit, state));
            state.report.failed(events, unit, either(bad, state.damaged));
            gone = repair.repair(unit, state, bad, content);
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
        units.countRefused(state, () -> {
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
        units.countRefused(state, () -> System.arraycopy(bad, 0, state.poisoned, 0, bad.length));
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

    /** Withdraws a unit that something was found out about, and recovers it. */
    void withdraw(final long unit, final UnitState state, final MediaEvent.Source source) throws IOException {
        state.report.found(source);
        reopen(unit, state);
    }

    /** Withdraws a mapped unit whose medium does not read well, and recovers it. */
    void reopen(final long unit, final UnitState state) throws IOException {
        range.quarantine(unit);
        resolve(unit, state);
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
        units.countRefused(state, () -> state.lost[index] = refused);
        return true;
    }

    /** Makes all of the medium durable. */
    void sync() throws IOException {
        for (final GroupSync sync : syncs) {
            sync.sync();
        }
    }

    /** Makes what was written of a page durable. */
    void sync(final long page) throws IOException {
        syncs.get(medium.base(page)).sync();
    }
}
