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
package io.cordon.recovery;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A mirror cannot be used as it is: it is missing, older than the region, or of another region. Nothing has been
 * changed.
 */
public final class MirrorException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Not kept when the exception is serialised: paths are not. */
    private final transient Path file;

    /**
     * Constructs the exception.
     *
     * @param file   the mirror's file.
     * @param reason what is wrong with it.
     */
    public MirrorException(final Path file, final String reason) {
        super("mirror " + file + ": " + reason + ". Give the right file, or open with resynchronizeMirror(true) to"
            + " overwrite it with the region's content");
        this.file = file;
    }

    /**
     * The mirror's file.
     *
     * @return its path.
     */
    public Path file() {
        return file;
    }
}
