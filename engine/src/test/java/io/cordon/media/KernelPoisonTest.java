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

import io.cordon.linux.BlockDevice;
import io.cordon.linux.NativeFile;
import io.cordon.poison.ByteRange;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Drills on real memory go to the right sectors: a made-up list of a made-up device, and a real file's extents. */
class KernelPoisonTest {
    private static final int BLOCK = 4096;
    private static final long ALL = 1L << 60;
    /** The device begins here in its disk. */
    private static final long START = 2048 * 512;

    @TempDir
    private Path directory;
    private Path path;
    private NativeFile file;
    private Path list;

    @BeforeEach
    void makeFile() throws IOException {
        // Not in the directory for temporary files, which may be a tmpfs and have no extents.
        path = Files.createTempFile(Path.of("target"), "blocks", "");
        file = NativeFile.open(path, false);
        try (Arena arena = Arena.ofConfined()) {
            file.write(0, arena.allocate(8 * BLOCK));
        }
        list = Files.writeString(directory.resolve("badblocks"), "");
    }

    @AfterEach
    void removeFile() throws IOException {
        file.close();
        Files.delete(path);
    }

    private FileBadBlocks blocks(final long length) {
        return new FileBadBlocks(file, new BlockDevice("made-up",
            List.of(new BlockDevice.Slice(0, length, List.of(new BlockDevice.ListPlace(list, START)))), List.of()));
    }

    @Test
    @DisplayName("What is injected is what the list then says of the file, in whole sectors")
    void shouldListTheSectorsOfARange() throws IOException {
        final FileBadBlocks blocks = blocks(ALL);
        final List<ByteRange> expected = List.of(new ByteRange(2 * BLOCK + 512, 1024));
        assertEquals(expected, KernelPoison.inject(blocks, new ByteRange(2 * BLOCK + 600, 600)));
        final long sector = (blocks.extents().ofFile(2 * BLOCK + 512, 1).getFirst().device() + START) / 512;
        assertEquals(sector + " 2\n", Files.readString(list));
        assertEquals(expected, blocks.read().toList().ranges());
    }

    @Test
    void shouldRefuseWhatHasNoPlace() throws IOException {
        file.setSize(16 * BLOCK);
        assertThrows(IOException.class, () -> KernelPoison.inject(blocks(ALL), new ByteRange(7 * BLOCK, 2 * BLOCK)));
        assertThrows(IOException.class, () -> KernelPoison.inject(blocks(512), new ByteRange(0, BLOCK)));
        assertEquals("", Files.readString(list));
    }

    @Test
    void shouldRefuseWhatIsNotOnPersistentMemory() {
        final IOException failure =
            assertThrows(IOException.class, () -> KernelPoison.inject(path, 0, BLOCK));
        assertTrue(failure.getMessage().contains("persistent memory"), failure.getMessage());
    }
}
