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
import java.util.Map;
import java.util.Set;

/**
 * What changed from one run to another beyond noise. What has a raw side is compared by its ratio to that, so that a
 * machine that was slower on the other day takes nothing away; the rest by its time. A change counts if its interval
 * does not hold 1, and if it is larger than what the null benchmark differed by in either run. The intervals are so
 * wide that of all rows of two runs of the same code, one is told to have changed once in twenty comparisons
 * (Bonferroni): with hundreds of rows and few forks, only what is plain is told. Of what JMH sampled, the p99 is a row
 * of its own. Allocated bytes count of calls of less than 10 µs: in longer ones the harness's own differ from run to
 * run by more than an object. What was measured before and failed after is worse.
 */
final class Compare {
    /** Of a run without a null benchmark. */
    static final double UNKNOWN_NOISE = 0.05;
    /** Whose methods are not named after sides. */
    private static final Set<String> OWN = Set.of("BadBlocks", "Owners", "Fault", "Scrub", "Allocation");
    /** An object takes 16 bytes or more. */
    private static final double BYTES = 1;

    /** What became of a row; the worst first. */
    enum Outcome { WORSE, BETTER, SAME }

    /** One row; times by ratio of after to before. */
    record Row(String label, String before, String after, String change, double factor, Outcome outcome) {
    }

    private final ResultFolder before;
    private final ResultFolder after;
    private final double noise;
    private final List<Row> rows = new ArrayList<>();
    private final List<String> missing = new ArrayList<>();
    private final List<String> added = new ArrayList<>();

    Compare(final ResultFolder before, final ResultFolder after) {
        this.before = before;
        this.after = after;
        noise = Math.max(noise(before), noise(after));
        final List<Measurement> common = new ArrayList<>();
        for (final Measurement old : before.measurements().values()) {
            if (isOurs(old)) {
                final Measurement own = after.measurements().get(old.key());
                if (after.hasFailed(old) && !before.hasFailed(old)) {
                    rows.add(new Row(old.label(), "measured", "failed", "", Double.POSITIVE_INFINITY, Outcome.WORSE));
                }
                if (own == null || !isComparable(old, own)) {
                    missing.add(old.label() + ": missing after");
                } else {
                    common.add(old);
                }
            }
        }
        for (final Map.Entry<String, Measurement> own : after.measurements().entrySet()) {
            if (isOurs(own.getValue()) && !before.measurements().containsKey(own.getKey())) {
                added.add(own.getValue().label());
            }
        }
        final long sampled = common.stream().filter(Measurement::isSampled).count();
        final double confidence = 1 - (1 - Contrast.CONFIDENCE) / Math.max(1, common.size() + sampled);
        common.forEach(old -> compare(old, after.measurements().get(old.key()), confidence));
        compareTails();
        rows.sort(Comparator.comparing(Row::outcome)
            .thenComparing(Comparator.comparingDouble(Row::factor).reversed()));
    }

    private static double noise(final ResultFolder run) {
        return Double.isNaN(run.noise()) ? UNKNOWN_NOISE : run.noise();
    }

    /** Not the raw side, nor somebody else's: how those change is not for us to tell. */
    private static boolean isOurs(final Measurement measurement) {
        return measurement.isRegion() && !measurement.type().startsWith("Control")
            || OWN.contains(measurement.shortType()) && !measurement.isRaw() && !measurement.isOf("tree")
            && !measurement.isOf("control");
    }

    private boolean isComparable(final Measurement old, final Measurement own) {
        return old.isSampled() == own.isSampled() && (before.base(old) == null) == (after.base(own) == null);
    }

    private void compare(final Measurement old, final Measurement own, final double confidence) {
        final Measurement oldBase = before.base(old);
        final Measurement ownBase = after.base(own);
        if (oldBase != null) {
            add(old.label(), Contrast.ratio(old.forks(), oldBase.forks()).text(3),
                Contrast.ratio(own.forks(), ownBase.forks()).text(3),
                Contrast.change(own.forks(), ownBase.forks(), old.forks(), oldBase.forks(), confidence));
        } else if (!old.isSampled()) {
            add(old.label() + ", ns", old.mean().text(1), own.mean().text(1),
                Contrast.ratio(own.forks(), old.forks(), confidence));
        }
        if (old.isSampled() && oldBase != null) {
            add("p99 of " + old.label(), Contrast.ratio(old.percentiles(99), oldBase.percentiles(99)).text(3),
                Contrast.ratio(own.percentiles(99), ownBase.percentiles(99)).text(3),
                Contrast.change(own.percentiles(99), ownBase.percentiles(99), old.percentiles(99),
                    oldBase.percentiles(99), confidence));
        } else if (old.isSampled()) {
            add("p99 of " + old.label() + ", ns", old.percentile(99).text(0), own.percentile(99).text(0),
                Contrast.ratio(own.percentiles(99), old.percentiles(99), confidence));
        }
        compareBytes(old, own);
    }

    private void compareBytes(final Measurement old, final Measurement own) {
        final double grown = least(own.bytes()) - most(old.bytes());
        if (old.mean().value() <= DesignRow.COUNTED_NANOS && own.mean().value() <= DesignRow.COUNTED_NANOS
            && grown >= BYTES) {
            rows.add(new Row("bytes allocated by " + old.label(), Svg.format("%.1f", most(old.bytes())),
                Svg.format("%.1f", least(own.bytes())), Svg.format("+%.1f", grown), grown, Outcome.WORSE));
        }
    }

    private static double least(final List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).min().orElse(Double.NaN);
    }

    private static double most(final List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
    }

    private void add(final String label, final String was, final String is, final Estimate change) {
        final Outcome outcome = change.low() > 1 && change.value() > 1 + noise ? Outcome.WORSE
            : change.high() < 1 && change.value() < 1 / (1 + noise) ? Outcome.BETTER : Outcome.SAME;
        rows.add(new Row(label, was, is, change.text(3), change.value(), outcome));
    }

    /** Each has an interval of its own; they are apart, or nothing is told. */
    private void compareTails() {
        if (before.tails() == null || after.tails() == null) {
            if (before.tails() != null) {
                missing.add("tails: missing after");
            }
            return;
        }
        if (!before.tails().isHeld(Phase.IDLE) || !after.tails().isHeld(Phase.IDLE)) {
            missing.add("tails: the machine was too busy to hold the rate");
            return;
        }
        for (final Phase phase : Phase.values()) {
            if (phase != Phase.IDLE && phase != Phase.BUSY) {
                final Estimate was = before.tails().ratio(TailLog.LOAD, Tails.PERCENT, phase, Phase.IDLE);
                final Estimate is = after.tails().ratio(TailLog.LOAD, Tails.PERCENT, phase, Phase.IDLE);
                add("p99.99 of loads, " + phase.word() + " to idle", was.text(2), is.text(2), new Estimate(
                    is.value() / was.value(), is.low() / was.high(), is.high() / was.low()));
            }
        }
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    boolean isWorse() {
        return rows.stream().anyMatch(row -> row.outcome == Outcome.WORSE);
    }

    List<Row> rows() {
        return rows;
    }

    List<String> missing() {
        return missing;
    }

    String text() {
        final StringBuilder text =
            new StringBuilder(Svg.format("before: %s%nafter:  %s%n", about(before), about(after)));
        if (!before.environment().getOrDefault("cpu", "").equals(after.environment().getOrDefault("cpu", ""))) {
            text.append("The processors are not the same; only ratios to raw say anything.\n");
        }
        text.append(Svg.format("A change of less than %.1f %% is noise.%n%n", 100 * noise));
        final int width = rows.stream().mapToInt(row -> row.label.length()).max().orElse(0);
        final String line = "%-6s  %-" + Math.max(width, 1) + "s  %-24s  %-24s  %s%n";
        text.append(Svg.format(line, "", "", "before, to raw", "after, to raw", "change"));
        rows.forEach(row -> text.append(Svg.format(line, row.outcome == Outcome.SAME ? "" : row.outcome.name(),
            row.label, row.before, row.after, row.change)));
        missing.forEach(label -> text.append("NOT COMPARED: ").append(label).append('\n'));
        added.forEach(label -> text.append("new after: ").append(label).append('\n'));
        text.append(Svg.format("%n%d rows: %d worse, %d better, %d unchanged or not to be told; %d missing, %d new%n",
            rows.size(), count(Outcome.WORSE), count(Outcome.BETTER), count(Outcome.SAME), missing.size(),
            added.size()));
        return text.toString();
    }

    private long count(final Outcome outcome) {
        return rows.stream().filter(row -> row.outcome == outcome).count();
    }

    private static String about(final ResultFolder run) {
        return Svg.format("%s, profile %s, commit %s", run.name(), run.profile(),
            run.environment().getOrDefault("commit", "unknown"));
    }
}
