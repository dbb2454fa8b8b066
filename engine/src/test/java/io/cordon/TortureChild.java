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

import java.nio.file.Path;

/** Goes on with a {@link Torture} whose files an earlier process has left, and may be killed at any instant. */
final class TortureChild {
    private TortureChild() {
    }

    /** Takes the folder, a seed, how long to race in nanoseconds, and whether this is the last process. */
    public static void main(final String[] arguments) {
        try {
            Torture.goOn(Path.of(arguments[0]), Long.parseLong(arguments[1]), Long.parseLong(arguments[2]),
                Boolean.parseBoolean(arguments[3]));
        } catch (final Throwable broken) {
            broken.printStackTrace();
            Runtime.getRuntime().halt(3);
        }
    }
}
