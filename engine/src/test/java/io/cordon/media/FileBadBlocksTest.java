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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.linux.BlockDevice;
import io.cordon.linux.BlockDevice.ListPlace;
import io.cordon.linux.BlockDevice.Slice;
import io.cordon.linux.NativeFile;
import io.cordon.media.ExtentMap.Piece;
import io.cordon.poison.ByteRange;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Law 8, from made-up lists of a made-up device to a real file where it is; RealExtentsTest has real devices. */
@Timeout(120)
class FileBadBlocksTest {
    private static final int BLOCK = 4096;
    private static final long ALL = 1L << 60;

    @TempDir
    private Path directory;
    /** Not in the directory for temporary files, which may be a tmpfs and have no extents. */
    private Path path;
    private NativeFile file;
    private Path list;
    private Path region;

    @BeforeEach
    void makeFile() throws IOException {
        path = Files.createTempFile(Path.of("target"), "blocks", "");
        file = NativeFile.open(path, false);
        try (Arena arena = Arena.ofConfined()) {
            file.write(0, arena.allocate(8 * BLOCK));
        }
        list = Files.writeString(directory.resolve("badblocks"), "");
        region = directory.resolve("region-badblocks");
    }

    @AfterEach
    void removeFile() throws IOException {
        file.close();
        Files.delete(path);
    }

    private FileBadBlocks.Report read(final List<Slice> slices, final String... unknown) {
        return new FileBadBlocks(file, new BlockDevice("made-up", slices, List.of(unknown))).read();
    }

    private FileBadBlocks.Report read(final ListPlace... lists) {
        return read(List.of(new Slice(0, ALL, List.of(lists))));
    }

    private Piece block(final int index) throws IOException {
        return new FileBadBlocks(file, new BlockDevice("", List.of(), List.of())).extents()
            .ofFile((long) index * BLOCK, BLOCK).getFirst();
    }

    private static String record(final long device, final int sectors) {
        return device / 512 + " " + sectors + "\n";
    }

    private static Piece bad(final Piece block, final int distance, final int length) {
        return new Piece(block.offset() + distance, block.device() + distance, length, false, false);
    }

    private static void assertUnknown(final String reason, final FileBadBlocks.Report report) {
        assertTrue(report.unknown().stream().anyMatch(text -> text.contains(reason)), report.unknown().toString());
    }

    @Test
    void shouldFindTheBadSectorsOfTheFileAlone() throws IOException {
        final long last = block(7).device() + BLOCK;
        Files.writeString(list, "0 1\n" + record(block(2).device() + 512, 2) + record(last, 1));
        final FileBadBlocks.Report report = read(new ListPlace(list, 0));
        assertEquals(List.of(bad(block(2), 512, 1024)), report.bad());
        assertEquals(List.of(), report.unknown());
        assertEquals(new BadBlockList.Complete(List.of(new ByteRange(2 * BLOCK + 512, 1024))), report.toList());
    }

    @Test
    void shouldBeCleanIfTheListIsEmpty() {
        assertEquals(new BadBlockList.Complete(List.of()), read(new ListPlace(list, 0)).toList());
    }

    @Test
    void shouldNotBeCleanIfTheListIsNotThere() {
        final FileBadBlocks.Report report = read(new ListPlace(region, 0));
        assertUnknown("NoSuchFile", report);
        assertEquals(Optional.of(report.unknown().getFirst()), report.toList().unknown());
    }

    /** Whoever asks as root may read everything; so what cannot be read here is a directory. */
    @Test
    void shouldNotBeCleanIfTheListCannotBeRead() {
        assertUnknown("EISDIR", read(new ListPlace(directory, 0)));
    }

    @Test
    void shouldNotBeCleanIfThereIsNoList() {
        assertUnknown("on purpose", read(List.of(), "on purpose"));
    }

    @Test
    void shouldReportWhatIsBadAtLeastIfTheListIsCut() throws IOException {
        Files.writeString(list, record(block(1).device(), 1) + "99");
        final FileBadBlocks.Report report = read(new ListPlace(list, 0));
        assertUnknown(list + ": the last line", report);
        assertEquals(List.of(bad(block(1), 0, 512)), report.bad());
        assertEquals(List.of(new ByteRange(BLOCK, 512)), report.toList().ranges());
    }

    /** Two disks, one after the other in one device; the file's blocks are in the second. */
    @Test
    void shouldLookInTheListThatCoversTheFile() throws IOException {
        long first = ALL;
        for (int i = 0; i < 8; i++) {
            first = Math.min(first, block(i).device());
        }
        Files.writeString(list, "0 " + ALL / 512 + "\n");
        Files.writeString(region, record((1 << 20) + block(3).device() - first, 1));
        final FileBadBlocks.Report report = read(List.of(new Slice(0, first, List.of(new ListPlace(list, 0))),
            new Slice(first, ALL, List.of(new ListPlace(region, 1 << 20)))));
        assertEquals(List.of(), report.unknown());
        assertEquals(List.of(bad(block(3), 0, 512)), report.bad());
    }

    @Test
    void shouldNotAskTheRegionIfTheDisksListIsComplete() throws IOException {
        Files.writeString(region, record(block(3).device(), 1) + "cut");
        assertEquals(new BadBlockList.Complete(List.of()),
            read(new ListPlace(list, 0), new ListPlace(region, 0)).toList());
    }

    /** The region's list lacks what was written to the disk's by hand: it adds, and completes nothing. */
    @Test
    void shouldAddTheRegionsListIfTheDisksIsNotComplete() throws IOException {
        final long shift = 2 << 20;
        Files.writeString(list, record(block(1).device(), 1) + "cut");
        Files.writeString(region, "0 8\n" + record(block(3).device() + shift, 1));
        final FileBadBlocks.Report report = read(new ListPlace(list, 0), new ListPlace(region, shift));
        assertEquals(List.of(bad(block(1), 0, 512), bad(block(3), 0, 512)), report.bad());
        assertUnknown("may be cut off", report);
        assertEquals(1, report.unknown().size());
    }

    /** tmpfs does not tell where a file is: that matters only if a sector is bad. */
    @Test
    void shouldNotBeCleanIfTheFileCannotBeFoundOnTheDevice() throws IOException {
        final Path memory = Files.createTempFile(Path.of("/dev/shm"), "blocks", "");
        try (NativeFile nowhere = NativeFile.open(memory, false)) {
            final BlockDevice device =
                new BlockDevice("made-up", List.of(new Slice(0, ALL, List.of(new ListPlace(list, 0)))), List.of());
            final FileBadBlocks blocks = new FileBadBlocks(nowhere, device);
            assertEquals(new BadBlockList.Complete(List.of()), blocks.read().toList());
            Files.writeString(list, "5 1\n");
            assertUnknown("EOPNOTSUPP", blocks.read());
            assertEquals(List.of(), blocks.read().bad());
        } finally {
            Files.delete(memory);
        }
    }

    @Test
    void shouldHaveItsListsWatched() throws Exception {
        final FileBadBlocks blocks = new FileBadBlocks(file, new BlockDevice("made-up",
            List.of(new Slice(0, ALL, List.of(new ListPlace(list, 0), new ListPlace(region, 0)))), List.of()));
        final BlockingQueue<FileBadBlocks.Report> seen =
            new LinkedBlockingQueue<>();
        try (BadBlockWatch watch = blocks.watch()) {
            watch.start(() -> seen.add(blocks.read()));
            assertEquals(List.of(), seen.take().bad());
            Files.writeString(list, record(block(4).device(), 1));
            FileBadBlocks.Report report = seen.take();
            while (report.bad().isEmpty()) {
                report = seen.take();
            }
            assertEquals(List.of(bad(block(4), 0, 512)), report.bad());
        }
    }
}
