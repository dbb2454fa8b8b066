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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.fault.GuardedRange;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.Lines;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Closing against access, and what is left of regions afterwards. */
final class CloseTest {
    private static final int CYCLES = Integer.getInteger("cordon.cycles", 20_000);
    private static final int ROUNDS = 60;
    private static final int THREADS = 4;
    private static final long SIZE = 8L * Lines.PAGE_LENGTH;
    private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(30);

    @TempDir
    private Path folder;

    private Region open(final String name, final Media media) throws IOException {
        return Region.builder(folder.resolve(name)).size(SIZE).media(media).open();
    }

    /** What throws nothing but what its contract says. */
    private static List<Executable> operations(final Region region, final SimulatedMedia media) {
        final byte[] bytes = new byte[200];
        final MemorySegment heap = MemorySegment.ofArray(bytes);
        return List.of(
            () -> region.getByte(1), () -> region.putByte(1, (byte) 1), () -> region.getShort(2),
            () -> region.putShort(2, (short) 1), () -> region.getChar(2), () -> region.putChar(2, 'a'),
            () -> region.getInt(4), () -> region.putInt(4, 1), () -> region.getLong(8), () -> region.putLong(8, 1),
            () -> region.getFloat(8), () -> region.putFloat(8, 1), () -> region.getDouble(8),
            () -> region.getByteVolatile(1), () -> region.putByteVolatile(1, (byte) 1),
            () -> region.getShortVolatile(2), () -> region.putShortVolatile(2, (short) 1),
            () -> region.getCharVolatile(2), () -> region.putCharVolatile(2, 'a'),
            () -> region.putDouble(8, 1), () -> region.getIntAcquire(4), () -> region.getIntOpaque(4),
            () -> region.getIntVolatile(4), () -> region.putIntRelease(4, 1), () -> region.putIntOpaque(4, 1),
            () -> region.putIntVolatile(4, 1), () -> region.compareAndSetInt(4, 1, 2),
            () -> region.compareAndExchangeInt(4, 1, 2), () -> region.getAndAddInt(4, 1),
            () -> region.getAndSetInt(4, 1), () -> region.getLongAcquire(8), () -> region.getLongOpaque(8),
            () -> region.getLongVolatile(8), () -> region.putLongRelease(8, 1), () -> region.putLongOpaque(8, 1),
            () -> region.putLongVolatile(8, 1), () -> region.compareAndSetLong(8, 1, 2),
            () -> region.compareAndExchangeLong(8, 1, 2), () -> region.getAndAddLong(8, 1),
            () -> region.getAndSetLong(8, 1), () -> region.get(4000, heap, 0, 200),
            () -> region.put(4000, heap, 0, 200), () -> region.get(4000, bytes, 0, 200),
            () -> region.put(4000, bytes, 0, 200), () -> region.fill(4000, 200, (byte) 1),
            () -> region.read(4000, 200, slice -> slice.get(ValueLayout.JAVA_BYTE, 0)),
            () -> region.readAsLong(4000, 200, slice -> slice.get(ValueLayout.JAVA_BYTE, 0)),
            () -> region.persist(0, 100), region::persist, () -> region.isReadable(0, SIZE),
            () -> region.verify(0, SIZE), () -> region.recovery().write(100, bytes),
            () -> region.recovery().zero(SIZE - 100, 100), () -> region.segment().get(ValueLayout.JAVA_LONG, 64),
            () -> region.segment().asSlice(0, 64).toArray(ValueLayout.JAVA_BYTE), () -> media.inject(6000, 1));
    }

    @Test
    @DisplayName("After close every operation throws IllegalStateException; a second close does nothing")
    void shouldRefuseEveryOperationAfterClose() throws IOException {
        final SimulatedMedia media = Media.simulated();
        final Region region = open("region", media);
        region.close();
        region.close();
        for (final Executable operation : operations(region, media)) {
            assertThrows(IllegalStateException.class, operation);
        }
    }

    @Test
    @DisplayName("Law 2: each access that races with close does its work or throws IllegalStateException")
    void shouldEndOrRefuseAccessDuringClose() throws Exception {
        final long seed = Long.getLong("cordon.torture.seed", new SplittableRandom().nextLong() >>> 16);
        final SplittableRandom random = new SplittableRandom(seed);
        final AtomicLong refused = new AtomicLong();
        for (int round = 0; round < ROUNDS; round++) {
            final SimulatedMedia media = Media.simulated();
            final Region region = open("region", media);
            final AtomicReference<Throwable> failure = new AtomicReference<>();
            final AtomicLong stored = new AtomicLong();
            final CountDownLatch started = new CountDownLatch(THREADS);
            final List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                final int own = i;
                final SplittableRandom choices = random.split();
                final Runnable access = () -> access(region, media, own, choices, started, stored, failure);
                threads.add(i % 2 == 0 ? Thread.ofPlatform().start(access) : Thread.ofVirtual().start(access));
            }
            started.await();
            LockSupport.parkNanos(random.nextInt(3_000_000));
            final long before = stored.get();
            region.close();
            for (final Thread thread : threads) {
                thread.join();
            }
            refused.addAndGet(THREADS);
            final String name = "round " + round + ", seed " + seed;
            assertEquals(null, failure.get(), () -> name + ": " + failure.get());
            final byte[] file = Files.readAllBytes(folder.resolve("region"));
            final long found = MemorySegment.ofArray(file).get(ValueLayout.JAVA_LONG_UNALIGNED, SIZE - 4096);
            assertTrue(found >= before, name + ": stored before close was " + before + ", the file has " + found);
            Files.delete(folder.resolve("region"));
            // Or its losses would be those of the next round.
            Files.delete(folder.resolve("region.cordon"));
        }
        assertEquals((long) ROUNDS * THREADS, refused.get());
    }

    private static void access(final Region region, final SimulatedMedia media, final int own,
        final SplittableRandom random, final CountDownLatch started, final AtomicLong stored,
        final AtomicReference<Throwable> failure) {
        final List<Executable> operations = operations(region, media);
        started.countDown();
        long value = 0;
        while (true) {
            try {
                if (own == 0) {
                    // Nothing fails on this page: what was stored before close is in the file.
                    region.putLong(SIZE - 4096, ++value);
                    stored.set(value);
                } else {
                    operations.get(random.nextInt(operations.size())).execute();
                }
            } catch (final IllegalStateException closed) {
                return;
            } catch (PoisonException _) {
                // Some operations inject.
                continue;
            } catch (final Throwable thrown) {
                failure.compareAndSet(null, thrown);
                return;
            }
        }
    }

    private static long mappings() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.count();
        }
    }

    /** Read at once: the kernel gives such a file's text to the first read alone. */
    private static long mappingLimit() throws IOException {
        final byte[] text = new byte[32];
        try (InputStream file = Files.newInputStream(Path.of("/proc/sys/vm/max_map_count"))) {
            return Long.parseLong(new String(text, 0, file.read(text), StandardCharsets.US_ASCII).strip());
        }
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
            return links.count();
        }
    }

    @Test
    @DisplayName("Open and close, again and again, leak nothing; nor do regions that are dropped without close")
    void shouldLeakNothing() throws Exception {
        final Path file = folder.resolve("cycle");
        Region.builder(file).size(SIZE).open().close();
        settle(0);
        final int guarded = GuardedRange.count();
        final long mappings = mappings();
        final long descriptors = descriptors();
        final long limit = mappingLimit();
        long most = 0;
        for (int i = 0; i < CYCLES; i++) {
            final Region region = Region.builder(file).open();
            region.putLong(0, i);
            region.close();
            if (i % 1000 == 999) {
                most = Math.max(most, mappings());
            }
        }
        final long seen = most;
        assertTrue(most < limit / 2, () -> seen + " mappings of " + limit);
        for (int i = 0; i < 50; i++) {
            Region.builder(folder.resolve("dropped-" + i)).size(SIZE).open().putLong(0, 1);
        }
        settle(guarded);
        assertTrue(GuardedRange.count() <= guarded, () -> GuardedRange.count() + " ranges, before " + guarded);
        assertTrue(descriptors() <= descriptors + 5, descriptors() + " descriptors, before " + descriptors);
        assertTrue(mappings() <= mappings + 100, mappings() + " mappings, before " + mappings);
    }

    private static void settle(final int guarded) throws InterruptedException {
        final long start = System.nanoTime();
        while (GuardedRange.count() > guarded && System.nanoTime() - start < SETTLE_NANOS) {
            System.gc();
            Thread.sleep(20);
        }
    }
}
