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

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The page that says what the kept results show against the numbers of the design: shortfalls first, nothing typed by
 * hand, the same results always the same page.
 */
final class ResultsPage {
    static final String RESULTS = "results.json";
    static final String ENVIRONMENT = "environment.txt";

    private static final JsonMapper MAPPER = new JsonMapper();
    private static final double FAULT_BOUND = 50;
    /** Opening 1 TiB: in milliseconds, and in MiB that become resident. */
    private static final double OPEN_BOUND = 50;
    private static final double RESIDENT_BOUND = 16;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double MIB = 1 << 20;
    /** An object takes 16 bytes or more; what is below one byte an operation is the harness. */
    private static final double NO_BYTES = 1;
    /** The harness allocates tens of kilobytes a second: in a longer operation an object would not stand out. */
    private static final double COUNTED_NANOS = 10_000;
    private static final double NOISE = 0.10;
    private static final double SMALL_COPY = 64;

    private ResultsPage() {
    }

    /** A row of the design's table of numbers; the key sorts. */
    private enum Row {
        FIELD("One load or store, region in an instance field"),
        STATIC("One load or store, region in a static final"),
        RANDOM("Random 8-byte loads"),
        BLOCK("Loop over a block through `readAsLong`"),
        BULK("Bulk get and put"),
        ELSEWHERE("Poisoned lines elsewhere in the region"),
        OTHER("Poisoned lines in another region; the ratio is to the same access with no poison anywhere"),
        FAULT("Fault to exception, in simulation"),
        RECOVERY("Recovery of one page; base is the same bytes and syncs, of the page and the journal, by hand"),
        PERSIST("`persist`; base is `MappedByteBuffer.force`. The design's bound is for `MAP_SYNC`"),
        OPEN("Opening a region of 1 GiB; base is the file mapped. The design names no bound"),
        ATOMIC("Atomic updates; the design names no bound");

        private final String title;

        Row(final String title) {
            this.title = title;
        }
    }

    /** What JMH says of one benchmark with one set of parameters. */
    private record Score(String type, String method, SequencedMap<String, String> parameters, double value,
        double error, Map<String, Double> percentiles, double bytes, double resident) {
        static Score of(final JsonNode node) {
            final String name = node.get("benchmark").asText();
            final int dot = name.lastIndexOf('.');
            final SequencedMap<String, String> parameters = new LinkedHashMap<>();
            if (node.has("params")) {
                new TreeMap<>(node.get("params").properties().stream()
                    .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().asText())))
                    .forEach(parameters::put);
            }
            final JsonNode metric = node.get("primaryMetric");
            final Map<String, Double> percentiles = new TreeMap<>();
            metric.get("scorePercentiles").properties()
                .forEach(entry -> percentiles.put(entry.getKey(), entry.getValue().asDouble()));
            // A run of too few iterations has the string NaN.
            return new Score(name.substring(name.lastIndexOf('.', dot - 1) + 1, dot), name.substring(dot + 1),
                parameters, metric.get("score").asDouble(), number(metric.get("scoreError")), percentiles,
                number(node.path("secondaryMetrics").path("gc.alloc.rate.norm").path("score")),
                largest(node.path("secondaryMetrics").path("resident").path("rawData")));
        }

        /** Of all iterations of all forks; NaN if there are none. */
        private static double largest(final JsonNode rawData) {
            double largest = Double.NaN;
            for (final JsonNode fork : rawData) {
                for (final JsonNode iteration : fork) {
                    largest = largest >= iteration.asDouble() ? largest : iteration.asDouble();
                }
            }
            return largest;
        }

        private static double number(final JsonNode node) {
            return node.isNumber() ? node.asDouble() : Double.NaN;
        }

        String key() {
            return type + "." + method + parameters;
        }

        String poison() {
            return parameters.getOrDefault("poison", "clean");
        }

        /** The key of the score to compare with. */
        String partner() {
            final SequencedMap<String, String> same = new LinkedHashMap<>(parameters);
            if (poison().equals("other")) {
                same.put("poison", "clean");
                return type + "." + method + same;
            }
            same.remove("poison");
            return type + ".raw" + method.substring("region".length()) + same;
        }

        String label() {
            final StringBuilder label = new StringBuilder(type.replace("Benchmark", "")).append(' ')
                .append(method.replaceFirst("^region", ""));
            parameters.forEach((name, value) -> {
                if (name.equals("poison")) {
                    label.append(value.equals("clean") ? "" : ", poison " + value);
                } else if (COUNTS.contains(name)) {
                    label.append(", ").append(value).append(' ').append(name);
                } else if (name.equals("bytes")) {
                    label.append(", ").append(bytes(value));
                } else {
                    label.append(", ").append(name).append(' ').append(bytes(value));
                }
            });
            return label.toString();
        }

        private static String bytes(final String value) {
            final long count = Long.parseLong(value);
            for (final Map.Entry<String, Integer> unit : UNITS.entrySet()) {
                if (count >= 1L << unit.getValue() && count % (1L << unit.getValue()) == 0) {
                    return (count >> unit.getValue()) + unit.getKey();
                }
            }
            return count + " B";
        }
    }

    /** Parameters that count what their name says. */
    private static final Set<String> COUNTS = Set.of("pages", "lines");
    private static final SequencedMap<String, Integer> UNITS = units();

    private static SequencedMap<String, Integer> units() {
        final SequencedMap<String, Integer> units = new LinkedHashMap<>();
        units.put(" GiB", 30);
        units.put(" MiB", 20);
        units.put(" KiB", 10);
        return units;
    }

    /** One line of a table. A bound of NaN: nothing to meet. Intervals are those of JMH, 99.9 %. */
    private record Line(Row row, Score base, Score score, double bound) {
        double ratio() {
            return score.value / base.value;
        }

        /** Of the ratio, to first order. */
        double error() {
            return ratio() * Math.hypot(score.error / score.value, base.error / base.value);
        }

        /** Neither met nor missed: an interval as wide as this says nothing. */
        boolean isNoise() {
            return !(error() <= NOISE * ratio());
        }

        boolean isMissed() {
            // "Unaffected" has no margin: only what is worse by more than the error counts.
            return row == Row.OTHER ? ratio() - error() > bound : ratio() > bound;
        }

        boolean isShort() {
            return !Double.isNaN(bound) && (isNoise() || isMissed());
        }

        String verdict() {
            if (Double.isNaN(bound)) {
                return "";
            }
            if (isNoise()) {
                return "**too noisy to tell**";
            }
            final boolean sure = Math.abs(ratio() - bound) > error();
            return (isMissed() ? "**missed**" : "met") + (sure || row == Row.OTHER ? "" : ", within error");
        }

        String markdown() {
            final String limit = Double.isNaN(bound) ? "" : format("≤ %.2f", bound);
            return format("| %s | %s | %s | %.3f (%.3f to %.3f) | %s | %s |%n", score.label(), withError(base),
                withError(score), ratio(), ratio() - error(), ratio() + error(), limit, verdict());
        }
    }

    private static String format(final String format, final Object... values) {
        return String.format(Locale.ROOT, format.replace("%n", "\n"), values);
    }

    private static String withError(final Score score) {
        return format("%.3f ± %.3f", score.value, score.error);
    }

    private static final String HEADER = """
        | case | base, ns | region, ns | ratio | bound | |
        |---|---|---|---|---|---|
        """;

    /** Writes the page over all results under a directory, the newest first. */
    static Path write(final Path directory) throws IOException {
        final StringBuilder page = new StringBuilder("""
            # What the benchmarks show

            Written by `bench/measure page` from the results beside it; do not edit. Base is the raw `MemorySegment`
            access of the same shape, unless a table says otherwise. Scores are means with JMH's 99.9 % error; a ratio
            has the interval that follows from both errors. "Within error": the interval holds the bound. "Too noisy to
            tell": the interval is wider than 10 % of the ratio to either side, which counts as a shortfall.
            """);
        for (final Path run : runs(directory)) {
            append(page, run);
        }
        final Path file = directory.resolve("README.md");
        Files.createDirectories(directory);
        Files.writeString(file, page);
        return file;
    }

    private static List<Path> runs(final Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (var entries = Files.list(directory)) {
            return entries.filter(entry -> Files.exists(entry.resolve(RESULTS)))
                .sorted(Comparator.comparing((Path entry) -> entry.getFileName().toString()).reversed()).toList();
        }
    }

    private static void append(final StringBuilder page, final Path run) throws IOException {
        page.append("\n## ").append(run.getFileName()).append("\n\n```\n")
            .append(Files.readString(run.resolve(ENVIRONMENT))).append("```\n");
        final SequencedMap<String, Score> scores = new LinkedHashMap<>();
        for (final JsonNode node : MAPPER.readTree(run.resolve(RESULTS).toFile())) {
            final Score score = Score.of(node);
            scores.put(score.key(), score);
        }
        final List<Line> lines = lines(scores);
        final List<Line> missed = lines.stream().filter(Line::isShort)
            .sorted(Comparator.comparingDouble((Line line) -> line.ratio() / line.bound).reversed()).toList();
        page.append("\n### Shortfalls\n\n");
        final List<Score> slow = scores.values().stream().filter(ResultsPage::isSlowFault).toList();
        final List<Score> allocating = scores.values().stream()
            .filter(score -> excess(score, scores) >= NO_BYTES).toList();
        final List<Score> large = scores.values().stream().filter(ResultsPage::isSlowOpen).toList();
        if (missed.isEmpty() && slow.isEmpty() && allocating.isEmpty() && large.isEmpty()) {
            page.append("None among what was measured.\n");
        }
        if (!missed.isEmpty()) {
            page.append(HEADER);
            missed.forEach(line -> page.append(line.markdown()));
        }
        slow.forEach(score -> page.append(
            format("%n- %s: p99 %.1f µs, bound %.0f µs%n", score.method, score.percentiles.get("99.0"), FAULT_BOUND)));
        large.forEach(score -> page.append(format(
            "%n- %s: %.1f ms and %.1f MiB resident, bounds %.0f ms and %.0f MiB%n",
            score.label(), score.value / NANOS_PER_MILLI, score.resident / MIB, OPEN_BOUND, RESIDENT_BOUND)));
        allocating.forEach(score -> page.append(
            format("%n- %s allocates %.1f B/op%n", score.label(), score.bytes)));
        for (final Row row : Row.values()) {
            table(page, row, lines, scores);
        }
        whole(page, scores);
        allocation(page, scores);
        controls(page, scores);
    }

    private static List<Line> lines(final SequencedMap<String, Score> scores) {
        final List<Line> lines = new ArrayList<>();
        for (final Score score : scores.values()) {
            final Score base = score.method.startsWith("region") && !score.type.startsWith("Control")
                ? scores.get(score.partner()) : null;
            if (base != null) {
                final Row row = row(score);
                lines.add(new Line(row, base, score, bound(row, score)));
            }
        }
        return lines;
    }

    private static Row row(final Score score) {
        return switch (score.poison()) {
            case "elsewhere" -> Row.ELSEWHERE;
            case "other" -> Row.OTHER;
            default -> switch (score.type) {
                case "RandomLoadBenchmark" -> Row.RANDOM;
                case "BlockReadBenchmark" -> Row.BLOCK;
                case "BulkCopyBenchmark" -> Row.BULK;
                case "RecoveryBenchmark" -> Row.RECOVERY;
                case "PersistBenchmark" -> Row.PERSIST;
                case "OpenBenchmark" -> Row.OPEN;
                default -> score.method.contains("And") ? Row.ATOMIC
                    : score.method.endsWith("Static") ? Row.STATIC : Row.FIELD;
            };
        };
    }

    /** Section 7 of the design. */
    private static double bound(final Row row, final Score score) {
        return switch (row) {
            case FIELD, OTHER -> 1.00;
            case STATIC -> 1.05;
            case RANDOM -> 1.03;
            case BLOCK -> 1.02;
            case BULK -> Double.parseDouble(score.parameters.get("length")) <= SMALL_COPY ? 1.05 : 1.01;
            case ELSEWHERE -> 1.30;
            case RECOVERY -> 1.50;
            default -> Double.NaN;
        };
    }

    private static void table(
        final StringBuilder page, final Row row, final List<Line> lines, final Map<String, Score> scores) {
        page.append("\n### ").append(row.title).append("\n\n");
        final List<Line> own = lines.stream().filter(line -> line.row == row).toList();
        final List<Score> faults = scores.values().stream()
            .filter(score -> row == Row.FAULT && score.type.startsWith("Fault")).toList();
        if (own.isEmpty() && faults.isEmpty()) {
            page.append("Not measured in this run.\n");
        } else if (!faults.isEmpty()) {
            page.append("| case | p50, µs | p99, µs | p99.99, µs | bound | |\n|---|---|---|---|---|---|\n");
            faults.forEach(score -> page.append(format("| %s | %.1f | %.1f | %.1f | %s | %s |%n", score.method,
                score.percentiles.get("50.0"), score.percentiles.get("99.0"), score.percentiles.get("99.99"),
                format("p99 ≤ %.0f", FAULT_BOUND), isSlowFault(score) ? "**missed**" : "met")));
        } else {
            page.append(HEADER);
            own.forEach(line -> page.append(line.markdown()));
        }
    }

    private static boolean isSlowFault(final Score score) {
        return score.type.startsWith("Fault") && score.percentiles.get("99.0") > FAULT_BOUND;
    }

    private static boolean isWhole(final Score score) {
        return score.method.equals("regionStorm") || score.method.startsWith("regionOpen");
    }

    private static boolean isBoundedOpen(final Score score) {
        return score.method.equals("regionOpenSparse");
    }

    private static boolean isSlowOpen(final Score score) {
        return isBoundedOpen(score)
            && !(score.value <= OPEN_BOUND * NANOS_PER_MILLI && score.resident <= RESIDENT_BOUND * MIB);
    }

    /** What is not compared with anything. */
    private static void whole(final StringBuilder page, final SequencedMap<String, Score> scores) {
        page.append("\n### Opening, and a storm of poisoned pages\n\n");
        final List<Score> measured = scores.values().stream().filter(ResultsPage::isWhole).toList();
        if (measured.isEmpty()) {
            page.append("Not measured in this run.\n");
            return;
        }
        page.append("""
            "OpenSparse" is a region of 1 TiB that is all hole, "OpenLost" one with that many lost lines. "Resident" is
            the most that the process grew by while it opened one, its first included. The storm ends when all that is
            lost is known durably; "each" is its part for one page.

            | case | ms | each, µs | resident, MiB | bound | |
            |---|---|---|---|---|---|
            """);
        measured.forEach(score -> page.append(format("| %s | %.3f ± %.3f | %s | %s | %s | %s |%n", score.label(),
            score.value / NANOS_PER_MILLI, score.error / NANOS_PER_MILLI,
            score.parameters.containsKey("pages") ? format("%.1f",
                score.value / Double.parseDouble(score.parameters.get("pages")) / 1000) : "",
            Double.isNaN(score.resident) ? "" : format("%.1f", score.resident / MIB),
            isBoundedOpen(score) ? format("≤ %.0f ms, ≤ %.0f MiB", OPEN_BOUND, RESIDENT_BOUND) : "",
            isBoundedOpen(score) ? isSlowOpen(score) ? "**missed**" : "met" : "")));
    }

    /** Bytes that a call allocates beyond what its partner does. */
    private static double excess(final Score score, final Map<String, Score> scores) {
        final Score base = score.method.startsWith("region") ? scores.get(score.partner()) : null;
        return base == null || score.value > COUNTED_NANOS ? 0 : score.bytes - Math.max(0, base.bytes);
    }

    private static void allocation(final StringBuilder page, final SequencedMap<String, Score> scores) {
        page.append("\n### Bytes allocated on the heap by a fast-path call\n\n");
        final List<Score> measured = scores.values().stream()
            .filter(score -> score.method.startsWith("region") && !Double.isNaN(score.bytes)).toList();
        final List<Score> counted = measured.stream().filter(score -> score.value <= COUNTED_NANOS).toList();
        if (counted.isEmpty()) {
            page.append("Not measured in this run.\n");
            return;
        }
        final long none = counted.stream().filter(score -> excess(score, scores) < NO_BYTES).count();
        page.append(format("%d of %d cases allocate nothing: less than a byte a call more than the raw access, where "
            + "the smallest object has 16. %d cases of more than %.0f µs a call are not counted: what the harness "
            + "allocates hides an object there.%n",
            none, counted.size(), measured.size() - counted.size(), COUNTED_NANOS / 1000));
    }

    private static void controls(final StringBuilder page, final SequencedMap<String, Score> scores) {
        page.append("\n### Controls\n\n");
        final List<Score> controls =
            scores.values().stream().filter(score -> score.type.startsWith("Control")).toList();
        if (controls.isEmpty()) {
            page.append("Not measured in this run.\n");
            return;
        }
        page.append("| case | ns |\n|---|---|\n");
        controls.forEach(score -> page.append(format("| %s | %s |%n", score.method, withError(score))));
    }
}
