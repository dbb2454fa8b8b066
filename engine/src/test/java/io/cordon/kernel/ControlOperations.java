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

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** The operations of the control. */
final class ControlOperations {
    /** In {@link #consumed} before an operation. */
    static final long NOTHING = 0x600D_0000_0000_600DL;
    private static final int WORD = Long.BYTES;
    private static final int BLOCK = Ground.PAGE;
    private static final VarHandle LONG = JAVA_LONG.varHandle();
    private static final byte[] HEAP = new byte[BLOCK];
    private static final MemorySegment NATIVE = Arena.global().allocate(BLOCK, WORD);

    /** What an operation read, as used by the code right after it. */
    static long consumed;

    private ControlOperations() {
    }

    static List<ControlOperation> all() {
        final List<ControlOperation> all = new ArrayList<>();
        words(all);
        blocks(all);
        buffers(all);
        nativeCode(all);
        return all;
    }

    private static void words(final List<ControlOperation> all) {
        all.add(new ControlOperation("`MemorySegment.get`", WORD,
            (segment, at) -> consumed = segment.get(JAVA_LONG, at),
            (region, at) -> consumed = region.getLong(at)));
        all.add(new ControlOperation("`MemorySegment.set`", WORD,
            (segment, at) -> segment.set(JAVA_LONG, at, 1),
            (region, at) -> region.putLong(at, 1)));
        all.add(new ControlOperation("`VarHandle.getVolatile`", WORD,
            (segment, at) -> consumed = (long) LONG.getVolatile(segment, at),
            (region, at) -> consumed = region.getLongVolatile(at)));
        all.add(new ControlOperation("`VarHandle.compareAndSet`", WORD,
            (segment, at) -> consumed = LONG.compareAndSet(segment, at, Ground.contentAt(at), 1L) ? 1 : 0,
            (region, at) -> consumed = region.compareAndSetLong(at, Ground.contentAt(at), 1) ? 1 : 0));
        all.add(new ControlOperation("`VarHandle.getAndAdd`", WORD,
            (segment, at) -> consumed = (long) LONG.getAndAdd(segment, at, 1L),
            (region, at) -> consumed = region.getAndAddLong(at, 1)));
    }

    private static void blocks(final List<ControlOperation> all) {
        all.add(new ControlOperation("loop `long sum += segment.get(JAVA_INT, i)`", BLOCK,
            (segment, at) -> consumed = sum(segment, at),
            (region, at) -> consumed = region.readAsLong(at, BLOCK, slice -> sum(slice, 0))));
        all.add(new ControlOperation("`MemorySegment.copy` to `byte[]`", BLOCK,
            (segment, at) -> {
                MemorySegment.copy(segment, JAVA_BYTE, at, HEAP, 0, BLOCK);
                consumed = HEAP[BLOCK - 1];
            },
            (region, at) -> {
                region.get(at, HEAP, 0, BLOCK);
                consumed = HEAP[BLOCK - 1];
            }));
        all.add(new ControlOperation("`MemorySegment.copy` to native memory", BLOCK,
            (segment, at) -> {
                MemorySegment.copy(segment, at, NATIVE, 0, BLOCK);
                consumed = NATIVE.get(JAVA_LONG, 0);
            },
            (region, at) -> {
                region.get(at, NATIVE, 0, BLOCK);
                consumed = NATIVE.get(JAVA_LONG, 0);
            }));
        all.add(new ControlOperation("`MemorySegment.copy` from `byte[]`", BLOCK,
            (segment, at) -> MemorySegment.copy(HEAP, 0, segment, JAVA_BYTE, at, BLOCK),
            (region, at) -> region.put(at, HEAP, 0, BLOCK)));
        all.add(new ControlOperation("`MemorySegment.fill`", BLOCK,
            (segment, at) -> segment.asSlice(at, BLOCK).fill((byte) 1),
            (region, at) -> region.fill(at, BLOCK, (byte) 1)));
        all.add(new ControlOperation("`MemorySegment.mismatch`", BLOCK,
            (segment, at) -> consumed = mismatch(segment, at),
            (region, at) -> consumed = region.readAsLong(at, BLOCK, slice -> mismatch(slice, 0))));
    }

    private static void buffers(final List<ControlOperation> all) {
        buffer(all, "`ByteBuffer.get(byte[])`", buffer -> buffer.get(HEAP, 0, BLOCK).position());
        buffer(all, "`CRC32.update`", buffer -> checksum(new CRC32(), buffer));
        buffer(all, "`CRC32C.update`", buffer -> checksum(new CRC32C(), buffer));
        buffer(all, "`Adler32.update`", buffer -> checksum(new Adler32(), buffer));
        buffer(all, "`Inflater.inflate`", ControlOperations::inflate);
        buffer(all, "`Deflater.deflate`", ControlOperations::deflate);
        buffer(all, "`MessageDigest.update` (SHA-256)", ControlOperations::digest);
        buffer(all, "`FileChannel.write`", ControlOperations::write);
    }

    private static void nativeCode(final List<ControlOperation> all) {
        all.add(new ControlOperation("`memcpy` through FFM", BLOCK,
            (segment, at) -> consumed = Native.copy(segment.asSlice(at, BLOCK)),
            (region, at) -> consumed = region.readAsLong(at, BLOCK, Native::copy)));
        all.add(new ControlOperation("`memcpy` through FFM, critical", BLOCK,
            (segment, at) -> consumed = Native.copyCritically(segment.asSlice(at, BLOCK)),
            (region, at) -> consumed = region.readAsLong(at, BLOCK, Native::copyCritically)));
    }

    /** What can be done with a buffer over the mapping. */
    @FunctionalInterface
    private interface OnBuffer {
        long run(ByteBuffer buffer);
    }

    private static void buffer(final List<ControlOperation> all, final String name, final OnBuffer body) {
        all.add(new ControlOperation(name + " of a mapped buffer", BLOCK,
            (segment, at) -> consumed = body.run(segment.asSlice(at, BLOCK).asByteBuffer()),
            (region, at) -> consumed = region.readAsLong(at, BLOCK, slice -> body.run(slice.asByteBuffer()))));
    }

    private static long sum(final MemorySegment segment, final long at) {
        long sum = 0;
        for (int i = 0; i < BLOCK; i += Integer.BYTES) {
            sum += segment.get(JAVA_INT, at + i);
        }
        return sum;
    }

    /** With what the page held, so that all of it is compared. */
    private static long mismatch(final MemorySegment segment, final long at) {
        return MemorySegment.mismatch(segment, at + WORD, at + BLOCK, segment, at, at + BLOCK - WORD);
    }

    private static long checksum(final Checksum checksum, final ByteBuffer buffer) {
        checksum.update(buffer);
        return checksum.getValue();
    }

    private static long inflate(final ByteBuffer buffer) {
        try (Inflater inflater = new Inflater(true)) {
            inflater.setInput(buffer);
            return inflater.inflate(HEAP);
        } catch (DataFormatException _) {
            // The content is no deflated data; it was read all the same.
            return -1;
        }
    }

    private static long deflate(final ByteBuffer buffer) {
        try (Deflater deflater = new Deflater()) {
            deflater.setInput(buffer);
            deflater.finish();
            return deflater.deflate(HEAP);
        }
    }

    private static long digest(final ByteBuffer buffer) {
        try {
            final MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(buffer);
            return ByteBuffer.wrap(digest.digest()).getLong();
        } catch (final NoSuchAlgorithmException failure) {
            throw new AssertionError(failure);
        }
    }

    private static long write(final ByteBuffer buffer) {
        try (FileChannel channel = FileChannel.open(Path.of("/tmp/written"),
            StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            return channel.write(buffer);
        } catch (final IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The C library's; a class of its own, so that only who needs it links it. */
    private static final class Native {
        private static final MethodHandle MEMCPY = memcpy();
        private static final MethodHandle CRITICAL_MEMCPY = memcpy(Linker.Option.critical(false));

        @SuppressWarnings("restricted")
        private static MethodHandle memcpy(final Linker.Option... options) {
            return Linker.nativeLinker().downcallHandle(Linker.nativeLinker().defaultLookup().findOrThrow("memcpy"),
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS, JAVA_LONG),
                options);
        }

        static long copy(final MemorySegment from) {
            try {
                MemorySegment _ = (MemorySegment) MEMCPY.invokeExact(NATIVE, from, from.byteSize());
            } catch (final Throwable thrown) {
                throw new IllegalStateException(thrown);
            }
            return NATIVE.get(JAVA_LONG, 0);
        }

        static long copyCritically(final MemorySegment from) {
            try {
                MemorySegment _ = (MemorySegment) CRITICAL_MEMCPY.invokeExact(NATIVE, from, from.byteSize());
            } catch (final Throwable thrown) {
                throw new IllegalStateException(thrown);
            }
            return NATIVE.get(JAVA_LONG, 0);
        }
    }
}
