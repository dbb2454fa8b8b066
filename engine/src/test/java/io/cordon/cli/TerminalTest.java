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
package io.cordon.cli;

import io.cordon.Region;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The command line in a process of its own, at a real terminal, as a person has it. */
@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
class TerminalTest {
    private static final int COLUMNS = 64;
    private static final String CTRL_C = "\u0003";

    @TempDir
    private Path directory;
    private Folder folder;
    private Path region;

    @BeforeEach
    void makeRegion() throws IOException {
        folder = new Folder(directory);
        region = folder.makeRegion();
    }

    private void assertFits(final PseudoTerminal terminal) {
        for (final String line : terminal.drawnLines()) {
            // Sentences are wrapped by the terminal; pictures and progress must not be.
            if (line.contains("\u00b7\u00b7") || line.contains("% ")) {
                assertTrue(line.length() <= COLUMNS, () -> line.length() + ": " + line);
            }
        }
    }

    @Test
    void shouldColourAndFitTheTerminal() throws Exception {
        CommandRun.of("inject", "--yes", "--listed", region, "512k+64");
        try (PseudoTerminal terminal = new PseudoTerminal(COLUMNS, Map.of(), "status", region)) {
            assertEquals(ExitCode.DAMAGE.number(), terminal.exit(), terminal.screen());
            assertTrue(terminal.screen().contains("\033[31mdamaged\033[0m"), terminal.screen());
            assertFits(terminal);
            assertTrue(terminal.drawnLines().stream().anyMatch(
                line -> line.startsWith("     0x0  ") && line.length() > COLUMNS - 3), terminal.screen());
        }
    }

    @Test
    @DisplayName("Ctrl-C in the middle of a scrub: 130, a whole region, laws 1, 3, 4 and 5, and the pass goes on")
    void shouldEndAScrubInOrder() throws Exception {
        CommandRun.of("inject", "--yes", region, "4k+64");
        CommandRun.of("inject", "--yes", region, "1020k+64");
        try (PseudoTerminal terminal =
            new PseudoTerminal(COLUMNS, Map.of(), "scrub", "--rate", "16k", region)) {
            // The first line was found and recovered; the second is a minute away.
            terminal.await(screen -> screen.contains("1 line found"));
            terminal.type(CTRL_C);
            assertEquals(ExitCode.INTERRUPTED.number(), terminal.exit(), terminal.screen());
            final String screen = terminal.screen();
            assertTrue(screen.split("\r\033\\[K", -1).length > 3, screen);
            assertTrue(screen.contains("cordon: interrupted at "), screen);
            assertTrue(screen.endsWith("\r\n"), screen);
            assertFits(terminal);
        }
        assertEquals(1, CommandRun.of("status", "--json", region).json().get("scrub").get("pass").asInt());
        try (Region opened = folder.open()) {
            assertEquals(2 * 8, Folder.refusedWords(opened));
        }
        final CommandRun rest = CommandRun.of("scrub", "--json", region);
        assertEquals(ExitCode.DAMAGE.number(), rest.exit(), rest.err());
        assertEquals(1, rest.json().get("pass").asInt());
    }

    @Test
    void shouldAskAndTakeANoForANo() throws Exception {
        CommandRun.of("inject", "--yes", region, "4k+64");
        final Map<String, Integer> before = folder.snapshot();
        for (final String answer : new String[] {"\n", "\u0004"}) {
            try (PseudoTerminal terminal =
                new PseudoTerminal(COLUMNS, Map.of(), "recover", "--zero", region, "4k+64")) {
                terminal.await(screen -> screen.contains("[y/N] "));
                terminal.type(answer);
                assertEquals(ExitCode.USAGE.number(), terminal.exit(), terminal.screen());
                assertTrue(terminal.screen().contains("nothing was done"), terminal.screen());
            }
        }
        assertEquals(before, folder.snapshot());
    }

    @Test
    void shouldTakeAYes() throws Exception {
        CommandRun.of("inject", "--yes", region, "4k+64");
        try (PseudoTerminal terminal =
            new PseudoTerminal(COLUMNS, Map.of(), "recover", "--zero", region, "4k+64")) {
            terminal.await(screen -> screen.contains("[y/N] "));
            terminal.type("y\n");
            assertEquals(ExitCode.CLEAN.number(), terminal.exit(), terminal.screen());
            assertTrue(terminal.screen().contains("1 line recovered"), terminal.screen());
        }
        try (Region opened = folder.open()) {
            assertEquals(0, opened.getLong(4096));
        }
    }

    @Test
    @DisplayName("Ctrl-C at the question: at once, and nothing was done")
    void shouldEndAtTheQuestion() throws Exception {
        final Map<String, Integer> before = folder.snapshot();
        try (PseudoTerminal terminal = new PseudoTerminal(COLUMNS, Map.of(), "inject", region, "all")) {
            terminal.await(screen -> screen.contains("[y/N] "));
            terminal.type(CTRL_C);
            assertEquals(ExitCode.INTERRUPTED.number(), terminal.exit(), terminal.screen());
            assertTrue(terminal.screen().endsWith("\r\n"), terminal.screen());
        }
        assertEquals(before, folder.snapshot());
    }

    @Test
    @DisplayName("A terminal that cannot, or does not want to, gets not one escape sequence")
    void shouldKeepPlainForADumbTerminal() throws Exception {
        try (PseudoTerminal terminal = new PseudoTerminal(COLUMNS, Map.of("TERM", "dumb"), "verify", region)) {
            assertEquals(ExitCode.CLEAN.number(), terminal.exit(), terminal.screen());
            assertFalse(terminal.screen().contains("\033"), terminal.screen());
            assertTrue(terminal.screen().contains("clean"), terminal.screen());
        }
    }

    @Test
    void shouldKeepPlainInPipes() throws Exception {
        CommandRun.of("inject", "--yes", region, "4k+64");
        final ProcessBuilder builder = new ProcessBuilder(PseudoTerminal.java("scrub", region));
        PseudoTerminal.clean(builder.environment());
        final Process process = builder.redirectError(directory.resolve("err").toFile()).start();
        final String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(ExitCode.DAMAGE.number(), process.waitFor());
        assertFalse(out.contains("\033") || out.contains("\r"), out);
        assertTrue(out.contains("1 latent line found"), out);
        assertEquals("", Files.readString(directory.resolve("err")));
    }
}
