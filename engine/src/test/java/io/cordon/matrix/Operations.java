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
package io.cordon.matrix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.cordon.Region;
import io.cordon.matrix.Operation.Body;
import io.cordon.matrix.Operation.Kind;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** All operations of the matrix. */
public final class Operations {
    /** Of block operations: many lines, no multiple of anything, long enough for the vector stubs. */
    static final int BLOCK = 600;
    /** Of block operations that touch several pages wherever they start. */
    static final int PAGES = 4200;
    /** What stores store. */
    private static final long VALUE = 0x5A17_C3D2_E4F6_0918L;
    private static final long FAILED = -2;

    private static final VarHandle INT = JAVA_INT.varHandle();
    private static final VarHandle LONG = JAVA_LONG.varHandle();
    private static final ValueLayout.OfLong SWAPPED_LONG =
        JAVA_LONG_UNALIGNED.withOrder(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
            ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    private static final byte[] SOURCE = source();
    private static final byte[] SINK = new byte[PAGES];
    private static final long[] LONG_SINK = new long[PAGES / Long.BYTES];
    private static final MemorySegment NATIVE_SOURCE =
        Arena.global().allocate(PAGES).copyFrom(MemorySegment.ofArray(SOURCE));
    private static final MemorySegment NATIVE_SINK = Arena.global().allocate(PAGES);

    private static FileChannel file;

    private Operations() {
    }

    /** The C library's, by the foreign function interface; a class of its own since it needs native access. */
    private static final class Native {
        private static final MethodHandle MEMCPY = memcpy();
        private static final MethodHandle CRITICAL_MEMCPY = memcpy(Linker.Option.critical(false));

        @SuppressWarnings("restricted")
        private static MethodHandle memcpy(final Linker.Option... options) {
            return Linker.nativeLinker().downcallHandle(Linker.nativeLinker().defaultLookup().findOrThrow("memcpy"),
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS, JAVA_LONG),
                options);
        }

        static void copy(final MemorySegment to, final MemorySegment from, final long length) {
            try {
                MemorySegment _ = (MemorySegment) MEMCPY.invokeExact(to, from, length);
            } catch (final Throwable thrown) {
                throw new IllegalStateException(thrown);
            }
        }

        static void copyCritically(final MemorySegment to, final MemorySegment from, final long length) {
            try {
                MemorySegment _ = (MemorySegment) CRITICAL_MEMCPY.invokeExact(to, from, length);
            } catch (final Throwable thrown) {
                throw new IllegalStateException(thrown);
            }
        }
    }

    private static byte[] source() {
        final byte[] bytes = new byte[PAGES];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 7 + 1);
        }
        return bytes;
    }

    /** Sets the file that FileChannel.write writes to, and FileChannel.read reads from. */
    static void setFile(final FileChannel channel) throws IOException {
        channel.write(ByteBuffer.wrap(SOURCE), 0);
        file = channel;
    }

    /** What mismatch compares with. */
    static void copySourceTo(final MemorySegment segment, final long at) {
        MemorySegment.copy(NATIVE_SOURCE, 0, segment, at, PAGES);
    }

    /** Bytes describe their place: what the word that starts at an offset holds before any operation. */
    static long contentAt(final long offset) {
        return (offset + 1) * 0x9E37_79B9_7F4A_7C15L;
    }

    private static int intContentAt(final long offset) {
        final long word = contentAt(offset & -Long.BYTES);
        final boolean low = (offset & Integer.BYTES) == 0 == (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
        return (int) (low ? word : word >>> Integer.SIZE);
    }

    /** What a block holds before any operation. */
    static long[] contentOf(final long offset, final int length) {
        final long[] words = new long[length / Long.BYTES];
        for (int i = 0; i < words.length; i++) {
            words[i] = contentAt(offset + (long) i * Long.BYTES);
        }
        return words;
    }

    /** All operations, those that are checked first. */
    public static List<Operation> all() {
        final List<Operation> all = new ArrayList<>();
        plain(all);
        narrowVolatile(all);
        orderedInts(all);
        orderedLongs(all);
        blocks(all);
        raw(all);
        rawBuffers(all);
        return all;
    }

    private static void load(final List<Operation> all, final String name, final int length, final Body body) {
        all.add(new Operation("Region." + name, Kind.CHECKED, length, false, false, null, body));
    }

    private static void store(final List<Operation> all, final String name, final int length, final Body body) {
        all.add(new Operation("Region." + name, Kind.CHECKED, length, false, true, null, body));
    }

    private static void orderedLoad(final List<Operation> all, final String name, final int length, final Body body) {
        all.add(new Operation("Region." + name, Kind.CHECKED, length, true, false, null, body));
    }

    private static void orderedStore(final List<Operation> all, final String name, final int length, final Body body) {
        all.add(new Operation("Region." + name, Kind.CHECKED, length, true, true, null, body));
    }

    private static void rawLoad(final List<Operation> all, final String name, final int length, final Body body) {
        all.add(new Operation("segment " + name, Kind.RAW, length, false, false, null, body));
    }

    private static void rawStore(final List<Operation> all, final String name, final int length, final Body body) {
        all.add(new Operation("segment " + name, Kind.RAW, length, false, true, null, body));
    }

    private static void plain(final List<Operation> all) {
        load(all, "getByte", Byte.BYTES, (r, _, at) -> r.getByte(at));
        load(all, "getShort", Short.BYTES, (r, _, at) -> r.getShort(at));
        load(all, "getChar", Character.BYTES, (r, _, at) -> r.getChar(at));
        load(all, "getInt", Integer.BYTES, (r, _, at) -> r.getInt(at));
        load(all, "getLong", Long.BYTES, (r, _, at) -> r.getLong(at));
        load(all, "getFloat", Float.BYTES, (r, _, at) -> Float.floatToRawIntBits(r.getFloat(at)));
        load(all, "getDouble", Double.BYTES, (r, _, at) -> Double.doubleToRawLongBits(r.getDouble(at)));
        store(all, "putByte", Byte.BYTES, (r, _, at) -> {
            r.putByte(at, (byte) VALUE);
            return 0;
        });
        store(all, "putShort", Short.BYTES, (r, _, at) -> {
            r.putShort(at, (short) VALUE);
            return 0;
        });
        store(all, "putChar", Character.BYTES, (r, _, at) -> {
            r.putChar(at, (char) VALUE);
            return 0;
        });
        store(all, "putInt", Integer.BYTES, (r, _, at) -> {
            r.putInt(at, (int) VALUE);
            return 0;
        });
        store(all, "putLong", Long.BYTES, (r, _, at) -> {
            r.putLong(at, VALUE);
            return 0;
        });
        store(all, "putFloat", Float.BYTES, (r, _, at) -> {
            r.putFloat(at, 1234.5f);
            return 0;
        });
        store(all, "putDouble", Double.BYTES, (r, _, at) -> {
            r.putDouble(at, 1234.5);
            return 0;
        });
    }

    private static void narrowVolatile(final List<Operation> all) {
        orderedLoad(all, "getByteVolatile", Byte.BYTES, (r, _, at) -> r.getByteVolatile(at));
        orderedLoad(all, "getShortVolatile", Short.BYTES, (r, _, at) -> r.getShortVolatile(at));
        orderedLoad(all, "getCharVolatile", Character.BYTES, (r, _, at) -> r.getCharVolatile(at));
        orderedStore(all, "putByteVolatile", Byte.BYTES, (r, _, at) -> {
            r.putByteVolatile(at, (byte) VALUE);
            return 0;
        });
        orderedStore(all, "putShortVolatile", Short.BYTES, (r, _, at) -> {
            r.putShortVolatile(at, (short) VALUE);
            return 0;
        });
        orderedStore(all, "putCharVolatile", Character.BYTES, (r, _, at) -> {
            r.putCharVolatile(at, (char) VALUE);
            return 0;
        });
    }

    private static void orderedInts(final List<Operation> all) {
        final int width = Integer.BYTES;
        orderedLoad(all, "getIntAcquire", width, (r, _, at) -> r.getIntAcquire(at));
        orderedLoad(all, "getIntOpaque", width, (r, _, at) -> r.getIntOpaque(at));
        orderedLoad(all, "getIntVolatile", width, (r, _, at) -> r.getIntVolatile(at));
        orderedStore(all, "putIntRelease", width, (r, _, at) -> {
            r.putIntRelease(at, (int) VALUE);
            return 0;
        });
        orderedStore(all, "putIntOpaque", width, (r, _, at) -> {
            r.putIntOpaque(at, (int) VALUE);
            return 0;
        });
        orderedStore(all, "putIntVolatile", width, (r, _, at) -> {
            r.putIntVolatile(at, (int) VALUE);
            return 0;
        });
        orderedStore(all, "compareAndSetInt", width,
            (r, _, at) -> r.compareAndSetInt(at, intContentAt(at), (int) VALUE) ? 1 : 0);
        orderedLoad(all, "compareAndSetInt (that fails)", width,
            (r, _, at) -> r.compareAndSetInt(at, ~intContentAt(at), (int) VALUE) ? 1 : 0);
        orderedStore(all, "compareAndExchangeInt", width,
            (r, _, at) -> r.compareAndExchangeInt(at, intContentAt(at), (int) VALUE));
        orderedLoad(all, "compareAndExchangeInt (that fails)", width,
            (r, _, at) -> r.compareAndExchangeInt(at, ~intContentAt(at), (int) VALUE));
        orderedStore(all, "getAndAddInt", width, (r, _, at) -> r.getAndAddInt(at, (int) VALUE));
        orderedStore(all, "getAndSetInt", width, (r, _, at) -> r.getAndSetInt(at, (int) VALUE));
    }

    private static void orderedLongs(final List<Operation> all) {
        final int width = Long.BYTES;
        orderedLoad(all, "getLongAcquire", width, (r, _, at) -> r.getLongAcquire(at));
        orderedLoad(all, "getLongOpaque", width, (r, _, at) -> r.getLongOpaque(at));
        orderedLoad(all, "getLongVolatile", width, (r, _, at) -> r.getLongVolatile(at));
        orderedStore(all, "putLongRelease", width, (r, _, at) -> {
            r.putLongRelease(at, VALUE);
            return 0;
        });
        orderedStore(all, "putLongOpaque", width, (r, _, at) -> {
            r.putLongOpaque(at, VALUE);
            return 0;
        });
        orderedStore(all, "putLongVolatile", width, (r, _, at) -> {
            r.putLongVolatile(at, VALUE);
            return 0;
        });
        orderedStore(all, "compareAndSetLong", width,
            (r, _, at) -> r.compareAndSetLong(at, contentAt(at), VALUE) ? 1 : 0);
        orderedLoad(all, "compareAndSetLong (that fails)", width,
            (r, _, at) -> r.compareAndSetLong(at, ~contentAt(at), VALUE) ? 1 : 0);
        orderedStore(all, "compareAndExchangeLong", width,
            (r, _, at) -> r.compareAndExchangeLong(at, contentAt(at), VALUE));
        orderedLoad(all, "compareAndExchangeLong (that fails)", width,
            (r, _, at) -> r.compareAndExchangeLong(at, ~contentAt(at), VALUE));
        orderedStore(all, "getAndAddLong", width, (r, _, at) -> r.getAndAddLong(at, VALUE));
        orderedStore(all, "getAndSetLong", width, (r, _, at) -> r.getAndSetLong(at, VALUE));
    }

    private static void blocks(final List<Operation> all) {
        load(all, "get byte[]", BLOCK, (r, _, at) -> {
            r.get(at, SINK, 0, BLOCK);
            return digest(SINK);
        });
        store(all, "put byte[]", BLOCK, (r, _, at) -> {
            r.put(at, SOURCE, 3, BLOCK);
            return 0;
        });
        load(all, "get MemorySegment", PAGES, (r, _, at) -> {
            r.get(at, NATIVE_SINK, 0, PAGES);
            return digest(NATIVE_SINK, PAGES);
        });
        store(all, "put MemorySegment", PAGES, (r, _, at) -> {
            r.put(at, NATIVE_SOURCE, 0, PAGES);
            return 0;
        });
        load(all, "get of two bytes into MemorySegment", 2, (r, _, at) -> {
            r.get(at, NATIVE_SINK, 0, 2);
            return NATIVE_SINK.get(JAVA_BYTE, 0) << 8 | NATIVE_SINK.get(JAVA_BYTE, 1);
        });
        store(all, "fill", BLOCK, (r, _, at) -> {
            r.fill(at, BLOCK, (byte) VALUE);
            return 0;
        });
        store(all, "fill of pages", PAGES, (r, _, at) -> {
            r.fill(at, PAGES, (byte) VALUE);
            return 0;
        });
        load(all, "read", BLOCK, (r, _, at) -> r.read(at, BLOCK, s -> digest(s, BLOCK)));
        load(all, "read of CRC32C", BLOCK, (r, _, at) -> r.read(at, BLOCK, s -> checksum(new CRC32C(), s, 0)));
        load(all, "readAsLong", BLOCK, (r, _, at) -> r.readAsLong(at, BLOCK, s -> sum(s, 0)));
        load(all, "readAsLong of pages", PAGES, (r, _, at) -> r.readAsLong(at, PAGES, s -> digest(s, PAGES)));
        load(all, "verify", BLOCK, (r, _, at) -> {
            r.verify(at, BLOCK);
            return 0;
        });
        load(all, "verify of pages", PAGES, (r, _, at) -> {
            r.verify(at, PAGES);
            return 0;
        });
    }

    private static void raw(final List<Operation> all) {
        rawLoad(all, "get", Long.BYTES, (_, s, at) -> s.get(JAVA_LONG_UNALIGNED, at));
        rawLoad(all, "get of a byte", Byte.BYTES, (_, s, at) -> s.get(JAVA_BYTE, at));
        rawStore(all, "set", Long.BYTES, (_, s, at) -> {
            s.set(JAVA_LONG_UNALIGNED, at, VALUE);
            return 0;
        });
        rawLoad(all, "copy out", BLOCK, (_, s, at) -> {
            MemorySegment.copy(s, JAVA_BYTE, at, SINK, 0, BLOCK);
            return digest(SINK);
        });
        rawStore(all, "copy in", PAGES, (_, s, at) -> {
            MemorySegment.copy(SOURCE, 0, s, JAVA_BYTE, at, PAGES);
            return 0;
        });
        rawLoad(all, "copy out with byte swap", BLOCK, (_, s, at) -> {
            MemorySegment.copy(s, SWAPPED_LONG, at, LONG_SINK, 0, BLOCK / Long.BYTES);
            return Arrays.hashCode(LONG_SINK);
        });
        rawStore(all, "copy in with byte swap", BLOCK, (_, s, at) -> {
            MemorySegment.copy(
                NATIVE_SOURCE, JAVA_LONG_UNALIGNED, 0, s, SWAPPED_LONG, at, BLOCK / Long.BYTES);
            return 0;
        });
        rawStore(all, "fill", BLOCK, (_, s, at) -> {
            s.asSlice(at, BLOCK).fill((byte) VALUE);
            return 0;
        });
        all.add(new Operation("segment mismatch", Kind.RAW, BLOCK, false, false,
            (r, at) -> r.put(at, SOURCE, 0, BLOCK),
            (_, s, at) -> MemorySegment.mismatch(s, at, at + BLOCK, NATIVE_SOURCE, 0, BLOCK)));
        rawLoad(all, "sum of ints", BLOCK, Operations::sumOfInts);
        all.add(new Operation("segment VarHandle.compareAndSet of an int", Kind.RAW, Integer.BYTES, true, true, null,
            (_, s, at) -> INT.compareAndSet(s, at, intContentAt(at), (int) VALUE) ? 1 : 0));
        all.add(new Operation("segment VarHandle.compareAndSet", Kind.RAW, Long.BYTES, true, true, null,
            (_, s, at) -> LONG.compareAndSet(s, at, contentAt(at), VALUE) ? 1 : 0));
        all.add(new Operation("segment VarHandle.getAndAdd", Kind.RAW, Long.BYTES, true, true, null,
            (_, s, at) -> (long) LONG.getAndAdd(s, at, VALUE)));
        rawLoad(all, "FFM memcpy out", BLOCK, (_, s, at) -> {
            Native.copy(NATIVE_SINK, s.asSlice(at, BLOCK), BLOCK);
            return digest(NATIVE_SINK, BLOCK);
        });
        rawLoad(all, "FFM critical memcpy out", BLOCK, (_, s, at) -> {
            Native.copyCritically(NATIVE_SINK, s.asSlice(at, BLOCK), BLOCK);
            return digest(NATIVE_SINK, BLOCK);
        });
        rawStore(all, "FFM memcpy in", BLOCK, (_, s, at) -> {
            Native.copy(s.asSlice(at, BLOCK), NATIVE_SOURCE, BLOCK);
            return 0;
        });
        rawStore(all, "FFM critical memcpy in", BLOCK, (_, s, at) -> {
            Native.copyCritically(s.asSlice(at, BLOCK), NATIVE_SOURCE, BLOCK);
            return 0;
        });
    }

    private static void rawBuffers(final List<Operation> all) {
        rawLoad(all, "CRC32C of asByteBuffer", BLOCK, (_, s, at) -> checksum(new CRC32C(), s, at));
        rawLoad(all, "CRC32 of asByteBuffer", BLOCK, (_, s, at) -> checksum(new CRC32(), s, at));
        rawLoad(all, "Adler32 of asByteBuffer", BLOCK, (_, s, at) -> checksum(new Adler32(), s, at));
        all.add(new Operation("segment Inflater of asByteBuffer", Kind.RAW, BLOCK, false, false,
            Operations::deflate, (_, s, at) -> inflate(s, at)));
        rawLoad(all, "ByteBuffer.get of asByteBuffer", BLOCK, (_, s, at) -> {
            s.asSlice(at, BLOCK).asByteBuffer().get(SINK, 0, BLOCK);
            return digest(SINK);
        });
        all.add(new Operation("segment FileChannel.write of asByteBuffer", Kind.KERNEL, BLOCK, false, false, null,
            (_, s, at) -> {
                try {
                    return file.write(s.asSlice(at, BLOCK).asByteBuffer(), PAGES);
                } catch (IOException _) {
                    return FAILED;
                }
            }));
        all.add(new Operation("segment FileChannel.read of asByteBuffer", Kind.KERNEL, BLOCK, false, true, null,
            (_, s, at) -> {
                try {
                    return file.read(s.asSlice(at, BLOCK).asByteBuffer(), 0);
                } catch (IOException _) {
                    return FAILED;
                }
            }));
    }

    private static long sumOfInts(final Region region, final MemorySegment segment, final long at) {
        return sum(segment, at);
    }

    /** C2 vectorises this loop. */
    private static long sum(final MemorySegment segment, final long at) {
        int sum = 0;
        for (int i = 0; i < BLOCK / Integer.BYTES; i++) {
            sum += segment.get(JAVA_INT_UNALIGNED, at + (long) i * Integer.BYTES);
        }
        return sum;
    }

    private static long checksum(final Checksum checksum, final MemorySegment segment, final long at) {
        checksum.update(segment.asSlice(at, BLOCK).asByteBuffer());
        return checksum.getValue();
    }

    private static long digest(final byte[] bytes) {
        return digest(MemorySegment.ofArray(bytes), BLOCK);
    }

    private static long digest(final MemorySegment segment, final int length) {
        long digest = 0;
        for (int i = 0; i < length; i += Long.BYTES) {
            digest = digest * 31 + segment.get(JAVA_LONG_UNALIGNED, i);
        }
        return digest;
    }

    /** A stored deflate block that fills the range, so that inflating it touches all of it. */
    private static void deflate(final Region region, final long at) {
        final byte[] deflated = new byte[BLOCK];
        try (Deflater deflater = new Deflater(Deflater.NO_COMPRESSION, true)) {
            deflater.setInput(SOURCE, 0, BLOCK - 5);
            deflater.finish();
            if (deflater.deflate(deflated) != BLOCK || !deflater.finished()) {
                throw new IllegalStateException("no stored block of " + BLOCK + " bytes");
            }
        }
        region.put(at, deflated, 0, BLOCK);
    }

    private static long inflate(final MemorySegment segment, final long at) {
        try (Inflater inflater = new Inflater(true)) {
            inflater.setInput(segment.asSlice(at, BLOCK).asByteBuffer());
            return inflater.inflate(SINK) == BLOCK - 5 ? digest(SINK) : FAILED;
        } catch (DataFormatException _) {
            return FAILED;
        }
    }
}
