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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.linux.BlockDevice;
import io.cordon.linux.BlockDevice.ListPlace;
import io.cordon.linux.BlockDevice.Slice;
import io.cordon.linux.FileStatus;
import io.cordon.linux.Libc;
import io.cordon.linux.NativeFile;
import io.cordon.linux.SectorReader;
import io.cordon.media.ExtentMap.Piece;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What FIEMAP says of real files on real ext4 and XFS, on a partition: the bytes at the place that it names, read in
 * the image below, must be those of the file. As root; on a machine without loop devices these tests fail, they are
 * not left out.
 */
@DisabledIfSystemProperty(named = LoopImage.ROOT, matches = "false")
class RealExtentsTest {
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 3000;
    private static final long MIB = 1 << 20;

    @TempDir
    private Path directory;

    private LoopImage image(final String type) throws IOException {
        return "ext4".equals(type)
            ? LoopImage.create(directory, 128 * MIB, "mkfs.ext4", "-q", "-F", "-b", "4096", "-O", "inline_data")
            : LoopImage.create(directory, 400 * MIB, "mkfs.xfs", "-q", "-f");
    }

    /** Each block of each file has content of its own. */
    private static byte[] pattern(final int tag, final int block) {
        final MemorySegment content = MemorySegment.ofArray(new byte[BLOCK]);
        for (int i = 0; i < BLOCK; i += 8) {
            content.setAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i / 8, (long) tag << 48 | (long) block << 16 | i);
        }
        return content.toArray(ValueLayout.JAVA_BYTE);
    }

    private static void write(final NativeFile file, final int tag, final int block) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            file.write((long) block * BLOCK, arena.allocateFrom(ValueLayout.JAVA_BYTE, pattern(tag, block)));
        }
    }

    /** Of three blocks one is written, one is a hole, one is reserved only. */
    private static NativeFile fragmented(final Path path) throws IOException {
        final NativeFile file = NativeFile.create(path);
        file.setSize((long) BLOCKS * BLOCK);
        for (int block = 0; block < BLOCKS; block += 3) {
            write(file, 1, block);
            assertEquals(0, Libc.fallocate(file.fd(), 0, (block + 2L) * BLOCK, BLOCK));
        }
        return file;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ext4", "xfs"})
    void shouldPointAtTheBytesOfTheFile(final String type) throws IOException {
        try (LoopImage image = image(type); NativeFile file = fragmented(image.mount().resolve("file"))) {
            final ExtentMap map = new FileBadBlocks(file, BlockDevice.of(file)).extents();
            assertTrue(map.size() >= BLOCKS / 3, map.size() + " extents: more than one call returns");
            assertEquals(List.of(), map.unmapped());
            for (int block = 0; block < BLOCKS; block++) {
                final List<Piece> pieces = map.ofFile((long) block * BLOCK, BLOCK);
                if (block % 3 == 1) {
                    assertEquals(List.of(), pieces, "block " + block + " is a hole");
                    continue;
                }
                assertEquals(1, pieces.size(), "block " + block);
                final Piece piece = pieces.getFirst();
                assertEquals(block % 3 == 2, piece.unwritten(), "block " + block);
                assertFalse(piece.shared());
                if (block % 3 == 0) {
                    assertArrayEquals(pattern(1, block), image.read(piece.device(), BLOCK), "block " + block);
                }
                assertEquals(pieces, map.ofDevice(piece.device(), BLOCK), "and back");
            }
        }
    }

    /** Asked for a part alone, a file system says the same of it. */
    @ParameterizedTest
    @ValueSource(strings = {"ext4", "xfs"})
    void shouldSayTheSameOfAPart(final String type) throws IOException {
        try (LoopImage image = image(type); NativeFile file = fragmented(image.mount().resolve("file"))) {
            final FileBadBlocks lists = new FileBadBlocks(file, BlockDevice.of(file));
            final ExtentMap all = lists.extents();
            final SplittableRandom random = new SplittableRandom(7);
            for (int i = 0; i < 200; i++) {
                final long offset = random.nextLong(BLOCKS) * BLOCK + (i % 2 == 0 ? 0 : 512);
                final long length = i % 3 == 0 ? 512 : (1 + random.nextLong(40)) * BLOCK;
                assertEquals(all.ofFile(offset, length), lists.extents(offset, length).ofFile(offset, length),
                    "seed 7, round " + i + ": " + offset + ", " + length);
            }
        }
    }

    /** The way around a bad block that is shared: other blocks in its place, and nothing else changes for anybody. */
    @Test
    void shouldReplaceSharedBlocks() throws IOException {
        try (LoopImage image = image("xfs");
             NativeFile file = NativeFile.create(image.mount().resolve("file")); Arena arena = Arena.ofConfined()) {
            for (int block = 0; block < 16; block++) {
                write(file, 3, block);
            }
            file.sync();
            final Path path = image.mount().resolve("file");
            final Path copy = image.mount().resolve("copy");
            LoopImage.run("cp", "--reflink=always", path.toString(), copy.toString());
            final FileBadBlocks lists = new FileBadBlocks(file, BlockDevice.of(file));
            final Piece before = lists.extents().ofFile(5 * BLOCK, BLOCK).getFirst();
            file.replaceBlocks(5 * BLOCK, arena.allocateFrom(ValueLayout.JAVA_BYTE, pattern(4, 5)));
            final Piece after = lists.extents().ofFile(5 * BLOCK, BLOCK).getFirst();
            assertFalse(after.shared());
            assertTrue(before.device() != after.device());
            assertArrayEquals(pattern(4, 5), image.read(after.device(), BLOCK));
            final byte[] content = Files.readAllBytes(path);
            final byte[] old = Files.readAllBytes(copy);
            for (int block = 0; block < 16; block++) {
                assertArrayEquals(pattern(block == 5 ? 4 : 3, block),
                    Arrays.copyOfRange(content, block * BLOCK, (block + 1) * BLOCK), "block " + block);
                assertArrayEquals(pattern(3, block), Arrays.copyOfRange(old, block * BLOCK, (block + 1) * BLOCK));
            }
        }
    }

    /** Sector by sector through the partition's own node, which counts as the extents do. */
    @ParameterizedTest
    @ValueSource(strings = {"ext4", "xfs"})
    void shouldReadTheSectorsOfTheFileOnTheDevice(final String type) throws IOException {
        try (LoopImage image = image(type); NativeFile file = fragmented(image.mount().resolve("file"));
             Arena arena = Arena.ofConfined()) {
            file.sync();
            final BlockDevice device = BlockDevice.of(file);
            final ExtentMap map = new FileBadBlocks(file, device).extents();
            final MemorySegment sector = arena.allocate(512, 4096);
            try (SectorReader reader = SectorReader.open(file, device)) {
                for (int block = 0; block < 30; block += 3) {
                    final Piece piece = map.ofFile((long) block * BLOCK, BLOCK).getFirst();
                    for (int offset = 0; offset < BLOCK; offset += 512) {
                        assertTrue(reader.read(piece.device() + offset, sector));
                        assertArrayEquals(Arrays.copyOfRange(pattern(1, block), offset, offset + 512),
                            sector.toArray(ValueLayout.JAVA_BYTE), "block " + block + ", offset " + offset);
                    }
                }
                assertThrows(IOException.class, () -> reader.read(1L << 40, sector), "beyond the device");
                assertThrows(IOException.class, () -> reader.read(1, sector), "not at a sector");
            }
            final BlockDevice whole =
                new BlockDevice(device.name().replaceFirst("p1$", ""), device.slices(), device.unknown());
            final IOException refused = assertThrows(IOException.class, () -> SectorReader.open(file, whole));
            assertTrue(refused.getMessage().contains("is on device"), refused.getMessage());
        }
    }

    /** Dirty pages have no place before they are written; asking writes them. */
    @ParameterizedTest
    @ValueSource(strings = {"ext4", "xfs"})
    void shouldFindAPlaceForWhatWasJustWritten(final String type) throws IOException {
        try (LoopImage image = image(type);
             NativeFile file = NativeFile.create(image.mount().resolve("file"))) {
            for (int block = 0; block < 64; block++) {
                write(file, 2, block);
            }
            final ExtentMap map = new FileBadBlocks(file, BlockDevice.of(file)).extents();
            assertEquals(List.of(), map.unmapped());
            for (int block = 0; block < 64; block++) {
                assertArrayEquals(pattern(2, block),
                    image.read(map.ofFile((long) block * BLOCK, BLOCK).getFirst().device(), BLOCK));
            }
        }
    }

    /** A block that two files, or two parts of one, have in common is shared, and a write gives the writer its own. */
    @Test
    void shouldSeeThatBlocksAreShared() throws IOException {
        try (LoopImage image = image("xfs");
             NativeFile file = NativeFile.create(image.mount().resolve("file"))) {
            for (int block = 0; block < 16; block++) {
                write(file, 3, block);
            }
            file.sync();
            final Path path = image.mount().resolve("file");
            final Path copy = image.mount().resolve("copy");
            LoopImage.run("xfs_io", "-c", "reflink " + path + " 0 65536 4096", path.toString());
            ExtentMap map = new FileBadBlocks(file, BlockDevice.of(file)).extents();
            final Piece first = map.ofFile(0, BLOCK).getFirst();
            assertTrue(first.shared());
            assertFalse(map.ofFile(BLOCK, BLOCK).getFirst().shared());
            assertEquals(List.of(new Piece(512, first.device() + 512, 512, false, true),
                new Piece(65536 + 512, first.device() + 512, 512, false, true)),
                map.ofDevice(first.device() + 512, 512), "one sector, two places in the file");

            LoopImage.run("cp", "--reflink=always", path.toString(), copy.toString());
            try (NativeFile other = NativeFile.open(copy, false)) {
                final ExtentMap copied = new FileBadBlocks(other, BlockDevice.of(other)).extents();
                map = new FileBadBlocks(file, BlockDevice.of(file)).extents();
                for (int block = 0; block < 16; block++) {
                    final Piece piece = map.ofFile((long) block * BLOCK, BLOCK).getFirst();
                    assertTrue(piece.shared(), "block " + block);
                    assertEquals(piece, copied.ofFile((long) block * BLOCK, BLOCK).getFirst());
                }
                write(other, 4, 5);
                final Piece moved = new FileBadBlocks(other, BlockDevice.of(other)).extents()
                    .ofFile(5 * BLOCK, BLOCK).getFirst();
                assertFalse(moved.shared());
                assertArrayEquals(pattern(4, 5), image.read(moved.device(), BLOCK));
                assertArrayEquals(pattern(3, 5), image.read(map.ofFile(5 * BLOCK, BLOCK).getFirst().device(), BLOCK));
            }
        }
    }

    /** ext4 keeps very short files in the inode: no sector holds their bytes alone. */
    @Test
    void shouldHaveNoPlaceForDataInTheInode() throws IOException {
        try (LoopImage image = image("ext4")) {
            final Path path = Files.writeString(image.mount().resolve("short"), "a few bytes");
            try (NativeFile file = NativeFile.open(path, false)) {
                final ExtentMap map = new FileBadBlocks(file, BlockDevice.of(file)).extents();
                assertEquals(0, map.size());
                assertEquals(1, map.unmapped().size());
                assertUnknown("does not say where", read(file, LoopImage.START / 512 + 800 + " 8\n"));
                assertEquals(List.of(), read(file, "").unknown(), "without bad sectors it does not matter where it is");
            }
        }
    }

    /** The kernel's own tree: the partition's bytes are the disk's, from its start on; a loop device keeps no list. */
    @Test
    void shouldFindThePartitionOfARealDeviceAndThatItHasNoList() throws IOException {
        try (LoopImage image = image("ext4"); NativeFile file = NativeFile.create(image.mount().resolve("file"))) {
            final BlockDevice device = BlockDevice.of(file);
            assertTrue(device.name().matches("loop\\d+p1"), device.name());
            assertEquals(1, device.slices().size());
            final Slice slice = device.slices().getFirst();
            assertEquals(0, slice.offset());
            assertEquals(128 * MIB, slice.length());
            assertEquals(LoopImage.START, slice.lists().getFirst().offset());
            assertTrue(slice.lists().getFirst().file().toString().matches(".*/loop\\d+/badblocks"));
            assertFalse(FileStatus.of(file).dax());
            assertUnknown("badblocks", FileBadBlocks.of(file).read());
        }
    }

    /** From sectors of the disk to bytes of the file: the partition's start and the extents in between. */
    @ParameterizedTest
    @ValueSource(strings = {"ext4", "xfs"})
    void shouldFindTheBytesOfTheFileThatLieInBadSectors(final String type) throws IOException {
        try (LoopImage image = image(type); NativeFile file = fragmented(image.mount().resolve("file"))) {
            final ExtentMap map = new FileBadBlocks(file, BlockDevice.of(file)).extents();
            final Piece seventh = map.ofFile(7 * 3 * BLOCK, BLOCK).getFirst();
            final Piece reserved = map.ofFile((7 * 3 + 2) * BLOCK, BLOCK).getFirst();
            final List<Piece> expected = new ArrayList<>();
            expected.add(new Piece(seventh.offset() + 1024, seventh.device() + 1024, 512, false, false));
            expected.add(new Piece(reserved.offset(), reserved.device(), 512, true, false));
            final FileBadBlocks.Report report = read(file,
                "1 1\n" + (LoopImage.START + seventh.device() + 1024) / 512 + " 1\n"
                    + (LoopImage.START + reserved.device()) / 512 + " 1\n");
            assertEquals(List.of(), report.unknown());
            assertEquals(expected, report.bad());
            assertTrue(report.isComplete());

            final FileBadBlocks.Report cut = read(file, (LoopImage.START + seventh.device()) / 512 + " 1\n77");
            assertUnknown("may be cut off", cut);
            assertEquals(List.of(new Piece(seventh.offset(), seventh.device(), 512, false, false)), cut.bad());
        }
    }

    /** The report of a file, from a list of the disk with this text. */
    private FileBadBlocks.Report read(final NativeFile file, final String text) throws IOException {
        final Path list = Files.writeString(directory.resolve("badblocks"), text);
        final Slice real = BlockDevice.of(file).slices().getFirst();
        final Slice slice = new Slice(real.offset(), real.length(),
            List.of(new ListPlace(list, real.lists().getFirst().offset())));
        return new FileBadBlocks(file, new BlockDevice("made up", List.of(slice), List.of())).read();
    }

    private static void assertUnknown(final String reason, final FileBadBlocks.Report report) {
        assertFalse(report.isComplete(), "taken for complete");
        assertTrue(report.unknown().toString().contains(reason), report.unknown().toString());
    }
}
