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
package io.cordon.scrub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.Region;
import io.cordon.media.Media;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that patrols is killed. */
class ScrubKillTest {
    private static final long SEED = Long.getLong("cordon.scrub.seed", 20261120);
    private static final int KILLS = Integer.getInteger("cordon.scrub.kills", 3);
    static final int SIZE = 1 << 24;

    @TempDir
    private Path folder;

    @Test
    @DisplayName("After a kill the patrol goes on where it was said to be, or less than its saving step before")
    void shouldGoOnAfterAKill() throws Exception {
        final SplittableRandom random = new SplittableRandom(SEED);
        final Path path = folder.resolve("region");
        long pass = 0;
        long position = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            final Process child = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "-Xmx64m", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                ScrubKillChild.class.getName(), path.toString()).redirectErrorStream(true).start();
            final int lines = random.nextInt(40, 200);
            try (BufferedReader output = child.inputReader()) {
                for (int i = 0; i < lines; i++) {
                    final String line = output.readLine();
                    final String[] words = line == null ? new String[0] : line.split(" ");
                    assertEquals(2, words.length, () -> "seed " + SEED + ": " + line);
                    if (i == 0 && kill > 0) {
                        assertStarted(Long.parseLong(words[0]), Long.parseLong(words[1]), pass, position);
                    }
                    pass = Long.parseLong(words[0]);
                    position = Long.parseLong(words[1]);
                }
            } finally {
                child.destroyForcibly().waitFor();
            }
            assertEquals(128 + 9, child.exitValue());
        }
        try (Region region = Region.builder(path).media(Media.simulated()).open();
            ScrubDuty duty = region.scrubber().duty(ScrubOptions.FULL_SPEED)) {
            assertStarted(region.scrubber().progress().pass(), region.scrubber().progress().position(), pass, position);
            while (region.scrubber().progress().last().isEmpty()) {
                duty.doWork();
            }
            assertEquals(0, region.scrubber().progress().last().orElseThrow().foundLines());
        }
    }

    /** The child may have gone on after the last line that was read, by what fits the pipe: it only counts up. */
    private static void assertStarted(final long pass, final long position, final long toldPass, final long told)
        throws IOException {
        final long step = SIZE / 64;
        final String message = pass + ":" + position + " after " + toldPass + ":" + told + ", seed " + SEED;
        assertTrue(pass > toldPass || pass == toldPass && position > told - 2 * step, message);
    }
}
