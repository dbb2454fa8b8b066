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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

class BareImageTest {
    @Test
    @DisplayName("A runtime image without jdk.jfr, and a class path without Agrona, lack nothing but these")
    void shouldWorkWithoutFlightRecorderAndAgrona(@TempDir final Path folder) throws Exception {
        // Nothing but the library and this test's own classes.
        final String classPath =
            ChildJvm.location(Region.class) + File.pathSeparator + ChildJvm.location(BareImageChild.class);
        final ChildJvm child = ChildJvm.run(folder, List.of("--limit-modules", "java.base", "-cp", classPath,
            "--enable-native-access=ALL-UNNAMED"), BareImageChild.class, folder.resolve("region").toString());
        child.assertHeld();
        assertEquals(List.of("agrona false, recorder false, faults 2, lost 1, failed 1"), child.said("child"));
    }
}
