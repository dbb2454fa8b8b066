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
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Where a region's file and its sidecar file are: whatever is done to them as files goes through here and through the
 * {@link NativeFile}s that come from here. A subclass may watch, or fail.
 */
public class Storage {
    /** The operating system's files. */
    public static final Storage NATIVE = new Storage();

    /** For {@link #NATIVE} and for what stands in for it. */
    protected Storage() {
    }

    /**
     * Opens a file that exists.
     *
     * @param path     the file.
     * @param readOnly whether for reading alone.
     * @return the open file.
     * @throws IOException as for {@link NativeFile#open}.
     */
    public NativeFile open(final Path path, final boolean readOnly) throws IOException {
        return NativeFile.open(path, readOnly);
    }

    /**
     * Creates a file that does not exist.
     *
     * @param path the file.
     * @return the open, empty file.
     * @throws IOException as for {@link NativeFile#create}.
     */
    public NativeFile create(final Path path) throws IOException {
        return NativeFile.create(path);
    }

    /**
     * Removes a file, if it is there.
     *
     * @param path the file.
     * @throws IOException if it cannot be removed.
     */
    public void delete(final Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    /**
     * Gives a file another name, in place of the file that has it, if any. Nobody sees neither of them.
     *
     * @param source the file.
     * @param target its new name, in the same directory.
     * @throws IOException if that cannot be done.
     */
    public void rename(final Path source, final Path target) throws IOException {
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * Makes a directory's entries durable.
     *
     * @param directory the directory.
     * @throws IOException as for {@link NativeFile#syncDirectory}.
     */
    public void syncDirectory(final Path directory) throws IOException {
        NativeFile.syncDirectory(directory);
    }
}
