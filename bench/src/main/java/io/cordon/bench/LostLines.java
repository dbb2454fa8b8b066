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
package io.cordon.bench;

import io.cordon.Region;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Regions with many lost lines, in seconds: lines are lost when they cannot be made durable, and recorded one by one,
 * so that is done in memory, and the record is copied.
 */
final class LostLines {
    /** A folder where records are kept for the next fork that loses the same lines: 100,000 take seconds. */
    static final String KEPT_PROPERTY = "cordon.bench.kept";

    private static final String MEMORY = "/dev/shm";
    private static final int PAGE = 4096;
    private static final int LINE = 64;

    private LostLines() {
    }

    /**
     * Makes the first line lost of each of some pages of a file that no region has opened yet.
     *
     * @param file  is made as large as it must be, with a hole.
     * @param first page of them.
     * @param count how many pages, one after the other.
     */
    static void add(final Path file, final long first, final int count) throws IOException {
        final long size = (first + count) * PAGE;
        try (RandomAccessFile grown = new RandomAccessFile(file.toFile(), "rw")) {
            grown.setLength(Math.max(grown.length(), size));
        }
        Region.builder(file).sparse(true).open().close();
        if (count > 0) {
            final Path sidecar = file.resolveSibling(file.getFileName() + ".cordon");
            final String keeping = System.getProperty(KEPT_PROPERTY);
            final Path kept = keeping == null ? null
                : Path.of(keeping).resolve("lost-" + Files.size(file) + "-" + first + "-" + count);
            if (kept != null && Files.exists(kept)) {
                Files.copy(kept, sidecar, StandardCopyOption.REPLACE_EXISTING);
                return;
            }
            final Path folder = Files.createTempDirectory(Path.of(MEMORY), "cordon-bench-");
            final Path source = folder.resolve("region");
            lose(source, Files.size(file), first, count);
            Files.delete(sidecar);
            Files.copy(folder.resolve("region.cordon"), sidecar);
            if (kept != null) {
                Files.copy(sidecar, kept);
            }
            for (final String name : new String[] {"region", "region.cordon", "region.simulated"}) {
                Files.delete(folder.resolve(name));
            }
            Files.delete(folder);
        }
    }

    private static void lose(final Path file, final long size, final long first, final int count) throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = Region.builder(file).size(size).sparse(true).media(media).open()) {
            media.failPersist(true);
            for (long page = first; page < first + count; page++) {
                lose(region, page * PAGE);
            }
        }
    }

    private static void lose(final Region region, final long offset) {
        try {
            region.persist(offset, LINE);
        } catch (IOException _) {
            return;
        }
        throw new IllegalStateException("offset " + offset + " was made durable");
    }
}
