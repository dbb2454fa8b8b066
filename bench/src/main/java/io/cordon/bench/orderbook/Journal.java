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
package io.cordon.bench.orderbook;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * All orders, in an ordinary file, on a disk that is not the regions': what the book is rebuilt from. Thread-safe.
 */
final class Journal implements AutoCloseable {
    private static final int ENTRY_LENGTH = 32;
    private static final int CHECKED_LENGTH = ENTRY_LENGTH - Integer.BYTES;
    private static final int BLOCK_LENGTH = 256 * ENTRY_LENGTH;

    private final FileChannel file;
    private final ByteBuffer entry = ByteBuffer.allocate(ENTRY_LENGTH);
    private long length;

    /** Opens or creates it. An entry that a killed process has not written to its end was promised to nobody. */
    Journal(final Path path) throws IOException {
        file = FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        length = file.size();
        length = replay(_ -> { }) * ENTRY_LENGTH;
        file.truncate(length);
    }

    /** Makes an order durable, and gives it its number. */
    synchronized Order append(final int instrument, final int level, final int trader, final long quantity)
        throws IOException {
        final Order order = new Order(length / ENTRY_LENGTH + 1, instrument, level, trader, quantity);
        entry.clear().putLong(order.sequence()).putLong(quantity).putInt(instrument).putInt(level).putInt(trader)
            .putInt(check(entry)).flip();
        while (entry.hasRemaining()) {
            file.write(entry, length + entry.position());
        }
        file.force(false);
        length += ENTRY_LENGTH;
        return order;
    }

    /** Tells all orders, and returns how many there are. */
    long replay(final Consumer<Order> consumer) throws IOException {
        final long end = length();
        final ByteBuffer block = ByteBuffer.allocate(BLOCK_LENGTH);
        long count = 0;
        for (long at = 0; at < end; at += BLOCK_LENGTH) {
            block.clear().limit((int) Math.min(BLOCK_LENGTH, end - at));
            while (block.hasRemaining() && file.read(block, at + block.position()) >= 0) {
                continue;
            }
            block.flip();
            while (block.remaining() >= ENTRY_LENGTH) {
                final ByteBuffer next = block.slice(block.position(), ENTRY_LENGTH);
                block.position(block.position() + ENTRY_LENGTH);
                if (next.getInt(CHECKED_LENGTH) != check(next)) {
                    return count;
                }
                consumer.accept(new Order(
                    next.getLong(0), next.getInt(16), next.getInt(20), next.getInt(24), next.getLong(8)));
                count++;
            }
        }
        return count;
    }

    synchronized long length() {
        return length;
    }

    private static int check(final ByteBuffer bytes) {
        final CRC32C crc = new CRC32C();
        crc.update(bytes.array(), bytes.arrayOffset(), CHECKED_LENGTH);
        return (int) crc.getValue();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
