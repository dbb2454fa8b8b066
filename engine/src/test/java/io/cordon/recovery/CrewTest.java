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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

/** Many units at a time, each of them once. */
@Timeout(60)
class CrewTest {
    private static final List<Long> UNITS = LongStream.range(0, 1000).boxed().toList();

    private final Set<Long> done = ConcurrentHashMap.newKeySet();

    private void work(final long unit) {
        assertTrue(done.add(unit), "unit " + unit + " was worked on before");
    }

    @Test
    void shouldWorkOnEachUnitOnce() {
        Crew.forEach(UNITS, this::work);
        assertEquals(Set.copyOf(UNITS), done);
        Crew.forEach(List.of(), unit -> work(0));
        Crew.forEach(List.of(-1L), this::work);
        assertTrue(done.contains(-1L));
    }

    @Test
    void shouldWorkOnSeveralAtATime() {
        final CountDownLatch together = new CountDownLatch(2);
        Crew.forEach(List.of(1L, 2L), _ -> {
            together.countDown();
            try {
                // For ever, if the one comes after the other.
                together.await();
            } catch (final InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        });
    }

    @Test
    void shouldDoAllTheRestBeforeItReportsAFailure() {
        final IllegalStateException failure = new IllegalStateException("the region is closed");
        assertSame(failure, assertThrows(IllegalStateException.class, () -> Crew.forEach(UNITS, unit -> {
            work(unit);
            if (unit == 3) {
                throw failure;
            }
        })));
        assertEquals(Set.copyOf(UNITS), done);
    }

    @Test
    void shouldDoAllIfInterrupted() {
        Thread.currentThread().interrupt();
        Crew.forEach(UNITS, this::work);
        assertTrue(Thread.interrupted(), "the interrupt is forgotten");
        assertEquals(Set.copyOf(UNITS), done);
    }

    /** A thread that cannot be started, as the Javadoc of Thread does not tell. */
    private static Thread threadless(final Runnable task) {
        return new Thread(task) {
            @Override
            public synchronized void start() {
                throw new OutOfMemoryError("unable to create native thread (on purpose)");
            }
        };
    }

    @Test
    void shouldDoAllWithTheThreadsThatThereAre() {
        Crew.forEach(UNITS, this::work, CrewTest::threadless);
        assertEquals(Set.copyOf(UNITS), done);
        done.clear();
        final AtomicInteger count = new AtomicInteger();
        Crew.forEach(UNITS, this::work, task -> count.incrementAndGet() > 3 ? threadless(task) : new Thread(task));
        assertEquals(Set.copyOf(UNITS), done);
        assertEquals(4, count.get(), "who finds that there are no more asks for no more");
    }
}
