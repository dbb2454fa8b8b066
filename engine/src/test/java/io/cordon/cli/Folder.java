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
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A directory with a region in it, and what its files were.
 *
 * @param path the directory.
 */
record Folder(Path path) {
    static final int SIZE = 1 << 20;
    private static final int WORD = Long.BYTES;

    Path region() {
        return path.resolve("orders.dat");
    }

    /** What is stored at an offset. */
    static long word(final long offset) {
        return offset * 0x9E37_79B9_7F4A_7C15L | 1;
    }

    /** Makes a region that is full of words, on an ordinary file. */
    Path makeRegion() throws IOException {
        try (Region region = Region.builder(region()).size(SIZE).media(Media.file()).open()) {
            fill(region);
        }
        return region();
    }

    static void fill(final Region region) throws IOException {
        for (long offset = 0; offset < region.size(); offset += WORD) {
            region.putLong(offset, word(offset));
        }
        region.persist();
    }

    /** Opens the region as its service would after a drill. */
    Region open() throws IOException {
        return Region.builder(region()).media(SimulatedMedia.isRemembered(region()) ? Media.simulated() : Media.file())
            .open();
    }

    /** How many words are refused; what is not has what was stored. Laws 1, 3 and 4. */
    static long refusedWords(final Region region) {
        long refused = 0;
        for (long offset = 0; offset < region.size(); offset += WORD) {
            try {
                if (region.getLong(offset) != word(offset)) {
                    throw new AssertionError("at " + offset + ": " + Long.toHexString(region.getLong(offset)));
                }
            } catch (PoisonException _) {
                refused++;
            }
        }
        return refused;
    }

    /** All files and what is in them. */
    Map<String, Integer> snapshot() throws IOException {
        final Map<String, Integer> files = new TreeMap<>();
        try (Stream<Path> list = Files.walk(path)) {
            for (final Path file : list.toList()) {
                files.put(path.relativize(file).toString(),
                    Files.isRegularFile(file) ? Arrays.hashCode(Files.readAllBytes(file)) : 0);
            }
        }
        return files;
    }
}
