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
import io.cordon.event.ErrorReports;
import io.cordon.linux.Libc;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.RepairSource;
import io.cordon.scrub.ScrubOptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CountersTest {
    private static final long PAGE = Libc.pageSize();
    private static final long SIZE = 16 * PAGE;
    private static final int ROUNDS = 100;

    @TempDir
    private Path folder;
    private final SimulatedMedia media = Media.simulated();

    private Region open() throws IOException {
        return Region.builder(folder.resolve("region")).size(SIZE).media(media).open();
    }

    private static String counted(final Region region, final Counter... counters) {
        return Arrays.stream(counters).map(counter -> counter + " " + region.counters().get(counter)).toList()
            .toString();
    }

    @Test
    void shouldCountNothingWhileNothingFails() throws Exception {
        try (Region region = open()) {
            for (long at = 0; at < SIZE; at += 8) {
                region.putLong(at, region.getLong(at) + 1);
            }
            region.get(0, new byte[100], 0, 100);
            region.persist();
            for (final Counter counter : Counter.values()) {
                assertEquals(0, region.counters().get(counter), counter.label());
            }
            assertEquals(folder.resolve("region").toString(), region.counters().region());
        }
    }

    @Test
    void shouldCountWhatFailsAndWhatIsMadeWhole() throws Exception {
        final Region region = open();
        try (region) {
            media.inject(PAGE + 64, 192);
            assertThrows(PoisonException.class, () -> region.getLong(PAGE + 64));
            assertEquals(3, region.poison().lineCount());
            assertEquals("[FAULTS 1, RECOVERIES 1, FAILED_RECOVERIES 0, POISONED_LINES 0, LOST_LINES 3]",
                counted(region, Counter.FAULTS, Counter.RECOVERIES, Counter.FAILED_RECOVERIES, Counter.POISONED_LINES,
                Counter.LOST_LINES));
            final long slow = region.counters().get(Counter.HAZARD_SLOW_PATHS);
            assertTrue(slow >= 1, () -> slow + " slow paths");
            assertThrows(PoisonException.class, () -> region.getLong(PAGE + 64));
            assertEquals(slow + 1, region.counters().get(Counter.HAZARD_SLOW_PATHS));
            region.getLong(0);
            region.getLong(PAGE);
            assertEquals(slow + 1, region.counters().get(Counter.HAZARD_SLOW_PATHS), "healthy accesses");
            region.recovery().zero(PAGE + 64, 64);
            assertEquals(2, region.counters().get(Counter.LOST_LINES));
            media.failPersist(true);
            assertThrows(IOException.class, () -> region.persist(2 * PAGE, 64));
            media.failPersist(false);
            assertEquals("[PERSIST_ERRORS 1, LOST_LINES 3]",
                counted(region, Counter.PERSIST_ERRORS, Counter.LOST_LINES));
            region.recovery().zero(0, SIZE);
            assertEquals(0, region.counters().get(Counter.LOST_LINES));
            // Failed twice, recovered in three calls, of which one told of two ranges in two pages.
            assertEquals(region.mediaEvents().getLast().event().sequence(), region.counters().get(Counter.EVENTS));
        }
        assertEquals(1, region.counters().get(Counter.PERSIST_ERRORS), "after it was closed");
    }

    @Test
    @DisplayName("a page that is on a list which was read before the page was recovered is not recovered once more")
    void shouldNotRecoverAgainWhatAnOldListTells() throws Exception {
        final CountDownLatch asked = new CountDownLatch(1);
        final CountDownLatch answer = new CountDownLatch(1);
        final RepairSource source = (offset, buffer) -> {
            if (offset < PAGE) {
                asked.countDown();
                try {
                    answer.await();
                } catch (final InterruptedException interrupted) {
                    throw new IOException(interrupted);
                }
            }
            return true;
        };
        try (Region region = Region.builder(folder.resolve("region")).size(SIZE).media(media).repairFrom(source).open();
             ExecutorService threads = Executors.newCachedThreadPool()) {
            final Future<?> reader = threads.submit(() -> {
                media.injectKnown(0, 2 * PAGE);
                return null;
            });
            asked.await();
            // The reader of the list is at the first page; the second is recovered before it gets there.
            region.getLong(PAGE);
            answer.countDown();
            reader.get();
            assertEquals("[FAULTS 2, RECOVERIES 2]", counted(region, Counter.FAULTS, Counter.RECOVERIES));
            assertTrue(region.poison().isClean());
        }
    }

    @Test
    @DisplayName("a page on the list of a read-only region, where it stays, is withdrawn once, whoever reads the list")
    void shouldWithdrawOnceWhatStaysOnTheList() throws Exception {
        final Path path = folder.resolve("region");
        open().close();
        Files.writeString(folder.resolve("region.simulated"), "cordon simulated medium 1\n+ 0 " + SIZE + " listed\n");
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            for (int round = 0; round < ROUNDS; round++) {
                final AtomicBoolean opened = new AtomicBoolean();
                final Future<?> reader = threads.submit(() -> {
                    while (!opened.get()) {
                        // Says that the list has changed, and so has it read.
                        media.cutListShort(false);
                    }
                });
                try (Region region = Region.builder(path).media(media).readOnly(true).open()) {
                    opened.set(true);
                    reader.get();
                    assertEquals(SIZE / PAGE, region.counters().get(Counter.FAULTS), "round " + round);
                } finally {
                    opened.set(true);
                }
            }
        }
    }

    @Test
    void shouldCountWhatCannotBeRecoveredAndReportWhy() throws Exception {
        try (Region region = open(); ErrorReports.Subscription errors = region.counters().errors().subscribe(1)) {
            media.clearing(SimulatedMedia.Clearing.REFUSES);
            media.inject(PAGE, 64);
            media.inject(3 * PAGE, 64);
            for (final long page : List.of(PAGE, 3 * PAGE)) {
                assertThrows(PoisonException.class, () -> region.getLong(page));
            }
            region.poison().ranges();
            final Counter[] all = {Counter.FAILED_RECOVERIES, Counter.POISONED_LINES, Counter.LOST_LINES,
                Counter.DROPPED_ERRORS, Counter.RECOVERIES};
            final long lines = 2 * PAGE / 64;
            assertEquals("[FAILED_RECOVERIES 2, POISONED_LINES " + lines + ", LOST_LINES 0, DROPPED_ERRORS 1,"
                + " RECOVERIES 0]", counted(region, all));
            assertTrue(errors.poll().getMessage().contains(folder.resolve("region").toString()));
            assertNull(errors.poll());
            media.clearing(SimulatedMedia.Clearing.CLEARS);
            region.recovery().zero(PAGE, 64);
            region.recovery().zero(3 * PAGE, 64);
            assertEquals("[FAILED_RECOVERIES 2, POISONED_LINES 0, LOST_LINES 0, DROPPED_ERRORS 1, RECOVERIES 2]",
                counted(region, all));
            assertNull(errors.poll());
        }
    }

    @Test
    @DisplayName("a device that is gone is no recovery, neither one that failed nor one that did not")
    void shouldCountADeviceThatIsGoneAsNoRecovery() throws Exception {
        try (Region region = open()) {
            media.offline();
            assertThrows(PoisonException.class, () -> region.getLong(PAGE));
            assertThrows(IOException.class, region::persist);
            assertEquals("[RECOVERIES 0, FAILED_RECOVERIES 0, POISONED_LINES 0, LOST_LINES 0, PERSIST_ERRORS 0]",
                counted(region, Counter.RECOVERIES, Counter.FAILED_RECOVERIES, Counter.POISONED_LINES,
                Counter.LOST_LINES, Counter.PERSIST_ERRORS));
        }
    }

    @Test
    void shouldCountWhatThePatrolReads() throws Exception {
        try (Region region = open()) {
            region.scrubber().passNow(ScrubOptions.FULL_SPEED).get();
            assertEquals(SIZE, region.counters().get(Counter.SCRUBBED_BYTES));
            assertEquals(SIZE, region.scrubber().passNow(ScrubOptions.FULL_SPEED).get().readBytes());
            assertEquals(2 * SIZE, region.counters().get(Counter.SCRUBBED_BYTES));
        }
    }

    @Test
    @DisplayName("events count by their numbers, also where one failure needs several of them")
    void shouldCountEachNumber() throws Exception {
        final int ranges = 1025;
        final long size = PAGE * (ranges * 128 / PAGE + 1);
        try (Region region = Region.builder(folder.resolve("region")).size(size).media(media).open()) {
            // Every other line, so that as many ranges are left to fail.
            for (long i = 0; i < ranges; i++) {
                media.inject(i * 128, 64);
            }
            for (long page = 0; page < size; page += PAGE) {
                final long offset = page;
                assertThrows(PoisonException.class, () -> region.getLong(offset));
            }
            assertEquals(ranges, region.poison().ranges().size());
            assertEquals(size / PAGE, region.counters().get(Counter.EVENTS));
            media.failPersist(true);
            assertThrows(IOException.class, region::persist);
            media.failPersist(false);
            assertEquals(size / PAGE + 2, region.mediaEvents().getLast().event().sequence());
            assertEquals(size / PAGE + 2, region.counters().get(Counter.EVENTS));
        }
    }

    @Test
    void shouldReportSourcesThatThrow() throws Exception {
        final RepairSource source = (_, _) -> {
            throw new IOException("no backup today");
        };
        final Region.Builder builder =
            Region.builder(folder.resolve("region")).size(SIZE).media(media).repairFrom(source);
        try (Region region = builder.open()) {
            final ErrorReports.Subscription errors = region.counters().errors().subscribe(8);
            try (errors) {
                media.inject(PAGE, 64);
                assertThrows(PoisonException.class, () -> region.getLong(PAGE));
                assertEquals("no backup today", errors.poll().getMessage());
                assertNull(errors.poll());
            }
            media.inject(2 * PAGE, 64);
            assertThrows(PoisonException.class, () -> region.getLong(2 * PAGE));
            assertNull(errors.poll(), "closed");
            assertEquals(0, region.counters().get(Counter.DROPPED_ERRORS));
        }
    }

    @Test
    void shouldCountListenersThatThrow() throws Exception {
        final Region.Builder builder = Region.builder(folder.resolve("region")).size(SIZE).media(media)
            .mediaListener(0, _ -> {
                throw new IllegalArgumentException("no such table");
            });
        try (Region region = builder.open();
            ErrorReports.Subscription errors = region.counters().errors().subscribe(8)) {
            media.injectKnown(PAGE, 64);
            Throwable error = errors.poll();
            while (error == null) {
                Thread.sleep(1);
                error = errors.poll();
            }
            assertEquals("no such table", error.getMessage());
            assertEquals(1, region.counters().get(Counter.LISTENER_FAILURES));
            assertNotNull(region.mediaEvents());
        }
    }
}
