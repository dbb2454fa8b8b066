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
package io.cordon.bench.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/**
 * What one run left: {@code environment.txt}; JMH's own JSON, one file a round ({@code jmh-1.json}, ...) or, of older
 * runs, all in {@code results.json}; the null benchmark's before and after; the latency recorder's files.
 *
 * @param name         of the folder.
 * @param environment  its lines, by what stands before the colon.
 * @param measurements by key, in the order of the first file.
 * @param nulls        the null benchmark: all forks, before and after; empty of older runs.
 * @param tails        null if none were recorded.
 * @param failed       a line for each fork that failed, beginning with the benchmark's key and a comma.
 */
record ResultFolder(
    String name, SequencedMap<String, String> environment, SequencedMap<String, Measurement> measurements,
    Collection<Measurement> nulls, Tails tails, List<String> failed) {
    static final String ENVIRONMENT = "environment.txt";
    static final String NULL_BEFORE = "null-before.json";
    static final String NULL_AFTER = "null-after.json";
    /** A line for each fork that failed; not there if none did. */
    static final String FAILED = "failed.txt";
    static final String DIRTY = " and uncommitted changes";

    /** Parameters of a region when nothing is lost anywhere. */
    private static final Map<String, String> WITHOUT = Map.of("poison", "clean", "lost", "0");
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final String ROUNDS = "(results|jmh-\\d+)\\.json";

    static String roundFile(final int round) {
        return "jmh-" + round + ".json";
    }

    static boolean isOne(final Path folder) {
        return Files.exists(folder.resolve(ENVIRONMENT));
    }

    /** All under a directory, the newest first. Names begin with the date, and end with a number from the second on. */
    static List<ResultFolder> readAll(final Path directory) throws IOException {
        final List<ResultFolder> folders = new ArrayList<>();
        try (var entries = Files.list(directory)) {
            for (final Path folder : entries.filter(ResultFolder::isOne).toList()) {
                folders.add(read(folder));
            }
        }
        folders.sort(Comparator.comparing((ResultFolder folder) -> folder.environment.getOrDefault("date", ""))
            .thenComparing(ResultFolder::name).reversed());
        return folders;
    }

    /**
     * Reads one.
     *
     * @throws IOException if it is none, or a file of it is not what it should be.
     */
    static ResultFolder read(final Path folder) throws IOException {
        if (!isOne(folder)) {
            throw new IOException(folder + " is no folder of results: it has no " + ENVIRONMENT);
        }
        final List<Path> rounds;
        try (var entries = Files.list(folder)) {
            rounds = entries.filter(file -> file.getFileName().toString().matches(ROUNDS))
                .sorted(Comparator.comparing((Path file) -> file.getFileName().toString().length())
                    .thenComparing(Comparator.naturalOrder())).toList();
        }
        final List<Path> nulls = List.of(folder.resolve(NULL_BEFORE), folder.resolve(NULL_AFTER));
        return new ResultFolder(folder.toAbsolutePath().normalize().getFileName().toString(), environment(folder),
            measurements(rounds), measurements(nulls.stream().filter(Files::exists).toList()).values(),
            Tails.read(folder),
            Files.exists(folder.resolve(FAILED)) ? Files.readAllLines(folder.resolve(FAILED)) : List.of());
    }

    private static SequencedMap<String, String> environment(final Path folder) throws IOException {
        return lines(Files.readString(folder.resolve(ENVIRONMENT)));
    }

    /** By what stands before the colon. */
    static SequencedMap<String, String> lines(final String text) {
        final SequencedMap<String, String> lines = new LinkedHashMap<>();
        text.lines().forEach(line -> {
            final int colon = line.indexOf(": ");
            if (colon > 0) {
                lines.put(line.substring(0, colon), line.substring(colon + 2));
            }
        });
        return lines;
    }

    private static SequencedMap<String, Measurement> measurements(final List<Path> files) throws IOException {
        final SequencedMap<String, Measurement> measurements = new LinkedHashMap<>();
        for (final Path file : files) {
            for (final JsonNode node : MAPPER.readTree(file.toFile())) {
                final Measurement measurement = Measurement.of(node);
                measurements.merge(measurement.key(), measurement, Measurement::and);
            }
        }
        return measurements;
    }

    /** Whether the numbers belong to no commit. */
    boolean isDirty() {
        return !environment.getOrDefault("commit", "").matches("[0-9a-f]{40}");
    }

    /** Whether a fork of it failed. */
    boolean hasFailed(final Measurement measurement) {
        return failed.stream().anyMatch(line -> line.startsWith(measurement.key() + ","));
    }

    String profile() {
        return environment.getOrDefault("profile", "unknown");
    }

    /** Whether the measured files lay on memory that can be mapped with MAP_SYNC; the design's bound is for that. */
    boolean hasMapSync() {
        return environment.getOrDefault("map sync", "no").startsWith("yes");
    }

    /**
     * The noise of the machine: how far the forks of code that does the same differ at the most, over their mean.
     * NaN if it was not measured.
     */
    double noise() {
        return nulls.stream().mapToDouble(ResultFolder::spread).max().orElse(Double.NaN);
    }

    static double spread(final Measurement measurement) {
        final var statistics = measurement.forks().stream().mapToDouble(Double::doubleValue).summaryStatistics();
        return (statistics.getMax() - statistics.getMin()) / statistics.getAverage();
    }

    /**
     * What a measurement is compared with: the raw access of the same class, doing and parameters; for poison in
     * another region, the same access without any; for a structure of ours, the tree that does the same; for a region's
     * window as Agrona sees it, Agrona's own buffer. Null if there is none.
     */
    Measurement base(final Measurement measurement) {
        final boolean other = measurement.poison().equals("other");
        final String tree = "tree" + Character.toUpperCase(measurement.method().charAt(0))
            + measurement.method().substring(1);
        final String unsafe = measurement.method().replaceFirst("^window(?=[A-Z])", "unsafe");
        return measurement.isRaw() ? null : measurements.values().stream()
            .filter(base -> base != measurement && base.type().equals(measurement.type()))
            .filter(base -> other && measurement.isRegion() ? base.method().equals(measurement.method())
                : Set.of(tree, unsafe).contains(base.method())
                    || base.isRaw() && measurement.method().endsWith(base.what()))
            .filter(base -> agree(base, measurement, other))
            // Of rawLoad and rawManyLoad, the base of unsafeManyLoad is the second.
            .max(Comparator.comparingInt(base -> base.method().length())).orElse(null);
    }

    private static boolean agree(final Measurement base, final Measurement measurement, final boolean other) {
        for (final Map.Entry<String, String> entry : base.parameters().entrySet()) {
            final String own = measurement.parameters().get(entry.getKey());
            if (!entry.getValue().equals(other ? WITHOUT.getOrDefault(entry.getKey(), own) : own)) {
                return false;
            }
        }
        return true;
    }
}
