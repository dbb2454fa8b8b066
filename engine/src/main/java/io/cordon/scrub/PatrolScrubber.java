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
package io.cordon.scrub;

import io.cordon.event.FlightRecording;
import io.cordon.linux.Libc;
import io.cordon.linux.Storage;
import io.cordon.media.BadBlockList;
import io.cordon.media.PatrolRead;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;
import io.cordon.recovery.Mirror;
import io.cordon.recovery.PageRecovery;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The patrol of one region: small pieces of work, each done when it is due, on whatever thread. Thread-safe.
 *
 * <p>What stands in for the region's content is read past the mapping, so no read of the patrol's can be a SIGBUS.
 */
public final class PatrolScrubber implements Scrubber {
    /** How many bytes are read at a time at most. */
    static final int PIECE_LENGTH = 1 << 16;
    private static final System.Logger LOGGER = System.getLogger(PatrolScrubber.class.getName());
    private static final long SAVE_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** Of a region that is read in less than a few of those. */
    private static final int SAVES_A_PASS = 64;
    private static final long LONGEST_NANOS = TimeUnit.DAYS.toNanos(10_000);
    private static final long OFFLINE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Path path;
    private final long size;
    private final int unitPages;
    private final boolean readOnly;
    private final PageRecovery pages;
    private final Mirror mirror;
    private final Mirror.Content content;
    private final Storage storage;
    private final UUID uuid;
    /** Collected with this object, which may be forgotten without being closed. */
    private final MemorySegment buffer = Arena.ofAuto().allocate(PIECE_LENGTH, Lines.PAGE_LENGTH);
    private MemorySegment mirrorBuffer;
    /** Held while a piece is worked on. Everything below is guarded by it, unless it is volatile. */
    private final ReentrantLock lock = new ReentrantLock();
    private final Pace pace;
    private final List<Request> requests = new ArrayList<>();
    private ScrubClock clock = ScrubClock.SYSTEM;
    private ScrubOptions options;
    /** Who may have it work: what {@link #start} or {@link #duty} made, or null if it is not started. */
    private Object term;
    /** Whether it is started for the passes that were asked for only. */
    private boolean once;
    private Pass pass;
    /** What is to go on, from an earlier process or before {@link #stop}. */
    private ScrubFile.State resumed;
    /** Null until it is needed, and in a read-only region. */
    private ScrubFile file;
    private boolean loaded;
    private long lastPass;
    private long lastMillis;
    private long restUntil;
    private long savedNanos;
    private long savedPosition;
    private boolean saveFailed;
    private boolean closed;
    private ScrubPass lastResult;
    /** Whether somebody waits for the piece to end. */
    private volatile boolean stopping;
    private volatile ScrubProgress progress;

    /** A pass that somebody waits for; it keeps the region open to be worked on while they do. */
    static final class Request extends CompletableFuture<ScrubPass> {
        private final PatrolScrubber scrubber;
        private final ScrubOptions options;

        Request(final PatrolScrubber scrubber, final ScrubOptions options) {
            this.scrubber = scrubber;
            this.options = options;
        }

        @Override
        public String toString() {
            return "pass over " + scrubber.path + " with " + options;
        }
    }

    /**
     * The patrol of a region; not started.
     *
     * @param storage  where the progress file is.
     * @param path     the region's file.
     * @param uuid     the region's.
     * @param size     of the region in bytes.
     * @param pages    what recovers its pages.
     * @param mirror   its mirror, or null.
     * @param content  the region's, for the mirror.
     * @param readOnly whether nothing may be written.
     */
    @SuppressWarnings("exports")
    public PatrolScrubber(final Storage storage, final Path path, final UUID uuid, final long size,
        final PageRecovery pages, final Mirror mirror, final Mirror.Content content, final boolean readOnly) {
        this.storage = storage;
        this.path = path;
        this.uuid = uuid;
        this.size = size;
        this.unitPages = Libc.pageSize() >>> Lines.PAGE_SHIFT;
        this.readOnly = readOnly;
        this.pages = pages;
        this.mirror = mirror;
        this.content = content;
        this.pace = new Pace(Libc.pageSize());
        this.progress = new ScrubProgress(false, 0, Optional.empty(), 0, size, 0, Optional.empty());
    }

    /** For tests: to be called before it is started. */
    void clock(final ScrubClock value) {
        clock = value;
    }

    @Override
    public void start(final ScrubOptions value) throws IOException {
        final PatrolThread thread;
        lock.lock();
        try {
            thread = new PatrolThread(this);
            begin(value, thread);
        } finally {
            lock.unlock();
        }
        start(thread);
    }

    private void start(final PatrolThread thread) {
        try {
            thread.start();
        } catch (final OutOfMemoryError noThread) {
            // Else it would look as if it were at work, and who asked for a pass would wait for ever.
            stop(thread);
            throw noThread;
        }
    }

    @Override
    public ScrubDuty duty(final ScrubOptions value) throws IOException {
        lock.lock();
        try {
            final Object begun = new Object();
            begin(value, begun);
            return new ScrubDuty(this, begun);
        } finally {
            lock.unlock();
        }
    }

    private void begin(final ScrubOptions value, final Object begun) throws IOException {
        checkOpen();
        if (term != null && !once) {
            throw new IllegalStateException("the patrol of " + path + " is started already; stop it first");
        }
        Objects.requireNonNull(value, "options");
        load();
        options = value;
        once = false;
        term = begun;
        restUntil = clock.nanos() + restNanos();
        if (pass == null || pass.requests.isEmpty()) {
            pace.start(options, clock.nanos());
        }
        publish();
    }

    /** What is left of the rest after the last pass, whoever made that. */
    private long restNanos() {
        if (lastPass == 0) {
            return 0;
        }
        final long interval = Math.min(TimeUnit.NANOSECONDS.convert(options.interval()), LONGEST_NANOS);
        final long since = TimeUnit.MILLISECONDS.toNanos(Math.max(0, clock.millis() - lastMillis));
        return Math.max(0, interval - since);
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the region over " + path + " is closed");
        }
    }

    /** What an earlier process left. */
    private void load() throws IOException {
        if (loaded) {
            return;
        }
        if (!readOnly) {
            final ScrubFile opened = new ScrubFile(storage, path, uuid, size);
            final ScrubFile.State state = opened.read();
            file = opened;
            lastPass = state.lastPass();
            lastMillis = state.lastMillis();
            resumed = state.pass() == 0 ? null : state;
        }
        loaded = true;
    }

    @Override
    public CompletableFuture<ScrubPass> passNow(final ScrubOptions value) throws IOException {
        final Request request = new Request(this, Objects.requireNonNull(value, "options"));
        PatrolThread thread = null;
        lock.lock();
        try {
            checkOpen();
            load();
            if (term == null) {
                thread = new PatrolThread(this);
                term = thread;
                once = true;
            }
            requests.add(request);
            if (pass == null || pass.requests.isEmpty()) {
                pace.start(value, clock.nanos());
            }
            publish();
            if (thread == null && term instanceof final PatrolThread running) {
                running.wake();
            }
        } finally {
            lock.unlock();
        }
        if (thread != null) {
            start(thread);
        }
        return request;
    }

    @Override
    public void stop() {
        end(null, false);
    }

    /** Ends one patrol, not another that was started after it. */
    void stop(final Object which) {
        end(which, false);
    }

    /** Ends the patrol for good: the region is being closed. */
    public void close() {
        end(null, true);
    }

    private void end(final Object which, final boolean forGood) {
        final List<Request> cancelled = new ArrayList<>();
        stopping = true;
        lock.lock();
        try {
            stopping = false;
            closed |= forGood;
            if (term == null || which != null && term != which) {
                return;
            }
            if (term instanceof final PatrolThread running) {
                running.wake();
            }
            term = null;
            once = false;
            cancelled.addAll(requests);
            requests.clear();
            if (pass != null) {
                cancelled.addAll(pass.requests);
                resumed = pass.state(lastPass, lastMillis);
                save(clock.nanos());
                pass = null;
            }
            publish();
        } finally {
            lock.unlock();
        }
        cancelled.forEach(request -> request.cancel(false));
    }

    @Override
    public ScrubProgress progress() {
        return progress;
    }

    private void publish() {
        if (pass != null) {
            progress = new ScrubProgress(term != null, pass.number, Optional.of(Instant.ofEpochMilli(
                pass.startedMillis)), pass.position, size, pass.foundLines, Optional.ofNullable(lastResult));
        } else if (resumed != null) {
            progress = new ScrubProgress(term != null, resumed.pass(), Optional.of(Instant.ofEpochMilli(
                resumed.startedMillis())), resumed.position(), size, resumed.foundLines(),
                Optional.ofNullable(lastResult));
        } else {
            progress = new ScrubProgress(term != null, lastPass, Optional.ofNullable(lastResult).map(
                ScrubPass::started), lastPass == 0 ? 0 : size, size, lastResult == null ? 0 : lastResult.foundLines(),
                Optional.ofNullable(lastResult));
        }
    }

    /** How long there is nothing to do. */
    long idleNanos(final Object who) {
        lock.lock();
        try {
            return term != who ? Long.MAX_VALUE : Math.max(0, pace.idle(clock.nanos()));
        } finally {
            lock.unlock();
        }
    }

    /** Whether this is who may have it work. */
    boolean serves(final Object who) {
        lock.lock();
        try {
            return term == who;
        } finally {
            lock.unlock();
        }
    }

    /** Does a piece of work, if one is due. */
    int doWork(final Object who) {
        final ScrubPass result;
        final List<Request> served;
        lock.lock();
        try {
            final long start = clock.nanos();
            if (term != who || stopping || pace.idle(start) > 0) {
                return 0;
            }
            final Pass worked = work(start);
            if (worked == null) {
                return 0;
            }
            publish();
            if (pass != null) {
                return 1;
            }
            result = lastResult;
            served = worked.requests;
        } catch (final IllegalStateException failure) {
            // Closed meanwhile: that ends the patrol as well, a moment later.
            if (pages.isClosed()) {
                return 0;
            }
            throw failure;
        } finally {
            lock.unlock();
        }
        // Whoever waits may do anything then, also call back.
        served.forEach(request -> request.complete(result));
        return 1;
    }

    /** The pass that was worked on, or null if it is not time for one. */
    private Pass work(final long start) {
        if (pages.offline() != null) {
            // It waits where it is.
            pace.rest(start + OFFLINE_NANOS);
            return null;
        }
        if (!requests.isEmpty() && (pass == null || pass.requests.isEmpty())) {
            beginPass(start);
        } else if (pass == null) {
            final long rest = restUntil - start;
            if (resumed == null && rest > 0) {
                pace.rest(restUntil);
                return null;
            }
            beginPass(start);
        }
        final Pass current = pass;
        final long bytes;
        if (current.position < size) {
            bytes = patrol();
        } else {
            bytes = judge(start);
        }
        final long end = clock.nanos();
        pace.worked(bytes, start, end);
        if (current.position >= size && current.agreement.next() < 0) {
            endPass(end);
        } else if (current.position >= size && current.agreement.due() - end > 0) {
            pace.rest(current.agreement.due());
        } else if (end - savedNanos >= SAVE_NANOS
            || current.position - savedPosition >= Math.max(PIECE_LENGTH, size / SAVES_A_PASS)) {
            save(end);
        }
        return current;
    }

    /** The next pass: one that was asked for, else the one that an earlier process left, else a new one. */
    private void beginPass(final long now) {
        final List<Request> asked = List.copyOf(requests);
        final long number;
        if (!asked.isEmpty() || resumed == null) {
            number = Math.max(lastPass, pass != null ? pass.number : resumed != null ? resumed.pass() : 0) + 1;
        } else {
            number = resumed.pass();
        }
        final BadBlockList list = pages.rereadBadBlocks();
        if (asked.isEmpty() && resumed != null) {
            pass = new Pass(number, resumed.startedMillis(), asked, list);
            pass.resume(resumed, (long) unitPages << Lines.PAGE_SHIFT);
        } else {
            pass = new Pass(number, clock.millis(), asked, list);
        }
        resumed = null;
        requests.clear();
        pace.use(asked.isEmpty() ? options : asked.getFirst().options);
        save(now);
    }

    private void endPass(final long now) {
        lastMillis = clock.millis();
        lastPass = pass.number;
        lastResult = pass.result(lastMillis);
        FlightRecording.scrubPass(path.toString(), lastPass, lastResult.readBytes(), lastResult.foundLines(),
            sum(lastResult.disagreements()) >>> Lines.SHIFT,
            TimeUnit.MILLISECONDS.toNanos(lastMillis - pass.startedMillis));
        pass = null;
        if (once && requests.isEmpty()) {
            term = null;
            once = false;
        }
        if (options != null) {
            restUntil = now + restNanos();
            pace.use(options);
        }
        save(now);
    }

    /** Notes how far it is; a failure to do so costs nothing but progress, and is reported once. */
    private void save(final long now) {
        savedNanos = now;
        savedPosition = pass == null ? 0 : pass.position;
        if (file == null) {
            return;
        }
        try {
            file.write(pass != null ? pass.state(lastPass, lastMillis)
                : new ScrubFile.State(0, 0, 0, 0, 0, 0, 0, lastPass, lastMillis));
            saveFailed = false;
        } catch (final IOException failure) {
            if (!saveFailed) {
                saveFailed = true;
                LOGGER.log(System.Logger.Level.WARNING,
                    () -> path + ": the patrol's progress cannot be kept; after a restart it begins anew", failure);
            }
        }
    }

    /** Reads the next piece of the region, and of its mirror; returns how much of the region was covered. */
    private long patrol() {
        final long offset = pass.position;
        // Pieces end where the next process's would, too.
        final long length = Math.min(pace.pieceLength() - offset % pace.pieceLength(), size - offset);
        final MemorySegment bytes = buffer.asSlice(0, length);
        PatrolRead read = null;
        try {
            read = read(offset, bytes);
            recover(read.bad());
            if (pages.offline() != null) {
                return 0;
            }
        } catch (final IOException failure) {
            report("cannot be read", failure);
        }
        if (stopping) {
            // The rest is looked at again: it was not all recovered.
            return 0;
        }
        final long unread = read == null ? length : sum(read.unread());
        pass.unreadBytes += unread;
        pass.readBytes += length - unread - sum(knownUnits(offset, offset + length));
        if (mirror != null && read != null) {
            patrolMirror(offset, bytes, read);
        }
        pass.position = offset + length;
        return length;
    }

    /** Reads a piece, except what is known to be bad. */
    private PatrolRead read(final long offset, final MemorySegment bytes) throws IOException {
        final long end = offset + bytes.byteSize();
        final List<ByteRange> bad = new ArrayList<>();
        final List<ByteRange> unread = new ArrayList<>();
        long position = offset;
        for (final ByteRange known : knownUnits(offset, end)) {
            read(position, known.offset(), offset, bytes, bad, unread);
            position = known.end();
        }
        read(position, end, offset, bytes, bad, unread);
        return new PatrolRead(bad, unread);
    }

    private void read(final long from, final long to, final long offset, final MemorySegment bytes,
        final List<ByteRange> bad, final List<ByteRange> unread) throws IOException {
        if (from < to) {
            final PatrolRead read = pages.patrol(from, bytes.asSlice(from - offset, to - from));
            bad.addAll(read.bad());
            unread.addAll(read.unread());
        }
    }

    private static long sum(final List<ByteRange> ranges) {
        return ranges.stream().mapToLong(ByteRange::length).sum();
    }

    /** What of a piece is known to be bad, in whole reading units. */
    private List<ByteRange> knownUnits(final long offset, final long end) {
        if (pass.known.isEmpty()) {
            return List.of();
        }
        final int unit = pages.readUnit();
        final List<ByteRange> known = new ArrayList<>();
        pass.known.subMap(offset >>> Lines.PAGE_SHIFT, (end - 1 >>> Lines.PAGE_SHIFT) + 1).forEach((page, mask) -> {
            for (final ByteRange range : Lines.ranges(page, mask)) {
                final long first = range.offset() & -unit;
                ByteRange.append(known, first, (range.end() + unit - 1 & -unit) - first);
            }
        });
        return known;
    }

    /** Has the units of what could not be read looked at again, and recovered. */
    private void recover(final List<ByteRange> bad) throws IOException {
        long next = 0;
        for (final ByteRange range : bad) {
            final long last = range.end() - 1 >>> Lines.PAGE_SHIFT;
            long unit = Math.max(next, range.offset() >>> Lines.PAGE_SHIFT & -unitPages);
            for (; unit <= last && !stopping && pages.offline() == null; unit += unitPages) {
                final long[] known = new long[unitPages];
                for (int i = 0; i < unitPages; i++) {
                    known[i] = pass.known(unit + i);
                }
                final long[] found = pages.recoverLatent(unit, known);
                for (int i = 0; i < unitPages; i++) {
                    pass.found(unit + i, found[i]);
                }
            }
            next = unit;
        }
    }

    private void patrolMirror(final long offset, final MemorySegment bytes, final PatrolRead read) {
        final MemorySegment other = mirrorBuffer().asSlice(0, bytes.byteSize());
        try {
            final PatrolRead mirrorRead = pages.whileOpen(() -> mirror.patrol(offset, other));
            recoverMirror(mirrorRead.bad());
            if (!compares() || bytes.mismatch(other) < 0) {
                return;
            }
            for (long at = 0; at < bytes.byteSize(); at += Lines.PAGE_LENGTH) {
                final long page = offset + at >>> Lines.PAGE_SHIFT;
                pass.agreement.compare(page, comparable(page, read, mirrorRead), bytes.asSlice(at, Lines.PAGE_LENGTH),
                    other.asSlice(at, Lines.PAGE_LENGTH), clock.nanos());
            }
        } catch (final IOException failure) {
            report("cannot be patrolled in the mirror", failure);
        }
    }

    private boolean compares() {
        return (pass.requests.isEmpty() ? options : pass.requests.getFirst().options).compare();
    }

    private MemorySegment mirrorBuffer() {
        if (mirrorBuffer == null) {
            mirrorBuffer = Arena.ofAuto().allocate(PIECE_LENGTH, Lines.PAGE_LENGTH);
        }
        return mirrorBuffer;
    }

    private void recoverMirror(final List<ByteRange> bad) throws IOException {
        for (final ByteRange range : bad) {
            for (long page = range.offset() >>> Lines.PAGE_SHIFT; page <= range.end() - 1 >>> Lines.PAGE_SHIFT
                && !stopping; page++) {
                final long index = page;
                pass.mirrorFound(page, readOnly ? Lines.mask(page, range.offset(), range.length())
                    : pages.whileOpen(() -> mirror.recoverLatent(content, index)));
            }
        }
    }

    /** The lines of a page that both sides gave, and vouch for. */
    private long comparable(final long page, final PatrolRead read, final PatrolRead mirrorRead) {
        long mask = ~(pass.known(page) | pages.refusedLines(page) | mirror.untrusted(page));
        for (final List<ByteRange> left
            : List.of(read.bad(), read.unread(), mirrorRead.bad(), mirrorRead.unread())) {
            for (final ByteRange range : left) {
                mask &= ~Lines.mask(page, range.offset(), range.length());
            }
        }
        return mask;
    }

    /** The second look at a page that differed from the mirror's. */
    private long judge(final long now) {
        final long page = pass.agreement.next();
        if (page < 0 || pass.agreement.due() - now > 0) {
            return 0;
        }
        final MemorySegment bytes = buffer.asSlice(0, Lines.PAGE_LENGTH);
        final MemorySegment other = mirrorBuffer().asSlice(0, Lines.PAGE_LENGTH);
        final long offset = page << Lines.PAGE_SHIFT;
        try {
            final PatrolRead read = pages.patrol(offset, bytes);
            final PatrolRead mirrorRead = pages.whileOpen(() -> mirror.patrol(offset, other));
            pass.agreement.judge(page, comparable(page, read, mirrorRead), bytes, other);
        } catch (final IOException failure) {
            pass.agreement.drop(page);
            report("cannot be compared with the mirror", failure);
        }
        return Lines.PAGE_LENGTH;
    }

    private void report(final String what, final IOException failure) {
        if (pass.failed(failure)) {
            LOGGER.log(System.Logger.Level.WARNING, () -> path + ": a part of it " + what
                + " by the patrol; the pass goes on, and its result says so", failure);
        }
    }

    /**
     * The patrol as text.
     *
     * @return the region's file.
     */
    @Override
    public String toString() {
        return "patrol of " + path;
    }
}
