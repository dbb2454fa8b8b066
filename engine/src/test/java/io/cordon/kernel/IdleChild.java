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
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Maps a file, touches it once, and does nothing while another process lets a page of it fail. Arguments: "stock" or
 * "cordon", and the file.
 */
public final class IdleChild {
    private static final long PATIENCE_SECONDS = 2;

    private IdleChild() {
    }

    /** Dies, or says "alive". */
    public static void main(final String[] arguments) throws Exception {
        final Path file = Path.of(arguments[1]);
        if (arguments[0].equals("cordon")) {
            try (Region region = Ground.open(file)) {
                System.out.println(region.getLong(Ground.PAGE));
                fail(file);
            }
        } else {
            System.out.println(map(file).get(ValueLayout.JAVA_LONG, Ground.PAGE));
            fail(file);
        }
        System.out.println("alive");
    }

    private static MemorySegment map(final Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.global());
        }
    }

    private static void fail(final Path file) throws Exception {
        final GuestJvm injector = GuestJvm.run(Injector.class, file.toString(), Integer.toString(Ground.PAGE));
        System.out.println("injector: exit code " + injector.exit() + ", " + injector.output());
        TimeUnit.SECONDS.sleep(PATIENCE_SECONDS);
    }
}
