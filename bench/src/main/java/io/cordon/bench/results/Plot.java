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
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A chart as lets-plot's specification: layers of a geometry over columns of data, and scales. The colours can be told
 * apart by the colour-blind (Okabe and Ito), and each verdict has a shape too. Not thread-safe.
 */
final class Plot {
    /** The design's bounds. */
    static final String MARK = "#000000";

    /** As wide as fonts get, so that text has room whatever font a reader has in its place. */
    private static final String FONT = "Verdana";

    /** What a mark says, by its colour and by its shape (a disc, a triangle, an empty diamond). */
    enum Kind {
        MET(Verdict.MET.words(), "#0072b2", 16),
        MISSED(Verdict.MISSED.words(), "#d55e00", 17),
        OPEN(Verdict.OPEN.words(), "#767676", 5),
        PLAIN("region", "#0072b2", 16),
        ABSENT("others", "#767676", 5);

        private final String words;
        private final String colour;
        private final int shape;

        Kind(final String words, final String colour, final int shape) {
            this.words = words;
            this.colour = colour;
            this.shape = shape;
        }

        static Kind of(final String style) {
            return valueOf(style.toUpperCase(Locale.ROOT));
        }

        String words() {
            return words;
        }

        String colour() {
            return colour;
        }
    }

    private static final List<Double> RATIOS = List.of(0.5, 1.0, 1.5, 2.0, 3.0);

    private final String title;
    private final double width;
    private final double height;
    private final List<Map<String, Object>> layers = new ArrayList<>();
    private final List<Map<String, Object>> scales = new ArrayList<>();
    private final Map<String, Object> specification = new HashMap<>();
    private double start;
    private double end;

    Plot(final String title, final String subtitle, final double width, final double height) {
        this.title = title;
        this.width = width;
        this.height = height;
        specification.put("kind", "plot");
        specification.put("ggsize", Map.of("width", width, "height", height));
        specification.put("ggtitle", Map.of("text", title, "subtitle", subtitle));
        specification.put("theme", Map.of("name", "minimal", "legend_position", "bottom",
            "plot_subtitle", Map.of("size", 13), "axis_text", Map.of("size", 12, "color", "#1f2328"),
            "axis_title", Map.of("size", 12), "strip_text", Map.of("size", 13, "face", "bold"),
            "text", Map.of("family", FONT), "axis_line", "blank", "axis_ticks", "blank", "panel_grid_minor", "blank"));
        specification.put("layers", layers);
        specification.put("scales", scales);
    }

    Plot put(final String key, final Object value) {
        specification.put(key, value);
        return this;
    }

    /** Columns are of the same length; which is what is in the mapping, all else in the options. */
    Plot layer(
        final String geometry, final Map<String, ? extends List<?>> data, final Map<String, String> mapping,
        final Map<String, ?> options) {
        final Map<String, Object> layer = new HashMap<>(options);
        layer.put("geom", geometry);
        layer.put("data", new TreeMap<>(data));
        layer.put("mapping", mapping);
        layer.putIfAbsent("tooltips", "none");
        layers.add(layer);
        return this;
    }

    Plot scale(final String aesthetic, final Map<String, ?> options) {
        final Map<String, Object> scale = new HashMap<>(options);
        scale.put("aesthetic", aesthetic);
        scales.add(scale);
        return this;
    }

    /** A logarithmic axis of ratios; with space to its left and right, as parts of the axis. 1 has a name. */
    Plot ratios(
        final String name, final double low, final double high, final double left, final double right,
        final String one) {
        final List<Double> ticks = RATIOS.stream().filter(tick -> tick >= low && tick <= high).toList();
        start = low / StrictMath.pow(high / low, left);
        end = high * StrictMath.pow(high / low, right);
        return scale("x", Map.of("name", name, "trans", "log10", "limits", List.of(start, end), "breaks", ticks,
            "labels", ticks.stream().map(tick -> tick == 1 ? one : label(tick)).toList(), "expand", List.of(0, 0)));
    }

    /** Where the axis of ratios starts, with its space. */
    double start() {
        return start;
    }

    /** Where the axis of ratios ends, with its space. */
    double end() {
        return end;
    }

    private static String label(final double tick) {
        return tick == Math.rint(tick) ? Svg.format("%.0f×", tick) : tick + "×";
    }

    /** An axis of lines, the first at 0, the next at -1. */
    Plot lines(final int count) {
        return scale("y", Map.of("name", "", "breaks", List.of(), "limits", List.of(0.5 - count, 0.5),
            "expand", List.of(0, 0)));
    }

    /** Text at places of the other axis; anchored at 0, its left end, or 1. */
    Plot text(
        final double x, final List<Double> places, final List<String> text, final double anchor,
        final Map<String, ?> options) {
        final Map<String, Object> all = new HashMap<>(Map.of("x", x, "hjust", anchor, "size", 5.5));
        all.putAll(options);
        return layer("text", Map.of("y", places, "label", text), Map.of("y", "y", "label", "label"), all);
    }

    /** The legend of what marks say; all of it, whether the chart has such a mark or not. */
    Plot kinds(final List<Kind> kinds) {
        return legend("color", kinds.stream().map(Kind::words).toList(), kinds.stream().map(Kind::colour).toList())
            .legend("fill", kinds.stream().map(Kind::words).toList(), kinds.stream().map(Kind::colour).toList())
            .legend("shape", kinds.stream().map(Kind::words).toList(), kinds.stream().map(kind -> kind.shape).toList());
    }

    /** What the values of an aesthetic mean. */
    Plot legend(final String aesthetic, final List<String> words, final List<?> values) {
        return scale(aesthetic, Map.of("name", "", "limits", words, "values", values));
    }

    /** For tests; what is drawn. */
    Map<String, Object> specification() {
        return specification;
    }

    String draw() {
        return Svg.draw(title, specification);
    }

    /** With another of the same width below; the title is this one's. */
    String drawAbove(final Plot below) {
        return Svg.draw(title, Map.of("kind", "subplots", "figures", List.of(specification, below.specification),
            "layout", Map.of("name", "grid", "ncol", 1, "nrow", 2, "vspace", 10.0, "fit", true,
                "heights", List.of(height, below.height)),
            "ggsize", Map.of("width", width, "height", height + below.height)));
    }
}
