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
package io.cordon.bench.tails;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The files of the recorder: histograms by slice and series, or by phase and series, in {@value #HISTOGRAMS}, tagged
 * {@code phase.series}, for any tool that reads HdrHistogram's logs, and what is known besides in {@value #FACTS}.
 */
public final class TailLog {
    /** Histograms, of nanoseconds. */
    public static final String HISTOGRAMS = "tails.hlog";
    /** Settings and slices. */
    public static final String FACTS = "tails.json";

    /** From when a load of the region was due to when its value was there. */
    public static final String LOAD = "load";
    /** From when a load of the region began to when its value was there. */
    public static final String ACCESS = "access";
    /** How late the loading thread was though it waited: nothing but the machine and the JVM. */
    public static final String PAUSE = "pause";
    /** As {@link #LOAD}, of a raw segment, by the control thread. */
    public static final String CONTROL = "control";
    /** As {@link #PAUSE}, of the control thread. */
    public static final String CONTROL_PAUSE = "control-pause";

    /** How long the JVM stopped all threads: each safepoint, from when it was asked for to when all run on. */
    public static final String SAFEPOINT = "safepoint";

    private static final JsonMapper MAPPER = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final Path directory;
    private final HistogramLogWriter log;
    private final List<Slice> slices = new ArrayList<>();
    private final Map<String, Histogram> sums = new TreeMap<>();
    private final Map<String, Object> settings;

    TailLog(final Path directory, final Map<String, Object> settings) throws FileNotFoundException {
        this.directory = directory;
        this.settings = settings;
        log = new HistogramLogWriter(directory.resolve(HISTOGRAMS).toFile());
        final long now = System.currentTimeMillis();
        log.outputComment("[Latencies of loads, in nanoseconds from when each was due; tags are phase.series]");
        log.outputLogFormatVersion();
        log.outputStartTime(now);
        log.setBaseTime(now);
        log.outputLegend();
    }

    void add(final Slice slice) {
        slices.add(slice);
    }

    void add(final String phase, final String series, final long begin, final long end, final Histogram histogram) {
        histogram.setTag(phase + "." + series);
        histogram.setStartTimeStamp(begin);
        histogram.setEndTimeStamp(end);
        log.outputIntervalHistogram(histogram);
    }

    /** What nobody resamples: of all slices of a phase together, to keep the log small. */
    void sum(final String phase, final String series, final long begin, final long end, final Histogram histogram) {
        final Histogram sum = sums.get(phase + "." + series);
        if (sum == null) {
            final Histogram first = histogram.copy();
            first.setTag(phase + "." + series);
            first.setStartTimeStamp(begin);
            first.setEndTimeStamp(end);
            sums.put(first.getTag(), first);
        } else {
            sum.add(histogram);
            sum.setEndTimeStamp(end);
        }
    }

    /** Ends the log, and writes the facts. */
    void close() throws IOException {
        sums.values().forEach(log::outputIntervalHistogram);
        log.close();
        final Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("settings", settings);
        facts.put("slices", slices);
        Files.writeString(directory.resolve(FACTS), MAPPER.writeValueAsString(facts) + "\n");
    }
}
