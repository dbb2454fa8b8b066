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
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs the tests of a suite inside the guest, and says how they ended in the form that src/test/kernel/report reads.
 * Arguments: the suite, what the names of its cases begin with, and a folder on the file system under test.
 */
public final class Suite {
    private Suite() {
    }

    /** Never fails itself: the results are what counts. */
    public static void main(final String[] arguments) {
        final String prefix = arguments[1];
        final List<Case> cases = cases(arguments[0]);
        for (final Case each : cases) {
            say("plan " + prefix + "/" + each.name());
        }
        final Ground ground = new Ground(Path.of(arguments[2]), !prefix.contains("nvdimm"));
        for (final Case each : cases) {
            final String name = prefix + "/" + each.name();
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
        // Threads of a case that failed must not keep the guest up.
        Runtime.getRuntime().halt(0);
    }

    private static List<Case> cases(final String suite) {
        return switch (suite) {
            case "dax" -> DaxCases.all();
            case "restart" -> RestartCases.all();
            case "control" -> ControlCases.all();
            case "machine-check" -> MachineCheckCases.all();
            default -> throw new IllegalArgumentException("no suite " + suite);
        };
    }

    /** Says something to whoever drives the guest. */
    static void say(final String text) {
        System.out.println("@@ " + text);
        System.out.flush();
    }
}
