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
package io.cordon.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A virtual machine that may crash.
 *
 * @param exit   its exit code.
 * @param output all that it said.
 * @param crash  what its crash report says of the signal and of the code that it struck; nothing if it lived.
 */
record GuestJvm(int exit, String output, String crash) {
    private static final int TIMEOUT_SECONDS = 300;
    private static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    /** Made by {@link Rehearsal}; without it a virtual machine takes twice as long to start. */
    private static final String CLASS_CACHE = System.getProperty("cordon.class.cache");

    /** Runs a main class to its end. */
    static GuestJvm run(final Class<?> main, final String... arguments) throws IOException, InterruptedException {
        // One compiler is enough for a short life, and an emulated processor is slow.
        return run(List.of("-XX:TieredStopAtLevel=1"), main, arguments);
    }

    /** Runs a main class to its end, with options for the virtual machine. */
    static GuestJvm run(final List<String> options, final Class<?> main, final String... arguments)
        throws IOException, InterruptedException {
        return run(List.of(), options, main, arguments);
    }

    /** The same as a user who is not root. Busybox looks for another such process if it has no file to look at. */
    static GuestJvm runAs(final int user, final Class<?> main, final String... arguments)
        throws IOException, InterruptedException {
        Files.writeString(Path.of("/etc/passwd"), "nobody:x:" + user + ":" + user + "::/:/bin/sh\n");
        return run(List.of("start-stop-daemon", "-S", "-p", "/none", "-c", Integer.toString(user), "-x", JAVA, "--"),
            List.of("-XX:TieredStopAtLevel=1"), main, arguments);
    }

    private static GuestJvm run(final List<String> launcher, final List<String> options, final Class<?> main,
        final String... arguments) throws IOException, InterruptedException {
        final Path folder = Files.createTempDirectory("jvm");
        final Path report = folder.resolve("hs_err");
        final Path output = folder.resolve("output");
        final List<String> command = new ArrayList<>(launcher);
        if (launcher.isEmpty()) {
            command.add(JAVA);
        }
        command.addAll(List.of(
            "-XX:ErrorFile=" + report, "-XX:-CreateCoredumpOnCrash", "-XX:+UseSerialGC", "-Xmx128m",
            "-cp", System.getProperty("java.class.path"), "--enable-native-access=ALL-UNNAMED"));
        if (CLASS_CACHE != null) {
            command.add("-XX:AOTCache=" + CLASS_CACHE);
        }
        command.addAll(options);
        command.add(main.getName());
        command.addAll(List.of(arguments));
        final Process process = new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(output.toFile()).directory(folder.toFile()).start();
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            throw new AssertionError("hangs: " + command + "\n" + Files.readString(output));
        }
        return new GuestJvm(process.exitValue(), Files.readString(output),
            Files.exists(report) ? crash(Files.readAllLines(report)) : "");
    }

    private static String crash(final List<String> report) {
        final int frame = report.indexOf("# Problematic frame:");
        return report.stream().filter(line -> line.startsWith("siginfo:")).findFirst().orElse("no siginfo")
            + (frame < 0 ? "" : ", in " + report.get(frame + 1).substring(1).trim());
    }
}
