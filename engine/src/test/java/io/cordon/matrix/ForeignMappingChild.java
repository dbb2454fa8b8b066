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

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.cordon.Region;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Touches a truncated mapping that is none of Cordon's, before a region is open, while it is, and after it is closed.
 * Arguments: a folder and how often to warm up.
 */
public final class ForeignMappingChild {
    private static final int SIZE = 4096;

    private ForeignMappingChild() {
    }

    /** Says "InternalError" and when for each that HotSpot threw. */
    public static void main(final String[] arguments) throws IOException {
        final Path folder = Path.of(arguments[0]);
        final int warmUp = Integer.parseInt(arguments[1]);
        touch(folder, "before", warmUp);
        final SimulatedMedia media = Media.simulated();
        try (Region region = Region.builder(folder.resolve("region")).size(SIZE).media(media).open()) {
            touch(folder, "during", warmUp);
            media.inject(0, Scenario.LINE);
            try {
                throw new AssertionError("not refused: " + region.getLong(0));
            } catch (final PoisonException refused) {
                System.out.println(refused.getMessage());
            }
        }
        touch(folder, "after", warmUp);
    }

    private static void touch(final Path folder, final String when, final int warmUp) throws IOException {
        try (FileChannel channel = FileChannel.open(folder.resolve(when),
            StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            Arena arena = Arena.ofShared()) {
            final MemorySegment segment = channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE, arena);
            for (int i = 0; i < warmUp; i++) {
                load(segment);
            }
            channel.truncate(0);
            try {
                load(segment);
            } catch (final InternalError error) {
                if (error.getMessage().contains("unsafe memory access")) {
                    System.out.println("InternalError " + when);
                }
            }
        }
    }

    /** Not inlined, since HotSpot throws at the next poll after the load: the one at this method's return. */
    private static long load(final MemorySegment segment) {
        return segment.get(JAVA_LONG, 0);
    }
}
