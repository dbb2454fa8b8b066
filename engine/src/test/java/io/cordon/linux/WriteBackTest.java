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
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.fault.CodeListing;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The code that writes cache lines back. That the bytes are the instructions that stand beside them is held by
 * .ci/aarch64, which asks objdump; that stores survive a power cut no test can tell.
 */
class WriteBackTest {
    private static final int SEEK_DATA = 3;
    private static final int PAGES = 64;
    private static final long PAGE = Libc.pageSize();

    static Stream<WriteBackCode> executable() {
        return Arrays.stream(WriteBackCode.values())
            .filter(code -> code.isIn(Platform.current(), WriteBack.features()));
    }

    @Test
    @DisplayName("a processor that has none of the better instructions gets the one that all have")
    void shouldChooseTheBestThatTheProcessorHas() {
        assertEquals(WriteBackCode.CLWB,
            WriteBackCode.best(Platform.X86_64, Set.of("clflush", "clflushopt", "clwb", "dcpop")));
        assertEquals(WriteBackCode.CLFLUSHOPT, WriteBackCode.best(Platform.X86_64, Set.of("clflush", "clflushopt")));
        assertEquals(WriteBackCode.CLFLUSH, WriteBackCode.best(Platform.X86_64, Set.of("clflush")));
        assertEquals(WriteBackCode.DC_CVAP, WriteBackCode.best(Platform.AARCH64, Set.of("fp", "dcpop", "clwb")));
        assertEquals(WriteBackCode.DC_CVAC, WriteBackCode.best(Platform.AARCH64, Set.of("fp")));
        assertFalse(WriteBack.features().isEmpty());
    }

    @ParameterizedTest
    @EnumSource(WriteBackCode.class)
    @DisplayName("every jump goes to the label that it names, and the fence stands between the loop and the return")
    void shouldLoopAndThenFence(final WriteBackCode code) {
        final CodeListing listing = CodeListing.parse(code.listing());
        final List<CodeListing.Instruction> all = listing.instructions();
        final int last = all.size() - 1;
        assertEquals("ret", all.get(last).mnemonic());
        assertTrue(Set.of("sfence", "dsb sy").contains(all.get(last - 1).mnemonic()), all::toString);
        final CodeListing.Instruction jump = all.get(last - 2);
        final int distance = code.platform() == Platform.X86_64
            ? jump.bytes().length + (byte) jump.bytes()[1] : jump.word(0) << 8 >> 13 << 2;
        assertEquals(listing.labels().get("write_back"), jump.address() + distance, jump::toString);
        assertEquals("write_back", jump.lastOperand());
    }

    @Test
    @DisplayName("what .ci/aarch64 cannot run differs from what it runs by one instruction")
    void shouldDifferByOneInstructionOnAarch64() {
        assertEquals(WriteBackCode.DC_CVAC.listing().replace("20 7a 0b d5", "20 7c 0b d5").replace("cvac", "cvap"),
            WriteBackCode.DC_CVAP.listing().replace("; wait until all of it has arrived\n", ""));
    }

    @ParameterizedTest
    @MethodSource("executable")
    @DisplayName("each line of the range is touched, in the first and the last page too, and no page around it")
    void shouldTouchTheRangeAndNothingElse(final WriteBackCode code) throws IOException {
        final MethodHandle handle = WriteBack.handle(code);
        final long[][] ranges = {
            {0, 1}, {PAGE - 1, 1}, {PAGE - 1, 2}, {PAGE, PAGE}, {PAGE - 64, 64}, {PAGE - 64, 65}, {5 * PAGE + 63, 2},
            {PAGE, 0}, {PAGE - 1, 0}, {64, PAGE - 64}, {0, PAGES * PAGE}, {PAGE + 1, (PAGES - 2) * PAGE},
            {8 * PAGE - 64, 32 << 10}, {8 * PAGE - 64, (32 << 10) + 64}, {63, (40 << 10) + 3}};
        for (final long[] range : ranges) {
            final List<Long> expected = new ArrayList<>();
            for (long page = range[0] / PAGE; range[1] != 0 && page * PAGE < range[0] + range[1]; page++) {
                expected.add(page);
            }
            assertEquals(expected, touched(handle, range[0], range[1]), code + " " + Arrays.toString(range));
        }
    }

    /** Pages of a memfd come into being when they are touched. */
    private static List<Long> touched(final MethodHandle handle, final long offset, final long length) {
        try (Arena arena = Arena.ofConfined()) {
            final int fd = Libc.memfdCreate(arena.allocateFrom("write-back"), Libc.MFD_CLOEXEC);
            assertEquals(0, Libc.ftruncate(fd, PAGES * PAGE));
            final long address = Libc.mmap(0, PAGES * PAGE, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, fd, 0);
            // Or one fault brings in many pages.
            Libc.madvise(address, PAGES * PAGE, Libc.MADV_NOHUGEPAGE);
            WriteBack.persist(handle, address + offset, length);
            final List<Long> pages = new ArrayList<>();
            for (long page = 0; page < PAGES; page++) {
                if (Libc.lseek(fd, page * PAGE, SEEK_DATA) == page * PAGE) {
                    pages.add(page);
                }
            }
            Libc.munmap(address, PAGES * PAGE);
            Libc.close(fd);
            return pages;
        }
    }

    @ParameterizedTest
    @MethodSource("executable")
    @DisplayName("the content stays what it was")
    void shouldKeepTheContent(final WriteBackCode code) {
        final SplittableRandom random = new SplittableRandom(1);
        final byte[] content = new byte[100_000];
        random.nextBytes(content);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_BYTE, content);
            WriteBack.persist(WriteBack.handle(code), memory.address() + 1, content.length - 2);
            assertEquals(-1, memory.mismatch(MemorySegment.ofArray(content)));
        }
    }
}
