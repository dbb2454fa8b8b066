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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.Region;
import io.cordon.fault.GuardedRange;
import io.cordon.linux.Errno;
import io.cordon.linux.NativeFile;
import io.cordon.poison.ByteRange;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What DAX does where there is none; {@code io.cordon.kernel} holds the rest, on real kernels. */
class DaxMediaTest {
    @TempDir
    private Path folder;

    @Test
    @DisplayName("a file system without DAX is refused with what to do, and nothing stays behind")
    void shouldRefuseFilesThatAreNotOnPersistentMemory() throws IOException {
        for (final Path path : List.of(folder.resolve("region"), Files.createTempDirectory(Path.of("/dev/shm"), "dax")
            .resolve("region"))) {
            final IOException refused = assertThrows(IOException.class,
                () -> Region.builder(path).size(4096).media(Media.dax()).open().close());
            assertTrue(refused.getMessage().contains("MAP_SYNC") && refused.getMessage().contains("Media.file()"),
                refused.getMessage());
            assertTrue(refused.getMessage().startsWith(path.toString()), refused.getMessage());
            assertFalse(Files.exists(path));
            assertFalse(Files.exists(path.resolveSibling("region.cordon")));
        }
    }

    @Test
    @DisplayName("without a word of the application an ordinary file gets the ordinary medium")
    void shouldChooseWhatTheFileSystemOffers() throws IOException {
        try (Region region = Region.builder(folder.resolve("region")).size(4096).open()) {
            assertSame(Media.file(), region.media());
        }
        assertEquals("dax", Media.dax().toString());
    }

    @Test
    @DisplayName("what is listed is taken out of what can be read, wherever it lies")
    void shouldTakeListedRangesOut() {
        for (int start = 0; start < 12; start++) {
            for (int end = start + 1; end <= 12; end++) {
                final List<ByteRange> ranges = new ArrayList<>(List.of(new ByteRange(2, 3), new ByteRange(7, 3)));
                DaxMedium.remove(ranges, new ByteRange(start, end - start));
                final List<ByteRange> expected = new ArrayList<>();
                for (int i = 0; i < 12; i++) {
                    if ((i >= 2 && i < 5 || i >= 7 && i < 10) && !(i >= start && i < end)) {
                        ByteRange.append(expected, i, 1);
                    }
                }
                assertEquals(expected, ranges, start + " to " + end);
            }
        }
    }

    @Test
    @DisplayName("a sector that neither pread nor the device gives is read through a mapping, or not at all")
    void shouldReadThroughAMapping() throws IOException {
        final byte[] content = new byte[8192];
        new SplittableRandom(3).nextBytes(content);
        final Path path = Files.write(Files.createTempFile(Path.of("/dev/shm"), "dax", "region"), content);
        final int guarded = GuardedRange.count();
        try (NativeFile file = NativeFile.open(path, false);
             DaxSectors sectors = new DaxSectors(file, FileBadBlocks.of(file)); Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(600);
            assertEquals(600, sectors.read(5000, buffer));
            assertArrayEquals(Arrays.copyOfRange(content, 5000, 5600), buffer.toArray(ValueLayout.JAVA_BYTE));
            file.setSize(4096);
            assertEquals(-Errno.EIO, sectors.read(5000, buffer), "SIGBUS for who loads from there");
            assertEquals(600, sectors.read(100, buffer));
        } finally {
            Files.delete(path);
        }
        assertEquals(guarded, GuardedRange.count());
    }

    @Test
    @DisplayName("copies from suspicious memory are left to kernels that survive them")
    void shouldKnowWhichKernelsSurviveCopies() {
        assertTrue(DaxSectors.survivesCopies("5.10.0-30-amd64"));
        assertTrue(DaxSectors.survivesCopies("6.1.0"));
        assertFalse(DaxSectors.survivesCopies("5.9.16"));
        assertFalse(DaxSectors.survivesCopies("4.18.0-513.el8.x86_64"));
    }
}
