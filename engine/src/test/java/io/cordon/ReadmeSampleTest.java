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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import javax.tools.ToolProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The sample of the README compiles, runs, and prints what its comments say.
 */
class ReadmeSampleTest {
    private static final Pattern SAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @TempDir
    private Path folder;

    @Test
    void shouldCompileAndRunTheSampleOfTheReadme() throws IOException, InterruptedException {
        final Matcher sample = SAMPLE.matcher(Files.readString(Path.of("..", "README.md")));
        assertTrue(sample.find(), "the README has a sample");
        final Path source = folder.resolve("Sample.java");
        Files.writeString(source, sample.group(1));
        final ByteArrayOutputStream messages = new ByteArrayOutputStream();
        final int result = ToolProvider.getSystemJavaCompiler().run(null, messages, messages,
            "-Xlint:all", "-Werror", "-cp", System.getProperty("java.class.path"), "-d", folder.toString(),
            source.toString());
        assertEquals(0, result, messages::toString);

        final Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED", "-cp",
            folder + ":" + System.getProperty("java.class.path"), "Sample").redirectErrorStream(true).start();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        assertEquals("0\n43\n", output);
    }
}
