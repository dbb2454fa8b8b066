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
package io.cordon.kernel;

import io.cordon.Region;
import io.cordon.linux.Libc;
import io.cordon.media.Media;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * The file system that a case runs on, and the device under it.
 *
 * @param folder on the file system.
 * @param clears whether the device clears poison when it is written.
 */
record Ground(Path folder, boolean clears) {
    static final int SECTOR = 512;
    static final int LINE = 64;
    static final int PAGE = 4096;
    private static final int MADV_HWPOISON = 100;

    /** The medium under test: the one place to change when there is another. */
    static Media media() {
        return Media.dax();
    }

    /** Whether that medium finds the healthy sectors of a page that has a bad one; pread gives nothing of the page. */
    static boolean salvagesSectors() {
        return true;
    }

    /** Whether memory is persistent only because the kernel's command line says so; then nobody notes its errors. */
    boolean isLegacy() throws IOException {
        return Files.readString(Path.of("/sys/bus/nd/devices/ndbus0/provider")).trim().equals("e820");
    }

    /** A new region, each word of which says where it is. */
    Region create(final String name, final long size) throws IOException {
        final Region region = Region.builder(folder.resolve(name)).size(size).media(media()).open();
        for (long offset = 0; offset < size; offset += Long.BYTES) {
            region.putLong(offset, contentAt(offset));
        }
        region.persist();
        return region;
    }

    /** A region that is there. */
    static Region open(final Path path) throws IOException {
        return Region.builder(path).media(media()).open();
    }

    /** What the word at an offset holds. */
    static long contentAt(final long offset) {
        return (offset + 1) * 0x9E37_79B9_7F4A_7C15L;
    }

    /** The kernel's bad-block list of the device. */
    private Path badBlocks() throws IOException {
        for (final String line : Files.readAllLines(Path.of("/proc/mounts"))) {
            final String[] words = line.split(" ");
            if (words[1].equals(folder.toString())) {
                return Path.of("/sys/block", Path.of(words[0]).getFileName().toString(), "badblocks");
            }
        }
        throw new IOException(folder + " is not mounted");
    }

    /** Makes the sector at an offset of a file bad, for everybody who maps or reads it anew. */
    void makeBad(final Path path, final long offset) throws IOException {
        Files.writeString(badBlocks(), Fiemap.physical(path, offset) / SECTOR + " 1\n", StandardOpenOption.WRITE);
        if (!isBad(path, offset)) {
            throw new IOException(path + ": the sector at " + offset + " did not go bad");
        }
    }

    /** Whether the kernel knows that the sector at an offset of a file is bad. */
    boolean isBad(final Path path, final long offset) throws IOException {
        final long sector = Fiemap.physical(path, offset) / SECTOR;
        for (final String line : Files.readAllLines(badBlocks())) {
            final long[] words = Arrays.stream(line.trim().split(" ")).filter(word -> !word.isEmpty())
                .mapToLong(Long::parseLong).toArray();
            if (words.length == 2 && sector >= words[0] && sector < words[0] + words[1]) {
                return true;
            }
        }
        return false;
    }

    /** Lets memory fail under a live mapping: its page is unmapped everywhere, and the calling thread is signalled. */
    static void failMemory(final Region region, final long offset) {
        final int result = Libc.madvise(
            region.segment().address() + (offset & -PAGE), PAGE, MADV_HWPOISON);
        if (result != 0) {
            throw new AssertionError("MADV_HWPOISON: " + result);
        }
    }

    /** A file system that met an error in the wrong place shuts down, and nothing can be written to it any more. */
    void checkFileSystem(final String name) throws IOException {
        final Path file = folder.resolve(name + ".after");
        Files.writeString(file, name, StandardOpenOption.CREATE, StandardOpenOption.SYNC);
        if (!Files.readString(file).equals(name)) {
            throw new AssertionError(file + " reads as " + Files.readString(file));
        }
    }

    /** What the kernel's release begins with, as a number: 6012 for 6.12. */
    static int kernel() throws IOException {
        final String[] words = Files.readString(Path.of("/proc/sys/kernel/osrelease")).split("[.-]");
        return Integer.parseInt(words[0]) * 1000 + Integer.parseInt(words[1]);
    }
}
