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

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Each phase does what it is named after, and leaves its histograms. */
@Timeout(120)
class TailRecorderTest {
    private static final int ROUNDS = 2;
    private static final Plan PLAN = new Plan(1 << 20, Duration.ofNanos(100_000), Duration.ofMillis(1),
        Duration.ofMillis(30), Duration.ofMillis(5), ROUNDS, false);

    @TempDir
    private Path folder;

    @Test
    void shouldLeaveAHistogramForEachPhaseAndSeriesAndRound() throws IOException {
        final Path output = Files.createDirectory(folder.resolve("output"));
        final Path files = Files.createDirectory(folder.resolve("files"));
        TailRecorder.record(PLAN, files, output);

        final Map<String, Integer> histograms = new TreeMap<>();
        try (HistogramLogReader reader = new HistogramLogReader(output.resolve(TailLog.HISTOGRAMS).toFile())) {
            while (reader.hasNext()) {
                final Histogram histogram = (Histogram) reader.nextIntervalHistogram();
                histograms.merge(histogram.getTag(), 1, Integer::sum);
                if (histogram.getTag().endsWith("." + TailLog.LOAD)) {
                    assertEquals(300, histogram.getTotalCount(), histogram.getTag());
                }
            }
        }
        for (final Phase phase : Phase.values()) {
            for (final String series : List.of(TailLog.LOAD, TailLog.ACCESS, TailLog.PAUSE, TailLog.CONTROL,
                TailLog.CONTROL_PAUSE)) {
                assertEquals(ROUNDS, histograms.get(phase.word() + "." + series), phase + " " + series);
            }
        }
        final JsonNode slices = new JsonMapper().readTree(output.resolve(TailLog.FACTS).toFile()).get("slices");
        assertEquals(ROUNDS * Phase.values().length, slices.size());
        for (final JsonNode slice : slices) {
            assertTrue(slice.get("deeds").asLong() > 0 || slice.get("phase").asText().equals("idle"), slice.toString());
        }
        try (var left = Files.list(files)) {
            assertEquals(0, left.count(), "files left");
        }
    }

    @Test
    void shouldReadTheKernelsListsOfProcessors() {
        assertEquals(List.of(0, 1, 2, 3, 8), Affinity.parse("0-3,8"));
        assertEquals(List.of(5), Affinity.parse("5"));
    }

    @Test
    void shouldBindAThreadToOneProcessor() throws Exception {
        final int wanted = Affinity.allowed().getLast();
        final AtomicReference<String> found = new AtomicReference<>();
        final Thread thread = Thread.ofPlatform().start(() -> {
            try {
                Affinity.pin(wanted);
                found.set(Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
                    .filter(line -> line.startsWith("Cpus_allowed_list")).findFirst().orElseThrow());
            } catch (final IOException failure) {
                found.set(failure.toString());
            }
        });
        thread.join();
        assertEquals(Integer.toString(wanted), found.get().replaceFirst(".*:\\s*", ""));
    }
}
