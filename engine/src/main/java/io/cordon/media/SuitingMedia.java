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

/** What suits the file best, found out when it is open. */
final class SuitingMedia extends Media {
    static final SuitingMedia INSTANCE = new SuitingMedia();

    private SuitingMedia() {
    }

    @Override
    public Medium open(final NativeFile file, final boolean readOnly) throws IOException {
        return suiting(file).open(file, readOnly);
    }

    @Override
    public String toString() {
        return "dax or file";
    }
}
