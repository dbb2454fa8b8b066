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

import java.io.IOException;
import java.io.Serial;

/**
 * The device does not clear poison, neither now nor when it is asked again: it has no method for that, or the kernel
 * does not use it, or the attempt alone would do harm. The lines stay refused; what else of their page can be read is
 * still there for {@code recovery().salvage}.
 */
public final class NotClearedException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    /**
     * With the file, the place, what hindered, and what to do.
     *
     * @param message for people.
     */
    NotClearedException(final String message) {
        super(message);
    }
}
