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

/**
 * The kind of medium that a region lies on. Give one to {@code Region.builder(path).media(…)}.
 */
public abstract sealed class Media permits FileMedia, DaxMedia, SimulatedMedia {
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
}
