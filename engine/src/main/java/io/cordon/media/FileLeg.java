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

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A leg that is a file. {@link Leg#of(Path, long, Media)} makes one.
 *
 * @param path  the file.
 * @param size  in bytes; a positive multiple of the kernel's page size.
 * @param media its medium; not a stack.
 */
public record FileLeg(Path path, long size, Media media) implements Leg {
    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if the size is not a positive multiple of the kernel's page size, the medium is
     *                                  a stack, or the path is of another file system than the kernel's.
     */
    public FileLeg {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(media, "media");
        if (path.getFileSystem() != FileSystems.getDefault()) {
            throw new IllegalArgumentException(path + " is of the file system provider "
                + path.getFileSystem().provider().getScheme() + "; a leg is a file of the kernel's");
        }
        if (size <= 0 || size % Libc.pageSize() != 0) {
            throw new IllegalArgumentException(path + ": leg size " + size
                + " is not a positive multiple of the kernel's page size " + Libc.pageSize());
        }
        if (media instanceof StackedMedia) {
            throw new IllegalArgumentException(path + ": a stack has no file of its own as a leg; give " + media
                + " as the leg itself, without a path");
        }
    }
}
