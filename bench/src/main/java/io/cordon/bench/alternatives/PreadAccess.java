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

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/**
 * No mapping at all: {@code pread} into a buffer, and the value from there. The kernel reports each failure exactly, at
 * the price of a system call for each load. For one thread.
 *
 * @param channel of the file.
 * @param buffer  8 bytes, direct, in native order.
 */
public record PreadAccess(FileChannel channel, ByteBuffer buffer) {
    /**
     * Over an open file.
     *
     * @param channel stays open as long as this is used.
     */
    public PreadAccess(final FileChannel channel) {
        this(channel, ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder()));
    }

    /**
     * Loads 8 bytes.
     *
     * @param offset first byte.
     * @return the value.
     * @throws IOException if the medium cannot read it.
     */
    public long getLong(final long offset) throws IOException {
        buffer.clear();
        if (channel.read(buffer, offset) != Long.BYTES) {
            throw new EOFException(channel + ": offset " + offset + " is past the end");
        }
        return buffer.getLong(0);
    }
}
