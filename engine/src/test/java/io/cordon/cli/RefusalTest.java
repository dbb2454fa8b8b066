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
import io.cordon.RegionFormatException;
import io.cordon.media.FileBusyException;
import io.cordon.media.Media;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What is refused gets one clear line, its exit code, and no byte changes. */
class RefusalTest {
    @TempDir
    private Path directory;
    private Folder folder;
    private Path region;

    @BeforeEach
    void makeRegion() throws IOException {
        folder = new Folder(directory);
        region = folder.makeRegion();
    }

    private void assertRefused(final ExitCode code, final String reason, final Object... arguments)
        throws IOException {
        final Map<String, Integer> before = folder.snapshot();
        assertRefused(code, reason, CommandRun.of(arguments));
        assertEquals(before, folder.snapshot());
    }

    private static void assertRefused(final ExitCode code, final String reason, final CommandRun run) {
        assertEquals(code.number(), run.exit(), run.out() + run.err());
        assertEquals("", run.out());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("cordon: ") && run.err().contains(reason), run.err());
    }

    /** What is to be said of a file in place of a region. */
    private static final String[] ALL = {"status FILE", "list FILE", "events FILE", "verify FILE", "scrub FILE",
        "salvage FILE OUT", "recover --zero --yes FILE 0+64", "inject --yes FILE 0+64",
        "inject --yes --kernel FILE 0+64"};

    private Object[] words(final String command, final Path file) {
        final Object[] words = Arrays.copyOf(command.split(" "), command.split(" ").length, Object[].class);
        for (int i = 0; i < words.length; i++) {
            if (words[i].equals("FILE")) {
                words[i] = file;
            } else if (words[i].equals("OUT")) {
                words[i] = directory.resolve("out");
            }
        }
        return words;
    }

    private void assertAllRefuse(final ExitCode code, final String reason, final Path file) throws IOException {
        for (final String command : ALL) {
            assertRefused(code, reason, words(command, file));
        }
    }

    @Test
    void shouldRefuseWhatIsNoRegion() throws IOException {
        assertAllRefuse(ExitCode.NOT_A_REGION, "no such file", directory.resolve("absent"));
        assertAllRefuse(ExitCode.NOT_A_REGION, "no regular file".substring(3), directory);
        final Path foreign = Files.write(directory.resolve("foreign"), new byte[8192]);
        assertAllRefuse(ExitCode.NOT_A_REGION, "there is no sidecar", foreign);
        Files.writeString(directory.resolve("foreign.cordon"), "hello");
        assertAllRefuse(ExitCode.NOT_A_REGION, "less than its header", foreign);
    }

    @Test
    void shouldRefuseATruncatedRegion() throws IOException {
        try (var channel = java.nio.channels.FileChannel.open(region, java.nio.file.StandardOpenOption.WRITE)) {
            channel.truncate(4096);
        }
        assertAllRefuse(ExitCode.NOT_A_REGION, "region size", region);
    }

    @Test
    void shouldRefuseACorruptSidecar() throws IOException {
        final Path sidecar = directory.resolve("orders.dat.cordon");
        final byte[] bytes = Files.readAllBytes(sidecar);
        bytes[40] ^= 1;
        Files.write(sidecar, bytes);
        assertAllRefuse(ExitCode.NOT_A_REGION, "corrupt", region);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1M+1", "0-1025k", "0x100000", "0+0", "5-2", "-5+64", "0x+1", "12x", "1e3", "", "0+",
        "9223372036854775807+64", "8388608T", "k", "+64", "0-", "all of it"})
    void shouldRefuseWrongRanges(final String range) throws IOException {
        assertRefused(ExitCode.USAGE, "", "recover", "--yes", "--zero", region, range);
        assertRefused(ExitCode.USAGE, "", "inject", "--yes", region, range);
    }

    @Test
    void shouldRefuseWrongArguments() throws IOException {
        assertRefused(ExitCode.USAGE, "a command is missing");
        assertRefused(ExitCode.USAGE, "frobnicate", "frobnicate");
        assertRefused(ExitCode.USAGE, "FILE", "status");
        assertRefused(ExitCode.USAGE, "--frobnicate", "status", "--frobnicate", region);
        assertRefused(ExitCode.USAGE, "--zero", "recover", region, "all");
        assertRefused(ExitCode.USAGE, "exclusive", "recover", "--zero", "--repair", region, "all");
        assertRefused(ExitCode.USAGE, "--mirror", "recover", "--repair", region, "all");
        assertRefused(ExitCode.USAGE, "--listed", "inject", "--kernel", "--listed", region, "all");
        assertRefused(ExitCode.USAGE, "not positive", "verify", "--rate", "0", region);
        assertRefused(ExitCode.USAGE, "hugetlb", "status", "--media", "hugetlb", region);
        assertRefused(ExitCode.USAGE, "negative", "events", "--last", "-1", region);
        assertRefused(ExitCode.USAGE, "less than", "bench", "--size", "4k");
    }

    @Test
    @DisplayName("Nothing is destroyed unasked: no terminal and no --yes is a no")
    void shouldNotDestroyWithoutAYes() throws IOException {
        final Path out = Files.writeString(directory.resolve("out"), "precious");
        assertRefused(ExitCode.USAGE, "--yes", "inject", region, "0+64");
        assertRefused(ExitCode.USAGE, "--yes", "recover", "--zero", region, "all");
        assertRefused(ExitCode.USAGE, "--yes", "recover", "--from", out, region, "all");
        assertRefused(ExitCode.USAGE, "--yes", "salvage", "--force", region, out);
        assertRefused(ExitCode.USAGE, "exists already", "salvage", region, out);
    }

    @Test
    void shouldKeepItsHandsOffTheRegionsOwnFiles() throws IOException {
        for (final String suffix : new String[] {"", ".cordon"}) {
            final Path own = directory.resolve("orders.dat" + suffix);
            assertRefused(ExitCode.USAGE, "belongs to the region", "salvage", "-f", "-y", region, own);
            assertRefused(ExitCode.USAGE, "belongs to the region", "salvage", "-f", "-y", "--map", own, region,
                directory.resolve("out"));
        }
        assertRefused(ExitCode.USAGE, "of its own", "recover", "-y", "--from", region, region, "all");
        assertRefused(ExitCode.NOT_A_REGION, "absent", "recover", "-y", "--from", directory.resolve("absent"), region,
            "all");
        assertRefused(ExitCode.NOT_A_REGION, "go on with", "salvage", "--resume", region, directory.resolve("out"));
    }

    @Test
    void shouldRefuseAForeignMap() throws IOException {
        final Path out = Files.write(directory.resolve("out"), new byte[Folder.SIZE]);
        for (final String map : new String[] {"", "hello", "0 + 1\n0 0x1000 +\n", "0 + 1\n0 0x100000 X\n",
            "0 + 1\n0x10 0x100000 +\n", "0 + 1\n0 0x200000 +\n", "0\n0 0x100000 +\n"}) {
            Files.writeString(directory.resolve("out.map"), map);
            assertRefused(ExitCode.NOT_A_REGION, "not a mapfile", "salvage", "--resume", region, out);
            assertRefused(ExitCode.NOT_A_REGION, "not a mapfile", "recover", "-y", "--from", out, region, "all");
        }
    }

    @Test
    void shouldRefuseWhatAnotherHasOpen() throws IOException {
        final String owner = "process " + ProcessHandle.current().pid();
        try (Region _ = Region.builder(region).media(Media.file()).open()) {
            assertRefused(ExitCode.BUSY, owner, "scrub", region);
            assertRefused(ExitCode.BUSY, owner, "salvage", region, directory.resolve("out"));
            assertRefused(ExitCode.BUSY, owner, "recover", "-y", "--zero", region, "all");
            assertRefused(ExitCode.BUSY, owner, "inject", "-y", region, "0+64");
        }
        try (Region _ = Region.builder(region).media(Media.file()).readOnly(true).open()) {
            assertRefused(ExitCode.BUSY, owner, "scrub", region);
            assertEquals(0, CommandRun.of("salvage", region, directory.resolve("out")).exit());
        }
    }

    @Test
    void shouldTellAFullOrFailingPlaceFromTheRest() throws IOException {
        assertRefused(ExitCode.MEDIUM, "too long", "salvage", region, directory.resolve("n".repeat(252)));
        assertRefused(ExitCode.NOT_A_REGION, "no such file", "salvage", region, directory.resolve("absent/out"));
        assertRefused(ExitCode.MEDIUM, "MAP_SYNC", "verify", "--media", "dax", region);
        assertRefused(ExitCode.MEDIUM, "persistent memory", "inject", "-y", "--kernel", region, "0+64");
    }

    @Test
    @DisplayName("No permission: in a thread that has, for files, the rights of nobody")
    void shouldSayWhatIsNotPermitted() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(region, PosixFilePermissions.fromString("---------"));
        final Map<String, Integer> before = asOwner();
        // Classes are loaded as who we are.
        CommandRun.of("status", region);
        final AtomicReference<CommandRun> run = new AtomicReference<>();
        final Thread nobody = new Thread(() -> {
            setFileUser(65534);
            run.set(CommandRun.of("status", region));
            setFileUser(0);
        });
        nobody.start();
        nobody.join();
        assertRefused(ExitCode.PERMISSION, "EACCES", run.get());
        assertEquals(before, asOwner());
    }

    private Map<String, Integer> asOwner() throws IOException {
        Files.setPosixFilePermissions(region, PosixFilePermissions.fromString("rw-------"));
        final Map<String, Integer> files = folder.snapshot();
        Files.setPosixFilePermissions(region, PosixFilePermissions.fromString("---------"));
        return files;
    }

    /** setfsuid(2) of the C library is about the calling thread alone. */
    @SuppressWarnings("restricted")
    private static void setFileUser(final int user) {
        final Linker linker = Linker.nativeLinker();
        final MethodHandle call = linker.downcallHandle(linker.defaultLookup().find("setfsuid").orElseThrow(),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try {
            final int old = (int) call.invokeExact(user);
            assertTrue(old >= 0);
        } catch (final Throwable thrown) {
            throw new AssertionError(thrown);
        }
    }

    @Test
    void shouldGiveEachFailureItsCode() {
        final Path file = Path.of("file");
        assertEquals(ExitCode.NOT_A_REGION, Failures.code(new RegionFormatException(file, "")));
        assertEquals(ExitCode.NOT_A_REGION, Failures.code(new NoSuchFileException("file")));
        assertEquals(ExitCode.BUSY, Failures.code(new UncheckedIOException(new FileBusyException(file))));
        assertEquals(ExitCode.PERMISSION, Failures.code(new AccessDeniedException("file")));
        assertEquals(ExitCode.MEDIUM, Failures.code(new IOException("EIO")));
        assertEquals(ExitCode.INTERNAL, Failures.code(new NullPointerException()));
        assertEquals("file: permission denied", Failures.line(new AccessDeniedException("file")));
        assertEquals("a b", Failures.line(new IOException("a\n  b")));
    }
}
