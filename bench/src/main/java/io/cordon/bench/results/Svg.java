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

import java.util.Locale;

/**
 * A drawing in SVG. Written here and not by a charting library: those that are there for Java draw with AWT, so that
 * fonts and their sizes are those of the machine, and the same results would not give the same bytes elsewhere. Text
 * stays text; colours suit a light and a dark page. Not thread-safe.
 */
final class Svg {
    private static final String STYLE = """
        text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;font-size:12px;fill:#1f2328}
        .bold{font-weight:600}.small{font-size:11px;fill:#57606a}.large{font-size:16px;font-weight:600}
        .axis{stroke:#8c959f;stroke-width:1;fill:none}.grid{stroke:#d8dee4;stroke-width:1;fill:none}
        .bound{stroke:#1f2328;stroke-width:2;stroke-dasharray:3 2}.whisker{stroke:#1f2328;stroke-width:1.3;fill:none}
        .met{fill:#2da44e}.missed{fill:#d1242f}.open{fill:#bf8700}.absent{fill:#8c959f}.plain{fill:#0969da}
        .curve{fill:none;stroke-width:2}.dashed{stroke-dasharray:5 3}
        .s0{stroke:#57606a}.s1{stroke:#0969da}.s2{stroke:#d1242f}.s3{stroke:#2da44e}.s4{stroke:#8250df}
        @media(prefers-color-scheme:dark){text{fill:#e6edf3}.small{fill:#9198a1}.grid{stroke:#30363d}
        .bound,.whisker{stroke:#e6edf3}.met{fill:#3fb950}.missed{fill:#f85149}.open{fill:#d29922}.plain{fill:#4493f8}
        .s0{stroke:#9198a1}.s1{stroke:#4493f8}.s2{stroke:#f85149}.s3{stroke:#3fb950}.s4{stroke:#ab7df8}}
        """;

    private final StringBuilder body = new StringBuilder();
    private final String title;

    Svg(final String title) {
        this.title = title;
    }

    void text(final double x, final double y, final String anchor, final String style, final String text) {
        body.append(format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">%s</text>%n",
            x, y, anchor, style, escape(text)));
    }

    void line(final double fromX, final double fromY, final double toX, final double toY, final String style) {
        body.append(format("<path d=\"M%.1f %.1fL%.1f %.1f\" class=\"%s\"/>%n", fromX, fromY, toX, toY, style));
    }

    void box(final double x, final double y, final double width, final double height, final String style) {
        body.append(format("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"%s\"/>%n",
            x, y, width, height, style));
    }

    void dot(final double x, final double y, final double radius, final String style) {
        body.append(format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" class=\"%s\"/>%n", x, y, radius, style));
    }

    /** Through points x, y, x, y, ... */
    void curve(final double[] points, final String style) {
        body.append("<path d=\"");
        for (int i = 0; i < points.length; i += 2) {
            body.append(format("%s%.1f %.1f", i == 0 ? "M" : "L", points[i], points[i + 1]));
        }
        body.append("\" class=\"").append(style).append("\"/>\n");
    }

    String draw(final double width, final double height) {
        return format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
            + "height=\"%.0f\" role=\"img\">%n<title>%s</title>%n<style>%n", width, height, width, height,
            escape(title)) + STYLE + "</style>\n" + body + "</svg>\n";
    }

    private static String escape(final String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    static String format(final String format, final Object... values) {
        return String.format(Locale.ROOT, format.replace("%n", "\n"), values);
    }
}
