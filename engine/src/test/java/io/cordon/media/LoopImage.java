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
package io.cordon.media;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A file system of its own on the only partition of a loop device over an image file, so that the bytes that FIEMAP
 * points at can be read in the image. Needs root, /dev/loop-control and the mkfs of the file system; says so where
 * they are missing.
 */
final class LoopImage implements AutoCloseable {
    /** Where the partition begins in the image. */
    static final long START = 1 << 20;

    private static final Path LOOP_CONTROL = Path.of("/dev/loop-control");
    private static final int SECTOR = 512;

    private final Path image;
    private final Path mount;
    private final Deque<List<String>> undo = new ArrayDeque<>();

    private LoopImage(final Path directory) throws IOException {
        this.image = directory.resolve("image");
        this.mount = Files.createDirectory(directory.resolve("mount"));
    }

    /**
     * Makes and mounts one.
     *
     * @param directory an empty directory on a disk with room.
     * @param size      of the partition in bytes; only what is written takes room.
     * @param mkfs      the command, without the device.
     */
    static LoopImage create(final Path directory, final long size, final String... mkfs) throws IOException {
        final LoopImage made = new LoopImage(directory);
        try {
            try (RandomAccessFile file = new RandomAccessFile(made.image.toFile(), "rw")) {
                file.setLength(START + size);
            }
            final String device = run("losetup", "--find", "--show", made.image.toString()).trim();
            made.undo.push(List.of("losetup", "--detach", device));
            // Told to the kernel directly: not every kernel reads partition tables.
            run("addpart", device, "1", Long.toString(START / SECTOR), Long.toString(size / SECTOR));
            made.undo.push(List.of("delpart", device, "1"));
            final String partition = device + "p1";
            final List<String> command = new ArrayList<>(List.of(mkfs));
            command.add(partition);
            run(command.toArray(String[]::new));
            run("mount", partition, made.mount.toString());
            made.undo.push(List.of("umount", made.mount.toString()));
            return made;
        } catch (final IOException | AssertionError failure) {
            try (made) {
                throw failure;
            }
        }
    }

    static String run(final String... command) throws IOException {
        final String text = String.join(" ", command);
        final Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (final IOException failure) {
            throw new AssertionError("this test needs " + command[0]
                + " (packages util-linux, mount, e2fsprogs, xfsprogs): " + failure.getMessage(), failure);
        }
        final String output = new String(process.getInputStream().readAllBytes());
        try {
            if (process.waitFor() != 0) {
                throw new AssertionError("'" + text + "' ended with " + process.exitValue() + ": " + output
                    + "; this test needs root and free loop devices; here user " + System.getProperty("user.name")
                    + ", and /dev/loop-control is " + (Files.exists(LOOP_CONTROL) ? "there" : "missing"));
            }
        } catch (final InterruptedException interrupted) {
            throw new AssertionError(text, interrupted);
        }
        return output;
    }

    /** Where files can be made. */
    Path mount() {
        return mount;
    }

    /** What is in the image at a place of the partition, after all that is dirty was written. */
    byte[] read(final long offset, final int length) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "r")) {
            final byte[] bytes = new byte[length];
            file.seek(START + offset);
            file.readFully(bytes);
            return bytes;
        }
    }

    @Override
    public void close() throws IOException {
        while (!undo.isEmpty()) {
            run(undo.pop().toArray(String[]::new));
        }
    }
}
