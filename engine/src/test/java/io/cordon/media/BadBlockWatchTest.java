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
package io.cordon.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The watch on ordinary files, which never report anything to poll: what is seen here is seen by reading again. That
 * poll wakes it on a file of sysfs needs a device that keeps a list, and is for the tests on a real kernel.
 */
@Timeout(120)
class BadBlockWatchTest {
    private static final int MILLIS = 5;
    private static final int NEVER = 1_000_000_000;

    @TempDir
    private Path directory;
    private Path list;

    @BeforeEach
    void makeList() throws IOException {
        list = Files.writeString(directory.resolve("badblocks"), "");
    }

    /** As a reader of sysfs would see it: all at once. */
    private void write(final String text) throws IOException {
        Files.move(Files.writeString(directory.resolve("new"), text), list,
            StandardCopyOption.ATOMIC_MOVE);
    }

    private BadBlockText now() {
        try (BadBlockFile file = new BadBlockFile(list)) {
            return file.read();
        }
    }

    private static Thread thread(final String name) {
        return Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals("cordon-bad-blocks-" + name)).findAny().orElse(null);
    }

    private static long descriptors() throws IOException {
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    /** In place, as sysfs changes, not by another file under the same name. */
    @Test
    void shouldReportTheFirstReadingAndEachChange() throws Exception {
        final BlockingQueue<BadBlockText> seen = new LinkedBlockingQueue<>();
        try (BadBlockWatch watch = new BadBlockWatch("changes", List.of(list), MILLIS)) {
            watch.start(() -> seen.add(now()));
            assertEquals(List.of(), seen.take().bad());
            Files.writeString(list, "10 1\n");
            BadBlockText text = seen.take();
            while (text.bad().isEmpty() || text.unknown() != null) {
                // The file was empty, or half written, for a moment.
                text = seen.take();
            }
            assertEquals(10 * 512, text.bad().getFirst().offset());
        }
    }

    @Test
    void shouldReportNothingWhileNothingChanges() throws Exception {
        final Semaphore calls = new Semaphore(0);
        final Path other = Files.writeString(directory.resolve("other"), "");
        try (BadBlockWatch watch = new BadBlockWatch("same", List.of(list, other), MILLIS)) {
            watch.start(calls::release);
            calls.acquire();
            Thread.sleep(20 * MILLIS);
            assertEquals(0, calls.availablePermits());
            Files.writeString(other, "1 1\n");
            calls.acquire();
        }
    }

    /** Law 8: a list that goes away, or comes back, is news. */
    @Test
    void shouldReportThatAListCannotBeReadAndThatItCanAgain() throws Exception {
        Files.delete(list);
        final BlockingQueue<BadBlockText> seen = new LinkedBlockingQueue<>();
        try (BadBlockWatch watch = new BadBlockWatch("gone", List.of(list), MILLIS)) {
            watch.start(() -> seen.add(now()));
            assertTrue(seen.take().unknown().contains("NoSuchFile"));
            write("7 1\n");
            final BadBlockText back = seen.take();
            assertNull(back.unknown());
            assertEquals(1, back.bad().size());
        }
    }

    /** A device that went away and came back has a new file, and the old descriptor gives errors for ever. */
    @Test
    void shouldOpenAnewWhatCouldNotBeRead() throws Exception {
        Files.delete(list);
        Files.createDirectory(list);
        try (BadBlockFile file = new BadBlockFile(list)) {
            assertTrue(file.read().unknown().contains("EISDIR"));
            assertEquals(-1, file.fd());
            Files.delete(list);
            write("7 1\n");
            assertEquals(1, file.read().bad().size());
            assertTrue(file.fd() >= 0);
        }
    }

    @Test
    void shouldLeaveNoThreadAndNoDescriptor() throws Exception {
        final long before = descriptors();
        for (int i = 0; i < 50; i++) {
            final Semaphore calls = new Semaphore(0);
            final BadBlockWatch watch = new BadBlockWatch("leaks", List.of(list), NEVER);
            watch.start(calls::release);
            if (i % 2 == 0) {
                calls.acquire();
                final Thread running = thread("leaks");
                assertTrue(running.isDaemon());
                assertFalse(running.isVirtual());
            }
            watch.close();
            watch.close();
            assertNull(thread("leaks"), "round " + i + ": close waits, and does not wait for the next reading");
        }
        // Others of the suite may open a few of their own at the same time.
        assertTrue(descriptors() < before + 20, before + " descriptors before, " + descriptors() + " after");
    }

    @Test
    void shouldGoOnWhenTheListenerFails() throws Exception {
        final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
        final IllegalStateException failure = new IllegalStateException("on purpose");
        final Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> failures.add(thrown));
        try (BadBlockWatch watch = new BadBlockWatch("fails", List.of(list), MILLIS)) {
            watch.start(() -> {
                throw failure;
            });
            assertEquals(failure, failures.take());
            Files.writeString(list, "1 1\n");
            assertEquals(failure, failures.take());
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void shouldWaitForTheListenerWhenClosed() throws Exception {
        final Semaphore entered = new Semaphore(0);
        final Semaphore leave = new Semaphore(0);
        final BadBlockWatch watch = new BadBlockWatch("waits", List.of(list), MILLIS);
        watch.start(() -> {
            entered.release();
            leave.acquireUninterruptibly();
        });
        entered.acquire();
        final Thread closer = Thread.ofPlatform().start(watch::close);
        closer.interrupt();
        Thread.sleep(20);
        assertTrue(closer.isAlive(), "the listener is still running");
        leave.release();
        closer.join();
        assertNull(thread("waits"));
    }

    @Test
    void shouldBeClosableByItsListener() throws Exception {
        final AtomicReference<BadBlockWatch> watch = new AtomicReference<>();
        final Semaphore calls = new Semaphore(0);
        watch.set(new BadBlockWatch("itself", List.of(list), MILLIS));
        watch.get().start(() -> {
            watch.get().close();
            calls.release();
        });
        calls.acquire();
        watch.get().close();
        assertNull(thread("itself"));
    }

    @Test
    void shouldReportOnceAndWaitWithoutAnyList() throws Exception {
        final Semaphore calls = new Semaphore(0);
        try (BadBlockWatch watch = new BadBlockWatch("none", List.of(), MILLIS)) {
            watch.start(calls::release);
            calls.acquire();
            Thread.sleep(10 * MILLIS);
            assertEquals(0, calls.availablePermits());
        }
        assertNull(thread("none"));
    }

    @Test
    void shouldRefuseToStartTwiceOrAfterClose() throws Exception {
        final BadBlockWatch watch = new BadBlockWatch("twice", List.of(list), NEVER);
        watch.start(() -> { });
        assertThrows(IllegalStateException.class, () -> watch.start(() -> { }));
        watch.close();
        assertThrows(IllegalStateException.class, () -> watch.start(() -> { }));
        final BadBlockWatch never = new BadBlockWatch("never", List.of(list), NEVER);
        never.close();
        assertThrows(IllegalStateException.class, () -> never.start(() -> { }));
        assertThrows(IllegalArgumentException.class, () -> new BadBlockWatch("zero", List.of(list), 0));
    }

    @Test
    void shouldStartLaterIfThereIsNoThread() throws Exception {
        final long before = descriptors();
        final BadBlockWatch watch = new BadBlockWatch("threadless", List.of(list), NEVER);
        for (int i = 0; i < 100; i++) {
            assertThrows(OutOfMemoryError.class, () -> watch.start(() -> { }, task -> new Thread(task) {
                @Override
                public synchronized void start() {
                    throw new OutOfMemoryError("unable to create native thread (on purpose)");
                }
            }));
        }
        // Others of the suite may open a few of their own at the same time.
        assertTrue(descriptors() < before + 50, before + " descriptors before, " + descriptors() + " after");
        final Semaphore calls = new Semaphore(0);
        watch.start(calls::release);
        calls.acquire();
        watch.close();
        assertNull(thread("threadless"));
    }
}
