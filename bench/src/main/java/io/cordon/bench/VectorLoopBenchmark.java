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

import io.cordon.bench.Mappings.Guarded;
import io.cordon.bench.Mappings.Raw;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;

/**
 * Do loops that C2 vectorises over a raw slice vectorise inside {@code read} and {@code readAsLong} too?
 *
 * <p>Pairs: the region against {@code raw}: the exclusive or of longs, the sum of the squares of ints,
 * floats scaled into an array. {@code boxed} goes through
 * {@code read}, which hands back an object.
 *
 * <p>Controls: {@code Scalar}, the raw loop in a JVM that does not vectorise; {@code Array}, the loop over an array of
 * the heap, which is what C2 vectorises best. The question is not answered where {@code Scalar} is as fast as {@code
 * raw}: then nothing was vectorised, as C2 of JDK 25 leaves the exclusive or.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = Peers.NATIVE_ACCESS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class VectorLoopBenchmark {
    private static final String SCALAR = "-XX:-UseSuperWord";
    private static final long START = 4096;
    private static final float FACTOR = 1.5F;
    private static final float[] SCALED = new float[1 << 14];

    public static class RawBlock extends Raw {
        @Param({"512", "16384"})
        public long block;
    }

    public static class GuardedBlock extends Guarded {
        @Param({"512", "16384"})
        public long block;
    }

    /** As many bytes on the heap. */
    @State(Scope.Benchmark)
    public static class Heap {
        @Param({"512", "16384"})
        public int block;
        private long[] longs;
        private int[] ints;
        private float[] floats;

        @Setup
        public void fill() {
            longs = new long[block / Long.BYTES];
            ints = new int[block / Integer.BYTES];
            floats = new float[ints.length];
            for (int i = 0; i < ints.length; i++) {
                ints[i] = i * 0x9E37_79B9;
                longs[i / 2] = ints[i];
                floats[i] = ints[i];
            }
        }

        long xorLongs() {
            long result = 0;
            for (int i = 0; i < longs.length; i++) {
                result ^= longs[i];
            }
            return result;
        }

        long squareInts() {
            int result = 0;
            for (int i = 0; i < ints.length; i++) {
                result += ints[i] * ints[i];
            }
            return result;
        }

        long scaleFloats() {
            for (int i = 0; i < floats.length; i++) {
                SCALED[i] = floats[i] * FACTOR;
            }
            return floats.length;
        }
    }

    static long xorLongs(final MemorySegment segment) {
        final int count = (int) (segment.byteSize() / Long.BYTES);
        long result = 0;
        for (int i = 0; i < count; i++) {
            result ^= segment.getAtIndex(ValueLayout.JAVA_LONG, i);
        }
        return result;
    }

    static long squareInts(final MemorySegment segment) {
        final int count = (int) (segment.byteSize() / Integer.BYTES);
        int result = 0;
        for (int i = 0; i < count; i++) {
            final int value = segment.getAtIndex(ValueLayout.JAVA_INT, i);
            result += value * value;
        }
        return result;
    }

    static long scaleFloats(final MemorySegment segment) {
        final int count = (int) (segment.byteSize() / Float.BYTES);
        for (int i = 0; i < count; i++) {
            SCALED[i] = segment.getAtIndex(ValueLayout.JAVA_FLOAT, i) * FACTOR;
        }
        return count;
    }

    @Benchmark
    public long rawXorLongs(final RawBlock side) {
        return xorLongs(side.segment.asSlice(START, side.block));
    }

    @Benchmark
    public long regionXorLongs(final GuardedBlock side) {
        return side.region.readAsLong(START, side.block, VectorLoopBenchmark::xorLongs);
    }

    @Benchmark
    public Long boxedXorLongs(final GuardedBlock side) {
        return side.region.read(START, side.block, VectorLoopBenchmark::xorLongs);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, SCALAR})
    public long controlXorLongsScalar(final RawBlock side) {
        return xorLongs(side.segment.asSlice(START, side.block));
    }

    @Benchmark
    public long controlXorLongsArray(final Heap heap) {
        return heap.xorLongs();
    }

    @Benchmark
    public long rawSquareInts(final RawBlock side) {
        return squareInts(side.segment.asSlice(START, side.block));
    }

    @Benchmark
    public long regionSquareInts(final GuardedBlock side) {
        return side.region.readAsLong(START, side.block, VectorLoopBenchmark::squareInts);
    }

    @Benchmark
    public Long boxedSquareInts(final GuardedBlock side) {
        return side.region.read(START, side.block, VectorLoopBenchmark::squareInts);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, SCALAR})
    public long controlSquareIntsScalar(final RawBlock side) {
        return squareInts(side.segment.asSlice(START, side.block));
    }

    @Benchmark
    public long controlSquareIntsArray(final Heap heap) {
        return heap.squareInts();
    }

    @Benchmark
    public long rawScaleFloats(final RawBlock side) {
        return scaleFloats(side.segment.asSlice(START, side.block));
    }

    @Benchmark
    public long regionScaleFloats(final GuardedBlock side) {
        return side.region.readAsLong(START, side.block, VectorLoopBenchmark::scaleFloats);
    }

    @Benchmark
    public Long boxedScaleFloats(final GuardedBlock side) {
        return side.region.read(START, side.block, VectorLoopBenchmark::scaleFloats);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, SCALAR})
    public long controlScaleFloatsScalar(final RawBlock side) {
        return scaleFloats(side.segment.asSlice(START, side.block));
    }

    @Benchmark
    public long controlScaleFloatsArray(final Heap heap) {
        return heap.scaleFloats();
    }
}
