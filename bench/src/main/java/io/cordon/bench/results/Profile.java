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
    SMOKE(new Times(1, 1, Duration.ofMillis(100), 2, Duration.ofMillis(50)), new Tail(Duration.ofMillis(50), 2),
        List.of(new Part(Profile.ALL, Map.of("size", List.of("65536"), "block", List.of("65536"),
            "length", List.of("64", "4096"), "pages", List.of("100"), "lines", List.of("1000"))))),
    /** The design's rows, as well as can be had in five minutes. */
    QUICK(new Times(3, 3, Duration.ofMillis(150), 3, Duration.ofMillis(150)), new Tail(Duration.ofSeconds(1), 8),
        List.of(
            new Part("FastPathBenchmark", Map.of("poison", List.of("clean", "elsewhere"))),
            new Part("RandomLoadBenchmark", Map.of("poison", List.of("clean"), "size", List.of("65536"))),
            new Part("BlockReadBenchmark", Map.of("poison", List.of("clean"), "block", List.of("4096", "1048576"))),
            new Part("BulkCopyBenchmark\\.\\w+Heap", Map.of("length", List.of("64", "4096", "16777216"))),
            new Part("FaultBenchmark\\.faultToException", Map.of()),
            new Part("RecoveryBenchmark\\.\\w+Page", Map.of()),
            new Part("OpenBenchmark\\.regionOpenSparse", Map.of()))),
    /** The design's rows. */
    ROWS(new Times(3, 3, Duration.ofMillis(300), 4, Duration.ofMillis(300)), new Tail(Duration.ofSeconds(2), 10),
        List.of(
            new Part("(FastPath|RandomLoad|Fault|Recovery|Persist|Open|Control)Benchmark", Map.of()),
            new Part("BlockReadBenchmark", Map.of("block", List.of("4096", "1048576"))),
            new Part("BulkCopyBenchmark", Map.of("length", List.of("64", "4096", "16777216"))))),
    /** All benchmarks, as their classes say. */
    FASTPATH(new Times(3, 0, null, 0, null), new Tail(Duration.ofSeconds(2), 10),
        List.of(new Part(Profile.ALL, Map.of()))),
    /** All benchmarks, and enough forks to tell small differences. */
    FULL(new Times(5, 4, Duration.ofMillis(500), 4, Duration.ofMillis(500)), new Tail(Duration.ofSeconds(5), 20),
        List.of(new Part(Profile.ALL, Map.of())));

    private static final String ALL = "\\w+Benchmark";

    /**
     * How long a benchmark runs.
     *
     * @param rounds     how often each has a fork. A round has one of every benchmark, so that what is compared runs
     *                   minutes apart and not hours, and a slow hour of the machine meets all.
     * @param warmups    iterations that do not count; 0 leaves iterations to the benchmarks' classes.
     * @param warmup     length of one.
     * @param iterations that count.
     * @param iteration  length of one.
     */
    record Times(int rounds, int warmups, Duration warmup, int iterations, Duration iteration) {
        boolean areTheClasses() {
            return warmups == 0;
        }
    }

    /** How latencies are recorded: slices of that length, that many of each phase. */
    record Tail(Duration slice, int rounds) {
    }

    /** Benchmarks, by a regular expression of class or class and method, and what parameters are set to. */
    record Part(String include, Map<String, List<String>> parameters) {
    }

    private final Times times;
    private final Tail tail;
    private final List<Part> parts;

    Profile(final Times times, final Tail tail, final List<Part> parts) {
        this.times = times;
        this.tail = tail;
        this.parts = parts;
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
