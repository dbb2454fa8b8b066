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

import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.Lines;
import io.cordon.poison.PoisonException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Healthy lines are served while other lines of their page fail again and again. */
class NeighbourTest {
    private static final int ROUNDS = Integer.getInteger("cordon.neighbour.rounds", 5000);
    /** A round is five syncs: a disk that takes its time for each has fewer rounds. */
    private static final long NANOS = ROUNDS * 2_000_000L;

    @TempDir
    private Path folder;

    @Test
    @DisplayName("Law 1: a refusal names only lines that are poisoned or lost")
    void shouldNotRefuseAHealthyLineWhosePageFailsAgain() throws Exception {
        final SimulatedMedia media = Media.simulated();
        final AtomicBoolean done = new AtomicBoolean();
        try (Region region = Region.builder(folder.resolve("region")).size(16384).media(media).open();
            ExecutorService pool = Executors.newFixedThreadPool(2)) {
            region.putLong(0, 42);
            final Future<Long> loads = pool.submit(() -> {
                long count = 0;
                while (!done.get()) {
                    assertEquals(42, region.getLong(0));
                    count++;
                }
                return count;
            });
            try {
                final long start = System.nanoTime();
                for (int i = 0; i < ROUNDS && !loads.isDone() && System.nanoTime() - start < NANOS; i++) {
                    final long offset = (1 + i % 63) * (long) Lines.LENGTH;
                    media.inject(offset, Lines.LENGTH);
                    try {
                        region.getLong(offset);
                    } catch (PoisonException _) {
                        region.recovery().zero(offset, Lines.LENGTH);
                    }
                }
            } finally {
                done.set(true);
            }
            assertTrue(loads.get() > 0);
        }
    }
}
