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

import io.cordon.bench.results.Profile.Part;
import io.cordon.bench.results.Profile.Times;

import java.util.List;
import java.util.Map;

/**
 * All benchmarks, each case in one part: five forks of what the design has a number for and of what that is compared
 * with, so that small differences can be told; two or one of the others, which an hour has no more time for.
 */
final class Full {
    private static final int ROW = 5;
    private static final int PERSIST = 2;
    private static final int OTHER = 2;

    private static final Map<String, List<String>> NONE = Map.of();
    private static final String SINGLE = "(FastPath|Width|OrderedAccess)Benchmark\\.";
    private static final String SIDES = "(raw|region)[A-Z]";
    private static final String OTHERS = "(?!raw[A-Z]|region[A-Z])\\w";
    private static final List<String> BOUND = List.of("64", "4096", "65536", "1048576", "16777216");
    private static final List<String> UNBOUND = List.of("8", "512", "67108864");
    private static final List<String> CACHED = List.of("65536");
    private static final List<String> FAR = List.of("1073741824");
    private static final List<String> LARGEST = List.of("10000000");

    /** The design's rows first, each with its others behind it. */
    static final List<Part> PARTS = List.of(
        new Part(ROW, Times.SHORT, 0, SINGLE + SIDES, NONE),
        new Part(OTHER, Times.SHORT, 50, "FastPathBenchmark\\." + OTHERS, NONE),
        new Part(1, Times.SHORT, 50, "(Width|OrderedAccess)Benchmark\\." + OTHERS, NONE),
        new Part(ROW, Times.SHORT, 0, "DegradedBenchmark", Map.of("lost", List.of("0", "1", "1000", "other"))),
        new Part(ROW, Times.SHORT, 700, "DegradedBenchmark\\.region", Map.of("lost", List.of("100000"))),
        new Part(ROW, Times.SHORT, 0, "RandomLoadBenchmark", Map.of("size", CACHED)),
        new Part(ROW, Times.LOOP, 1200, "RandomLoadBenchmark", Map.of("size", FAR)),
        new Part(ROW, Times.LOOP, 100, "BlockReadBenchmark\\." + SIDES, NONE),
        new Part(1, Times.LOOP, 100, "BlockReadBenchmark\\." + OTHERS, NONE),
        new Part(ROW, Times.LOOP, 50, "BulkCopyBenchmark\\." + SIDES, Map.of("length", BOUND)),
        new Part(OTHER, Times.LOOP, 100, "BulkCopyBenchmark\\." + SIDES, Map.of("length", UNBOUND)),
        new Part(1, Times.LOOP, 100, "BulkCopyBenchmark\\." + OTHERS, NONE),
        new Part(ROW, Times.STEADY, 300, "FaultBenchmark\\.faultToException|RecoveryBenchmark\\." + SIDES + "age",
            NONE),
        new Part(OTHER, Times.SLOW, 300,
            "FaultBenchmark\\.(?!faultToException)|RecoveryBenchmark\\.(\\w+Repair|control)", NONE),
        new Part(OTHER, Times.STORMS, 6000, "RecoveryBenchmark\\.\\w+Storm", NONE),
        new Part(ROW, Times.SHORT, 500, "OpenBenchmark\\.\\w+OpenSparse", Map.of("bytes", List.of(Profile.TERABYTE))),
        new Part(OTHER, Times.SHORT, 500, "OpenBenchmark\\.\\w+OpenSparse",
            Map.of("bytes", List.of("1073741824", "34359738368"))),
        new Part(OTHER, Times.SHORT, 1000, "OpenBenchmark\\.(?!\\w+OpenSparse)", NONE),
        new Part(PERSIST, Times.SYNC, 300, "PersistBenchmark\\." + SIDES, NONE),
        new Part(1, Times.SYNC, 300, "PersistBenchmark\\." + OTHERS, NONE),
        new Part(1, Times.SHORT, 50, "PatternBenchmark", Map.of("level", List.of("L1", "L2", "L3"))),
        new Part(1, Times.SHORT, 1200, "PatternBenchmark", Map.of("level", List.of("memory"))),
        new Part(OTHER, Times.SHORT, 0, "(Alternatives|AgronaView|VectorLoop|Control|Sharing|Scrub)Benchmark", NONE),
        new Part(1, Times.SHORT, 100, "BadBlocksBenchmark",
            Map.of("records", List.of("10", "100", "1000", "10000", "100000", "1000000"))),
        new Part(1, Times.SHORT, 8000, "BadBlocksBenchmark", Map.of("records", LARGEST)),
        new Part(1, Times.SHORT, 200, "OwnersBenchmark",
            Map.of("owners", List.of("10", "1000", "100000", "1000000"))),
        new Part(1, Times.SHORT, 2500, "OwnersBenchmark", Map.of("owners", LARGEST)),
        new Part(1, Times.COUNT, 0, "AllocationBenchmark", NONE));

    private Full() {
    }
}
