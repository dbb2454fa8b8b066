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
package io.cordon.agent;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AgentArgumentsTest {
    @Test
    void shouldReadArguments() {
        final AgentArguments arguments = AgentArguments.parse(" files=/data/** ; log = error;files=**/*.{cfs,doc};");
        assertEquals(System.Logger.Level.ERROR, arguments.level());
        assertTrue(arguments.files().test(Path.of("/data/a/b")));
        assertTrue(arguments.files().test(Path.of("/elsewhere/_0.cfs")));
        assertFalse(arguments.files().test(Path.of("/data")));
        assertFalse(arguments.files().test(Path.of("/elsewhere/_0.cfe")));
        assertEquals(System.Logger.Level.WARNING, AgentArguments.parse("files=/a=b").level());
        assertTrue(AgentArguments.parse("files=/a=b").files().test(Path.of("/a=b")));
    }

    @Test
    @DisplayName("links before the first wildcard are followed, others are not")
    void shouldFollowLinks(@TempDir final Path temporary) throws IOException {
        final Path folder = temporary.toRealPath();
        final Path target = Files.createDirectories(folder.resolve("a [target]/inner"));
        final Path link = Files.createSymbolicLink(folder.resolve("link"), target.getParent());
        for (final String glob : new String[] {"/**", "/inner/*", "/in*/fi?e", "/inner/file"}) {
            final AgentArguments arguments = AgentArguments.parse("files=" + link + glob);
            assertTrue(arguments.files().test(target.resolve("file")), glob);
            assertTrue(arguments.files().test(link.resolve("inner/file")), glob);
            assertFalse(arguments.files().test(folder.resolve("file")), glob);
        }
        assertFalse(AgentArguments.parse("files=" + folder + "/l*/inner/*").files().test(target.resolve("file")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ";", "files=", "files=data/**", "files=/data/[", "log=INFO", "files=/data/*;log=loud",
        "files=/data/*;log=", "files=/data/*;log=INFO;log=INFO", "files=/data/*;what=ever", "files", "=/data/*",
        "/data/*"})
    void shouldRefuseBadArguments(final String arguments) {
        final IllegalArgumentException refused =
            assertThrows(IllegalArgumentException.class, () -> AgentArguments.parse(arguments));
        assertTrue(refused.getMessage().contains("files=GLOB"), refused::getMessage);
        assertFalse(refused.getMessage().contains("\n"), refused::getMessage);
    }
}
