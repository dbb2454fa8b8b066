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

import io.cordon.linux.NativeFile;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a simulated medium remembers: a text file beside the region's, one line for each change, appended before the
 * change takes effect. A last line without its line feed was never acted upon and is dropped.
 *
 * <pre>
 *   cordon simulated medium 1
 *   + 8192 64 latent          lines of that range are poisoned
 *   + 4096 128 listed         ... and the medium lists them
 *   - 8192 4096               all poison in that range is cleared
 * </pre>
 */
final class SimulatedMediumFile implements AutoCloseable {
    private static final String HEADER = "cordon simulated medium 1";

    private final Path path;
    /** Not a FileChannel: an interrupt of the thread that writes would close it for good. Null until it is written. */
    private NativeFile file;
    private long end;

    private SimulatedMediumFile(final Path path, final NativeFile file, final long end) {
        this.path = path;
        this.file = file;
        this.end = end;
    }

    /** The file beside a region's. */
    static Path pathFor(final Path region) throws IOException {
        return NativeFile.companion(region, ".simulated");
    }

    /**
     * Opens the file, or makes one for a whole medium, and reads what it remembers.
     *
     * @param readOnly whether the file is left as it is, or absent, until something is to be remembered.
     */
    static SimulatedMediumFile open(final NativeFile region, final boolean readOnly,
        final Map<Long, Long> poisoned, final Map<Long, Long> listed) throws IOException {
        final Path path = pathFor(region.path());
        if (region.created()) {
            // New blocks: what the medium under an older file of that name knew does not concern them.
            Files.deleteIfExists(path);
        }
        if (!Files.exists(path)) {
            final SimulatedMediumFile log = new SimulatedMediumFile(path, null, 0);
            if (!readOnly) {
                log.openToWrite();
            }
            return log;
        }
        if (!Files.isRegularFile(path)) {
            throw new IOException(path + ": not a regular file; a simulated medium keeps what it remembers there");
        }
        final String text = Files.readString(path, StandardCharsets.ISO_8859_1);
        final int end = text.lastIndexOf('\n') + 1;
        replay(path, text.substring(0, end), region.size(), poisoned, listed);
        final SimulatedMediumFile log = new SimulatedMediumFile(path, null, end);
        if (!readOnly) {
            log.openToWrite();
        }
        return log;
    }

    private void openToWrite() throws IOException {
        file = end == 0 ? NativeFile.create(path) : NativeFile.open(path, false);
        try {
            if (end == 0) {
                append(HEADER);
            } else {
                file.setSize(end);
            }
        } catch (final Throwable failure) {
            file.close();
            file = null;
            throw failure;
        }
    }

    private static void replay(
        final Path path, final String text, final long size, final Map<Long, Long> poisoned,
        final Map<Long, Long> listed) throws IOException {
        int number = 0;
        if (text.isEmpty()) {
            throw new IOException(path + ": empty or cut off, not what a simulated medium writes;"
                + " delete the file to start with a whole medium");
        }
        for (final String line : text.lines().toList()) {
            number++;
            if (number == 1 ? !line.equals(HEADER) : !apply(line.split(" "), size, poisoned, listed)) {
                throw new IOException(path + ", line " + number + ": not what a simulated medium writes: \"" + line
                    + "\"; delete the file to start with a whole medium");
            }
        }
    }

    private static boolean apply(
        final String[] words, final long size, final Map<Long, Long> poisoned, final Map<Long, Long> listed) {
        final ByteRange range;
        try {
            range = new ByteRange(Long.parseLong(words[1]), Long.parseLong(words[2]));
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException _) {
            return false;
        }
        // A range after the end is never written; one that ends at the end of all longs would take for ever to note.
        if (range.end() > size) {
            return false;
        }
        if (words.length == 4 && words[0].equals("+") && (words[3].equals("latent") || words[3].equals("listed"))) {
            change(range, poisoned, true);
            if (words[3].equals("listed")) {
                change(range, listed, true);
            }
            return true;
        }
        if (words.length == 3 && words[0].equals("-")) {
            change(range, poisoned, false);
            change(range, listed, false);
            return true;
        }
        return false;
    }

    private static void change(final ByteRange range, final Map<Long, Long> pages, final boolean set) {
        for (long page = range.offset() >>> Lines.PAGE_SHIFT; page <= range.end() - 1 >>> Lines.PAGE_SHIFT; page++) {
            final long mask = Lines.mask(page, range.offset(), range.length());
            pages.compute(page, (_, old) -> {
                final long now = set ? (old == null ? 0 : old) | mask : (old == null ? 0 : old) & ~mask;
                return now == 0 ? null : now;
            });
        }
    }

    void add(final ByteRange range, final boolean list) throws IOException {
        append("+ " + range.offset() + " " + range.length() + (list ? " listed" : " latent"));
    }

    void remove(final ByteRange range) throws IOException {
        append("- " + range.offset() + " " + range.length());
    }

    private void append(final String line) throws IOException {
        if (file == null) {
            openToWrite();
        }
        try (Arena arena = Arena.ofConfined()) {
            final byte[] bytes = (line + "\n").getBytes(StandardCharsets.US_ASCII);
            file.write(end, arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes)));
            end += bytes.length;
        }
    }

    @Override
    public void close() {
        if (file != null) {
            file.close();
        }
    }
}
