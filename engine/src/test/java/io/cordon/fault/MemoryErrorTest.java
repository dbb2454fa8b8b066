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
import io.cordon.linux.Memory;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineState;
import io.cordon.poison.PoisonException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A memory error under the page cache: the kernel drops the page, what was stored in it too, and what is read then is
 * old and without an error. This machine's kernel makes no memory errors, so the handler is called with what the kernel
 * would say; what it does about that, and all that comes after, is real.
 */
@DisplayName("Law 1: No garbage: stale content of a page that the kernel dropped is none of the application's")
class MemoryErrorTest {
    private static final int SIZE = 4 * 4096;
    private static final int SIGBUS = 7;
    private static final int BUS_ADRERR = 2;
    private static final int BUS_MCEERR_AR = 4;
    private static final int BUS_MCEERR_AO = 5;
    private static final long SIGINFO_LENGTH = 128;
    private static final long SI_CODE_OFFSET = 8;
    private static final long SI_ADDR_OFFSET = 16;

    @TempDir
    private Path folder;
    private Path path;

    @BeforeEach
    void name() {
        path = folder.resolve("region");
    }

    /** As the kernel would do it: on the thread that touched the address, in native code. */
    @SuppressWarnings("restricted")
    private static void signal(final long address, final int code) {
        final MethodHandle handler = Linker.nativeLinker().downcallHandle(
            MemorySegment.ofAddress(GuardTable.instance().code().handler()),
            FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment info = arena.allocate(SIGINFO_LENGTH, Long.BYTES);
            info.set(ValueLayout.JAVA_INT, 0, SIGBUS);
            info.set(ValueLayout.JAVA_INT, SI_CODE_OFFSET, code);
            info.set(ValueLayout.JAVA_LONG, SI_ADDR_OFFSET, address);
            handler.invokeExact(SIGBUS, info, MemorySegment.NULL);
        } catch (final Throwable thrown) {
            throw new AssertionError(thrown);
        }
    }

    private static void fill(final Region region, final byte value) throws IOException {
        region.fill(0, SIZE, value);
        region.persist();
    }

    private static void assertLost(final Region region, final long page) {
        final PoisonException thrown = assertThrows(PoisonException.class, () -> region.getLong(page + 8));
        assertEquals(List.of(new ByteRange(page, 64)), thrown.ranges());
        final List<ByteRange> all = List.of(new ByteRange(page, Libc.pageSize()));
        assertEquals(all, region.poison().ranges());
        assertEquals(LineState.LOST, region.poison().state(page + Libc.pageSize() - 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {BUS_MCEERR_AR, BUS_MCEERR_AO})
    void shouldLoseAllLinesOfAFilesPage(final int code) throws IOException {
        final long page = Libc.pageSize();
        try (Region region = Region.builder(path).size(4 * page).media(Media.file()).open()) {
            region.fill(0, region.size(), (byte) 1);
            region.persist();
            region.putLong(page + 128, 7);
            signal(region.address() + page + 128, code);
            assertLost(region, page);
            assertEquals(1, region.getByte(page - 1));
            assertEquals(1, region.getByte(2 * page));
            region.recovery().zero(page, page);
            assertTrue(region.poison().isClean());
            // The error is not held against the page any more: another fault finds that it reads well.
            signal(region.address() + page, BUS_ADRERR);
            assertEquals(0, region.getLong(page));
            assertTrue(region.poison().isClean());
            signal(region.address() + page, code);
            assertLost(region, page);
        }
        try (Region region = Region.builder(path).media(Media.file()).open()) {
            assertLost(region, page);
        }
    }

    @Test
    @DisplayName("the control: another fault loses nothing, nor does a memory error in a file that nobody stores to")
    void shouldLoseNothingThatIsKnownToBePersisted() throws IOException {
        try (Region region = Region.builder(path).size(SIZE).media(Media.file()).open()) {
            region.fill(0, SIZE, (byte) 1);
            signal(region.address() + 100, BUS_ADRERR);
            assertEquals(1, region.getByte(100));
            assertTrue(region.poison().isClean());
        }
        try (Region region = Region.builder(path).media(Media.file()).readOnly(true).open()) {
            signal(region.address() + 100, BUS_MCEERR_AR);
            assertEquals(1, region.getByte(100));
            assertTrue(region.poison().isClean());
        }
    }

    @Test
    @DisplayName("Law 1: what the kernel brings back is the old content, and Cordon refuses it")
    void shouldRefuseOldContentThatReadsWell() throws IOException {
        final SimulatedMedia media = Media.simulated();
        media.dropsDirtyPages(true);
        try (Region region = Region.builder(path).size(SIZE).media(media).open()) {
            fill(region, (byte) 1);
            region.fill(0, SIZE, (byte) 2);
            media.inject(4096 + 640, 64);
            assertEquals(List.of(), media.poisoned(), "it reads without an error");
            assertThrows(IllegalStateException.class, () -> media.dropsDirtyPages(false));
            // A neighbour's touch: the whole page is gone, not the line that failed.
            assertThrows(PoisonException.class, () -> region.getByte(4096));
            assertLost(region, 4096);
            assertEquals(2, region.getByte(4095));
            final MemorySegment salvaged = MemorySegment.ofArray(new byte[4096]);
            assertEquals(List.of(new ByteRange(4096, 4096)), region.recovery().salvage(4096, salvaged).zeroFilled());
            region.recovery().write(4096, new byte[4096]);
            region.persist();
            region.putByte(4096, (byte) 3);
            media.inject(4096, 1);
            assertThrows(PoisonException.class, () -> region.putByte(4096, (byte) 4));
            assertFalse(region.poison().isClean());
        }
        try (Region region = Region.builder(path).media(media).open()) {
            assertLost(region, 4096);
        }
    }

    @Test
    void shouldRepairADroppedPageFromTheMirror() throws IOException {
        final SimulatedMedia media = Media.simulated();
        media.dropsDirtyPages(true);
        try (Region region =
            Region.builder(path).size(SIZE).media(media).mirror(folder.resolve("mirror")).open()) {
            fill(region, (byte) 1);
            region.putByte(4096 + 64, (byte) 2);
            region.persist(4096 + 64, 1);
            media.inject(4096, 64);
            assertEquals(1, region.getByte(4096));
            assertEquals(2, region.getByte(4096 + 64));
            assertTrue(region.poison().isClean());
        }
    }

    @Test
    @DisplayName("a drop that strikes while its page is quarantined is seen before the page comes back")
    void shouldSeeADropOfAQuarantinedPage() throws IOException {
        final SimulatedMedia media = Media.simulated();
        media.dropsDirtyPages(true);
        try (Region region = Region.builder(path).size(SIZE).media(media).open()) {
            fill(region, (byte) 1);
            region.fill(0, SIZE, (byte) 2);
            signal(region.address(), BUS_ADRERR);
            media.inject(0, 64);
            assertThrows(PoisonException.class, () -> region.getByte(0));
            assertEquals(List.of(new ByteRange(0, 4096)), region.poison().ranges());
            assertEquals(2, Memory.slice(region.address() + 4096, 1).get(ValueLayout.JAVA_BYTE, 0));
        }
    }
}
