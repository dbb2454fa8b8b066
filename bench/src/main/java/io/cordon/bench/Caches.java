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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The sizes of this machine's data caches, and working sets that lie well within each and far beyond all.
 */
final class Caches {
    private static final Path SYSFS = Path.of("/sys/devices/system/cpu/cpu0/cache");
    /** Of a machine that does not say. */
    private static final Map<Integer, Long> USUAL = Map.of(1, 32L << 10, 2, 1L << 20, 3, 32L << 20);
    private static final long FAR = 1L << 30;
    private static final long TIMES_BEYOND = 16;

    private Caches() {
    }

    /** The cache's level and its size in bytes, ascending. */
    private static Map<Integer, Long> sizes() throws IOException {
        final Map<Integer, Long> sizes = new TreeMap<>(USUAL);
        if (Files.isDirectory(SYSFS)) {
            try (var caches = Files.newDirectoryStream(SYSFS, "index*")) {
                for (final Path cache : caches) {
                    if (!read(cache, "type").equals("Instruction")) {
                        sizes.put(Integer.valueOf(read(cache, "level")), bytes(read(cache, "size")));
                    }
                }
            }
        }
        return sizes;
    }

    private static String read(final Path cache, final String name) throws IOException {
        return Files.readString(cache.resolve(name)).strip();
    }

    /** Sysfs counts in K. */
    private static long bytes(final String size) {
        return Long.parseLong(size.replaceAll("\\D", "")) << (size.endsWith("M") ? 20 : 10);
    }

    /**
     * A power of two, at most half of that cache, so that the rest of the program fits beside it.
     *
     * @param level L1, L2, L3, or memory: 1 GiB, or 16 times the largest cache if that is more.
     */
    static long workingSet(final String level) throws IOException {
        final Map<Integer, Long> sizes = sizes();
        if (level.equals("memory")) {
            final long largest = sizes.values().stream().mapToLong(Long::longValue).max().orElseThrow();
            return Math.max(FAR, Long.highestOneBit(largest * TIMES_BEYOND));
        }
        if (!level.matches("L[123]")) {
            throw new IllegalArgumentException("level is L1, L2, L3 or memory, not " + level);
        }
        return Long.highestOneBit(sizes.get(level.charAt(1) - '0') / 2);
    }

    /** One line for the description of a machine: the working set of each level. */
    static String describe() throws IOException {
        final StringBuilder text = new StringBuilder();
        for (final String level : new String[] {"L1", "L2", "L3", "memory"}) {
            text.append(text.isEmpty() ? "" : ", ").append(level).append(' ')
                .append(workingSet(level) >> 10).append(" KiB");
        }
        return text.toString();
    }
}
