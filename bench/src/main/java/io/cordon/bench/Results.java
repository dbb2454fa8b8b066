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
package io.cordon.bench;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.concurrent.Callable;

/**
 * Runs a set of benchmarks, keeps what JMH reports together with what the machine was, and writes the page that says
 * what all kept results show.
 */
@Command(name = "measure", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Measures the design's numbers, the fast path against raw memory segments first, and keeps the results.",
    "",
    "smoke     seconds a benchmark, small sizes: shows that all of them run; its numbers mean nothing",
    "rows      the design's rows, about a quarter of an hour on a machine that does nothing else",
    "fastpath  the real run, about an hour and a half on a machine that does nothing else",
    "page      no run: writes the page again from the results that are there",
    ""})
public final class Results implements Callable<Integer> {
    /** What to run. */
    enum Profile { SMOKE, ROWS, FASTPATH, PAGE }

    @Parameters(index = "0", paramLabel = "PROFILE", description = "${COMPLETION-CANDIDATES}, in any case")
    private Profile profile;

    @Option(names = "--root", paramLabel = "DIR", description = "the project; default: ${DEFAULT-VALUE}")
    private Path root = Path.of("");

    @Option(names = "--output", paramLabel = "DIR",
        description = "where results and page go; default: jmh-results; for smoke bench/target/jmh-results")
    private Path output;

    @Option(names = "--folder", paramLabel = "DIR",
        description = "where the measured files lie, 2 GiB and more; default: ${DEFAULT-VALUE}")
    private Path folder = Path.of(System.getProperty("java.io.tmpdir"));

    private Results() {
    }

    /**
     * Runs the program.
     *
     * @param args see {@code --help}
     */
    public static void main(final String[] args) {
        System.exit(new CommandLine(new Results()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
    }

    @Override
    public Integer call() throws IOException, RunnerException {
        if (output == null) {
            output = root.resolve(profile == Profile.SMOKE ? "bench/target/jmh-results" : "jmh-results");
        }
        if (!Files.isDirectory(folder)) {
            System.err.println("--folder " + folder + " is no directory");
            return CommandLine.ExitCode.USAGE;
        }
        if (profile != Profile.PAGE) {
            measure();
        }
        System.out.println("page: " + ResultsPage.write(output));
        return CommandLine.ExitCode.OK;
    }

    private void measure() throws IOException, RunnerException {
        // Before the run: what it measures is the machine as it is now.
        final String environment = Environment.describe(profile.name().toLowerCase(Locale.ROOT), root, folder);
        final Path kept = Files.createDirectories(newDirectory());
        Files.writeString(kept.resolve(ResultsPage.ENVIRONMENT), environment);
        final Path running = kept.resolve("running.json");
        new Runner(options(running).build()).run();
        Files.move(running, kept.resolve(ResultsPage.RESULTS));
        System.out.println("results: " + kept);
    }

    private Path newDirectory() throws IOException {
        final String name = LocalDate.now(ZoneOffset.UTC) + "-" + Environment.shortCpu();
        Path directory = output.resolve(name);
        for (int i = 2; Files.exists(directory); i++) {
            directory = output.resolve(name + "-" + i);
        }
        return directory;
    }

    private ChainedOptionsBuilder options(final Path json) {
        final ChainedOptionsBuilder options = new OptionsBuilder()
            .include("^" + Results.class.getPackageName() + "\\.\\w+Benchmark\\.")
            .jvmArgsAppend("--enable-native-access=ALL-UNNAMED",
                "-D" + Mappings.FOLDER_PROPERTY + "=" + folder.toAbsolutePath())
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true)
            .resultFormat(ResultFormatType.JSON)
            .result(json.toString());
        if (profile == Profile.SMOKE) {
            options.forks(1).warmupIterations(2).warmupTime(TimeValue.milliseconds(200))
                .measurementIterations(3).measurementTime(TimeValue.milliseconds(100))
                .param("size", "65536").param("block", "65536").param("length", "64", "4096")
                .param("pages", "100").param("lines", "1000");
        }
        if (profile == Profile.ROWS) {
            options.exclude("OrderedAccess|BadBlocks|Scrub").forks(2).warmupIterations(3)
                .warmupTime(TimeValue.milliseconds(300)).measurementIterations(4)
                .measurementTime(TimeValue.milliseconds(300))
                .param("block", "4096", "1048576").param("length", "64", "4096", "16777216");
        }
        return options;
    }
}
