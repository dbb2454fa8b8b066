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

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import static org.junit.jupiter.api.Assertions.assertEquals;

class GroupSyncTest {
    @Test
    @DisplayName("Law 10: What one call failed to make durable is done for none of those who shared it")
    void shouldFailEverybodyWhoSharedACallThatThrewAnything() throws Exception {
        final CountDownLatch firstMayEnd = new CountDownLatch(1);
        final AtomicInteger calls = new AtomicInteger();
        final GroupSync sync = new GroupSync(() -> {
            final int call = calls.incrementAndGet();
            if (call == 1) {
                await(firstMayEnd);
            } else if (call == 2) {
                throw new IllegalStateException("not an IOException");
            }
        });
        final AtomicInteger failures = new AtomicInteger();
        final Thread first = start(sync, failures);
        while (calls.get() == 0) {
            Thread.onSpinWait();
        }
        final List<Thread> sharers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            sharers.add(start(sync, failures));
        }
        for (final Thread sharer : sharers) {
            while (sharer.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
        }
        firstMayEnd.countDown();
        first.join();
        for (final Thread sharer : sharers) {
            sharer.join();
        }
        assertEquals(3, failures.get(), "all who shared the second call");
        assertEquals(2, calls.get(), "they shared one");
        sync.sync();
        assertEquals(3, calls.get());
    }

    private static void await(final CountDownLatch latch) {
        try {
            latch.await();
        } catch (final InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private static Thread start(final GroupSync sync, final AtomicInteger failures) {
        return Thread.ofPlatform().start(() -> {
            try {
                sync.sync();
            } catch (IOException _) {
                failures.incrementAndGet();
            }
        });
    }
}
