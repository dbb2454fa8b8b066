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

import io.cordon.linux.Libc;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Lets a page of a file go bad for every process that maps it. Arguments: the file and the page's offset.
 */
public final class Injector {
    private static final int MADV_HWPOISON = 100;

    private Injector() {
    }

    /** Dies: the first to be signalled is who did it, and there is no guard. */
    public static void main(final String[] arguments) throws IOException {
        final Path file = Path.of(arguments[0]);
        final long offset = Long.parseLong(arguments[1]);
        try (FileChannel channel = FileChannel.open(file)) {
            final MemorySegment segment =
                channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.global());
            // The kernel finds the page by this mapping, which must be there before the page is on the list.
            System.out.println("word " + segment.get(ValueLayout.JAVA_LONG, offset));
            new Ground(file.getParent(), true).makeBad(file, offset);
            System.out.println("madvise " + Libc.madvise(segment.address() + offset, Ground.PAGE, MADV_HWPOISON));
        }
    }
}
