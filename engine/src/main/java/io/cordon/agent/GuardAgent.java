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
package io.cordon.agent;

import io.cordon.fault.FaultGuard;

import java.io.UncheckedIOException;

/**
 * Guards the mappings of chosen files in a service whose code stays as it is:
 *
 * <pre>
 * java --enable-native-access=ALL-UNNAMED "-javaagent:cordon-engine.jar=files=/data/**;log=ERROR" ...
 * </pre>
 *
 * <p>What that promises, and what not, says {@link FaultGuard#guardFiles}. For each page that had to be replaced by
 * zeroes there is one line in the log, by a {@link System.Logger} named {@code io.cordon.agent}, and one event {@code
 * io.cordon.MappingFault} for Flight Recorder; see {@code io.cordon.event.FlightRecording}.
 *
 * <p>The arguments are separated by semicolons:
 *
 * <table>
 * <caption>Arguments</caption>
 * <tr><th>argument</th><th>meaning</th></tr>
 * <tr><td>{@code files=GLOB}</td><td>Which files; needed, may come several times. The syntax is that of {@link
 * java.nio.file.FileSystem#getPathMatcher}, for absolute paths: {@code *} stays within a directory, {@code **} does
 * not. The kernel knows files by paths without symbolic links; links in the directories before the first wildcard are
 * followed when the agent starts, others are not.</td></tr>
 * <tr><td>{@code log=LEVEL}</td><td>The level of the lines, as in {@link System.Logger.Level}; {@code OFF} for none,
 * {@code WARNING} if it is absent.</td></tr>
 * </table>
 *
 * <p>With a wrong argument, or where nothing can be guarded (the process may not have executable memory, another
 * operating system), the virtual machine does not start: one line on the standard error output says why, and the exit
 * code is 1.
 *
 * <p>Loaded into a virtual machine that runs already, by {@code com.sun.tools.attach}, the agent does the same; what is
 * wrong is an exception then, and the service goes on. Each time that it is loaded adds to what is guarded. A jar that
 * has the service and Cordon in it may name this class as its {@code Launcher-Agent-Class}; the arguments are the
 * system property {@value #PROPERTY} then, as they are whenever none are given.
 *
 * <p>Native access: without {@code --enable-native-access=ALL-UNNAMED} (or {@code =io.cordon}, if the service has
 * Cordon on its module path) Java 25 prints a warning.
 */
public final class GuardAgent {
    /** The system property that has the arguments if the agent is given none. */
    public static final String PROPERTY = "cordon.guard";

    private GuardAgent() {
    }

    /**
     * Starts with the virtual machine.
     *
     * @param arguments see above; null for none.
     */
    public static void premain(final String arguments) {
        try {
            start(arguments);
        } catch (final IllegalArgumentException | IllegalStateException | UnsupportedOperationException failure) {
            System.err.println("cordon: " + failure.getMessage());
            System.exit(1);
        }
    }

    /**
     * Starts in a virtual machine that runs.
     *
     * @param arguments see above; null for none.
     * @throws IllegalArgumentException      if one of them is wrong.
     * @throws IllegalStateException         if nothing can be guarded.
     * @throws UnsupportedOperationException if this is no platform for it.
     */
    public static void agentmain(final String arguments) {
        start(arguments);
    }

    private static void start(final String arguments) {
        final String given =
            arguments == null || arguments.isBlank() ? System.getProperty(PROPERTY, "") : arguments;
        final AgentArguments parsed = AgentArguments.parse(given);
        try {
            // It lives as long as the process: nobody is left to close it.
            FaultGuard _ = FaultGuard.guardFiles(parsed.files(), new FaultReport(parsed.level()));
        } catch (final UncheckedIOException failure) {
            throw new IllegalStateException(failure.getMessage(), failure);
        } catch (final IllegalCallerException denied) {
            throw new IllegalStateException(
                denied.getMessage() + "; start the virtual machine with --enable-native-access=ALL-UNNAMED", denied);
        }
    }
}
