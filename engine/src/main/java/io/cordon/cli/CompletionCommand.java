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

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** Prints the script that completes commands, options and files. */
@Command(name = "completion", header = "a script that completes command lines in bash and zsh",
    description = "Prints a completion script for bash 3 and later and for zsh. It completes the command cordon, by"
        + " whatever way that is found: a link to the launcher, or an alias.",
    footer = {
        "  source <(cordon completion)",
        "  cordon completion > /etc/bash_completion.d/cordon"})
final class CompletionCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help, and do nothing else.")
    private boolean help;

    @Override
    public Integer call() {
        spec.parent().commandLine().getOut().print(AutoComplete.bash("cordon", spec.parent().commandLine()));
        spec.parent().commandLine().getOut().flush();
        return ExitCode.CLEAN.number();
    }
}
