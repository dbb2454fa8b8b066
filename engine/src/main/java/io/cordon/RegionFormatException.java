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

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file is not what it is opened as: its size does not fit, or it is not a regular file. It has been left untouched.
 */
public final class RegionFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Not kept when the exception is serialised: paths are not. */
    private final transient Path file;

    /**
     * Constructs the exception.
     *
     * @param file   the file.
     * @param reason what is wrong with it, and what to do.
     */
    public RegionFormatException(final Path file, final String reason) {
        super(file + ": " + reason);
        this.file = file;
    }

    /**
     * The file.
     *
     * @return its path.
     */
    public Path file() {
        return file;
    }
}
