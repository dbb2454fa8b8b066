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
package io.cordon.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Extents of files on the disk that the build runs on; RealExtentsTest has the places themselves. */
class FileExtentsTest {
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 600;

    /** Not in the directory for temporary files, which may be a tmpfs and have no extents. */
    private final Path path = Files.createTempFile(Path.of("target"), "extents", "");

    FileExtentsTest() throws IOException {
    }

    @AfterEach
    void delete() throws IOException {
        Files.delete(path);
    }

    /** Every second block is written: no two extents can be one. */
    private NativeFile fragmented() throws IOException {
        final NativeFile file = NativeFile.open(path, false);
        file.setSize((long) BLOCKS * BLOCK);
        try (Arena arena = Arena.ofConfined()) {
            for (int block = 0; block < BLOCKS; block += 2) {
                file.write((long) block * BLOCK, arena.allocate(BLOCK));
            }
        }
        return file;
    }

    @Test
    void shouldFindAllExtentsInAnyNumberOfCalls() throws IOException {
        try (NativeFile file = fragmented()) {
            final List<FileExtent> extents = FileExtents.of(file, 10_000);
            assertEquals(BLOCKS / 2, extents.size());
            for (int i = 0; i < extents.size(); i++) {
                assertEquals(2L * i * BLOCK, extents.get(i).logical());
                assertEquals(BLOCK, extents.get(i).length());
                assertTrue(extents.get(i).isMapped());
                assertFalse(extents.get(i).isUnwritten());
            }
            for (final int room : new int[] {1, 7, BLOCKS / 2 - 1, BLOCKS / 2, BLOCKS / 2 + 1}) {
                assertEquals(extents, FileExtents.of(file, room), "room for " + room);
            }
        }
    }

    @Test
    void shouldFindNoneInAnEmptyFileAndInOneOfHoles() throws IOException {
        try (NativeFile file = NativeFile.open(path, false)) {
            assertEquals(List.of(), FileExtents.of(file));
            file.setSize(1L << 30);
            assertEquals(List.of(), FileExtents.of(file));
        }
    }

    /** An extent that ends at the very end of the last call must not be asked for again for ever. */
    @Test
    void shouldEndWhereTheRoomIsExactlyUsedUp() throws IOException {
        try (NativeFile file = NativeFile.open(path, false); Arena arena = Arena.ofConfined()) {
            file.write(0, arena.allocate(BLOCK));
            file.setSize(1L << 30);
            assertEquals(1, FileExtents.of(file, 1).size());
        }
    }

    @Test
    void shouldSayThatAFileSystemDoesNotTell() throws IOException {
        final Path memory = Files.createTempFile(Path.of("/dev/shm"), "extents", "");
        try (NativeFile file = NativeFile.open(memory, false)) {
            final IOException refused = assertThrows(IOException.class, () -> FileExtents.of(file));
            assertTrue(refused.getMessage().contains("EOPNOTSUPP"), refused.getMessage());
            assertEquals(0, FileStatus.of(file).major(), "a made-up device number");
            final BlockDevice device = BlockDevice.of(file);
            assertEquals(List.of(), device.slices());
            assertTrue(device.unknown().getFirst().contains("no block device"), device.unknown().getFirst());
        } finally {
            Files.delete(memory);
        }
    }

    @Test
    void shouldFindTheDeviceNumberThatStatFinds() throws IOException {
        final long device = (long) Files.getAttribute(path, "unix:dev");
        try (NativeFile file = NativeFile.open(path, true)) {
            final FileStatus status = FileStatus.of(file);
            // glibc's gnu_dev_major and gnu_dev_minor.
            assertEquals(device >>> 8 & 0xfff | device >>> 32 & 0xfffff000, status.major());
            assertEquals(device & 0xff | device >>> 12 & 0xffffff00, status.minor());
        }
    }
}
