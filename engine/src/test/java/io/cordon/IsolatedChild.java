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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a scenario in a JVM of its own, in namespaces of its own: a small file system to fill up, a read-only one, or no
 * privileges, whoever runs the tests. Needs {@code unshare} (util-linux) and a kernel that lets its user make user
 * namespaces.
 */
final class IsolatedChild {
    static final String FULL_SPARSE = "full-sparse";
    static final String FULL_CREATE = "full-create";
    static final String FULL_EXISTING = "full-existing";
    static final String READ_ONLY_SYSTEM = "read-only-system";
    static final String NO_PERMISSION = "no-permission";
    static final String LOCKED = "locked";

    private static final int PAGE = 4096;
    private static final long SMALL = 1 << 20;
    private static final long TIMEOUT_SECONDS = 120;

    private IsolatedChild() {
    }

    private static List<String> isolation(final String scenario, final Path mount) {
        final String small = "mount -t tmpfs -o size=1m,mode=755 tmpfs " + mount;
        // The file is made before the file system becomes read-only.
        final String readOnly = "; head -c " + 2 * PAGE + " /dev/zero > " + mount + "/region; mount -o remount,ro "
            + mount;
        return switch (scenario) {
            case NO_PERMISSION -> List.of("unshare", "--user");
            case LOCKED -> List.of();
            default -> List.of("unshare", "--user", "--map-root-user", "--mount", "sh", "-ec",
                small + (scenario.equals(READ_ONLY_SYSTEM) ? readOnly : "") + "; exec \"$@\"", "sh");
        };
    }

    /** Runs a scenario; its assertions fail the calling test. */
    static void run(final Path folder, final String scenario) throws Exception {
        final Path mount = Files.createDirectories(folder.resolve("mount"));
        final List<String> command = new ArrayList<>(isolation(scenario, mount));
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m",
            "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
            IsolatedChild.class.getName(), scenario, (scenario.equals(LOCKED) ? folder : mount).toString()));
        final Path output = folder.resolve("output");
        final Process process = new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(output.toFile()).directory(folder.toFile()).start();
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            throw new AssertionError(scenario + " did not end: " + Files.readString(output));
        }
        assertEquals(0, process.exitValue(), () -> read(output));
        assertTrue(read(output).endsWith("passed " + scenario + "\n"), () -> read(output));
    }

    private static String read(final Path file) {
        try {
            return Files.readString(file);
        } catch (final IOException failure) {
            return failure.toString();
        }
    }

    /** Runs in the child. */
    public static void main(final String[] arguments) throws IOException {
        final Path folder = Path.of(arguments[1]);
        final Path path = folder.resolve("region");
        switch (arguments[0]) {
            case FULL_SPARSE -> fillSparseRegion(path);
            case FULL_CREATE -> createOnFullSystem(path);
            case FULL_EXISTING -> openExistingOnFullSystem(path);
            case READ_ONLY_SYSTEM -> openOnReadOnlySystem(path);
            case NO_PERMISSION -> openWithoutPermission(folder);
            case LOCKED -> openLocked(path);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        System.out.print("passed " + arguments[0] + "\n");
    }

    private static void fillSparseRegion(final Path path) throws IOException {
        try (Region region = Region.builder(path).size(2 * SMALL).sparse(true).open()) {
            long full = -1;
            PoisonException thrown = null;
            for (long offset = 0; offset < region.size() && thrown == null; offset += PAGE) {
                try {
                    region.putLong(offset, offset + 1);
                } catch (final PoisonException refused) {
                    thrown = refused;
                    full = offset;
                }
            }
            assertTrue(full > SMALL / 2 && full <= SMALL, "full at " + full);
            assertEquals(List.of(new ByteRange(full, 64)), thrown.ranges());
            assertTrue(thrown.getCause().getMessage().contains("is the file system full, and the region sparse?"),
                thrown.toString());
            assertTrue(thrown.getMessage().contains("is the file system full"), thrown.toString());
            final long page = full;
            assertThrows(PoisonException.class, () -> region.putLong(page, 1));
            assertThrows(PoisonException.class, () -> region.getLong(page + 64), "not mapped");
            for (long offset = 0; offset < full; offset += PAGE) {
                assertEquals(offset + 1, region.getLong(offset));
            }
            assertFalse(region.poison().isClean());
        }
    }

    private static void createOnFullSystem(final Path path) throws IOException {
        final FileSystemException thrown =
            assertThrows(FileSystemException.class, () -> Region.builder(path).size(2 * SMALL).open());
        assertTrue(thrown.getMessage().contains(path.toString()), thrown.getMessage());
        assertTrue(thrown.getMessage().contains("cannot reserve " + 2 * SMALL + " bytes"), thrown.getMessage());
        assertTrue(thrown.getMessage().contains("ENOSPC"), thrown.getMessage());
        assertFalse(Files.exists(path));
        try (Region region = Region.builder(path).size(SMALL / 2).open()) {
            region.fill(0, region.size(), (byte) 1);
        }
    }

    private static void openExistingOnFullSystem(final Path path) throws IOException {
        try (Region region = Region.builder(path).size(2 * SMALL).sparse(true).open()) {
            region.fill(0, SMALL / 2, (byte) 7);
        }
        final byte[] before = Files.readAllBytes(path);
        final FileSystemException thrown =
            assertThrows(FileSystemException.class, () -> Region.builder(path).open());
        assertTrue(thrown.getMessage().contains("ENOSPC"), thrown.getMessage());
        assertArrayEquals(before, Files.readAllBytes(path));
        try (Region region = Region.builder(path).sparse(true).open()) {
            assertEquals(7, region.getByte(SMALL / 2 - 1));
        }
    }

    private static void openOnReadOnlySystem(final Path path) throws IOException {
        final byte[] before = Files.readAllBytes(path);
        final FileSystemException existing =
            assertThrows(FileSystemException.class, () -> Region.builder(path).open());
        assertTrue(existing.getMessage().contains("EROFS (read-only file system)"), existing.getMessage());
        final Path absent = path.resolveSibling("absent");
        final FileSystemException creating =
            assertThrows(FileSystemException.class, () -> Region.builder(absent).size(PAGE).open());
        assertTrue(creating.getMessage().contains("EROFS (read-only file system)"), creating.getMessage());
        assertTrue(creating.getMessage().contains(absent.toString()), creating.getMessage());
        try (Region region = Region.builder(path).readOnly(true).open()) {
            assertEquals(0, region.getLong(PAGE));
        }
        assertArrayEquals(before, Files.readAllBytes(path));
    }

    /** The file and the folder are this user's, who has no privileges, so their mode bits count. */
    private static void openWithoutPermission(final Path folder) throws IOException {
        final Path path = folder.resolve("forbidden");
        final AccessDeniedException opening =
            assertThrows(AccessDeniedException.class, () -> Region.builder(path).open());
        assertTrue(opening.getMessage().contains(path.toString()), opening.getMessage());
        assertTrue(opening.getMessage().contains("EACCES (permission denied)"), opening.getMessage());
        assertThrows(AccessDeniedException.class, () -> Region.builder(path).readOnly(true).open());
        final Path readable = folder.resolve("readable");
        assertThrows(AccessDeniedException.class, () -> Region.builder(readable).open());
        try (Region region = Region.builder(readable).readOnly(true).open()) {
            assertEquals(PAGE, region.size());
        }
        assertEquals("r--r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(readable)));
        assertThrows(AccessDeniedException.class,
            () -> Region.builder(folder.resolve("absent")).size(PAGE).open());
        assertFalse(Files.exists(folder.resolve("absent")));
    }

    private static void openLocked(final Path path) {
        final IOException thrown = assertThrows(IOException.class, () -> Region.builder(path).open());
        assertEquals(path + ": another region, here or in another process, has the file open; close that one first",
            thrown.getMessage());
        assertThrows(IOException.class, () -> Region.builder(path).readOnly(true).open());
    }
}
