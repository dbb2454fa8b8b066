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
package io.cordon.kernel;

import io.cordon.Region;

import java.io.IOException;
import java.nio.file.Path;

/** Opens a region as somebody who has no rights but to its file, and says what it may not see. Argument: the file. */
public final class NobodyReader {
    private NobodyReader() {
    }

    /** Says "refused" and the ranges. */
    public static void main(final String[] arguments) throws IOException {
        try (Region region = Ground.open(Path.of(arguments[0]))) {
            System.out.println("refused " + region.poison().ranges());
        }
    }
}
