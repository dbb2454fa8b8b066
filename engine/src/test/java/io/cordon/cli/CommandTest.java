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

import com.fasterxml.jackson.databind.JsonNode;

import io.cordon.Inspection;
import io.cordon.Region;
import io.cordon.media.Leg;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What each command does to a region, and says of it. */
class CommandTest {
    @TempDir
    private Path directory;
    private Folder folder;
    private Path region;

    @BeforeEach
    void makeRegion() throws IOException {
        folder = new Folder(directory);
        region = folder.makeRegion();
    }

    private static void assertExit(final ExitCode expected, final CommandRun run) {
        assertEquals(expected.number(), run.exit(), run.out() + run.err());
    }

    private void inject(final String range, final String... options) {
        final Object[] words = new Object[options.length + 4];
        System.arraycopy(options, 0, words, 3, options.length);
        words[0] = "inject";
        words[1] = "--yes";
        words[2] = region;
        words[words.length - 1] = range;
        assertExit(ExitCode.CLEAN, CommandRun.of(words));
    }

    @Test
    void shouldCallAnUntouchedRegionCleanAndChangeNothing() throws IOException {
        final Map<String, Integer> before = folder.snapshot();
        for (final String command : List.of("status", "list", "events", "verify")) {
            assertExit(ExitCode.CLEAN, CommandRun.of(command, region));
            assertExit(ExitCode.CLEAN, CommandRun.of(command, "--json", region));
        }
        assertEquals(before, folder.snapshot());
        assertEquals("clean", CommandRun.of("status", "--json", region).json().get("health").asText());
        assertEquals("", CommandRun.of("list", region).out());
    }

    @Test
    @DisplayName("Nothing is created by looking: no sidecar, no simulated medium, no progress")
    void shouldMakeNoFilesByLooking() throws IOException {
        final Path foreign = Files.write(directory.resolve("foreign"), new byte[8192]);
        final Map<String, Integer> before = folder.snapshot();
        for (final String command : List.of("status", "list", "events", "verify")) {
            assertExit(ExitCode.NOT_A_REGION, CommandRun.of(command, foreign));
            assertExit(ExitCode.CLEAN, CommandRun.of(command, "--media", "simulated", region));
        }
        assertEquals(before, folder.snapshot());
    }

    @Test
    void shouldFindLatentPoisonByVerifyingAndNotByLooking() throws IOException {
        inject("0x10000+200");
        final Map<String, Integer> before = folder.snapshot();
        final JsonNode status = CommandRun.of("status", "--json", region).json();
        assertEquals(0, status.get("refusedLines").asInt());
        assertEquals(4, status.get("latentLines").asInt());
        final CommandRun verify = CommandRun.of("verify", "--json", region);
        assertExit(ExitCode.DAMAGE, verify);
        final JsonNode range = verify.json().get("ranges").get(0);
        assertEquals("{\"offset\":65536,\"length\":256,\"state\":\"latent\"}", range.toString());
        assertEquals(Folder.SIZE, verify.json().get("readBytes").asLong());
        assertEquals(before, folder.snapshot());
    }

    @Test
    @DisplayName("A drill from end to end: inject, verify, scrub, list, events, salvage, recover; laws 1, 3 and 4")
    void shouldGoThroughADrill() throws IOException {
        final Path backup = Files.copy(region, directory.resolve("backup"));
        inject("4k+64");
        inject("64k-65k", "--listed");
        assertEquals(List.of("poisoned"), states("list"));
        assertEquals(List.of("latent", "poisoned"), states("verify"));
        final CommandRun scrub = CommandRun.of("scrub", "--json", region);
        assertExit(ExitCode.DAMAGE, scrub);
        assertEquals(1, scrub.json().get("foundLines").asInt());
        assertEquals("[{\"offset\":4096,\"length\":64}]", scrub.json().get("found").toString());
        assertEquals(List.of("lost", "lost"), states("list"));
        assertEquals(17, CommandRun.of("status", "--json", region).json().get("lostLines").asInt());
        assertEquals(1, CommandRun.of("status", "--json", region).json().get("scrub").get("lastPass").asInt());
        final JsonNode events = CommandRun.of("events", "--json", region).json().get("events");
        assertEquals(2, events.size());
        assertEquals("bad-block-list", events.get(0).get("source").asText());
        assertEquals("scrub", events.get(1).get("source").asText());
        assertEquals("failure", events.get(1).get("kind").asText());
        try (Region opened = folder.open()) {
            assertEquals(17 * 8, Folder.refusedWords(opened));
        }
        final CommandRun recover =
            CommandRun.of("recover", "--json", "--yes", "--from", backup, region, "all");
        assertExit(ExitCode.CLEAN, recover);
        assertEquals(17, recover.json().get("recoveredLines").asInt());
        try (Region opened = folder.open()) {
            assertEquals(0, Folder.refusedWords(opened));
        }
        assertExit(ExitCode.CLEAN, CommandRun.of("status", region));
    }

    private List<String> states(final String command) throws IOException {
        return CommandRun.of(command, "--json", region).json().get("ranges").findValuesAsText("state");
    }

    @Test
    void shouldZeroWhatIsRefusedAndNothingElse() throws IOException {
        inject("0x2000+1");
        final CommandRun run = CommandRun.of("recover", "--zero", "-y", region, "0-64k");
        assertExit(ExitCode.CLEAN, run);
        try (Region opened = folder.open()) {
            for (long offset = 0; offset < Folder.SIZE; offset += 8) {
                final long expected = offset >= 0x2000 && offset < 0x2040 ? 0 : Folder.word(offset);
                assertEquals(expected, opened.getLong(offset), "at " + offset);
            }
        }
    }

    @Test
    void shouldLeaveLostWhatTheBackupHasNot() throws IOException {
        inject("128+64");
        inject("1000k+128");
        final Path backup = Files.write(
            directory.resolve("short"), Arrays.copyOf(Files.readAllBytes(region), 1000 * 1024 + 100));
        Files.write(backup, wordsAt(128), StandardOpenOption.WRITE);
        final byte[] content = Files.readAllBytes(backup);
        System.arraycopy(wordsAt(128), 0, content, 128, 64);
        System.arraycopy(wordsAt(1000 * 1024), 0, content, 1000 * 1024, 64);
        Files.write(backup, content);
        final CommandRun run = CommandRun.of("recover", "--from", backup, "-y", "--json", region, "all");
        assertExit(ExitCode.DAMAGE, run);
        assertEquals("[{\"offset\":1024064,\"length\":64}]", run.json().get("refused").toString());
        try (Region opened = folder.open()) {
            assertEquals(8, Folder.refusedWords(opened));
        }
    }

    private static byte[] wordsAt(final long offset) {
        final byte[] bytes = new byte[64];
        for (int i = 0; i < 64; i += 8) {
            java.nio.ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.nativeOrder()).putLong(i, Folder.word(offset + i));
        }
        return bytes;
    }

    @Test
    @DisplayName("Holes are zero in the copy, '-' in ddrescue's map, and an exit code; law 4")
    void shouldSalvageAndMapTheHoles() throws IOException {
        final byte[] expected = Files.readAllBytes(region);
        inject("0x8000+64");
        inject("0xff000-0x100000", "--listed");
        final Map<String, Integer> before = folder.snapshot();
        final Path copy = directory.resolve("copy");
        final CommandRun run = CommandRun.of("salvage", "--json", region, copy);
        assertExit(ExitCode.DAMAGE, run);
        assertEquals(64 + 4096, run.json().get("missingBytes").asLong());
        Arrays.fill(expected, 0x8000, 0x8040, (byte) 0);
        Arrays.fill(expected, 0xff000, 0x100000, (byte) 0);
        assertArrayEquals(expected, Files.readAllBytes(copy));
        final List<String> map = Files.readAllLines(directory.resolve("copy.map"));
        assertEquals(List.of("0x000FF000     +               1", "0x00000000  0x00008000  +",
            "0x00008000  0x00000040  -", "0x00008040  0x000F6FC0  +", "0x000FF000  0x00001000  -"),
            map.stream().filter(line -> !line.startsWith("#")).toList());
        Files.delete(copy);
        Files.delete(directory.resolve("copy.map"));
        assertEquals(before, folder.snapshot());
    }

    @Test
    void shouldNotTakeHolesOfASalvageForContent() throws IOException {
        inject("0x8000+128");
        final Path copy = directory.resolve("copy");
        assertExit(ExitCode.DAMAGE, CommandRun.of("salvage", region, copy));
        final CommandRun run = CommandRun.of("recover", "-y", "--from", copy, region, "all");
        assertExit(ExitCode.DAMAGE, run);
        try (Region opened = folder.open()) {
            assertEquals(16, Folder.refusedWords(opened));
        }
    }

    @Test
    void shouldResumeASalvageByItsMap() throws IOException {
        final byte[] expected = Files.readAllBytes(region);
        final Path copy = directory.resolve("copy");
        assertExit(ExitCode.CLEAN, CommandRun.of("salvage", region, copy));
        final Path map = directory.resolve("copy.map");
        // As another tool may have left it: what it says is copied is not copied again.
        Files.writeString(map, "# comment\n0x1000 ? 1\n0 0x1000 +\n0x1000 0x7f000 ?\n0x80000 0x1000 *\n"
            + "0x81000 0x7f000 +\n");
        final byte[] torn = expected.clone();
        torn[0] ^= 1;
        Arrays.fill(torn, 0x1000, 0x80000, (byte) 0);
        Files.write(copy, torn);
        assertExit(ExitCode.CLEAN, CommandRun.of("salvage", "--resume", region, copy));
        expected[0] ^= 1;
        assertArrayEquals(expected, Files.readAllBytes(copy));
        assertTrue(Files.readString(map).endsWith("0x00000000  0x00100000  +\n"));
    }

    @Test
    @DisplayName("Interrupted salvage: the map says what is not tried, and --resume does that; exit code 130")
    void shouldEndASalvageInOrderWhenInterrupted() throws Exception {
        try (Region large = Region.builder(directory.resolve("large")).size(16 << 20).open()) {
            Folder.fill(large);
        }
        final Path copy = directory.resolve("copy");
        final Interruption interruption = new Interruption();
        final Thread interrupter = new Thread(interruption::raise);
        // On the way: as soon as the copy is there.
        final Thread watch = new Thread(() -> {
            while (!Files.exists(copy)) {
                Thread.onSpinWait();
            }
            interrupter.start();
        });
        watch.start();
        final CommandRun run = CommandRun.of(CommandRun.PIPES, Map.of(), "", java.nio.charset.StandardCharsets.UTF_8,
            interruption, "salvage", directory.resolve("large"), copy);
        watch.join();
        interrupter.join();
        assertEquals(ExitCode.INTERRUPTED.number(), run.exit(), run.out() + run.err());
        assertTrue(Files.exists(directory.resolve("copy.map")));
        // It may have been through by then; if not, the rest is named.
        Mapfile.read(directory.resolve("copy.map"), 16 << 20);
        assertExit(ExitCode.CLEAN, CommandRun.of("salvage", "--resume", directory.resolve("large"), copy));
        assertEquals(-1, Files.mismatch(directory.resolve("large"), copy));
    }

    @Test
    void shouldLookBesideTheOwnerAndNameIt() throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region opened = Region.builder(region).media(media).open()) {
            media.inject(8192, 64);
            opened.isReadable(0, 1);
            try {
                opened.getLong(8192);
            } catch (io.cordon.poison.PoisonException _) {
                opened.poison().ranges();
            }
            while (!Files.readString(directory.resolve("orders.dat.simulated")).contains("- 8192")) {
                Thread.onSpinWait();
            }
            opened.recovery().zero(0, 64);
            final JsonNode status = CommandRun.of("status", "--json", region).json();
            assertEquals(1, status.get("lostLines").asInt());
            assertEquals(ProcessHandle.current().pid(), status.get("owners").get(0).get("pid").asLong());
            assertFalse(status.get("owners").get(0).get("readOnly").asBoolean());
            assertExit(ExitCode.DAMAGE, CommandRun.of("list", region));
            assertExit(ExitCode.DAMAGE, CommandRun.of("verify", region));
            assertTrue(CommandRun.of("status", region).out()
                .contains("process " + ProcessHandle.current().pid() + " ("));
        }
    }

    @Test
    @DisplayName("A mirror is never put out of date unasked")
    void shouldRefuseToGoOnWithoutTheMirror() throws IOException {
        final Path mirror = directory.resolve("mirror");
        final Path mirrored = directory.resolve("mirrored");
        try (Region opened = Region.builder(mirrored).size(Folder.SIZE).media(Media.file()).mirror(mirror).open()) {
            Folder.fill(opened);
        }
        final Map<String, Integer> before = folder.snapshot();
        assertExit(ExitCode.USAGE, CommandRun.of("scrub", mirrored));
        assertExit(ExitCode.USAGE, CommandRun.of("recover", "-y", "--zero", mirrored, "0+64"));
        assertExit(ExitCode.CLEAN, CommandRun.of("status", mirrored));
        assertExit(ExitCode.CLEAN, CommandRun.of("status", "--mirror", mirror, mirrored));
        assertExit(ExitCode.DAMAGE, CommandRun.of("status", "--mirror", region, mirrored));
        assertEquals(before, folder.snapshot());
        assertExit(ExitCode.CLEAN, CommandRun.of("inject", "-y", mirrored, "64k+64"));
        assertExit(ExitCode.DAMAGE, CommandRun.of("verify", mirrored));
        final CommandRun repair =
            CommandRun.of("recover", "--repair", "--mirror", mirror, mirrored, "64k+64");
        assertExit(ExitCode.CLEAN, repair);
        try (Region opened =
            Region.builder(mirrored).media(Media.simulated()).mirror(mirror).open()) {
            assertEquals(0, Folder.refusedWords(opened));
        }
        assertExit(ExitCode.CLEAN, CommandRun.of("scrub", "--without-mirror", mirrored));
        assertExit(ExitCode.DAMAGE, CommandRun.of("status", "--mirror", mirror, mirrored));
        assertExit(ExitCode.NOT_A_REGION, CommandRun.of("scrub", "--mirror", mirror, mirrored));
    }

    @Test
    @DisplayName("A stack is found by its descriptor, and treated as any region; its legs are none")
    void shouldTreatAStackAsOneRegion() throws IOException {
        final Path stack = directory.resolve("stack");
        final Path first = directory.resolve("a");
        final Path second = directory.resolve("b c");
        final Media media = Media.linear(Leg.of(first, 1 << 16), Media.striped(4096,
            Leg.of(second, 1 << 16), Leg.of(directory.resolve("c"), 1 << 16)));
        try (Region opened = Region.builder(stack).media(media).open()) {
            Folder.fill(opened);
        }
        assertExit(ExitCode.CLEAN, CommandRun.of("verify", stack));
        assertExit(ExitCode.NOT_A_REGION, CommandRun.of("status", first));
        // Stripe 1 of the inner stack is the first of its second leg.
        assertExit(ExitCode.CLEAN, CommandRun.of("inject", "-y", stack, "0x11000+64"));
        assertTrue(Files.exists(directory.resolve("c.simulated")));
        assertEquals(List.of("latent"),
            CommandRun.of("verify", "--json", stack).json().get("ranges").findValuesAsText("state"));
        assertExit(ExitCode.DAMAGE, CommandRun.of("scrub", stack));
        assertEquals("[{\"offset\":69632,\"length\":64,\"state\":\"lost\"}]",
            CommandRun.of("list", "--json", stack).json().get("ranges").toString());
        final Path copy = directory.resolve("copy");
        assertExit(ExitCode.DAMAGE, CommandRun.of("salvage", stack, copy));
        assertEquals(3 << 16, Files.size(copy));
        assertExit(ExitCode.CLEAN, CommandRun.of("recover", "-y", "--zero", stack, "all"));
        assertExit(ExitCode.CLEAN, CommandRun.of("status", stack));
    }

    @Test
    void shouldNotFillHolesOfASparseRegion() throws IOException {
        final Path sparse = directory.resolve("sparse");
        Region.builder(sparse).size(1L << 34).sparse(true).media(Media.file()).open().close();
        assertExit(ExitCode.CLEAN, CommandRun.of("recover", "-y", "--zero", sparse, "8G+64"));
        try (Inspection inspection = Inspection.of(sparse)) {
            assertEquals(1L << 34, inspection.size());
        }
        final long blocks = blocks(sparse);
        assertTrue(blocks < 1 << 11, () -> blocks + " blocks of 512 bytes");
    }

    private static long blocks(final Path file) throws IOException {
        final Process process = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        return Long.parseLong(new String(process.getInputStream().readAllBytes()).trim());
    }

    @Test
    void shouldCompareWithARawSegmentAndLeaveNothing() throws IOException {
        final Map<String, Integer> before = folder.snapshot();
        final CommandRun run = CommandRun.of("bench", "--json", "--rounds", "1", "--size", "64k", "--dir", directory);
        assertExit(ExitCode.CLEAN, run);
        assertEquals(4, run.json().get("rows").size());
        assertTrue(run.json().get("rows").get(0).get("ratio").asDouble() > 0);
        assertEquals(before, folder.snapshot());
    }

    @Test
    void shouldPrintACompletionScriptThatTheShellTakes() throws Exception {
        final Path script = Files.writeString(directory.resolve("completion"), CommandRun.of("completion").out());
        final Process process = new ProcessBuilder("bash", "-c", ". " + script
            + " && COMP_WORDS=(cordon sal) COMP_CWORD=1 && _complete_cordon && echo ${COMPREPLY[@]}").start();
        assertEquals("salvage", new String(process.getInputStream().readAllBytes()).trim());
        assertEquals(0, process.waitFor());
    }

    @Test
    void shouldHelpWithEachCommandLikeAManual() {
        for (final String command : List.of("status", "list", "events", "verify", "scrub", "salvage", "recover",
            "inject", "bench", "completion")) {
            final CommandRun run = CommandRun.of(command, "--help");
            assertExit(ExitCode.CLEAN, run);
            assertEquals(run.out(), CommandRun.of("help", command).out());
            for (final String part : List.of("NAME\n  cordon-" + command + " - ", "\nSYNOPSIS\n  cordon " + command,
                "\nDESCRIPTION\n", "\nOPTIONS\n", "\nEXAMPLES\n  ", "\nEXIT STATUS\n")) {
                assertTrue(run.out().contains(part), () -> part + " in " + run.out());
            }
            for (final ExitCode code : ExitCode.values()) {
                assertTrue(run.out().contains(" " + code.number() + "   "), () -> code + " in " + run.out());
            }
            assertTrue(run.out().lines().allMatch(line -> line.length() <= 80), run.out());
        }
    }
}
