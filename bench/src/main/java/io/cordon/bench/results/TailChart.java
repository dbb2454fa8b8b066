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

import java.util.List;

/** Percentile curves: how long the slowest in ten, a hundred, a thousand loads take. */
final class TailChart {
    static final double HEIGHT = 330;
    private static final double LEFT = 56;
    private static final double PANEL = 370;
    private static final double GAP = 60;
    private static final double TOP = 60;
    private static final double BOTTOM = 292;
    private static final int STEPS_PER_DECADE = 20;
    private static final double WHOLE = 100;
    private static final double LOWEST = 10;
    private static final double DECADES = 5;
    private static final String[] PERCENTILES = {"", "90", "99", "99.9", "99.99", "99.999"};
    private static final String[] TIMES = {
        "10 ns", "100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s"};

    private TailChart() {
    }

    static String draw(final Tails tails) {
        final String title = "How long loads take, from when each was due";
        final Svg svg = new Svg(title);
        svg.text(8, 22, "start", "large", title);
        panels(svg, tails, LEFT, 0, "loads of the region, on healthy pages",
            "control thread: a raw segment, on another processor", List.of(Phase.values()));
        return svg.draw(LEFT + 2 * PANEL + GAP + 16, HEIGHT);
    }

    /** Of the region and of the control thread, with the same axes. */
    static void panels(
        final Svg svg, final Tails tails, final double left, final double down, final String loads,
        final String control, final List<Phase> phases) {
        final double highest = phases.stream().mapToDouble(phase -> Math.max(
            tails.all(phase, TailLog.LOAD).getMaxValue(), tails.all(phase, TailLog.CONTROL).getMaxValue())).max()
            .orElseThrow();
        final Scale times = new Scale(LOWEST, Math.max(highest, LOWEST * LOWEST), down + BOTTOM, down + TOP);
        panel(svg, tails, left, down, TailLog.LOAD, loads, phases, times);
        panel(svg, tails, left + PANEL + GAP, down, TailLog.CONTROL, control, phases, times);
    }

    private static void panel(
        final Svg svg, final Tails tails, final double left, final double down, final String series,
        final String heading, final List<Phase> phases, final Scale times) {
        svg.text(left, down + TOP - 14, "start", "bold", heading);
        double tick = LOWEST;
        for (final String label : TIMES) {
            if (tick <= times.high()) {
                svg.line(left, times.at(tick), left + PANEL, times.at(tick), "grid");
                svg.text(left - 4, times.at(tick) + 4, "end", "small", label);
            }
            tick *= 10;
        }
        for (int decade = 1; decade <= DECADES; decade++) {
            final double x = left + PANEL * decade / DECADES;
            svg.line(x, down + TOP, x, down + BOTTOM, "grid");
            svg.text(x, down + BOTTOM + 14, "middle", "small", PERCENTILES[decade] + " %");
        }
        for (final Phase phase : phases) {
            svg.curve(curve(tails.all(phase, series), left, times), "curve s" + phase.ordinal());
        }
        double x = left;
        for (final Phase phase : phases) {
            svg.line(x, down + BOTTOM + 27, x + 16, down + BOTTOM + 27, "curve s" + phase.ordinal());
            svg.text(x + 20, down + BOTTOM + 31, "start", "small", phase.word());
            x += 34 + 6.2 * phase.word().length();
        }
    }

    private static double[] curve(final Histogram histogram, final double left, final Scale times) {
        // Where there is less than one load beyond, there is nothing to show.
        final double decades = Math.min(DECADES, StrictMath.log10(histogram.getTotalCount()));
        final int steps = (int) (decades * STEPS_PER_DECADE);
        final double[] points = new double[2 * (steps + 1)];
        for (int i = 0; i <= steps; i++) {
            final double decade = (double) i / STEPS_PER_DECADE;
            final double percentile = WHOLE * (1 - StrictMath.pow(10, -decade));
            points[2 * i] = left + PANEL * decade / DECADES;
            points[2 * i + 1] = times.at(histogram.getValueAtPercentile(percentile));
        }
        return points;
    }
}
