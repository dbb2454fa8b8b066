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

import java.nio.file.Path;

/**
 * A part of a stack: a file on a medium of its own, or a stack again.
 *
 * @see Media#linear(Leg...)
 * @see Media#striped(long, Leg...)
 */
public sealed interface Leg permits FileLeg, StackedMedia {
    /**
     * How much of the stack lies on the leg.
     *
     * @return in bytes; positive, a multiple of the kernel's page size.
     */
    long size();

    /**
     * A leg on the medium that suits its file: {@link Media#dax()} where the file system offers that, and
     * {@link Media#file()} elsewhere, as for a region of its own.
     *
     * @param path the file; created with the stack if it is absent, otherwise it must have this size.
     * @param size in bytes; a positive multiple of the kernel's page size, which is 4096 on most machines.
     * @return the leg.
     * @throws IllegalArgumentException if the size is none, or the path is of another file system than the kernel's.
     */
    static Leg of(final Path path, final long size) {
        return new FileLeg(path, size, SuitingMedia.INSTANCE);
    }

    /**
     * A leg that is a file on a certain medium.
     *
     * @param path  the file; created with the stack if it is absent, otherwise it must have this size.
     * @param size  in bytes; a positive multiple of the kernel's page size, which is 4096 on most machines.
     * @param media its medium; not a stack, which is a leg itself and needs no path. {@link SimulatedMedia} takes the
     *              leg's own offsets.
     * @return the leg.
     * @throws IllegalArgumentException if the size is none, the medium is a stack, or the path is of another file
     *                                  system than the kernel's.
     */
    static Leg of(final Path path, final long size, final Media media) {
        return new FileLeg(path, size, media);
    }
}
