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

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Laws 1, 3 and 4 for bulk {@code get} and {@code put}, however they are compiled. */
class BulkCopyTest {
    @TempDir
    private Path folder;

    static Stream<List<String>> compilers() {
        return Stream.of(List.of("-Xint"), List.of("-XX:TieredStopAtLevel=1", "-Xbatch"),
            List.of("-XX:-TieredCompilation", "-Xbatch", "-XX:CompileThreshold=300"),
            List.of("-XX:+TieredCompilation"));
    }

    @ParameterizedTest
    @MethodSource("compilers")
    @DisplayName("every length to 300 at every alignment copies what it should, or is refused and copies nothing")
    void shouldCopyAllOrBeRefused(final List<String> compiler) throws Exception {
        ChildJvm.run(folder, Stream.concat(compiler.stream(), ChildJvm.onClassPath().stream()).toList(),
            BulkCopyChild.class, folder.toString()).assertHeld();
    }
}
