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

import org.jetbrains.letsPlot.commons.encoding.UnsupportedRGBEncoder;
import org.jetbrains.letsPlot.core.util.PlotSvgExportCommon;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * SVG drawn by lets-plot, made to be the same bytes on every machine. It lays text out by its own tables of widths and
 * loads nothing of AWT, so that fonts and displays of the machine do not matter; what does is put right here: its
 * identifiers are random, and the last bits of its logarithms are those of the processor.
 */
final class Svg {
    private static final Pattern IDENTIFIER = Pattern.compile("(?<=\\bid=\"|url\\(#|\n#)[A-Za-z0-9]{7}\\b");
    private static final Pattern TAG = Pattern.compile("<[a-z][^>]*>");
    private static final Pattern NUMBER = Pattern.compile("-?\\d+\\.\\d+(?:E-?\\d+)?");

    private static final String FONTS = "font-family:Verdana,'DejaVu Sans',sans-serif;";

    private Svg() {
    }

    /**
     * Draws.
     *
     * @param title         for those who cannot see the picture.
     * @param specification a plot in lets-plot's words; its text must be plain.
     * @return the same for the same title and specification.
     */
    static String draw(final String title, final Map<String, Object> specification) {
        final String drawn = PlotSvgExportCommon.INSTANCE.buildSvgImageFromRawSpecs(
            new HashMap<>(specification), null, new UnsupportedRGBEncoder(), false);
        return scalable(title, rounded(named(drawn.strip()))).replaceAll("font-family: ?[^;]+;", FONTS) + "\n";
    }

    /** Identifiers in the order in which they appear. */
    private static String named(final String svg) {
        final Map<String, String> names = new LinkedHashMap<>();
        return IDENTIFIER.matcher(svg).replaceAll(
            match -> names.computeIfAbsent(match.group(), _ -> "i" + names.size()));
    }

    /** Numbers of attributes, never of text. */
    private static String rounded(final String svg) {
        return TAG.matcher(svg).replaceAll(tag -> Matcher.quoteReplacement(NUMBER.matcher(tag.group())
            .replaceAll(number -> round(Double.parseDouble(number.group())))));
    }

    private static String round(final double number) {
        return format("%.2f", number).replaceFirst("\\.?0+$", "").replaceFirst("^-0$", "0");
    }

    /** With a view box a page can show it smaller than it was drawn. */
    private static String scalable(final String title, final String svg) {
        return svg.replaceFirst("width=\"([0-9.]+)\" height=\"([0-9.]+)\">",
            "width=\"$1\" height=\"$2\" viewBox=\"0 0 $1 $2\" role=\"img\">\n  <title>"
            + Matcher.quoteReplacement(escape(title)) + "</title>");
    }

    private static String escape(final String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    static String format(final String format, final Object... values) {
        return String.format(Locale.ROOT, format.replace("%n", "\n"), values);
    }
}
