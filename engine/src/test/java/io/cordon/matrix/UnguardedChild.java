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
package io.cordon.matrix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Runs an operation on a truncated mapping in a virtual machine without Cordon's guard. Arguments: a folder,
 * how often to warm up, and the operation's name.
 */
public final class UnguardedChild {
    private UnguardedChild() {
    }

    /** Dies, or says "alive". */
    public static void main(final String[] arguments) throws Exception {
        final Operation operation = Operations.all().stream()
            .filter(each -> each.name().equals(arguments[2])).findFirst().orElseThrow();
        try (FileChannel channel = open(Path.of(arguments[0], "unguarded"))) {
            final MemorySegment segment =
                channel.map(FileChannel.MapMode.READ_WRITE, 0, Scenario.BLOCK, Arena.global());
            // Block operations get a readable first line, or mismatch ends before its vector stub.
            final long at = Scenario.MAIN - (operation.length() > Scenario.LINE ? Scenario.LINE : 0);
            Operations.copySourceTo(segment, at);
            for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
                operation.body().run(null, segment, at);
            }
            channel.truncate(Scenario.MAIN);
            operation.body().run(null, segment, at);
        }
        System.out.println("alive");
    }

    private static FileChannel open(final Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }
}
