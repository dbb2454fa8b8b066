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

import io.cordon.event.LoggedEvent;
import io.cordon.event.MediaEvent;
import io.cordon.event.MediaOutcome;
import io.cordon.media.Media;
import io.cordon.poison.ByteRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process whose listener notes what it is told is killed; the next one delivers what that one did not. */
@DisplayName("Events across kill -9: each is delivered at least once, and no number stands for two")
class EventKillTest {
    private static final long SEED = Long.getLong("cordon.events.seed", 20261120);
    private static final int KILLS = Integer.getInteger("cordon.events.kills", 4);
    private static final int MAX_WORK_MILLIS = 200;
    private static final long WAIT_SECONDS = 60;
    private static final long SIZE = EventKillChild.LINES * 64L;

    private final SplittableRandom random = new SplittableRandom(SEED);
    /** What each event said that stood for one number alone. */
    private final Map<Long, String> single = new HashMap<>();
    private final BitSet told = new BitSet();
    private final BitSet failed = new BitSet();

    @TempDir
    private Path folder;

    @Test
    void shouldDeliverEachEventThoughProcessesAreKilled() throws Exception {
        final Path path = folder.resolve("region");
        final Path journal = folder.resolve("journal");
        Region.builder(path).size(SIZE).media(Media.simulated()).open().close();
        for (int kill = 0; kill < KILLS; kill++) {
            final String context = "seed " + SEED + ", kill " + kill;
            runAndKill(path, journal, context);
            final List<String> texts = new ArrayList<>(Files.readAllLines(journal));
            assertTrue(!texts.isEmpty(), context);
            Files.delete(journal);
            final List<String> again = Collections.synchronizedList(new ArrayList<>());
            final List<ByteRange> refused;
            final long last;
            try (Region region = Region.builder(path).media(Media.simulated()).mediaListener(0, event -> {
                again.add(EventKillChild.text(event).strip());
                return false;
            }).open()) {
                refused = region.poison().ranges();
                awaitTold(region);
                last = region.mediaEvents().stream().mapToLong(entry -> entry.event().sequence()).max().orElse(0);
            }
            texts.addAll(again);
            for (final String text : texts) {
                take(text, context);
            }
            assertEquals(last + 1, told.nextClearBit(1), "a number was never told; " + context);
            final List<ByteRange> ranges = new ArrayList<>();
            failed.stream().forEach(line -> ByteRange.append(ranges, line * 64L, 64));
            assertEquals(refused, ranges, context);
        }
        assertTrue(single.size() > KILLS, single.size() + " events");
    }

    private void take(final String text, final String context) {
        final String[] words = text.split(" ");
        final long first = Long.parseLong(words[0]);
        final long sequence = Long.parseLong(words[1]);
        told.set((int) first, (int) sequence + 1);
        if (first == sequence) {
            final String before = single.putIfAbsent(sequence, text);
            assertTrue(before == null || before.equals(text), before + " and " + text + "; " + context);
        }
        for (int i = 3; i < words.length; i += 2) {
            final int line = (int) (Long.parseLong(words[i]) / 64);
            failed.set(line, line + (int) (Long.parseLong(words[i + 1]) / 64),
                words[2].equals(MediaEvent.Kind.FAILURE.name()));
        }
    }

    private static void awaitTold(final Region region) throws InterruptedException {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (region.mediaEvents().stream().map(LoggedEvent::outcome).anyMatch(MediaOutcome.PENDING::equals)) {
            assertTrue(System.nanoTime() < deadline, "events are not delivered");
            Thread.sleep(1);
        }
    }

    private void runAndKill(final Path path, final Path journal, final String context)
        throws IOException, InterruptedException {
        final Path output = folder.resolve("output");
        final Process child = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1", "-Xmx64m", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED",
            "-cp", System.getProperty("java.class.path"), EventKillChild.class.getName(), path.toString(),
            journal.toString(), Long.toString(random.nextLong(Long.MAX_VALUE)))
            .redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
            while (child.isAlive() && (!Files.exists(journal) || Files.size(journal) == 0)) {
                assertTrue(System.nanoTime() < deadline, "the child does not start; " + context);
                Thread.sleep(1);
            }
            Thread.sleep(random.nextInt(MAX_WORK_MILLIS));
            assertTrue(child.isAlive(), () -> "the child ended by itself; " + context + "\n" + read(output));
        } finally {
            child.destroyForcibly().waitFor();
        }
    }

    private static String read(final Path file) {
        try {
            return Files.readString(file);
        } catch (final IOException failure) {
            return failure.toString();
        }
    }
}
