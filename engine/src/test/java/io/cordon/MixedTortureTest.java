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

import io.cordon.linux.NativeFile;
import io.cordon.linux.Storage;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.RecoveryResult;
import io.cordon.scrub.ScrubOptions;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.logging.Level;
import java.util.logging.Logger;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What {@link Torture} leaves out: devices that go and come, persists that fail, salvage, repair, patrols, a mirror,
 * and closing in the middle of it all. Each line has one owner, a thread, which knows of each of its words the
 * versions that may be there.
 */
class MixedTortureTest {
    private static final int THREADS = 4;
    private static final int PAGES = 12;
    private static final int SIZE = PAGES * 4096;
    private static final int LINES = SIZE / 64;
    private static final int WORDS = 8;
    private static final int GENERATIONS = 4;
    /** For each of the two ways. */
    private static final long NANOS = TimeUnit.SECONDS.toNanos(Long.getLong("cordon.torture.seconds", 3)) / 2;
    private static final int VERSION_BITS = 40;
    private static final Logger LOGGER = Logger.getLogger("io.cordon");

    private final long seed = Long.getLong("cordon.torture.seed", new SplittableRandom().nextLong() >>> 16);
    /** By line: injections begun, ended, and how many of the ended ones a recovery has made good. */
    private final AtomicIntegerArray begun = new AtomicIntegerArray(LINES);
    private final AtomicIntegerArray ended = new AtomicIntegerArray(LINES);
    private final AtomicIntegerArray cured = new AtomicIntegerArray(LINES);
    /** By word: the oldest and the newest version that may be there, and the one that the mirror has, or an older. */
    private final long[] oldest = new long[LINES * WORDS];
    private final long[] newest = new long[LINES * WORDS];
    private final long[] persisted = new long[LINES * WORDS];
    /** By line: the versions that are zeroes: the mirror may have an older one. */
    private final List<TreeSet<Long>> zeroes = new ArrayList<>();
    /** By line: whether it is refused for certain, and whether it may be. */
    private final boolean[] lost = new boolean[LINES];
    private final boolean[] suspect = new boolean[LINES];
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicLong loads = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();
    /** Held for writing while what is written comes out wrong, for reading by who writes where nobody proves it. */
    private final ReentrantReadWriteLock writing = new ReentrantReadWriteLock();
    /** How many of the next writes to the file store something else. */
    private final AtomicInteger wrongWrites = new AtomicInteger();
    private SimulatedMedia media;
    private boolean mirrored;
    private volatile boolean over;

    @TempDir
    private Path folder;

    private Region open() throws IOException {
        media = Media.simulated();
        final Region.Builder builder =
            Region.builder(folder.resolve("region")).size(SIZE).media(media).storage(new Twisting());
        return (mirrored ? builder.mirror(folder.resolve("mirror")) : builder).open();
    }

    /** Has the region's file store something else than it is given, sometimes. */
    private final class Twisting extends Storage {
        @Override
        public NativeFile open(final Path file, final boolean readOnly) throws IOException {
            final NativeFile opened = super.open(file, readOnly);
            return !file.endsWith("region") ? opened : new NativeFile(opened) {
                @Override
                public void write(final long offset, final MemorySegment buffer) throws IOException {
                    if (wrongWrites.getAndUpdate(left -> Math.max(0, left - 1)) == 0) {
                        super.write(offset, buffer);
                        return;
                    }
                    final byte[] twisted = buffer.toArray(ValueLayout.JAVA_BYTE);
                    // No version looks like that.
                    for (int i = 7; i < twisted.length; i += 8) {
                        twisted[i] ^= (byte) 0x80;
                    }
                    try (Arena arena = Arena.ofConfined()) {
                        super.write(offset, arena.allocateFrom(ValueLayout.JAVA_BYTE, twisted));
                    }
                }
            };
        }
    }

    private static long value(final int word, final long version) {
        return (long) word << VERSION_BITS | version;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("Laws 1, 3, 4, 6, 10: whatever fails, a line holds what its owner stored, or is refused for a reason")
    void shouldServeWhatWasStoredOrRefuseIt(final boolean withMirror) throws Exception {
        mirrored = withMirror;
        LOGGER.setLevel(Level.OFF);
        try {
            final SplittableRandom random = new SplittableRandom(seed);
            try (Region region = open()) {
                for (int line = 0; line < LINES; line++) {
                    zeroes.add(new TreeSet<>());
                    region.put(line * 64L, content(line, 0), 0, 64);
                }
                region.persist();
            }
            for (int generation = 0; generation < GENERATIONS; generation++) {
                live(random);
            }
            assertTrue(loads.get() > 0 && refusals.get() > 0, () -> loads + " loads, " + refusals + " refusals");
        } finally {
            LOGGER.setLevel(null);
        }
    }

    /** One life of the region, which ends in the middle of everything. */
    private void live(final SplittableRandom random) throws Exception {
        over = false;
        final List<Thread> threads = new ArrayList<>();
        final Region region = open();
        try {
            for (int i = 0; i < THREADS; i++) {
                final int self = i;
                threads.add(start(region, random.split(), own -> work(region, self, own)));
            }
            threads.add(start(region, random.split(), own -> strike(own)));
            threads.add(start(region, random.split(), own -> blink(own)));
            threads.add(start(region, random.split(), own -> patrol(region, own)));
            final long start = System.nanoTime();
            while (System.nanoTime() - start < NANOS / GENERATIONS && failure.get() == null) {
                Thread.sleep(1);
            }
        } finally {
            over = true;
            region.close();
        }
        for (final Thread thread : threads) {
            thread.join();
        }
        check();
        try (Region again = open()) {
            for (int line = 0; line < LINES; line++) {
                load(again, line);
            }
        }
        check();
    }

    private void check() {
        if (failure.get() != null) {
            throw new AssertionError("seed " + seed + " (-Dcordon.torture.seed): " + failure.get(), failure.get());
        }
    }

    private interface Part {
        void run(SplittableRandom random) throws Exception;
    }

    private Thread start(final Region region, final SplittableRandom random, final Part part) {
        return Thread.ofPlatform().start(() -> {
            try {
                while (!over && failure.get() == null) {
                    part.run(random);
                }
            } catch (final Throwable thrown) {
                // Whatever is refused because the region is closed.
                if (!over || !(thrown instanceof IllegalStateException)) {
                    failure.compareAndSet(null, thrown);
                }
            }
        });
    }

    private void strike(final SplittableRandom random) throws IOException {
        final int first = random.nextInt(LINES);
        final int count = Math.min(random.nextInt(1, 4), LINES - first);
        // Some lines of each page never fail.
        if (first % 64 + count > 60) {
            return;
        }
        for (int line = first; line < first + count; line++) {
            begun.incrementAndGet(line);
        }
        if (random.nextInt(3) == 0) {
            media.injectKnown(first * 64L, count * 64L);
        } else {
            media.inject(first * 64L, count * 64L);
        }
        for (int line = first; line < first + count; line++) {
            ended.incrementAndGet(line);
        }
        LockSupport.parkNanos(random.nextInt(2_000_000));
    }

    /** The device goes and comes; or nothing becomes durable for a moment. */
    private void blink(final SplittableRandom random) throws Exception {
        Thread.sleep(random.nextInt(12));
        final int kind = random.nextInt(4);
        if (kind == 0) {
            writeWrong(random);
        } else if (kind == 1) {
            media.offline();
            LockSupport.parkNanos(random.nextInt(3_000_000));
            media.online();
        } else {
            media.failPersist(true);
            LockSupport.parkNanos(random.nextInt(2_000_000));
            media.failPersist(false);
        }
    }

    private void writeWrong(final SplittableRandom random) {
        writing.writeLock().lock();
        try {
            wrongWrites.set(random.nextInt(1, 4));
            LockSupport.parkNanos(random.nextInt(2_000_000));
        } finally {
            wrongWrites.set(0);
            writing.writeLock().unlock();
        }
    }

    private void patrol(final Region region, final SplittableRandom random) throws Exception {
        Thread.sleep(random.nextInt(40));
        try {
            region.scrubber().passNow(ScrubOptions.FULL_SPEED).get(1, TimeUnit.SECONDS);
        } catch (TimeoutException | CancellationException _) {
            // The device is gone, or the region closed.
            Thread.onSpinWait();
        }
        region.poison().ranges();
    }

    private static byte[] content(final int line, final long version) {
        final byte[] bytes = new byte[64];
        final MemorySegment words = MemorySegment.ofArray(bytes);
        for (int i = 0; i < WORDS; i++) {
            words.set(ValueLayout.JAVA_LONG_UNALIGNED, i * 8L, value(line * WORDS + i, version));
        }
        return bytes;
    }

    private long next(final int line) {
        long version = 0;
        for (int word = line * WORDS; word < (line + 1) * WORDS; word++) {
            version = Math.max(version, newest[word]);
        }
        return version + 1;
    }

    private void work(final Region region, final int self, final SplittableRandom random) throws IOException {
        final int line = random.nextInt(LINES / THREADS) * THREADS + self;
        switch (random.nextInt(16)) {
            case 0, 1, 2, 3 -> store(region, line, random);
            case 4, 5 -> persist(region, line);
            case 6, 7 -> recover(region, line, random.nextBoolean());
            case 8 -> repair(region, line);
            case 9 -> salvage(region, line);
            default -> load(region, line);
        }
    }

    private void store(final Region region, final int line, final SplittableRandom random) {
        final long version = next(line);
        final int first = random.nextBoolean() ? 0 : random.nextInt(WORDS);
        final int end = first == 0 ? WORDS : first + 1;
        final int before = cured.get(line);
        for (int i = first; i < end; i++) {
            newest[line * WORDS + i] = version;
        }
        try {
            if (end - first == WORDS) {
                region.put(line * 64L, content(line, version), 0, 64);
            } else if (random.nextBoolean()) {
                region.putLong(line * 64L + first * 8L, value(line * WORDS + first, version));
            } else {
                region.getAndSetLong(line * 64L + first * 8L, value(line * WORDS + first, version));
            }
        } catch (final PoisonException refusal) {
            refused(line, refusal, before);
            return;
        }
        expect(!lost[line], line, "a store to a lost line");
        for (int i = first; i < end; i++) {
            oldest[line * WORDS + i] = version;
        }
    }

    private boolean load(final Region region, final int line) {
        final int before = cured.get(line);
        final byte[] found = new byte[64];
        try {
            region.get(line * 64L, found, 0, 64);
        } catch (final PoisonException refusal) {
            refused(line, refusal, before);
            return false;
        }
        loads.incrementAndGet();
        // One that is struck need not be lost: what was salvaged just before is written over it.
        expect(!lost[line], line, "a lost line is served");
        judge(line, MemorySegment.ofArray(found), true);
        suspect[line] = false;
        return true;
    }

    private void judge(final int line, final MemorySegment found, final boolean settles) {
        for (int i = 0; i < WORDS; i++) {
            final int word = line * WORDS + i;
            final long seen = found.get(ValueLayout.JAVA_LONG_UNALIGNED, i * 8L);
            final long least = mirrored ? Math.min(persisted[word], oldest[word]) : oldest[word];
            final NavigableSet<Long> versions = versions(line, word, seen, least);
            expect(!versions.isEmpty(), line, "word " + i + " is " + Long.toHexString(seen) + ", versions " + least
                + " to " + newest[word] + ", zeroes at " + zeroes.get(line));
            if (settles) {
                oldest[word] = versions.first();
                newest[word] = versions.last();
            }
        }
    }

    /** Which versions a word that was seen may be, of those that may be there. */
    private NavigableSet<Long> versions(final int line, final int word, final long seen, final long least) {
        final TreeSet<Long> versions = new TreeSet<>();
        if (seen == 0) {
            versions.addAll(zeroes.get(line));
        }
        if (seen >>> VERSION_BITS == word) {
            versions.add(seen & (1L << VERSION_BITS) - 1);
        }
        versions.removeIf(version -> version < least || version > newest[word]);
        return versions;
    }

    /** Law 3: for a reason: it was struck, its persist failed, its device is gone, or its page cannot be written. */
    private void refused(final int line, final PoisonException refusal, final int before) {
        refusals.incrementAndGet();
        if (refusal.getCause() != null || refusal.getMessage().contains("indeterminate")) {
            return;
        }
        expect(begun.get(line) > before || suspect[line] || lost[line], line, "refused: " + refusal);
        lost[line] = true;
    }

    private void persist(final Region region, final int line) {
        try {
            region.persist(line * 64L, 64);
            if (load(region, line)) {
                // Nobody else stores here: that is what was persisted, and what a repair gives back.
                System.arraycopy(oldest, line * WORDS, persisted, line * WORDS, WORDS);
            }
        } catch (final IOException failed) {
            if (failed.getMessage().contains("refused until")) {
                // Law 10: whatever succeeds after that.
                lost[line] = true;
                load(region, line);
            }
        }
    }

    /** Of a line that is not refused nobody can prove what is written: somebody might store to it. */
    private void recover(final Region region, final int line, final boolean zero) {
        if (lost[line]) {
            recoverAnyway(region, line, zero);
            return;
        }
        writing.readLock().lock();
        try {
            recoverAnyway(region, line, zero);
        } finally {
            writing.readLock().unlock();
        }
    }

    private void recoverAnyway(final Region region, final int line, final boolean zero) {
        final long version = next(line);
        final int before = ended.get(line);
        for (int word = line * WORDS; word < (line + 1) * WORDS; word++) {
            newest[word] = version;
        }
        if (zero) {
            zeroes.get(line).add(version);
        }
        try {
            final RecoveryResult result = zero ? region.recovery().zero(line * 64L, 64)
                : region.recovery().write(line * 64L, content(line, version));
            expect(result.stillLost().isEmpty(), line, "recovered: " + result);
        } catch (final IOException failed) {
            // Written or not, lost or not.
            lost[line] = false;
            suspect[line] = true;
            return;
        }
        cured.set(line, before);
        lost[line] = false;
        suspect[line] = false;
        for (int word = line * WORDS; word < (line + 1) * WORDS; word++) {
            oldest[word] = version;
        }
    }

    private void repair(final Region region, final int line) {
        try {
            final RecoveryResult result = region.recovery().repair(line * 64L, 64);
            expect(mirrored || !lost[line] || !result.stillLost().isEmpty(), line, "repaired from nothing: " + result);
            if (!result.written().isEmpty()) {
                lost[line] = false;
                suspect[line] = true;
            }
        } catch (IOException _) {
            lost[line] &= !mirrored;
            suspect[line] = true;
        }
    }

    private void salvage(final Region region, final int line) {
        final int before = cured.get(line);
        final MemorySegment found = MemorySegment.ofArray(new byte[64]);
        try {
            final RecoveryResult result = region.recovery().salvage(line * 64L, found);
            if (!result.kept().isEmpty()) {
                expect(!lost[line], line, "salvaged though it is lost: " + result);
                judge(line, found, false);
            } else {
                expect(begun.get(line) > before || suspect[line] || lost[line], line, "not salvaged: " + result);
            }
        } catch (IOException _) {
            // The device is gone, or poison struck between the look and the reading.
            Thread.onSpinWait();
        }
    }

    private static void expect(final boolean condition, final int line, final String message) {
        if (!condition) {
            throw new AssertionError("line " + line + ": " + message);
        }
    }
}
