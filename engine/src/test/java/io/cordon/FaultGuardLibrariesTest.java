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

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Libraries as they come from Maven Central, which do not know of Cordon, and the same without the guard. */
@DisplayName("Law 2: No crash, under libraries")
@Execution(ExecutionMode.CONCURRENT)
final class FaultGuardLibrariesTest {
    @TempDir
    private Path folder;

    private ChildJvm run(final Class<?> child, final String... arguments) throws Exception {
        final List<String> options = new ArrayList<>(ChildJvm.onClassPath());
        options.addAll(List.of("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
            "--add-modules=jdk.unsupported"));
        final List<String> words = new ArrayList<>(List.of(folder.toString()));
        words.addAll(List.of(arguments));
        return ChildJvm.run(folder, options, child, words.toArray(String[]::new));
    }

    @Test
    @DisplayName("Lucene searches on, right answers stay right, wrong ones can be told, a reopened index is whole")
    void shouldKeepLuceneAlive() throws Exception {
        final ChildJvm child = run(LuceneChild.class, "guarded");
        child.assertHeld();
        assertTrue(child.output().contains("done"), child.output()::toString);
        final List<String> told = child.said("told");
        assertEquals(2, told.size(), child.output()::toString);
        assertTrue(told.getFirst().endsWith(".fdt") && told.getLast().endsWith(".doc"), told::toString);
    }

    @Test
    @DisplayName("the control: Lucene without the guard dies, or gets an InternalError from somewhere")
    void shouldNotKeepLuceneAliveWithoutTheGuard() throws Exception {
        final ChildJvm child = run(LuceneChild.class, "alone");
        assertTrue(child.hasCrashed() || child.output().stream().anyMatch(line -> line.contains("InternalError")),
            child.output()::toString);
    }

    @Test
    @DisplayName("Agrona's mappings of files, and a ring buffer whose head and tail are lost")
    void shouldKeepAgronaAlive() throws Exception {
        final ChildJvm child = run(AgronaChild.class, "guarded");
        child.assertHeld();
        assertEquals("done", child.output().getLast());
    }

    @Test
    void shouldNotKeepAgronaAliveWithoutTheGuard() throws Exception {
        final ChildJvm child = run(AgronaChild.class, "alone");
        assertTrue(child.hasCrashed() || child.output().stream().anyMatch(line -> line.contains("InternalError")),
            child.output()::toString);
    }
}
