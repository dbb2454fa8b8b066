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
package io.cordon.poison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.poison.BadBlocks.Check;
import io.cordon.poison.BadBlocks.Entry;
import io.cordon.poison.BadBlocks.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** BadBlocks against one byte a sector: coverage and acknowledgement of each sector after each call. */
class BadBlocksModelTest {
    private static final byte GOOD = 0;
    private static final byte OPEN = 1;
    private static final byte ACKNOWLEDGED = 2;
    private static final int SECTORS = 512;

    /** What the list must say, worked out sector by sector. */
    private static final class Model {
        private final byte[] sectors = new byte[SECTORS];
        private final int block;

        Model(final int shift) {
            this.block = 1 << shift;
        }

        void set(final int sector, final int count, final boolean acknowledged) {
            for (int i = sector / block * block; i < (sector + count + block - 1) / block * block; i++) {
                sectors[i] = acknowledged || sectors[i] == ACKNOWLEDGED ? ACKNOWLEDGED : OPEN;
            }
        }

        void clear(final int sector, final int count) {
            for (int start = 0; start < SECTORS; start += block) {
                if (start >= sector && start + block <= sector + count) {
                    for (int i = start; i < start + block; i++) {
                        sectors[i] = GOOD;
                    }
                }
            }
        }

        void acknowledgeAll() {
            for (int i = 0; i < SECTORS; i++) {
                sectors[i] = sectors[i] == GOOD ? GOOD : ACKNOWLEDGED;
            }
        }

        Check check(final int sector, final int count) {
            Verdict verdict = Verdict.NONE;
            int first = -1;
            for (int i = sector / block * block; i < (sector + count + block - 1) / block * block; i++) {
                if (sectors[i] != GOOD) {
                    first = first < 0 ? i : first;
                    verdict = sectors[i] == OPEN || verdict == Verdict.UNACKNOWLEDGED
                        ? Verdict.UNACKNOWLEDGED : Verdict.ACKNOWLEDGED;
                }
            }
            for (final Entry entry : entries()) {
                if (first >= entry.sector() && first < entry.sector() + entry.count()) {
                    return new Check(verdict, entry.sector(), entry.count());
                }
            }
            return new Check(verdict, -1, 0);
        }

        List<Entry> entries() {
            final List<Entry> entries = new ArrayList<>();
            for (int start = 0, end; start < SECTORS; start = end) {
                end = start + 1;
                while (end < SECTORS && sectors[end] == sectors[start]) {
                    end++;
                }
                if (sectors[start] != GOOD) {
                    entries.add(new Entry(start, end - start, sectors[start] == ACKNOWLEDGED));
                }
            }
            return entries;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 6})
    void shouldAgreeWithOneByteASector(final int shift) {
        for (long seed = 1; seed <= 20; seed++) {
            final SplittableRandom random = new SplittableRandom(seed);
            final Model model = new Model(shift);
            final BadBlocks list = new BadBlocks(shift);
            // Short ranges keep many small records, long ones sweep them away.
            final int longest = 1 << 1 + random.nextInt(9);
            for (int step = 0; step < 250; step++) {
                final int sector = random.nextInt(SECTORS);
                final int count = 1 + random.nextInt(Math.min(longest, SECTORS - sector));
                final int action = random.nextInt(100);
                final String what = "seed " + seed + ", shift " + shift + ", step " + step + ", action " + action
                    + ", sector " + sector + ", count " + count;
                if (action < 60) {
                    model.set(sector, count, action < 30);
                    assertTrue(list.set(sector, count, action < 30), what);
                } else if (action < 99) {
                    model.clear(sector, count);
                    assertTrue(list.clear(sector, count), what);
                } else {
                    model.acknowledgeAll();
                    list.acknowledgeAll();
                }
                assertEquals(model.entries(), list.entries(), what);
                for (int i = 0; i < 5; i++) {
                    final int from = random.nextInt(SECTORS);
                    final int length = 1 + random.nextInt(Math.min(longest, SECTORS - from));
                    assertEquals(model.check(from, length), list.check(from, length),
                        what + ", check " + from + "+" + length);
                }
            }
        }
    }

    /** A million records; were check or clear linear in them, this would take hours. */
    @Test
    void shouldServeAMillionRecords() {
        final int records = 1_000_000;
        final BadBlocks list = new BadBlocks();
        for (int i = 0; i < records; i++) {
            // In an order that is neither ascending nor descending; 7 and a million have no common factor.
            list.set(4L * (i * 7L % records), 2, true);
        }
        assertEquals(records, list.entries().size());
        for (int i = 0; i < records; i += 10) {
            assertEquals(new Check(Verdict.ACKNOWLEDGED, 0, 2), list.check(0, 4L * records - i));
            final long sector = 4L * (i * 13L % records);
            assertEquals(new Check(Verdict.ACKNOWLEDGED, sector, 2), list.check(sector + 1, 3));
            assertEquals(Verdict.NONE, list.check(sector + 2, 2).verdict());
        }
        for (int i = 1; i < records; i += 2) {
            list.clear(4L * i + 1, 1);
        }
        assertEquals(new Check(Verdict.ACKNOWLEDGED, 4, 1), list.check(2, 3));
        list.set(1, 4L * records, false);
        assertEquals(2 * records, list.entries().size(), "each gap is a record now");
        assertEquals(new Check(Verdict.UNACKNOWLEDGED, 0, 2), list.check(0, 4L * records));
        list.acknowledgeAll();
        assertEquals(List.of(new Entry(0, 4L * records + 1, true)), list.entries());
    }

    /** Threads that work on ranges of their own must not disturb each other's. */
    @Test
    void shouldServeSeveralThreads() throws InterruptedException {
        final BadBlocks list = new BadBlocks();
        final int threads = 4;
        final CountDownLatch start = new CountDownLatch(1);
        final List<Throwable> failures = new ArrayList<>();
        final List<Thread> started = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            final long base = i;
            started.add(Thread.ofPlatform().start(() -> {
                try {
                    start.await();
                    for (int round = 0; round < 20_000; round++) {
                        final long sector = base + (long) threads * (round % 100);
                        list.set(sector, 1, round % 2 == 0);
                        assertTrue(list.check(sector, 1).verdict() != Verdict.NONE);
                        list.clear(sector, 1);
                        assertEquals(Verdict.NONE, list.check(sector, 1).verdict());
                    }
                } catch (final Throwable failure) {
                    synchronized (failures) {
                        failures.add(failure);
                    }
                }
            }));
        }
        start.countDown();
        for (final Thread thread : started) {
            thread.join();
        }
        assertEquals(List.of(), failures);
        assertTrue(list.isEmpty(), list.toString());
    }
}
