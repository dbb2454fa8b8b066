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
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder for the region's files that is gone when the program is, also after Ctrl-C. */
final class TemporaryFolder implements AutoCloseable {
    private static final int ATTEMPT_LIMIT = 10;

    private final Path path;
    private final Thread hook = new Thread(this::deleteQuietly, "delete-temporary-folder");

    TemporaryFolder(final Path parent) throws IOException {
        path = parent == null
            ? Files.createTempDirectory("cordon-quickstart-")
            : Files.createTempDirectory(parent, "cordon-quickstart-");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    Path path() {
        return path;
    }

    private void deleteQuietly() {
        try {
            delete();
        } catch (final IOException failure) {
            System.err.println("quickstart: could not delete " + path + ": " + failure);
        }
    }

    private void delete() throws IOException {
        for (int attempt = 1; Files.exists(path); attempt++) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
                for (final Path file : files) {
                    Files.deleteIfExists(file);
                }
            }
            try {
                Files.deleteIfExists(path);
            } catch (final DirectoryNotEmptyException failure) {
                // After Ctrl-C the other threads run on meanwhile, and may make a file.
                if (attempt == ATTEMPT_LIMIT) {
                    throw failure;
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        delete();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // The machine is going down; the hook finds nothing left to do.
            return;
        }
    }
}
