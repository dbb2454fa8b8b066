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
package io.cordon.recovery;

import io.cordon.linux.NativeFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A copy of the region's content in an ordinary file: byte i of the file is byte i of the region. Whoever gives it says
 * that it is right for lines that are lost. Thread-safe.
 */
public final class BackupFileSource implements RepairSource, AutoCloseable {
    private final NativeFile file;

    /**
     * Opens a backup.
     *
     * @param path the file; it may be shorter than the region, what it does not reach it cannot supply.
     * @throws IOException if it cannot be opened.
     */
    public BackupFileSource(final Path path) throws IOException {
        file = NativeFile.open(path, true);
    }

    @Override
    public boolean read(final long offset, final MemorySegment buffer) throws IOException {
        return file.read(offset, buffer) == buffer.byteSize();
    }

    @Override
    public String toString() {
        return "backup " + file.path();
    }

    /** Closes the file. The region must have been closed before. */
    @Override
    public void close() {
        file.close();
    }
}
