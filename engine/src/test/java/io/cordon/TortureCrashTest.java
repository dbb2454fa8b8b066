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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The {@link Torture} over many processes, on the same files: most are killed in the middle of everything, some close
 * the region, and each holds what it finds against the model that the ones before it have left in shared memory.
 */
final class TortureCrashTest {
    private static final int GENERATIONS = Integer.getInteger("cordon.torture.generations", 6);
    private static final int START_SECONDS = 300;
    private static final int MAX_WORK_MILLIS = 300;
    private static final int MAX_OPEN_MILLIS = 60;

    private final long seed = Long.getLong("cordon.torture.seed", new SplittableRandom().nextLong() >>> 16);
    private final SplittableRandom random = new SplittableRandom(seed);
    private int generation;

    @TempDir
    private Path folder;

    @Test
    @DisplayName("Laws 1, 3, 4 and 5: Killed and opened again and again, nothing healthy is lost and no loss forgotten")
    void shouldLoseNothingOverManyProcesses() throws Exception {
        Torture.create(folder);
        for (generation = 0; generation < GENERATIONS; generation++) {
            switch (random.nextInt(5)) {
                case 0 -> end(random.nextInt(MAX_WORK_MILLIS), false);
                case 1 -> kill("opening", MAX_OPEN_MILLIS);
                default -> kill("attacked", MAX_WORK_MILLIS);
            }
        }
        kill("attacked", MAX_WORK_MILLIS);
        end(0, true);
        final String[] found = Files.readString(output()).lines().filter(line -> line.startsWith("found "))
            .findFirst().orElseThrow().split(" ");
        assertTrue(Long.parseLong(found[3]) > 0, "no process has found a lost line; seed " + seed);
    }

    private Path output() {
        return folder.resolve("output");
    }

    private String context() {
        try {
            return "seed " + seed + ", generation " + generation + "\n" + Files.readString(output());
        } catch (final IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private Process start(final long nanos, final boolean last) throws IOException {
        Files.deleteIfExists(output());
        return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m", "-XX:-CreateCoredumpOnCrash", "--enable-native-access=ALL-UNNAMED",
            "-cp", System.getProperty("java.class.path"), TortureChild.class.getName(), folder.toString(),
            Long.toString(random.nextLong(Long.MAX_VALUE >> 1)), Long.toString(nanos), Boolean.toString(last))
            .directory(folder.toFile()).redirectErrorStream(true).redirectOutput(output().toFile()).start();
    }

    private void end(final int millis, final boolean last) throws IOException, InterruptedException {
        final Process child = start(TimeUnit.MILLISECONDS.toNanos(millis), last);
        try {
            assertTrue(child.waitFor(START_SECONDS, TimeUnit.SECONDS), () -> "the child does not end; " + context());
            assertEquals(0, child.exitValue(), this::context);
        } finally {
            child.destroyForcibly().waitFor();
        }
    }

    private void kill(final String after, final int maxMillis) throws IOException, InterruptedException {
        final Process child = start(TimeUnit.SECONDS.toNanos(START_SECONDS), false);
        try {
            final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
            while (child.isAlive() && Files.readString(output()).lines().noneMatch(after::equals)) {
                assertTrue(System.nanoTime() < deadline, () -> "the child does not get to work; " + context());
                Thread.sleep(1);
            }
            Thread.sleep(random.nextInt(maxMillis), random.nextInt(1_000_000));
            assertTrue(child.isAlive(), () -> "the child ended by itself; " + context());
        } finally {
            child.destroyForcibly().waitFor();
        }
        assertEquals(128 + 9, child.exitValue(), this::context);
    }
}
