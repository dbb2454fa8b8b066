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
package io.cordon.cli;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The command {@code cordon}; {@code cordon help} says what there is. Its exit codes, and the fields that {@code
 * --json} prints, are for scripts to rely on.
 */
public final class Main {
    private static final int MAX_HELP_COLUMNS = 100;
    private static final int MIN_HELP_COLUMNS = 60;

    private Main() {
    }

    /**
     * Runs one command and ends the virtual machine with its exit code.
     *
     * @param arguments of the command line.
     */
    public static void main(final String[] arguments) {
        final Console console = Console.system();
        ConsoleLog.install(console);
        final AtomicBoolean done = new AtomicBoolean();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (!done.get()) {
                console.interrupt();
            }
        }, "cordon-interrupt"));
        final int code = run(console, arguments);
        done.set(true);
        // After Ctrl-C this waits until the virtual machine has ended with the signal's own code, which is the same.
        System.exit(code);
    }

    /** Runs one command. */
    static int run(final Console console, final String... arguments) {
        try {
            console.interruption().enter();
        } catch (final CommandFailure interrupted) {
            return interrupted.code().number();
        }
        try {
            final int code = commandLine(console).execute(arguments);
            return console.interruption().isRaised() ? ExitCode.INTERRUPTED.number() : code;
        } finally {
            console.out().flush();
            console.interruption().leave();
        }
    }

    /** All commands, with the parts of their manual that they have in common. */
    static CommandLine commandLine(final Console console) {
        final CommandLine line = new CommandLine(new CordonCommand(console));
        line.addSubcommand(new CommandLine.HelpCommand());
        line.setOut(new PrintWriter(console.out(), true));
        line.setErr(new PrintWriter(console.err(), true));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.registerConverter(RangeArgument.class, Main::range);
        line.setColorScheme(CommandLine.Help.defaultColorScheme(
            console.style().coloured() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
        line.setUsageHelpWidth(Math.max(MIN_HELP_COLUMNS, Math.min(MAX_HELP_COLUMNS, console.columns())));
        line.setParameterExceptionHandler((failure, _) -> {
            console.note(Failures.oneLine(failure.getMessage()) + "; see "
                + failure.getCommandLine().getCommandSpec().qualifiedName() + " --help");
            return ExitCode.USAGE.number();
        });
        line.setExecutionExceptionHandler((failure, _, _) -> {
            console.note(Failures.line(failure));
            if (Failures.code(failure) == ExitCode.INTERNAL) {
                failure.printStackTrace(console.err());
            }
            return Failures.code(failure).number();
        });
        document(line.getCommandSpec());
        line.getSubcommands().values().forEach(command -> document(command.getCommandSpec()));
        return line;
    }

    private static RangeArgument range(final String text) {
        try {
            return RangeArgument.parse(text);
        } catch (final IllegalArgumentException wrong) {
            throw new CommandLine.TypeConversionException(wrong.getMessage());
        }
    }

    /** Headings as in a page of the manual. */
    private static void document(final CommandLine.Model.CommandSpec spec) {
        final CommandLine.Model.UsageMessageSpec usage = spec.usageMessage();
        usage.headerHeading("NAME%n  " + spec.qualifiedName("-") + " - ");
        usage.synopsisHeading("%nSYNOPSIS%n  ");
        usage.descriptionHeading("%nDESCRIPTION%n");
        usage.parameterListHeading("%nPARAMETERS%n");
        usage.optionListHeading("%nOPTIONS%n");
        usage.commandListHeading("%nCOMMANDS%n");
        usage.footerHeading("%nEXAMPLES%n");
        usage.exitCodeListHeading("%nEXIT STATUS%n");
        usage.exitCodeList(ExitCode.table());
        usage.sortOptions(false);
    }
}
