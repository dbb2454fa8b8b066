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

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Races as {@link TortureTest} does, in JVMs of their own, beside garbage and forced collections. */
final class TortureModesTest {
    private static final long SECONDS = Long.getLong("cordon.torture.seconds", 2);
    private static final long LIMIT_SECONDS = 300;

    @ParameterizedTest
    @ValueSource(strings = {"-XX:+UseG1GC", "-XX:+UseParallelGC", "-XX:+UseSerialGC", "-XX:+UseZGC",
        "-XX:+UseShenandoahGC", "-Xint", "-XX:TieredStopAtLevel=1", "-Xcomp"})
    @DisplayName("Laws 1, 2 and 3 hold with every collector and compiler")
    void shouldHoldUnder(final String option, @TempDir final Path folder) throws Exception {
        final Long given = Long.getLong("cordon.torture.seed");
        final long seed = given != null ? given : new SplittableRandom().nextLong() >>> 16;
        final Path output = folder.resolve("output");
        final List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), option, "-Xmx256m",
            "--enable-native-access=ALL-UNNAMED", "-XX:ErrorFile=" + folder.resolve("crash"),
            "-cp", System.getProperty("java.class.path"), Torture.class.getName(), folder.toString(),
            Long.toString(seed), Long.toString(TimeUnit.SECONDS.toNanos(SECONDS)), "true"));
        final Process process = new ProcessBuilder(command)
            .redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            assertTrue(process.waitFor(LIMIT_SECONDS + SECONDS, TimeUnit.SECONDS),
                () -> option + " does not end, seed " + seed);
        } finally {
            process.destroyForcibly();
        }
        final String said = Files.readString(output);
        assertEquals(0, process.exitValue(), option + ", seed " + seed + ":\n" + said);
        assertTrue(said.contains("held: "), option + ", seed " + seed + ":\n" + said);
    }
}
