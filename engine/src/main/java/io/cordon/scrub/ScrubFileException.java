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
package io.cordon.scrub;

import java.io.IOException;
import java.nio.file.Path;

/** A file that is to hold a patrol's progress and holds something else; it is left untouched. */
public final class ScrubFileException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * An exception.
     *
     * @param file   the file.
     * @param reason what is wrong with it.
     */
    public ScrubFileException(final Path file, final String reason) {
        super(file + ": " + reason + "; move it away, and the patrol starts anew");
    }
}
