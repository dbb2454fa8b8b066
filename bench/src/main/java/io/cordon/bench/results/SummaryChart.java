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

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import static io.cordon.bench.results.RatioChart.shifted;

/** The one picture: all rows of the design, and how far each case of them is from its target. */
final class SummaryChart {
    private static final double WIDTH = 900;
    private static final double STEP = 40;
    private static final double FRAME = 140;
    /** Of a line of a row's name, in characters. */
    private static final int LONGEST = 46;
    /** Of the axis, right of all marks: the numbers. */
    private static final double NUMBERS = 0.95;
    /** Of the axis, left of all marks: the rows' names. */
    private static final double NAMES = 1;

    private SummaryChart() {
    }

    static String draw(final List<Standing> standings, final Tails tails) {
        final Plot plot = plot(standings);
        return tails == null ? plot.draw()
            : plot.drawAbove(TailChart.plot(tails, List.of(Phase.IDLE, Phase.BUSY, Phase.STORM)));
    }

    static Plot plot(final List<Standing> standings) {
        final List<Double> rows = new ArrayList<>();
        final List<Double> places = new ArrayList<>();
        final List<Estimate> marked = new ArrayList<>();
        final List<String> kinds = new ArrayList<>();
        for (final Standing standing : standings) {
            final double row = -rows.size();
            rows.add(row);
            for (final Case each : standing.cases()) {
                // Of a target of nothing there is no part.
                if (each.bound() > 0) {
                    final Estimate part = each.estimate().times(1 / each.bound());
                    marked.add(each == standing.cases().getFirst() ? part : Estimate.alone(part.value()));
                    places.add(row);
                    kinds.add(Plot.Kind.of(each.verdict().name()).words());
                }
            }
        }
        final RatioChart.Intervals marks = new RatioChart.Intervals(marked, places);
        final double low = marks.least(0.5) / 1.06;
        final double high = marks.most(2) * 1.03;
        final Plot plot = new Plot(title(standings), "Left of the line is better. Marks: the cases measured. Whiskers: "
            + "95 % interval of the case that decides. Arrows: beyond.", WIDTH, STEP * rows.size() + FRAME)
            .ratios("measured ÷ target, logarithmic", low, high, NAMES, NUMBERS, "target")
            .lines(rows.size())
            .kinds(List.of(Plot.Kind.MET, Plot.Kind.MISSED, Plot.Kind.OPEN));
        plot.layer("segment", Map.of("y", List.of(0.5), "end", List.of(0.5 - rows.size())),
            Map.of("y", "y", "yend", "end"), Map.of("x", 1.0, "xend", 1.0, "color", Plot.MARK, "size", 0.8));
        marks.draw(plot);
        plot.layer("point", Map.of("value", marks.values(), "y", places, "kind", kinds),
            Map.of("x", "value", "y", "y", "color", "kind", "shape", "kind"), Map.of("size", 4, "stroke", 1.5));
        plot.text(plot.start(), shifted(rows, 0.2), standings.stream().map(standing -> name(standing)[0]).toList(), 0,
            Map.of("fontface", "bold"));
        plot.text(plot.start(), shifted(rows, -0.2), standings.stream().map(standing -> name(standing)[1]).toList(),
            0, Map.of());
        plot.text(high * 1.05, shifted(rows, 0.2), standings.stream().map(Standing::worst).toList(), 0, Map.of());
        plot.text(high * 1.05, shifted(rows, -0.2), standings.stream().map(SummaryChart::met).toList(), 0, Map.of());
        for (final Verdict verdict : Verdict.values()) {
            final List<Double> own = rows.stream()
                .filter(row -> standings.get((int) -row).verdict() == verdict).toList();
            plot.text(plot.end(), own, Collections.nCopies(own.size(), verdict.words()), 1, Map.of("size", 6,
                "fontface", "bold", "color", Plot.Kind.of(verdict.name()).colour()));
        }
        return plot;
    }

    private static String title(final List<Standing> standings) {
        final StringBuilder title = new StringBuilder(Svg.format("Cordon and its targets: %d of %d met",
            Standing.count(standings, Verdict.MET), standings.size()));
        for (final Verdict verdict : List.of(Verdict.MISSED, Verdict.OPEN, Verdict.ABSENT)) {
            if (Standing.count(standings, verdict) > 0) {
                title.append(", ").append(Standing.count(standings, verdict)).append(' ').append(verdict.words());
            }
        }
        return title.toString();
    }

    private static String met(final Standing standing) {
        return standing.cases().isEmpty() ? "" : standing.met() + " cases met"
            + (standing.cases().getFirst().isEmulated() ? ", emulated" : "");
    }

    /** What the design calls it, and asks for, in two lines. */
    private static String[] name(final Standing standing) {
        final String title = standing.row().title();
        final int half = title.length() <= LONGEST ? title.length() : title.lastIndexOf(' ', LONGEST);
        return new String[] {title.substring(0, half),
            (half < title.length() ? title.substring(half + 1) + "; " : "") + standing.row().target()};
    }
}
