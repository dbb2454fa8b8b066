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
package io.cordon.cli;

import io.cordon.poison.ByteRange;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/**
 * What of a region has been copied, as GNU ddrescue's mapfile says it (its manual, chapter "Mapfile structure"): a line
 * with the current position and status, then lines of position, size and status that follow each other without a gap.
 * Of its statuses these occur: {@code +} copied, {@code -} cannot be read, {@code ?} not tried yet.
 */
final class Mapfile {
    static final char COPIED = '+';
    static final char BAD = '-';
    static final char UNTRIED = '?';
    private static final String STATUSES = "?*/-+";
    private static final String COMPLETE = "+";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");
    private static final int WORDS = 3;
    private static final int MIN_STATUS_WORDS = 2;

    private final long size;
    private final List<Block> blocks = new ArrayList<>();

    /** Bytes that fared alike. */
    record Block(long offset, long length, char status) {
        long end() {
            return offset + length;
        }
    }

    /** Nothing has been tried. */
    Mapfile(final long size) {
        this.size = size;
        blocks.add(new Block(0, size, UNTRIED));
    }

    /** What remains to be tried: all that is not copied. */
    List<ByteRange> rest() {
        return blocks.stream().filter(block -> block.status != COPIED)
            .map(block -> new ByteRange(block.offset, block.length)).toList();
    }

    List<ByteRange> ranges(final char status) {
        return blocks.stream().filter(block -> block.status == status)
            .map(block -> new ByteRange(block.offset, block.length)).toList();
    }

    long bytes(final char status) {
        return ranges(status).stream().mapToLong(ByteRange::length).sum();
    }

    /** Says how a range fared; neighbours that fared alike become one. */
    void set(final long offset, final long length, final char status) {
        final long end = offset + length;
        final List<Block> changed = new ArrayList<>();
        for (final Block block : blocks) {
            if (block.end() <= offset || block.offset >= end) {
                append(changed, block);
                continue;
            }
            if (block.offset < offset) {
                append(changed, new Block(block.offset, offset - block.offset, block.status));
            }
            final long from = Math.max(offset, block.offset);
            append(changed, new Block(from, Math.min(end, block.end()) - from, status));
            if (block.end() > end) {
                append(changed, new Block(end, block.end() - end, block.status));
            }
        }
        blocks.clear();
        blocks.addAll(changed);
    }

    private static void append(final List<Block> blocks, final Block block) {
        if (!blocks.isEmpty() && blocks.getLast().status == block.status && blocks.getLast().end() == block.offset) {
            final Block last = blocks.removeLast();
            blocks.add(new Block(last.offset, last.length + block.length, block.status));
        } else {
            blocks.add(block);
        }
    }

    /** Writes the file beside itself first, and then over the old one. */
    void write(final Path file, final String command, final LocalDateTime started) throws IOException {
        final long position = blocks.stream().filter(block -> block.status == UNTRIED).mapToLong(Block::offset)
            .findFirst().orElse(blocks.getLast().offset);
        final boolean complete = bytes(UNTRIED) == 0;
        final StringBuilder text = new StringBuilder()
            .append("# Mapfile. Created by cordon salvage, in the format of GNU ddrescue\n")
            .append("# Command line: ").append(command.replaceAll("[\\r\\n]", "?")).append('\n')
            .append("# Start time:   ").append(TIME.format(started)).append('\n')
            .append("# Current time: ").append(TIME.format(LocalDateTime.now())).append('\n')
            .append(complete ? "# Finished\n" : "# Copying non-tried blocks... Pass 1 (forwards)\n")
            .append("# current_pos  current_status  current_pass\n")
            .append(String.format("0x%08X     %s               1%n", position, complete ? COMPLETE : UNTRIED))
            .append("#      pos        size  status\n");
        for (final Block block : blocks) {
            text.append(String.format("0x%08X  0x%08X  %c%n", block.offset, block.length, block.status));
        }
        final Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(fresh, text, StandardCharsets.UTF_8);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * Reads a mapfile; statuses that ddrescue knows and we do not are as not tried.
     *
     * @throws CommandFailure if it is none, or not of a region of that size.
     */
    static Mapfile read(final Path file, final long size) throws IOException, CommandFailure {
        final Mapfile map = new Mapfile(size);
        long position = -1;
        for (final String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            final String[] words = line.trim().split("\\s+");
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            try {
                if (position < 0) {
                    Long.decode(words[0]);
                    position = words.length < MIN_STATUS_WORDS ? size + 1 : 0;
                    continue;
                }
                final long length = Long.decode(words[1]);
                if (words.length < WORDS || Long.decode(words[0]) != position || length <= 0
                    || length > size - position || STATUSES.indexOf(words[2].charAt(0)) < 0) {
                    throw notOurs(file, line);
                }
                map.set(position, length, words[2].charAt(0) == COPIED ? COPIED : UNTRIED);
                position += length;
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException _) {
                throw notOurs(file, line);
            }
        }
        if (position != size) {
            throw notOurs(file, "its end");
        }
        return map;
    }

    private static CommandFailure notOurs(final Path file, final String line) {
        return new CommandFailure(ExitCode.NOT_A_REGION,
            file + ": not a mapfile of this region: \"" + line + "\"; move it away to begin anew");
    }
}
