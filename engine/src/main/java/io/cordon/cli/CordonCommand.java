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
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** What stands above the commands. */
@Command(name = "cordon",
    header = "look after regions of memory on media that fail",
    description = {
        "A region is a file of a service that uses Cordon, with a sidecar beside it, FILE.cordon, that remembers"
            + " which lines of 64 bytes are lost. These commands look at regions, and mend them while no service has"
            + " them open.",
        "",
        "Commands that only look, which are status, list, events and verify, work beside the process that has the"
            + " region open, and take nothing from it. The others refuse to touch it then.",
        "",
        "Colours and progress are shown on terminals only, and not if NO_COLOR is set or TERM is dumb. Answers are on"
            + " the standard output, all else on the standard error."},
    footer = {
        "  cordon status orders.dat          how is it?",
        "  cordon verify orders.dat          read all of it",
        "  cordon salvage orders.dat copy    copy what can be read",
        "  source <(cordon completion)       completion for this shell"},
    subcommands = {StatusCommand.class, ListCommand.class, EventsCommand.class, VerifyCommand.class,
        ScrubCommand.class, SalvageCommand.class, RecoverCommand.class, InjectCommand.class, BenchCommand.class,
        CompletionCommand.class},
    versionProvider = CordonCommand.Version.class)
final class CordonCommand implements Callable<Integer> {
    private final Console console;

    @Spec
    private CommandSpec spec;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help, and do nothing else.")
    private boolean help;

    @Option(names = {"-V", "--version"}, versionHelp = true, description = "Show the version, and do nothing else.")
    private boolean version;

    CordonCommand(final Console console) {
        this.console = console;
    }

    Console console() {
        return console;
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    /** Of the jar, and of what it runs on. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            final String version = CordonCommand.class.getPackage().getImplementationVersion();
            final String line = "cordon " + (version == null ? "unpackaged" : version) + " (picocli "
                + CommandLine.VERSION + ", Java " + Runtime.version() + ", " + System.getProperty("os.name") + " "
                + System.getProperty("os.arch") + ")";
            return new String[] {line};
        }
    }
}
