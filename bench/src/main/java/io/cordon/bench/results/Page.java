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
import io.cordon.bench.tails.Slice;
import io.cordon.bench.tails.TailLog;
import org.HdrHistogram.Histogram;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

import static io.cordon.bench.results.Svg.format;

/** What is written of one run. The same results always give the same text. */
final class Page {
    private static final double NANOS_PER_MICRO = 1e3;
    private static final double PERCENT = 100;
    private static final double[] PERCENTILES = {50, 99, 99.9, 99.99};

    private final ResultFolder run;
    private final List<Case> cases;
    private final List<Standing> standings;

    Page(final ResultFolder run) {
        this(run, null);
    }

    /**
     * Makes the page.
     *
     * @param run      the run that it speaks of.
     * @param emulated speaks of what the run's machine has not, in an emulator; null if nothing does.
     */
    Page(final ResultFolder run, final ResultFolder emulated) {
        this.run = run;
        final List<Case> all = new ArrayList<>(DesignRow.cases(run));
        if (emulated != null && all.stream().noneMatch(each -> each.row() == DesignRow.PERSIST)) {
            DesignRow.cases(emulated).stream().filter(each -> each.row() == DesignRow.PERSIST)
                .map(each -> each.emulated(emulated.name())).forEach(all::add);
        }
        cases = List.copyOf(all);
        standings = Standing.of(cases);
    }

    boolean hasEmulated() {
        return cases.stream().anyMatch(Case::isEmulated);
    }

    boolean isOf(final ResultFolder other) {
        return run == other;
    }

    List<Standing> standings() {
        return standings;
    }

    /** How many rows of the design are met, and what was measured where. */
    String claim() {
        final StringBuilder claim = new StringBuilder(format("Of the %d numbers that the design sets, %d are met",
            standings.size(), Standing.count(standings, Verdict.MET)));
        append(claim, Verdict.MISSED, "%d missed");
        append(claim, Verdict.OPEN, "%d cannot be told from the noise");
        append(claim, Verdict.ABSENT, "%d not measured");
        if (hasEmulated()) {
            claim.append("; 1 of them was counted in an emulator, for want of persistent memory");
        }
        if (!run.failed().isEmpty()) {
            claim.append(format("; **%d forks failed** (%s)", run.failed().size(), ResultFolder.FAILED));
        }
        return claim.append(format(" (run `%s`, profile %s, commit %.7s; %s, %s cores, %s).", run.name(), run.profile(),
            environment("commit"), environment("cpu"), environment("cores"), environment("jdk"))).toString();
    }

    private void append(final StringBuilder claim, final Verdict verdict, final String words) {
        final long count = Standing.count(standings, verdict);
        if (count > 0) {
            claim.append(", ").append(format(words, count));
        }
    }

    private String environment(final String key) {
        return run.environment().getOrDefault(key, "unknown");
    }

    /** The design's table, as measured. */
    String table() {
        final StringBuilder table = new StringBuilder("""
            | number of the design | target | the case that decides | measured (95 % interval) | | cases met |
            |---|---|---|---|---|---|
            """);
        for (final Standing standing : standings) {
            table.append(format("| %s | %s | %s | %s | %s | %s |%n", standing.row().title(), standing.row().target(),
                standing.worstLabel(), standing.worst(), standing.verdict().markdown(), standing.met()));
        }
        return table.toString();
    }

    /** Every case that is not met. */
    String shortfalls() {
        final List<Case> open = cases.stream().filter(each -> each.verdict() != Verdict.MET).toList();
        if (open.isEmpty()) {
            return "None among what was measured.\n";
        }
        final StringBuilder table = new StringBuilder(
            "| number | case | measured (95 % interval) | target | |\n|---|---|---|---|---|\n");
        open.stream().sorted((one, other) -> one.verdict() != other.verdict()
            ? one.verdict().compareTo(other.verdict()) : Double.compare(other.excess(), one.excess()))
            .forEach(each -> table.append(format("| %s | %s | %s | %s | %s |%n", each.row().title(), each.label(),
                each.text(), each.limit(), each.verdict().markdown())));
        return table.toString();
    }

    String noise() {
        if (run.nulls().isEmpty()) {
            return "The noise of the machine was not measured in this run.\n";
        }
        final StringBuilder noise = new StringBuilder("The null benchmark does the same before and after all others. "
            + "Its forks differ by this much of their mean, the largest from the smallest: ");
        final List<String> kinds = run.nulls().stream().map(measurement -> format("%s %.1f %% (%d forks)",
            measurement.method(), PERCENT * ResultFolder.spread(measurement), measurement.forks().size())).toList();
        return noise.append(String.join(", ", kinds)).append(".\n").toString();
    }

    String tails() {
        final Tails tails = run.tails();
        if (tails == null) {
            return "Not recorded in this run.\n";
        }
        final StringBuilder page = new StringBuilder(format(
            "One thread loads random words of the region's healthy half every %s µs, and counts each load from when it "
            + "was due, so that a stall shows in all the loads that it kept waiting. A control thread does the same on "
            + "a raw segment every %s µs, sleeping in between: what it sees is the machine, the collector, and what "
            + "shares its processor. Here %s. The phases took turns of %s ms, %s times each.%n%n",
            tails.settings().get("interval µs"), tails.settings().get("control interval µs"),
            tails.settings().get("processors"), tails.settings().get("slice ms"), tails.settings().get("rounds")));
        page.append("| series | phase | p50 | p99 | p99.9 | p99.99 | most | loads |\n"
            + "|---|---|---|---|---|---|---|---|\n");
        series(page, tails, TailLog.LOAD, "load, from when it was due");
        series(page, tails, TailLog.ACCESS, "load, from when it began");
        series(page, tails, TailLog.PAUSE, "the thread itself, waiting");
        series(page, tails, TailLog.CONTROL, "control thread, raw load");
        series(page, tails, TailLog.CONTROL_PAUSE, "control thread, waiting");
        if (tails.has(TailLog.SAFEPOINT)) {
            series(page, tails, TailLog.SAFEPOINT, "all threads stopped by the JVM");
        }
        page.append("\nTimes are in µs. What goes on, and the p99.99 over that of the idle phase:\n\n"
            + "| phase | what goes on | how often a second | loads | loads from when they began | control thread | "
            + "processor taken away | rate held |\n|---|---|---|---|---|---|---|---|\n");
        for (final Phase phase : Phase.values()) {
            final List<Slice> slices = tails.slices(phase);
            final double seconds = slices.stream().mapToDouble(Slice::seconds).sum();
            page.append(format("| %s | %s | %s | %s | %s | %s | %d times | %s |%n", phase.word(), phase.meaning(),
                phase == Phase.IDLE ? "" : format("%.0f × %s", slices.stream().mapToLong(Slice::deeds).sum() / seconds,
                    slices.getFirst().unit()),
                ratio(TailLog.LOAD, phase), ratio(TailLog.ACCESS, phase), ratio(TailLog.CONTROL, phase),
                slices.stream().mapToLong(Slice::preemptions).sum(),
                tails.isHeld(phase) ? "yes" : format("**no**: %.0f %% late", PERCENT * tails.behind(phase))));
        }
        page.append(format("%nThe storm's p99.99 is %s times that of the phase in which a thread does the same writes "
            + "and syncs by hand to a file that no region lies on. %d garbage collections ran, and the hypervisor kept "
            + "processors for %d ms.%n",
            tails.ratio(TailLog.LOAD, Tails.PERCENT, Phase.STORM, Phase.BUSY).text(2),
            tails.slices().stream().mapToLong(Slice::collections).sum(),
            tails.slices().stream().mapToLong(Slice::stolen).sum()));
        if (tails.has(TailLog.SAFEPOINT)) {
            page.append(disturbances(tails));
        }
        return page.toString();
    }

    /** What else could have held the loading thread up, and what the phases leave to the collector. */
    private static String disturbances(final Tails tails) {
        final StringBuilder page = new StringBuilder(format(
            "%nThe heap (`%s`) takes a round of slices, and is collected between rounds; what a phase allocates shows "
            + "how often a collection of another heap would stop the loads.%n%n"
            + "| phase | p99.99 of a typical slice over that of the idle slice of its round | allocated, KiB a second "
            + "| allocated, bytes a deed | page faults of the loading thread | safepoints | their sum, ms |%n"
            + "|---|---|---|---|---|---|---|%n", tails.settings().get("heap")));
        for (final Phase phase : Phase.values()) {
            final List<Slice> slices = tails.slices(phase);
            final Histogram safepoints = tails.all(phase, TailLog.SAFEPOINT);
            final double allocated = slices.stream().mapToLong(Slice::allocated).sum();
            page.append(format("| %s | %s | %.0f | %s | %d | %d | %.2f |%n", phase.word(),
                phase == Phase.IDLE ? "1" : tails.typical(TailLog.LOAD, Tails.PERCENT, phase, Phase.IDLE).text(2),
                allocated / 1024 / slices.stream().mapToDouble(Slice::seconds).sum(),
                phase == Phase.IDLE ? "" : format("%.0f", allocated / slices.stream().mapToLong(Slice::deeds).sum()),
                slices.stream().mapToLong(Slice::faults).sum(), safepoints.getTotalCount(),
                safepoints.getTotalCount() * safepoints.getMean() / (NANOS_PER_MICRO * NANOS_PER_MICRO)));
        }
        return page.toString();
    }

    private String ratio(final String series, final Phase phase) {
        return phase == Phase.IDLE ? "1" : run.tails().ratio(series, Tails.PERCENT, phase, Phase.IDLE).text(2);
    }

    private static void series(final StringBuilder page, final Tails tails, final String series, final String title) {
        for (final Phase phase : Phase.values()) {
            final Histogram histogram = tails.all(phase, series);
            page.append(format("| %s | %s |", phase.ordinal() == 0 ? title : "", phase.word()));
            for (final double percentile : PERCENTILES) {
                page.append(format(" %.2f |", histogram.getValueAtPercentile(percentile) / NANOS_PER_MICRO));
            }
            page.append(format(" %.0f | %d |%n", histogram.getMaxValue() / NANOS_PER_MICRO, histogram.getTotalCount()));
        }
    }

    /** All of the run: the page beside its files. */
    String whole() {
        final StringBuilder page = new StringBuilder(format("# Run %s%n%nWritten by `bench/measure page`; do not edit. "
            + "[What all this says](../README.md).%n%n```%n", run.name()));
        run.environment().forEach((key, value) -> page.append(key).append(": ").append(value).append('\n'));
        page.append("```\n\n").append(noise());
        page.append("\n## The design's numbers\n\n").append(table());
        page.append("\n## Shortfalls, case by case\n\n").append(shortfalls());
        page.append("\n## Tails\n\n");
        if (run.tails() != null) {
            page.append("![Percentile curves](tails.svg)\n\n");
        }
        page.append(tails());
        page.append("\n## All cases that have a bound\n\n![Ratios to raw, with bounds](ratios.svg)\n\n").append(all());
        if (!peers().isEmpty()) {
            page.append("\n## Beside others\n\n![Ratios to raw of all that was measured beside it](peers.svg)\n");
        }
        return page.append("\n## Everything that was measured\n\n").append(everything()).toString();
    }

    private String all() {
        final StringBuilder table = new StringBuilder(
            "| number | case | base, ns | region, ns | measured (95 % interval) | target | |\n"
            + "|---|---|---|---|---|---|---|\n");
        for (final Case each : cases) {
            if (each.row() != DesignRow.ALLOCATION) {
                table.append(format("| %s | %s | %s | %s | %s | %s | %s |%n", each.row().title(), each.label(),
                    nanos(each.base()), nanos(each.own()), each.text(), each.limit(), each.verdict().markdown()));
            }
        }
        return table.append(format("%nBytes allocated by a call, of %d cases of less than 10 µs: %s.%n",
            cases.stream().filter(each -> each.row() == DesignRow.ALLOCATION).count(),
            standings.stream().filter(each -> each.row() == DesignRow.ALLOCATION).findFirst().orElseThrow().met()
            + " allocate none")).toString();
    }

    private static String nanos(final Estimate estimate) {
        return estimate == null ? "" : estimate.text(estimate.value() < NANOS_PER_MICRO ? 3 : 0);
    }

    private String everything() {
        final StringBuilder table = new StringBuilder(
            "| benchmark | ns (95 % interval) | to raw | forks | p50, µs | p99, µs | p99.99, µs |\n"
            + "|---|---|---|---|---|---|---|\n");
        for (final Measurement measurement : run.measurements().values()) {
            final Measurement base = run.base(measurement);
            table.append(format("| %s.%s%s | %s | %s | %d |", measurement.shortType(),
                measurement.method(), measurement.parameterLabel(), nanos(measurement.mean()),
                base == null ? "" : Contrast.ratio(measurement.forks(), base.forks()).text(3),
                measurement.forks().size()));
            for (final double percentile : new double[] {50, 99, 99.99}) {
                table.append(!measurement.isSampled() ? " |" : format(" %.1f |",
                    measurement.percentile(percentile).value() / NANOS_PER_MICRO));
            }
            table.append('\n');
        }
        return table.toString();
    }

    /** The pictures, by file name. */
    Map<String, String> pictures() {
        final Map<String, String> pictures = new LinkedHashMap<>();
        final List<RatioChart.Group> groups = bounded();
        if (!groups.isEmpty()) {
            pictures.put("ratios.svg",
                RatioChart.draw("Regions against raw memory: all cases with a bound", groups));
        }
        if (!peers().isEmpty()) {
            pictures.put("peers.svg",
                RatioChart.draw("Who else does it, against raw memory: left is faster", peers()));
        }
        if (run.tails() != null) {
            pictures.put("tails.svg", TailChart.draw(run.tails()));
        }
        return pictures;
    }

    String summary() {
        return SummaryChart.draw(standings, run.tails());
    }

    private List<RatioChart.Group> bounded() {
        final List<RatioChart.Group> groups = new ArrayList<>();
        for (final DesignRow row : DesignRow.values()) {
            final List<RatioChart.Bar> bars = cases.stream().filter(each -> each.row() == row && each.isRatio())
                .map(each -> new RatioChart.Bar(each.label(), each.estimate(), each.bound(),
                    each.verdict().name().toLowerCase(Locale.ROOT))).toList();
            if (!bars.isEmpty()) {
                groups.add(new RatioChart.Group(row.title(), bars));
            }
        }
        return groups;
    }

    /** What was measured on three sides or more: raw, region, and somebody else. */
    private List<RatioChart.Group> peers() {
        final SequencedMap<Measurement, List<Measurement>> sides = new LinkedHashMap<>();
        for (final Measurement measurement : run.measurements().values()) {
            final Measurement base = run.base(measurement);
            if (base != null && base.isRaw() && measurement.poison().equals("clean")) {
                sides.computeIfAbsent(base, _ -> new ArrayList<>()).add(measurement);
            }
        }
        final List<RatioChart.Group> groups = new ArrayList<>();
        sides.forEach((base, measurements) -> {
            if (measurements.stream().anyMatch(measurement -> !measurement.isRegion())) {
                groups.add(new RatioChart.Group(base.shortType() + " " + base.what() + base.parameterLabel(),
                    measurements.stream().map(measurement -> peer(base, measurement)).toList()));
            }
        });
        return groups;
    }

    private static RatioChart.Bar peer(final Measurement base, final Measurement measurement) {
        return new RatioChart.Bar(
            measurement.method().substring(0, measurement.method().length() - base.what().length()),
            Contrast.ratio(measurement.forks(), base.forks()), Double.NaN,
            measurement.isRegion() ? "plain" : "absent");
    }
}
