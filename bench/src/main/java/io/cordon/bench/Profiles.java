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

import one.profiler.AsyncProfiler;
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
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/**
 * Profiles benchmarks with async-profiler, and keeps a flame graph of each.
 */
@Command(name = "profile", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Profiles the fast path, a storm of failing pages, and a scrub; about a minute. Keeps NAME.html, flame graphs."})
public final class Profiles implements Callable<Integer> {
    private static final String LIBRARY = "libasyncProfiler.so";

    /** What is profiled. */
    enum Subject {
        FAST_PATH("PatternBenchmark.regionRandomField", "level", "L2"),
        STORM("RecoveryBenchmark.regionStorm", "pages", "10000"),
        SCRUB("ScrubBenchmark.load", "patrol", "half");

        private final String benchmark;
        private final String parameter;
        private final String value;

        Subject(final String benchmark, final String parameter, final String value) {
            this.benchmark = benchmark;
            this.parameter = parameter;
            this.value = value;
        }

        String fileName() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @Parameters(arity = "0..*", paramLabel = "NAME", description = "${COMPLETION-CANDIDATES}; default: all")
    private List<Subject> subjects = List.of(Subject.values());

    @Option(names = "--root", paramLabel = "DIR", description = "the project; default: ${DEFAULT-VALUE}")
    private Path root = Path.of("");

    @Option(names = "--output", paramLabel = "DIR",
        description = "where the profiles go; default: jmh-results/profiles in the project")
    private Path output;

    @Option(names = "--event", paramLabel = "EVENT",
        description = "async-profiler's; default: cpu-clock, an event of the kernel, where it can be, else itimer")
    private String event;

    @Option(names = "--folder", paramLabel = "DIR",
        description = "where the measured files lie; default: ${DEFAULT-VALUE}")
    private Path folder = Path.of(System.getProperty("java.io.tmpdir"));

    private Profiles() {
    }

    /**
     * Runs the program.
     *
     * @param args see {@code --help}
     */
    public static void main(final String[] args) {
        System.exit(new CommandLine(new Profiles()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
    }

    @Override
    public Integer call() throws IOException, RunnerException {
        if (output == null) {
            output = root.resolve("jmh-results/profiles");
        }
        Files.createDirectories(output);
        final Path library = extract();
        if (event == null) {
            event = PerfEvents.isPermitted(library) ? "cpu-clock" : "itimer";
        }
        System.out.println("event: " + event);
        for (final Subject subject : subjects) {
            profile(subject, library);
        }
        return CommandLine.ExitCode.OK;
    }

    /** The native library from async-profiler's jar. */
    static Path extract() throws IOException {
        final String name = (System.getProperty("os.arch").equals("aarch64") ? "linux-arm64/" : "linux-x64/") + LIBRARY;
        final Path library = Mappings.folder().resolve(LIBRARY);
        try (InputStream content = AsyncProfiler.class.getClassLoader().getResourceAsStream(name)) {
            if (content == null) {
                throw new IOException("async-profiler's jar has no " + name);
            }
            Files.copy(content, library);
        }
        return library;
    }

    private void profile(final Subject subject, final Path library) throws IOException, RunnerException {
        final Path raw = Files.createDirectories(Mappings.folder().resolve(subject.fileName()));
        final ChainedOptionsBuilder options = new OptionsBuilder()
            .include("^" + Profiles.class.getPackageName() + "\\." + subject.benchmark + "$")
            .param(subject.parameter, subject.value)
            .jvmArgsPrepend("-D" + Mappings.FOLDER_PROPERTY + "=" + folder.toAbsolutePath())
            .forks(1).warmupIterations(2).warmupTime(TimeValue.seconds(1))
            .measurementIterations(3).measurementTime(TimeValue.seconds(2))
            .addProfiler("async", "libPath=" + library + ";output=flamegraph;direction=forward;event=" + event
                + ";dir=" + raw)
            .shouldFailOnError(true);
        new Runner(options.build()).run();
        keep(raw, ".html", output.resolve(subject.fileName() + ".html"));
    }

    /** The one file of that kind that JMH has written, however it names it. */
    private static void keep(final Path raw, final String end, final Path target) throws IOException {
        try (var files = Files.walk(raw)) {
            final List<Path> found =
                files.filter(file -> file.toString().endsWith(end)).sorted(Comparator.naturalOrder()).toList();
            if (found.size() != 1) {
                throw new IOException("async-profiler wrote " + found + ", and not one file that ends with " + end);
            }
            Files.copy(found.getFirst(), target, StandardCopyOption.REPLACE_EXISTING);
        }
        System.out.println("profile: " + target);
    }
}
