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
import java.util.Locale;

/**
 * The control: each operation on a bad page, by stock Java and by Cordon, in the interpreter, C1 and C2. What came of
 * it is said as "@@ control NUMBER WHO MODE TEXT", for the page that the project shows.
 */
final class ControlCases {
    private static final String OUTCOME = "outcome ";

    /** What a JVM does to start, and no operation does: compiling it too would take most of the time. */
    private static final List<String> STARTING = List.of("jdk.internal.classfile.", "sun.nio.fs.",
        "java.lang.String", "java.lang.AbstractString", "java.lang.Class", "java.lang.invoke.MemberName",
        "java.lang.invoke.MethodType", "java.lang.invoke.InvokerBytecodeGenerator", "java.util.concurrent.",
        "java.util.Hash", "java.util.Properties", "java.util.Array");

    private ControlCases() {
    }

    /** How the operations are compiled. */
    private enum Mode {
        INTERPRETER("5", "-Xint"),
        C1("400", "-XX:TieredStopAtLevel=1", "-Xbatch"),
        C2("600", "-XX:-TieredCompilation", "-Xbatch", "-XX:CompileThreshold=300");

        private final String warmUp;
        private final List<String> options;

        Mode(final String warmUp, final String... options) {
            this.warmUp = warmUp;
            this.options = new ArrayList<>(List.of(options));
            this.options.add("-XX:CompileCommand=quiet");
            STARTING.forEach(start -> this.options.add("-XX:CompileCommand=exclude," + start + "*::*"));
        }
    }

    static List<Case> all() {
        final List<Case> all = new ArrayList<>();
        for (final Mode mode : Mode.values()) {
            final String name = mode.name().toLowerCase(Locale.ROOT);
            all.add(new Case("stock-java-in-" + name, ground -> stock(ground, mode)));
            all.add(new Case("cordon-in-" + name, ground -> cordon(ground, mode)));
        }
        all.add(new Case("idle", ControlCases::idle));
        return all;
    }

    /** Fails only if nothing happens to stock Java, since then nothing is proven about Cordon either. */
    private static void stock(final Ground ground, final Mode mode) throws Exception {
        final List<String> outcomes = run(ground, "stock", mode);
        if (outcomes.stream().noneMatch(outcome -> outcome.contains("crash"))) {
            throw new AssertionError("no operation crashed");
        }
        if (outcomes.stream().anyMatch(outcome -> outcome.contains("no error"))) {
            throw new AssertionError("an operation took no notice of the poison");
        }
    }

    private static void cordon(final Ground ground, final Mode mode) throws Exception {
        final List<String> outcomes = run(ground, "cordon", mode);
        for (int i = 0; i < outcomes.size(); i++) {
            // Who hands memory to the kernel gets EFAULT from it, and nobody a signal.
            final boolean toKernel = ControlOperations.all().get(i).name().contains("FileChannel");
            if (!outcomes.get(i).startsWith(toKernel ? "`IOException`" : "`PoisonException`, exact")) {
                throw new AssertionError(ControlOperations.all().get(i).name() + ": " + outcomes.get(i));
            }
        }
    }

    /** All outcomes; a virtual machine that dies is followed by one that begins with the next operation. */
    private static List<String> run(final Ground ground, final String who, final Mode mode) throws Exception {
        final Path file = file(ground, who + "-" + mode);
        final List<String> outcomes = new ArrayList<>();
        final int count = ControlOperations.all().size();
        while (outcomes.size() < count) {
            // A sign of life, for whoever waits.
            System.out.println(who + " in " + mode + " from " + outcomes.size());
            final GuestJvm child = GuestJvm.run(mode.options, ControlChild.class,
                who, file.toString(), mode.warmUp, Integer.toString(outcomes.size()));
            child.output().lines().filter(line -> line.startsWith(OUTCOME))
                .forEach(line -> outcomes.add(line.substring(OUTCOME.length()).split(" ", 2)[1]));
            if (outcomes.size() < count) {
                if (child.crash().isEmpty()) {
                    throw new AssertionError("exit code " + child.exit() + ", and no crash: " + child.output());
                }
                outcomes.add("**crash** in `" + place(child.crash()) + "`");
            }
        }
        for (int i = 0; i < count; i++) {
            Suite.say("control " + i + " " + who + " " + mode + " " + ControlOperations.all().get(i).name() + " | "
                + outcomes.get(i));
        }
        return outcomes;
    }

    /** The function that was struck: "[libzip.so+0xbe41] inflate+0x1b1", say. */
    private static String place(final String crash) {
        return crash.replaceAll(".*, in [A-Za-z] +", "").replaceAll("\\(.*\\)", "").replaceAll(" 0x\\w+", "")
            .replaceAll(" +", " ").trim();
    }

    private static Path file(final Ground ground, final String name) throws IOException {
        final Path file = ground.folder().resolve(name);
        ground.create(name, ControlChild.fileSize()).close();
        for (int i = 0; i < ControlOperations.all().size(); i++) {
            ground.makeBad(file, ControlChild.badPage(i));
        }
        return file;
    }

    /** Early kill: the kernel signals who maps the page, and nobody touches it. */
    private static void idle(final Ground ground) throws Exception {
        final String stock = idle(ground, "stock");
        final String cordon = idle(ground, "cordon");
        if (!stock.contains("crash") || !cordon.equals("lives")) {
            throw new AssertionError("stock Java: " + stock + "; Cordon: " + cordon);
        }
    }

    private static String idle(final Ground ground, final String who) throws Exception {
        final String name = "idle-" + who;
        ground.create(name, ControlChild.fileSize()).close();
        final Path control = Path.of("/proc/sys/vm/memory_failure_early_kill");
        Files.writeString(control, "1");
        try {
            final GuestJvm child = GuestJvm.run(IdleChild.class, who, ground.folder().resolve(name).toString());
            final String outcome;
            if (!child.crash().isEmpty()) {
                outcome = "**crash**, " + child.crash().replaceAll(".*(si_code: \\d+).*", "$1");
            } else if (child.output().contains("alive")) {
                outcome = "lives";
            } else {
                outcome = "exit code " + child.exit() + ": " + child.output();
            }
            Suite.say("control " + ControlOperations.all().size() + " " + who
                + " ANY nothing, `vm.memory_failure_early_kill=1` | " + outcome);
            return outcome;
        } finally {
            Files.writeString(control, "0");
        }
    }
}
