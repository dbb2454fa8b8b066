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

/** Bars from 1, which is the raw access, to a ratio, with its interval and its bound. */
final class RatioChart {
    private static final double LABELS = 370;
    private static final double WIDTH = 900;
    private static final double BAR = 11;
    private static final double STEP = 17;
    private static final double TOP = 54;
    private static final double[] TICKS = {0.1, 0.2, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50, 100};

    /** A bar. A bound of NaN: there is none. */
    record Bar(String label, Estimate ratio, double bound, String style) {
    }

    /** Bars under a heading. */
    record Group(String heading, List<Bar> bars) {
    }

    private RatioChart() {
    }

    static String draw(final String title, final List<Group> groups) {
        final Svg svg = new Svg(title);
        final Scale scale = scale(groups);
        svg.text(8, 22, "start", "large", title);
        double bottom = TOP;
        for (final Group group : groups) {
            bottom += STEP * (group.bars.size() + 1.5);
        }
        axis(svg, scale, bottom);
        double y = TOP;
        for (final Group group : groups) {
            svg.text(8, y + STEP, "start", "bold", group.heading);
            y += STEP * 1.2;
            for (final Bar bar : group.bars) {
                draw(svg, scale, y, bar);
                y += STEP;
            }
            y += STEP * 0.3;
        }
        return svg.draw(WIDTH, bottom + 12);
    }

    static void axis(final Svg svg, final Scale scale, final double bottom) {
        for (final double tick : TICKS) {
            if (tick >= scale.low() && tick <= scale.high()) {
                svg.line(scale.at(tick), TOP - 6, scale.at(tick), bottom, tick == 1 ? "axis" : "grid");
                svg.text(scale.at(tick), TOP - 10, "middle", "small", tick == 1 ? "raw" : Svg.format("%.3g×", tick)
                    .replaceFirst("\\.?0+×", "×"));
            }
        }
    }

    private static void draw(final Svg svg, final Scale scale, final double y, final Bar bar) {
        final double middle = y + STEP / 2;
        final double one = scale.at(1);
        final double end = scale.at(bar.ratio.value());
        svg.text(LABELS - 8, middle + 4, "end", "", bar.label);
        svg.box(Math.min(one, end), middle - BAR / 2, Math.max(1, Math.abs(end - one)), BAR, bar.style);
        whisker(svg, scale, middle, bar.ratio);
        if (!Double.isNaN(bar.bound)) {
            svg.line(scale.at(bar.bound), middle - STEP / 2 + 1, scale.at(bar.bound), middle + STEP / 2 - 1, "bound");
        }
        svg.text(scale.to() + 8, middle + 4, "start", "small", bar.ratio.text(bar.ratio.value() < 10 ? 2 : 0));
    }

    static void whisker(final Svg svg, final Scale scale, final double y, final Estimate ratio) {
        if (ratio.hasInterval()) {
            final double low = scale.at(ratio.low());
            final double high = scale.at(ratio.high());
            svg.line(low, y, high, y, "whisker");
            svg.line(low, y - 3, low, y + 3, "whisker");
            svg.line(high, y - 3, high, y + 3, "whisker");
        }
    }

    private static Scale scale(final List<Group> groups) {
        final List<Estimate> all = new ArrayList<>();
        groups.forEach(group -> group.bars.forEach(bar -> all.add(bar.ratio)));
        return scale(all, LABELS, WIDTH - 130);
    }

    /** An axis that has all the values; of intervals, what is left of them beyond that. */
    static Scale scale(final List<Estimate> all, final double from, final double to) {
        double low = 0.7;
        double high = 1.5;
        for (final Estimate estimate : all) {
            low = Math.min(low, estimate.value() * 0.95);
            high = Math.max(high, estimate.value() * 1.1);
        }
        return new Scale(Math.max(low, TICKS[0]), Math.min(high, TICKS[TICKS.length - 1]), from, to);
    }
}
