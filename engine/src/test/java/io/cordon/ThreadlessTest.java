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

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process whose threads are used up. */
class ThreadlessTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"before", "under"})
    @DisplayName("Law 2: Where no thread can be started, pages are recovered, regions closed, openings tried again")
    void shouldDoWithoutThreads(final String when) throws Exception {
        final List<String> options = new ArrayList<>(ChildJvm.onClassPath());
        options.addAll(List.of("-Xss1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        ChildJvm.run(folder, options, ThreadlessChild.class, folder.toString(), when).assertHeld();
    }
}
