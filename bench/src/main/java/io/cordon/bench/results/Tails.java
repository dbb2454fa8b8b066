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

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cordon.bench.tails.Phase;
import io.cordon.bench.tails.Slice;
import io.cordon.bench.tails.TailLog;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.HdrHistogram.HistogramLogReader;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.apache.commons.math3.distribution.TDistribution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** What the latency recorder wrote: a histogram for each phase, series and slice, and what is known of the slices. */
record Tails(SequencedMap<String, String> settings, List<Slice> slices, Map<String, List<Histogram>> series) {
    /** The design's. */
    static final double PERCENT = 99.99;

    private static final JsonMapper MAPPER = new JsonMapper();
    private static final int RESAMPLES = 2000;
    private static final double WHOLE = 100;
    private static final double HELD = 0.01;

    /** Null if the folder has none. */
    static Tails read(final Path folder) throws IOException {
        final Path log = folder.resolve(TailLog.HISTOGRAMS);
        if (!Files.exists(log)) {
            return null;
        }
        final var facts = MAPPER.readTree(folder.resolve(TailLog.FACTS).toFile());
        final SequencedMap<String, String> settings = new LinkedHashMap<>();
        facts.get("settings").properties().forEach(entry -> settings.put(entry.getKey(), entry.getValue().asText()));
        final List<Slice> slices = new ArrayList<>();
        facts.get("slices").forEach(slice -> slices.add(MAPPER.convertValue(slice, Slice.class)));
        final Map<String, List<Histogram>> series = new TreeMap<>();
        try (HistogramLogReader reader = new HistogramLogReader(log.toFile())) {
            while (reader.hasNext()) {
                if (reader.nextIntervalHistogram() instanceof Histogram histogram) {
                    series.computeIfAbsent(histogram.getTag(), _ -> new ArrayList<>()).add(histogram);
                }
            }
        }
        return new Tails(settings, slices, series);
    }

    /** The part of a phase's loads that were due before the one before them was done. */
    double behind(final Phase phase) {
        return (double) slices(phase).stream().mapToLong(Slice::behind).sum()
            / slices(phase).stream().mapToLong(Slice::loads).sum();
    }

    /**
     * Whether the thread kept its rate. If it did not even while nothing went on, the machine had no time for it, and
     * nothing follows from its latencies.
     */
    boolean isHeld(final Phase phase) {
        return behind(phase) < HELD;
    }

    /** Whether a series was recorded; runs of earlier days lack some. */
    boolean has(final String name) {
        return series.containsKey(Phase.IDLE.word() + "." + name);
    }

    List<Slice> slices(final Phase phase) {
        return slices.stream().filter(slice -> slice.phase().equals(phase.word())).toList();
    }

    /** Of all slices of a phase. */
    Histogram all(final Phase phase, final String name) {
        final List<Histogram> own = slicesOf(phase, name);
        final Histogram sum = own.getFirst().copy();
        own.stream().skip(1).forEach(sum::add);
        return sum;
    }

    private List<Histogram> slicesOf(final Phase phase, final String name) {
        final List<Histogram> own = series.get(phase.word() + "." + name);
        if (own == null) {
            throw new IllegalStateException("the latency log has no histograms tagged " + phase.word() + "." + name);
        }
        return own;
    }

    /**
     * A percentile of one phase over that of another. The interval is of 2000 resamples of the rounds (the seed is
     * fixed): a round gives its slices of both phases, so that what disturbed the machine for longer than a slice
     * disturbs both.
     */
    Estimate ratio(final String name, final double percent, final Phase measured, final Phase base) {
        final Counts above = Counts.of(slicesOf(measured, name));
        final Counts below = Counts.of(slicesOf(base, name));
        final int rounds = Math.min(above.slices(), below.slices());
        final double value = above.percentile(percent, range(above.slices()))
            / below.percentile(percent, range(below.slices()));
        if (rounds < 2) {
            return Estimate.alone(value);
        }
        final SplittableRandom random = new SplittableRandom(RESAMPLES);
        final double[] ratios = new double[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++) {
            final int[] chosen = random.ints(rounds, 0, rounds).toArray();
            ratios[i] = above.percentile(percent, chosen) / below.percentile(percent, chosen);
        }
        return interval(value, ratios, rounds);
    }

    /**
     * As {@link #ratio}, of a typical round: the median, over all rounds, of the percentile of one phase's slice over
     * that of the other's slice in the same round. A stall that meets one slice in ten does not show in it, whoever
     * caused it, so this says nothing of the design's number; it says what goes on where nobody stalls.
     */
    Estimate typical(final String name, final double percent, final Phase measured, final Phase base) {
        final List<Histogram> above = slicesOf(measured, name);
        final List<Histogram> below = slicesOf(base, name);
        final int rounds = Math.min(above.size(), below.size());
        final double[] each = new double[rounds];
        Arrays.setAll(each, i -> (double) above.get(i).getValueAtPercentile(percent)
            / below.get(i).getValueAtPercentile(percent));
        final double value = median(each);
        if (rounds < 2) {
            return Estimate.alone(value);
        }
        final SplittableRandom random = new SplittableRandom(RESAMPLES);
        final double[] medians = new double[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++) {
            medians[i] = median(random.ints(rounds, 0, rounds).mapToDouble(round -> each[round]).toArray());
        }
        return interval(value, medians, rounds);
    }

    private static double median(final double[] values) {
        final double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private static Estimate interval(final double value, final double[] resampled, final int rounds) {
        Arrays.sort(resampled);
        final int outside = (int) (share(rounds) * RESAMPLES);
        return new Estimate(
            value, Math.min(value, resampled[outside]), Math.max(value, resampled[RESAMPLES - 1 - outside]));
    }

    /**
     * What is left out at either end. Resamples of few rounds vary less than rounds do; so it is less than a fortieth,
     * by Student's distribution in place of the normal (Hesterberg's expanded percentiles).
     */
    private static double share(final int rounds) {
        final double quantile =
            new TDistribution(rounds - 1).inverseCumulativeProbability((1 + Contrast.CONFIDENCE) / 2);
        return new NormalDistribution().cumulativeProbability(-quantile * Math.sqrt(rounds / (rounds - 1.0)));
    }

    private static int[] range(final int count) {
        final int[] range = new int[count];
        Arrays.setAll(range, i -> i);
        return range;
    }

    /** How often each slice has each value; values descend, since percentiles of the tail are found from there. */
    private record Counts(double[] values, long[][] counts, long[] totals) {
        static Counts of(final List<Histogram> slices) {
            final TreeMap<Long, long[]> table = new TreeMap<>();
            final long[] totals = new long[slices.size()];
            for (int i = 0; i < slices.size(); i++) {
                totals[i] = slices.get(i).getTotalCount();
                for (final HistogramIterationValue value : slices.get(i).recordedValues()) {
                    table.computeIfAbsent(value.getValueIteratedTo(), _ -> new long[totals.length])[i] +=
                        value.getCountAtValueIteratedTo();
                }
            }
            return new Counts(table.descendingKeySet().stream().mapToDouble(Long::doubleValue).toArray(),
                table.descendingMap().values().toArray(long[][]::new), totals);
        }

        int slices() {
            return totals.length;
        }

        double percentile(final double percent, final int[] chosen) {
            long total = 0;
            for (final int slice : chosen) {
                total += totals[slice];
            }
            final long above = total - (long) Math.ceil(total * percent / WHOLE);
            long seen = 0;
            for (int i = 0; i < values.length; i++) {
                for (final int slice : chosen) {
                    seen += counts[i][slice];
                }
                if (seen > above) {
                    return values[i];
                }
            }
            throw new IllegalStateException("an empty histogram");
        }
    }
}
