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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Makes everything that is written from results: a page and pictures for each run, the page above them, the one
 * picture, and the block in the project's README. Nothing of it depends on anything but the results.
 *
 * <p>The page above speaks of one run alone, the newest of the strongest profile there is, so that all its numbers come
 * from one commit and one machine's one day. What that run did not measure is not measured, but for what takes
 * persistent memory: that may come from a run in an emulator, and is marked. A run with uncommitted changes is never
 * it, nor one of a profile that leaves rows out on purpose.
 */
final class Generator {
    static final String BEGIN = "<!-- results:begin -->";
    static final String END = "<!-- results:end -->";
    static final String PAGE = "README.md";
    static final String SUMMARY = "summary.svg";

    /** The strongest first. */
    private static final List<String> PROFILES = List.of("full", "rows", "quick");

    /** Runs where there is no persistent memory but an emulator's. */
    private static final String EMULATED = "emulated";

    private static final List<String> PROFILED =
        List.of("profiles/fast-path.html", "profiles/storm.html", "profiles/scrub.html");

    private Generator() {
    }

    /**
     * Makes the files.
     *
     * @param results the directory that has the folders of runs.
     * @param readme  the project's, which has the block; null for none.
     * @return what each file is to have.
     * @throws IOException if results cannot be read, or the README has no block.
     */
    static SortedMap<Path, String> generate(final Path results, final Path readme) throws IOException {
        final SortedMap<Path, String> files = new TreeMap<>();
        final List<ResultFolder> runs = ResultFolder.readAll(results);
        for (final ResultFolder run : runs) {
            final Page page = new Page(run);
            files.put(results.resolve(run.name()).resolve(PAGE), page.whole());
            page.pictures().forEach((name, picture) -> files.put(results.resolve(run.name()).resolve(name), picture));
        }
        final ResultFolder spoken = runs.stream().filter(Generator::counts)
            .min(Comparator.comparingInt(Generator::strength)).orElse(null);
        final ResultFolder emulated = runs.stream()
            .filter(run -> !run.isDirty() && run.profile().equals(EMULATED)).findFirst().orElse(null);
        final Page page = spoken == null ? null : new Page(spoken, emulated);
        files.put(results.resolve(PAGE), above(results, page, runs));
        if (page != null) {
            files.put(results.resolve(SUMMARY), page.summary());
        }
        if (readme != null) {
            files.put(readme, withBlock(readme, page));
        }
        return files;
    }

    /** Makes the files, and writes those that differ. */
    static void write(final Path results, final Path readme) throws IOException {
        for (final Map.Entry<Path, String> file : generate(results, readme).entrySet()) {
            if (!Files.exists(file.getKey()) || !Files.readString(file.getKey()).equals(file.getValue())) {
                Files.writeString(file.getKey(), file.getValue());
            }
        }
    }

    private static boolean counts(final ResultFolder run) {
        return !run.isDirty() && PROFILES.contains(run.profile());
    }

    private static int strength(final ResultFolder run) {
        return PROFILES.indexOf(run.profile());
    }

    /** Links to the flame graphs that are there. */
    private static String profiles(final Path results) {
        final String links = PROFILED.stream().filter(name -> Files.exists(results.resolve(name)))
            .map(name -> "[" + name + "](" + name + ")").collect(Collectors.joining(", "));
        return links.isEmpty() ? "" : "\nFlame graphs, by `bench/measure profile`: " + links + ".\n";
    }

    private static String above(
        final Path results, final Page own, final List<ResultFolder> runs) {
        final StringBuilder page = new StringBuilder("""
            # What the benchmarks show

            Written by `bench/measure page` from the results beside it; do not edit. It speaks of one run, the newest of
            the strongest profile (full, rows, quick), so that all numbers are of one commit, one machine and
            one day. Raw is `MemorySegment` access of the same shape, measured in the same run.

            A fork (a JVM of its own) counts as one number, its mean. Intervals are of 95 %, by Welch's method from the
            forks' means; that of the tail is of resampled rounds. **Met**: all of the interval is within the target.
            **Missed**: all of it is beyond. **Cannot be told**: the interval holds the target; it takes more forks or a
            quieter machine. A row is what its worst case is. "Unaffected" has no bound of the design's: 1.02 stands
            for it. "Allocates none": less than a byte a call more than raw, where the smallest object has 16.

            """);
        if (own == null) {
            return page.append("No run that counts is here yet.\n").toString();
        }
        if (own.hasEmulated()) {
            page.append("What takes persistent memory was counted in an emulator, where a nanosecond is an instruction,"
                + " and says so:\nsuch a ratio is of instructions, not of times.\n\n");
        }
        page.append("![All numbers at a glance](").append(SUMMARY).append(")\n\n").append(own.claim())
            .append("\n\n## The design's numbers, shortfalls first\n\n").append(own.table())
            .append("\n## Shortfalls, case by case\n\n").append(own.shortfalls())
            .append("\nWhat the missed rows cost in instructions, and what was tried: "
                + "[machine-code.md](machine-code.md).\n").append(profiles(results))
            .append("\n## Tails\n\n").append(own.tails())
            .append("\n## Noise\n\n").append(own.noise())
            .append("\n## Runs\n\n| run | profile | commit | |\n|---|---|---|---|\n");
        for (final ResultFolder run : runs) {
            page.append(Svg.format("| [%s](%s/README.md) | %s | %.7s | %s |%n", run.name(), run.name(), run.profile(),
                run.environment().getOrDefault("commit", "unknown"),
                own.isOf(run) ? "this page" : run.isDirty() ? "uncommitted changes: never counts" : ""));
        }
        return page.toString();
    }

    private static String withBlock(final Path readme, final Page page) throws IOException {
        final String text = Files.readString(readme);
        final int begin = text.indexOf(BEGIN);
        final int end = text.indexOf(END);
        if (begin < 0 || end < begin || text.indexOf(BEGIN, begin + 1) >= 0) {
            throw new IOException(readme + " does not have one " + BEGIN + " ... " + END + " for the results");
        }
        final String block = page == null ? "Nothing was measured yet.\n"
            : "![Cordon, measured against its targets](jmh-results/" + SUMMARY + ")\n\n" + page.claim()
            + " [Shortfalls first](jmh-results/README.md).\n";
        return text.substring(0, begin + BEGIN.length()) + "\n" + block + text.substring(end);
    }
}
