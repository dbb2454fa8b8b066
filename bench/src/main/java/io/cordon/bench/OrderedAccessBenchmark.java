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
import io.cordon.bench.Mappings.Guarded;
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

import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;

/**
 * What does an ordered access or an atomic update cost, against the {@code VarHandle} on the raw segment?
 *
 * <p>Pairs: each side against {@code raw}, in an instance field and in a {@code static final} one; 8 bytes, and 4 for
 * the region. {@code Unsafe} and Chronicle know no acquire of their own, only volatile; Chronicle adds and gets.
 * {@code Unsafe} is the access with no check at all. Compare-and-set meets another value than it expects at first, and
 * fails; it costs the same locked instruction.
 *
 * <p>Controls: the plain load and store, which on x86-64 cost what acquire and release do, and a tenth of a volatile
 * store; one more branch; two additions. The measurement is wrong if two additions do not cost twice one, or if a
 * volatile store is as cheap as a plain one.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = {
    Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.OPEN_LANG, Peers.OPEN_REFLECT, Peers.OPEN_NIO, Peers.OPEN_CHANNELS,
    Peers.ALLOW_UNSAFE})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class OrderedAccessBenchmark {
    private static final VarHandle HANDLE = ValueLayout.JAVA_LONG.varHandle();
    private static final VarHandle INT_HANDLE = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle BUFFER_HANDLE =
        MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    @Benchmark
    public long rawAcquireField(final Raw side) {
        return (long) HANDLE.getAcquire(side.segment, side.offset);
    }

    @Benchmark
    public long regionAcquireField(final Guarded side) {
        return side.region.getLongAcquire(side.offset);
    }

    @Benchmark
    public long bufferAcquireField(final Buffer side) {
        return (long) BUFFER_HANDLE.getAcquire(side.buffer, side.index);
    }

    @Benchmark
    public long agronaAcquireField(final Agrona side) {
        return side.buffer.getLongAcquire(side.index);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public long agronaUncheckedAcquireField(final AgronaUnchecked side) {
        return side.buffer.getLongAcquire(side.index);
    }

    @Benchmark
    public long rawAcquireStatic(final Raw side) {
        return (long) HANDLE.getAcquire(ConstantSegment.SEGMENT, side.offset);
    }

    @Benchmark
    public long regionAcquireStatic(final Guarded side) {
        return ConstantRegion.REGION.getLongAcquire(side.offset);
    }

    @Benchmark
    public long bufferAcquireStatic(final Buffer side) {
        return (long) BUFFER_HANDLE.getAcquire(ConstantBuffer.BUFFER, side.index);
    }

    @Benchmark
    public long agronaAcquireStatic(final Agrona side) {
        return ConstantAgrona.BUFFER.getLongAcquire(side.index);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public long agronaUncheckedAcquireStatic(final AgronaUnchecked side) {
        return ConstantAgrona.BUFFER.getLongAcquire(side.index);
    }

    @Benchmark
    public void rawReleaseField(final Raw side) {
        HANDLE.setRelease(side.segment, side.offset, side.random);
    }

    @Benchmark
    public void regionReleaseField(final Guarded side) {
        side.region.putLongRelease(side.offset, side.random);
    }

    @Benchmark
    public void unsafeReleaseField(final Unsafe side) {
        UnsafeMemory.putLongOrdered(side.address + side.offset, side.random);
    }

    @Benchmark
    public void bufferReleaseField(final Buffer side) {
        BUFFER_HANDLE.setRelease(side.buffer, side.index, side.random);
    }

    @Benchmark
    public void agronaReleaseField(final Agrona side) {
        side.buffer.putLongRelease(side.index, side.random);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public void agronaUncheckedReleaseField(final AgronaUnchecked side) {
        side.buffer.putLongRelease(side.index, side.random);
    }

    @Benchmark
    public void chronicleReleaseField(final Chronicle side) {
        side.bytes.writeOrderedLong(side.offset, side.random);
    }

    @Benchmark
    public void rawReleaseStatic(final Raw side) {
        HANDLE.setRelease(ConstantSegment.SEGMENT, side.offset, side.random);
    }

    @Benchmark
    public void regionReleaseStatic(final Guarded side) {
        ConstantRegion.REGION.putLongRelease(side.offset, side.random);
    }

    @Benchmark
    public void unsafeReleaseStatic(final Unsafe side) {
        UnsafeMemory.putLongOrdered(ConstantAddress.ADDRESS + side.offset, side.random);
    }

    @Benchmark
    public void bufferReleaseStatic(final Buffer side) {
        BUFFER_HANDLE.setRelease(ConstantBuffer.BUFFER, side.index, side.random);
    }

    @Benchmark
    public void agronaReleaseStatic(final Agrona side) {
        ConstantAgrona.BUFFER.putLongRelease(side.index, side.random);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public void agronaUncheckedReleaseStatic(final AgronaUnchecked side) {
        ConstantAgrona.BUFFER.putLongRelease(side.index, side.random);
    }

    @Benchmark
    public void chronicleReleaseStatic(final Chronicle side) {
        ConstantChronicle.BYTES.writeOrderedLong(side.offset, side.random);
    }

    @Benchmark
    public long rawVolatileLoadField(final Raw side) {
        return (long) HANDLE.getVolatile(side.segment, side.offset);
    }

    @Benchmark
    public long regionVolatileLoadField(final Guarded side) {
        return side.region.getLongVolatile(side.offset);
    }

    @Benchmark
    public long unsafeVolatileLoadField(final Unsafe side) {
        return UnsafeMemory.getLongVolatile(side.address + side.offset);
    }

    @Benchmark
    public long bufferVolatileLoadField(final Buffer side) {
        return (long) BUFFER_HANDLE.getVolatile(side.buffer, side.index);
    }

    @Benchmark
    public long agronaVolatileLoadField(final Agrona side) {
        return side.buffer.getLongVolatile(side.index);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public long agronaUncheckedVolatileLoadField(final AgronaUnchecked side) {
        return side.buffer.getLongVolatile(side.index);
    }

    @Benchmark
    public long chronicleVolatileLoadField(final Chronicle side) {
        return side.bytes.readVolatileLong(side.offset);
    }

    @Benchmark
    public long rawVolatileLoadStatic(final Raw side) {
        return (long) HANDLE.getVolatile(ConstantSegment.SEGMENT, side.offset);
    }

    @Benchmark
    public long regionVolatileLoadStatic(final Guarded side) {
        return ConstantRegion.REGION.getLongVolatile(side.offset);
    }

    @Benchmark
    public long unsafeVolatileLoadStatic(final Unsafe side) {
        return UnsafeMemory.getLongVolatile(ConstantAddress.ADDRESS + side.offset);
    }

    @Benchmark
    public long bufferVolatileLoadStatic(final Buffer side) {
        return (long) BUFFER_HANDLE.getVolatile(ConstantBuffer.BUFFER, side.index);
    }

    @Benchmark
    public long agronaVolatileLoadStatic(final Agrona side) {
        return ConstantAgrona.BUFFER.getLongVolatile(side.index);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public long agronaUncheckedVolatileLoadStatic(final AgronaUnchecked side) {
        return ConstantAgrona.BUFFER.getLongVolatile(side.index);
    }

    @Benchmark
    public long chronicleVolatileLoadStatic(final Chronicle side) {
        return ConstantChronicle.BYTES.readVolatileLong(side.offset);
    }

    @Benchmark
    public void rawVolatileStoreField(final Raw side) {
        HANDLE.setVolatile(side.segment, side.offset, side.random);
    }

    @Benchmark
    public void regionVolatileStoreField(final Guarded side) {
        side.region.putLongVolatile(side.offset, side.random);
    }

    @Benchmark
    public void unsafeVolatileStoreField(final Unsafe side) {
        UnsafeMemory.putLongVolatile(side.address + side.offset, side.random);
    }

    @Benchmark
    public void bufferVolatileStoreField(final Buffer side) {
        BUFFER_HANDLE.setVolatile(side.buffer, side.index, side.random);
    }

    @Benchmark
    public void agronaVolatileStoreField(final Agrona side) {
        side.buffer.putLongVolatile(side.index, side.random);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public void agronaUncheckedVolatileStoreField(final AgronaUnchecked side) {
        side.buffer.putLongVolatile(side.index, side.random);
    }

    @Benchmark
    public void chronicleVolatileStoreField(final Chronicle side) {
        side.bytes.writeVolatileLong(side.offset, side.random);
    }

    @Benchmark
    public void rawVolatileStoreStatic(final Raw side) {
        HANDLE.setVolatile(ConstantSegment.SEGMENT, side.offset, side.random);
    }

    @Benchmark
    public void regionVolatileStoreStatic(final Guarded side) {
        ConstantRegion.REGION.putLongVolatile(side.offset, side.random);
    }

    @Benchmark
    public void unsafeVolatileStoreStatic(final Unsafe side) {
        UnsafeMemory.putLongVolatile(ConstantAddress.ADDRESS + side.offset, side.random);
    }

    @Benchmark
    public void bufferVolatileStoreStatic(final Buffer side) {
        BUFFER_HANDLE.setVolatile(ConstantBuffer.BUFFER, side.index, side.random);
    }

    @Benchmark
    public void agronaVolatileStoreStatic(final Agrona side) {
        ConstantAgrona.BUFFER.putLongVolatile(side.index, side.random);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public void agronaUncheckedVolatileStoreStatic(final AgronaUnchecked side) {
        ConstantAgrona.BUFFER.putLongVolatile(side.index, side.random);
    }

    @Benchmark
    public void chronicleVolatileStoreStatic(final Chronicle side) {
        ConstantChronicle.BYTES.writeVolatileLong(side.offset, side.random);
    }

    @Benchmark
    public boolean rawCompareAndSetField(final Raw side) {
        return HANDLE.compareAndSet(side.segment, side.offset, side.random, side.random);
    }

    @Benchmark
    public boolean regionCompareAndSetField(final Guarded side) {
        return side.region.compareAndSetLong(side.offset, side.random, side.random);
    }

    @Benchmark
    public boolean unsafeCompareAndSetField(final Unsafe side) {
        return UnsafeMemory.compareAndSetLong(side.address + side.offset, side.random, side.random);
    }

    @Benchmark
    public boolean bufferCompareAndSetField(final Buffer side) {
        return BUFFER_HANDLE.compareAndSet(side.buffer, side.index, side.random, side.random);
    }

    @Benchmark
    public boolean agronaCompareAndSetField(final Agrona side) {
        return side.buffer.compareAndSetLong(side.index, side.random, side.random);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public boolean agronaUncheckedCompareAndSetField(final AgronaUnchecked side) {
        return side.buffer.compareAndSetLong(side.index, side.random, side.random);
    }

    @Benchmark
    public boolean chronicleCompareAndSetField(final Chronicle side) {
        return side.bytes.compareAndSwapLong(side.offset, side.random, side.random);
    }

    @Benchmark
    public boolean rawCompareAndSetStatic(final Raw side) {
        return HANDLE.compareAndSet(ConstantSegment.SEGMENT, side.offset, side.random, side.random);
    }

    @Benchmark
    public boolean regionCompareAndSetStatic(final Guarded side) {
        return ConstantRegion.REGION.compareAndSetLong(side.offset, side.random, side.random);
    }

    @Benchmark
    public boolean unsafeCompareAndSetStatic(final Unsafe side) {
        return UnsafeMemory.compareAndSetLong(ConstantAddress.ADDRESS + side.offset, side.random, side.random);
    }

    @Benchmark
    public boolean bufferCompareAndSetStatic(final Buffer side) {
        return BUFFER_HANDLE.compareAndSet(ConstantBuffer.BUFFER, side.index, side.random, side.random);
    }

    @Benchmark
    public boolean agronaCompareAndSetStatic(final Agrona side) {
        return ConstantAgrona.BUFFER.compareAndSetLong(side.index, side.random, side.random);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public boolean agronaUncheckedCompareAndSetStatic(final AgronaUnchecked side) {
        return ConstantAgrona.BUFFER.compareAndSetLong(side.index, side.random, side.random);
    }

    @Benchmark
    public boolean chronicleCompareAndSetStatic(final Chronicle side) {
        return ConstantChronicle.BYTES.compareAndSwapLong(side.offset, side.random, side.random);
    }

    @Benchmark
    public long rawGetAndAddField(final Raw side) {
        return (long) HANDLE.getAndAdd(side.segment, side.offset, side.random);
    }

    @Benchmark
    public long regionGetAndAddField(final Guarded side) {
        return side.region.getAndAddLong(side.offset, side.random);
    }

    @Benchmark
    public long unsafeGetAndAddField(final Unsafe side) {
        return UnsafeMemory.getAndAddLong(side.address + side.offset, side.random);
    }

    @Benchmark
    public long bufferGetAndAddField(final Buffer side) {
        return (long) BUFFER_HANDLE.getAndAdd(side.buffer, side.index, side.random);
    }

    @Benchmark
    public long agronaGetAndAddField(final Agrona side) {
        return side.buffer.getAndAddLong(side.index, side.random);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public long agronaUncheckedGetAndAddField(final AgronaUnchecked side) {
        return side.buffer.getAndAddLong(side.index, side.random);
    }

    @Benchmark
    public long chronicleGetAndAddField(final Chronicle side) {
        return side.bytes.addAndGetLong(side.offset, side.random);
    }

    @Benchmark
    public long rawGetAndAddStatic(final Raw side) {
        return (long) HANDLE.getAndAdd(ConstantSegment.SEGMENT, side.offset, side.random);
    }

    @Benchmark
    public long regionGetAndAddStatic(final Guarded side) {
        return ConstantRegion.REGION.getAndAddLong(side.offset, side.random);
    }

    @Benchmark
    public long unsafeGetAndAddStatic(final Unsafe side) {
        return UnsafeMemory.getAndAddLong(ConstantAddress.ADDRESS + side.offset, side.random);
    }

    @Benchmark
    public long bufferGetAndAddStatic(final Buffer side) {
        return (long) BUFFER_HANDLE.getAndAdd(ConstantBuffer.BUFFER, side.index, side.random);
    }

    @Benchmark
    public long agronaGetAndAddStatic(final Agrona side) {
        return ConstantAgrona.BUFFER.getAndAddLong(side.index, side.random);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public long agronaUncheckedGetAndAddStatic(final AgronaUnchecked side) {
        return ConstantAgrona.BUFFER.getAndAddLong(side.index, side.random);
    }

    @Benchmark
    public long chronicleGetAndAddStatic(final Chronicle side) {
        return ConstantChronicle.BYTES.addAndGetLong(side.offset, side.random);
    }

    @Benchmark
    public int rawAcquireIntField(final Raw side) {
        return (int) INT_HANDLE.getAcquire(side.segment, side.offset);
    }

    @Benchmark
    public int regionAcquireIntField(final Guarded side) {
        return side.region.getIntAcquire(side.offset);
    }

    @Benchmark
    public void rawReleaseIntField(final Raw side) {
        INT_HANDLE.setRelease(side.segment, side.offset, (int) side.random);
    }

    @Benchmark
    public void regionReleaseIntField(final Guarded side) {
        side.region.putIntRelease(side.offset, (int) side.random);
    }

    @Benchmark
    public int rawVolatileLoadIntField(final Raw side) {
        return (int) INT_HANDLE.getVolatile(side.segment, side.offset);
    }

    @Benchmark
    public int regionVolatileLoadIntField(final Guarded side) {
        return side.region.getIntVolatile(side.offset);
    }

    @Benchmark
    public void rawVolatileStoreIntField(final Raw side) {
        INT_HANDLE.setVolatile(side.segment, side.offset, (int) side.random);
    }

    @Benchmark
    public void regionVolatileStoreIntField(final Guarded side) {
        side.region.putIntVolatile(side.offset, (int) side.random);
    }

    @Benchmark
    public boolean rawCompareAndSetIntField(final Raw side) {
        return INT_HANDLE.compareAndSet(side.segment, side.offset, (int) side.random, (int) side.random);
    }

    @Benchmark
    public boolean regionCompareAndSetIntField(final Guarded side) {
        return side.region.compareAndSetInt(side.offset, (int) side.random, (int) side.random);
    }

    @Benchmark
    public int rawGetAndAddIntField(final Raw side) {
        return (int) INT_HANDLE.getAndAdd(side.segment, side.offset, (int) side.random);
    }

    @Benchmark
    public int regionGetAndAddIntField(final Guarded side) {
        return side.region.getAndAddInt(side.offset, (int) side.random);
    }

    @Benchmark
    public long controlPlainLoadField(final Raw side) {
        return side.segment.get(Mappings.LONG, side.offset);
    }

    @Benchmark
    public void controlPlainStoreField(final Raw side) {
        side.segment.set(Mappings.LONG, side.offset, side.random);
    }

    @Benchmark
    public long controlTwoGetAndAddsField(final Raw side) {
        return (long) HANDLE.getAndAdd(side.segment, side.offset, side.random)
            ^ (long) HANDLE.getAndAdd(side.segment, side.offset, side.random);
    }

    @Benchmark
    public boolean controlCompareAndSetAndBranchField(final Raw side) {
        final boolean set = HANDLE.compareAndSet(side.segment, side.offset, side.random, side.random);
        if (side.mask == side.offset) {
            throw new IllegalStateException("the offset is not the last");
        }
        return set;
    }
}
