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
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Each phase does what it is named after, and leaves its histograms. */
@Timeout(120)
class TailRecorderTest {
    private static final int ROUNDS = 2;
    private static final Plan PLAN = new Plan(List.of(Phase.values()), 1 << 20, Duration.ofNanos(100_000),
        Duration.ofMillis(1), Duration.ofMillis(30), Duration.ofMillis(5), ROUNDS, false);

    @TempDir
    private Path folder;

    @Test
    void shouldLeaveHistogramsOfEachPhaseAndSeries() throws IOException {
        final Path output = Files.createDirectory(folder.resolve("output"));
        final Path files = Files.createDirectory(folder.resolve("files"));
        TailRecorder.record(PLAN, new SafepointLog(null), files, output);

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
            for (final String series : List.of(TailLog.LOAD, TailLog.ACCESS, TailLog.CONTROL)) {
                assertEquals(ROUNDS, histograms.get(phase.word() + "." + series), phase + " " + series);
            }
            for (final String series : List.of(TailLog.PAUSE, TailLog.CONTROL_PAUSE, TailLog.SAFEPOINT)) {
                assertEquals(1, histograms.get(phase.word() + "." + series), phase + " " + series);
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
    @DisplayName("What devices do counts, by processor; what processors do to each other does not")
    void shouldSumTheInterruptsOfDevices() {
        assertArrayEquals(new long[] {8, 0, 41}, Affinity.interrupts(List.of(
            "           CPU0       CPU2",
            " 24:          1          0  IO-APIC   5-edge      ACPI:Ged",
            "136:          7         41 PCI-MSIX-0000:00:02.0   1-edge      virtio1-req.0",
            "LOC:   20006360   19683924   Local timer interrupts",
            "ERR:          0")));
    }

    @Test
    void shouldReadEachSafepointOnce() throws IOException {
        final Path file = folder.resolve("safepoints");
        final String line = "[0.701s][info][safepoint] Safepoint \"%s\", Time since last: 665942715 ns,"
            + " Reaching safepoint: 27561 ns, At safepoint: 6947068 ns, Leaving safepoint: 2234 ns, Total: %d ns,"
            + " Threads: 0 runnable, 10 total%n";
        Files.writeString(file, String.format(line, "G1CollectForAllocation", 9_000_000));
        final SafepointLog log = new SafepointLog(file);
        log.skip();
        assertEquals(0, log.read().getTotalCount());
        final String next = String.format(line, "ICBufferFull", 1000) + String.format(line, "Cleanup", 3000);
        // The last line is still being written.
        Files.writeString(file, next.substring(0, next.length() - 5), StandardOpenOption.APPEND);
        final Histogram first = log.read();
        assertEquals(1, first.getTotalCount());
        assertEquals(1000, first.getMaxValue());
        Files.writeString(file, next.substring(next.length() - 5), StandardOpenOption.APPEND);
        final Histogram second = log.read();
        assertEquals(1, second.getTotalCount());
        assertTrue(second.getMaxValue() >= 3000 && second.getMaxValue() < 3010, "most " + second.getMaxValue());
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
