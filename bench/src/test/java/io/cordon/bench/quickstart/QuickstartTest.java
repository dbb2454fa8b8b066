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
package io.cordon.bench.quickstart;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The quickstart keeps its word to the shell: exit codes, one clear line, nothing left behind; and it can fail. */
@Timeout(120)
class QuickstartTest {
    private static final int SEED = 1;
    /** Not whole pages: the tail counts too. */
    private static final int INPUT_LENGTH = (2 << 20) + 4097;
    private static final Consumer<MemorySegment> NO_SABOTAGE = _ -> { };

    @TempDir
    private Path folder;
    private Path regions;
    private Path input;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void makeInput() throws IOException {
        regions = Files.createDirectory(folder.resolve("regions"));
        final byte[] content = new byte[INPUT_LENGTH];
        new Random(SEED).nextBytes(content);
        input = Files.write(folder.resolve("input"), content);
    }

    private int run(final Consumer<MemorySegment> sabotage, final String... args) {
        return Quickstart.run(args, new PrintWriter(out, true), new PrintWriter(err, true), sabotage);
    }

    private String[] shortRun(final Path file) {
        return new String[] {file.toString(), "--size", "3", "--seconds", "1", "--lines", "300", "--seed", "7",
            "--folder", regions.toString()};
    }

    private void assertRefused(final String reason, final int exitCode) throws IOException {
        assertAll(
            () -> assertEquals(2, exitCode),
            () -> assertEquals("", out.toString()),
            () -> assertEquals(1, err.toString().lines().count(), err.toString()),
            () -> assertTrue(err.toString().contains(reason), err.toString()),
            this::assertNothingLeft);
    }

    private void assertNothingLeft() throws IOException {
        try (Stream<Path> files = Files.list(regions)) {
            assertEquals(0, files.count(), "files left in the temporary folder");
        }
    }

    private long fact(final String name) {
        final Matcher matcher = Pattern.compile("^ *" + name + " +([0-9,]+)", Pattern.MULTILINE)
            .matcher(out.toString());
        assertTrue(matcher.find(), out.toString());
        return Long.parseLong(matcher.group(1).replace(",", ""));
    }

    @Test
    void shouldPassAndShowWhatHappened() {
        final int exitCode = run(NO_SABOTAGE, shortRun(input));
        assertAll(
            () -> assertEquals(0, exitCode, out + " " + err),
            () -> assertTrue(out.toString().contains("\nPASSED  "), out.toString()),
            () -> assertEquals("", err.toString()),
            () -> assertEquals(300, fact("lines poisoned")),
            () -> assertEquals(300, fact("lines recovered")),
            () -> assertTrue(fact("loads refused") > 0, out.toString()),
            () -> assertEquals(0, fact("wrong exceptions")),
            () -> assertEquals(0, fact("garbage values")),
            () -> assertEquals(0, fact("lines still bad")),
            () -> assertTrue(out.toString().contains("  equal"), out.toString()),
            this::assertNothingLeft);
    }

    @Test
    void shouldFailIfValuesAreNotTheSources() {
        final int exitCode = run(copy -> copy.asSlice(8192, 4096).fill((byte) 0x5A), shortRun(input));
        assertAll(
            () -> assertEquals(1, exitCode, out + " " + err),
            () -> assertTrue(out.toString().contains("\nFAILED  "), out.toString()),
            () -> assertFalse(out.toString().contains("PASSED"), out.toString()),
            () -> assertTrue(fact("garbage values") > 0, out.toString()),
            () -> assertTrue(out.toString().contains("0x5a5a5a5a5a5a5a5a"), out.toString()),
            this::assertNothingLeft);
    }

    @Test
    void shouldRefuseMissingFile() throws IOException {
        assertRefused("absent: no such file", run(NO_SABOTAGE, shortRun(folder.resolve("absent"))));
    }

    @Test
    void shouldRefuseEmptyFile() throws IOException {
        final Path empty = Files.createFile(folder.resolve("empty"));
        assertRefused("empty: the file is empty", run(NO_SABOTAGE, shortRun(empty)));
    }

    @Test
    void shouldRefuseSmallFile() throws IOException {
        assertRefused("input: the file has 2.0 MiB, less than the 16.0 MiB that are wanted",
            run(NO_SABOTAGE, input.toString(), "--folder", regions.toString()));
    }

    @Test
    void shouldRefuseFolderAsInput() throws IOException {
        assertRefused("not a regular file", run(NO_SABOTAGE, shortRun(folder)));
    }

    @Test
    void shouldRefuseUnknownOption() throws IOException {
        assertRefused("--wrong", run(NO_SABOTAGE, "--wrong"));
    }

    @Test
    void shouldRefuseValueOutOfBounds() throws IOException {
        assertRefused("--threads 0: must be from 1 to 256", run(NO_SABOTAGE, "--threads", "0"));
    }

    @Test
    void shouldRefuseMoreLinesThanTheInputCanLose() throws IOException {
        assertRefused("--lines 100000: at most 2052", run(NO_SABOTAGE, input.toString(), "--size", "3", "--lines",
            "100000", "--folder", regions.toString()));
    }

    @Test
    void shouldRefuseMissingTemporaryFolder() throws IOException {
        assertRefused("NoSuchFileException", run(NO_SABOTAGE, input.toString(), "--size", "3", "--folder",
            folder.resolve("absent").toString()));
    }

    @Test
    void shouldExplainItsOptions() {
        assertEquals(0, run(NO_SABOTAGE, "--help"));
        Stream.of("FILE", "--size", "--lines", "--threads", "--seconds", "--seed", "--folder", "Exit codes")
            .forEach(word -> assertTrue(out.toString().contains(word), word + " in " + out));
    }

    @Test
    void shouldLeaveNothingBehindWhenInterrupted() throws IOException, InterruptedException {
        final Process child = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
            Quickstart.class.getName(), input.toString(), "--size", "3", "--seconds", "60", "--folder",
            regions.toString()).redirectErrorStream(true).start();
        try (BufferedReader output = child.inputReader()) {
            String line = output.readLine();
            while (line != null && !line.contains("warm up")) {
                line = output.readLine();
            }
            assertTrue(line != null, "the child ended early");
            child.destroy();
            assertEquals(128 + 15, child.waitFor());
        } finally {
            child.destroyForcibly();
        }
        assertNothingLeft();
    }
}
