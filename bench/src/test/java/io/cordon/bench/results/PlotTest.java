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
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

import javax.xml.parsers.DocumentBuilderFactory;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What is given to the library that draws, and what comes out of it. */
class PlotTest {
    private static final Path RESULTS =
        Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent().resolve("jmh-results");
    private static final double SMALLEST_TEXT = 11;
    private static final List<RatioChart.Group> GROUPS = List.of(
        new RatioChart.Group("first <heading> & more", List.of(
            new RatioChart.Bar("one, of a label longer than fifteen characters", new Estimate(0.8, 0.7, 0.9), 1.0,
                "met"),
            new RatioChart.Bar("two", new Estimate(1.5, 1.2, 1.7), 1.05, "missed"))),
        new RatioChart.Group("second", List.of(
            new RatioChart.Bar("far", new Estimate(22, 7, 650), 1.1, "missed"),
            new RatioChart.Bar("alone", Estimate.alone(1.25), 1.3, "open"))));

    private static List<Map<?, ?>> layers(final Plot plot, final String geometry) {
        final List<Map<?, ?>> layers = new ArrayList<>();
        for (final Object layer : (List<?>) plot.specification().get("layers")) {
            if (((Map<?, ?>) layer).get("geom").equals(geometry)) {
                layers.add((Map<?, ?>) layer);
            }
        }
        return layers;
    }

    private static Object column(final Map<?, ?> layer, final String name) {
        return ((Map<?, ?>) layer.get("data")).get(name);
    }

    private static List<String> texts(final String svg) throws Exception {
        final NodeList nodes = parse(svg).getElementsByTagName("text");
        final List<String> texts = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            texts.add(nodes.item(i).getTextContent().strip());
        }
        return texts;
    }

    private static Document parse(final String svg) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
    }

    @Test
    @DisplayName("Bars stand in the order of their data, each with its value, both ends of its interval and its bound")
    void shouldGiveValuesIntervalsAndBoundsInTheOrderOfTheData() {
        final Plot plot = RatioChart.plot("title", GROUPS);
        assertEquals(List.of(0.8, 1.5, RatioChart.MOST, 1.25), column(layers(plot, "point").getFirst(), "value"));
        assertEquals(List.of(0.8, 1.5, RatioChart.MOST, 1.25), column(layers(plot, "rect").getFirst(), "value"));
        assertEquals(List.of(-1.0, -2.0, -4.0, -5.0), column(layers(plot, "point").getFirst(), "y"));
        assertEquals(List.of("met", "missed", "missed", "cannot be told"),
            column(layers(plot, "point").getFirst(), "kind"));
        assertEquals(List.of(0.7, 1.2, RatioChart.MOST), column(layers(plot, "errorbar").getFirst(), "low"));
        assertEquals(List.of(0.9, 1.7, RatioChart.MOST), column(layers(plot, "errorbar").getFirst(), "high"));
        assertEquals(List.of(-1.0, -2.0, -4.0), column(layers(plot, "errorbar").getFirst(), "y"));
        assertEquals(List.of(1.0, 1.05, 1.1, 1.3), column(layers(plot, "segment").getFirst(), "bound"));
        final Map<?, ?> labels = layers(plot, "text").get(1);
        assertEquals(GROUPS.stream().flatMap(group -> group.bars().stream()).map(RatioChart.Bar::label).toList(),
            column(labels, "label"));
        final Map<?, ?> numbers = layers(plot, "text").get(2);
        assertEquals(List.of("0.80 (0.70 to 0.90)", "1.50 (1.20 to 1.70)", "22 (7 to 650)", "1.25 (one fork)"),
            column(numbers, "label"));
        assertEquals(List.of(-1.0, -2.0, -4.0, -5.0), column(labels, "y"));
        assertEquals(List.of(-1.0, -2.0, -4.0, -5.0), column(numbers, "y"));
    }

    @Test
    @DisplayName("What lies beyond the picture has an arrow, and its numbers beside it")
    void shouldPointAtWhatIsBeyond() throws Exception {
        assertEquals(List.of(-4.0), column(layers(RatioChart.plot("title", GROUPS), "segment").getLast(), "y"));
        assertTrue(texts(RatioChart.draw("title", GROUPS)).contains("22 (7 to 650)"));
    }

    @Test
    @DisplayName("No label is lost or cut, whatever characters it has")
    void shouldShowEveryLabelAndNumber() throws Exception {
        final List<String> texts = texts(RatioChart.draw("a < b & c", GROUPS));
        assertTrue(texts.contains("a < b & c"), texts.toString());
        for (final RatioChart.Group group : GROUPS) {
            assertTrue(texts.contains(group.heading()), texts.toString());
            for (final RatioChart.Bar bar : group.bars()) {
                assertTrue(texts.contains(bar.label()), bar.label() + " is not in " + texts);
            }
        }
        assertTrue(texts.contains("0.80 (0.70 to 0.90)"), texts.toString());
        assertTrue(texts.contains("1.25 (one fork)"), texts.toString());
        assertEquals("a < b & c",
            parse(RatioChart.draw("a < b & c", GROUPS)).getElementsByTagName("title").item(0).getTextContent());
    }

    @Test
    @DisplayName("Bars without a bound have no marks of one, and are the region's or somebody else's")
    void shouldDrawPeersWithoutBounds() throws Exception {
        final List<RatioChart.Group> peers = List.of(new RatioChart.Group("load", List.of(
            new RatioChart.Bar("region", Estimate.alone(1), Double.NaN, "plain"),
            new RatioChart.Bar("agrona", Estimate.alone(1.2), Double.NaN, "absent"))));
        assertEquals(List.of(), column(layers(RatioChart.plot("peers", peers), "segment").getFirst(), "bound"));
        assertTrue(texts(RatioChart.draw("peers", peers)).containsAll(List.of("load", "region", "agrona", "others")));
    }

    @Test
    @DisplayName("The summary has all rows of the design, also of a run that measured nothing and has no tails")
    void shouldNameEveryRow() throws Exception {
        final String texts = String.join(" ", texts(SummaryChart.draw(Standing.of(List.of()), null)));
        for (final DesignRow row : DesignRow.values()) {
            assertTrue(texts.contains(row.target()), row.target() + " is not in " + texts);
        }
        assertTrue(texts.contains("0 of 13 met, 13 not measured"), texts);
    }

    @Test
    @DisplayName("The summary places a case by what part of its target it is; whiskers go to the one that decides")
    void shouldPlaceCasesByTheirTarget() {
        final Estimate slow = new Estimate(4, 3, 6);
        final Plot plot = SummaryChart.plot(Standing.of(List.of(
            new Case(DesignRow.STATIC, "slow", slow, 2, "", 3, Verdict.MISSED, slow, slow),
            new Case(DesignRow.STATIC, "fast", new Estimate(2, 1, 3), 2, "", 3, Verdict.OPEN, slow, slow),
            new Case(DesignRow.ALLOCATION, "none", new Estimate(0, 0, 0), 0, " B", 0, Verdict.MET, null, null))));
        assertEquals(List.of(2.0, 1.0), column(layers(plot, "point").getFirst(), "value"));
        assertEquals(List.of("missed", "cannot be told"), column(layers(plot, "point").getFirst(), "kind"));
        assertEquals(List.of(1.5), column(layers(plot, "errorbar").getFirst(), "low"));
        assertEquals(List.of(3.0), column(layers(plot, "errorbar").getFirst(), "high"));
    }

    @Test
    @DisplayName("A curve for each phase, of the region's loads and of the control's, ascending to the slowest load")
    void shouldDrawAllPercentileCurves() throws Exception {
        for (final ResultFolder run : ResultFolder.readAll(RESULTS)) {
            if (run.tails() != null) {
                final Plot plot = TailChart.plot(run.tails(), List.of(Phase.values()));
                final List<Map<?, ?>> curves = layers(plot, "path");
                assertEquals(2 * Phase.values().length, curves.size());
                for (final Map<?, ?> curve : curves) {
                    final List<?> times = (List<?>) column(curve, "time");
                    for (int i = 1; i < times.size(); i++) {
                        assertTrue((double) times.get(i - 1) <= (double) times.get(i), times.toString());
                    }
                }
                final double idle = run.tails().all(Phase.IDLE, TailLog.LOAD).getValueAtPercentile(99.99);
                assertEquals(List.of(1.10 * idle), column(layers(plot, "segment").getFirst(), "bound"));
                final List<String> texts = texts(TailChart.draw(run.tails()));
                assertTrue(texts.containsAll(List.of("idle", "storm", "persist-errors", "99.99", "1 ms")), "" + texts);
            }
        }
    }

    @Test
    @DisplayName("Pictures have white below them, no text under 11 pixels, a view box, and only identifiers that exist")
    void shouldBeReadableWhereverItIsShown() throws IOException {
        // That these are what is drawn, GeneratorTest tells.
        try (var files = Files.walk(RESULTS)) {
            for (final Path file : files.filter(path -> path.toString().endsWith(".svg")).toList()) {
                final String svg = Files.readString(file);
                assertTrue(svg.startsWith("<svg ") && svg.contains(" viewBox=\"0 0 900 "), file.toString());
                assertTrue(svg.contains("fill=\"rgb(255,255,255)\""), file.toString());
                for (final String size : found("font-size: ?([0-9.]+)", svg)) {
                    assertTrue(Double.parseDouble(size) >= SMALLEST_TEXT, file + " has text of " + size);
                }
                final List<String> identifiers = found("\\bid=\"([^\"]*)\"", svg);
                assertEquals(identifiers.size(), new HashSet<>(identifiers).size(), file + " has one twice");
                assertTrue(identifiers.containsAll(found("url\\(#([^)]*)\\)", svg)), file + " lacks one");
                assertFalse(svg.contains("NaN"), file.toString());
            }
        }
    }

    private static List<String> found(final String pattern, final String svg) {
        return Pattern.compile(pattern).matcher(svg).results().map(match -> match.group(1)).toList();
    }

    @Test
    @DisplayName("The library's random identifiers and the last bits of its numbers do not show; numbers in text stay")
    void shouldDrawTheSameAgain() {
        final List<RatioChart.Group> groups = List.of(new RatioChart.Group("1.23456789 id=\"abcdefg\"",
            List.of(new RatioChart.Bar("2.3456789", Estimate.alone(1.1), 1.0, "open"))));
        final String svg = RatioChart.draw("3.456789", groups);
        assertEquals(svg, RatioChart.draw("3.456789", groups));
        assertTrue(svg.contains("1.23456789") && svg.contains("2.3456789") && svg.contains("3.456789"), svg);
        assertEquals(List.of(), Pattern.compile("=\"[^\"]*\\d\\.\\d{3,}[^\"]*\"").matcher(svg).results()
            .map(MatchResult::group).toList());
        found("\\bid=\"([^\"]*)\"", svg).stream().filter(name -> !name.equals("abcdefg"))
            .forEach(name -> assertTrue(name.matches("i\\d+"), name));
    }
}
