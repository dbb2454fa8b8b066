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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.matrix.ForeignMappingChild;
import io.cordon.matrix.Operation;
import io.cordon.matrix.OperationMatrixChild;
import io.cordon.matrix.Operations;
import io.cordon.matrix.UnguardedChild;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every way of touching a bad page, in the interpreter, C1 and C2, on the main, a platform and a virtual thread, each
 * combination in a virtual machine of its own. With -Dcordon.matrix.isolated=true each operation has one of its own,
 * too, which takes a quarter of an hour.
 */
@DisplayName("Laws 1 and 2: No garbage, no crash")
@Execution(ExecutionMode.CONCURRENT)
final class OperationMatrixTest {
    private static final boolean ISOLATED = Boolean.getBoolean("cordon.matrix.isolated");

    @TempDir
    private Path folder;

    /** How the operation is compiled when it strikes. */
    enum Mode {
        INTERPRETER("2", "-Xint"),
        C1("2500", "-XX:TieredStopAtLevel=1", "-Xbatch"),
        C2("2500", "-XX:-TieredCompilation", "-Xbatch", "-XX:CompileThreshold=300"),
        /** As in production. */
        TIERED("300");

        private final String warmUp;
        private final List<String> options;

        Mode(final String warmUp, final String... options) {
            this.warmUp = warmUp;
            this.options = List.of(options);
        }
    }

    static Stream<Arguments> combinations() {
        final List<String> names = Operations.all().stream().map(Operation::name).toList();
        return Stream.of(Mode.INTERPRETER, Mode.C1, Mode.C2)
            .flatMap(mode -> Stream.of("main", "platform", "virtual")
                .flatMap(thread -> (ISOLATED ? names.stream().map(List::of) : Stream.of(names))
                    .map(operations -> Arguments.argumentSet(
                        mode + ", " + thread + (ISOLATED ? ", " + operations.getFirst() : ""),
                        mode, thread, operations))));
    }

    private ChildJvm run(
        final List<String> start, final Mode mode, final String thread, final List<String> operations)
        throws Exception {
        final List<String> options = new ArrayList<>(start);
        options.addAll(mode.options);
        final List<String> arguments = new ArrayList<>(List.of(folder.toString(), thread, mode.warmUp));
        arguments.addAll(operations);
        return ChildJvm.run(folder, options, OperationMatrixChild.class, arguments.toArray(String[]::new));
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void shouldContainPoison(final Mode mode, final String thread, final List<String> operations) throws Exception {
        final List<String> start = new ArrayList<>(ChildJvm.onClassPath());
        final Path compilations = folder.resolve("compilations");
        start.add("-Xlog:jit+compilation=debug:file=" + compilations + "::filecount=0");
        final ChildJvm child = run(start, mode, thread, operations);
        child.assertHeld();
        assertEquals(operations, child.said("operation"));
        assertTrue(Integer.parseInt(child.said("struck").getFirst()) >= 16 * operations.size());
        final Set<String> compiled;
        try (Stream<String> lines = Files.lines(compilations)) {
            compiled = lines.filter(line -> line.contains("::run ") && !line.contains("made not entrant"))
                .map(line -> line.substring(0, line.indexOf("::run ")).replaceFirst(".* ", ""))
                .collect(Collectors.toSet());
        }
        for (final String type : child.said("class")) {
            assertEquals(mode != Mode.INTERPRETER, compiled.contains(type), () -> "compiled: " + type);
        }
    }

    @Test
    void shouldContainPoisonUnderCheckJni() throws Exception {
        final List<String> start = new ArrayList<>(ChildJvm.onClassPath());
        start.add("-Xcheck:jni");
        final List<String> names = Operations.all().stream().map(Operation::name).toList();
        final ChildJvm child = run(start, Mode.TIERED, "platform", names);
        child.assertHeld();
        assertEquals(names, child.said("operation"));
    }

    @Test
    @DisplayName("A service passes --enable-native-access=io.cordon and nothing else")
    void shouldContainPoisonOnTheModulePath() throws Exception {
        final ChildJvm child = run(
            List.of("-p", ChildJvm.location(Region.class), "--add-modules", "io.cordon",
                "-cp", ChildJvm.location(OperationMatrixChild.class),
                "--enable-native-access=io.cordon", "--illegal-native-access=deny"),
            Mode.TIERED, "main", List.of());
        child.assertHeld();
        // All but those for which the child would need native access itself.
        assertEquals(
            Operations.all().stream().map(Operation::name).filter(name -> !name.contains("FFM")).toList(),
            child.said("operation"));
        assertEquals(List.of("io.cordon"), child.said("module"));
    }

    /** The matrix can fail: the same operations, by the same code, end a virtual machine without the guard. */
    @ParameterizedTest
    @CsvSource({
        "INTERPRETER, segment CRC32C of asByteBuffer",
        "C1, segment CRC32C of asByteBuffer",
        "C2, segment CRC32C of asByteBuffer",
        "INTERPRETER, segment FFM memcpy out",
        "C1, segment FFM memcpy out",
        "C2, segment FFM critical memcpy out",
        "C1, segment mismatch",
        "INTERPRETER, segment VarHandle.compareAndSet"
    })
    void shouldCrashWithoutTheGuard(final Mode mode, final String operation) throws Exception {
        final List<String> options = new ArrayList<>(ChildJvm.onClassPath());
        options.addAll(mode.options);
        ChildJvm.run(folder, options, UnguardedChild.class, folder.toString(), mode.warmUp, operation)
            .assertCrashed();
    }

    @ParameterizedTest
    @CsvSource({"INTERPRETER", "C1", "C2"})
    @DisplayName("A fault in a foreign mapping is HotSpot's, with the guard and without it")
    void shouldLeaveForeignMappingsToHotSpot(final Mode mode) throws Exception {
        final List<String> options = new ArrayList<>(ChildJvm.onClassPath());
        options.addAll(mode.options);
        options.add("-XX:CompileCommand=quiet");
        options.add("-XX:CompileCommand=dontinline," + ForeignMappingChild.class.getName() + "::load");
        final ChildJvm child =
            ChildJvm.run(folder, options, ForeignMappingChild.class, folder.toString(), mode.warmUp);
        child.assertHeld();
        assertEquals(List.of("before", "during", "after"), child.said("InternalError"));
    }
}
