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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Opens and closes more regions than the kernel allows mappings, in a heap that has room for all of them. */
final class ManyRegionsChild {
    private static final long SIZE = 1 << 16;
    private static final int CYCLES = 34_000;

    private ManyRegionsChild() {
    }

    public static void main(final String[] arguments) throws IOException {
        final Path path = Path.of(arguments[0], "many");
        Region.builder(path).size(SIZE).open().close();
        for (int i = 0; i < CYCLES; i++) {
            Region.builder(path).open().close();
        }
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            System.out.print("mappings " + lines.count() + "\n");
        }
    }
}
