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

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

@DisplayName("What is mapped, as the kernel tells it")
class MemoryMapsTest {
    private static List<MemoryMapping> parse(final String text) {
        return MemoryMaps.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void shouldReadEveryKindOfLine() {
        final List<MemoryMapping> mappings = parse("""
            555f5a106000-555f5a109000 r--p 00000000 fe:00 260850                     /usr/bin/a program
            7f0000000000-7f0000001000 rwxs 7fffffff000 103:10007 18446744073709551615 /data/über\\012line (deleted)
            7f0000001000-7f0000002000 ---p 00000000 00:00 0\s
            7f0000002000-7f0000003000 rw-p 00000000 00:00 0                          [heap]
            7f0000003000-7f0000004000 rw-p 00000000 00:00 0                          [anon:a name]
            7f0000004000-7f0000005000 rw-s 00000000 00:01 4097                       /dev/zero (deleted)
            ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
            """);
        assertEquals(List.of(
            new MemoryMapping(0x555f5a106000L, 0x555f5a109000L, 1, false, 0, 0xfe, 260850, "/usr/bin/a program"),
            new MemoryMapping(0x7f0000000000L, 0x7f0000001000L, 7, true, 0x7fffffff000L, 0x10007_0000_0103L, -1,
                "/data/über\nline (deleted)"),
            new MemoryMapping(0x7f0000001000L, 0x7f0000002000L, 0, false, 0, 0, 0, ""),
            new MemoryMapping(0x7f0000002000L, 0x7f0000003000L, 3, false, 0, 0, 0, "[heap]"),
            new MemoryMapping(0x7f0000003000L, 0x7f0000004000L, 3, false, 0, 0, 0, "[anon:a name]"),
            new MemoryMapping(0x7f0000004000L, 0x7f0000005000L, 3, true, 0, 0x1_0000_0000L, 4097,
                "/dev/zero (deleted)")), mappings.subList(0, 6));
        assertEquals(List.of(false, false, true, false, true, false),
            mappings.stream().limit(6).map(MemoryMapping::isAnonymous).toList());
        assertEquals(List.of(true, true, false, false, false, true),
            mappings.stream().limit(6).map(MemoryMapping::isFile).toList());
        assertEquals(List.of(), parse(""));
    }

    @Test
    @DisplayName("What was merged with its neighbour while it was being listed counts once")
    void shouldClipWhatComesTwice() {
        final List<MemoryMapping> mappings = parse("""
            1000-3000 r--s 00004000 fe:00 7 /a
            1000-6000 r--s 00004000 fe:00 7 /a
            2000-4000 r--s 00005000 fe:00 7 /a
            """);
        assertEquals(List.of(
            new MemoryMapping(0x1000, 0x3000, 1, true, 0x4000, 0xfe, 7, "/a"),
            new MemoryMapping(0x3000, 0x6000, 1, true, 0x6000, 0xfe, 7, "/a")), mappings);
        assertEquals(mappings.getFirst().delta(), mappings.getLast().delta());
    }

    @Test
    void shouldFindAMappingOfThisProcess(@TempDir final Path folder) throws IOException {
        final Path path = folder.toRealPath().resolve("a file with blanks");
        Files.write(path, new byte[5 * Libc.pageSize()]);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ); Arena arena = Arena.ofShared()) {
            final long before = MemoryMaps.size();
            final MemorySegment segment = channel.map(
                FileChannel.MapMode.READ_ONLY, 2L * Libc.pageSize(), 3L * Libc.pageSize(), arena);
            assertTrue(MemoryMaps.size() != before, "the size is as before");
            final MemoryMapping mapping = MemoryMaps.list().stream()
                .filter(each -> each.start() == segment.address()).findFirst().orElseThrow();
            assertEquals(new MemoryMapping(segment.address(), segment.address() + segment.byteSize(), 1, true,
                2L * Libc.pageSize(), mapping.device(), (Long) Files.getAttribute(path, "unix:ino"), path.toString()),
                mapping);
            final MemoryMapping asked = MemoryMaps.at(segment.address() + Libc.pageSize() + 1).orElseThrow();
            assertEquals(mapping.start(), asked.start());
            assertEquals(mapping.end(), asked.end());
            assertEquals(mapping.delta(), asked.delta());
            assertEquals(mapping.device(), asked.device(), "the listing and the query name devices differently");
            assertEquals(mapping.inode(), asked.inode(), "the listing and the query name inodes differently");
            assertEquals(mapping.protection(), asked.protection());
            assertEquals(mapping.shared(), asked.shared());
            assertEquals(Libc.pageSize(), MemoryMaps.pageSize(segment.address()));
            assertEquals(Libc.pageSize(), MemoryMaps.pageSize(segment.address(),
                Files.readAllLines(Path.of("/proc/self/smaps"), StandardCharsets.ISO_8859_1)));
        }
        assertTrue(MemoryMaps.at(0).isEmpty());
        assertThrows(IOException.class, () -> MemoryMaps.pageSize(0));
    }

    @Test
    @DisplayName("A listing of many mappings, which the kernel gives in pieces, has each once and in order")
    void shouldListManyMappings() throws IOException {
        final long length = 2000L * Libc.pageSize();
        final long address = Libc.mmap(0, length, Libc.PROT_READ, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);
        for (int i = 0; i < 2000; i += 2) {
            assertEquals(0, Libc.mprotect(address + (long) i * Libc.pageSize(), Libc.pageSize(), 0));
        }
        long end = 0;
        int count = 0;
        for (final MemoryMapping mapping : MemoryMaps.list()) {
            assertFalse(Long.compareUnsigned(mapping.start(), end) < 0, mapping::toString);
            end = mapping.end();
            count += mapping.start() >= address && mapping.end() <= address + length ? 1 : 0;
        }
        Libc.munmap(address, length);
        assertTrue(count >= 1999, "found " + count);
    }

    @Test
    void shouldReadPageSizesFromTheDetails() throws IOException {
        final List<String> lines = List.of(
            "1000-3000 r--s 00004000 fe:00 7 /a-b c: KernelPageSize:", "Size: 8 kB", "KernelPageSize:        4 kB",
            "VmFlags: rd", "200000-600000 rw-s 0 00:0f 7 /x", "KernelPageSize:     2048 kB", "MMUPageSize:  2048 kB");
        assertEquals(4096, MemoryMaps.pageSize(0x2fff, lines));
        assertEquals(2 << 20, MemoryMaps.pageSize(0x200000, lines));
        assertThrows(IOException.class, () -> MemoryMaps.pageSize(0x3000, lines));
        assertThrows(IOException.class, () -> MemoryMaps.pageSize(0x600000, lines));
    }
}
