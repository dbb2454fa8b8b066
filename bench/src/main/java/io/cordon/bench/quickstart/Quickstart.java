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
package io.cordon.bench.quickstart;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.MemorySegment;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/**
 * Shows what Cordon is for: a region serves a real file to several threads while hundreds of its lines fail.
 */
@Command(
    name = "quickstart",
    description = {
        "Loads a file into a Cordon region, serves random loads from several threads, lets lines of the region fail"
            + " meanwhile, recovers them from the file, and checks every answer.",
        ""},
    usageHelpAutoWidth = true,
    sortOptions = false,
    mixinStandardHelpOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
        "0:every promise was kept",
        "1:a promise was broken",
        "2:the run could not start: bad option, bad input, no space, not Linux"})
public final class Quickstart implements Callable<Integer> {
    private static final int BROKEN = 1;
    private static final int NOT_STARTED = 2;
    private static final long MEBIBYTE = 1 << 20;
    private static final long DEFAULT_LIMIT = 256;
    private static final long DEFAULT_MINIMUM = 16;
    private static final int SIZE_LIMIT = 1 << 20;
    private static final int THREAD_LIMIT = 256;
    private static final int SECOND_LIMIT = 3600;
    private static final int LINES_LIMIT = 1_000_000;
    private static final int DEFAULT_THREADS = Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 4);

    private final Consumer<MemorySegment> sabotage;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "FILE",
        description = "What to load; at least 16 MiB, or 1 MiB if --size is given. Default: lib/modules of the JDK"
            + " that runs this.")
    private String file;

    @Option(names = "--size", paramLabel = "MIB",
        description = "Load only the first MIB mebibytes of the file. Default: 256.")
    private Integer size;

    @Option(names = "--lines", paramLabel = "N", defaultValue = "500",
        description = "How many 64-byte lines to poison. Default: ${DEFAULT-VALUE}.")
    private int lines;

    @Option(names = "--threads", paramLabel = "N",
        description = "How many threads load. Default: one for each processor, 2 to 4.")
    private int threads = DEFAULT_THREADS;

    @Option(names = "--seconds", paramLabel = "N", defaultValue = "4",
        description = "How long each of the three phases takes: before, during and after. Default:"
            + " ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(names = "--seed", paramLabel = "N",
        description = "Chooses the lines and the loads; the threads' timing stays random. Default: another each"
            + " time.")
    private Long seed;

    @Option(names = "--folder", paramLabel = "DIR",
        description = "Where to make the temporary folder of the region. Default: the system's place.")
    private Path folder;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this and exit.")
    private boolean help;

    private Quickstart(final Consumer<MemorySegment> sabotage) {
        this.sabotage = sabotage;
    }

    /**
     * Runs it and ends the process.
     *
     * @param args see {@code --help}.
     */
    public static void main(final String[] args) {
        final PrintWriter out = new PrintWriter(System.out, true);
        final PrintWriter err = new PrintWriter(System.err, true);
        System.exit(run(args, out, err, _ -> { }));
    }

    /**
     * Runs it.
     *
     * @param sabotage is given the copy that loads are compared with, so that a test can see a run fail.
     * @return the exit code.
     */
    static int run(
        final String[] args, final PrintWriter out, final PrintWriter err, final Consumer<MemorySegment> sabotage) {
        return new CommandLine(new Quickstart(sabotage))
            .setOut(out)
            .setErr(err)
            .setColorScheme(CommandLine.Help.defaultColorScheme(ansi()))
            .setParameterExceptionHandler((failure, _) -> refuse(err, failure.getMessage()))
            .execute(args);
    }

    private static CommandLine.Help.Ansi ansi() {
        final String noColor = System.getenv("NO_COLOR");
        return noColor == null || noColor.isEmpty() ? CommandLine.Help.Ansi.AUTO : CommandLine.Help.Ansi.OFF;
    }

    private static int refuse(final PrintWriter err, final String reason) {
        err.println("quickstart: " + reason.lines().findFirst().orElse("") + " (--help explains the options)");
        err.flush();
        return NOT_STARTED;
    }

    @Override
    public Integer call() throws InterruptedException {
        final PrintWriter out = spec.commandLine().getOut();
        final Screen screen = Screen.of(out);
        final Outcome outcome;
        try {
            outcome = new Experiment(settings(), screen, sabotage).run();
        } catch (final InputException failure) {
            return refuse(spec.commandLine().getErr(), failure.getMessage());
        } catch (final IOException | UnsupportedOperationException failure) {
            return refuse(spec.commandLine().getErr(), failure.getMessage() == null
                ? failure.toString() : failure.getClass().getSimpleName() + ": " + failure.getMessage());
        }
        new Report(outcome, screen).print();
        return outcome.isPassed() ? 0 : BROKEN;
    }

    private Settings settings() throws InputException {
        check("--size", size == null ? DEFAULT_LIMIT : size, 1, SIZE_LIMIT);
        check("--threads", threads, 1, THREAD_LIMIT);
        check("--seconds", seconds, 1, SECOND_LIMIT);
        check("--lines", lines, 1, LINES_LIMIT);
        final long limit = (size == null ? DEFAULT_LIMIT : size) * MEBIBYTE;
        final long minimum = size == null ? DEFAULT_MINIMUM * MEBIBYTE : Source.LEAST;
        return new Settings(input(), limit, minimum, lines, threads, seconds,
            seed == null ? new SplittableRandom().nextLong() >>> Integer.SIZE : seed, folder);
    }

    private Path input() throws InputException {
        if (file == null) {
            return Path.of(System.getProperty("java.home"), "lib", "modules");
        }
        try {
            return Path.of(file);
        } catch (final InvalidPathException failure) {
            throw new InputException("\"" + file + "\" is no path: " + failure.getReason());
        }
    }

    private void check(final String option, final long value, final long least, final long most) {
        if (value < least || value > most) {
            throw new ParameterException(spec.commandLine(), String.format(Locale.ROOT,
                "%s %d: must be from %d to %d", option, value, least, most));
        }
    }
}
