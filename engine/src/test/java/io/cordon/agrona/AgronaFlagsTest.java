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
package io.cordon.agrona;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Windows under options that services run with, and that the other tests cannot have. */
class AgronaFlagsTest {
    private static final String OPEN = "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED";

    @TempDir
    private Path folder;

    private List<String> run(final String... options) throws Exception {
        final Path output = folder.resolve("output");
        final List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1", "-Xmx64m", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(options));
        command.addAll(List.of(AgronaFlagsChild.class.getName(), folder.resolve("region").toString()));
        final Process child = new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(output.toFile()).start();
        assertTrue(child.waitFor(300, TimeUnit.SECONDS), "hangs");
        final List<String> lines = Files.readAllLines(output);
        assertEquals(0, child.exitValue(), () -> String.join("\n", lines));
        return lines;
    }

    @Test
    @DisplayName("Law 1: without Agrona's bounds checks ours are as they were, and what relies on Agrona's is refused")
    void shouldCheckBoundsThoughAgronaDoesNot() throws Exception {
        assertEquals(List.of("bounds are checked by Agrona: false", "kept 42 window",
            "index: IndexOutOfBoundsException", "read window", "copy: UnsupportedOperationException",
            "wrap: UnsupportedOperationException"), run(OPEN, "-Dagrona.disable.bounds.checks=true"));
        assertEquals(List.of("bounds are checked by Agrona: true", "kept 42 window",
            "index: IndexOutOfBoundsException", "read window", "copied 42",
            "wrap: UnsupportedOperationException"), run(OPEN));
    }

    @Test
    @DisplayName("A window needs no --add-opens; only Agrona's own buffers do")
    void shouldNeedNoInternalsOfTheJdk() throws Exception {
        final List<String> lines = run();
        assertEquals(List.of("bounds are checked by Agrona: true", "kept 42 window",
            "index: IndexOutOfBoundsException", "read window"), lines.subList(0, 4));
        assertTrue(lines.get(4).startsWith("copy: ") && lines.get(4).endsWith("Error"), lines.get(4));
    }
}
