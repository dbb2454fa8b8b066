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

import io.cordon.linux.Libc;
import io.cordon.linux.NativeFile;
import io.cordon.linux.Storage;
import io.cordon.media.Media;
import io.cordon.recovery.Sidecar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Opens or creates a region's file, so that on any failure it is as it was before.
 */
final class RegionFile {
    private static final int PID_WORD = 4;
    private static final int INODE_WORD = 5;
    private static final int WORDS_OF_LOCK = 8;

    private RegionFile() {
    }

    static RegionCore open(
        final Path path, final long size, final boolean readOnly, final boolean sparse, final Media media,
        final boolean discardSidecar, final Storage storage) throws IOException {
        if (size % Libc.pageSize() != 0) {
            throw new IllegalArgumentException(
                "size " + size + " is not a multiple of the kernel's page size " + Libc.pageSize());
        }
        if (Files.exists(path)) {
            return openExisting(path, size, readOnly, sparse, media, discardSidecar, storage);
        }
        if (readOnly || size == 0) {
            throw new NoSuchFileException(path.toString(), null, readOnly
                ? "cannot open for reading alone what does not exist"
                : "give a size to create the file");
        }
        final boolean hadSidecar = Files.exists(Sidecar.pathFor(path));
        final NativeFile file = storage.create(path);
        try {
            lock(file, false);
            file.setSize(size);
            if (!sparse) {
                file.reserve(size);
            }
            return RegionCore.open(
                file, size, false, media, Sidecar.open(storage, path, size, true, false, discardSidecar));
        } catch (final IOException | RuntimeException failure) {
            file.close();
            storage.delete(path);
            if (!hadSidecar) {
                storage.delete(Sidecar.pathFor(path));
            }
            throw failure;
        }
    }

    private static RegionCore openExisting(
        final Path path, final long size, final boolean readOnly, final boolean sparse, final Media media,
        final boolean discardSidecar, final Storage storage) throws IOException {
        if (!Files.isRegularFile(path)) {
            throw new RegionFormatException(path, "not a regular file; a region lies on one");
        }
        final NativeFile file = storage.open(path, readOnly);
        try {
            lock(file, readOnly);
            final long found = file.size();
            if (size != 0 && found != size) {
                throw new RegionFormatException(path, "the file has " + found + " bytes, not the " + size
                    + " that were asked for; give the right size, or none, or another file");
            }
            if (found == 0 || found % Libc.pageSize() != 0) {
                throw new RegionFormatException(path, "the file has " + found + " bytes, which is not a positive"
                    + " multiple of " + Libc.pageSize() + "; it is no region, or was truncated");
            }
            if (!readOnly && !sparse) {
                file.reserve(found);
            }
            return RegionCore.open(
                file, found, readOnly, media, Sidecar.open(storage, path, found, false, readOnly, discardSidecar));
        } catch (final IOException | RuntimeException failure) {
            file.close();
            throw failure;
        }
    }

    private static void lock(final NativeFile file, final boolean shared) throws IOException {
        if (!file.tryLock(!shared)) {
            throw new IOException(file.path() + ": " + owner(file.path())
                + " has the file open as a region; close that one first");
        }
    }

    /** Who holds the lock: /proc/locks has a line for each, with the process and the inode (man 5 proc_locks). */
    private static String owner(final Path path) throws IOException {
        final String inode = ":" + Files.getAttribute(path, "unix:ino");
        for (final String line : Files.readAllLines(Path.of("/proc/locks"))) {
            final String[] words = line.trim().split("\\s+");
            if (words.length >= WORDS_OF_LOCK && words[1].equals("FLOCK") && words[INODE_WORD].endsWith(inode)) {
                final long pid = Long.parseLong(words[PID_WORD]);
                return pid == ProcessHandle.current().pid() ? "this process" : "process " + pid;
            }
        }
        return "another process";
    }
}
