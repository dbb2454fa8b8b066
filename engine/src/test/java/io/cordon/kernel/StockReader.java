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

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** Computes checksums of pages of a mapped file, without Cordon. Arguments: the file and the pages' offsets. */
public final class StockReader {
    private StockReader() {
    }

    /** Dies of the first page that is bad. */
    public static void main(final String[] arguments) throws IOException {
        try (FileChannel channel = FileChannel.open(Path.of(arguments[0]))) {
            final MemorySegment segment =
                channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.global());
            for (int i = 1; i < arguments.length; i++) {
                final CRC32C checksum = new CRC32C();
                checksum.update(segment.asSlice(Long.parseLong(arguments[i]), Ground.PAGE).asByteBuffer());
                System.out.println("read " + arguments[i] + ": " + checksum.getValue());
            }
        }
    }
}
