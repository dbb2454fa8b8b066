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
package io.cordon.bench;

import io.cordon.bench.Mappings.Side;
import net.openhft.chronicle.bytes.MappedBytes;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What else maps a file in Java, each as its users would: sides of a benchmark beside those of {@link Mappings}, over
 * files of the same size and content.
 */
public final class Peers {
    /** Chronicle Bytes looks into the JDK's internals; so does Agrona, and Unsafe's own warning is turned off. */
    static final String OPEN_MISC = "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED";
    static final String OPEN_LANG = "--add-opens=java.base/java.lang=ALL-UNNAMED";
    static final String OPEN_REFLECT = "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED";
    static final String OPEN_NIO = "--add-opens=java.base/java.nio=ALL-UNNAMED";
    static final String OPEN_CHANNELS = "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED";
    static final String ALLOW_UNSAFE = "--sun-misc-unsafe-memory-access=allow";
    static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";
    static final String UNCHECKED = "-Dagrona.disable.bounds.checks=true";

    private static long openAddress;
    private static MappedByteBuffer openBuffer;
    private static UnsafeBuffer openAgrona;
    private static MappedBytes openChronicle;

    private Peers() {
    }

    private static Path file(final Side side, final long size) throws IOException {
        Mappings.claim();
        return Mappings.fill(Mappings.folder().resolve("peer"), size, side::word);
    }

    private static MappedByteBuffer map(final Side side, final long size) throws IOException {
        try (FileChannel channel =
            FileChannel.open(file(side, size), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final MappedByteBuffer buffer = channel.map(FileChannel.MapMode.READ_WRITE, 0, size);
            buffer.order(ByteOrder.nativeOrder());
            return buffer.load();
        }
    }

    /** The address as a constant. */
    static final class ConstantAddress {
        static final long ADDRESS = openAddress;

        private ConstantAddress() {
        }
    }

    /** The mapped buffer as a constant. */
    static final class ConstantBuffer {
        static final MappedByteBuffer BUFFER = openBuffer;

        private ConstantBuffer() {
        }
    }

    /** Agrona's buffer as a constant. */
    static final class ConstantAgrona {
        static final UnsafeBuffer BUFFER = openAgrona;

        private ConstantAgrona() {
        }
    }

    /** Chronicle's bytes as a constant. */
    static final class ConstantChronicle {
        static final MappedBytes BYTES = openChronicle;

        private ConstantChronicle() {
        }
    }

    /** An address in an instance field, for {@link UnsafeMemory}. */
    public static class Unsafe extends Side {
        long address;

        @Override
        void open(final long size) throws IOException {
            try (FileChannel channel =
                FileChannel.open(file(this, size), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                final MemorySegment segment =
                    channel.map(FileChannel.MapMode.READ_WRITE, 0, size, Arena.global());
                segment.load();
                address = segment.address();
                openAddress = address;
            }
        }
    }

    /** A {@link MappedByteBuffer} in an instance field. */
    public static class Buffer extends Side {
        MappedByteBuffer buffer;
        int index;

        @Override
        void open(final long size) throws IOException {
            index = (int) offset;
            buffer = map(this, size);
            openBuffer = buffer;
        }
    }

    /** Agrona's {@link UnsafeBuffer} over a mapped buffer, in an instance field. */
    public static class Agrona extends Side {
        UnsafeBuffer buffer;
        int index;

        boolean isChecked() {
            return true;
        }

        @Override
        void open(final long size) throws IOException {
            if (UnsafeBuffer.SHOULD_BOUNDS_CHECK != isChecked()) {
                throw new IllegalStateException(
                    "Agrona checks bounds: " + UnsafeBuffer.SHOULD_BOUNDS_CHECK + "; wanted: " + isChecked());
            }
            index = (int) offset;
            buffer = new UnsafeBuffer(map(this, size));
            openAgrona = buffer;
        }
    }

    /** The same in a fork whose Agrona has no bounds checks. */
    public static class AgronaUnchecked extends Agrona {
        @Override
        boolean isChecked() {
            return false;
        }
    }

    /** Chronicle's {@link MappedBytes} of one chunk, in an instance field. */
    public static class Chronicle extends Side {
        MappedBytes bytes;

        @Override
        void open(final long size) throws IOException {
            bytes = MappedBytes.singleMappedBytes(file(this, size).toFile(), size);
            bytes.writePosition(size);
            for (long at = 0; at < size; at += Long.BYTES) {
                if (bytes.readLong(at) != word(at / Long.BYTES)) {
                    throw new IllegalStateException("Chronicle reads something else at " + at);
                }
            }
            openChronicle = bytes;
        }
    }
}
