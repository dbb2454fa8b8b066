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
package io.cordon.fuse;

import io.cordon.linux.Libc;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A file on a file system whose disk fails as told, served by another process. Only that one file is on it: whatever
 * lies beside it is on the healthy disk below.
 */
final class FuseMount implements AutoCloseable {
    static final int PAGE = Libc.pageSize();

    private static final String SOURCE = "cordon-fuse-";
    private static final int EXIT_SECONDS = 60;

    private final Path file;
    private final Path disk;
    private final Path errors;
    private final Process child;
    private final BufferedWriter commands;
    private final BufferedReader answers;

    private FuseMount(final Path folder, final Process child) {
        this.file = folder.resolve("region");
        this.disk = folder.resolve("disk");
        this.errors = folder.resolve("errors");
        this.child = child;
        this.commands = child.outputWriter();
        this.answers = child.inputReader();
    }

    /** Mounts a file of zeroes in a folder, under the name region; what arrives on the disk is in the file disk. */
    static FuseMount mount(final Path folder, final long size) throws IOException {
        sweep();
        Files.createFile(folder.resolve("region"));
        try (RandomAccessFile disk = new RandomAccessFile(folder.resolve("disk").toFile(), "rw")) {
            disk.setLength(size);
        }
        final ProcessBuilder builder = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1", "-Xmx64m", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED",
            "-cp", System.getProperty("java.class.path"), FuseChild.class.getName(),
            folder.resolve("region").toString(), folder.resolve("disk").toString())
            .redirectError(folder.resolve("errors").toFile());
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
        final FuseMount mount = new FuseMount(folder, builder.start());
        final String answer = mount.answers.readLine();
        if (!"mounted".equals(answer)) {
            mount.close();
            throw new IOException("no FUSE here, so real media errors cannot be tested; -Dcordon.fuse=false leaves"
                + " these tests out. " + answer + "\n" + Files.readString(mount.errors));
        }
        return mount;
    }

    /** Unmounts what earlier runs left behind, whose test and server were both killed. */
    private static void sweep() throws IOException {
        for (final String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
            final String[] words = line.split(" ");
            if (words[0].startsWith(SOURCE)
                && ProcessHandle.of(Long.parseLong(words[0].substring(SOURCE.length()))).isEmpty()) {
                FuseCalls.unmount(Path.of(words[1]));
            }
        }
    }

    Path file() {
        return file;
    }

    /** What has arrived on the disk. */
    byte[] onDisk() throws IOException {
        return Files.readAllBytes(disk);
    }

    /** The sectors of a range can't be read any more, not even where they are cached or mapped. */
    void poison(final long offset, final long length) {
        tell("poison " + offset + " " + length);
    }

    /** The numbers of the sectors that can't be read, as a BitSet prints itself. */
    String bad() {
        return ask("bad");
    }

    /** The kernel forgets all cached pages, after writing the dirty ones. */
    void drop() {
        tell("drop");
    }

    /** Writes of the pages of a range fail. */
    void refuse(final long offset, final long length) {
        tell("refuse " + offset + " " + length);
    }

    /** Writes of the pages of a range succeed again. */
    void accept(final long offset, final long length) {
        tell("accept " + offset + " " + length);
    }

    /** Whether writes of whole pages succeed and cure nothing. */
    void pretend(final boolean on) {
        tell("pretend " + on);
    }

    /** Whether writes succeed and cure, and store nothing. */
    void lose(final boolean on) {
        tell("lose " + on);
    }

    /** Whether fsync(2) fails. */
    void failSync(final boolean on) {
        tell("failsync " + on);
    }

    /** Whether read(2) and write(2) of files that are opened from now on pass the page cache by. */
    void direct(final boolean on) {
        tell("direct " + on);
    }

    /** Whether the device is gone: all that reaches it fails with ENODEV, and nothing is cached. */
    void gone(final boolean on) {
        tell("gone " + on);
    }

    /** What an operation that fails fails with; EIO if nothing else is said. */
    void errno(final int number) {
        tell("errno " + number);
    }

    /** Everything works again; the content stays. */
    void heal() {
        tell("heal");
    }

    private void tell(final String command) {
        final String answer = ask(command);
        if (!answer.equals("done")) {
            throw new AssertionError("the file system answers " + answer + " to " + command);
        }
    }

    private synchronized String ask(final String command) {
        try {
            commands.write(command);
            commands.newLine();
            commands.flush();
            final String answer = answers.readLine();
            if (answer == null) {
                throw new AssertionError("the file system has ended:\n" + Files.readString(errors));
            }
            return answer;
        } catch (final IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            commands.close();
            if (!child.waitFor(EXIT_SECONDS, TimeUnit.SECONDS)) {
                child.destroyForcibly().waitFor();
            }
        } catch (final InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            // It has done so itself, unless it died.
            FuseCalls.unmount(file);
        }
    }
}
