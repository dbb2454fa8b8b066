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

import io.cordon.agrona.RegionBuffer;
import io.cordon.bench.Mappings.Guarded;
import io.cordon.bench.Mappings.Raw;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * What does an access through Agrona's {@code AtomicBuffer} cost, over a window of a region against an {@code
 * UnsafeBuffer} over a raw mapping: with the buffer in an instance field, as Agrona's structures have it, and in a
 * {@code static final} one?
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED",
    "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class AgronaViewBenchmark {
    private static final int LENGTH = 64;

    private static AtomicBuffer openBuffer;

    /** The buffer as a constant: initialised at the first use, which comes after the set-up. */
    private static final class ConstantBuffer {
        static final AtomicBuffer BUFFER = openBuffer;
    }

    /** Agrona's own. */
    public static class Unsafe extends Raw {
        AtomicBuffer buffer;
        final byte[] bytes = new byte[LENGTH];
        final UnsafeBuffer other = new UnsafeBuffer(new byte[LENGTH]);
        int index;

        @Override
        void open(final long size) throws IOException {
            super.open(size);
            buffer = new UnsafeBuffer(segment.address(), (int) size);
            openBuffer = buffer;
            index = (int) offset;
        }
    }

    /** Ours. */
    public static class Window extends Guarded {
        AtomicBuffer buffer;
        final byte[] bytes = new byte[LENGTH];
        final UnsafeBuffer other = new UnsafeBuffer(new byte[LENGTH]);
        int index;

        @Override
        void open(final long size) throws IOException {
            super.open(size);
            buffer = RegionBuffer.of(region, 0, (int) size);
            openBuffer = buffer;
            index = (int) offset;
        }
    }

    @Benchmark
    public long unsafeGetLongField(final Unsafe side) {
        return side.buffer.getLong(side.index);
    }

    @Benchmark
    public long windowGetLongField(final Window side) {
        return side.buffer.getLong(side.index);
    }

    @Benchmark
    public long unsafeGetLongStatic(final Unsafe side) {
        return ConstantBuffer.BUFFER.getLong(side.index);
    }

    @Benchmark
    public long windowGetLongStatic(final Window side) {
        return ConstantBuffer.BUFFER.getLong(side.index);
    }

    @Benchmark
    public void unsafePutLongField(final Unsafe side) {
        side.buffer.putLong(side.index, side.random);
    }

    @Benchmark
    public void windowPutLongField(final Window side) {
        side.buffer.putLong(side.index, side.random);
    }

    @Benchmark
    public void unsafePutLongStatic(final Unsafe side) {
        ConstantBuffer.BUFFER.putLong(side.index, side.random);
    }

    @Benchmark
    public void windowPutLongStatic(final Window side) {
        ConstantBuffer.BUFFER.putLong(side.index, side.random);
    }

    @Benchmark
    public int unsafeGetIntVolatileField(final Unsafe side) {
        return side.buffer.getIntVolatile(side.index);
    }

    @Benchmark
    public int windowGetIntVolatileField(final Window side) {
        return side.buffer.getIntVolatile(side.index);
    }

    @Benchmark
    public int unsafeGetIntVolatileStatic(final Unsafe side) {
        return ConstantBuffer.BUFFER.getIntVolatile(side.index);
    }

    @Benchmark
    public int windowGetIntVolatileStatic(final Window side) {
        return ConstantBuffer.BUFFER.getIntVolatile(side.index);
    }

    @Benchmark
    public void unsafePutBytes64Field(final Unsafe side) {
        side.buffer.putBytes(side.index, side.bytes);
    }

    @Benchmark
    public void windowPutBytes64Field(final Window side) {
        side.buffer.putBytes(side.index, side.bytes);
    }

    @Benchmark
    public void unsafePutBytes64Static(final Unsafe side) {
        ConstantBuffer.BUFFER.putBytes(side.index, side.bytes);
    }

    @Benchmark
    public void windowPutBytes64Static(final Window side) {
        ConstantBuffer.BUFFER.putBytes(side.index, side.bytes);
    }

    @Benchmark
    public void unsafePutBuffer64Field(final Unsafe side) {
        side.buffer.putBytes(side.index, side.other, 0, LENGTH);
    }

    @Benchmark
    public void windowPutBuffer64Field(final Window side) {
        side.buffer.putBytes(side.index, side.other, 0, LENGTH);
    }

    @Benchmark
    public void unsafeGetBuffer64Field(final Unsafe side) {
        side.buffer.getBytes(side.index, side.other, 0, LENGTH);
    }

    @Benchmark
    public void windowGetBuffer64Field(final Window side) {
        side.buffer.getBytes(side.index, side.other, 0, LENGTH);
    }

    @Benchmark
    public void unsafeTakeBuffer64Field(final Unsafe side) {
        side.other.putBytes(0, side.buffer, side.index, LENGTH);
    }

    @Benchmark
    public void windowTakeBuffer64Field(final Window side) {
        side.other.putBytes(0, side.buffer, side.index, LENGTH);
    }
}
