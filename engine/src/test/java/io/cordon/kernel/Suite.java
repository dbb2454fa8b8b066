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

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs the tests of suites inside the guest, and says how they ended in the form that src/test/kernel/report reads.
 * Arguments: the suites with commas between them, what the names of their cases begin with, and folders, each on a file
 * system under test whose name it has.
 */
public final class Suite {
    private static final String CONTROL = "control";

    private Suite() {
    }

    /** Never fails itself: the results are what counts. */
    public static void main(final String[] arguments) {
        final String prefix = arguments[1];
        final List<Runnable> runs = new ArrayList<>();
        for (final String suite : arguments[0].split(",")) {
            for (int i = 2; i < arguments.length; i++) {
                final Path folder = Path.of(arguments[i]);
                final String start = prefix + "/" + folder.getFileName() + "/";
                final Ground ground = new Ground(folder, !prefix.contains("nvdimm"));
                // The control is about Java, not about file systems.
                if (i == 2 || !suite.equals(CONTROL)) {
                    for (final Case each : cases(suite)) {
                        say("plan " + start + each.name());
                        runs.add(() -> run(start + each.name(), each, ground));
                    }
                }
            }
        }
        runs.forEach(Runnable::run);
        // Threads of a case that failed must not keep the guest up.
        Runtime.getRuntime().halt(0);
    }

    private static void run(final String name, final Case each, final Ground ground) {
        say("begin " + name);
        final long start = System.nanoTime();
        String result = "ok";
        try {
            each.body().run(ground);
            ground.checkFileSystem(each.name());
        } catch (final Throwable failure) {
            failure.printStackTrace(System.out);
            result = "failed";
        }
        say(result + " " + name + " " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    }

    /** On the host: all but the cases themselves. */
    static void rehearse(final Path folder) {
        for (final String suite : List.of("dax", "restart", CONTROL, "machine-check", "disk", "disk-restart")) {
            cases(suite);
        }
        final Ground ground = new Ground(folder, true);
        run("rehearsal", new Case("rehearsal", _ -> new Expectation().check(Ground.open(folder.resolve("file")), 1)),
            ground);
        run("rehearsal", new Case("rehearsal", _ -> System.out.println(Fiemap.of(folder.resolve("file")))), ground);
    }

    private static List<Case> cases(final String suite) {
        return switch (suite) {
            case "dax" -> DaxCases.all();
            case "restart" -> RestartCases.all();
            case CONTROL -> ControlCases.all();
            case "machine-check" -> MachineCheckCases.all();
            case "disk" -> DiskCases.all();
            case "disk-restart" -> DiskCases.afterBoot();
            default -> throw new IllegalArgumentException("no suite " + suite);
        };
    }

    /** Says something to whoever drives the guest. */
    static void say(final String text) {
        System.out.println("@@ " + text);
        System.out.flush();
    }
}
