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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A folder of results as a run would have left it, with numbers that a test chooses. */
final class MadeResults {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private final List<String> entries = new ArrayList<>();
    private String commit = COMMIT;
    private String profile = "rows";
    private String date = "2026-01-02T03:04:05Z";

    MadeResults commit(final String value) {
        commit = value;
        return this;
    }

    MadeResults profile(final String value) {
        profile = value;
        return this;
    }

    MadeResults date(final String value) {
        date = value;
        return this;
    }

    /** One fork each, of one iteration; in ns. */
    MadeResults measured(final String benchmark, final double... forks) {
        return measured(benchmark, "", 0, forks);
    }

    MadeResults measured(final String benchmark, final String parameters, final double bytes, final double... forks) {
        final StringBuilder raw = new StringBuilder();
        final StringBuilder allocated = new StringBuilder();
        for (final double fork : forks) {
            raw.append(raw.isEmpty() ? "" : ", ").append('[').append(fork).append(']');
            allocated.append(allocated.isEmpty() ? "" : ", ").append('[').append(bytes).append(']');
        }
        entries.add(String.format(Locale.ROOT, """
            {"benchmark": "io.cordon.bench.%s", "mode": "avgt", "params": {%s},
             "primaryMetric": {"scoreUnit": "ns/op", "rawData": [%s]},
             "secondaryMetrics": {"gc.alloc.rate.norm": {"rawData": [%s]}}}""",
            benchmark, parameters, raw, allocated));
        return this;
    }

    Path write(final Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("environment.txt"),
            "profile: " + profile + "\ndate: " + date + "\ncpu: made\ncores: 2\njdk: none\ncommit: " + commit + "\n");
        Files.writeString(folder.resolve("jmh-1.json"), "[" + String.join(",\n", entries) + "]\n");
        return folder;
    }

    static void writeNull(final Path folder, final double before, final double after) throws IOException {
        for (final var file : List.of(List.of("null-before.json", before), List.of("null-after.json", after))) {
            Files.writeString(folder.resolve((String) file.getFirst()), """
                [{"benchmark": "io.cordon.bench.results.NullRun.processor", "mode": "avgt",
                  "primaryMetric": {"scoreUnit": "ns/op", "rawData": [[%s]]}, "secondaryMetrics": {}}]
                """.formatted(file.getLast()));
        }
    }
}
