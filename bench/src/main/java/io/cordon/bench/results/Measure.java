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

import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Measures, keeps what was measured together with what the machine was, and writes what all of it says. */
@Command(name = "measure", mixinStandardHelpOptions = true, sortOptions = false, synopsisSubcommandLabel = "COMMAND",
    description = "Measures the design's numbers against raw memory segments, and keeps the results.")
public final class Measure {
    /** Of compare: something got worse. */
    static final int WORSE = 1;
    /** Of a run: a benchmark failed; the results say which. */
    static final int FAILED = 3;

    @Spec
    private CommandSpec spec;

    @Option(names = "--root", paramLabel = "DIR", hidden = true, scope = ScopeType.INHERIT)
    private Path root = Path.of("");

    private Measure() {
    }

    /**
     * Runs the program.
     *
     * @param args see {@code --help}
     */
    public static void main(final String[] args) {
        System.exit(command().execute(args));
    }

    static CommandLine command() {
        return new CommandLine(new Measure()).setSubcommandsCaseInsensitive(true);
    }

    private Path results() {
        return root.resolve("jmh-results");
    }

    @Command(description = "Everything for moments, into bench/target: shows that it runs; its numbers mean nothing")
    int smoke(@Option(names = "--folder", paramLabel = "DIR", defaultValue = "/tmp",
        description = "where the measured files lie; default: ${DEFAULT-VALUE}") final Path folder)
        throws IOException, RunnerException {
        final Where where = new Where();
        where.folder = folder;
        where.output = root.resolve("bench/target/jmh-results");
        where.dirty = true;
        return run(Profile.SMOKE, where);
    }

    @Command(description = "The design's rows in about 5 minutes: for compare, before a commit")
    int quick(@Mixin final Where where) throws IOException, RunnerException {
        return run(Profile.QUICK, where);
    }

    @Command(description = "The design's rows with all their cases, 3 forks; about 15 minutes")
    int rows(@Mixin final Where where) throws IOException, RunnerException {
        return run(Profile.ROWS, where);
    }

    @Command(description = "Single accesses and loops of them beside all who do the same; about 70 minutes")
    int fastpath(@Mixin final Where where) throws IOException, RunnerException {
        return run(Profile.FASTPATH, where);
    }

    @Command(description = "All benchmarks, 5 forks of the design's rows, 1 to 3 of the others; about an hour")
    int full(@Mixin final Where where) throws IOException, RunnerException {
        return run(Profile.FULL, where);
    }

    @Command(description = "No run: writes pages and pictures again from the results that are there")
    int page(@Option(names = "--output", paramLabel = "DIR", description = "where results and page are; default: "
        + "jmh-results, with the README above it") final Path output) throws IOException {
        final Path results = output == null ? results() : output;
        Generator.write(results, output == null ? root.resolve(Generator.PAGE) : null);
        System.out.println("page: " + results.resolve(Generator.PAGE));
        return CommandLine.ExitCode.OK;
    }

    @Command(description = "What changed from one run to another beyond noise; exit code 1 if anything got worse, 2 if "
        + "there is nothing to compare")
    int compare(
        @Parameters(paramLabel = "BEFORE", description = "a folder of results, or its name") final Path before,
        @Parameters(paramLabel = "AFTER", description = "another") final Path after) throws IOException {
        final Compare compare = new Compare(read(before), read(after));
        if (compare.isEmpty()) {
            spec.commandLine().getErr().println("Nothing was measured in both runs.");
            return CommandLine.ExitCode.USAGE;
        }
        spec.commandLine().getOut().print(compare.text());
        spec.commandLine().getOut().flush();
        return compare.isWorse() ? WORSE : CommandLine.ExitCode.OK;
    }

    private ResultFolder read(final Path given) throws IOException {
        final Path folder = ResultFolder.isOne(given) ? given : results().resolve(given);
        if (!ResultFolder.isOne(folder)) {
            throw new ParameterException(spec.commandLine(), given + " is no folder of results");
        }
        return ResultFolder.read(folder);
    }

    /** Where, and of what. */
    static final class Where {
        @Option(names = "--folder", paramLabel = "DIR", defaultValue = "/tmp",
            description = "where the measured files lie, 2 GiB and more; default: ${DEFAULT-VALUE}")
        private Path folder;

        @Option(names = "--output", paramLabel = "DIR", description = "where results and page go; default: jmh-results")
        private Path output;

        @Option(names = "--dirty", description = "measure although there are uncommitted changes; the results are "
            + "marked, and the page never speaks of them")
        private boolean dirty;

        @Option(names = "--resume", description = "go on with an interrupted run of this profile, at the same commit, "
            + "JVM and machine")
        private boolean resume;

        @Option(names = "--finish", description = "keep what an interrupted run of this profile has; measure nothing")
        private boolean finish;
    }

    private int run(final Profile profile, final Where where) throws IOException, RunnerException {
        return run(new Campaign(profile.name().toLowerCase(Locale.ROOT), profile.times(), profile.tail(),
            profile.parts(), root, where.folder, where.output == null ? results() : where.output), where);
    }

    /** Runs, or goes on, or ends. */
    int run(final Campaign campaign, final Where where) throws IOException, RunnerException {
        if (!Files.isDirectory(where.folder)) {
            throw new ParameterException(spec.commandLine(), "--folder " + where.folder + " is no directory");
        }
        final boolean committed = Environment.isCommitted(root);
        if (!where.dirty && !committed) {
            throw new ParameterException(spec.commandLine(), "there are uncommitted changes, so that the numbers would "
                + "belong to no commit; commit them, or pass --dirty, which marks the results");
        }
        Files.createDirectories(campaign.output());
        final Path kept;
        if (where.resume || where.finish) {
            kept = go(campaign, where, committed);
        } else {
            kept = campaign.run();
        }
        Generator.write(campaign.output(), where.output == null ? root.resolve(Generator.PAGE) : null);
        System.out.println("results: " + kept + "\npage: " + campaign.output().resolve(Generator.PAGE));
        final List<String> failed = ResultFolder.read(kept).failed();
        failed.forEach(line -> spec.commandLine().getErr().println("FAILED: " + line));
        return failed.isEmpty() ? CommandLine.ExitCode.OK : FAILED;
    }

    private Path go(final Campaign campaign, final Where where, final boolean committed)
        throws IOException, RunnerException {
        if (where.resume && !committed) {
            throw new ParameterException(spec.commandLine(), "there are uncommitted changes: nobody knows whether the "
                + "run was begun with the same");
        }
        final Path running = campaign.interrupted();
        if (running == null) {
            throw new ParameterException(spec.commandLine(), "no interrupted run of profile " + campaign.name()
                + " at this commit, with this JVM, on this machine and with these measured files is in "
                + campaign.output());
        }
        return where.finish ? campaign.finish(running) : campaign.resume(running);
    }
}
