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

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

/** Bars from 1, which is the raw access, to a ratio, with its interval and its bound. */
final class RatioChart {
    private static final double WIDTH = 900;
    private static final double STEP = 19;
    private static final double FRAME = 140;
    /** Beyond, bars and intervals are cut, with an arrow: what matters lies near 1. */
    static final double LEAST = 0.4;
    static final double MOST = 4;
    /** Of the axis, right of all bars: the numbers. */
    private static final double NUMBERS = 0.3;
    /** Of the axis, left of all bars: their labels. */
    private static final double LABELS = 0.75;

    /** A bar. A bound of NaN: there is none. The style is a {@link Plot.Kind}. */
    record Bar(String label, Estimate ratio, double bound, String style) {
    }

    /** Bars under a heading. */
    record Group(String heading, List<Bar> bars) {
    }

    private RatioChart() {
    }

    static String draw(final String title, final List<Group> groups) {
        return plot(title, groups).draw();
    }

    static Plot plot(final String title, final List<Group> groups) {
        final List<Bar> all = groups.stream().flatMap(group -> group.bars.stream()).toList();
        double line = 0;
        final List<Double> headings = new ArrayList<>();
        final List<Double> places = new ArrayList<>();
        for (final Group group : groups) {
            headings.add(line--);
            for (int i = 0; i < group.bars.size(); i++) {
                places.add(line--);
            }
        }
        final boolean bounded = all.stream().anyMatch(bar -> !Double.isNaN(bar.bound));
        final Intervals intervals = new Intervals(all.stream().map(Bar::ratio).toList(), places);
        final double low = intervals.least(0.5) / 1.06;
        final double high = intervals.most(2) * 1.03;
        final Plot plot = new Plot(title, "Bars go from raw (1) to the ratio. Whiskers: 95 % intervals; arrows: beyond."
            + (bounded ? " Black marks: the design's bounds." : ""), WIDTH, FRAME - STEP * line)
            .ratios("time of a call ÷ time of the raw call, logarithmic", low, high, LABELS, NUMBERS, "raw")
            .lines((int) -line)
            .kinds(bounded ? List.of(Plot.Kind.MET, Plot.Kind.MISSED, Plot.Kind.OPEN)
                : List.of(Plot.Kind.PLAIN, Plot.Kind.ABSENT));
        final List<String> kinds = all.stream().map(bar -> Plot.Kind.of(bar.style).words()).toList();
        plot.text(plot.start(), headings, groups.stream().map(Group::heading).toList(), 0,
            Map.of("fontface", "bold", "size", 6));
        plot.text(low, places, all.stream().map(Bar::label).toList(), 1, Map.of());
        plot.layer("rect", Map.of("value", intervals.values(), "kind", kinds, "bottom", shifted(places, -0.36),
            "top", shifted(places, 0.36)), Map.of("xmax", "value", "ymin", "bottom", "ymax", "top", "fill", "kind"),
            Map.of("xmin", 1.0, "alpha", 0.55, "size", 0, "show_legend", false));
        marks(plot, all, places);
        intervals.draw(plot);
        plot.layer("point", Map.of("value", intervals.values(), "y", places, "kind", kinds),
            Map.of("x", "value", "y", "y", "color", "kind", "shape", "kind"), Map.of("size", 3.5, "stroke", 1.5));
        plot.text(plot.end(), places,
            all.stream().map(bar -> bar.ratio.text(bar.ratio.value() < 10 ? 2 : 0)).toList(), 1, Map.of());
        return plot;
    }

    private static void marks(final Plot plot, final List<Bar> all, final List<Double> places) {
        final List<Double> bounds = new ArrayList<>();
        final List<Double> at = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            if (!Double.isNaN(all.get(i).bound)) {
                bounds.add(all.get(i).bound);
                at.add(places.get(i));
            }
        }
        plot.layer("segment", Map.of("bound", bounds, "from", shifted(at, -0.48), "to", shifted(at, 0.48)),
            Map.of("x", "bound", "xend", "bound", "y", "from", "yend", "to"), Map.of("color", Plot.MARK, "size", 1.2));
    }

    static List<Double> shifted(final List<Double> places, final double by) {
        return places.stream().map(place -> place + by).toList();
    }

    /** Estimates at places of the other axis, within what a chart can show. */
    record Intervals(List<Estimate> estimates, List<Double> places) {
        private DoubleStream ends() {
            return estimates.stream().flatMapToDouble(estimate -> estimate.hasInterval()
                ? DoubleStream.of(estimate.value(), estimate.low(), estimate.high())
                : DoubleStream.of(estimate.value())).map(Intervals::cut);
        }

        double least(final double than) {
            return Math.min(than, ends().min().orElse(than));
        }

        double most(final double than) {
            return Math.max(than, ends().max().orElse(than));
        }

        List<Double> values() {
            return estimates.stream().map(estimate -> cut(estimate.value())).toList();
        }

        static double cut(final double value) {
            return Math.clamp(value, LEAST, MOST);
        }

        /** Whiskers; an arrow where one goes on. */
        void draw(final Plot plot) {
            final List<Double> low = new ArrayList<>();
            final List<Double> high = new ArrayList<>();
            final List<Double> at = new ArrayList<>();
            final List<Double> ends = new ArrayList<>();
            final List<Double> beyond = new ArrayList<>();
            for (int i = 0; i < estimates.size(); i++) {
                final Estimate estimate = estimates.get(i);
                if (estimate.hasInterval()) {
                    low.add(cut(estimate.low()));
                    high.add(cut(estimate.high()));
                    at.add(places.get(i));
                }
                final double least = estimate.hasInterval() ? estimate.low() : estimate.value();
                final double most = estimate.hasInterval() ? estimate.high() : estimate.value();
                if (least < LEAST) {
                    ends.add(LEAST);
                    beyond.add(places.get(i));
                }
                if (most > MOST) {
                    ends.add(MOST);
                    beyond.add(places.get(i));
                }
            }
            plot.layer("errorbar", Map.of("low", low, "high", high, "y", at),
                Map.of("xmin", "low", "xmax", "high", "y", "y"), Map.of("width", 0.4, "color", Plot.MARK, "size", 0.6));
            plot.layer("segment", Map.of("end", ends, "from", ends.stream().map(end -> end > 1 ? end / 1.05
                : end * 1.05).toList(), "y", beyond), Map.of("x", "from", "xend", "end", "y", "y", "yend", "y"),
                Map.of("color", Plot.MARK, "size", 0.6,
                    "arrow", Map.of("name", "arrow", "angle", 25, "length", 9, "ends", "last", "type", "closed")));
        }
    }
}
