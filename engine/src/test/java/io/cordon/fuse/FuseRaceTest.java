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
package io.cordon.fuse;

import io.cordon.Region;
import io.cordon.media.Media;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Several threads work on their own lines of the same pages, while sectors of a real file system fail under them. */
@DisabledIfSystemProperty(named = "cordon.fuse", matches = "false")
class FuseRaceTest {
    private static final long SECONDS = Long.getLong("cordon.torture.seconds", 2);
    private static final int PAGES = 16;
    private static final int SIZE = PAGES * FuseMount.PAGE;
    private static final int LINE = 64;
    private static final int LINES = SIZE / LINE;
    private static final int LINES_PER_SECTOR = FailingDisk.SECTOR / LINE;
    private static final int THREADS = 3;
    private static final int ENOUGH = 5;

    private final long seed = Long.getLong("cordon.torture.seed", System.nanoTime());
    /** By line: failures of its sector begun, ended, and how many of the ended ones a recovery has made good. */
    private final AtomicIntegerArray begun = new AtomicIntegerArray(LINES);
    private final AtomicIntegerArray ended = new AtomicIntegerArray(LINES);
    private final AtomicIntegerArray cured = new AtomicIntegerArray(LINES);
    /** By line: what was stored last, and whether it is known to be lost; each line has one owner. */
    private final long[] versions = new long[LINES];
    private final boolean[] lost = new boolean[LINES];
    private final AtomicLong refusals = new AtomicLong();
    private volatile boolean stopped;

    @TempDir
    private Path folder;

    private static byte[] content(final int line, final long version) {
        final byte[] bytes = new byte[LINE];
        if (version != 0) {
            new SplittableRandom(line * 1_000_003L + version).nextBytes(bytes);
        }
        return bytes;
    }

    @Test
    @DisplayName("Laws 1, 3 and 4: What is lost are sectors that failed; everything else is what was stored last")
    void shouldServeOnlyWhatWasStored() throws Exception {
        final SplittableRandom random = new SplittableRandom(seed);
        try (FuseMount mount = FuseMount.mount(folder, SIZE)) {
            try (Region region = open(mount); ExecutorService pool = Executors.newFixedThreadPool(THREADS)) {
                final List<Future<?>> workers = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    final int thread = i;
                    final SplittableRandom own = random.split();
                    workers.add(pool.submit(() -> work(region, thread, own)));
                }
                try {
                    final long start = System.nanoTime();
                    while (workers.stream().noneMatch(Future::isDone)
                        && (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(SECONDS)
                        || refusals.get() < ENOUGH)) {
                        fail(mount, random);
                    }
                } finally {
                    stopped = true;
                }
                for (final Future<?> worker : workers) {
                    worker.get();
                }
                for (int line = 0; line < LINES; line++) {
                    load(region, line);
                }
                region.persist();
            }
            mount.drop();
            checkDisk(mount.onDisk());
            try (Region region = open(mount)) {
                assertEquals(lostRanges(), region.poison().ranges(), "seed " + seed);
                for (int line = 0; line < LINES; line++) {
                    load(region, line);
                }
            }
        }
    }

    private static Region open(final FuseMount mount) throws IOException {
        return Region.builder(mount.file()).media(Media.file()).open();
    }

    private void checkDisk(final byte[] disk) {
        for (int line = 0; line < LINES; line++) {
            if (!lost[line]) {
                assertArrayEquals(content(line, versions[line]),
                    Arrays.copyOfRange(disk, line * LINE, line * LINE + LINE), "line " + line + ", seed " + seed);
            }
        }
    }

    private List<ByteRange> lostRanges() {
        final List<ByteRange> ranges = new ArrayList<>();
        for (int line = 0; line < LINES; line++) {
            if (lost[line]) {
                ByteRange.append(ranges, (long) line * LINE, LINE);
            }
        }
        return ranges;
    }

    private void fail(final FuseMount mount, final SplittableRandom random) throws InterruptedException {
        final int sectors = LINES / LINES_PER_SECTOR;
        final int first = random.nextInt(sectors);
        final int count = Math.min(1 + random.nextInt(10), sectors - first);
        for (int line = first * LINES_PER_SECTOR; line < (first + count) * LINES_PER_SECTOR; line++) {
            begun.incrementAndGet(line);
        }
        mount.poison((long) first * FailingDisk.SECTOR, (long) count * FailingDisk.SECTOR);
        for (int line = first * LINES_PER_SECTOR; line < (first + count) * LINES_PER_SECTOR; line++) {
            ended.incrementAndGet(line);
        }
        Thread.sleep(random.nextInt(4));
    }

    private Void work(final Region region, final int thread, final SplittableRandom random) throws IOException {
        while (!stopped) {
            final int line = random.nextInt(LINES / THREADS) * THREADS + thread;
            final long offset = (long) line * LINE;
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> store(region, line);
                case 3 -> {
                    if (random.nextInt(8) == 0) {
                        region.persist(offset, LINE);
                    }
                }
                case 4 -> {
                    if (lost[line]) {
                        recover(region, line, random.nextBoolean());
                    }
                }
                default -> load(region, line);
            }
        }
        return null;
    }

    private void store(final Region region, final int line) {
        final int before = cured.get(line);
        try {
            region.put((long) line * LINE, content(line, versions[line] + 1), 0, LINE);
            assertTrue(!lost[line], () -> "a store to lost line " + line + ", seed " + seed);
            versions[line]++;
        } catch (final PoisonException refusal) {
            refused(refusal, line, before);
        }
    }

    private void load(final Region region, final int line) {
        final int before = cured.get(line);
        final byte[] found = new byte[LINE];
        try {
            region.get((long) line * LINE, found, 0, LINE);
            assertTrue(!lost[line], () -> "a load of lost line " + line + ", seed " + seed);
            assertArrayEquals(content(line, versions[line]), found, () -> "line " + line + ", seed " + seed);
        } catch (final PoisonException refusal) {
            refused(refusal, line, before);
        }
    }

    private void refused(final PoisonException refusal, final int line, final int before) {
        refusals.incrementAndGet();
        assertEquals(List.of(new ByteRange((long) line * LINE, LINE)), refusal.ranges(), () -> "seed " + seed);
        assertTrue(begun.get(line) > before, () -> "line " + line + " never failed since it was recovered, seed "
            + seed + ": " + refusal);
        lost[line] = true;
    }

    private void recover(final Region region, final int line, final boolean zero) throws IOException {
        final int before = ended.get(line);
        final long offset = (long) line * LINE;
        if (zero) {
            region.recovery().zero(offset, LINE);
            versions[line] = 0;
        } else {
            region.recovery().write(offset, content(line, ++versions[line]));
        }
        cured.set(line, before);
        lost[line] = false;
    }
}
