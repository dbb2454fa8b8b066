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
package io.cordon.fault;

import io.cordon.Region;
import io.cordon.linux.Libc;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Pages are lost here by cutting the file short beneath its mapping, which is a SIGBUS like any other. */
@DisplayName("Law 2: No crash, for mappings that somebody else made")
@SuppressWarnings({"restricted", "try"})
class FaultGuardTest {
    private static final int PAGE = Libc.pageSize();
    private static final int PAGES = 8;
    private static final long PATIENCE_SECONDS = 120;

    @TempDir
    private Path temporary;
    private Path folder;
    private Path file;
    private FileChannel channel;
    private final BlockingQueue<MappingFault> faults = new LinkedBlockingQueue<>();

    @BeforeEach
    void create() throws IOException {
        folder = temporary.toRealPath();
        file = folder.resolve("file");
        Files.write(file, content());
        channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        assertEquals(0, MappingWatch.instance().activeCount(), "a test before this one has left a guard behind");
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
    }

    private static byte[] content() {
        final byte[] content = new byte[PAGES * PAGE];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (1 + i % 127);
        }
        return content;
    }

    private MemorySegment map(final Arena arena) throws IOException {
        return channel.map(MapMode.READ_WRITE, 0, channel.size(), arena);
    }

    private void restoreFile() throws IOException {
        Files.write(file, content());
    }

    private static byte get(final MemorySegment segment, final long offset) {
        return segment.get(ValueLayout.JAVA_BYTE, offset);
    }

    private static void put(final MemorySegment segment, final long offset, final int value) {
        segment.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    }

    private MappingFault fault(final long page, final MemorySegment segment) {
        return new MappingFault(file, page * PAGE, PAGE, segment.address() + page * PAGE);
    }

    private MappingFault told() throws InterruptedException {
        final MappingFault fault = faults.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertTrue(fault != null, "the listener was told of nothing");
        return fault;
    }

    private static void await(final String what, final BooleanSupplier condition) throws InterruptedException {
        final long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, what);
            Thread.sleep(1);
        }
    }

    private static ByteRange pages(final long first, final long count) {
        return new ByteRange(first * PAGE, count * PAGE);
    }

    @Test
    void shouldContainTellAndAnswer() throws Exception {
        final AtomicReference<Thread> thread = new AtomicReference<>();
        try (Arena arena = Arena.ofShared()) {
            final MemorySegment segment = map(arena);
            try (FaultGuard guard = FaultGuard.guard(segment, fault -> {
                thread.set(Thread.currentThread());
                faults.add(fault);
            })) {
                assertFalse(guard.affected(segment));
                channel.truncate(3L * PAGE + 100);
                assertFalse(guard.affected(segment), "nobody has met it yet");
                final byte[] content = content();
                assertEquals(0, get(segment, 5 * PAGE + 77));
                assertTrue(guard.affected(segment));
                assertEquals(List.of(pages(5, 1)), guard.affectedRanges(segment));
                assertEquals(fault(5, segment), told());
                assertTrue(thread.get() != Thread.currentThread() && thread.get().getName().startsWith("cordon-"));
                put(segment, 7 * PAGE - 1, 9);
                assertEquals(9, get(segment, 7 * PAGE - 1), "a store goes to the page of zeroes");
                assertEquals(fault(6, segment), told());
                // What is left of the file's last page is there, and the kernel's zeroes are behind it.
                assertEquals(content[3 * PAGE + 99], get(segment, 3 * PAGE + 99));
                assertEquals(0, get(segment, 3 * PAGE + 100));
                assertArrayEquals(Arrays.copyOf(content, 3 * PAGE + 100),
                    segment.asSlice(0, 3 * PAGE + 100).toArray(ValueLayout.JAVA_BYTE));
                assertFalse(guard.affected(segment, 0, 5L * PAGE));
                assertTrue(guard.affected(segment, 0, 5L * PAGE + 1));
                assertTrue(guard.affected(segment, 7L * PAGE - 1, 1));
                assertFalse(guard.affected(segment, 7L * PAGE, PAGE));
                assertFalse(guard.affected(segment, 5L * PAGE, 0));
                assertEquals(List.of(new ByteRange(1, PAGE + 1)),
                    guard.affectedRanges(segment.asSlice(5 * PAGE - 1, PAGE + 2)));
                assertEquals(List.of(pages(5, 2)), guard.affectedRanges(file));
                assertEquals(2, guard.faultCount());
                assertNull(faults.poll());
            }
        }
        assertEquals(0, MappingWatch.instance().activeCount());
    }

    @Test
    void shouldGiveAPageBack() throws Exception {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment segment = map(arena);
            try (FaultGuard guard = FaultGuard.guard(segment, faults::add)) {
                assertEquals(List.of(), guard.restore(segment));
                channel.truncate(2L * PAGE);
                put(segment, 3 * PAGE, 99);
                put(segment, 6 * PAGE, 99);
                assertEquals(List.of(pages(3, 1), pages(6, 1)), guard.restore(segment), "the file is short still");
                assertEquals(99, get(segment, 6 * PAGE));
                restoreFile();
                channel.truncate(5L * PAGE);
                assertEquals(List.of(pages(1, 1)), guard.restore(segment.asSlice(5 * PAGE)));
                assertEquals(List.of(pages(3, 1), pages(6, 1)), guard.affectedRanges(segment), "it was not asked for");
                assertEquals(List.of(pages(6, 1)), guard.restore(segment));
                final byte[] content = content();
                assertEquals(content[3 * PAGE], get(segment, 3 * PAGE));
                put(segment, 3 * PAGE, 55);
                assertEquals(55, Files.readAllBytes(file)[3 * PAGE], "a store does not go to the file again");
                restoreFile();
                assertEquals(List.of(), guard.restore(segment));
                assertFalse(guard.affected(segment));
                assertArrayEquals(content, segment.toArray(ValueLayout.JAVA_BYTE));
                assertEquals(List.of(pages(3, 1), pages(6, 1)), guard.affectedRanges(file), "until forget");
                guard.forget(file);
                assertEquals(List.of(), guard.affectedRanges(file));
                // And it fails anew.
                assertEquals(List.of(fault(3, segment), fault(6, segment)), List.of(told(), told()));
                channel.truncate(0);
                assertEquals(0, get(segment, 6 * PAGE));
                assertEquals(fault(6, segment), told());
                assertEquals(List.of(pages(6, 1)), guard.affectedRanges(file));
            }
        }
    }

    @Test
    void shouldNotGiveBackFromAnotherFile() throws Exception {
        try (Arena arena = Arena.ofShared()) {
            final MemorySegment segment = map(arena);
            try (FaultGuard guard = FaultGuard.guard(segment, faults::add)) {
                channel.truncate(0);
                get(segment, PAGE);
                final Path other = folder.resolve("other");
                Files.write(other, content());
                Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
                final IOException replaced = assertThrows(IOException.class, () -> guard.restore(segment));
                assertTrue(replaced.getMessage().contains("not the file that is mapped"), replaced::getMessage);
                Files.delete(file);
                assertThrows(IOException.class, () -> guard.restore(segment));
                assertEquals(0, get(segment, PAGE));
                assertEquals(List.of(pages(1, 1)), guard.affectedRanges(segment));
                assertEquals(file, told().file());
            }
        }
    }

    @Test
    void shouldFindARenamedFile() throws Exception {
        try (Arena arena = Arena.ofShared()) {
            final MemorySegment segment = map(arena);
            try (FaultGuard guard = FaultGuard.guard(segment, faults::add)) {
                final Path renamed = folder.resolve("renamed");
                Files.move(file, renamed);
                guard.refresh();
                channel.truncate(PAGE);
                get(segment, PAGE);
                assertEquals(renamed, told().file());
                Files.write(renamed, content());
                assertEquals(List.of(), guard.restore(segment));
                assertArrayEquals(content(), segment.toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    @Test
    @DisplayName("A listener that throws, or never returns, harms nobody")
    void shouldSurviveListeners() throws Exception {
        final CountDownLatch never = new CountDownLatch(1);
        final AtomicBoolean interrupted = new AtomicBoolean();
        try (Arena arena = Arena.ofShared()) {
            final MemorySegment segment = map(arena);
            final FaultGuard hanging = FaultGuard.guard(segment, fault -> {
                faults.add(fault);
                try {
                    never.await();
                } catch (InterruptedException _) {
                    interrupted.set(true);
                }
            });
            final BlockingQueue<MappingFault> thrown = new LinkedBlockingQueue<>();
            final FaultGuard throwing = FaultGuard.guard(segment, fault -> {
                thrown.add(fault);
                if (fault.offset() == PAGE) {
                    Thread.currentThread().interrupt();
                }
                Thread.currentThread().setUncaughtExceptionHandler((_, failure) -> { });
                throw new AssertionError("a listener's own failure");
            });
            try (hanging; throwing) {
                channel.truncate(0);
                for (int page = 0; page < PAGES; page++) {
                    assertEquals(0, get(segment, page * PAGE));
                    assertEquals(fault(page, segment), thrown.poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
                    assertTrue(hanging.affected(segment, (long) page * PAGE, 1));
                }
                assertEquals(PAGES, hanging.faultCount());
            }
            assertEquals(1, faults.size(), "the first has not returned");
            never.countDown();
            for (int page = 0; page < PAGES; page++) {
                assertEquals(fault(page, segment), told(), "found before the guard was closed");
            }
            assertFalse(interrupted.get());
        }
    }

    @Test
    @DisplayName("While a listener hangs, neighbours are told as one, and no byte is left out")
    void shouldMergeNeighboursInABacklog() throws Exception {
        final int pages = 3 * FaultGuard.BACKLOG;
        final CountDownLatch gate = new CountDownLatch(1);
        Files.write(file, new byte[0]);
        try (Arena arena = Arena.ofShared()) {
            final MemorySegment segment = channel.map(MapMode.READ_WRITE, 0, (long) pages * PAGE, arena);
            try (FaultGuard guard = FaultGuard.guard(segment, fault -> {
                try {
                    gate.await();
                } catch (InterruptedException failure) {
                    throw new AssertionError(failure);
                }
                faults.add(fault);
            })) {
                channel.truncate(0);
                for (long page = 0; page < pages; page++) {
                    get(segment, page * PAGE);
                    if (page % 256 == 0) {
                        guard.faultCount();
                    }
                }
                assertEquals(pages, guard.faultCount());
                gate.countDown();
                assertEquals(List.of(pages(0, pages)), guard.affectedRanges(file));
                long end = 0;
                int count = 0;
                while (end < (long) pages * PAGE) {
                    final MappingFault fault = told();
                    assertEquals(end, fault.offset());
                    assertEquals(segment.address() + end, fault.address());
                    end += fault.length();
                    count++;
                }
                assertTrue(count <= FaultGuard.BACKLOG + 2 && count >= FaultGuard.BACKLOG, "told " + count);
            }
        }
    }

    @Test
    void shouldRefuseWhatIsNoMapping() throws Exception {
        final FaultListener listener = faults::add;
        try (Arena arena = Arena.ofShared()) {
            final MemorySegment segment = map(arena);
            assertThrows(NullPointerException.class, () -> FaultGuard.guard(null, listener));
            assertThrows(NullPointerException.class, () -> FaultGuard.guard(segment, null));
            assertThrows(NullPointerException.class, () -> FaultGuard.guardFiles(null, listener));
            assertThrows(IllegalArgumentException.class,
                () -> FaultGuard.guard(MemorySegment.ofArray(new byte[8]), listener));
            assertThrows(IllegalArgumentException.class, () -> FaultGuard.guard(segment.asSlice(8, 0), listener));
            assertThrows(IllegalArgumentException.class, () -> FaultGuard.guard(arena.allocate(64), listener));
            assertThrows(IllegalArgumentException.class,
                () -> FaultGuard.guard(MemorySegment.ofAddress(4096).reinterpret(4096), listener));
            assertThrows(IllegalArgumentException.class, () -> FaultGuard.guard(
                MemorySegment.ofAddress(segment.address()).reinterpret((PAGES + 4096L) * PAGE), listener));
            try (FaultGuard guard = FaultGuard.guard(segment.asSlice(PAGE + 8, PAGE), listener)) {
                assertFalse(guard.affected(segment.asSlice(PAGE, 2 * PAGE)), "the pages that it has bytes of");
                assertThrows(IllegalArgumentException.class, () -> guard.affected(segment));
                assertThrows(IllegalArgumentException.class, () -> guard.affected(arena.allocate(8)));
                assertThrows(IndexOutOfBoundsException.class, () -> guard.affected(segment, -1, 1));
                assertThrows(IndexOutOfBoundsException.class, () -> guard.affected(segment, 1, segment.byteSize()));
                guard.close();
                guard.close();
                assertThrows(IllegalStateException.class, () -> guard.affected(segment));
                assertThrows(IllegalStateException.class, () -> guard.affectedRanges(file));
                assertThrows(IllegalStateException.class, () -> guard.restore(segment));
                assertThrows(IllegalStateException.class, guard::refresh);
            }
            assertEquals(0, MappingWatch.instance().activeCount());
            arena.close();
            assertThrows(IllegalStateException.class, () -> FaultGuard.guard(segment, listener));
        } catch (IllegalStateException alreadyClosed) {
            assertTrue(alreadyClosed.getMessage().contains("closed"));
        }
    }

    @Test
    @DisplayName("Law 1: No garbage: a region's faults are the region's, whatever is to be guarded")
    void shouldLeaveRegionsAlone() throws Exception {
        try (FaultGuard guard = FaultGuard.guardFiles(_ -> true, faults::add)) {
            final SimulatedMedia media = Media.simulated();
            try (Region region = Region.builder(folder.resolve("region")).size(16L * PAGE).media(media).open()) {
                guard.refresh();
                assertThrows(IllegalArgumentException.class, () -> FaultGuard.guard(region.segment(), faults::add));
                assertThrows(IllegalArgumentException.class, () -> guard.affected(region.segment()));
                media.inject(5 * 4096 + 640, 64);
                final PoisonException poison =
                    assertThrows(PoisonException.class, () -> region.getLong(5 * 4096 + 640));
                assertEquals(List.of(new ByteRange(5 * 4096 + 640, 64)), poison.ranges());
                assertEquals(0, guard.faultCount());
            }
        }
    }

    @Test
    void shouldGuardFilesThatAreMappedLater() throws Exception {
        final List<Path> asked = new ArrayList<>();
        try (FaultGuard guard = FaultGuard.guardFiles(path -> {
            asked.add(path);
            return path.equals(file);
        }, faults::add); Arena arena = Arena.ofShared()) {
            final MemorySegment segment = map(arena);
            await("a new mapping was not found", () -> MappingWatch.instance().activeCount() == 1);
            assertFalse(guard.affected(segment));
            final Path other = folder.resolve("other");
            Files.write(other, content());
            try (FileChannel unwatched = FileChannel.open(other, StandardOpenOption.READ)) {
                final MemorySegment not = unwatched.map(MapMode.READ_ONLY, 0, PAGE, arena);
                assertThrows(IllegalArgumentException.class, () -> guard.affected(not));
            }
            channel.truncate(0);
            get(segment, 3 * PAGE);
            assertEquals(fault(3, segment), told());
            assertTrue(guard.affected(segment));
            final MemorySegment again = channel.map(MapMode.READ_WRITE, 0, 2 * PAGE, arena);
            guard.refresh();
            channel.truncate(PAGE);
            assertEquals(0, get(again, PAGE + 5));
            assertEquals(new MappingFault(file, PAGE, PAGE, again.address() + PAGE), told());
            assertEquals(List.of(pages(1, 1), pages(3, 1)), guard.affectedRanges(file));
            assertEquals(1, asked.stream().filter(file::equals).count(), "once for each file and name: " + asked);
            assertTrue(asked.stream().noneMatch(path -> path.startsWith(System.getProperty("java.home"))));
        }
        assertEquals(0, MappingWatch.instance().activeCount());
    }

    @Test
    void shouldSurviveAPredicateThatThrows() throws Exception {
        final Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, _) -> { });
        try (Arena arena = Arena.ofShared()) {
            final MemorySegment segment = map(arena);
            try (FaultGuard bad = FaultGuard.guardFiles(_ -> {
                throw new IllegalStateException("a predicate's own failure");
            }, faults::add); FaultGuard good = FaultGuard.guardFiles(file::equals, faults::add)) {
                assertThrows(IllegalArgumentException.class, () -> bad.affected(segment));
                assertFalse(good.affected(segment));
            }
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    @DisplayName("a private mapping loses its stores with the page, and gets the file's content back")
    void shouldGuardAPrivateMapping() throws Exception {
        try (Arena arena = Arena.ofShared()) {
            final MemorySegment segment = channel.map(MapMode.PRIVATE, 0, PAGES * PAGE, arena);
            try (FaultGuard guard = FaultGuard.guard(segment, faults::add)) {
                put(segment, 4 * PAGE, 88);
                put(segment, 5 * PAGE, 88);
                channel.truncate(5L * PAGE);
                assertEquals(88, get(segment, 4 * PAGE));
                assertEquals(0, get(segment, 5 * PAGE));
                assertEquals(fault(5, segment), told());
                restoreFile();
                assertEquals(List.of(), guard.restore(segment));
                assertEquals(content()[5 * PAGE], get(segment, 5 * PAGE));
                put(segment, 5 * PAGE, 77);
                assertArrayEquals(content(), Files.readAllBytes(file), "a private store went to the file");
            }
        }
    }

    @Test
    void shouldGuardAMappingForReadingOnly() throws Exception {
        try (Arena arena = Arena.ofShared()) {
            final MemorySegment segment = channel.map(MapMode.READ_ONLY, PAGE, 3 * PAGE, arena);
            assertTrue(file.toFile().setReadOnly());
            try (FaultGuard guard = FaultGuard.guard(segment, faults::add)) {
                channel.truncate(2L * PAGE);
                assertEquals(0, get(segment, 2 * PAGE));
                assertEquals(new MappingFault(file, 3L * PAGE, PAGE, segment.address() + 2 * PAGE), told());
                channel.write(ByteBuffer.wrap(content()), 0);
                assertEquals(List.of(), guard.restore(segment));
                assertArrayEquals(Arrays.copyOfRange(content(), PAGE, 4 * PAGE),
                    segment.toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    @Test
    @DisplayName("each mapping of a file fails by itself, and each guard of a mapping is told")
    void shouldGuardSeveralMappingsOfAFile() throws Exception {
        final BlockingQueue<MappingFault> others = new LinkedBlockingQueue<>();
        try (Arena arena = Arena.ofShared()) {
            final MemorySegment one = map(arena);
            final MemorySegment two = map(arena);
            try (FaultGuard first = FaultGuard.guard(one, faults::add);
                FaultGuard all = FaultGuard.guardFiles(file::equals, others::add);
                FaultGuard part = FaultGuard.guard(two.asSlice(PAGE, PAGE), faults::add)) {
                assertEquals(2, MappingWatch.instance().activeCount(), "one entry a mapping");
                channel.truncate(0);
                get(one, 2 * PAGE);
                assertTrue(first.affected(one));
                assertTrue(all.affected(one));
                assertFalse(all.affected(two));
                assertEquals(fault(2, one), told());
                get(two, 2 * PAGE);
                get(two, PAGE);
                assertEquals(new MappingFault(file, PAGE, PAGE, two.address() + PAGE), told());
                assertTrue(part.affected(two.asSlice(PAGE + 1, 1)));
                assertThrows(IllegalArgumentException.class, () -> part.affected(two));
                assertEquals(List.of(pages(1, 2)), all.affectedRanges(two));
                assertEquals(3, all.faultCount());
                assertEquals(1, part.faultCount());
                all.close();
                get(one, 3 * PAGE);
                assertEquals(fault(3, one), told());
                assertEquals(List.of(pages(2, 2)), first.affectedRanges(one));
                assertEquals(3, others.size());
                try (FaultGuard next = FaultGuard.guardFiles(file::equals, others::add)) {
                    assertEquals(List.of(pages(2, 2)), next.affectedRanges(one));
                    assertEquals(List.of(pages(1, 2)), next.affectedRanges(two), "as the guard before left it");
                }
            }
        }
    }

    @Test
    @DisplayName("a mapping all of whose pages failed is remembered, and guarded again once a page comes back")
    void shouldRememberAMappingThatIsLostWhole() throws Exception {
        try (Arena arena = Arena.ofShared()) {
            final MemorySegment segment = map(arena);
            try (FaultGuard guard = FaultGuard.guardFiles(file::equals, faults::add)) {
                channel.truncate(0);
                for (int page = 0; page < PAGES; page++) {
                    get(segment, page * PAGE);
                }
                guard.refresh();
                assertEquals(0, MappingWatch.instance().activeCount(), "nothing is left that can fail");
                assertEquals(List.of(pages(0, PAGES)), guard.affectedRanges(segment));
                restoreFile();
                assertEquals(List.of(), guard.restore(segment.asSlice(2 * PAGE, PAGE)));
                assertEquals(1, MappingWatch.instance().activeCount());
                assertEquals(List.of(pages(0, 2), pages(3, PAGES - 3)), guard.affectedRanges(segment));
                guard.refresh();
                assertEquals(List.of(pages(0, 2), pages(3, PAGES - 3)), guard.affectedRanges(segment));
                assertEquals(content()[2 * PAGE + 5], get(segment, 2 * PAGE + 5));
                channel.truncate(0);
                assertEquals(0, get(segment, 2 * PAGE + 5));
                assertEquals(PAGES + 1, guard.faultCount());
            }
            try (FaultGuard next = FaultGuard.guard(segment.asSlice(PAGE, PAGE), faults::add)) {
                assertEquals(List.of(new ByteRange(0, PAGE)), next.affectedRanges(segment.asSlice(PAGE, PAGE)));
            }
        }
    }

    @Test
    void shouldNoticeThatAnArenaIsClosed() throws Exception {
        final FaultGuard guard;
        final long address;
        try (Arena arena = Arena.ofShared()) {
            final MemorySegment segment = map(arena);
            guard = FaultGuard.guard(segment, faults::add);
            address = segment.address();
            channel.truncate(0);
            get(segment, 0);
            assertTrue(guard.affected(segment));
        }
        try (guard) {
            await("the guard goes on", () -> MappingWatch.instance().activeCount() == 0);
            // Somebody else's memory at these addresses is left alone.
            assertEquals(address, Libc.mmap(address, (long) PAGES * PAGE, Libc.PROT_READ | Libc.PROT_WRITE,
                Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_FIXED, -1, 0));
            guard.refresh();
            assertEquals(0, MappingWatch.instance().activeCount());
            assertEquals(List.of(pages(0, 1)), guard.affectedRanges(file));
            Libc.munmap(address, (long) PAGES * PAGE);
        }
    }

    @Test
    @DisplayName("a mapping in pieces, by mprotect, munmap and mmap of parts of it")
    void shouldFollowAMappingThatIsTakenApart() throws Exception {
        try (Arena arena = Arena.ofShared(); FaultGuard guard = FaultGuard.guardFiles(file::equals, faults::add)) {
            final long address = Libc.mmap(0, (long) PAGES * PAGE, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED,
                fd(), 0);
            final MemorySegment segment = MemorySegment.ofAddress(address).reinterpret((long) PAGES * PAGE);
            guard.refresh();
            assertEquals(1, MappingWatch.instance().activeCount());
            channel.truncate(PAGE);
            get(segment, 2 * PAGE);
            Libc.mprotect(address + 2L * PAGE, 2L * PAGE, Libc.PROT_READ);
            guard.refresh();
            assertEquals(3, MappingWatch.instance().activeCount(), "what differs in protection is apart");
            assertEquals(List.of(pages(2, 1)), guard.affectedRanges(segment));
            get(segment, 3 * PAGE);
            get(segment, 4 * PAGE);
            assertEquals(List.of(pages(2, 3)), guard.affectedRanges(segment));
            restoreFile();
            assertEquals(List.of(), guard.restore(segment));
            assertArrayEquals(content(), segment.toArray(ValueLayout.JAVA_BYTE));
            put(segment, 4 * PAGE, 3);
            assertEquals(3, Files.readAllBytes(file)[4 * PAGE]);
            restoreFile();
            Libc.mprotect(address + 2L * PAGE, 2L * PAGE, Libc.PROT_READ | Libc.PROT_WRITE);
            guard.refresh();
            assertEquals(1, MappingWatch.instance().activeCount());
            // A hole; the rest stays guarded, with what it knows.
            channel.truncate(PAGE);
            get(segment, 3 * PAGE);
            get(segment, 6 * PAGE);
            Libc.munmap(address + 4L * PAGE, PAGE);
            guard.refresh();
            assertEquals(2, MappingWatch.instance().activeCount());
            assertThrows(IllegalArgumentException.class, () -> guard.affected(segment));
            assertEquals(List.of(pages(3, 1)), guard.affectedRanges(segment.asSlice(0, 4 * PAGE)));
            assertEquals(List.of(pages(1, 1)), guard.affectedRanges(segment.asSlice(5 * PAGE)));
            get(segment, 7 * PAGE);
            assertEquals(List.of(pages(1, 2)), guard.affectedRanges(segment.asSlice(5 * PAGE)));
            // The owner maps a failed page anew by itself.
            restoreFile();
            assertEquals(address + 3L * PAGE, Libc.mmap(address + 3L * PAGE, PAGE, Libc.PROT_READ | Libc.PROT_WRITE,
                Libc.MAP_SHARED | Libc.MAP_FIXED, fd(), 3L * PAGE));
            guard.refresh();
            assertEquals(List.of(), guard.affectedRanges(segment.asSlice(0, 4 * PAGE)));
            assertEquals(content()[3 * PAGE], get(segment, 3 * PAGE));
            channel.truncate(PAGE);
            assertEquals(0, get(segment, 3 * PAGE));
            assertEquals(List.of(pages(3, 1)), guard.affectedRanges(segment.asSlice(0, 4 * PAGE)));
            Libc.munmap(address, (long) PAGES * PAGE);
            guard.refresh();
            assertEquals(0, MappingWatch.instance().activeCount());
            assertTrue(arena.scope().isAlive());
        }
    }

    @Test
    void shouldFollowAMappingThatIsMoved() throws Throwable {
        final Linker linker = Linker.nativeLinker();
        final MethodHandle mremap = linker.downcallHandle(linker.defaultLookup().findOrThrow("mremap"),
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
        final long length = (long) PAGES * PAGE;
        final long address = Libc.mmap(0, length, Libc.PROT_READ, Libc.MAP_SHARED, fd(), 0);
        final long target = Libc.mmap(0, 2 * length, 0, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);
        try (FaultGuard guard = FaultGuard.guardFiles(file::equals, faults::add)) {
            // MREMAP_MAYMOVE | MREMAP_FIXED
            assertEquals(target, (long) mremap.invokeExact(address, length, length, 3, target));
            final MemorySegment segment = MemorySegment.ofAddress(target).reinterpret(length);
            guard.refresh();
            channel.truncate(PAGE);
            assertEquals(0, get(segment, 5 * PAGE));
            assertEquals(new MappingFault(file, 5L * PAGE, PAGE, target + 5L * PAGE), told());
            assertEquals(1, MappingWatch.instance().activeCount());
            assertThrows(IllegalArgumentException.class,
                () -> guard.affected(MemorySegment.ofAddress(address).reinterpret(PAGE)));
            Libc.munmap(target, 2 * length);
        }
    }

    /** Its pages are never there: no memory is set aside for them, and the file is cut short. */
    @Test
    @DisplayName("a page of hugetlbfs is replaced as a whole")
    void shouldGuardLargePages() throws Throwable {
        final long large = 2L << 20;
        final int fd;
        try (Arena arena = Arena.ofConfined()) {
            // MFD_CLOEXEC | MFD_HUGETLB | MFD_HUGE_2MB
            fd = Libc.memfdCreate(arena.allocateFrom("cordon-large"), 1 | 4 | 21 << 26);
        }
        assertTrue(fd >= 0, "memfd_create: " + fd);
        Libc.ftruncate(fd, 4 * large);
        final long address = Libc.mmap(0, 4 * large, Libc.PROT_READ | Libc.PROT_WRITE,
            Libc.MAP_SHARED | Libc.MAP_NORESERVE, fd, 0);
        assertTrue(address > 0, "mmap: " + address);
        Libc.ftruncate(fd, large);
        final MemorySegment segment = MemorySegment.ofAddress(address).reinterpret(4 * large);
        try (FaultGuard guard = FaultGuard.guard(segment.asSlice(large + 5, large + 1), faults::add)) {
            assertEquals(0, get(segment, 2 * large - 1));
            final MappingFault fault = told();
            assertEquals(new MappingFault(Path.of("/memfd:cordon-large"), large, large, address + large), fault);
            put(segment, large, 3);
            assertEquals(List.of(new ByteRange(0, large - 3)),
                guard.affectedRanges(segment.asSlice(large + 3, large)));
            assertEquals(0, get(segment, 3 * large - 1));
            assertEquals(2 * large, told().offset());
            assertEquals(3, get(segment, large));
            assertThrows(IOException.class, () -> guard.restore(segment.asSlice(large, 1)), "it has no name");
        } finally {
            Libc.munmap(address, 4 * large);
            Libc.close(fd);
        }
    }

    private int fd() throws IOException {
        // By its number in /proc/self/fd: FileChannel does not show it.
        try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
            return links.filter(link -> {
                try {
                    return Files.readSymbolicLink(link).equals(file);
                } catch (IOException _) {
                    return false;
                }
            }).map(link -> Integer.parseInt(link.getFileName().toString())).findFirst().orElseThrow();
        }
    }

    @Test
    @DisplayName("mappings come, fail and go while everybody reads; no other memory is ever replaced")
    void shouldKeepUpWithChange() throws Exception {
        final AtomicBoolean stop = new AtomicBoolean();
        final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        final List<Thread> threads = new ArrayList<>();
        try (FaultGuard guard = FaultGuard.guardFiles(path -> path.startsWith(folder), faults::add)) {
            for (int i = 0; i < 3; i++) {
                final Path own = folder.resolve("own" + i);
                threads.add(Thread.ofPlatform().start(() -> run(failures, () -> {
                    while (!stop.get()) {
                        failAndGo(guard, own);
                    }
                })));
            }
            // Whatever addresses become free, they take, and look after what they keep there.
            threads.add(Thread.ofPlatform().start(() -> run(failures, () -> {
                long round = 1;
                while (!stop.get()) {
                    final long length = 8L * PAGE;
                    final long address = Libc.mmap(0, length, Libc.PROT_READ | Libc.PROT_WRITE,
                        Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);
                    final MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(length);
                    memory.fill((byte) round);
                    Thread.sleep(1);
                    for (long at = 0; at < length; at++) {
                        assertEquals((byte) round, get(memory, at));
                    }
                    Libc.munmap(address, length);
                    round = round % 100 + 1;
                }
            })));
            Thread.sleep(1500);
            stop.set(true);
            for (final Thread thread : threads) {
                thread.join();
            }
            assertEquals(List.of(), failures);
            assertNotEquals(0, guard.faultCount());
        }
        assertEquals(0, MappingWatch.instance().activeCount());
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void run(final List<Throwable> failures, final Action action) {
        try {
            action.run();
        } catch (final Exception | Error failure) {
            failures.add(failure);
        }
    }

    private static void failAndGo(final FaultGuard guard, final Path own) throws IOException {
        Files.write(own, content());
        try (FileChannel mine = FileChannel.open(own, StandardOpenOption.READ, StandardOpenOption.WRITE);
            Arena arena = Arena.ofConfined()) {
            final MemorySegment segment = mine.map(MapMode.READ_WRITE, 0, PAGES * PAGE, arena);
            guard.refresh();
            assertArrayEquals(content(), segment.toArray(ValueLayout.JAVA_BYTE));
            assertFalse(guard.affected(segment));
            mine.truncate(3L * PAGE);
            assertEquals(0, get(segment, 6 * PAGE));
            assertEquals(content()[2 * PAGE], get(segment, 2 * PAGE));
            assertEquals(List.of(pages(6, 1)), guard.affectedRanges(segment));
            Files.write(own, content());
            assertEquals(List.of(), guard.restore(segment));
            assertArrayEquals(content(), segment.toArray(ValueLayout.JAVA_BYTE));
        }
    }
}
