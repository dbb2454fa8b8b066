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
import io.cordon.linux.Storage;
import io.cordon.recovery.Sidecar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files that an opening makes, and that it removes again if it fails.
 */
final class MadeFiles {
    private final Storage storage;
    private final List<Path> paths = new ArrayList<>();

    MadeFiles(final Storage storage) {
        this.storage = storage;
    }

    /** Makes a file. */
    NativeFile create(final Path path) throws IOException {
        final NativeFile file = storage.create(path);
        paths.add(path);
        return file;
    }

    /** Makes a region's or a mirror's file, whose sidecar will be made too, if there is none. */
    NativeFile createRegion(final Path path) throws IOException {
        final Path sidecar = Sidecar.pathFor(path);
        final boolean hadSidecar = Files.exists(sidecar);
        final NativeFile file = create(path);
        if (!hadSidecar) {
            paths.add(sidecar);
        }
        return file;
    }

    /** Notes a file that has been made by other means. */
    void add(final Path path) {
        paths.add(path);
    }

    /** Takes over what another one has noted. */
    void addAll(final MadeFiles other) {
        paths.addAll(other.paths);
    }

    /** Removes them, the last first; why the opening failed is what counts. */
    void remove(final Throwable failure) {
        for (final Path path : paths.reversed()) {
            try {
                storage.delete(path);
            } catch (final IOException undeleted) {
                failure.addSuppressed(undeleted);
            }
        }
    }
}
