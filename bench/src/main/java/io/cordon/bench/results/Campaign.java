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
import io.cordon.bench.tails.TailRecorder;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;

/**
 * One run: the null benchmark, a profile's benchmarks round by round, the latency recorder, the null benchmark again.
 *
 * @param name    of the profile, as the environment has it.
 * @param times   of the benchmarks.
 * @param tail    of the latency recorder.
 * @param parts   the benchmarks.
 * @param root    the project.
 * @param folder  where the measured files lie.
 * @param output  where the run's folder goes.
 */
record Campaign(
    String name, Profile.Times times, Profile.Tail tail, List<Profile.Part> parts, Path root, Path folder,
    Path output) {
    static final String PACKAGE = "^io\\.cordon\\.bench\\.";
    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
    private static final int NULL_FORKS = 3;
    private static final List<String> TAIL_HEAP =
        List.of("-XX:+UseSerialGC", "-Xms1g", "-Xmx1g", "-Xmn640m", "-XX:+AlwaysPreTouch");

    /**
     * Runs it. Until it is through, its folder's name ends with {@code .running}.
     *
     * @return the folder with the results.
     * @throws IOException     if a file, or the latency recorder, fails.
     * @throws RunnerException if a benchmark fails.
     */
    Path run() throws IOException, RunnerException {
        final long begin = System.nanoTime();
        // Before the run: what it measures is the machine as it is now.
        final String environment = Environment.describe(name, root, folder);
        final Path kept = newDirectory();
        final Path running = Files.createDirectories(kept.resolveSibling(kept.getFileName() + ".running"));
        measureNull(running.resolve(ResultFolder.NULL_BEFORE));
        final int rounds = parts.stream().mapToInt(Profile.Part::rounds).max().orElseThrow();
        for (int round = 1; round <= rounds; round++) {
            System.err.printf("%nRound %d of %d%n", round, rounds);
            measure(round, running.resolve(ResultFolder.roundFile(round)));
        }
        System.err.printf("%nLatencies: %d rounds%n", tail.rounds());
        recordTails(running);
        measureNull(running.resolve(ResultFolder.NULL_AFTER));
        Files.writeString(running.resolve(ResultFolder.ENVIRONMENT), environment + "minutes: "
            + Svg.format("%.1f", (System.nanoTime() - begin) / (double) TimeUnit.MINUTES.toNanos(1)) + "\n");
        return Files.move(running, kept);
    }

    private Path newDirectory() throws IOException {
        final String today = LocalDate.now(ZoneOffset.UTC) + "-" + Environment.shortCpu();
        Path directory = output.resolve(today);
        for (int i = 2; Files.exists(directory) || Files.exists(output.resolve(directory.getFileName() + ".running"));
            i++) {
            directory = output.resolve(today + "-" + i);
        }
        return directory;
    }

    private void measureNull(final Path json) throws IOException, RunnerException {
        write(new Runner(options().include(PACKAGE + "results\\.NullRun\\.").forks(NULL_FORKS).build()).run(), json);
    }

    private void measure(final int round, final Path json) throws IOException, RunnerException {
        final List<RunResult> results = new ArrayList<>();
        for (final Profile.Part part : parts) {
            if (round <= part.rounds()) {
                final ChainedOptionsBuilder options = options().include(PACKAGE + part.include()).forks(1);
                part.parameters().forEach((name, values) -> options.param(name, values.toArray(String[]::new)));
                results.addAll(new Runner(options.build()).run());
            }
        }
        write(results, json);
    }

    // Prepended: what a benchmark's class appends must stay.
    private ChainedOptionsBuilder options() {
        final ChainedOptionsBuilder options = new OptionsBuilder()
            .jvmArgsPrepend(NATIVE, "-Dcordon.bench.folder=" + folder.toAbsolutePath())
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true)
            .warmupIterations(times.warmups()).warmupTime(time(times.warmup()))
            .measurementIterations(times.iterations()).measurementTime(time(times.iteration()));
        if (!Environment.hasLibpmem()) {
            options.exclude("PersistBenchmark\\.pmem");
        }
        return options;
    }

    private static TimeValue time(final Duration duration) {
        return TimeValue.milliseconds(duration.toMillis());
    }

    /** What JMH writes, a line for each benchmark: its own layout has a line for each number. */
    private static void write(final Collection<RunResult> results, final Path json) throws IOException {
        final ByteArrayOutputStream written = new ByteArrayOutputStream();
        final PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
        ResultFormatFactory.getInstance(ResultFormatType.JSON, out).writeOut(results);
        final StringJoiner lines = new StringJoiner(",\n", "[\n", "\n]\n");
        new JsonMapper().readTree(written.toByteArray()).forEach(result -> lines.add(result.toString()));
        Files.writeString(json, lines.toString());
    }

    /**
     * In a JVM that has run nothing else, with a heap that takes a round of slices: a collection would stop the loads
     * for as long as it takes on what is left of two processors, whoever filled the heap. How fast it is filled is
     * recorded.
     */
    private void recordTails(final Path running) throws IOException {
        final Path safepoints = Files.createTempFile("cordon-safepoints-", ".log");
        final List<String> command = new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), NATIVE));
        command.addAll(TAIL_HEAP);
        command.addAll(List.of("-Xlog:safepoint:file=" + safepoints + "",
            "-cp", System.getProperty("java.class.path"), TailRecorder.class.getName(),
            "--output", running.toString(), "--folder", folder.toString(), "--safepoints", safepoints.toString(),
            "--slice", Long.toString(tail.slice().toMillis()), "--rounds", Integer.toString(tail.rounds())));
        final Process recorder = new ProcessBuilder(command).inheritIO().start();
        try {
            if (recorder.waitFor() != 0) {
                throw new IOException("the latency recorder ended with exit code " + recorder.exitValue());
            }
        } catch (final InterruptedException interruption) {
            recorder.destroyForcibly();
            throw new IOException("interrupted", interruption);
        } finally {
            Files.deleteIfExists(safepoints);
        }
    }
}
