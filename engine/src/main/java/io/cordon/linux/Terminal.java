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

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What a file descriptor says of the terminal that it leads to (ioctl_tty(2)). */
public final class Terminal {
    private static final long TIOCGWINSZ = 0x5413;
    /** struct winsize: rows, columns, and two numbers that nobody fills in; 2 bytes each. */
    private static final long WINSIZE_LENGTH = 8;
    private static final long COLUMNS_OFFSET = 2;

    private Terminal() {
    }

    /**
     * How wide the terminal is.
     *
     * @param fd the descriptor; 0, 1 and 2 are the standard streams.
     * @return columns; 0 if the terminal does not know; negative if it is no terminal.
     */
    public static int columns(final int fd) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment size = arena.allocate(WINSIZE_LENGTH, Long.BYTES);
            final int result = Libc.ioctl(fd, TIOCGWINSZ, size);
            return result < 0 ? result : Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, COLUMNS_OFFSET));
        }
    }
}
