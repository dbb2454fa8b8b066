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
import io.cordon.media.FileBusyException;
import io.cordon.media.Media;
import io.cordon.media.StackedMedia;
import io.cordon.recovery.Mirror;
import io.cordon.recovery.MirrorException;
import io.cordon.recovery.Sidecar;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Opens or creates a region's files, so that on any failure they are as they were before.
 */
final class RegionFile {
    private final RegionOptions options;
    private final MadeFiles made;

    private RegionFile(final RegionOptions options) {
        this.options = options;
        this.made = new MadeFiles(options.storage());
    }

    static RegionCore open(final RegionOptions options) throws IOException {
        if (options.size() % Libc.pageSize() != 0) {
            throw new IllegalArgumentException(
                "size " + options.size() + " is not a multiple of the kernel's page size " + Libc.pageSize());
        }
        final RegionFile region = new RegionFile(options);
        try {
            return region.open();
        } catch (final Throwable failure) {
            region.made.remove(failure);
            throw failure;
        }
    }

    private RegionCore open() throws IOException {
        if (options.media() instanceof final StackedMedia stack) {
            return openStack(stack);
        }
        return Files.exists(options.path()) ? openExisting() : create();
    }

    private RegionCore openStack(final StackedMedia media) throws IOException {
        if (options.size() != 0 && options.size() != media.size()) {
            throw new IllegalArgumentException("size " + options.size() + " is not the sum of the legs' sizes, "
                + media.size() + "; a stack needs no other size");
        }
        final StackFiles files = StackFiles.open(
            options.path(), media, options.readOnly(), options.sparse(), options.storage(), made);
        try {
            return open(files.files(), files.created(), media.size());
        } catch (final Throwable failure) {
            files.close();
            throw failure;
        }
    }

    private RegionCore create() throws IOException {
        final Path path = options.path();
        if (options.readOnly() || options.size() == 0) {
            throw new NoSuchFileException(path.toString(), null, options.readOnly()
                ? "cannot open for reading alone what does not exist"
                : "give a size to create the file");
        }
        final NativeFile file = made.createRegion(path);
        try {
            refuseHugePages(file);
            lock(file, false);
            file.setSize(options.size());
            if (!options.sparse()) {
                file.reserve(options.size());
            }
            return open(List.of(file), true, options.size());
        } catch (final Throwable failure) {
            file.close();
            throw failure;
        }
    }

    private RegionCore openExisting() throws IOException {
        final Path path = options.path();
        if (!Files.isRegularFile(path)) {
            throw new RegionFormatException(path, "not a regular file; a region lies on one");
        }
        final NativeFile file = options.storage().open(path, options.readOnly());
        try {
            refuseHugePages(file);
            lock(file, options.readOnly());
            StackFiles.refuseLeg(path);
            final long found = file.size();
            StackFiles.refuseDescriptor(file, found);
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
            return open(List.of(file), false, found);
        } catch (final Throwable failure) {
            file.close();
            throw failure;
        }
    }

    private RegionCore open(final List<NativeFile> files, final boolean created, final long size) throws IOException {
        final Sidecar sidecar = Sidecar.open(
            options.storage(), options.path(), size, created, options.readOnly(), options.discardSidecar());
        final Mirror mirror;
        try {
            mirror = options.mirror() == null ? null : openMirror(size, created);
        } catch (final Throwable failure) {
            sidecar.close();
            throw failure;
        }
        return RegionCore.open(files, created, size, sidecar, mirror, options);
    }

    private Mirror openMirror(final long size, final boolean created) throws IOException {
        final Path path = options.mirror();
        final boolean exists = Files.exists(path);
        if (!exists && (options.readOnly() || !created && !options.resynchronizeMirror())) {
            throw new MirrorException(path, "it is missing");
        }
        final List<NativeFile> files = openMirrorFiles(size, exists);
        try {
            final Sidecar sidecar = Sidecar.open(
                options.storage(), path, size, !exists, options.readOnly(), false);
            try {
                final Media media =
                    options.mirrorMedia() == null ? Media.suiting(files.getFirst()) : options.mirrorMedia();
                return new Mirror(path, media.open(files, options.readOnly()), sidecar, size,
                    !exists);
            } catch (final Throwable failure) {
                sidecar.close();
                throw failure;
            }
        } catch (final Throwable failure) {
            files.forEach(NativeFile::close);
            throw failure;
        }
    }

    private List<NativeFile> openMirrorFiles(final long size, final boolean exists) throws IOException {
        final Path path = options.mirror();
        if (options.mirrorMedia() instanceof final StackedMedia stack) {
            requireMirrorSize(stack.size(), size);
            return StackFiles.open(path, stack, options.readOnly(), false, options.storage(), made).files();
        }
        final NativeFile file = exists
            ? options.storage().open(path, options.readOnly()) : made.createRegion(path);
        try {
            refuseHugePages(file);
            lock(file, options.readOnly());
            if (!exists) {
                file.setSize(size);
                file.reserve(size);
            } else {
                StackFiles.refuseLeg(path);
                requireMirrorSize(file.size(), size);
            }
            return List.of(file);
        } catch (final Throwable failure) {
            file.close();
            throw failure;
        }
    }

    private void requireMirrorSize(final long found, final long size) throws RegionFormatException {
        if (found != size) {
            throw new RegionFormatException(options.mirror(), "the mirror has " + found + " bytes, the region " + size
                + "; it belongs to another region");
        }
    }

    /** Before anything is changed: such a file takes no writes but through a mapping (fs/hugetlbfs/inode.c). */
    static void refuseHugePages(final NativeFile file) throws IOException {
        if (file.fileSystem() == NativeFile.HUGETLBFS_MAGIC) {
            throw new RegionFormatException(file.path(), "it lies on hugetlbfs, which cannot be written past a mapping,"
                + " so that nothing could be recovered there; put it on tmpfs mounted with huge=always, or on DAX");
        }
    }

    static void lock(final NativeFile file, final boolean shared) throws IOException {
        if (!file.tryLock(!shared)) {
            throw new FileBusyException(file.path());
        }
    }
}
