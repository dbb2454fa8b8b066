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
package io.cordon.linux;

import io.cordon.fault.CodeDump;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Writes the code that writes cache lines back for .ci/aarch64. */
public final class WriteBackDump {
    private WriteBackDump() {
    }

    /**
     * Writes NAME.bin and NAME.txt for each of a platform's listings, as {@link CodeDump} does.
     *
     * @param arguments name of the {@link Platform}; directory.
     */
    public static void main(final String[] arguments) throws IOException {
        final Path directory = Files.createDirectories(Path.of(arguments[1]));
        for (final WriteBackCode code : WriteBackCode.values()) {
            if (code.platform() == Platform.valueOf(arguments[0])) {
                final String name = "write_back_" + code.name().toLowerCase(Locale.ROOT);
                Files.write(directory.resolve(name + ".bin"), ExecutableCode.bytes(code.listing()));
                Files.write(directory.resolve(name + ".txt"), CodeDump.instructions(code.listing()));
            }
        }
    }
}
