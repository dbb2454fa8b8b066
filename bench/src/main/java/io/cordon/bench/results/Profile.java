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
    SMOKE(Times.MOMENT, new Tail(Duration.ofMillis(50), 2), List.of(
        new Part(1, Times.MOMENT, 0, Profile.ALL, Map.ofEntries(
            Map.entry("size", List.of("65536")), Map.entry("block", List.of("4096")),
            Map.entry("level", List.of("L1")), Map.entry("length", List.of("64")),
            Map.entry("bytes", List.of("4096")), Map.entry("pages", List.of("100")),
            Map.entry("lines", List.of("10")), Map.entry("lost", List.of("0", "1")),
            Map.entry("records", List.of("1000")), Map.entry("owners", List.of("1000")))))),
    /** The design's rows, as well as can be had in five minutes, building included. */
    QUICK(Times.BRIEF, new Tail(Duration.ofMillis(400), 15), List.of(
        new Part(3, Times.BRIEF, 0, "FastPathBenchmark\\.(raw|region)",
            Map.of("poison", List.of("clean", "elsewhere"))),
        new Part(3, Times.BRIEF, 0, "RandomLoadBenchmark",
            Map.of("poison", List.of("clean"), "size", List.of("65536"))),
        new Part(3, Times.BRIEF, 0, "BlockReadBenchmark\\.(raw|region)Sum\\b",
            Map.of("poison", List.of("clean"), "block", List.of("4096", "1048576"))),
        new Part(3, Times.BRIEF, 0, "BulkCopyBenchmark\\.(raw|region)(Get|Put)Heap",
            Map.of("length", List.of("64", "4096", "16777216"))),
        new Part(3, Times.SEEN, 300, "FaultBenchmark\\.faultToException|RecoveryBenchmark\\.(raw|region)Page",
            Map.of()),
        new Part(3, Times.BRIEF, 500, "OpenBenchmark\\.regionOpenSparse", Map.of("bytes", List.of(Profile.TERABYTE))))),
    /** The design's rows with all their cases, and nobody else's. */
    ROWS(Times.SHORT, new Tail(Duration.ofMillis(400), 60), List.of(
        new Part(3, Times.SHORT, 0, "(FastPath|RandomLoad)Benchmark\\.(raw|region)", Map.of()),
        new Part(3, Times.LOOP, 0, "BlockReadBenchmark\\.(raw|region)", Map.of("block", List.of("4096", "1048576"))),
        new Part(3, Times.LOOP, 0, "BulkCopyBenchmark\\.(raw|region)",
            Map.of("length", List.of("64", "4096", "16777216"))),
        new Part(3, Times.SYNC, 300, "PersistBenchmark\\.(raw|region)", Map.of()),
        new Part(3, Times.SLOW, 300, "FaultBenchmark|RecoveryBenchmark\\.(raw|region)(Page|Repair)", Map.of()),
        new Part(3, Times.SHORT, 500, "OpenBenchmark\\.\\w+OpenSparse", Map.of("bytes", List.of(Profile.TERABYTE))),
        new Part(1, Times.COUNT, 0, "AllocationBenchmark", Map.of()))),
    /** Single accesses and loops of them, beside all who do the same. */
    FASTPATH(Times.LONG, new Tail(Duration.ofMillis(400), 60), List.of(
        new Part(3, Times.LONG, 300, "(FastPath|OrderedAccess|Width|RandomLoad|Pattern|Control)Benchmark", Map.of()))),
    /** All benchmarks, in an hour. */
    FULL(Times.SHORT, new Tail(Duration.ofMillis(600), 120), Full.PARTS);

    /** What needs persistent memory is measured in a guest: see bench/measure-in-guest. */
    static final String ALL = "(?!WriteBack)\\w+Benchmark";
    static final String TERABYTE = "1099511627776";

    /**
     * How long a fork of a benchmark runs. A warm-up is as long as it takes until iterations stop getting faster: of
     * single accesses, loops and copies 200 to 300 ms, whatever their side; of faults and recoveries, of which the
     * compiler must see thousands, seconds.
     *
     * @param warmups    iterations that do not count.
     * @param warmup     length of one.
     * @param iterations that count.
     * @param iteration  length of one.
     */
    record Times(int warmups, Duration warmup, int iterations, Duration iteration) {
        static final Times MOMENT = of(1, 100, 2, 50);
        static final Times BRIEF = of(2, 120, 2, 100);
        static final Times SEEN = of(2, 750, 2, 400);
        static final Times COUNT = of(3, 100, 1, 150);
        static final Times SHORT = of(3, 100, 2, 100);
        static final Times LOOP = of(3, 100, 3, 130);
        static final Times LONG = of(3, 300, 5, 300);
        static final Times SYNC = of(2, 500, 3, 400);
        static final Times SLOW = of(4, 750, 3, 500);
        static final Times STEADY = of(13, 1000, 3, 700);
        static final Times STORMS = of(2, 1, 3, 1);

        private static Times of(final int warmups, final int warmup, final int iterations, final int iteration) {
            return new Times(warmups, Duration.ofMillis(warmup), iterations, Duration.ofMillis(iteration));
        }

        Duration total() {
            return warmup.multipliedBy(warmups).plus(iteration.multipliedBy(iterations));
        }
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
     * @param times      of each fork.
     * @param extra      what a fork takes besides, more than others do: large files, slow set-ups; in milliseconds.
     * @param include    a regular expression of class, or class and method.
     * @param parameters that are set, where a class has them.
     */
    record Part(int rounds, Times times, int extra, String include, Map<String, List<String>> parameters) {
        /** The start of a JVM, small files, its end; as measured on two quiet cores, with classes archived. */
        private static final Duration FORK = Duration.ofMillis(380);

        /** What a fork is expected to take. */
        Duration fork() {
            return times.total().plus(FORK).plusMillis(extra);
        }
    }

    private final Times times;
    private final Tail tail;
    private final List<Part> parts;

    Profile(final Times times, final Tail tail, final List<Part> parts) {
        this.times = times;
        this.tail = tail;
        this.parts = parts;
    }

    /** Of the null benchmark. */
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
