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

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What is mapped in this process: {@code /proc/self/maps}, and since Linux 6.11 the question about one address
 * (PROCMAP_QUERY, include/uapi/linux/fs.h).
 *
 * <pre>
 *  struct procmap_query, 104 bytes
 *  +0    8  its size                                  +56  8  offset in the file
 *  +8    8  flags: 0 what covers the address          +64  8  inode, 0 without a file
 *  +16   8  the address                               +72  4  major number of the file's device
 *  +24   8  start, +32  8  end                        +76  4  minor number
 *  +40   8  1 read, 2 write, 4 execute, 8 shared      +80  4  room for the path, +88  8  where
 *  +48   8  page size                                 +84  4  room for the build id, +96  8  where
 * </pre>
 *
 * <p>Thread-safe. The listing is not a snapshot: what is mapped or unmapped meanwhile may be in it or not; what was
 * there all the time is in it.
 */
public final class MemoryMaps {
    private static final Path MAPS = Path.of("/proc/self/maps");
    private static final Path SIZE = Path.of("/proc/self/statm");
    private static final long SIZE_LENGTH = 128;
    private static final Path DETAILS = Path.of("/proc/self/smaps");
    private static final long QUERY = 0xc068_6611L;
    private static final long QUERY_LENGTH = 104;
    private static final long ADDRESS_OFFSET = 16;
    private static final long START_OFFSET = 24;
    private static final long END_OFFSET = 32;
    private static final long FLAGS_OFFSET = 40;
    private static final long PAGE_SIZE_OFFSET = 48;
    private static final long FILE_OFFSET_OFFSET = 56;
    private static final long INODE_OFFSET = 64;
    private static final long DEVICE_OFFSET = 72;
    private static final int PROTECTION = Libc.PROT_READ | Libc.PROT_WRITE | Libc.PROT_EXEC;
    private static final int SHARED = 8;
    private static final int BUFFER = 1 << 16;
    private static final int MAJOR_BITS = 32;

    private MemoryMaps() {
    }

    /** Open for good: a process that has no descriptor left must find out too. */
    private static final class Descriptors {
        static final int MAPS_FD = open(MAPS);
        static final int SIZE_FD = open(SIZE);
        static final boolean ANSWERS = answers();

        private static int open(final Path path) {
            try (Arena arena = Arena.ofConfined()) {
                return Libc.open(arena.allocateFrom(path.toString()), Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
            }
        }

        private static boolean answers() {
            try (Arena arena = Arena.ofConfined()) {
                final MemorySegment query = arena.allocate(QUERY_LENGTH, Long.BYTES);
                query.set(ValueLayout.JAVA_LONG, 0, QUERY_LENGTH);
                query.set(ValueLayout.JAVA_LONG, ADDRESS_OFFSET, query.address());
                return MAPS_FD >= 0 && Libc.ioctl(MAPS_FD, QUERY, query) == 0;
            }
        }
    }

    /**
     * The descriptor to ask the kernel about single addresses with, open as long as the process lives.
     *
     * @return -1 if the kernel is older than 6.11, or does not allow it.
     */
    public static int queryDescriptor() {
        return Descriptors.ANSWERS ? Descriptors.MAPS_FD : -1;
    }

    /**
     * All that is mapped.
     *
     * @return ascending.
     * @throws IOException if the kernel does not say.
     */
    public static List<MemoryMapping> list() throws IOException {
        return parse(read());
    }

    private static synchronized byte[] read() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(BUFFER);
            byte[] text = new byte[BUFFER];
            int length = 0;
            while (true) {
                final long count = check(Libc.pread(Descriptors.MAPS_FD, buffer, BUFFER, length));
                if (count == 0) {
                    return Arrays.copyOf(text, length);
                }
                if (length + count > text.length) {
                    text = Arrays.copyOf(text, 2 * text.length);
                }
                MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, text, length, (int) count);
                length += (int) count;
            }
        }
    }

    private static long check(final long result) throws IOException {
        if (result < 0) {
            throw Errno.toException((int) -result, MAPS, "cannot find out what is mapped");
        }
        return result;
    }

    /**
     * How much is mapped. Cheap; if it has changed, something was mapped or unmapped.
     *
     * @return in pages of the kernel.
     * @throws IOException if the kernel does not say.
     */
    public static long size() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment text = arena.allocate(SIZE_LENGTH);
            final long count = check(Libc.pread(Descriptors.SIZE_FD, text, SIZE_LENGTH, 0));
            long size = 0;
            for (long i = 0; i < count && text.get(ValueLayout.JAVA_BYTE, i) != ' '; i++) {
                size = size * 10 + text.get(ValueLayout.JAVA_BYTE, i) - '0';
            }
            return size;
        }
    }

    /**
     * Lines of the form {@code start-end rwxp offset major:minor inode path}; the path may have blanks, or be absent.
     */
    static List<MemoryMapping> parse(final byte[] text) {
        final List<MemoryMapping> mappings = new ArrayList<>();
        final Cursor cursor = new Cursor(text);
        long last = 0;
        while (cursor.hasNext()) {
            final MemoryMapping next = cursor.next();
            // What was merged with its neighbour meanwhile comes again with it (fs/proc/task_mmu.c).
            if (next.end() > last) {
                mappings.add(next.start() >= last ? next : from(next, last));
                last = next.end();
            }
        }
        return mappings;
    }

    private static MemoryMapping from(final MemoryMapping whole, final long start) {
        return new MemoryMapping(start, whole.end(), whole.protection(), whole.shared(),
            whole.isFile() ? whole.offset() + start - whole.start() : 0, whole.device(), whole.inode(), whole.path());
    }

    /** Reads the text from its start to its end. */
    private static final class Cursor {
        private static final int DECIMAL = 10;
        private static final int HEXADECIMAL = 16;

        private final byte[] text;
        private int at;

        Cursor(final byte[] text) {
            this.text = text;
        }

        boolean hasNext() {
            return at < text.length;
        }

        MemoryMapping next() {
            final long start = number(HEXADECIMAL);
            final long end = number(HEXADECIMAL);
            final int protection = (text[at] == 'r' ? Libc.PROT_READ : 0)
                | (text[at + 1] == 'w' ? Libc.PROT_WRITE : 0) | (text[at + 2] == 'x' ? Libc.PROT_EXEC : 0);
            final boolean shared = text[at + 3] == 's';
            at += "rwxp ".length();
            final long offset = number(HEXADECIMAL);
            final long major = number(HEXADECIMAL);
            final long minor = number(HEXADECIMAL);
            final long inode = number(DECIMAL);
            final long device = minor << MAJOR_BITS | major;
            return new MemoryMapping(start, end, protection, shared, offset, device, inode, path());
        }

        /** A number and the byte that ends it, unless that ends the line. */
        private long number(final int radix) {
            long value = 0;
            int digit = Character.digit(text[at], radix);
            while (digit >= 0) {
                value = value * radix + digit;
                digit = Character.digit(text[++at], radix);
            }
            if (text[at] != '\n') {
                at++;
            }
            return value;
        }

        private String path() {
            while (text[at] == ' ') {
                at++;
            }
            final int start = at;
            while (text[at] != '\n') {
                at++;
            }
            final String path = new String(text, start, at - start, StandardCharsets.UTF_8);
            at++;
            return path.replace("\\012", "\n");
        }
    }

    /**
     * What is mapped at an address.
     *
     * @param address the address.
     * @return empty if nothing is; without a path where the kernel could be asked about the address alone.
     * @throws IOException if the kernel does not say.
     */
    public static Optional<MemoryMapping> at(final long address) throws IOException {
        if (queryDescriptor() < 0) {
            return list().stream().filter(each -> each.start() <= address && address < each.end()).findFirst();
        }
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment query = query(arena, address);
            return query == null ? Optional.empty() : Optional.of(new MemoryMapping(
                query.get(ValueLayout.JAVA_LONG, START_OFFSET), query.get(ValueLayout.JAVA_LONG, END_OFFSET),
                (int) query.get(ValueLayout.JAVA_LONG, FLAGS_OFFSET) & PROTECTION,
                (query.get(ValueLayout.JAVA_LONG, FLAGS_OFFSET) & SHARED) != 0,
                query.get(ValueLayout.JAVA_LONG, FILE_OFFSET_OFFSET), query.get(ValueLayout.JAVA_LONG, DEVICE_OFFSET),
                query.get(ValueLayout.JAVA_LONG, INODE_OFFSET), ""));
        }
    }

    /** Null if nothing is mapped there. */
    private static MemorySegment query(final Arena arena, final long address) throws IOException {
        final MemorySegment query = arena.allocate(QUERY_LENGTH, Long.BYTES);
        query.set(ValueLayout.JAVA_LONG, 0, QUERY_LENGTH);
        query.set(ValueLayout.JAVA_LONG, ADDRESS_OFFSET, address);
        final int result = Libc.ioctl(queryDescriptor(), QUERY, query);
        if (result == -Errno.ENOENT) {
            return null;
        }
        if (result < 0) {
            throw Errno.toException(-result, MAPS, "cannot find out what is mapped at 0x" + Long.toHexString(address));
        }
        return query;
    }

    /**
     * The size of the pages of a mapping: what a fault takes away, and what must be replaced at once.
     *
     * @param address of some byte of it.
     * @return in bytes; more than the kernel's page size on hugetlbfs and device DAX.
     * @throws IOException if the kernel does not say, or nothing is mapped there.
     */
    public static long pageSize(final long address) throws IOException {
        if (queryDescriptor() < 0) {
            return pageSize(address, Files.readAllLines(DETAILS, StandardCharsets.ISO_8859_1));
        }
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment query = query(arena, address);
            if (query == null) {
                throw new IOException("nothing is mapped at 0x" + Long.toHexString(address));
            }
            return query.get(ValueLayout.JAVA_LONG, PAGE_SIZE_OFFSET);
        }
    }

    /** By the lines of {@code /proc/self/smaps}. */
    static long pageSize(final long address, final List<String> lines) throws IOException {
        boolean here = false;
        for (final String line : lines) {
            final String first = line.substring(0, Math.max(0, line.indexOf(' ')));
            final int dash = first.indexOf('-');
            if (dash > 0 && !first.endsWith(":")) {
                here = Long.parseUnsignedLong(first, 0, dash, 16) <= address
                    && address < Long.parseUnsignedLong(first, dash + 1, first.length(), 16);
            } else if (here && first.equals("KernelPageSize:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
            }
        }
        throw new IOException("nothing is mapped at 0x" + Long.toHexString(address));
    }
}
