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
package io.cordon;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A virtual machine that may crash without harm to the test.
 *
 * @param folder where it keeps its files.
 * @param exit   its exit code.
 * @param output all that it said.
 */
record ChildJvm(Path folder, int exit, List<String> output) {
    private static final int TIMEOUT_SECONDS = 300;
    private static final int TAIL = 25;

    /** The class path of this virtual machine, and native access for all of it. */
    static List<String> onClassPath() {
        return List.of("-cp", System.getProperty("java.class.path"), "--enable-native-access=ALL-UNNAMED");
    }

    /** Where a class was loaded from. */
    static String location(final Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
        } catch (final URISyntaxException failure) {
            throw new AssertionError(failure);
        }
    }

    /** Runs a main class to its end. */
    static ChildJvm run(
        final Path folder, final List<String> options, final Class<?> main, final String... arguments)
        throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:ErrorFile=" + folder.resolve("hs_err"));
        command.add("-XX:-CreateCoredumpOnCrash");
        command.add("-Xmx256m");
        command.addAll(options);
        command.add(main.getName());
        command.addAll(Arrays.asList(arguments));
        final Path output = folder.resolve("output");
        final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(output.toFile()).directory(folder.toFile());
        // Options that come this way would change what is tested.
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
        final Process process = builder.start();
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            fail("hangs: " + command + "\n" + tail(Files.readAllLines(output)));
        }
        return new ChildJvm(folder, process.exitValue(), Files.readAllLines(output));
    }

    /** The last lines that the child said with a prefix, without it. */
    List<String> said(final String prefix) {
        return output.stream().filter(line -> line.startsWith(prefix + " "))
            .map(line -> line.substring(prefix.length() + 1)).toList();
    }

    boolean hasCrashed() {
        return Files.exists(folder.resolve("hs_err"));
    }

    /** The child lived, and found nothing wrong. */
    void assertHeld() {
        if (exit != 0) {
            final List<String> operations = said("operation");
            final List<String> scenarios = said("at");
            fail((hasCrashed() ? "the virtual machine died" : "exit code " + exit) + ", lastly in "
                + (operations.isEmpty() ? "nothing" : operations.getLast())
                + (scenarios.isEmpty() ? "" : " at " + scenarios.getLast()) + "\n" + failures() + tail(output));
        }
    }

    /** The child died of the signal. */
    void assertCrashed() throws IOException {
        // Without a core dump HotSpot ends by exit(1), not by abort().
        assertTrue(hasCrashed() && exit != 0, () -> "lives, exit code " + exit + "\n" + tail(output));
        final String report = Files.readString(folder.resolve("hs_err"));
        assertTrue(report.contains("SIGBUS"), report.substring(0, Math.min(report.length(), 2000)));
    }

    private String failures() {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < output.size(); i++) {
            if (output.get(i).equals("FAILED")) {
                text.append(tail(output.subList(i + 1, Math.min(i + 2, output.size()))));
            }
        }
        return text.toString();
    }

    private static String tail(final List<String> lines) {
        return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL), lines.size())) + "\n";
    }
}
