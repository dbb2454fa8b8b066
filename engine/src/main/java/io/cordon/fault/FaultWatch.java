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
package io.cordon.fault;

import io.cordon.linux.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The thread that the handler wakes: faults that no checked access ran into (raw segments, native code, several threads
 * that were quicker) are followed up here. One daemon thread for the process, started with the first subscription.
 */
public final class FaultWatch {
    /** Checked accesses follow their own faults up, and are quicker if nobody is in their way. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final Set<Runnable> SUBSCRIBERS = ConcurrentHashMap.newKeySet();
    private static volatile Thread thread;

    private FaultWatch() {
    }

    /**
     * Has a subscriber called after faults, in any guarded range, on the watch's thread.
     *
     * @param subscriber what to call; it looks itself whether a range of its own is concerned, must not throw, and must
     *                   not block for long.
     * @throws OutOfMemoryError if there is no thread to be had; then there is no subscription.
     */
    public static void subscribe(final Runnable subscriber) {
        start();
        SUBSCRIBERS.add(subscriber);
    }

    /** Not in an initializer: one that cannot start the thread is never run again. */
    private static synchronized void start() {
        if (thread == null) {
            final Thread fresh = Thread.ofPlatform().daemon().name("cordon-fault-watch").unstarted(FaultWatch::run);
            fresh.start();
            thread = fresh;
        } else if (!thread.isAlive()) {
            throw new IllegalStateException("the thread " + thread.getName() + " has ended");
        }
    }

    /**
     * Ends a subscription.
     *
     * @param subscriber what {@link #subscribe} was given.
     */
    public static void unsubscribe(final Runnable subscriber) {
        SUBSCRIBERS.remove(subscriber);
    }

    private static void run() {
        final int fd = GuardTable.instance().eventFd();
        // The handler wakes us from the thread that has faulted, which is to go on and not to be displaced. An advice,
        // and none for threads that are started from here. Where it is refused, exceptions are some microseconds later.
        Libc.setScheduler(Libc.SCHED_BATCH | Libc.SCHED_RESET_ON_FORK, 0);
        final MemorySegment count = Arena.global().allocate(Long.BYTES, Long.BYTES);
        while (Libc.read(fd, count, Long.BYTES) == Long.BYTES) {
            LockSupport.parkNanos(PATIENCE_NANOS);
            SUBSCRIBERS.forEach(FaultWatch::call);
        }
    }

    /** A subscriber that fails is reported as any thread's failure is, and does not keep the others waiting. */
    private static void call(final Runnable subscriber) {
        try {
            subscriber.run();
        } catch (final RuntimeException | Error failure) {
            final Thread current = Thread.currentThread();
            current.getUncaughtExceptionHandler().uncaughtException(current, failure);
        }
    }
}
