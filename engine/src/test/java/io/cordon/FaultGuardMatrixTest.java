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

import io.cordon.matrix.ForeignMatrixChild;
import io.cordon.matrix.Operation;
import io.cordon.matrix.Operations;
import io.cordon.matrix.StrangerChild;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every operation on a hand-made {@code MappedByteBuffer} whose file is cut short, in virtual machines of their own.
 * The control is {@link OperationMatrixTest#shouldCrashWithoutTheGuard}: the same operations without a guard.
 */
@DisplayName("Law 2: No crash, for mappings that somebody else made")
@Execution(ExecutionMode.CONCURRENT)
final class FaultGuardMatrixTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "-Xint, 2, segment, main",
        "-XX:TieredStopAtLevel=1 -Xbatch, 2500, files, virtual",
        "-XX:-TieredCompilation -Xbatch -XX:CompileThreshold=300, 2500, segment, main"
    })
    void shouldContainAndReadZeroes(final String mode, final String warmUp, final String what, final String thread)
        throws Exception {
        final List<String> options = new ArrayList<>(ChildJvm.onClassPath());
        options.addAll(List.of(mode.split(" ")));
        final ChildJvm child = ChildJvm.run(
            folder, options, ForeignMatrixChild.class, folder.toString(), warmUp, what, thread);
        child.assertHeld();
        final List<String> operations = Operations.all().stream()
            .filter(each -> each.kind() != Operation.Kind.CHECKED).map(Operation::name).toList();
        assertEquals(operations, child.said("operation"));
        assertTrue(operations.size() >= 24, operations::toString);
        assertEquals(List.of(Long.toString(Operations.all().stream()
            .mapToLong(FaultGuardMatrixTest::pages).sum())), child.said("struck"));
    }

    /** Pages that an operation touches behind the end, 1000 bytes behind it and across it. */
    private static long pages(final Operation operation) {
        if (operation.kind() != Operation.Kind.RAW) {
            return 0;
        }
        final long within = (1000 + operation.length() - 1) / 4096 + 1;
        return operation.aligned() || operation.length() == 1
            ? within : within + (operation.length() - 2) / 4096 + 1;
    }

    @Test
    @DisplayName("what comes in the place of a guarded mapping is left to HotSpot, since the kernel is asked")
    void shouldLeaveStrangersToHotSpot() throws Exception {
        final List<String> options = new ArrayList<>(ChildJvm.onClassPath());
        options.add("-Xint");
        final ChildJvm child = ChildJvm.run(folder, options, StrangerChild.class, folder.toString());
        child.assertHeld();
        final int errors = Integer.parseInt(child.said("errors").getFirst());
        final int contained = Integer.parseInt(child.said("contained").getFirst());
        // An older kernel cannot be asked: what was not noticed in time is contained, and never anything worse.
        assertEquals(40, errors + contained);
        if (child.said("asked").getFirst().equals("true")) {
            assertEquals(0, contained);
        }
    }
}
