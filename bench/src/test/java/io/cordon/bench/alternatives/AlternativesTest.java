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
package io.cordon.bench.alternatives;

import io.cordon.Region;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

@DisplayName("The ways that were not taken are complete: they load what was stored, and refuse what they know is lost")
class AlternativesTest {
    private static final int SIZE = 1 << 16;
    private static final int LINE = 64;
    private static final long LOST = 4096 + LINE;

    @TempDir
    private Path folder;

    /** Something that loads 8 bytes. */
    private interface Access {
        long getLong(long offset) throws IOException;
    }

    private static List<Access> checked(final Region region) {
        return List.of(new BitmapAccess(region)::getLong, new CheckBeforeAccess(region)::getLong,
            new TwoReadingsAccess(region)::getLong, new FoldedAccess(region)::getLong,
            new OutlinedAccess(region)::getLong);
    }

    @Test
    void shouldLoadWhatWasStored() throws IOException {
        final Path file = folder.resolve("region");
        try (Region region = Region.builder(file).size(SIZE).open(); FileChannel channel = FileChannel.open(file)) {
            for (long offset = 0; offset < SIZE; offset += Long.BYTES) {
                region.putLong(offset, offset * 31);
            }
            for (long offset = 0; offset < SIZE; offset += Long.BYTES) {
                for (final Access access : checked(region)) {
                    assertEquals(offset * 31, access.getLong(offset));
                }
                assertEquals(offset * 31, new CaughtAccess(region.segment()).getLong(offset));
                assertEquals(offset * 31, new PreadAccess(channel).getLong(offset));
            }
        }
    }

    @Test
    void shouldRefuseLostLinesAndServeOthers() throws IOException {
        final SimulatedMedia media = Media.simulated();
        try (Region region = Region.builder(folder.resolve("region")).size(SIZE).media(media).open()) {
            region.fill(0, SIZE, (byte) 1);
            region.persist();
            media.inject(LOST, LINE);
            assertThrows(PoisonException.class, () -> region.getLong(LOST));
            for (final Access access : checked(region)) {
                final Executable load = () -> access.getLong(LOST);
                assertThrows(PoisonException.class, load);
                assertThrows(PoisonException.class, () -> access.getLong(LOST - 1), "half of it is lost");
                assertEquals(0x0101_0101_0101_0101L, access.getLong(LOST + LINE), "the next line");
                assertEquals(0x0101_0101_0101_0101L, access.getLong(0), "another page");
            }
        }
    }
}
