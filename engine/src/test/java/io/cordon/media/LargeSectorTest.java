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
package io.cordon.media;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cordon.linux.NativeFile;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A disk that reads nothing smaller than 4096 bytes past the page cache. */
@DisabledIfSystemProperty(named = LoopImage.ROOT, matches = "false")
class LargeSectorTest {
    private static final int IMAGE_LENGTH = 16 << 20;

    @Test
    @DisplayName("Law 3: of a page that was cured and not read back as a whole, a part can be read")
    void shouldReadAPartOfAPageThatWasCured(@TempDir final Path folder) throws IOException {
        final Path image = folder.resolve("image");
        final Path mount = Files.createDirectory(folder.resolve("mount"));
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(IMAGE_LENGTH);
        }
        final String device =
            LoopImage.run("losetup", "--sector-size", "4096", "--find", "--show", image.toString()).trim();
        try {
            LoopImage.run("mkfs.ext4", "-q", device);
            LoopImage.run("mount", device, mount.toString());
            try {
                readParts(mount.resolve("file"));
            } finally {
                LoopImage.run("umount", mount.toString());
            }
        } finally {
            LoopImage.run("losetup", "--detach", device);
        }
    }

    private static void readParts(final Path path) throws IOException {
        final byte[] content = new byte[8192];
        Arrays.fill(content, (byte) 0x11);
        Files.write(path, content);
        try (Medium medium = Media.file().open(NativeFile.open(path, false), false); Arena arena = Arena.ofConfined()) {
            final MemorySegment page = arena.allocate(4096, 4096);
            page.fill((byte) 0x22);
            medium.recoveryWrite(4096, page);
            medium.sync();
            assertEquals(0, medium.badLines(1));
            final MemorySegment line = arena.allocate(64, 64);
            medium.read(4096 + 960, line);
            final byte[] expected = new byte[64];
            Arrays.fill(expected, (byte) 0x22);
            assertArrayEquals(expected, line.toArray(ValueLayout.JAVA_BYTE));
        }
    }
}
