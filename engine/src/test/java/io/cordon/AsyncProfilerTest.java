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

import io.cordon.matrix.Operation;
import io.cordon.matrix.Operations;
import io.cordon.matrix.ProfiledMatrixChild;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** async-profiler installs signal handlers of its own, and interrupts whatever runs. */
@DisplayName("Laws 1 and 2 beside async-profiler: No garbage, no crash")
@Execution(ExecutionMode.CONCURRENT)
final class AsyncProfilerTest {
    @TempDir
    private Path folder;

    /** The events that need no rights: a CPU timer's signal, and one to every thread, running or not. */
    @ParameterizedTest
    @CsvSource({"first, itimer", "first, wall", "second, itimer", "second, wall"})
    void shouldContainPoison(final String order, final String event) throws Exception {
        final ChildJvm child = ChildJvm.run(
            folder, ChildJvm.onClassPath(), ProfiledMatrixChild.class, folder.toString(), order, event);
        child.assertHeld();
        final List<String> operations = new ArrayList<>(Operations.all().stream().map(Operation::name).toList());
        operations.add(operations.getFirst());
        assertEquals(operations, child.said("operation"));
        assertTrue(Long.parseLong(child.said("samples").getFirst()) > 0, "no samples");
        assertTrue(child.said("status").getFirst().contains("not active"), child.said("status").getFirst());
        assertTrue(Files.size(folder.resolve("profile.jfr")) > 0, "no profile");
        assertTrue(Integer.parseInt(child.said("struck").getFirst()) > 0);
    }
}
