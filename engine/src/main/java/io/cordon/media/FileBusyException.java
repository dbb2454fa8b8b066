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

import io.cordon.linux.LockOwner;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A file that somebody has open as a region, so that it cannot be opened now; nothing was changed. */
public final class FileBusyException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * Finds out who has it.
     *
     * @param file the file.
     */
    public FileBusyException(final Path file) {
        super(file + ": " + owner(file) + " has the file open as a region; close that one first");
    }

    private static String owner(final Path file) {
        try {
            final List<LockOwner> owners = LockOwner.of(file);
            // Gone meanwhile, or hidden from us.
            return owners.isEmpty() ? "another process" : owners.getFirst().toString();
        } catch (IOException | RuntimeException _) {
            return "another process";
        }
    }
}
