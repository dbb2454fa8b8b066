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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertThrowsExactly;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.linux.Errno;
import io.cordon.linux.Libc;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad arguments and bad files: the exact exception, the value, the bound, the file; and nothing is changed. */
class BadArgumentsTest {
    private static final int SIZE = 2 * 4096;

    @TempDir
    private Path folder;

    private byte[] content(final Path path, final int length) throws IOException {
        final byte[] content = new byte[length];
        new SplittableRandom(7).nextBytes(content);
        Files.write(path, content);
        return content;
    }

    private static Map<LongConsumer, Integer> plain(final Region region) {
        final Map<LongConsumer, Integer> accesses = new LinkedHashMap<>();
        accesses.put(region::getByte, 1);
        accesses.put(offset -> region.putByte(offset, (byte) 1), 1);
        accesses.put(region::getShort, 2);
        accesses.put(offset -> region.putShort(offset, (short) 1), 2);
        accesses.put(region::getChar, 2);
        accesses.put(offset -> region.putChar(offset, 'a'), 2);
        accesses.put(region::getInt, 4);
        accesses.put(offset -> region.putInt(offset, 1), 4);
        accesses.put(region::getLong, 8);
        accesses.put(offset -> region.putLong(offset, 1), 8);
        accesses.put(region::getFloat, 4);
        accesses.put(offset -> region.putFloat(offset, 1), 4);
        accesses.put(region::getDouble, 8);
        accesses.put(offset -> region.putDouble(offset, 1), 8);
        return accesses;
    }

    private static Map<LongConsumer, Integer> atomic(final Region region) {
        final Map<LongConsumer, Integer> accesses = new LinkedHashMap<>();
        accesses.put(region::getByteVolatile, 1);
        accesses.put(offset -> region.putByteVolatile(offset, (byte) 1), 1);
        accesses.put(region::getShortVolatile, 2);
        accesses.put(offset -> region.putShortVolatile(offset, (short) 1), 2);
        accesses.put(region::getCharVolatile, 2);
        accesses.put(offset -> region.putCharVolatile(offset, 'a'), 2);
        accesses.put(region::getIntAcquire, 4);
        accesses.put(region::getIntOpaque, 4);
        accesses.put(region::getIntVolatile, 4);
        accesses.put(offset -> region.putIntRelease(offset, 1), 4);
        accesses.put(offset -> region.putIntOpaque(offset, 1), 4);
        accesses.put(offset -> region.putIntVolatile(offset, 1), 4);
        accesses.put(offset -> region.compareAndSetInt(offset, 0, 1), 4);
        accesses.put(offset -> region.compareAndExchangeInt(offset, 0, 1), 4);
        accesses.put(offset -> region.getAndAddInt(offset, 1), 4);
        accesses.put(offset -> region.getAndSetInt(offset, 1), 4);
        accesses.put(region::getLongAcquire, 8);
        accesses.put(region::getLongOpaque, 8);
        accesses.put(region::getLongVolatile, 8);
        accesses.put(offset -> region.putLongRelease(offset, 1), 8);
        accesses.put(offset -> region.putLongOpaque(offset, 1), 8);
        accesses.put(offset -> region.putLongVolatile(offset, 1), 8);
        accesses.put(offset -> region.compareAndSetLong(offset, 0, 1), 8);
        accesses.put(offset -> region.compareAndExchangeLong(offset, 0, 1), 8);
        accesses.put(offset -> region.getAndAddLong(offset, 1), 8);
        accesses.put(offset -> region.getAndSetLong(offset, 1), 8);
        return accesses;
    }

    private static void assertOutside(final Path path, final long offset, final long length, final Executable access) {
        final IndexOutOfBoundsException thrown = assertThrowsExactly(IndexOutOfBoundsException.class, access,
            "offset " + offset + ", length " + length);
        assertEquals(path + ": offset " + offset + " and length " + length + " do not fit the size " + SIZE,
            thrown.getMessage());
    }

    @Test
    void shouldRefuseAccessesOutsideAndMisalignedOnes() throws IOException {
        final Path path = folder.resolve("region");
        final byte[] before = content(path, SIZE);
        try (Region region = Region.builder(path).open()) {
            final Map<LongConsumer, Integer> all = plain(region);
            final Map<LongConsumer, Integer> atomic = atomic(region);
            all.putAll(atomic);
            all.forEach((access, width) -> {
                // Aligned ones too, so that the bound is what is refused; misaligned past the end: the bound as well.
                for (final long offset : new long[] {-1, -width, SIZE - width + 1, SIZE, SIZE + 8, Long.MAX_VALUE,
                    Long.MAX_VALUE - 7, Long.MIN_VALUE, -4096, 1L << 32, 1L << 62}) {
                    assertOutside(path, offset, width, () -> access.accept(offset));
                }
            });
            atomic.forEach((access, width) -> {
                for (int offset = 1; offset < 2 * width; offset++) {
                    if (offset % width == 0) {
                        continue;
                    }
                    final long at = offset;
                    final IllegalArgumentException thrown =
                        assertThrowsExactly(IllegalArgumentException.class, () -> access.accept(at));
                    assertEquals(path + ": offset " + at + " of an atomic or ordered access is not a multiple of "
                        + width, thrown.getMessage());
                }
            });
        }
        assertArrayEquals(before, Files.readAllBytes(path));
    }

    @Test
    void shouldRefuseRangesOutside() throws IOException {
        final Path path = folder.resolve("region");
        final byte[] before = content(path, SIZE);
        try (Region region = Region.builder(path).open(); Arena arena = Arena.ofConfined()) {
            final MemorySegment segment = arena.allocate(2 * SIZE);
            for (final long[] bad : new long[][] {{-1, 1}, {-1, 0}, {0, -1}, {SIZE, 1}, {SIZE - 1, 2}, {SIZE + 1, 0},
                {0, SIZE + 1}, {1, Long.MAX_VALUE}, {Long.MAX_VALUE, 1}, {Long.MAX_VALUE, Long.MAX_VALUE},
                {Long.MIN_VALUE, Long.MIN_VALUE}, {8, -8}}) {
                final long offset = bad[0];
                final long length = bad[1];
                assertOutside(path, offset, length, () -> region.get(offset, segment, 0, length));
                assertOutside(path, offset, length, () -> region.put(offset, segment, 0, length));
                assertOutside(path, offset, length, () -> region.fill(offset, length, (byte) 1));
                assertOutside(path, offset, length, () -> region.read(offset, length, _ -> 1));
                assertOutside(path, offset, length, () -> region.readAsLong(offset, length, _ -> 1));
                assertOutside(path, offset, length, () -> region.persist(offset, length));
                assertOutside(path, offset, length, () -> region.isReadable(offset, length));
                assertOutside(path, offset, length, () -> region.verify(offset, length));
                if (length >= 0 && length <= 2 * SIZE) {
                    final byte[] array = new byte[2 * SIZE];
                    assertOutside(path, offset, length, () -> region.get(offset, array, 0, (int) length));
                    assertOutside(path, offset, length, () -> region.put(offset, array, 0, (int) length));
                }
            }
            final byte[] array = new byte[16];
            for (final int[] bad : new int[][] {{-1, 1}, {16, 1}, {15, 2}, {0, -1}, {1, Integer.MAX_VALUE}}) {
                assertThrows(IndexOutOfBoundsException.class, () -> region.get(0, array, bad[0], bad[1]));
                assertThrows(IndexOutOfBoundsException.class, () -> region.put(0, array, bad[0], bad[1]));
                if (bad[1] >= 0 && bad[1] <= SIZE) {
                    final MemorySegment heap = MemorySegment.ofArray(array);
                    assertThrows(IndexOutOfBoundsException.class, () -> region.get(0, heap, bad[0], bad[1]));
                    assertThrows(IndexOutOfBoundsException.class, () -> region.put(0, heap, bad[0], bad[1]));
                }
            }
            assertThrows(IllegalArgumentException.class,
                () -> region.get(0, MemorySegment.ofArray(array).asReadOnly(), 0, 1));
            assertThrows(NullPointerException.class, () -> region.get(0, (byte[]) null, 0, 1));
            assertThrows(NullPointerException.class, () -> region.read(0, 1, null));
        }
        assertArrayEquals(before, Files.readAllBytes(path));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, -4096, 1, 64, 4095, 4097, 8191, Long.MAX_VALUE, Long.MIN_VALUE})
    void shouldRefuseASizeThatIsNotWholePages(final long size) {
        final Region.Builder builder = Region.builder(folder.resolve("region"));
        final IllegalArgumentException thrown =
            assertThrowsExactly(IllegalArgumentException.class, () -> builder.size(size));
        assertEquals("size " + size + " is not a positive multiple of 4096", thrown.getMessage());
    }

    @Test
    void shouldRefuseNulls() {
        assertThrows(NullPointerException.class, () -> Region.builder(null));
        assertThrows(NullPointerException.class, () -> Region.builder(folder.resolve("region")).media(null));
    }

    @Test
    void shouldRefuseWhatIsNotThere() {
        final Path path = folder.resolve("absent");
        final NoSuchFileException noSize =
            assertThrowsExactly(NoSuchFileException.class, () -> Region.builder(path).open());
        assertEquals(path + ": give a size to create the file", noSize.getMessage());
        final NoSuchFileException readOnly = assertThrowsExactly(NoSuchFileException.class,
            () -> Region.builder(path).size(SIZE).readOnly(true).open());
        assertEquals(path + ": cannot open for reading alone what does not exist", readOnly.getMessage());
        final Path lost = path.resolve("region");
        final NoSuchFileException noFolder =
            assertThrowsExactly(NoSuchFileException.class, () -> Region.builder(lost).size(SIZE).open());
        assertTrue(noFolder.getMessage().contains(lost.toString()), noFolder.getMessage());
        assertFalse(Files.exists(path));
    }

    private static void assertForeign(final Path path, final long size, final String... words) {
        final Region.Builder builder = Region.builder(path);
        if (size != 0) {
            builder.size(size);
        }
        final RegionFormatException thrown = assertThrowsExactly(RegionFormatException.class, builder::open);
        assertEquals(path, thrown.file());
        assertTrue(thrown.getMessage().startsWith(path + ": "), thrown.getMessage());
        for (final String word : words) {
            assertTrue(thrown.getMessage().contains(word), thrown.getMessage());
        }
    }

    @Test
    void shouldRefuseFilesThatAreNoRegionsAndLeaveThemUntouched() throws IOException {
        assertForeign(folder, SIZE, "not a regular file");
        assertForeign(Path.of("/dev/null"), SIZE, "not a regular file");
        final Path path = folder.resolve("region");
        final byte[] whole = content(path, SIZE);
        assertForeign(path, 2 * SIZE, "has " + SIZE + " bytes", "not the " + 2 * SIZE);
        assertForeign(path, SIZE / 2, "has " + SIZE + " bytes", "not the " + SIZE / 2);
        assertArrayEquals(whole, Files.readAllBytes(path));
        for (final int length : new int[] {0, 1, 4095, 4097, SIZE - 1, SIZE + 64}) {
            final byte[] before = content(path, length);
            assertForeign(path, 0, "has " + length + " bytes", "positive multiple of 4096", "truncated");
            assertForeign(path, SIZE, "has " + length + " bytes", "not the " + SIZE);
            assertArrayEquals(before, Files.readAllBytes(path));
        }
    }

    @Test
    void shouldFollowLinksAndRefuseDanglingOnes() throws IOException {
        final Path path = folder.resolve("region");
        final byte[] before = content(path, SIZE);
        final Path link = Files.createSymbolicLink(folder.resolve("link"), path);
        try (Region region = Region.builder(link).open()) {
            assertEquals(before[5], region.getByte(5));
            assertLocked(path);
        }
        final Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("nowhere"));
        final IOException thrown =
            assertThrows(IOException.class, () -> Region.builder(dangling).size(SIZE).open());
        assertTrue(thrown.getMessage().contains(dangling.toString()), thrown.toString());
        assertTrue(Files.isSymbolicLink(dangling));
        assertFalse(Files.exists(folder.resolve("nowhere")));
    }

    private static void assertLocked(final Path path) {
        final IOException thrown = assertThrows(IOException.class, () -> Region.builder(path).open());
        assertEquals(path + ": this process has the file open as a region; close that one first",
            thrown.getMessage());
    }

    @Test
    void shouldRefuseASecondRegionHereOrInAnotherProcess() throws Exception {
        final Path path = folder.resolve("region");
        final byte[] before = content(path, SIZE);
        try (Region region = Region.builder(path).open()) {
            assertLocked(path);
            assertThrows(IOException.class, () -> Region.builder(path).readOnly(true).open());
            IsolatedChild.run(folder, IsolatedChild.LOCKED);
            assertEquals(before[9], region.getByte(9), "the first one is served as before");
        }
        assertArrayEquals(before, Files.readAllBytes(path));
    }

    @Test
    void shouldSayThatThereIsNotEnoughSpaceAndRemoveTheFile() throws Exception {
        // A size that no file system has.
        final Path path = folder.resolve("region");
        final FileSystemException thrown =
            assertThrows(FileSystemException.class, () -> Region.builder(path).size(1L << 62).open());
        assertTrue(thrown.getMessage().contains("" + (1L << 62)), thrown.getMessage());
        assertFalse(Files.exists(path));
        IsolatedChild.run(folder, IsolatedChild.FULL_CREATE);
    }

    @Test
    void shouldLeaveAnExistingFileOnAFullFileSystemUntouched() throws Exception {
        IsolatedChild.run(folder, IsolatedChild.FULL_EXISTING);
    }

    @Test
    void shouldRefuseAReadOnlyFileSystem() throws Exception {
        IsolatedChild.run(folder, IsolatedChild.READ_ONLY_SYSTEM);
    }

    @Test
    void shouldRefuseFilesWithoutPermission() throws Exception {
        final Path inside = Files.createDirectories(folder.resolve("mount"));
        final byte[] before = content(inside.resolve("forbidden"), 4096);
        content(inside.resolve("readable"), 4096);
        Files.setPosixFilePermissions(inside.resolve("forbidden"), PosixFilePermissions.fromString("---------"));
        Files.setPosixFilePermissions(inside.resolve("readable"), PosixFilePermissions.fromString("r--r--r--"));
        Files.setPosixFilePermissions(inside, PosixFilePermissions.fromString("r-xr-xr-x"));
        try {
            IsolatedChild.run(folder, IsolatedChild.NO_PERMISSION);
        } finally {
            Files.setPosixFilePermissions(inside, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.setPosixFilePermissions(inside.resolve("forbidden"), PosixFilePermissions.fromString("rw-------"));
        }
        assertArrayEquals(before, Files.readAllBytes(inside.resolve("forbidden")));
    }

    @Test
    @DisplayName("a file on hugetlbfs, which takes no writes past a mapping, is refused before anything is done to it")
    void shouldRefuseHugePages() throws IOException {
        final int hugeTlb = 4;
        final int fd;
        try (Arena arena = Arena.ofConfined()) {
            fd = Libc.memfdCreate(arena.allocateFrom("huge"), Libc.MFD_CLOEXEC | hugeTlb);
        }
        assertTrue(fd >= 0, () -> "memfd_create: " + Errno.describe(-fd));
        try {
            final Path huge = Path.of("/proc/self/fd/" + fd);
            final RegionFormatException refused =
                assertThrows(RegionFormatException.class, () -> Region.builder(huge).open());
            assertTrue(refused.getMessage().contains("hugetlbfs") && refused.getMessage().contains("huge=always"),
                refused.getMessage());
            assertEquals(0, Libc.lseek(fd, 0, Libc.SEEK_END));
        } finally {
            Libc.close(fd);
        }
    }
}
