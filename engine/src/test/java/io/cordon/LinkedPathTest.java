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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One file by several paths. */
final class LinkedPathTest {
    private static final long SIZE = 1 << 16;

    @TempDir
    private Path folder;

    @Test
    @DisplayName("Law 4: what was lost through a symbolic link is lost by the file's own path too, and the reverse")
    void shouldRememberLossByEveryPath() throws IOException {
        final Path path = folder.resolve("region");
        Region.builder(path).size(SIZE).open().close();
        final Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        final Path link = Files.createSymbolicLink(elsewhere.resolve("link"), path);
        lose(link, 0);
        lose(path, 4096);
        for (final Path way : new Path[] {path, link}) {
            try (Region region = Region.builder(way).open()) {
                assertThrows(PoisonException.class, () -> region.getLong(0));
                assertThrows(PoisonException.class, () -> region.getLong(4096));
                assertEquals(2, region.poison().lineCount());
            }
        }
        assertFalse(Files.exists(elsewhere.resolve("link.cordon")));
        assertFalse(Files.exists(elsewhere.resolve("link.simulated")));
    }

    private static void lose(final Path way, final long offset) throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = Region.builder(way).media(media).open()) {
            media.inject(offset, 1);
            assertThrows(PoisonException.class, () -> region.getLong(offset));
        }
    }
}
