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
package io.cordon.agrona;

import io.cordon.Region;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;

/** A window used with other options of the virtual machine's than the tests have. */
public final class AgronaFlagsChild {
    private AgronaFlagsChild() {
    }

    /** Prints what worked. */
    public static void main(final String[] arguments) throws Exception {
        try (Region region = Region.builder(Path.of(arguments[0])).size(1 << 20).open()) {
            final RegionBuffer buffer = RegionBuffer.of(region);
            System.out.println("bounds are checked by Agrona: " + DirectBuffer.SHOULD_BOUNDS_CHECK);
            buffer.putLongVolatile(8, 42);
            buffer.putStringUtf8(100, "window");
            buffer.putBytes(200, ByteBuffer.allocateDirect(8).putLong(0, 7), 8);
            buffer.putBytes(300, buffer, 100, 20);
            System.out.println("kept " + buffer.getLong(8) + " " + buffer.getStringUtf8(300));
            attempt("index", () -> buffer.getLong((1 << 20) - 4));
            final RegionBuffer ring = RegionBuffer.of(region, 8192, 4096 + 768);
            final OneToOneRingBuffer messages = new OneToOneRingBuffer(ring);
            attempt("ring", () -> {
                messages.write(1, buffer, 100, 10);
                messages.read((_, from, index, _) -> System.out.println("read " + from.getStringUtf8(index)));
            });
            attempt("copy", () -> {
                final UnsafeBuffer target = new UnsafeBuffer(new byte[16]);
                // Not the copy's own check: what it checked must not be taken for the range of the copy.
                buffer.boundsCheck(500, 4);
                target.putBytes(0, buffer, 8, 8);
                System.out.println("copied " + target.getLong(0));
            });
            attempt("wrap", () -> new UnsafeBuffer(buffer, 0, 8).getLong(0));
        }
    }

    private static void attempt(final String what, final Runnable action) {
        try {
            action.run();
        } catch (final RuntimeException | LinkageError thrown) {
            System.out.println(what + ": " + thrown.getClass().getSimpleName());
        }
    }
}
