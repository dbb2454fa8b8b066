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
import io.cordon.poison.Lines;
import io.cordon.recovery.SidecarProbe;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A process works on a region, runs into faults and recovers, and is killed at a random instant; this one opens the
 * region again and holds every line against what the other told before it died. The files go on from kill to kill.
 */
@DisplayName("Laws 3, 4 and 5: A process killed at any instant loses nothing healthy and forgets no loss")
class KillTest {
    private static final long SEED = Long.getLong("cordon.kill.seed", 20261120);
    private static final int KILLS = Integer.getInteger("cordon.kills", 40);
    private static final long SIZE = (long) KillChild.LINES << Lines.SHIFT;
    private static final int MAX_WORK_MILLIS = 120;
    private static final int START_SECONDS = 60;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final LineModel model = new LineModel(KillChild.LINES);
    private final byte[] bytes = new byte[Lines.LENGTH];
    private long version = 1;
    private int interrupted;
    private int recoveries;

    @TempDir
    private Path folder;

    @Test
    void shouldLoseNothingWhenItIsKilledAtRandom() throws Exception {
        final Path path = folder.resolve("region");
        try (Region region = Region.builder(path).size(SIZE).media(Media.simulated()).open()) {
            for (int line = 0; line < KillChild.LINES; line++) {
                store(region, line);
            }
        }
        // How often that hits a recovery depends on the disk: most refusals do not wait for theirs.
        for (int kill = 0; kill < KILLS || interrupted == 0 && kill < 8 * KILLS; kill++) {
            final String context = "seed " + SEED + ", kill " + kill;
            runAndKill(path, context);
            for (int thread = 0; thread < KillChild.THREADS; thread++) {
                replay(KillChild.journal(path, thread), context);
            }
            interrupted += SidecarProbe.begun(path) > 0 ? 1 : 0;
            try (Region region = Region.builder(path).media(Media.simulated()).open()) {
                model.check(region, true, context);
                settle(region);
            }
        }
        assertTrue(recoveries >= KILLS, recoveries + " recovery writes before " + KILLS + " kills");
        assertTrue(interrupted > 0, "no kill in a recovery; seed " + SEED);
    }

    private void runAndKill(final Path path, final String context) throws IOException, InterruptedException {
        for (int thread = 0; thread < KillChild.THREADS; thread++) {
            Files.deleteIfExists(KillChild.journal(path, thread));
        }
        final Path output = folder.resolve("output");
        final Process child = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1", "-Xmx64m", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED",
            "-cp", System.getProperty("java.class.path"), KillChild.class.getName(), path.toString(),
            Long.toString(random.nextLong(Long.MAX_VALUE >> 1)), Long.toString(version))
            .redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
            final Path journal = KillChild.journal(path, 0);
            while (child.isAlive() && (!Files.exists(journal) || Files.size(journal) == 0)) {
                assertTrue(System.nanoTime() < deadline, "the child does not start; " + context);
                Thread.sleep(1);
            }
            Thread.sleep(random.nextInt(MAX_WORK_MILLIS), random.nextInt(1_000_000));
            assertTrue(child.isAlive(), () -> "the child ended by itself; " + context + "\n" + text(output));
        } finally {
            child.destroyForcibly().waitFor();
        }
        assertEquals("", text(output), context);
        assertEquals(128 + 9, child.exitValue(), context);
    }

    private static String text(final Path file) {
        try {
            return Files.readString(file);
        } catch (final IOException failure) {
            return failure.toString();
        }
    }

    /** What a child told, entry by entry; an entry that was cut off by the kill was not told. */
    private void replay(final Path journal, final String context) throws IOException {
        if (!Files.exists(journal)) {
            return;
        }
        final Map<Integer, String> history = new HashMap<>();
        final ByteBuffer entries = ByteBuffer.wrap(Files.readAllBytes(journal)).order(ByteOrder.nativeOrder());
        while (entries.remaining() >= KillChild.ENTRY_LENGTH) {
            final long kind = entries.getLong();
            final int line = (int) entries.getLong();
            final long word = entries.getLong();
            history.merge(line, kind + ":" + Long.toHexString(word), (old, now) -> old + " " + now);
            final String what = "line " + line + ", told before (kind:word): " + history.get(line) + ", " + context;
            version = Math.max(version, word & (1L << 40) - 1);
            if (kind == KillChild.STORE) {
                if (!model.isRefused(line)) {
                    model.writing(line, word);
                }
            } else if (kind == KillChild.STORED) {
                assertFalse(model.isRefused(line), "Law 4: a store to a lost line; " + what);
                model.found(line, word);
            } else if (kind == KillChild.STORE_REFUSED || kind == KillChild.LOAD_REFUSED) {
                assertTrue(model.mayBeRefused(line), "Law 3: a healthy line was refused; " + what);
                model.found(line, null);
            } else if (kind == KillChild.LOADED) {
                assertFalse(model.isRefused(line), "Law 1: a load of a lost line; " + what);
                assertTrue(model.allows(line, word), "Law 1: " + what);
                model.found(line, word);
            } else if (kind == KillChild.INJECT) {
                // Not lost for certain: the other thread may have salvaged it just before, to write it in a moment.
                model.losing(line);
            } else if (kind == KillChild.WRITE) {
                model.writing(line, word);
            } else if (kind == KillChild.WRITTEN) {
                recoveries++;
                model.found(line, word);
            } else {
                throw new AssertionError("Law 1: a torn line was loaded; " + what);
            }
        }
    }

    /** Makes certain what is not: the operations that were cut off. */
    private void settle(final Region region) throws IOException {
        for (int line = 0; line < KillChild.LINES; line++) {
            if (!LineModel.load(region, line, bytes)) {
                if (random.nextInt(4) == 0) {
                    final long word = LineModel.word(line, ++version);
                    region.recovery().write((long) line << Lines.SHIFT, LineModel.content(word));
                    model.found(line, word);
                } else {
                    model.found(line, null);
                }
            } else if (model.isOpen(line)) {
                store(region, line);
            }
        }
    }

    private void store(final Region region, final int line) {
        final long word = LineModel.word(line, ++version);
        region.put((long) line << Lines.SHIFT, LineModel.content(word), 0, Lines.LENGTH);
        model.found(line, word);
    }
}
