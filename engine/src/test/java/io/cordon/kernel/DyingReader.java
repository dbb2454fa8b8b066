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
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.nio.file.Path;

/** Loads from a bad page of a region, and dies at once. Arguments: the file and the page's offset. */
public final class DyingReader {
    private DyingReader() {
    }

    /** Says "refused". */
    public static void main(final String[] arguments) throws IOException {
        final Region region = Ground.open(Path.of(arguments[0]));
        try {
            System.out.println("garbage " + region.getLong(Long.parseLong(arguments[1])));
        } catch (final PoisonException exception) {
            System.out.println("refused " + exception.getMessage());
        }
        Runtime.getRuntime().halt(9);
    }
}
