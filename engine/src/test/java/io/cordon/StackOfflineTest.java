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

import io.cordon.event.MediaEvent;
import io.cordon.media.FileLeg;
import io.cordon.media.RandomStack;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.Lines;
import io.cordon.poison.PoisonException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Legs of random stacks that go and come back while threads load and store. */
class StackOfflineTest {
    private static final int STACKS = 3;
    private static final int ROUNDS = Integer.getInteger("cordon.events.offline", 6);
    private static final int THREADS = 2;
    private static final int PAGES = 32;
    private static final long SEED = Long.getLong("cordon.stack.seed", 20261120);
    private static final Logger LOGGER = Logger.getLogger("io.cordon");

    @TempDir
    private Path folder;
    private String context;
    private RandomStack stack;
    private Region region;
    private final AtomicBoolean done = new AtomicBoolean();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    @BeforeAll
    static void silence() {
        LOGGER.setLevel(Level.OFF);
    }

    @AfterAll
    static void speak() {
        LOGGER.setLevel(null);
    }

    private void await(final BooleanSupplier condition, final String what) throws InterruptedException {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean() && failure.get() == null) {
            assertTrue(System.nanoTime() < deadline, () -> "waited in vain: " + what + ", " + context);
            Thread.sleep(1);
        }
    }

    private List<MediaEvent.Kind> kinds() {
        return region.mediaEvents().stream().map(entry -> entry.event().kind()).toList();
    }

    @Test
    @DisplayName("Laws 1, 2 and 3: legs go and come back under load: no garbage, no lost store, one event each way")
    void shouldGoOfflineAndComeBackUnderLoad() throws Exception {
        for (int i = 0; i < STACKS; i++) {
            final SplittableRandom random = new SplittableRandom(SEED + i);
            stack = new RandomStack(random, Files.createDirectory(folder.resolve("stack" + i)), "leg", 0, PAGES);
            context = "seed " + (SEED + i) + ", " + stack;
            done.set(false);
            region = Region.builder(folder.resolve("stack" + i).resolve("region")).media(stack.media()).open();
            try {
                run(random);
            } finally {
                region.close();
            }
        }
    }

    private void run(final SplittableRandom random) throws Exception {
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            final int self = i;
            final SplittableRandom own = random.split();
            threads.add(Thread.ofPlatform().start(() -> work(self, own)));
        }
        final List<MediaEvent.Kind> expected = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            final SimulatedMedia first = leg(random);
            final SimulatedMedia second = leg(random);
            first.offline();
            expected.add(MediaEvent.Kind.OFFLINE);
            await(() -> kinds().size() == expected.size(), "offline");
            second.offline();
            if (first != second) {
                first.online();
                Thread.sleep(random.nextInt(40));
                assertEquals(expected, kinds(), context);
            }
            second.online();
            expected.add(MediaEvent.Kind.ONLINE);
            await(() -> kinds().size() == expected.size(), "online");
        }
        done.set(true);
        for (final Thread thread : threads) {
            thread.join();
        }
        if (failure.get() != null) {
            throw new AssertionError(context, failure.get());
        }
        assertEquals(expected, kinds(), context);
        assertEquals(List.of(), region.poison().ranges(), context);
        region.persist();
    }

    private SimulatedMedia leg(final SplittableRandom random) {
        final FileLeg leg = stack.legs().get(random.nextInt(stack.legs().size()));
        return (SimulatedMedia) leg.media();
    }

    /** Has lines of its own, and knows what is there. */
    private void work(final int self, final SplittableRandom random) {
        final long[] content = new long[stack.lines()];
        long version = 0;
        try {
            while (!done.get()) {
                final int line = random.nextInt(stack.lines() / THREADS) * THREADS + self;
                final long at = (long) line << Lines.SHIFT;
                try {
                    check(line, region.getLong(at), content[line], content[line]);
                    version++;
                    region.putLong(at, version);
                    content[line] = version;
                } catch (PoisonException _) {
                    // A store that was refused may have met the file before; nobody knows.
                    content[line] = settle(line, content[line], version);
                }
            }
        } catch (final Throwable thrown) {
            failure.compareAndSet(null, thrown);
        }
    }

    private long settle(final int line, final long before, final long after) {
        while (!done.get()) {
            try {
                return check(line, region.getLong((long) line << Lines.SHIFT), before, after);
            } catch (PoisonException _) {
                Thread.onSpinWait();
            }
        }
        return before;
    }

    private long check(final int line, final long value, final long before, final long after) {
        if (value != before && value != after) {
            throw new AssertionError(
                "line " + line + " holds " + value + ", neither " + before + " nor " + after + ", " + context);
        }
        return value;
    }
}
