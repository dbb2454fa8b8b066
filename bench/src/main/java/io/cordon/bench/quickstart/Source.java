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
package io.cordon.bench.quickstart;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * The file whose content the region serves: a copy in memory, which loads are compared with, and the file itself, which
 * lines are recovered from.
 */
final class Source implements AutoCloseable {
    static final int PAGE_LENGTH = 4096;
    /** No run makes sense with fewer bytes. */
    static final long LEAST = 1 << 20;
    private static final int CHUNK_LENGTH = 1 << 20;

    private final Path path;
    private final FileChannel channel;
    private final long length;
    private final Arena arena;
    private final MemorySegment copy;
    private final String sha256;

    private Source(final Path path, final FileChannel channel, final long length, final Arena arena,
        final MemorySegment copy, final String sha256) {
        this.path = path;
        this.channel = channel;
        this.length = length;
        this.arena = arena;
        this.copy = copy;
        this.sha256 = sha256;
    }

    /** Opens a file and copies up to {@code limit} bytes of it. */
    static Source open(final Path path, final long limit, final long minimum) throws InputException, IOException {
        final long size = check(path, minimum);
        final long length = Math.min(size, limit);
        final FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        final Arena arena = Arena.ofShared();
        try {
            final MemorySegment copy = arena.allocate(length + PAGE_LENGTH - 1 & -PAGE_LENGTH, PAGE_LENGTH);
            final MessageDigest digest = Sha256.digest();
            for (long offset = 0; offset < length; offset += CHUNK_LENGTH) {
                final MemorySegment chunk = copy.asSlice(offset, Math.min(CHUNK_LENGTH, length - offset));
                read(path, channel, offset, chunk.asByteBuffer());
                digest.update(chunk.asByteBuffer());
            }
            return new Source(path, channel, length, arena, copy, Sha256.text(digest));
        } catch (final IOException | RuntimeException failure) {
            arena.close();
            channel.close();
            throw failure;
        }
    }

    private static long check(final Path path, final long minimum) throws InputException, IOException {
        if (!Files.exists(path)) {
            throw new InputException(path + ": no such file");
        }
        if (!Files.isRegularFile(path)) {
            throw new InputException(path + ": not a regular file");
        }
        if (!Files.isReadable(path)) {
            throw new InputException(path + ": no permission to read it");
        }
        final long size = Files.size(path);
        if (size == 0) {
            throw new InputException(path + ": the file is empty");
        }
        if (size < minimum) {
            throw new InputException(path + ": the file has " + Text.mebibytes(size) + ", less than the "
                + Text.mebibytes(minimum) + " that are wanted"
                + (minimum > LEAST ? "; with --size it may be smaller" : ""));
        }
        return size;
    }

    private static void read(final Path path, final FileChannel channel, final long offset, final ByteBuffer buffer)
        throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                throw new IOException(path + ": the file became shorter while it was read");
            }
        }
    }

    Path path() {
        return path;
    }

    /** Whether all of the file is used. */
    boolean isWhole() throws IOException {
        return length == channel.size();
    }

    /** Bytes that come from the file. */
    long length() {
        return length;
    }

    /** The content, followed by zeroes up to a multiple of the page. */
    MemorySegment copy() {
        return copy;
    }

    /** Of the bytes that come from the file, as they were read. */
    String sha256() {
        return sha256;
    }

    /** Reads a line anew from the file; what the file does not have of it is zero. */
    byte[] line(final long line) throws IOException {
        final byte[] content = new byte[Ledger.LINE_LENGTH];
        final long offset = line * Ledger.LINE_LENGTH;
        final int count = (int) Math.min(content.length, length - offset);
        read(path, channel, offset, ByteBuffer.wrap(content, 0, count).slice());
        return content;
    }

    @Override
    public void close() throws IOException {
        arena.close();
        channel.close();
    }
}
