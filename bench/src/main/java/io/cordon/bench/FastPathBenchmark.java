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

import io.cordon.bench.Mappings.ConstantRegion;
import io.cordon.bench.Mappings.ConstantSegment;
import io.cordon.bench.Mappings.Degraded;
import io.cordon.bench.Mappings.Raw;
import io.cordon.bench.Peers.Agrona;
import io.cordon.bench.Peers.AgronaUnchecked;
import io.cordon.bench.Peers.Buffer;
import io.cordon.bench.Peers.Chronicle;
import io.cordon.bench.Peers.ConstantAddress;
import io.cordon.bench.Peers.ConstantAgrona;
import io.cordon.bench.Peers.ConstantBuffer;
import io.cordon.bench.Peers.ConstantChronicle;
import io.cordon.bench.Peers.Unsafe;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;

/**
 * What does one checked load or store of 8 bytes in a cached line cost?
 *
 * <p>Pairs: each side against {@code raw}, a {@code MemorySegment} of a shared arena; in an instance field and in a
 * {@code static final} one. The region clean, with a lost line elsewhere in it, and with one in another region. Agrona
 * with bounds checks and, in a fork of its own, without. {@code sun.misc.Unsafe} is the access with no check at all.
 *
 * <p>Controls: no load; the raw load with one more branch on its value; two raw loads. The measurement is wrong if
 * {@code Unsafe} is slower than {@code raw}, if the region of a constant is faster than {@code Unsafe} by more than
 * both errors, if the branch costs more than the second load, or if two loads cost what none costs.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = {
    Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.OPEN_LANG, Peers.OPEN_REFLECT, Peers.OPEN_NIO, Peers.OPEN_CHANNELS,
    Peers.ALLOW_UNSAFE})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class FastPathBenchmark {
    @Benchmark
    public long rawLoadField(final Raw side) {
        return side.segment.get(Mappings.LONG, side.offset);
    }

    @Benchmark
    public long regionLoadField(final Degraded side) {
        return side.region.getLong(side.offset);
    }

    @Benchmark
    public long unsafeLoadField(final Unsafe side) {
        return UnsafeMemory.getLong(side.address + side.offset);
    }

    @Benchmark
    public long bufferLoadField(final Buffer side) {
        return side.buffer.getLong(side.index);
    }

    @Benchmark
    public long agronaLoadField(final Agrona side) {
        return side.buffer.getLong(side.index);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public long agronaUncheckedLoadField(final AgronaUnchecked side) {
        return side.buffer.getLong(side.index);
    }

    @Benchmark
    public long chronicleLoadField(final Chronicle side) {
        return side.bytes.readLong(side.offset);
    }

    @Benchmark
    public void rawStoreField(final Raw side) {
        side.segment.set(Mappings.LONG, side.offset, side.random);
    }

    @Benchmark
    public void regionStoreField(final Degraded side) {
        side.region.putLong(side.offset, side.random);
    }

    @Benchmark
    public void unsafeStoreField(final Unsafe side) {
        UnsafeMemory.putLong(side.address + side.offset, side.random);
    }

    @Benchmark
    public void bufferStoreField(final Buffer side) {
        side.buffer.putLong(side.index, side.random);
    }

    @Benchmark
    public void agronaStoreField(final Agrona side) {
        side.buffer.putLong(side.index, side.random);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public void agronaUncheckedStoreField(final AgronaUnchecked side) {
        side.buffer.putLong(side.index, side.random);
    }

    @Benchmark
    public void chronicleStoreField(final Chronicle side) {
        side.bytes.writeLong(side.offset, side.random);
    }

    @Benchmark
    public long rawLoadStatic(final Raw side) {
        return ConstantSegment.SEGMENT.get(Mappings.LONG, side.offset);
    }

    @Benchmark
    public long regionLoadStatic(final Degraded side) {
        return ConstantRegion.REGION.getLong(side.offset);
    }

    @Benchmark
    public long unsafeLoadStatic(final Unsafe side) {
        return UnsafeMemory.getLong(ConstantAddress.ADDRESS + side.offset);
    }

    @Benchmark
    public long bufferLoadStatic(final Buffer side) {
        return ConstantBuffer.BUFFER.getLong(side.index);
    }

    @Benchmark
    public long agronaLoadStatic(final Agrona side) {
        return ConstantAgrona.BUFFER.getLong(side.index);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public long agronaUncheckedLoadStatic(final AgronaUnchecked side) {
        return ConstantAgrona.BUFFER.getLong(side.index);
    }

    @Benchmark
    public long chronicleLoadStatic(final Chronicle side) {
        return ConstantChronicle.BYTES.readLong(side.offset);
    }

    @Benchmark
    public void rawStoreStatic(final Raw side) {
        ConstantSegment.SEGMENT.set(Mappings.LONG, side.offset, side.random);
    }

    @Benchmark
    public void regionStoreStatic(final Degraded side) {
        ConstantRegion.REGION.putLong(side.offset, side.random);
    }

    @Benchmark
    public void unsafeStoreStatic(final Unsafe side) {
        UnsafeMemory.putLong(ConstantAddress.ADDRESS + side.offset, side.random);
    }

    @Benchmark
    public void bufferStoreStatic(final Buffer side) {
        ConstantBuffer.BUFFER.putLong(side.index, side.random);
    }

    @Benchmark
    public void agronaStoreStatic(final Agrona side) {
        ConstantAgrona.BUFFER.putLong(side.index, side.random);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public void agronaUncheckedStoreStatic(final AgronaUnchecked side) {
        ConstantAgrona.BUFFER.putLong(side.index, side.random);
    }

    @Benchmark
    public void chronicleStoreStatic(final Chronicle side) {
        ConstantChronicle.BYTES.writeLong(side.offset, side.random);
    }

    @Benchmark
    public long controlNoLoad(final Raw side) {
        return side.offset;
    }

    @Benchmark
    public long controlLoadAndBranchField(final Raw side) {
        return expected(side, side.segment.get(Mappings.LONG, side.offset));
    }

    @Benchmark
    public long controlLoadAndBranchStatic(final Raw side) {
        return expected(side, ConstantSegment.SEGMENT.get(Mappings.LONG, side.offset));
    }

    /** One branch more, on the value itself, as every check after a load is. */
    private static long expected(final Raw side, final long value) {
        if (value == side.random) {
            throw new IllegalStateException("a value that the file does not hold");
        }
        return value;
    }

    @Benchmark
    public long controlTwoLoadsField(final Raw side) {
        return side.segment.get(Mappings.LONG, side.offset)
            ^ side.segment.get(Mappings.LONG, side.offset ^ side.mask);
    }

    @Benchmark
    public long controlTwoLoadsStatic(final Raw side) {
        return ConstantSegment.SEGMENT.get(Mappings.LONG, side.offset)
            ^ ConstantSegment.SEGMENT.get(Mappings.LONG, side.offset ^ side.mask);
    }
}
