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
package io.cordon.bench.orderbook;

import io.cordon.bench.Folders;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/** Runs the sample service and its drills. */
@Command(
    name = "orderbook",
    description = {
        "An order book on three Cordon regions, each with its own answer to lost lines: rebuild from a journal, mirror,"
            + " refuse. Processes that serve it are killed and opened again; lines fail under its threads; a device"
            + " goes and comes. In the end everything is held to the journal.",
        ""},
    usageHelpAutoWidth = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
        "0:every promise was kept",
        "1:a promise was broken",
        "2:the run could not start: bad option, no space, not Linux"})
public final class OrderBookDrill implements Callable<Integer> {
    private static final int BROKEN = 1;
    private static final int NOT_STARTED = 2;
    private static final int SHOWN = 10;
    private static final int SECOND_LIMIT = 3600;
    private static final int KILL_LIMIT = 1000;
    private static final int THREAD_LIMIT = 16;

    private final Consumer<OrderBook> sabotage;

    @Spec
    private CommandSpec spec;

    @Option(names = "--seconds", paramLabel = "N", defaultValue = "4",
        description = "How long it serves while lines fail. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(names = "--kills", paramLabel = "N", defaultValue = "3",
        description = "How many processes to kill before that. Default: ${DEFAULT-VALUE}.")
    private int kills;

    @Option(names = "--threads", paramLabel = "N", defaultValue = "2",
        description = "How many threads trade, and as many ask. Default: ${DEFAULT-VALUE}.")
    private int threads;

    @Option(names = "--seed", paramLabel = "N",
        description = "Chooses orders and lines; the threads' timing stays random. Default: another each time.")
    private Long seed;

    @Option(names = "--folder", paramLabel = "DIR",
        description = "Where to make the temporary folder of the regions. Default: the system's place.")
    private Path folder;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this and exit.")
    private boolean help;

    private OrderBookDrill(final Consumer<OrderBook> sabotage) {
        this.sabotage = sabotage;
    }

    /**
     * Runs it and ends the process.
     *
     * @param args see {@code --help}.
     */
    public static void main(final String[] args) {
        System.exit(run(args, new PrintWriter(System.out, true), new PrintWriter(System.err, true), _ -> { }));
    }

    /**
     * Runs it.
     *
     * @param sabotage as for {@link Drill}.
     * @return the exit code.
     */
    static int run(
        final String[] args, final PrintWriter out, final PrintWriter err, final Consumer<OrderBook> sabotage) {
        return new CommandLine(new OrderBookDrill(sabotage)).setOut(out).setErr(err)
            .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
            .setParameterExceptionHandler((failure, _) -> refuse(err, failure.getMessage()))
            .execute(args);
    }

    private static int refuse(final PrintWriter err, final String reason) {
        err.println("orderbook: " + reason.lines().findFirst().orElse("") + " (--help explains the options)");
        err.flush();
        return NOT_STARTED;
    }

    @Override
    public Integer call() throws InterruptedException {
        check("--seconds", seconds, 1, SECOND_LIMIT);
        check("--kills", kills, 0, KILL_LIMIT);
        check("--threads", threads, 1, THREAD_LIMIT);
        final PrintWriter out = spec.commandLine().getOut();
        final long chosen = seed == null ? new SplittableRandom().nextLong() >>> Integer.SIZE : seed;
        try {
            final Path place = folder == null
                ? Files.createTempDirectory("cordon-orderbook") : Files.createTempDirectory(folder, "cordon-orderbook");
            try {
                return verdict(
                    new Drill(place, threads, seconds, kills, chosen, sabotage, out).run(), chosen, out);
            } finally {
                Folders.delete(place);
            }
        } catch (final IOException | UnsupportedOperationException failure) {
            return refuse(spec.commandLine().getErr(), failure.toString());
        }
    }

    private static int verdict(final List<String> broken, final long seed, final PrintWriter out) {
        broken.stream().limit(SHOWN).forEach(out::println);
        out.println(broken.isEmpty()
            ? "PASSED  every level and position agrees with the journal, and nothing is refused any more"
            : "FAILED  " + broken.size() + " promises broken; --seed " + seed);
        return broken.isEmpty() ? 0 : BROKEN;
    }

    private void check(final String option, final long value, final long least, final long most) {
        if (value < least || value > most) {
            throw new ParameterException(
                spec.commandLine(), option + " " + value + ": must be from " + least + " to " + most);
        }
    }
}
