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

import com.fasterxml.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * What JMH says of one benchmark with one set of parameters, over all forks that a run has of it. Times are in
 * nanoseconds.
 *
 * @param type       the benchmark's class, without its package.
 * @param method     its method.
 * @param parameters sorted by name.
 * @param forks      one mean a fork.
 * @param samples    one table of value and count a fork; empty unless JMH sampled.
 * @param bytes      allocated on the heap by a call, one mean a fork.
 * @param resident   bytes that the process grew by, at the most; NaN if nobody looked.
 */
record Measurement(
    String type, String method, SequencedMap<String, String> parameters, List<Double> forks,
    List<SequencedMap<Double, Long>> samples, List<Double> bytes, double resident) {
    private static final Map<String, Double> NANOS = Map.of("ns/op", 1.0, "us/op", 1e3, "ms/op", 1e6, "s/op", 1e9);
    private static final SequencedMap<String, Integer> UNITS = units();
    private static final double PERCENT = 100;
    private static final String RAW = "raw";
    private static final String REGION = "region";
    private static final String CLEAN = "clean";
    /** Parameters that count what their name says. */
    private static final Set<String> COUNTS = Set.of("pages", "lines", "records", "owners", "lost");

    private static SequencedMap<String, Integer> units() {
        final SequencedMap<String, Integer> units = new LinkedHashMap<>();
        units.put(" TiB", 40);
        units.put(" GiB", 30);
        units.put(" MiB", 20);
        units.put(" KiB", 10);
        return units;
    }

    static Measurement of(final JsonNode node) {
        final String name = node.get("benchmark").asText();
        final int dot = name.lastIndexOf('.');
        final Map<String, String> sorted = new TreeMap<>();
        node.path("params").properties().forEach(entry -> sorted.put(entry.getKey(), entry.getValue().asText()));
        final JsonNode metric = node.get("primaryMetric");
        final double scale = NANOS.getOrDefault(metric.get("scoreUnit").asText(), 1.0);
        final List<SequencedMap<Double, Long>> samples = samples(metric.path("rawDataHistogram"), scale);
        final JsonNode other = node.path("secondaryMetrics");
        return new Measurement(name.substring(name.lastIndexOf('.', dot - 1) + 1, dot), name.substring(dot + 1),
            new LinkedHashMap<>(sorted),
            samples.isEmpty() ? means(metric.path("rawData"), scale) : samples.stream().map(Measurement::mean).toList(),
            samples, means(other.path("gc.alloc.rate.norm").path("rawData"), 1), largest(other.path("resident")));
    }

    private static List<Double> means(final JsonNode rawData, final double scale) {
        final List<Double> means = new ArrayList<>();
        for (final JsonNode fork : rawData) {
            double sum = 0;
            for (final JsonNode iteration : fork) {
                sum += iteration.asDouble();
            }
            means.add(scale * sum / fork.size());
        }
        return means;
    }

    private static List<SequencedMap<Double, Long>> samples(final JsonNode rawData, final double scale) {
        final List<SequencedMap<Double, Long>> forks = new ArrayList<>();
        for (final JsonNode fork : rawData) {
            final TreeMap<Double, Long> samples = new TreeMap<>();
            for (final JsonNode iteration : fork) {
                for (final JsonNode pair : iteration) {
                    samples.merge(scale * pair.get(0).asDouble(), pair.get(1).asLong(), Long::sum);
                }
            }
            forks.add(samples);
        }
        return forks;
    }

    private static double mean(final Map<Double, Long> samples) {
        double sum = 0;
        for (final Map.Entry<Double, Long> entry : samples.entrySet()) {
            sum += entry.getKey() * entry.getValue();
        }
        return sum / count(samples);
    }

    private static long count(final Map<Double, Long> samples) {
        return samples.values().stream().mapToLong(Long::longValue).sum();
    }

    private static double largest(final JsonNode metric) {
        double largest = Double.NaN;
        for (final JsonNode fork : metric.path("rawData")) {
            for (final JsonNode iteration : fork) {
                largest = largest >= iteration.asDouble() ? largest : iteration.asDouble();
            }
        }
        return largest;
    }

    /** Both; of the same benchmark, with the same parameters. */
    Measurement and(final Measurement more) {
        return new Measurement(type, method, parameters, join(forks, more.forks), join(samples, more.samples),
            join(bytes, more.bytes), resident >= more.resident ? resident : more.resident);
    }

    private static <T> List<T> join(final List<T> some, final List<T> more) {
        final List<T> all = new ArrayList<>(some);
        all.addAll(more);
        return all;
    }

    String key() {
        return type + "." + method + parameters;
    }

    /** {@link #key()} of a benchmark by its full name. */
    static String key(final String benchmark, final Map<String, String> sorted) {
        return benchmark.substring(benchmark.lastIndexOf('.', benchmark.lastIndexOf('.') - 1) + 1) + sorted;
    }

    /** Whether the method's name begins with a side of a comparison: raw, region, ... */
    boolean isOf(final String side) {
        return method.startsWith(side) && method.length() > side.length()
            && Character.isUpperCase(method.charAt(side.length()));
    }

    boolean isRaw() {
        return isOf(RAW);
    }

    boolean isRegion() {
        return isOf(REGION);
    }

    /** Of the raw side: what is done, the same on all sides. */
    String what() {
        return method.substring(RAW.length());
    }

    /** Where lines are lost, or how many of the own region's: clean, elsewhere, other. */
    String poison() {
        final String lost = parameters.getOrDefault("lost", "0");
        if (lost.equals("other")) {
            return lost;
        }
        return lost.equals("0") ? parameters.getOrDefault("poison", CLEAN) : "elsewhere";
    }

    boolean isSampled() {
        return !samples.isEmpty();
    }

    /** The mean of the forks' means, with its interval. */
    Estimate mean() {
        return Contrast.of(forks);
    }

    /** A percentile of the samples of all forks; the interval is that of the forks' own. */
    Estimate percentile(final double percent) {
        final TreeMap<Double, Long> all = new TreeMap<>();
        samples.forEach(fork -> fork.forEach((value, count) -> all.merge(value, count, Long::sum)));
        return Contrast.of(percentiles(percent)).around(percentile(all, percent));
    }

    /** A percentile of each fork. */
    List<Double> percentiles(final double percent) {
        return samples.stream().map(fork -> percentile(fork, percent)).toList();
    }

    private static double percentile(final SequencedMap<Double, Long> samples, final double percent) {
        final double rank = Math.ceil(count(samples) * percent / PERCENT);
        long seen = 0;
        for (final Map.Entry<Double, Long> entry : samples.entrySet()) {
            seen += entry.getValue();
            if (seen >= rank) {
                return entry.getKey();
            }
        }
        return Double.NaN;
    }

    /** What is done and with which parameters, for people. */
    String label() {
        return shortType() + " " + (isRegion() ? method.substring(REGION.length()) : method) + parameterLabel();
    }

    String shortType() {
        return type.replaceFirst("Benchmark$", "");
    }

    String parameterLabel() {
        final StringBuilder label = new StringBuilder();
        parameters.forEach((name, value) -> {
            if (name.equals("poison")) {
                label.append(value.equals(CLEAN) ? "" : ", poison " + value);
            } else if (COUNTS.contains(name) && !value.equals("other")) {
                label.append(", ").append(value).append(' ').append(name);
            } else {
                label.append(", ").append(name.equals("bytes") ? "" : name + " ").append(bytes(value));
            }
        });
        return label.toString();
    }

    private static String bytes(final String value) {
        if (!value.matches("\\d+")) {
            return value;
        }
        final long count = Long.parseLong(value);
        for (final Map.Entry<String, Integer> unit : UNITS.entrySet()) {
            if (count >= 1L << unit.getValue() && count % (1L << unit.getValue()) == 0) {
                return (count >> unit.getValue()) + unit.getKey();
            }
        }
        return count + " B";
    }
}
