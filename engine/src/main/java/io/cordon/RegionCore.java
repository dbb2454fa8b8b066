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

import io.cordon.event.Counter;
import io.cordon.event.Counters;
import io.cordon.event.EventNotifier;
import io.cordon.event.FlightRecording;
import io.cordon.event.LoggedEvent;
import io.cordon.event.MediaEvent;
import io.cordon.event.MediaListener;
import io.cordon.event.MediaRegistration;
import io.cordon.event.OwnerMap;
import io.cordon.event.Ownership;
import io.cordon.event.Telemetry;
import io.cordon.fault.AddressRange;
import io.cordon.fault.FaultWatch;
import io.cordon.fault.GuardedRange;
import io.cordon.linux.Errno;
import io.cordon.linux.Libc;
import io.cordon.linux.Memory;
import io.cordon.linux.NativeFile;
import io.cordon.linux.WriteBack;
import io.cordon.media.FileLeg;
import io.cordon.media.Media;
import io.cordon.media.Medium;
import io.cordon.media.PartialPersistException;
import io.cordon.media.SimulatedMedia;
import io.cordon.media.StackedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;
import io.cordon.poison.Poison;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.ExplicitRecovery;
import io.cordon.recovery.Mirror;
import io.cordon.recovery.OfflineException;
import io.cordon.recovery.PageRecovery;
import io.cordon.recovery.Recovery;
import io.cordon.recovery.RepairSource;
import io.cordon.recovery.Sidecar;
import io.cordon.scrub.PatrolScrubber;
import io.cordon.scrub.Scrubber;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * A region's slow path: everything that an access does not need while nothing fails.
 */
final class RegionCore {
    private static final long CLOSE_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long CLOSE_POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

    /** So many bytes are made durable once more rather than looking at each page: that takes memory for each. */
    private static final long LOOK_LIMIT = 64 << 20;

    /** Closed regions keep their addresses until they are collected; the kernel has 65530 mappings for a process. */
    private static final int CLOSED_LIMIT = 4096;
    private static final AtomicInteger CLOSED_COUNT = new AtomicInteger();
    private static Cleaner cleaner;

    /** How many pages of the kernel's to ask about at a time. */
    private static final long RESIDENCE_LENGTH = 1 << 16;

    private final Path path;
    private final long size;
    private final boolean readOnly;
    private final Media media;
    private final Medium medium;
    private final Sidecar sidecar;
    private final Mirror mirror;
    /**
     * Up to this length, and that of the region, a persist is nothing but a write-back, as long as nothing has failed;
     * 0 if it never is, if something is known to have failed, or once an event has wanted for a thread, which a persist
     * tries to start. Not volatile: who misses that only writes back in vain, or tries at the next persist.
     */
    private long writeBackLimit;
    private final AddressRange addresses;
    private final LineMap lines;
    private final PageRecovery pages;
    private final Recovery recovery;
    private final PatrolScrubber scrubber;
    private final OwnerMap owners;
    private final EventNotifier notifier;
    private final Telemetry telemetry;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;
    private final Runnable subscription;
    /** Since then nothing that is clean in memory is known to be on the medium. */
    private volatile boolean persistFailed;
    private boolean closed;

    @SuppressWarnings("restricted")
    private RegionCore(final long size, final Media media, final Medium medium, final Sidecar sidecar,
        final Mirror mirror, final AddressRange addresses, final RegionOptions options) {
        // First of all, since there may be no thread for it.
        final Cleaner releases = cleaner();
        this.path = options.path();
        this.size = size;
        this.readOnly = options.readOnly();
        this.media = media;
        this.medium = medium;
        this.sidecar = sidecar;
        this.mirror = mirror;
        writeBackLimit = mirror == null ? Math.min(medium.writeBackLimit(), Math.min(WriteBack.AT_ONCE, size)) : 0;
        this.addresses = addresses;
        final List<RepairSource> sources = new ArrayList<>();
        if (mirror != null) {
            sources.add(mirror);
        }
        if (options.repairSource() != null) {
            sources.add(options.repairSource());
        }
        lines = new LineMap(
            addresses.base(), size >>> Lines.PAGE_SHIFT, Libc.pageSize() >>> Lines.PAGE_SHIFT);
        if (readOnly) {
            lines.refuseStores();
        }
        final GuardedRange guarded = GuardedRange.guard(lines);
        owners = new OwnerMap(size);
        telemetry = new Telemetry(path.toString());
        notifier = new EventNotifier(path.toString(), sidecar.events(), sidecar, owners, telemetry,
            EventNotifier.PATIENCE_MILLIS);
        notifier.whenThreadMissing(() -> writeBackLimit = 0);
        pages = new PageRecovery(path, lines, guarded, medium, sidecar, sources, notifier, readOnly);
        recovery = new ExplicitRecovery(path, pages, readOnly);
        scrubber = new PatrolScrubber(options.storage(), path, sidecar.uuid(), size, pages, mirror, this::copy,
            readOnly);
        // While the arena is open, whoever holds a slice holds this object, and with it the addresses.
        final MemorySegment view = MemorySegment.ofAddress(addresses.base())
            .reinterpret(size, arena, _ -> Reference.reachabilityFence(this));
        segment = readOnly ? view.asReadOnly() : view;
        subscription = weakly(pages, PageRecovery::resolveFaults);
        // Not this object: recovery() and poison() reach the memory too, and may be held for longer than the region.
        releases.register(pages, new Release(addresses, lines, guarded, medium, sidecar, mirror, subscription));
    }

    /** Not in an initializer: one that cannot start the cleaner's thread is never run again. */
    private static synchronized Cleaner cleaner() {
        if (cleaner == null) {
            cleaner = Cleaner.create();
        }
        return cleaner;
    }

    /**
     * For those who live longer than the region: the watches, and the medium, which is held until the region is given
     * back, must not keep one alive that was forgotten.
     */
    private static Runnable weakly(final PageRecovery recovery, final Consumer<PageRecovery> action) {
        final WeakReference<PageRecovery> reference = new WeakReference<>(recovery);
        return () -> {
            final PageRecovery target = reference.get();
            if (target != null) {
                try {
                    action.accept(target);
                } catch (final IllegalStateException closed) {
                    // Closed meanwhile: nobody needs it any more. The caller must live on for other regions.
                    if (!target.isClosed()) {
                        throw closed;
                    }
                }
            }
        };
    }

    /** What is left to do when nobody can reach a region any more, closed or not. */
    private record Release(AddressRange addresses, LineMap lines, GuardedRange guarded, Medium medium, Sidecar sidecar,
        Mirror mirror, Runnable subscription) implements Runnable {
        @Override
        public void run() {
            FaultWatch.unsubscribe(subscription);
            medium.close();
            closeAll(mirror, sidecar);
            if (lines.isClosed()) {
                CLOSED_COUNT.decrementAndGet();
            }
            // Before the next region may get the same addresses: the handler must not find this one's entry for them.
            guarded.release();
            addresses.release();
        }
    }

    /**
     * Opens a region over open files of the right size; on failure the files are closed.
     */
    static RegionCore open(final List<NativeFile> files, final boolean created, final long size,
        final Sidecar sidecar, final Mirror mirror, final RegionOptions options) throws IOException {
        final Media media;
        final Medium medium;
        try {
            media = options.media() == null ? Media.suiting(files.getFirst()) : options.media();
            medium = media.open(files, options.readOnly());
        } catch (final Throwable failure) {
            closeAll(mirror, sidecar);
            files.forEach(NativeFile::close);
            throw failure;
        }
        final RegionCore core = map(size, media, medium, sidecar, mirror, options);
        try {
            core.start(created, options);
        } catch (final Throwable failure) {
            core.close();
            throw failure;
        }
        return core;
    }

    private static RegionCore map(final long size, final Media media, final Medium medium, final Sidecar sidecar,
        final Mirror mirror, final RegionOptions options) throws IOException {
        AddressRange addresses = null;
        try {
            addresses = AddressRange.reserve(options.path(), size);
            medium.map(addresses.base(), 0, size);
            return new RegionCore(size, media, medium, sidecar, mirror, addresses, options);
        } catch (final Throwable failure) {
            closeAll(mirror, sidecar);
            medium.close();
            if (addresses != null) {
                addresses.release();
            }
            throw failure;
        }
    }

    private static void closeAll(final Mirror mirror, final Sidecar sidecar) {
        if (mirror != null) {
            mirror.close();
        }
        sidecar.close();
    }

    private void start(final boolean created, final RegionOptions options) throws IOException {
        if (mirror != null) {
            // Before anything is recovered: a mirror that is not this region's, or too old, must supply nothing.
            mirror.check(sidecar, created, options.resynchronizeMirror() && !readOnly);
        }
        options.listeners().forEach((listener, priority) -> notifier.add(priority, listener));
        pages.restore();
        FaultWatch.subscribe(subscription);
        if (mirror == null) {
            if (!readOnly && sidecar.generation() != 0) {
                // Whatever mirror there was is older than the region from now on, by more than an interrupted start.
                sidecar.advance(sidecar.generation() + 2);
            }
        } else if (!readOnly) {
            mirror.begin(sidecar, this::copy);
        }
        // In this order: a change that comes before the listener does is in what is read after it.
        final List<Media> kinds = media instanceof final StackedMedia stack
            ? stack.legs().stream().map(FileLeg::media).toList() : List.of(media);
        for (int i = 0; i < kinds.size(); i++) {
            final MediaEvent.Source source =
                kinds.get(i) instanceof SimulatedMedia ? MediaEvent.Source.INJECTION : MediaEvent.Source.BAD_BLOCK_LIST;
            onListChange(medium.bases().get(i), weakly(pages, recovered -> recovered.readBadBlocks(source)));
        }
        pages.readBadBlocks(MediaEvent.Source.BAD_BLOCK_LIST);
        for (final Media kind : kinds) {
            if (kind instanceof final SimulatedMedia simulated) {
                simulated.onReturn(weakly(pages, PageRecovery::goOffline), weakly(pages, PageRecovery::comeBack));
            }
        }
    }

    private static void onListChange(final Medium base, final Runnable listener) throws IOException {
        try {
            base.onListChange(listener);
        } catch (final UncheckedIOException unwatched) {
            throw unwatched.getCause();
        }
    }

    long base() {
        return addresses.base();
    }

    long size() {
        return size;
    }

    Path path() {
        return path;
    }

    Media media() {
        return media;
    }

    MemorySegment segment() {
        return segment;
    }

    Poison poison() {
        return pages.poison();
    }

    Recovery recovery() {
        return recovery;
    }

    Scrubber scrubber() {
        return scrubber;
    }

    MediaRegistration addMediaListener(final int priority, final MediaListener listener) {
        return notifier.add(priority, listener);
    }

    List<LoggedEvent> mediaEvents() {
        return List.copyOf(sidecar.events().list());
    }

    Counters counters() {
        return telemetry;
    }

    Ownership own(final long offset, final long length, final Object owner, final long ownerOffset) {
        return owners.own(offset, length, owner, ownerOffset);
    }

    /**
     * Returns when an access of a range may be tried: all its lines are readable, as far as is known. Waits for the
     * recovery of its pages, or runs it.
     *
     * @throws PoisonException               if a line of the range is poisoned or lost.
     * @throws IllegalStateException         if the region is closed.
     * @throws UnsupportedOperationException if it is a store and the region is read-only.
     */
    void admit(final long offset, final long length, final boolean store) {
        if (length != 0) {
            telemetry.add(Counter.HAZARD_SLOW_PATHS, 1);
        }
        checkAdmitted(offset, length, store);
    }

    private void checkAdmitted(final long offset, final long length, final boolean store) {
        notifier.retry();
        final long hazard = lines.hazard();
        if ((hazard & LineMap.CLOSED) != 0 && lines.isClosed()) {
            throw new IllegalStateException("the region over " + path + " is closed");
        }
        // Whatever the flag says: it goes up a moment later, and down a moment before, and who is sent here for it
        // meanwhile must not be sent back.
        checkPresent(offset, length);
        if (store && (hazard & LineMap.READ_ONLY) != 0) {
            throw new UnsupportedOperationException("the region over " + path + " is read-only");
        }
        if (!lines.isRefused(offset, length)) {
            return;
        }
        final List<ByteRange> gone = pages.certainlyGone(offset, length);
        if (!gone.isEmpty()) {
            throw new PoisonException(path, gone, "", null);
        }
        final List<ByteRange> refused = new ArrayList<>();
        IOException cause = null;
        final long last = offset + length - 1 >>> Lines.PAGE_SHIFT;
        for (long page = offset >>> Lines.PAGE_SHIFT; page <= last; page++) {
            final long mask = Lines.mask(page, offset, length);
            if ((lines.word(page) & mask) != 0) {
                final PageRecovery.Refusal refusal = pages.refusal(page);
                cause = refusal.cause() != null ? refusal.cause() : cause;
                Lines.append(refused, page, refusal.lines() & mask);
            }
        }
        if (!refused.isEmpty() && cause instanceof OfflineException) {
            throw PoisonException.offline(path, refused, cause);
        }
        if (!refused.isEmpty()) {
            throw new PoisonException(path, refused, cause == null ? "" : cause.getMessage(), cause);
        }
    }

    /** Lines of a device that is gone are not lost; but nobody may see them. */
    private void checkPresent(final long offset, final long length) {
        final IOException offline = pages.offline();
        if (offline != null && length != 0) {
            final long start = offset & -Lines.LENGTH;
            final long end = offset + length + Lines.LENGTH - 1 & -Lines.LENGTH;
            throw PoisonException.offline(path, List.of(new ByteRange(start, end - start)), offline);
        }
    }

    /**
     * Whether an access met the file's own pages, though the hazard word moved while it ran.
     *
     * @param before the hazard word before the access.
     * @throws IllegalStateException if the region is closed.
     */
    boolean isLanded(final long offset, final long length, final long before) {
        if (lines.isClosed()) {
            throw new IllegalStateException("the region over " + path + " was closed while it was accessed");
        }
        return lines.isUntouchedSince(offset, length, before);
    }

    /**
     * Whether an atomic update that did not land can be run again: this thread itself trapped, and the page has not
     * been given back since, so the update ended on a quarantine page, where nobody trusts it.
     *
     * @throws PoisonException if that is not certain; the update's outcome is indeterminate then.
     */
    void repeat(final long offset, final long length, final long before) {
        if (!pages.isQuarantinedSinceTrap(offset, before)) {
            throw new PoisonException(path,
                Lines.ranges(offset >>> Lines.PAGE_SHIFT, Lines.mask(offset >>> Lines.PAGE_SHIFT, offset, length)),
                "the page failed while an atomic update ran; whether it took effect is indeterminate", null);
        }
    }

    boolean isRefused(final long offset, final long length) {
        return lines.isOffline() && length != 0 || lines.isRefused(offset, length);
    }

    /** Follows up faults that the calling thread may have run into without a check. */
    void resolveFaults() {
        pages.resolveFaults();
    }

    /**
     * Copies a range out, if none of it is refused.
     *
     * @return false if a line of it is; the buffer's content is undefined then.
     */
    private boolean copy(final long offset, final MemorySegment buffer) {
        return copy(offset, buffer, _ -> { });
    }

    /** As the other, and tells why lines are refused that are not lost. */
    private boolean copy(final long offset, final MemorySegment buffer, final Consumer<Throwable> unreadable) {
        while (true) {
            final long before = lines.hazard();
            try {
                checkAdmitted(offset, buffer.byteSize(), false);
            } catch (final PoisonException refused) {
                if (refused.getCause() != null) {
                    unreadable.accept(refused.getCause());
                }
                return false;
            }
            MemorySegment.copy(Memory.ALL, addresses.base() + offset, buffer, 0, buffer.byteSize());
            VarHandle.loadLoadFence();
            if (lines.hazard() == before || isLanded(offset, buffer.byteSize(), before)) {
                return true;
            }
        }
    }

    /** Whether {@link #persist} of so many bytes is nothing but a write-back, and not longer than the region. */
    boolean isWriteBack(final long length) {
        return Long.compareUnsigned(length - 1, writeBackLimit) < 0;
    }

    void persist(final long offset, final long length) throws IOException {
        notifier.retry();
        final long before = lines.hazard();
        if (before != 0) {
            writeBackLimit = 0;
        }
        final IOException offline = pages.offline();
        if (offline != null) {
            // The stores are where they were, neither lost nor durable.
            throw new IOException(path + ": cannot make " + length + " bytes at offset " + offset
                + " durable: " + offline.getMessage(), offline);
        }
        try {
            if (persistFailed && !readOnly) {
                storeAgain(offset & -Libc.pageSize(), offset + length);
            }
            medium.persist(addresses.base() + offset, length);
            if (!isReached(offset, length, before)) {
                // A page may not have been mapped from the file just then, and the mapping does not reach it.
                pages.sync();
            }
        } catch (final IOException failure) {
            final List<ByteRange> failed = failure instanceof final PartialPersistException partial
                && isReached(offset, length, before)
                ? parts(partial) : List.of(new ByteRange(offset, length));
            failed.forEach(range -> refuseUnpersisted(range.offset(), range.length(), failure));
            if (mirror != null && failed.getFirst().length() != length) {
                persistMirrorAfter(failure, offset, length);
            }
            final IOException error = new IOException(path + ": cannot make " + length + " bytes at offset " + offset
                + " durable; " + (failed.getFirst().length() == length ? "their lines" : "the lines of " + failed)
                + " are refused until they are written anew: " + failure.getMessage(), failure);
            countPersistError(offset, length, false, error);
            throw error;
        }
        if (mirror != null) {
            persistMirror(offset, length);
        }
    }

    /** Whether all pages of a range were mapped from the file while it was made durable through the mapping. */
    private boolean isReached(final long offset, final long length, final long before) {
        return (before & LineMap.POISON) == 0 && lines.hazard() == before
            || length <= LOOK_LIMIT && lines.isUntouchedSince(offset, length, before);
    }

    /**
     * Has the kernel write all of a range that it holds. A persist that failed may have been told of a failed write in
     * another range, the pages of which count as written since then.
     */
    private void storeAgain(final long start, final long end) throws IOException {
        final long page = Libc.pageSize();
        try (Arena confined = Arena.ofConfined()) {
            final MemorySegment vector = confined.allocate(RESIDENCE_LENGTH);
            for (long offset = start; offset < end; offset += RESIDENCE_LENGTH * page) {
                final long length = Math.min(RESIDENCE_LENGTH * page, end - offset);
                final int result = Libc.mincore(addresses.base() + offset, length, vector);
                if (result < 0) {
                    throw Errno.toException(-result, path, "cannot tell what of it is in memory");
                }
                for (long i = 0; i * page < length; i++) {
                    if ((vector.get(ValueLayout.JAVA_BYTE, i) & 1) != 0) {
                        Memory.getAndAddLong(addresses.base() + offset + i * page, 0);
                    }
                }
            }
        }
    }

    /** What is not durable, as ranges of the region. */
    private List<ByteRange> parts(final PartialPersistException partial) {
        return partial.parts().stream()
            .map(part -> new ByteRange(part.offset() - addresses.base(), part.length())).toList();
    }

    /** What the other legs have made durable goes to the mirror; it keeps what it has of lines that are refused. */
    private void persistMirrorAfter(final IOException failure, final long offset, final long length)
        throws IOException {
        try {
            persistMirror(offset, length);
        } catch (final IOException outdated) {
            failure.addSuppressed(outdated);
        }
    }

    /** What the kernel could not write it may drop, and report no error the next time: nobody knows what is there. */
    private void refuseUnpersisted(final long offset, final long length, final IOException failure) {
        persistFailed = true;
        try {
            pages.suspect(offset, length);
        } catch (final IOException unrecorded) {
            failure.addSuppressed(unrecorded);
        }
    }

    private void countPersistError(
        final long offset, final long length, final boolean isMirror, final IOException failure) {
        telemetry.add(Counter.PERSIST_ERRORS, 1);
        telemetry.report(failure);
        FlightRecording.persistError(path.toString(), offset, length, isMirror, failure);
    }

    private void persistMirror(final long offset, final long length) throws IOException {
        final AtomicReference<Throwable> unreadable = new AtomicReference<>();
        // Closing waits for it: else a mirror that is closed counts as one that failed, or its descriptor is somebody
        // else's by then.
        pages.whileOpen(() -> {
            try {
                mirror.persist((start, buffer) -> copy(start, buffer, unreadable::set), offset, length);
            } catch (final IOException failure) {
                // The region is newer than its mirror from now on, and a later start must know.
                countPersistError(offset, length, true, failure);
                sidecar.advance(sidecar.generation() + 2);
                throw failure;
            }
            return null;
        });
        final Throwable cause = unreadable.get();
        if (cause != null) {
            // What is lost needs no copy. This may be whole, and newer than what the mirror would supply for it.
            final IOException error = new IOException(path + ": not all of " + length + " bytes at offset " + offset
                + " could be copied to the mirror, which keeps what was persisted there before: "
                + cause.getMessage(), cause);
            countPersistError(offset, length, true, error);
            throw error;
        }
    }

    /**
     * Ends all access. Safe against accesses that run at the same time: the addresses stay mapped, to zero pages, until
     * nobody can reach the region.
     */
    synchronized void close() {
        if (closed) {
            return;
        }
        try (Closing _ = this::closeAll) {
            // Who was told that lines are gone did not always wait until that was written down.
            pages.resolveFaults();
        }
    }

    /** What is done whatever comes of what is done before. */
    private interface Closing extends AutoCloseable {
        @Override
        void close();
    }

    private void closeAll() {
        closeSegment();
        closed = true;
        scrubber.close();
        FaultWatch.unsubscribe(subscription);
        lines.close();
        notifier.close();
        pages.close(() -> {
            addresses.detachFile();
            medium.close();
            closeAll(mirror, sidecar);
        });
        // A large heap may have no reason of its own to collect before the mappings are used up.
        if (CLOSED_COUNT.incrementAndGet() % CLOSED_LIMIT == 0) {
            System.gc();
        }
    }

    /** Native calls and I/O that use a slice hold the arena open; they are waited for. */
    private void closeSegment() {
        final long deadline = System.nanoTime() + CLOSE_TIMEOUT_NANOS;
        while (true) {
            try {
                arena.close();
                return;
            } catch (final IllegalStateException held) {
                if (System.nanoTime() - deadline > 0) {
                    throw new IllegalStateException("the region over " + path + " stays open: a native call or I/O on a"
                        + " slice of segment() has not ended for 10 seconds", held);
                }
                LockSupport.parkNanos(CLOSE_POLL_NANOS);
            }
        }
    }

    @Override
    public String toString() {
        return path + ", " + size + " bytes, media " + media + (readOnly ? ", read-only" : "");
    }
}
