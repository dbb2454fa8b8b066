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

import java.util.List;
import java.util.Locale;

/** The one picture: all rows of the design, how far each case of them is from raw, and the tail. */
final class SummaryChart {
    private static final double WIDTH = 900;
    private static final double NAMES = 12;
    private static final double FROM = 330;
    private static final double TO = 590;
    private static final double VALUES = 606;
    private static final double STEP = 34;
    private static final double TOP = 54;
    /** Of a title's first line, in characters. */
    private static final int LONGEST = 44;

    private SummaryChart() {
    }

    static String draw(final List<Standing> standings, final Tails tails) {
        final String title = "Cordon against a raw MemorySegment: each dot is one measured case";
        final Svg svg = new Svg(title);
        svg.text(NAMES, 22, "start", "large", title);
        final List<Estimate> ratios = standings.stream().flatMap(standing -> standing.cases().stream())
            .filter(Case::isRatio).map(Case::estimate).toList();
        final Scale scale = RatioChart.scale(ratios, FROM, TO);
        final double bottom = TOP + STEP * standings.size();
        RatioChart.axis(svg, scale, bottom);
        double y = TOP + STEP / 2;
        for (final Standing standing : standings) {
            draw(svg, scale, y, standing);
            y += STEP;
        }
        svg.text(NAMES, bottom + 16, "start", "small",
            "Line: 95 % interval of the case that decides, whose number stands beside it. Dashed: the target. "
                + "Left of raw is faster.");
        if (tails == null) {
            return svg.draw(WIDTH, bottom + 28);
        }
        final List<Phase> phases = List.of(Phase.IDLE, Phase.BUSY, Phase.STORM);
        TailChart.panels(svg, tails, NAMES + 50, bottom + 24,
            "Tail: loads on healthy pages, idle and in a storm of failures",
            "The control: a thread that has no region", phases);
        return svg.draw(WIDTH, bottom + 24 + TailChart.HEIGHT + 8);
    }

    private static void draw(final Svg svg, final Scale scale, final double y, final Standing standing) {
        svg.line(NAMES, y + STEP / 2, WIDTH - NAMES, y + STEP / 2, "grid");
        final String style = standing.verdict().name().toLowerCase(Locale.ROOT);
        final String title = standing.row().title();
        final int half = title.length() <= LONGEST ? title.length() : title.lastIndexOf(' ', LONGEST);
        svg.text(NAMES, y - 3, "start", "bold", title.substring(0, half));
        svg.text(NAMES, y + 11, "start", "small",
            (half < title.length() ? title.substring(half + 1) + "; " : "") + standing.row().target());
        for (final Case each : standing.cases()) {
            if (each.isRatio()) {
                svg.dot(scale.at(each.estimate().value()), y, 3.5,
                    each.verdict().name().toLowerCase(Locale.ROOT));
                svg.line(scale.at(each.bound()), y - 12, scale.at(each.bound()), y + 12, "bound");
            }
        }
        if (!standing.cases().isEmpty() && standing.cases().getFirst().isRatio()) {
            RatioChart.whisker(svg, scale, y, standing.cases().getFirst().estimate());
        }
        svg.text(VALUES, y - 3, "start", "", standing.worst());
        svg.text(VALUES, y + 11, "start", "small", standing.met().isEmpty() ? ""
            : standing.met() + " cases met" + (standing.cases().getFirst().isEmulated() ? ", in an emulator" : ""));
        svg.dot(VALUES + 168, y, 5, style);
        svg.text(VALUES + 178, y + 4, "start", "bold", standing.verdict().words());
    }
}
