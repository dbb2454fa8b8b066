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

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What is run, and how long. */
enum Profile {
    /** Everything once, in moments. */
    SMOKE(times(1, 100, 2, 50), new Tail(Duration.ofMillis(50), 2), List.of(new Part(1, Profile.ALL, Map.ofEntries(
        Map.entry("size", List.of("65536")), Map.entry("block", List.of("4096")), Map.entry("level", List.of("L1")),
        Map.entry("length", List.of("64")), Map.entry("bytes", List.of("4096")), Map.entry("pages", List.of("100")),
        Map.entry("lines", List.of("10")), Map.entry("lost", List.of("0", "1")),
        Map.entry("records", List.of("1000")), Map.entry("owners", List.of("1000")))))),
    /** The design's rows, as well as can be had in five minutes. */
    QUICK(times(2, 150, 3, 150), new Tail(Duration.ofMillis(400), 20), List.of(
        new Part(3, "FastPathBenchmark\\.(raw|region)", Map.of("poison", List.of("clean", "elsewhere"))),
        new Part(3, "RandomLoadBenchmark", Map.of("poison", List.of("clean"), "size", List.of("65536"))),
        new Part(3, "BlockReadBenchmark\\.(raw|region)Sum\\b",
            Map.of("poison", List.of("clean"), "block", List.of("4096", "1048576"))),
        new Part(3, "BulkCopyBenchmark\\.(raw|region)(Get|Put)Heap",
            Map.of("length", List.of("64", "4096", "16777216"))),
        new Part(3, "FaultBenchmark\\.faultToException", Map.of()),
        new Part(3, "RecoveryBenchmark\\.(raw|region)Page", Map.of()),
        new Part(3, "OpenBenchmark\\.regionOpenSparse", Map.of("bytes", List.of(Profile.TERABYTE))))),
    /** The design's rows with all their cases, and nobody else's. */
    ROWS(times(2, 200, 3, 200), new Tail(Duration.ofMillis(400), 60), List.of(
        new Part(3, "(FastPath|RandomLoad|Persist|Recovery)Benchmark\\.(raw|region)(?!Storm)", Map.of()),
        new Part(3, "BlockReadBenchmark\\.(raw|region)", Map.of("block", List.of("4096", "1048576"))),
        new Part(3, "BulkCopyBenchmark\\.(raw|region)", Map.of("length", List.of("64", "4096", "16777216"))),
        new Part(3, "OpenBenchmark\\.\\w+OpenSparse", Map.of("bytes", List.of(Profile.TERABYTE))),
        new Part(3, "FaultBenchmark", Map.of()),
        new Part(1, "AllocationBenchmark", Map.of()))),
    /** Single accesses and loops of them, beside all who do the same. */
    FASTPATH(times(3, 300, 5, 300), new Tail(Duration.ofMillis(400), 60), List.of(
        new Part(3, "(FastPath|OrderedAccess|Width|RandomLoad|Pattern|Control)Benchmark", Map.of()))),
    /** All benchmarks; of the design's rows, enough forks to tell small differences. */
    FULL(times(3, 250, 4, 250), new Tail(Duration.ofMillis(600), 120), List.of(
        new Part(5, "(FastPath|RandomLoad|Degraded|BlockRead|BulkCopy|Persist|Recovery|Open|Fault)Benchmark", Map.of()),
        new Part(1, "(Allocation|Owners)Benchmark", Map.of()),
        new Part(3, "(?!FastPath|RandomLoad|Degraded|BlockRead|BulkCopy|Persist|Recovery|Open|Fault|Allocation|Owners)"
            + "\\w+Benchmark", Map.of())));

    private static final String ALL = "\\w+Benchmark";
    private static final String TERABYTE = "1099511627776";

    /**
     * How long a fork of a benchmark runs.
     *
     * @param warmups    iterations that do not count.
     * @param warmup     length of one.
     * @param iterations that count.
     * @param iteration  length of one.
     */
    record Times(int warmups, Duration warmup, int iterations, Duration iteration) {
    }

    /**
     * How latencies are recorded: slices of that length, that many of each phase. Many short ones: what disturbs a
     * machine for a second then meets all phases, and the interval is of many rounds.
     */
    record Tail(Duration slice, int rounds) {
    }

    /**
     * Benchmarks.
     *
     * @param rounds     how often each has a fork. A round has one of every benchmark, so that what is compared runs
     *                   minutes apart and not hours, and a slow hour of the machine meets all.
     * @param include    a regular expression of class, or class and method.
     * @param parameters that are set, where a class has them.
     */
    record Part(int rounds, String include, Map<String, List<String>> parameters) {
    }

    private final Times times;
    private final Tail tail;
    private final List<Part> parts;

    Profile(final Times times, final Tail tail, final List<Part> parts) {
        this.times = times;
        this.tail = tail;
        this.parts = parts;
    }

    private static Times times(final int warmups, final int warmup, final int iterations, final int iteration) {
        return new Times(warmups, Duration.ofMillis(warmup), iterations, Duration.ofMillis(iteration));
    }

    Times times() {
        return times;
    }

    Tail tail() {
        return tail;
    }

    List<Part> parts() {
        return parts;
    }
}
