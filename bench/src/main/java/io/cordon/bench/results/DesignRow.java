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

import io.cordon.bench.tails.Phase;
import io.cordon.bench.tails.TailLog;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** The rows of the design's table of numbers, and which measurements speak of each. */
enum DesignRow {
    /** {@code region.getLong(offset)}, with the region in a field of an object. */
    FIELD("one load or store, region in an instance field", "≤ 1.00 × raw"),
    /** The same with the region in a constant. */
    STATIC("one load or store, region in a static final", "≤ 1.05 × raw"),
    /** Loops of loads at random offsets. */
    RANDOM("random 8-byte loads over 64 KiB and over 1 GiB", "≤ 1.03 × raw"),
    /** Loops that get a slice. */
    BLOCK("loop over a block through read(…)", "≤ 1.02 × raw"),
    /** Copies. */
    BULK("bulk get/put, 64 B to 16 MiB", "≤ 1.05 × raw copy at 64 B, ≤ 1.01 × from 4 KiB"),
    /** Lines lost in the same region. */
    ELSEWHERE("poisoned lines elsewhere in the region", "≤ 1.30 × raw"),
    /** Lines lost in another region. */
    OTHER("poisoned lines in another region", "unaffected (≤ 1.02 × without)"),
    /** The tail, with another thread at it. */
    TAIL("p99.99 of loads on healthy pages while another thread recovers pages", "≤ 1.10 × without"),
    /** From the load to the exception. */
    FAULT("fault to exception, in simulation", "p99 ≤ 50 µs"),
    /** One page. */
    RECOVERY("recovery of one page", "≤ 1.5 × the same writes and syncs"),
    /** Of 64 bytes. */
    PERSIST("persist of 64 B on MAP_SYNC", "≤ 1.05 × MappedByteBuffer.force"),
    /** Time and memory. */
    OPEN("opening a 1 TiB sparse region", "≤ 50 ms, ≤ 16 MiB resident"),
    /** Garbage. */
    ALLOCATION("bytes allocated on the heap by any fast-path call", "0");

    /** Of the tail in a storm, to that of the idle phase. */
    static final double TAIL_BOUND = 1.10;

    private static final double FAULT_MICROS = 50;
    private static final double OPEN_MILLIS = 50;
    private static final double OPEN_MIB = 16;
    private static final double MIB = 1 << 20;
    private static final double NANOS_PER_MICRO = 1e3;
    private static final double NANOS_PER_MILLI = 1e6;
    /** An object takes 16 bytes or more; what is below one byte a call is the harness. */
    private static final double NO_BYTES = 1;
    /** The harness allocates tens of kilobytes a second: in a longer call an object would not stand out. */
    static final double COUNTED_NANOS = 10_000;
    /** That there is no effect at all cannot be shown; that it is smaller than this can. */
    private static final double UNAFFECTED = 1.02;
    private static final long SMALL_COPY = 64;
    private static final long LARGE_COPY = 1 << 24;
    private static final long PAGE = 4096;
    private static final String TERABYTE = "1099511627776";
    private static final Set<String> RANDOM_SIZES = Set.of("65536", "1073741824");

    private final String title;
    private final String target;

    DesignRow(final String title, final String target) {
        this.title = title;
        this.target = target;
    }

    /** What the design calls it. */
    String title() {
        return title;
    }

    /** What the design asks for. */
    String target() {
        return target;
    }

    /** All cases of a run that the design has a bound for, the worst of each row first. */
    static List<Case> cases(final ResultFolder run) {
        final List<Case> cases = new ArrayList<>();
        for (final Measurement measurement : run.measurements().values()) {
            if (measurement.isRegion() && !measurement.type().startsWith("Control")) {
                addRatio(cases, run, measurement);
            }
            addFault(cases, measurement);
            addOpen(cases, measurement);
        }
        addAllocation(cases, run);
        addTail(cases, run);
        cases.sort(Comparator.comparing(Case::row).thenComparing(Case::verdict)
            .thenComparing(Comparator.comparingDouble(Case::excess).reversed()));
        return cases;
    }

    private static void addRatio(final List<Case> cases, final ResultFolder run, final Measurement measurement) {
        final DesignRow row = row(measurement, run);
        final Measurement base = run.base(measurement);
        if (row == null || base == null) {
            return;
        }
        final Estimate ratio = Contrast.ratio(measurement.forks(), base.forks());
        final double bound = row.bound(measurement);
        cases.add(new Case(row, measurement.label(), ratio, bound, "", 3, Verdict.of(ratio, bound), base.mean(),
            measurement.mean()));
    }

    /** Null: the design has no bound for it. */
    private static DesignRow row(final Measurement measurement, final ResultFolder run) {
        final DesignRow clean = cleanRow(measurement, run);
        final boolean degraded = clean != null && clean.compareTo(BULK) <= 0;
        return switch (measurement.poison()) {
            case "clean" -> clean;
            case "elsewhere" -> degraded ? ELSEWHERE : null;
            case "other" -> degraded ? OTHER : null;
            default -> null;
        };
    }

    private static DesignRow cleanRow(final Measurement measurement, final ResultFolder run) {
        final String size = measurement.parameters().getOrDefault("size", "");
        final long length = number(measurement, "length");
        return switch (measurement.type()) {
            case "FastPathBenchmark", "OrderedAccessBenchmark", "WidthBenchmark" -> single(measurement.method());
            // Only what is lost counts: without, it repeats others.
            case "DegradedBenchmark" -> measurement.poison().equals("clean") || measurement.method().contains("And")
                ? null : FIELD;
            case "RandomLoadBenchmark" -> RANDOM_SIZES.contains(size) ? RANDOM : null;
            case "BlockReadBenchmark" -> BLOCK;
            case "BulkCopyBenchmark" -> length == SMALL_COPY || length >= PAGE && length <= LARGE_COPY ? BULK : null;
            case "RecoveryBenchmark" -> measurement.method().equals("regionPage") ? RECOVERY : null;
            case "PersistBenchmark", "WriteBackBenchmark" -> run.hasMapSync()
                && measurement.method().equals("regionPersist")
                && number(measurement, "bytes") == SMALL_COPY ? PERSIST : null;
            default -> null;
        };
    }

    /** The design's rows speak of loads and stores: an atomic update has no bound. */
    private static DesignRow single(final String method) {
        if (method.contains("And")) {
            return null;
        }
        return method.endsWith("Static") ? STATIC : method.endsWith("Field") ? FIELD : null;
    }

    private static long number(final Measurement measurement, final String parameter) {
        return Long.parseLong(measurement.parameters().getOrDefault(parameter, "-1"));
    }

    private double bound(final Measurement measurement) {
        return switch (this) {
            case FIELD -> 1.00;
            case OTHER -> UNAFFECTED;
            case STATIC, PERSIST -> 1.05;
            case RANDOM -> 1.03;
            case BLOCK -> 1.02;
            case BULK -> number(measurement, "length") == SMALL_COPY ? 1.05 : 1.01;
            case ELSEWHERE -> 1.30;
            case RECOVERY -> 1.50;
            default -> throw new IllegalStateException(this + " is no ratio of two measurements");
        };
    }

    private static void addFault(final List<Case> cases, final Measurement measurement) {
        if (measurement.method().equals("faultToException") && measurement.isSampled()) {
            final Estimate micros = measurement.percentile(99).times(1 / NANOS_PER_MICRO);
            cases.add(new Case(FAULT, "p99 of " + measurement.method(), micros, FAULT_MICROS, " µs", 1,
                Verdict.of(micros, FAULT_MICROS), null, null));
        }
    }

    private static void addOpen(final List<Case> cases, final Measurement measurement) {
        if (!measurement.method().equals("regionOpenSparse")
            || !measurement.parameters().getOrDefault("bytes", TERABYTE).equals(TERABYTE)) {
            return;
        }
        final Estimate millis = measurement.mean().times(1 / NANOS_PER_MILLI);
        cases.add(new Case(OPEN, "time to open 1 TiB", millis, OPEN_MILLIS, " ms", 2,
            Verdict.of(millis, OPEN_MILLIS), null, null));
        if (!Double.isNaN(measurement.resident())) {
            final double most = measurement.resident() / MIB;
            cases.add(new Case(OPEN, "resident memory that opening 1 TiB adds, the most of all",
                new Estimate(most, most, most), OPEN_MIB, " MiB", 1,
                most <= OPEN_MIB ? Verdict.MET : Verdict.MISSED, null, null));
        }
    }

    /** Bytes that a call allocates, beyond what its raw partner does if it has one: the harness's are in both. */
    private static void addAllocation(final List<Case> cases, final ResultFolder run) {
        for (final Measurement measurement : run.measurements().values()) {
            final Measurement base = measurement.isRegion() ? run.base(measurement) : null;
            final boolean alone = measurement.type().equals("AllocationBenchmark") && !measurement.isOf("control");
            if (base == null && !alone || measurement.bytes().isEmpty() || base != null && base.bytes().isEmpty()
                || measurement.mean().value() > COUNTED_NANOS) {
                continue;
            }
            final double most = measurement.bytes().stream().mapToDouble(Double::doubleValue).max().orElseThrow()
                - (base == null ? 0
                    : Math.max(0, base.bytes().stream().mapToDouble(Double::doubleValue).min().orElseThrow()));
            final double bytes = most < NO_BYTES ? 0 : most;
            cases.add(new Case(ALLOCATION, measurement.label(), new Estimate(bytes, bytes, bytes), 0, " B", 0,
                bytes == 0 ? Verdict.MET : Verdict.MISSED, null, null));
        }
    }

    private static void addTail(final List<Case> cases, final ResultFolder run) {
        if (run.tails() != null) {
            final Estimate ratio = run.tails().ratio(TailLog.LOAD, Tails.PERCENT, Phase.STORM, Phase.IDLE);
            final boolean held = run.tails().isHeld(Phase.IDLE);
            cases.add(new Case(TAIL, "p99.99 of loads, storm to idle"
                + (held ? "" : "; the machine was too busy to hold the rate"), ratio, TAIL_BOUND, "", 2,
                held ? Verdict.of(ratio, TAIL_BOUND) : Verdict.OPEN, null, null));
        }
    }
}
