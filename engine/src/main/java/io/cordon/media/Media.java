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

import io.cordon.linux.NativeFile;

import java.io.IOException;
import java.util.List;

/**
 * The kind of medium that a region lies on. Give one to {@code Region.builder(path).media(…)}.
 */
public abstract sealed class Media permits FileMedia, DaxMedia, SuitingMedia, SimulatedMedia,
    StackedMedia {
    Media() {
    }

    /**
     * An ordinary file on any file system, through the page cache.
     *
     * @return the medium; it has no state and may serve many regions.
     */
    public static Media file() {
        return FileMedia.INSTANCE;
    }

    /**
     * A file on persistent memory, on a file system with DAX: {@code persist} makes no system call, what the kernel's
     * bad-block list names is refused before anybody touches it, and of a page with a bad sector the other sectors are
     * saved where the process may read the block device. Opening fails where the file system does not offer mappings
     * with MAP_SYNC (Documentation/filesystems/dax.rst).
     *
     * @return the medium; it has no state and may serve many regions.
     */
    public static Media dax() {
        return DaxMedia.INSTANCE;
    }

    /**
     * What suits an open file best.
     *
     * @param file the file.
     * @return {@link #dax()} if the file system offers it there, else {@link #file()}.
     */
    @SuppressWarnings("exports")
    public static Media suiting(final NativeFile file) {
        return DaxMedium.isOffered(file) ? dax() : file();
    }

    /**
     * An ordinary file whose medium fails on demand, with real SIGBUS signals, for tests and drills.
     *
     * @return a new medium for one region at a time.
     */
    public static SimulatedMedia simulated() {
        return new SimulatedMedia();
    }

    /**
     * Several media one after the other.
     *
     * <p>A region on a stack is one contiguous mapping, of the size of all legs together. The file at its own path is
     * a descriptor of a few lines, which names the stack and how it is built; each leg carries a label beside it,
     * {@code <leg>.leg}, with the stack's name and the leg's place in it. Both are made with the region. A stack is
     * opened with the same legs, in the same order, built the same way, or {@code open} says what is wrong; legs may
     * be moved together with their labels. If one leg's device is gone, all of the region is offline.
     *
     * @param legs files, or stacks again; at least one, each file once.
     * @return the medium, for one region at a time if a medium of a leg is.
     * @throws IllegalArgumentException if there is no leg, a file or a simulated medium lies under two, or the sizes
     *                                  have no sum.
     */
    public static StackedMedia linear(final Leg... legs) {
        return StackedMedia.linear(List.of(legs));
    }

    /**
     * Several media in turn, a stripe of each. Otherwise as {@link #linear(Leg...)}. Each stripe is a mapping of its
     * own, of which the kernel allows a process 65530 (vm.max_map_count); {@code open} refuses a stack that takes more
     * than a quarter of them.
     *
     * @param width of a stripe in bytes; a positive multiple of the kernel's page size.
     * @param legs  files, or stacks again; at least one, each file once; of equal size, a multiple of the width.
     * @return the medium, for one region at a time if a medium of a leg is.
     * @throws IllegalArgumentException as for {@link #linear(Leg...)}, or if the width or a size does not fit.
     */
    public static StackedMedia striped(final long width, final Leg... legs) {
        return StackedMedia.striped(width, List.of(legs));
    }

    /**
     * Makes the medium ready for a file that is about to be mapped.
     *
     * @param file     the open file; the medium closes it.
     * @param readOnly whether nothing may be written.
     * @return the medium under that file.
     * @throws IOException           if what the medium remembers of the file cannot be read.
     * @throws IllegalStateException if it serves a region already and can serve only one.
     */
    @SuppressWarnings("exports")
    public abstract Medium open(NativeFile file, boolean readOnly) throws IOException;

    /**
     * Makes the medium ready for files that are about to be mapped.
     *
     * @param files    the open files: the region's own, and then those of the legs, if it is a stack. The medium closes
     *                 them.
     * @param readOnly whether nothing may be written.
     * @return the medium under those files.
     * @throws IOException              if what the medium remembers of a file cannot be read.
     * @throws IllegalArgumentException if these are more files or fewer than the medium has.
     * @throws IllegalStateException    if it serves a region already and can serve only one.
     */
    @SuppressWarnings("exports")
    public Medium open(final List<NativeFile> files, final boolean readOnly) throws IOException {
        if (files.size() != 1) {
            throw new IllegalArgumentException(this + " lies on one file, not on " + files.size());
        }
        return open(files.getFirst(), readOnly);
    }
}
