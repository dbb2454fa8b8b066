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

import io.cordon.linux.NativeFile;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A few lines of text that a stack's descriptor and its legs' labels consist of. The first says what the file is, the
 * last is the CRC32C of all before it; a descriptor may have one more.
 */
final class StackText {
    private static final String SUM = "crc32c ";
    private static final int SUM_LENGTH = SUM.length() + 9;
    /** More than any of them has. */
    private static final int LIMIT = 1 << 20;

    private final List<String> lines;
    private final String rest;

    private StackText(final List<String> lines, final String rest) {
        this.lines = lines;
        this.rest = rest;
    }

    /** Whether a file begins as one of them. */
    static boolean is(final NativeFile file, final String title) throws IOException {
        return read(file, title.length() + 1).equals(title + "\n");
    }

    /**
     * Writes the lines and their sum to an empty file, and makes it durable. The file never has the size of a region,
     * also not when so much is appended.
     */
    static void write(final NativeFile file, final List<String> lines, final int appended) throws IOException {
        String text = String.join("\n", lines) + "\n";
        while (hasSizeOfRegion(text.length() + SUM_LENGTH) || hasSizeOfRegion(text.length() + SUM_LENGTH + appended)) {
            text += "\n";
        }
        append(file, text + SUM + sum(text) + "\n");
    }

    private static boolean hasSizeOfRegion(final int length) {
        return length % Lines.PAGE_LENGTH == 0;
    }

    /** Appends, and makes that durable. */
    static void append(final NativeFile file, final String text) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            file.write(file.size(), arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes)));
        }
        file.sync();
    }

    /** Reads a file, or says that it is none of them, or is damaged. */
    static StackText read(final NativeFile file, final String title, final String advice) throws IOException {
        final Path path = file.path();
        final String text = read(file, (int) Math.min(LIMIT, file.size()));
        if (!text.startsWith(title + "\n")) {
            throw new RegionFormatException(path, "it does not begin with \"" + title + "\"; " + advice);
        }
        final int start = text.indexOf("\n" + SUM) + 1;
        final int end = text.indexOf('\n', start) + 1;
        if (start == 0 || end == 0
            || !text.substring(start, end).equals(SUM + sum(text.substring(0, start)) + "\n")) {
            throw new RegionFormatException(path, "it is damaged, or cut short: its checksum is wrong; " + advice);
        }
        return new StackText(text.substring(0, start).lines().toList(), text.substring(end));
    }

    private static String read(final NativeFile file, final int length) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(Math.max(1, length));
            final long count = file.read(0, buffer.asSlice(0, length));
            final byte[] bytes = new byte[(int) count];
            MemorySegment.copy(buffer, 0, MemorySegment.ofArray(bytes), 0, count);
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
    }

    private static String sum(final String text) {
        final CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.US_ASCII));
        return String.format("%08x", crc.getValue());
    }

    /** What follows a word at the start of the first line that has it; empty if there is none. */
    String value(final String word) {
        final List<String> values = values(word);
        return values.isEmpty() ? "" : values.getFirst();
    }

    /** What follows a word at the start of all lines that have it. */
    List<String> values(final String word) {
        final List<String> values = new ArrayList<>();
        for (final String line : lines) {
            if (line.startsWith(word + " ")) {
                values.add(line.substring(word.length() + 1));
            }
        }
        return values;
    }

    /** What comes after the sum. */
    String rest() {
        return rest;
    }
}
