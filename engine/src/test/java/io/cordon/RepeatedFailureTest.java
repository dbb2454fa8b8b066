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
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.Lines;
import io.cordon.poison.PoisonException;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** One line of a page fails again and again; the other lines have nothing to do with it. */
class RepeatedFailureTest {
    private static final int READER_COUNT = 3;
    private static final int LINE_COUNT = Lines.PAGE_LENGTH / Lines.LENGTH;
    private static final long NANOS =
        TimeUnit.SECONDS.toNanos(1) * Integer.getInteger("cordon.torture.seconds", 2);

    private volatile boolean over;

    /** The healthy lines are read while the page is withdrawn and given back around them. */
    private void read(final Region region, final int reader, final Queue<String> complaints) {
        for (int i = reader; !over && complaints.isEmpty(); i++) {
            final long offset = (1 + i % (LINE_COUNT - 1)) * (long) Lines.LENGTH;
            try {
                final long value = region.getLong(offset);
                if (value != offset) {
                    complaints.add("garbage " + value + " at " + offset);
                }
            } catch (final RuntimeException | Error failure) {
                complaints.add("load at " + offset + ": " + failure);
            }
        }
    }

    @Test
    @Timeout(60)
    @DisplayName("Law 1: No garbage: exactly the poisoned lines are refused, while a line of the page fails repeatedly")
    void shouldServeHealthyLinesOfAPageThatFailsAgainAndAgain(@TempDir final Path folder) throws Exception {
        final SimulatedMedia media = Media.simulated();
        final Queue<String> complaints = new ConcurrentLinkedQueue<>();
        final List<Thread> readers = new ArrayList<>();
        int rounds = 0;
        try (Region region = Region.builder(folder.resolve("region")).size(Lines.PAGE_LENGTH).media(media).open()) {
            for (long offset = 0; offset < Lines.PAGE_LENGTH; offset += Lines.LENGTH) {
                region.putLong(offset, offset);
            }
            for (int i = 0; i < READER_COUNT; i++) {
                final int reader = i;
                readers.add(Thread.ofPlatform().start(() -> read(region, reader, complaints)));
            }
            try {
                final long start = System.nanoTime();
                while (System.nanoTime() - start < NANOS && complaints.isEmpty()) {
                    media.inject(0, 1);
                    rounds += refusals(region);
                    region.recovery().write(0, new byte[Lines.LENGTH]);
                }
            } finally {
                over = true;
                for (final Thread reader : readers) {
                    reader.join();
                }
            }
        }
        assertEquals(List.of(), List.copyOf(complaints));
        assertTrue(rounds > 0, "the line was never refused");
    }

    private static int refusals(final Region region) {
        try {
            region.getLong(0);
            return 0;
        } catch (PoisonException _) {
            return 1;
        }
    }
}
