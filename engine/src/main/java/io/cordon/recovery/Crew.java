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
package io.cordon.recovery;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongConsumer;

/**
 * Works on many units at a time, so that they share what each of them waits for. One after the other they would wait
 * for a sync each; threads are there for nothing else, so there are more of them than processors.
 */
final class Crew {
    private static final int THREAD_LIMIT = 16;

    private final Queue<Long> left;
    private final LongConsumer work;
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    private Crew(final Collection<Long> units, final LongConsumer work) {
        this.left = new ConcurrentLinkedQueue<>(units);
        this.work = work;
    }

    /**
     * Does something with each unit, and returns when all is done, whether interrupted or not.
     *
     * @param units what to work on.
     * @param work  what to do; it must be safe on several threads. One that throws does not keep the others from
     *              theirs; the first failure is thrown when all is done.
     */
    static void forEach(final Collection<Long> units, final LongConsumer work) {
        forEach(units, work, Thread.ofPlatform().daemon().name("cordon-recovery-", 1).factory());
    }

    /** With threads of one's own making, for tests. */
    static void forEach(final Collection<Long> units, final LongConsumer work, final ThreadFactory factory) {
        final Crew crew = new Crew(units, work);
        final List<Thread> threads = new ArrayList<>();
        try {
            for (int i = 1; i < Math.min(units.size(), THREAD_LIMIT); i++) {
                final Thread thread = factory.newThread(crew::run);
                thread.start();
                threads.add(thread);
            }
        } catch (OutOfMemoryError _) {
            // There can be no more threads: the calling one, and those that there are, do all of it.
        } finally {
            crew.run();
            threads.forEach(Crew::await);
        }
        final Throwable failure = crew.failures.poll();
        if (failure != null) {
            crew.failures.forEach(failure::addSuppressed);
            if (failure instanceof final Error error) {
                throw error;
            }
            throw (RuntimeException) failure;
        }
    }

    private void run() {
        for (Long unit = left.poll(); unit != null; unit = left.poll()) {
            try {
                work.accept(unit);
            } catch (final RuntimeException | Error failure) {
                failures.add(failure);
            }
        }
    }

    private static void await(final Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
