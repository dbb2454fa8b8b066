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
import org.HdrHistogram.Histogram;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

/** Percentile curves: how long the slowest in ten, a hundred, a thousand loads take. */
final class TailChart {
    private static final double WIDTH = 900;
    private static final double HEIGHT = 400;
    private static final int STEPS_PER_DECADE = 20;
    private static final double WHOLE = 100;
    private static final double LOWEST = 10;
    private static final double DECADES = 5;
    private static final List<String> PERCENTILES = List.of("0", "90", "99", "99.9", "99.99", "99.999");
    private static final List<String> TIMES = List.of(
        "10 ns", "100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s", "10 s", "100 s");
    /** In the order of the phases. */
    private static final List<String> COLOURS = List.of("#767676", "#0072b2", "#d55e00", "#009e73", "#cc79a7");
    private static final List<String> DASHES = List.of("solid", "dashed", "solid", "longdash", "dotdash");
    private static final String LOADS = "loads of the region, on healthy pages";
    private static final String CONTROL = "control: a thread that has no region";

    private TailChart() {
    }

    static String draw(final Tails tails) {
        return plot(tails, List.of(Phase.values())).draw();
    }

    static Plot plot(final Tails tails, final List<Phase> phases) {
        final double highest = phases.stream().flatMapToDouble(phase -> DoubleStream.of(
            tails.all(phase, TailLog.LOAD).getMaxValue(), tails.all(phase, TailLog.CONTROL).getMaxValue())).max()
            .orElse(0);
        final int decades = Math.min(TIMES.size() - 1,
            (int) Math.ceil(StrictMath.log10(Math.max(highest, LOWEST * LOWEST) / LOWEST)));
        final List<String> words = phases.stream().map(Phase::word).toList();
        final Plot plot = new Plot("How long loads take while the medium fails, from when each was due",
            Svg.format("The black mark: the design's bound for the storm, %.2f × idle at 99.99 %%.",
                DesignRow.TAIL_BOUND),
            WIDTH, HEIGHT)
            .put("facet", Map.of("name", "grid", "x", "panel", "x_order", 0))
            .scale("x", Map.of("name", "percentile of loads, %", "limits", List.of(0.0, DECADES + 0.3),
                "breaks", powers(PERCENTILES.size(), false), "labels", PERCENTILES, "expand", List.of(0, 0)))
            .scale("y", Map.of("name", "time, logarithmic", "trans", "log10", "breaks", powers(decades + 1, true),
                "labels", TIMES.subList(0, decades + 1), "expand", List.of(0, 0),
                "limits", List.of(LOWEST, LOWEST * StrictMath.pow(10, decades))))
            .legend("color", words, of(COLOURS, phases)).legend("linetype", words, of(DASHES, phases));
        for (final Phase phase : phases) {
            curve(plot, phase, LOADS, tails.all(phase, TailLog.LOAD));
            curve(plot, phase, CONTROL, tails.all(phase, TailLog.CONTROL));
        }
        final double bound =
            DesignRow.TAIL_BOUND * tails.all(Phase.IDLE, TailLog.LOAD).getValueAtPercentile(Tails.PERCENT);
        return plot.layer("segment", Map.of("panel", List.of(LOADS), "bound", List.of(bound), "from", List.of(3.8),
            "to", List.of(4.2)), Map.of("x", "from", "xend", "to", "y", "bound", "yend", "bound"),
            Map.of("color", Plot.MARK, "size", 2));
    }

    private static List<Double> powers(final int count, final boolean isTime) {
        final List<Double> powers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            powers.add(isTime ? LOWEST * StrictMath.pow(10, i) : i);
        }
        return powers;
    }

    private static List<String> of(final List<String> values, final List<Phase> phases) {
        return phases.stream().map(phase -> values.get(phase.ordinal())).toList();
    }

    private static void curve(final Plot plot, final Phase phase, final String panel, final Histogram histogram) {
        // Where there is less than one load beyond, there is nothing to show.
        final double decades = Math.min(DECADES, StrictMath.log10(histogram.getTotalCount()));
        final List<Double> nines = new ArrayList<>();
        final List<Double> times = new ArrayList<>();
        for (int i = 0; i <= (int) (decades * STEPS_PER_DECADE); i++) {
            final double decade = (double) i / STEPS_PER_DECADE;
            nines.add(decade);
            times.add(Math.max(LOWEST,
                histogram.getValueAtPercentile(WHOLE * (1 - StrictMath.pow(10, -decade)))));
        }
        plot.layer("path", Map.of("nines", nines, "time", times, "phase", same(phase.word(), nines.size()),
            "panel", same(panel, nines.size())),
            Map.of("x", "nines", "y", "time", "color", "phase", "linetype", "phase"), Map.of("size", 1.1));
    }

    private static List<String> same(final String value, final int count) {
        return Collections.nCopies(count, value);
    }
}
