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
import io.cordon.recovery.Mirror;
import io.cordon.media.FileBusyException;
import io.cordon.media.Media;
import io.cordon.recovery.MirrorException;
import io.cordon.recovery.Sidecar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Opens or creates a region's files, so that on any failure they are as they were before.
 */
final class RegionFile {
    private RegionFile() {
    }

    static RegionCore open(final RegionOptions options) throws IOException {
        if (options.size() % Libc.pageSize() != 0) {
            throw new IllegalArgumentException(
                "size " + options.size() + " is not a multiple of the kernel's page size " + Libc.pageSize());
        }
        return Files.exists(options.path()) ? openExisting(options) : create(options);
    }

    private static RegionCore create(final RegionOptions options) throws IOException {
        final Path path = options.path();
        if (options.readOnly() || options.size() == 0) {
            throw new NoSuchFileException(path.toString(), null, options.readOnly()
                ? "cannot open for reading alone what does not exist"
                : "give a size to create the file");
        }
        final boolean hadSidecar = Files.exists(Sidecar.pathFor(path));
        final NativeFile file = options.storage().create(path);
        try {
            refuseHugePages(file);
            lock(file, false);
            file.setSize(options.size());
            if (!options.sparse()) {
                file.reserve(options.size());
            }
            return open(file, options.size(), options);
        } catch (final Throwable failure) {
            file.close();
            delete(options, path, hadSidecar, failure);
            throw failure;
        }
    }

    private static RegionCore openExisting(final RegionOptions options) throws IOException {
        final Path path = options.path();
        if (!Files.isRegularFile(path)) {
            throw new RegionFormatException(path, "not a regular file; a region lies on one");
        }
        final NativeFile file = options.storage().open(path, options.readOnly());
        try {
            refuseHugePages(file);
            lock(file, options.readOnly());
            final long found = file.size();
            if (options.size() != 0 && found != options.size()) {
                throw new RegionFormatException(path, "the file has " + found + " bytes, not the " + options.size()
                    + " that were asked for; give the right size, or none, or another file");
            }
            if (found == 0 || found % Libc.pageSize() != 0) {
                throw new RegionFormatException(path, "the file has " + found + " bytes, which is not a positive"
                    + " multiple of " + Libc.pageSize() + "; it is no region, or was truncated");
            }
            if (!options.readOnly() && !options.sparse()) {
                file.reserve(found);
            }
            return open(file, found, options);
        } catch (final Throwable failure) {
            file.close();
            throw failure;
        }
    }

    private static RegionCore open(final NativeFile file, final long size, final RegionOptions options)
        throws IOException {
        final Sidecar sidecar = Sidecar.open(
            options.storage(), options.path(), size, file.created(), options.readOnly(), options.discardSidecar());
        final Path mirrorPath = options.mirror();
        final boolean hadMirror = mirrorPath == null || Files.exists(mirrorPath);
        final boolean hadMirrorSidecar = hadMirror || Files.exists(Sidecar.pathFor(mirrorPath));
        final Mirror mirror;
        try {
            mirror = options.mirror() == null ? null : openMirror(size, file.created(), options);
        } catch (final Throwable failure) {
            sidecar.close();
            throw failure;
        }
        try {
            return RegionCore.open(file, size, sidecar, mirror, options);
        } catch (final Throwable failure) {
            if (!hadMirror) {
                delete(options, mirrorPath, hadMirrorSidecar, failure);
            }
            throw failure;
        }
    }

    /** Removes what a failed open has made; why it failed is what counts. */
    private static void delete(
        final RegionOptions options, final Path path, final boolean hadSidecar, final Throwable failure) {
        try {
            options.storage().delete(path);
            if (!hadSidecar) {
                options.storage().delete(Sidecar.pathFor(path));
            }
        } catch (final IOException undeleted) {
            failure.addSuppressed(undeleted);
        }
    }

    private static Mirror openMirror(final long size, final boolean created, final RegionOptions options)
        throws IOException {
        final Path path = options.mirror();
        final boolean exists = Files.exists(path);
        if (!exists && (options.readOnly() || !created && !options.resynchronizeMirror())) {
            throw new MirrorException(path, "it is missing");
        }
        final boolean hadSidecar = Files.exists(Sidecar.pathFor(path));
        final NativeFile file = exists
            ? options.storage().open(path, options.readOnly()) : options.storage().create(path);
        try {
            refuseHugePages(file);
            lock(file, options.readOnly());
            if (!exists) {
                file.setSize(size);
                file.reserve(size);
            } else if (file.size() != size) {
                throw new RegionFormatException(path, "the mirror has " + file.size() + " bytes, the region " + size
                    + "; it belongs to another region");
            }
            final Sidecar sidecar = Sidecar.open(
                options.storage(), path, size, !exists, options.readOnly(), false);
            try {
                final Media media = options.mirrorMedia() == null ? Media.suiting(file) : options.mirrorMedia();
                return new Mirror(path, media.open(file, options.readOnly()), sidecar, size,
                    !exists);
            } catch (final Throwable failure) {
                sidecar.close();
                throw failure;
            }
        } catch (final Throwable failure) {
            file.close();
            if (!exists) {
                delete(options, path, hadSidecar, failure);
            }
            throw failure;
        }
    }

    /** Before anything is changed: such a file takes no writes but through a mapping (fs/hugetlbfs/inode.c). */
    private static void refuseHugePages(final NativeFile file) throws IOException {
        if (file.fileSystem() == NativeFile.HUGETLBFS_MAGIC) {
            throw new RegionFormatException(file.path(), "it lies on hugetlbfs, which cannot be written past a mapping,"
                + " so that nothing could be recovered there; put it on tmpfs mounted with huge=always, or on DAX");
        }
    }

    private static void lock(final NativeFile file, final boolean shared) throws IOException {
        if (!file.tryLock(!shared)) {
            throw new FileBusyException(file.path());
        }
    }
}
