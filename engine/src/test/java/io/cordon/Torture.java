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

import io.cordon.linux.Memory;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.RecoveryResult;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Readers, writers, an injector and a recoverer race on a small region; everything they see is checked against a model.
 *
 * <p>Each 8 bytes hold their own index, a version and a checksum. The lines of a page are shared out by their number
 * modulo 16: 0 to 11 belong to the writers in turn and fail; 12 and 13 belong to writers and never fail; 14 belongs to
 * the recoverer; 15 is a counter. The last pages never fail. The model knows for each word the version that was stored
 * last and the one that is being stored, so that a load that comes between must see one in that span.
 */
final class Torture {
    private static final int PAGES = 64;
    private static final int SAFE_PAGES = 6;
    private static final int LINES = PAGES * 64;
    private static final int WORDS = LINES * 8;
    private static final int WRITERS = 4;
    private static final int READERS = 4;
    private static final int LINE_KINDS = 16;
    private static final int SAFE_KIND = 12;
    private static final int RECOVERER_KIND = 14;
    private static final int COUNTER_KIND = 15;
    private static final int COUNTERS = PAGES * 4;
    /** Threads that count. */
    private static final int COUNTING = 2;
    // What a process finds when it starts: operations that were cut off, and lines that are refused.
    private static final int CUT_STORES = 0;
    private static final int CUT_RECOVERIES = 1;
    private static final int REFUSED = 2;
    private static final int FOUND_KINDS = 3;
    private static final int GENERATION_SHIFT = 40;
    private static final int GENERATIONS = 1 << 14;
    private static final long NEVER = -1;
    private static final long JOIN_SECONDS = 120;
    private static final long ATTACK_SECONDS = 150;

    // What is known of a line, in the low bits of its state; the rest counts the changes.
    private static final int READABLE = 0;
    private static final int LOST = 1;
    private static final int HANDED_OVER = 2;
    private static final int STATE_MASK = 3;
    private static final int CHANGE = 4;

    private final long seed;
    private final long nanos;
    private final boolean allocate;
    private final Path file;
    private final SimulatedMedia media = Media.simulated();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile boolean stopped;

    /** By word: the version whose store began last, the one that ended last, the last one that is zero. */
    private final TortureModel.Longs begun;
    private final TortureModel.Longs done;
    private final TortureModel.Longs zero;
    private final TortureModel.Ints states;
    /** By line: whether an explicit recovery of it has begun and not ended. */
    private final TortureModel.Ints recovering;
    /** By line: injections begun, ended, and how many of the ended ones a recovery has made good. */
    private final TortureModel.Ints injectionsBegun;
    private final TortureModel.Ints injectionsEnded;
    private final TortureModel.Ints injectionsCured;
    private final ConcurrentLinkedQueue<Integer> lost = new ConcurrentLinkedQueue<>();
    /** By counter: its generation; by counter and generation: what succeeded, and what may have. */
    private final TortureModel.Ints generations;
    private final TortureModel.Ints counted;
    private final TortureModel.Ints uncertain;
    /** By counting thread: one more than the counter that it is about to update, or 0. */
    private final TortureModel.Ints counting;
    /** Over all processes: what was found at the start of one. */
    private final TortureModel.Longs found;

    private final AtomicLong refusals = new AtomicLong();
    private final AtomicLong recoveries = new AtomicLong();
    private final AtomicLong injections = new AtomicLong();
    private final AtomicLong loads = new AtomicLong();
    private final AtomicLong stores = new AtomicLong();
    private final AtomicLong indeterminate = new AtomicLong();
    private Region region;
    /** Whether somebody waits to be told that there was some of everything. */
    private boolean telling;

    private Torture(final long seed, final long nanos, final boolean allocate, final Path file,
        final TortureModel model) {
        this.seed = seed;
        this.nanos = nanos;
        this.allocate = allocate;
        this.file = file;
        begun = model.longs(WORDS);
        done = model.longs(WORDS);
        zero = model.longs(WORDS);
        states = model.ints(LINES);
        recovering = model.ints(LINES);
        injectionsBegun = model.ints(LINES);
        injectionsEnded = model.ints(LINES);
        injectionsCured = model.ints(LINES);
        generations = model.ints(COUNTERS);
        counted = model.ints(COUNTERS * 64);
        uncertain = model.ints(COUNTERS * 64);
        counting = model.ints(COUNTING);
        found = model.longs(FOUND_KINDS);
    }

    /** Runs in a process of its own: folder, seed, nanoseconds, whether to allocate. */
    public static void main(final String[] arguments) throws Exception {
        final String summary = run(Path.of(arguments[0]), Long.parseLong(arguments[1]), Long.parseLong(arguments[2]),
            Boolean.parseBoolean(arguments[3]));
        System.out.println("held: " + summary);
    }

    /**
     * Races for a while.
     *
     * @return what was done.
     * @throws AssertionError if something that was seen does not fit the model; it names the seed.
     */
    static String run(final Path folder, final long seed, final long nanos, final boolean allocate)
        throws IOException, InterruptedException {
        final Torture torture = new Torture(
            seed, nanos, allocate, folder.resolve("torture-" + seed), TortureModel.inMemory());
        try {
            return torture.run();
        } catch (final AssertionError | RuntimeException broken) {
            throw new AssertionError("seed " + seed + " (-Dcordon.torture.seed=" + seed + "): " + broken, broken);
        }
    }

    private String run() throws IOException, InterruptedException {
        try (Region opened = Region.builder(file).size((long) PAGES * Lines.PAGE_LENGTH).media(media).open()) {
            region = opened;
            fill();
            race();
            expect(isAttacked(), "hardly anything was attacked: " + summary());
            settle();
        }
        checkFile();
        Files.delete(file);
        Files.deleteIfExists(file.resolveSibling(file.getFileName() + ".simulated"));
        return summary();
    }

    private void fill() {
        for (int word = 0; word < WORDS; word++) {
            zero.set(word, NEVER);
            begun.set(word, 1);
            done.set(word, 1);
            region.putLong((long) word << 3, isCounter(word >> 3) ? 0 : value(word, 1));
        }
    }

    private void checkFile() throws IOException {
        final ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
        for (int word = 0; word < WORDS; word++) {
            if (!isCounter(word >> 3)) {
                expect(content.getLong(word << 3) == expected(word), "word " + word + " in the file after close is "
                    + Long.toHexString(content.getLong(word << 3)) + ", the last store was "
                    + Long.toHexString(expected(word)));
            }
        }
    }

    /** Makes a region and a model that go on from process to process. */
    static void create(final Path folder) throws IOException {
        final Torture torture = lasting(folder, 0, 0);
        try (Region opened = Region.builder(torture.file).size((long) PAGES * Lines.PAGE_LENGTH)
            .media(torture.media).open()) {
            torture.region = opened;
            torture.fill();
        }
    }

    private static Torture lasting(final Path folder, final long seed, final long nanos) throws IOException {
        return new Torture(seed, nanos, false, folder.resolve("torture"), TortureModel.in(folder.resolve("model")));
    }

    /**
     * Opens what an earlier process has left, holds it against the model, and races on. Says on the standard output
     * when it opens, and when there was some of everything.
     *
     * @param nanos how long to race, and longer until there was some of everything.
     * @param last  whether to recover everything at the end, and to compare the file with the model.
     */
    static void goOn(final Path folder, final long seed, final long nanos, final boolean last)
        throws IOException, InterruptedException {
        final Torture torture = lasting(folder, seed, nanos);
        System.out.println("opening");
        try (Region opened = Region.builder(torture.file).media(torture.media).open()) {
            torture.region = opened;
            torture.takeOver();
            torture.telling = true;
            torture.race();
            if (last) {
                torture.settle();
            }
        }
        if (last) {
            torture.checkFile();
            System.out.println("found " + torture.found.get(CUT_STORES) + " " + torture.found.get(CUT_RECOVERIES)
                + " " + torture.found.get(REFUSED));
        }
    }

    /** Before the race, alone: each line must be as it was left, and operations that were cut off done or not done. */
    private void takeOver() {
        for (int i = 0; i < COUNTING; i++) {
            final int counter = counting.get(i) - 1;
            if (counter >= 0) {
                uncertain.incrementAndGet(slot(counter, generations.get(counter)));
                counting.set(i, 0);
            }
        }
        for (int line = 0; line < LINES; line++) {
            takeOver(line);
        }
    }

    private void takeOver(final int line) {
        final boolean wasLost = (states.get(line) & STATE_MASK) != READABLE;
        final boolean cut = recovering.get(line) != 0;
        final Witness witness = new Witness((long) line << Lines.SHIFT, Lines.LENGTH);
        final long[] seen = new long[8];
        try {
            region.get((long) line << Lines.SHIFT, MemorySegment.ofArray(seen), 0, Lines.LENGTH);
        } catch (final PoisonException refusal) {
            witness.refused(refusal);
            injectionsEnded.set(line, injectionsBegun.get(line));
            states.set(line, (states.get(line) & ~STATE_MASK) + CHANGE | HANDED_OVER);
            lost.add(line);
            found.increment(REFUSED);
            return;
        }
        if (cut) {
            found.increment(CUT_RECOVERIES);
        }
        expect(!wasLost || cut, "line " + line + " was lost, nobody recovers it, and it is served by the next process");
        if (isCounter(line)) {
            checkCounter(counterIndex(line), seen[0]);
        } else {
            for (int i = 0; i < 8; i++) {
                takeOver((line << 3) + i, seen[i], wasLost);
            }
        }
        // Each line has been touched: what was injected has been found.
        injectionsEnded.set(line, injectionsBegun.get(line));
        injectionsCured.set(line, injectionsBegun.get(line));
        states.set(line, (states.get(line) & ~STATE_MASK) + CHANGE | READABLE);
        recovering.set(line, 0);
    }

    /** Each step leaves a model that fits: this process may be killed as well. */
    private void takeOver(final int word, final long seen, final boolean recovered) {
        judge(word, seen, done.get(word));
        final long newest = begun.get(word);
        if (done.get(word) != newest) {
            found.increment(CUT_STORES);
        }
        expect(!recovered || seen == (zero.get(word) == newest ? 0 : value(word, newest)),
            "word " + word + " of a lost line is " + Long.toHexString(seen) + ", and its recovery wrote version "
            + newest + " and zeroes as version " + zero.get(word));
        if (seen == 0) {
            zero.set(word, newest);
            done.set(word, newest);
        } else {
            zero.set(word, NEVER);
            begun.set(word, version(word, seen));
            done.set(word, version(word, seen));
        }
    }

    private String summary() {
        return loads + " loads, " + stores + " stores, " + injections + " injections, " + refusals + " refusals, "
            + recoveries + " recoveries, " + indeterminate + " indeterminate";
    }

    private void race() throws InterruptedException {
        final SplittableRandom random = new SplittableRandom(seed);
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            final int writer = i;
            threads.add(thread("writer-" + i, i % 2 == 0, random.split(), r -> write(writer, r)));
        }
        for (int i = 0; i < READERS; i++) {
            threads.add(thread("reader-" + i, i % 2 == 0, random.split(), this::read));
        }
        for (int i = 0; i < COUNTING; i++) {
            final int counting = i;
            threads.add(thread("counter-" + i, i % 2 == 0, random.split(), r -> count(counting, r)));
        }
        threads.add(thread("raw", true, random.split(), this::readRaw));
        threads.add(thread("recoverer", true, random.split(), this::recover));
        threads.add(thread("injector", true, random.split(), this::inject));
        if (allocate) {
            threads.add(thread("allocator", true, random.split(), this::allocate));
        }
        final long start = System.nanoTime();
        while (failure.get() == null && (System.nanoTime() - start < nanos || !isAttacked())
            && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(ATTACK_SECONDS) + nanos) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            if (telling && isAttacked()) {
                telling = false;
                System.out.println("attacked");
            }
        }
        stopped = true;
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(JOIN_SECONDS);
        for (final Thread thread : threads) {
            thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
            if (thread.isAlive()) {
                final AssertionError stuck = new AssertionError(thread.getName() + " does not end");
                stuck.setStackTrace(thread.getStackTrace());
                throw stuck;
            }
        }
        if (failure.get() != null) {
            throw new AssertionError(failure.get().toString(), failure.get());
        }
    }

    /** A slow machine gets the time that it needs for some of everything: each recovery waits for its disk. */
    private boolean isAttacked() {
        return injections.get() > 3 && refusals.get() > 3 && recoveries.get() > 3 && stores.get() > 100
            && loads.get() > 100;
    }

    /** What a thread does again and again. */
    private interface Task {
        void run(SplittableRandom random) throws IOException;
    }

    private Thread thread(final String name, final boolean platform, final SplittableRandom random, final Task task) {
        final Runnable loop = () -> {
            try {
                while (!stopped) {
                    task.run(random);
                    if (!platform && random.nextInt(64) == 0) {
                        // Not a yield: a carrier whose own queue never empties runs no thread that was woken from
                        // outside, and that one may hold a page's lock.
                        LockSupport.parkNanos(1);
                    }
                }
            } catch (final Throwable thrown) {
                stopped = true;
                failure.compareAndSet(null, new AssertionError(name + ": " + thrown, thrown));
            }
        };
        return platform ? Thread.ofPlatform().daemon().name(name).start(loop)
            : Thread.ofVirtual().name(name).start(loop);
    }

    private static void expect(final boolean holds, final String message) {
        if (!holds) {
            throw new AssertionError(message);
        }
    }

    private static boolean isCounter(final int line) {
        return line % LINE_KINDS == COUNTER_KIND;
    }

    private static boolean mayFail(final int line) {
        final int kind = line % LINE_KINDS;
        return line >> 6 < PAGES - SAFE_PAGES && (kind < SAFE_KIND || kind >= RECOVERER_KIND);
    }

    private static long value(final int word, final long version) {
        final long payload = (long) word << 32 | version;
        return payload << 16 | (payload * 0x9E37_79B9_7F4A_7C15L >>> 48 | 1);
    }

    /** The version in a value; fails on garbage. */
    private static long version(final int word, final long value) {
        final long version = value >>> 16 & 0xFFFF_FFFFL;
        expect(value == value(word, version), "garbage in word " + word + ": " + Long.toHexString(value)
            + (value == SimulatedMedia.SCRIBBLE ? ", which is the content of a destroyed line" : ""));
        return version;
    }

    private long expected(final int word) {
        final long version = done.get(word);
        return zero.get(word) == version ? 0 : value(word, version);
    }

    /** Judges what a load saw; lowest is what had been stored before it began. */
    private void judge(final int word, final long seen, final long lowest) {
        VarHandle.fullFence();
        final long zeroVersion = zero.get(word);
        final long highest = begun.get(word);
        if (seen == 0) {
            expect(zeroVersion >= lowest && zeroVersion <= highest, "zeroes in word " + word + ", stored are versions "
                + lowest + " to " + highest + ", the last zero was " + zeroVersion);
            return;
        }
        final long version = version(word, seen);
        expect(version >= lowest && version <= highest, "version " + version + " in word " + word
            + ", stored are versions " + lowest + " to " + highest);
    }

    /** What is known of the lines of an access before it runs, to judge by whether it may be refused, or must be. */
    private final class Witness {
        private final int first;
        private final int[] stateBefore;
        private final int[] curedBefore;

        Witness(final long offset, final long length) {
            first = (int) (offset >>> Lines.SHIFT);
            final int count = (int) (offset + length - 1 >>> Lines.SHIFT) - first + 1;
            stateBefore = new int[count];
            curedBefore = new int[count];
            for (int i = 0; i < count; i++) {
                curedBefore[i] = injectionsCured.get(first + i);
                stateBefore[i] = states.get(first + i);
            }
        }

        private boolean isKnownLost(final int i) {
            final int state = states.get(first + i);
            return state == stateBefore[i] && (state & STATE_MASK) == LOST;
        }

        void served() {
            for (int i = 0; i < stateBefore.length; i++) {
                expect(!isKnownLost(i), "line " + (first + i) + " is lost and was served");
            }
        }

        /** Exactly lines that the access touched, that were injected, and all that are known to be lost. */
        void refused(final PoisonException refusal) {
            refusals.incrementAndGet();
            final boolean[] named = new boolean[stateBefore.length];
            long end = -1;
            for (final ByteRange range : refusal.ranges()) {
                expect(range.offset() > end && (range.offset() & Lines.LENGTH - 1) == 0
                    && (range.length() & Lines.LENGTH - 1) == 0, "ranges " + refusal.ranges());
                end = range.end();
                for (long offset = range.offset(); offset < range.end(); offset += Lines.LENGTH) {
                    final int i = (int) (offset >>> Lines.SHIFT) - first;
                    expect(i >= 0 && i < named.length, "ranges " + refusal.ranges() + " but touched were lines "
                        + first + " to " + (first + named.length - 1));
                    named[i] = true;
                    expect(injectionsBegun.get(first + i) > curedBefore[i], "line " + (first + i) + " is refused, "
                        + (mayFail(first + i) ? "injected was only what is recovered" : "it never failed") + ": "
                        + refusal);
                }
            }
            expect(!refusal.ranges().isEmpty(), "no ranges");
            for (int i = 0; i < named.length; i++) {
                expect(named[i] || !isKnownLost(i), "line " + (first + i) + " is lost and not named by " + refusal);
            }
        }
    }

    private int ownLine(final int writer, final SplittableRandom random) {
        while (true) {
            final int line = random.nextInt(LINES);
            if (line % LINE_KINDS < RECOVERER_KIND && line % WRITERS == writer) {
                return line;
            }
        }
    }

    private void write(final int writer, final SplittableRandom random) {
        final int line = ownLine(writer, random);
        final int state = states.get(line) & STATE_MASK;
        if (state == HANDED_OVER) {
            return;
        }
        final long offset = (long) line << Lines.SHIFT;
        final Witness witness = new Witness(offset, Lines.LENGTH);
        final int word = (line << 3) + random.nextInt(8);
        final int kind = random.nextInt(6);
        boolean refused = false;
        try {
            switch (state == LOST && kind == 4 ? 5 : kind) {
                case 0, 1 -> store(word, 1, version -> region.putLong((long) word << 3, value(word, version)));
                case 2 -> store(word, 1, version -> region.putLongVolatile((long) word << 3, value(word, version)));
                case 3 -> store(line << 3, 8, version -> region.put(offset, content(line, version), 0, Lines.LENGTH));
                case 4 -> {
                    final long next = begun.get(word) + 1;
                    final long old = expected(word);
                    cas(word, old, next);
                }
                default -> {
                    final long seen = region.getLong((long) word << 3);
                    expect(seen == expected(word), "own word " + word + " is " + Long.toHexString(seen)
                        + ", the last store was " + Long.toHexString(expected(word)));
                    loads.incrementAndGet();
                }
            }
            stores.incrementAndGet();
            expect(state == READABLE || states.get(line) != witness.stateBefore[0], "lost line " + line + " is served");
        } catch (final PoisonException refusal) {
            witness.refused(refusal);
            refused = true;
        }
        if (refused && state == READABLE) {
            states.set(line, (states.get(line) & ~STATE_MASK) + CHANGE | LOST);
        } else if (refused && random.nextInt(4) == 0) {
            // Refused twice and more; now it may be recovered.
            states.set(line, (states.get(line) & ~STATE_MASK) + CHANGE | HANDED_OVER);
            lost.add(line);
        }
    }

    /** A store of one version. */
    private interface Store {
        void run(long version);
    }

    private void store(final int word, final int count, final Store store) {
        long version = 0;
        for (int i = word; i < word + count; i++) {
            version = Math.max(version, begun.get(i) + 1);
        }
        for (int i = word; i < word + count; i++) {
            begun.set(i, version);
        }
        store.run(version);
        for (int i = word; i < word + count; i++) {
            done.set(i, version);
        }
    }

    private void cas(final int word, final long old, final long version) {
        begun.set(word, version);
        final boolean set;
        try {
            set = region.compareAndSetLong((long) word << 3, old, value(word, version));
        } catch (final PoisonException refusal) {
            if (!isIndeterminate(refusal)) {
                throw refusal;
            }
            expect(word >> 9 < PAGES - SAFE_PAGES, "indeterminate on a page that never failed: " + refusal);
            indeterminate.incrementAndGet();
            // Nobody else stores here: what it was can be seen. If the line is lost, the load says so.
            if (region.getLong((long) word << 3) == value(word, version)) {
                done.set(word, version);
            }
            return;
        }
        expect(set, "compareAndSet of own word " + word + " failed");
        done.set(word, version);
    }

    private static boolean isIndeterminate(final PoisonException refusal) {
        return refusal.getMessage().contains("indeterminate");
    }

    private static MemorySegment content(final int line, final long version) {
        final MemorySegment content = MemorySegment.ofArray(new long[8]);
        for (int i = 0; i < 8; i++) {
            content.setAtIndex(ValueLayout.JAVA_LONG, i, value((line << 3) + i, version));
        }
        return content;
    }

    private void read(final SplittableRandom random) {
        final int kind = random.nextInt(8);
        final int count = kind < 5 ? 1 : 1 + random.nextInt(kind == 5 ? 700 : 24);
        final int word = random.nextInt(WORDS - count + 1);
        final long offset = (long) word << 3;
        final long length = (long) count << 3;
        final long[] lowest = new long[count];
        for (int i = 0; i < count; i++) {
            lowest[i] = done.get(word + i);
        }
        final Witness witness = new Witness(offset, length);
        final long[] seen = new long[count];
        try {
            switch (kind) {
                case 0, 1, 2 -> seen[0] = region.getLong(offset);
                case 3 -> seen[0] = region.getLongVolatile(offset);
                case 4 -> seen[0] = region.getLongAcquire(offset);
                case 5, 6 -> region.get(offset, MemorySegment.ofArray(seen), 0, length);
                default -> {
                    final long sum = region.readAsLong(offset, length, slice -> {
                        long total = 0;
                        for (int i = 0; i < count; i++) {
                            seen[i] = slice.get(ValueLayout.JAVA_LONG, (long) i << 3);
                            total += seen[i];
                        }
                        return total;
                    });
                    long total = 0;
                    for (final long value : seen) {
                        total += value;
                    }
                    expect(sum == total, "the result of another call of the reader");
                }
            }
            witness.served();
        } catch (final PoisonException refusal) {
            witness.refused(refusal);
            return;
        }
        loads.incrementAndGet();
        for (int i = 0; i < count; i++) {
            if (isCounter(word + i >> 3)) {
                expect(seen[i] != SimulatedMedia.SCRIBBLE, "a destroyed counter was served");
            } else {
                judge(word + i, seen[i], lowest[i]);
            }
        }
    }

    private void readRaw(final SplittableRandom random) {
        final MemorySegment raw = region.segment();
        final long offset = random.nextLong(region.size() - Lines.PAGE_LENGTH);
        long sum = raw.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
        for (long i = 0; i < Lines.PAGE_LENGTH; i += Long.BYTES) {
            sum += raw.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + i);
        }
        sum += raw.asSlice(offset, 128).mismatch(raw.asSlice(0, 128));
        if (sum == 42) {
            Thread.onSpinWait();
        }
        LockSupport.parkNanos(20_000);
    }

    private static int counterIndex(final int line) {
        return line / LINE_KINDS;
    }

    private static int slot(final int counter, final int generation) {
        return counter * 64 + generation % 64;
    }

    private void count(final int thread, final SplittableRandom random) {
        final int counter = random.nextInt(COUNTERS);
        counting.set(thread, counter + 1);
        count(counter);
        counting.set(thread, 0);
    }

    private void count(final int counter) {
        final int line = counter * LINE_KINDS + COUNTER_KIND;
        final long offset = (long) line << Lines.SHIFT;
        final Witness witness = new Witness(offset, Long.BYTES);
        final int before = generations.get(counter);
        try {
            final long old = region.getAndAddLong(offset, 1);
            final int generation = (int) (old >>> GENERATION_SHIFT);
            expect(generation >= before && generation <= generations.get(counter),
                "counter " + counter + " has generation " + generation);
            counted.incrementAndGet(slot(counter, generation));
            stores.incrementAndGet();
        } catch (final PoisonException refusal) {
            final int after = generations.get(counter);
            if (isIndeterminate(refusal)) {
                expect(line >> 6 < PAGES - SAFE_PAGES, "indeterminate on a page that never failed: " + refusal);
                indeterminate.incrementAndGet();
                for (int generation = before; generation <= after; generation++) {
                    uncertain.incrementAndGet(slot(counter, generation));
                }
            } else {
                witness.refused(refusal);
                final int state = states.get(line);
                if (state == witness.stateBefore[0] && (state & STATE_MASK) == READABLE
                    && states.compareAndSet(line, state, state + CHANGE | HANDED_OVER)) {
                    lost.add(line);
                }
            }
        }
    }

    private void inject(final SplittableRandom random) throws IOException {
        final int first = random.nextInt(LINES);
        int count = 0;
        while (count < 1 + random.nextInt(4) && first + count < LINES && mayFail(first + count)) {
            count++;
        }
        if (count == 0) {
            return;
        }
        for (int i = 0; i < count; i++) {
            injectionsBegun.incrementAndGet(first + i);
        }
        final long offset = ((long) first << Lines.SHIFT) + random.nextInt(Lines.LENGTH);
        final long length = ((long) first + count << Lines.SHIFT) - offset;
        if (random.nextInt(3) == 0) {
            media.injectKnown(offset, length);
        } else {
            media.inject(offset, length);
        }
        for (int i = 0; i < count; i++) {
            injectionsEnded.incrementAndGet(first + i);
        }
        injections.incrementAndGet();
        // Bursts and pauses.
        if (random.nextInt(8) == 0) {
            LockSupport.parkNanos(random.nextInt(1_500_000));
        }
    }

    private void recover(final SplittableRandom random) throws IOException {
        final Integer line = lost.poll();
        if (line != null) {
            recoverLine(line, random);
        } else if (random.nextInt(4) == 0) {
            recoverLine(random.nextInt(COUNTERS) * LINE_KINDS + RECOVERER_KIND, random);
        } else {
            LockSupport.parkNanos(50_000);
        }
    }

    /** Recovers a line that is lost for certain, or one of the recoverer's own, which may be. */
    private void recoverLine(final int line, final SplittableRandom random) throws IOException {
        final int ended = injectionsEnded.get(line);
        recovering.set(line, 1);
        final long offset = (long) line << Lines.SHIFT;
        if (isCounter(line)) {
            final int counter = counterIndex(line);
            final int generation = generations.get(counter) + 1;
            expect(generation < GENERATIONS, "too many generations");
            counted.set(slot(counter, generation), 0);
            uncertain.set(slot(counter, generation), 0);
            generations.set(counter, generation);
            region.recovery().write(offset, counterContent(generation));
        } else {
            final int kind = random.nextInt(4);
            final int from = kind < 2 ? 0 : random.nextInt(8);
            final int count = kind < 2 ? 8 : 1 + random.nextInt(8 - from);
            recoverWords(line, from, count, kind % 2 == 0);
        }
        injectionsCured.set(line, ended);
        states.set(line, (states.get(line) & ~STATE_MASK) + CHANGE | READABLE);
        recovering.set(line, 0);
        recoveries.incrementAndGet();
    }

    private static MemorySegment counterContent(final int generation) {
        final MemorySegment content = MemorySegment.ofArray(new long[8]);
        content.set(ValueLayout.JAVA_LONG, 0, (long) generation << GENERATION_SHIFT);
        return content;
    }

    private void recoverWords(final int line, final int from, final int count, final boolean zeroes)
        throws IOException {
        final int word = line << 3;
        long version = 0;
        final long[] zeroBefore = new long[8];
        for (int i = 0; i < 8; i++) {
            version = Math.max(version, begun.get(word + i) + 1);
            zeroBefore[i] = zero.get(word + i);
        }
        for (int i = 0; i < 8; i++) {
            begun.set(word + i, version);
            if (zeroes || i < from || i >= from + count) {
                zero.set(word + i, version);
            }
        }
        final long offset = (long) word + from << 3;
        final long length = (long) count << 3;
        final RecoveryResult result = zeroes ? region.recovery().zero(offset, length)
            : region.recovery().write(offset, content(line, version).asSlice((long) from << 3, length));
        expect(result.stillLost().isEmpty() && result.written().equals(List.of(new ByteRange(offset, length))),
            "the recovery of words " + from + " to " + (from + count - 1) + " of line " + line + ": " + result);
        for (int i = 0; i < 8; i++) {
            final long at = (long) word + i << 3;
            final boolean kept = result.kept().stream().anyMatch(range -> range.contains(at));
            final boolean emptied = result.zeroFilled().stream().anyMatch(range -> range.contains(at));
            if (i >= from && i < from + count) {
                expect(!kept && !emptied, "outside the range? " + result);
                done.set(word + i, version);
            } else if (emptied) {
                expect(!kept, "kept and zero? " + result);
                done.set(word + i, version);
            } else {
                expect(kept && line % LINE_KINDS == RECOVERER_KIND, "the rest of lost line " + line + ": " + result);
                zero.set(word + i, zeroBefore[i]);
            }
        }
    }

    private void allocate(final SplittableRandom random) {
        final byte[][] garbage = new byte[64][];
        for (int i = 0; i < 256; i++) {
            garbage[i % garbage.length] = new byte[1 + random.nextInt(8192)];
        }
        if (random.nextInt(200) == 0) {
            System.gc();
        }
        if (garbage[0].length == 0) {
            throw new AssertionError("an empty array");
        }
    }

    /** After the race: recovers what is lost, and compares all with the model. */
    private void settle() throws IOException {
        final Set<Integer> recoveredAtEnd = new HashSet<>();
        final SplittableRandom random = new SplittableRandom(~seed);
        for (int line = 0; line < LINES; line++) {
            try {
                region.verify((long) line << Lines.SHIFT, Lines.LENGTH);
                expect((states.get(line) & STATE_MASK) == READABLE, "line " + line + " was lost and is served");
            } catch (final PoisonException refusal) {
                new Witness((long) line << Lines.SHIFT, Lines.LENGTH).refused(refusal);
                recoverLine(line, random);
                recoveredAtEnd.add(line);
            }
        }
        for (int word = 0; word < WORDS; word++) {
            if (!isCounter(word >> 3)) {
                expect(region.getLong((long) word << 3) == expected(word), "at the end word " + word + " is "
                    + Long.toHexString(region.getLong((long) word << 3)) + ", the last store was "
                    + Long.toHexString(expected(word)) + ", versions begun " + begun.get(word) + ", done "
                    + done.get(word) + ", zero " + zero.get(word) + "; " + (recoveredAtEnd.contains(word >> 3)
                    ? "recovered after the race" : "recovered before"));
            }
        }
        for (int counter = 0; counter < COUNTERS; counter++) {
            checkCounter(counter, region.getLong(((long) counter * LINE_KINDS + COUNTER_KIND) << Lines.SHIFT));
        }
        expect(region.poison().ranges().isEmpty(), "refused at the end: " + region.poison().ranges());
        expect(region.poison().isClean(), "nothing is refused, the flag stays up");
        expect(media.poisoned().isEmpty(), "the medium is poisoned at the end: " + media.poisoned());
        expect(Memory.getLong(region.address() - 64) != 0, "the epoch never moved");
    }

    private void checkCounter(final int counter, final long value) {
        final int generation = generations.get(counter);
        final long count = value & (1L << GENERATION_SHIFT) - 1;
        final int sure = counted.get(slot(counter, generation));
        expect(value >>> GENERATION_SHIFT == generation && count >= sure
            && count <= sure + uncertain.get(slot(counter, generation)), "counter " + counter + " is " + count
            + " after " + sure + " updates and " + uncertain.get(slot(counter, generation)) + " that may count");
    }
}
