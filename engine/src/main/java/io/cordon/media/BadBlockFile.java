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

import io.cordon.linux.Libc;
import io.cordon.linux.NativeFile;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * A bad-block list in sysfs, kept open between readings as {@code poll(2)} needs it. Not thread-safe.
 */
final class BadBlockFile implements AutoCloseable {
    private final Path path;
    private NativeFile file;

    /**
     * A list that is not open yet.
     *
     * @param path where it is, or may be.
     */
    BadBlockFile(final Path path) {
        this.path = path;
    }

    /**
     * Reads the list, and opens it if need be.
     *
     * @return what it says; if it cannot be read, for whatever reason, that it is unknown.
     */
    BadBlockText read() {
        try (Arena arena = Arena.ofConfined()) {
            if (file == null) {
                file = NativeFile.open(path, true);
            }
            final int pageLength = Libc.pageSize();
            // One byte more than a page, to see whether there is more.
            final MemorySegment buffer = arena.allocate(pageLength + 1L);
            final long count = file.read(0, buffer);
            return BadBlockText.parse(buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE), pageLength)
                .named(path);
        } catch (final IOException failure) {
            // The device may be back under a new file.
            close();
            return BadBlockText.unreadable(failure.toString()).named(path);
        }
    }

    /**
     * The descriptor.
     *
     * @return it, or -1 while the list is not open.
     */
    int fd() {
        return file == null ? -1 : file.fd();
    }

    @Override
    public void close() {
        if (file != null) {
            file.close();
            file = null;
        }
    }
}
