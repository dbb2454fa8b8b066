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

import io.cordon.linux.Errno;
import io.cordon.linux.Libc;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Notices when bad-block lists in sysfs change, or cannot be read any more, or can be read again.
 *
 * <p>Two ways, because neither is enough. {@code poll(2)} with POLLPRI and POLLERR returns when the kernel calls
 * sysfs_notify for the attribute, after it was read through the same descriptor: libnvdimm does so when it looks its
 * ranges over again after a machine check or a scrub, and when a write clears a sector. It does not when root adds a
 * sector by writing to the list, and a file that is not in sysfs never tells. So the lists are also read again from
 * time to time; that takes microseconds, and is what bounds how late a change is seen.
 *
 * <p>One daemon thread, from {@link #start} to {@link #close}. Thread-safe.
 */
final class BadBlockWatch implements AutoCloseable {
    /** How often the lists are read again. */
    static final int REREAD_MILLIS = 1000;

    /** After news; more of it is likely to follow, and a device that is gone has news without end. */
    private static final int PAUSE_MILLIS = 10;
    /** struct pollfd: +0 4 descriptor, +4 2 events asked for, +6 2 events that came. */
    private static final long POLLFD_LENGTH = 8;
    private static final long EVENTS_OFFSET = 4;
    private static final long CAME_OFFSET = 6;

    private final String name;
    private final List<BadBlockFile> lists;
    private final int rereadMillis;
    private Thread thread;
    /** Wakes the thread; it is what the thread leaves last. */
    private int eventFd = -1;
    private boolean closed;

    /**
     * A watch that has not started.
     *
     * @param name         of the device, for the thread's name.
     * @param lists        the lists; none: nothing ever changes.
     * @param rereadMillis how often to read them again.
     */
    BadBlockWatch(final String name, final List<Path> lists, final int rereadMillis) {
        if (rereadMillis <= 0) {
            throw new IllegalArgumentException("the time between readings, " + rereadMillis + " ms, is not positive");
        }
        this.name = name;
        this.lists = lists.stream().map(BadBlockFile::new).toList();
        this.rereadMillis = rereadMillis;
    }

    /**
     * Starts the thread.
     *
     * @param listener called on the watch's thread after the lists were read first, and then each time that what was
     *                 read differs from the time before. What it throws goes to the thread's handler of uncaught
     *                 exceptions, and the watch goes on.
     * @throws IOException           if the process has no descriptor left.
     * @throws OutOfMemoryError      if there is no thread to be had; the watch has not started then.
     * @throws IllegalStateException if the watch was started or closed before.
     */
    void start(final Runnable listener) throws IOException {
        start(listener, Thread.ofPlatform().daemon().factory());
    }

    /** With a thread of one's own making, for tests. */
    synchronized void start(final Runnable listener, final ThreadFactory factory) throws IOException {
        if (thread != null || closed) {
            throw new IllegalStateException(
                "the watch of " + name + " was " + (closed ? "closed" : "started") + " before");
        }
        final int fd = Libc.eventfd(0, Libc.EFD_CLOEXEC);
        if (fd < 0) {
            throw Errno.toException(-fd, Path.of("eventfd"), "cannot watch the bad-block list of " + name);
        }
        final Thread fresh = factory.newThread(() -> run(fd, listener));
        fresh.setName("cordon-bad-blocks-" + name);
        try {
            fresh.start();
        } catch (final OutOfMemoryError noThread) {
            Libc.close(fd);
            throw noThread;
        }
        eventFd = fd;
        thread = fresh;
    }

    /**
     * Ends the watch and waits for the listener, if it is running; the watch's own thread does not wait. Do not call it
     * with a lock that the listener needs. Once is enough.
     */
    @Override
    public void close() {
        final Thread running = stop();
        if (running != null && running != Thread.currentThread()) {
            join(running);
        }
    }

    /**
     * Ends the watch without waiting: the listener may be running, and once more be called.
     *
     * @return the watch's thread; null if it was never started.
     */
    synchronized Thread stop() {
        closed = true;
        if (eventFd >= 0) {
            wake();
        }
        return thread;
    }

    private void wake() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1);
            final long written = Libc.write(eventFd, one, Long.BYTES);
            if (written != Long.BYTES) {
                throw new AssertionError("an eventfd took " + written + " of " + Long.BYTES + " bytes");
            }
        }
    }

    private static void join(final Thread running) {
        boolean interrupted = false;
        while (running.isAlive()) {
            try {
                running.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(final int fd, final Runnable listener) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment fds = arena.allocate((lists.size() + 1) * POLLFD_LENGTH, Long.BYTES);
            final List<BadBlockText> seen = new ArrayList<>();
            while (!isClosed()) {
                final List<BadBlockText> now = lists.stream().map(BadBlockFile::read).toList();
                // Nothing was seen before the first time, not even that there are no lists.
                if (!now.equals(seen) || now.isEmpty()) {
                    call(listener);
                }
                seen.clear();
                seen.addAll(now);
                if (await(fds, fd, lists, lists.isEmpty() ? -1 : rereadMillis)) {
                    await(fds, fd, List.of(), PAUSE_MILLIS);
                }
            }
        } finally {
            lists.forEach(BadBlockFile::close);
            synchronized (this) {
                eventFd = -1;
                Libc.close(fd);
            }
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private static void call(final Runnable listener) {
        try {
            listener.run();
        } catch (final RuntimeException | Error failure) {
            final Thread current = Thread.currentThread();
            current.getUncaughtExceptionHandler().uncaughtException(current, failure);
        }
    }

    /** Whether there was news, or the watch was closed, before the time was up. */
    private static boolean await(
        final MemorySegment fds, final int eventFd, final List<BadBlockFile> lists, final int millis) {
        fill(fds, 0, eventFd, Libc.POLLIN);
        for (int i = 0; i < lists.size(); i++) {
            // A list that could not be opened has descriptor -1, which poll passes over.
            fill(fds, i + 1, lists.get(i).fd(), (short) (Libc.POLLPRI | Libc.POLLERR));
        }
        final int events = Libc.poll(fds, lists.size() + 1, millis);
        if (events < 0) {
            // The kernel has no memory for it just now; reading again does without.
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(REREAD_MILLIS));
        }
        return events > 0;
    }

    private static void fill(final MemorySegment fds, final int index, final int fd, final short events) {
        fds.set(ValueLayout.JAVA_INT, index * POLLFD_LENGTH, fd);
        fds.set(ValueLayout.JAVA_SHORT, index * POLLFD_LENGTH + EVENTS_OFFSET, events);
        fds.set(ValueLayout.JAVA_SHORT, index * POLLFD_LENGTH + CAME_OFFSET, (short) 0);
    }
}
