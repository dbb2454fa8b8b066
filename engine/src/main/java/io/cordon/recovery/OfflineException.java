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
 * The whole device is gone: neither a failure of lines, nor a reason to try again before it is back. What was stored
 * and not persisted is in the page cache, if the device kept it.
 */
public final class OfflineException extends IOException {
    private static final long serialVersionUID = 1L;

    OfflineException(final Path path) {
        super(path + ": the device is offline; nothing can be read or written until it is back");
    }
}
