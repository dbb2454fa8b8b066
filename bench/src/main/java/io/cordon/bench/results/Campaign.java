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
import io.cordon.bench.Folders;
import io.cordon.bench.tails.Phase;
import io.cordon.bench.tails.TailLog;
import io.cordon.bench.tails.TailRecorder;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One run: the null benchmark, a profile's benchmarks round by round, the latency recorder, the null benchmark again.
 * Whatever is through is a file, so that an interrupted run can go on, or be kept as it is. What fails is written down,
 * and the run goes on.
 *
 * @param name    of the profile, as the environment has it.
 * @param times   of the null benchmark.
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
    static final String RUNNING = ".running";
    /** The environment while it runs: a folder that has the other file is one of results. */
    static final String BEGUN = "begun.txt";

    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
    private static final String NULL_RUN = "results\\.NullRun\\.";
    private static final String ARCHIVED = "ControlBenchmark\\.regionOneLoad";
    private static final String ARCHIVE = "classes.jsa";
    private static final String SHARED = "-XX:SharedArchiveFile=";
    private static final int NULL_FORKS = 3;
    /** Of a benchmark that has stopped ending its iterations. */
    private static final int TIMEOUT_SECONDS = 60;
    /** What has to be the same for a run to go on. */
    private static final List<String> SAME = List.of("profile", "commit", "jdk", "cpu", "measured files");
    private static final List<String> TAIL_HEAP =
        List.of("-XX:+UseSerialGC", "-Xms1g", "-Xmx1g", "-Xmn640m", "-XX:+AlwaysPreTouch");

    /**
     * Runs it. Until it is through, its folder's name ends with {@code .running}.
     *
     * @return the folder with the results.
     * @throws IOException     if a file fails.
     * @throws RunnerException if JMH fails: not if a benchmark does.
     */
    Path run() throws IOException, RunnerException {
        // Before the run: what it measures is the machine as it is now.
        final String environment = Environment.describe(name, root, folder);
        final Path running = Files.createDirectories(newDirectory());
        Files.writeString(running.resolve(BEGUN), environment);
        return goOn(running);
    }

    /**
     * The run that can go on: of this profile, begun at this commit, with this JVM and on this machine.
     *
     * @return its folder; null if there is none.
     */
    Path interrupted() throws IOException {
        final Map<String, String> now = ResultFolder.lines(Environment.describe(name, root, folder));
        try (Stream<Path> entries = Files.list(output)) {
            for (final Path running : entries.filter(each -> each.getFileName().toString().endsWith(RUNNING))
                .filter(each -> Files.exists(each.resolve(BEGUN))).sorted(Comparator.reverseOrder()).toList()) {
                final Map<String, String> begun = ResultFolder.lines(Files.readString(running.resolve(BEGUN)));
                if (SAME.stream().allMatch(key -> now.get(key).equals(begun.get(key)))) {
                    return running;
                }
            }
        }
        return null;
    }

    /** Goes on with an interrupted run: what is through is not run again. */
    Path resume(final Path running) throws IOException, RunnerException {
        append(running.resolve(BEGUN), "resumed: " + Instant.now().truncatedTo(ChronoUnit.SECONDS));
        return goOn(running);
    }

    /** Keeps what an interrupted run has. */
    Path finish(final Path running) throws IOException {
        final List<String> left = new ArrayList<>();
        for (int round = 1; round <= rounds(); round++) {
            final int open = open(running, round).size();
            if (open > 0) {
                left.add(open + " of " + indices(round).size() + " parts of round " + round);
            }
            join(running, round);
        }
        if (!Files.exists(running.resolve(TailLog.FACTS))) {
            left.add("latencies");
        }
        if (!left.isEmpty()) {
            append(running.resolve(BEGUN), "left out, as the run was ended early: " + String.join(", ", left));
        }
        return keep(running);
    }

    private Path goOn(final Path running) throws IOException, RunnerException {
        final long begin = System.nanoTime();
        final String jars = jars();
        final Path kept = Files.createTempDirectory(folder, "cordon-kept-");
        try {
            final Progress progress = announce(running);
            archiveClasses(kept);
            measureNull(running, ResultFolder.NULL_BEFORE, kept);
            for (int round = 1; round <= rounds(); round++) {
                for (final int part : open(running, round)) {
                    measure(running, round, part, progress, kept);
                    check(jars);
                }
                join(running, round);
            }
            recordTails(running);
            measureNull(running, ResultFolder.NULL_AFTER, kept);
        } finally {
            Folders.delete(kept);
        }
        append(running.resolve(BEGUN), "minutes: "
            + Svg.format("%.1f", (System.nanoTime() - begin) / (double) TimeUnit.MINUTES.toNanos(1)));
        return keep(running);
    }

    private Progress announce(final Path running) throws IOException {
        Duration estimate = Duration.ZERO;
        int forks = 0;
        for (int round = 1; round <= rounds(); round++) {
            for (final int part : open(running, round)) {
                final int cases = cases(parts.get(part)).size();
                forks += cases;
                estimate = estimate.plus(parts.get(part).fork().multipliedBy(cases));
            }
        }
        final Duration ofNull = new Profile.Part(1, times, 0, "", Map.of()).fork()
            .multipliedBy(NULL_FORKS * cases(NULL_RUN, Map.of()).size());
        final Duration latencies = tail.slice().multipliedBy((long) tail.rounds() * Phase.values().length);
        System.err.println(Svg.format("About %s: %d forks in %d rounds, %s; latencies, %s. A machine that is slower "
            + "or busy takes longer.%nThe results go to %s; if this is interrupted, bench/measure %s --resume goes on "
            + "with it, and --finish keeps what there is.", Progress.text(estimate.plus(latencies).plus(ofNull
            .multipliedBy(2))), forks, rounds(), Progress.text(estimate), Progress.text(latencies), running, name));
        return new Progress(System.err, forks, estimate, latencies.plus(ofNull));
    }

    private int rounds() {
        return parts.stream().mapToInt(Profile.Part::rounds).max().orElseThrow();
    }

    /** The parts of a round. */
    private List<Integer> indices(final int round) {
        final List<Integer> indices = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            if (round <= parts.get(i).rounds()) {
                indices.add(i);
            }
        }
        return indices;
    }

    /** The parts of a round that have not been run. */
    private List<Integer> open(final Path running, final int round) {
        return indices(round).stream().filter(part -> !isThrough(running, round, part)).toList();
    }

    /** The benchmarks with their parameters that a part has, as {@link Measurement#key()}. */
    static SortedSet<String> cases(final Profile.Part part) {
        return cases(part.include(), part.parameters());
    }

    private static SortedSet<String> cases(final String include, final Map<String, List<String>> parameters) {
        final OutputFormat silent = OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT);
        final SortedSet<String> cases = new TreeSet<>();
        for (final BenchmarkListEntry entry
            : BenchmarkList.defaultList().find(silent, List.of(PACKAGE + include), List.of())) {
            List<Map<String, String>> all = List.of(new TreeMap<>());
            for (final var param : entry.getParams().orElse(Map.of()).entrySet()) {
                final List<Map<String, String>> more = new ArrayList<>();
                for (final Map<String, String> some : all) {
                    for (final String value : parameters.getOrDefault(param.getKey(), List.of(param.getValue()))) {
                        final Map<String, String> one = new TreeMap<>(some);
                        one.put(param.getKey(), value);
                        more.add(one);
                    }
                }
                all = more;
            }
            all.forEach(one -> cases.add(Measurement.key(entry.getUsername(), one)));
        }
        return cases;
    }

    private Path newDirectory() throws IOException {
        final String today = LocalDate.now(ZoneOffset.UTC) + "-" + Environment.shortCpu();
        String directory = today;
        for (int i = 2; Files.exists(output.resolve(directory)) || Files.exists(output.resolve(directory + RUNNING));
            i++) {
            directory = today + "-" + i;
        }
        return output.resolve(directory + RUNNING);
    }

    private static Path partFile(final Path running, final int round, final int part) {
        return running.resolve("part-" + round + "-" + part + ".json");
    }

    private static boolean isThrough(final Path running, final int round, final int part) {
        return Files.exists(running.resolve(ResultFolder.roundFile(round)))
            || Files.exists(partFile(running, round, part));
    }

    /** Makes one file of a round's. */
    private void join(final Path running, final int round) throws IOException {
        final Path whole = running.resolve(ResultFolder.roundFile(round));
        final List<Path> files = indices(round).stream().map(part -> partFile(running, round, part))
            .filter(Files::exists).toList();
        if (!Files.exists(whole) && !files.isEmpty()) {
            final StringJoiner lines = lines();
            for (final Path file : files) {
                new JsonMapper().readTree(file.toFile()).forEach(result -> lines.add(result.toString()));
            }
            write(whole, lines.toString());
        }
        for (final Path file : files) {
            Files.delete(file);
        }
    }

    private void measureNull(final Path running, final String file, final Path kept)
        throws IOException, RunnerException {
        if (!Files.exists(running.resolve(file))) {
            write(new Runner(options(times, kept).include(PACKAGE + NULL_RUN).forks(NULL_FORKS).build(),
                OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT)).run(), running.resolve(file));
        }
    }

    private void measure(
        final Path running, final int round, final int index, final Progress progress, final Path kept)
        throws IOException, RunnerException {
        final Profile.Part part = parts.get(index);
        final ChainedOptionsBuilder options = options(part.times(), kept).include(PACKAGE + part.include()).forks(1);
        part.parameters().forEach((parameter, values) -> options.param(parameter, values.toArray(String[]::new)));
        progress.expect(part.fork());
        final Collection<RunResult> results = new Runner(options.build(), progress).run();
        for (final Map.Entry<String, String> failure : progress.takeFailures().entrySet()) {
            fail(running, failure.getKey() + ", round " + round + ": " + failure.getValue());
        }
        write(results, partFile(running, round, index));
    }

    private static void fail(final Path running, final String words) throws IOException {
        append(running.resolve(ResultFolder.FAILED), words);
    }

    /** Forks take half the time to start with it; it holds classes, and nothing of the compiler's. */
    private void archiveClasses(final Path kept) throws RunnerException {
        if (jarsOnly()) {
            new Runner(new OptionsBuilder().parent(options(times, kept).build()).include(PACKAGE + ARCHIVED).forks(1)
                .jvmArgsAppend(NATIVE, "-XX:+AutoCreateSharedArchive", SHARED + kept.resolve(ARCHIVE))
                .warmupIterations(1).measurementIterations(1).build(),
                OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT)).run();
        }
    }

    private static boolean jarsOnly() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator)).map(Path::of)
            .allMatch(Files::isRegularFile);
    }

    // Prepended: what a benchmark's class appends must stay.
    private ChainedOptionsBuilder options(final Profile.Times of, final Path kept) {
        final ChainedOptionsBuilder options = new OptionsBuilder()
            .jvmArgsPrepend(NATIVE, "-Dcordon.bench.folder=" + folder.toAbsolutePath(),
                "-Dcordon.bench.kept=" + kept.toAbsolutePath())
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(false)
            .timeout(TimeValue.seconds(TIMEOUT_SECONDS))
            .warmupIterations(of.warmups()).warmupTime(time(of.warmup()))
            .measurementIterations(of.iterations()).measurementTime(time(of.iteration()));
        if (Files.exists(kept.resolve(ARCHIVE))) {
            options.jvmArgs(SHARED + kept.resolve(ARCHIVE));
        }
        if (!Environment.hasLibpmem()) {
            options.exclude("PersistBenchmark\\.pmem");
        }
        return options;
    }

    private static TimeValue time(final Duration duration) {
        return TimeValue.milliseconds(duration.toMillis());
    }

    private static StringJoiner lines() {
        return new StringJoiner(",\n", "[\n", "\n]\n").setEmptyValue("[]\n");
    }

    /** What JMH writes, a line for each benchmark: its own layout has a line for each number. */
    private static void write(final Collection<RunResult> results, final Path json) throws IOException {
        final ByteArrayOutputStream written = new ByteArrayOutputStream();
        final PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
        ResultFormatFactory.getInstance(ResultFormatType.JSON, out).writeOut(results);
        final StringJoiner lines = lines();
        new JsonMapper().readTree(written.toByteArray()).forEach(result -> lines.add(result.toString()));
        write(json, lines.toString());
    }

    /** All of it or nothing: what is there is through. */
    private static void write(final Path file, final String text) throws IOException {
        final Path written = Files.writeString(file.resolveSibling(file.getFileName() + ".written"), text);
        Files.move(written, file);
    }

    private static void append(final Path file, final String line) throws IOException {
        Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** Every fork loads the benchmarks anew: who builds meanwhile changes what is measured. */
    private static String jars() throws IOException {
        final StringJoiner jars = new StringJoiner(", ");
        for (final String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (Files.isRegularFile(Path.of(entry))) {
                jars.add(entry + " of " + Files.getLastModifiedTime(Path.of(entry)));
            }
        }
        return jars.toString();
    }

    private static void check(final String before) throws IOException {
        if (!jars().equals(before)) {
            throw new IOException("the benchmarks were built anew while they were measured: " + before + " became "
                + jars() + "; what was measured may be of another commit, so run it again");
        }
    }

    /**
     * In a JVM that has run nothing else, with a heap that takes a round of slices: a collection would stop the loads
     * for as long as it takes on what is left of two processors, whoever filled the heap. How fast it is filled is
     * recorded.
     */
    private void recordTails(final Path running) throws IOException {
        if (Files.exists(running.resolve(TailLog.FACTS))) {
            return;
        }
        System.err.printf("Latencies: %d rounds%n", tail.rounds());
        final Path safepoints = Files.createTempFile("cordon-safepoints-", ".log");
        final List<String> command = new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), NATIVE));
        command.addAll(TAIL_HEAP);
        command.addAll(List.of("-Xlog:safepoint:file=" + safepoints,
            "-cp", System.getProperty("java.class.path"), TailRecorder.class.getName(),
            "--output", running.toString(), "--folder", folder.toString(), "--safepoints", safepoints.toString(),
            "--slice", Long.toString(tail.slice().toMillis()), "--rounds", Integer.toString(tail.rounds())));
        final Process recorder = new ProcessBuilder(command).inheritIO().start();
        try {
            if (recorder.waitFor() != 0) {
                fail(running, "the latency recorder: exit code " + recorder.exitValue());
            }
        } catch (final InterruptedException interruption) {
            recorder.destroyForcibly();
            throw new IOException("interrupted", interruption);
        } finally {
            Files.deleteIfExists(safepoints);
        }
    }

    private static Path keep(final Path running) throws IOException {
        if (!Files.exists(running.resolve(TailLog.FACTS))) {
            // Of a recorder that did not end.
            Files.deleteIfExists(running.resolve(TailLog.HISTOGRAMS));
        }
        final Path failed = running.resolve(ResultFolder.FAILED);
        if (Files.exists(failed)) {
            append(running.resolve(BEGUN), "failed: " + Files.readAllLines(failed).size() + ", see "
                + ResultFolder.FAILED);
        }
        Files.move(running.resolve(BEGUN), running.resolve(ResultFolder.ENVIRONMENT));
        final String name = running.getFileName().toString();
        return Files.move(running, running.resolveSibling(name.substring(0, name.length() - RUNNING.length())));
    }
}
