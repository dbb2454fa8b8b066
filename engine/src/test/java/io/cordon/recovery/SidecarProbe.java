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
package io.cordon.recovery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What is in a sidecar file, for tests outside this package. */
public final class SidecarProbe {
    private SidecarProbe() {
    }

    /** Makes a sidecar what it would be if its process had died before it wrote so many last bytes. */
    public static void cut(final Path sidecar, final int length) throws IOException {
        final byte[] bytes = Files.readAllBytes(sidecar);
        final byte[] cut = Arrays.copyOf(bytes, end(sidecar) - length);
        for (int commit = 1; commit <= SidecarFormat.SLOT_COUNT; commit++) {
            System.arraycopy(SidecarFormat.slot(cut.length, commit).array(), 0, cut, SidecarFormat.slotOffset(commit),
                SidecarFormat.SLOT_LENGTH);
        }
        Files.write(sidecar, cut);
    }

    /** Where the last record of a sidecar file ends; room for more may follow. */
    public static int end(final Path sidecar) throws IOException {
        final ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(sidecar)).order(ByteOrder.LITTLE_ENDIAN);
        return SidecarContent.parse(sidecar, bytes, bytes.getLong(SidecarFormat.SIZE_OFFSET)).end();
    }

    /** How many recoveries are begun and not ended in the sidecar of a region; 0 if there is no sidecar. */
    public static int begun(final Path region) throws IOException {
        final Path path = Sidecar.pathFor(region);
        if (!Files.exists(path)) {
            return 0;
        }
        return SidecarContent.parse(path, ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN),
            Files.size(region)).begun().size();
    }
}
