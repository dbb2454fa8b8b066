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
import io.cordon.bench.Peers.Unsafe;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;

/**
 * Does the check cost the same at every width? {@link FastPathBenchmark} has 8 bytes, this class all others.
 *
 * <p>Pairs: each side against {@code raw}; {@code raw}, region and {@code Unsafe}, which checks nothing, in a {@code
 * static final} field as well. Chronicle has no absolute access of a {@code char}.
 *
 * <p>Controls: a long; one more branch; two loads. The measurement is wrong if the raw widths differ among each other
 * by more than their errors, or if two loads cost no more than one.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = {
    Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.OPEN_LANG, Peers.OPEN_REFLECT, Peers.OPEN_NIO, Peers.OPEN_CHANNELS,
    Peers.ALLOW_UNSAFE})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class WidthBenchmark {
    @Benchmark
    public byte rawLoadByteField(final Raw side) {
        return side.segment.get(ValueLayout.JAVA_BYTE, side.offset);
    }

    @Benchmark
    public byte regionLoadByteField(final Guarded side) {
        return side.region.getByte(side.offset);
    }

    @Benchmark
    public byte unsafeLoadByteField(final Unsafe side) {
        return UnsafeMemory.getByte(side.address + side.offset);
    }

    @Benchmark
    public byte bufferLoadByteField(final Buffer side) {
        return side.buffer.get(side.index);
    }

    @Benchmark
    public byte agronaLoadByteField(final Agrona side) {
        return side.buffer.getByte(side.index);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public byte agronaUncheckedLoadByteField(final AgronaUnchecked side) {
        return side.buffer.getByte(side.index);
    }

    @Benchmark
    public byte chronicleLoadByteField(final Chronicle side) {
        return side.bytes.readByte(side.offset);
    }

    @Benchmark
    public byte rawLoadByteStatic(final Raw side) {
        return ConstantSegment.SEGMENT.get(ValueLayout.JAVA_BYTE, side.offset);
    }

    @Benchmark
    public byte regionLoadByteStatic(final Guarded side) {
        return ConstantRegion.REGION.getByte(side.offset);
    }

    @Benchmark
    public byte unsafeLoadByteStatic(final Unsafe side) {
        return UnsafeMemory.getByte(ConstantAddress.ADDRESS + side.offset);
    }

    @Benchmark
    public void rawStoreByteField(final Raw side) {
        side.segment.set(ValueLayout.JAVA_BYTE, side.offset, (byte) side.random);
    }

    @Benchmark
    public void regionStoreByteField(final Guarded side) {
        side.region.putByte(side.offset, (byte) side.random);
    }

    @Benchmark
    public void unsafeStoreByteField(final Unsafe side) {
        UnsafeMemory.putByte(side.address + side.offset, (byte) side.random);
    }

    @Benchmark
    public void bufferStoreByteField(final Buffer side) {
        side.buffer.put(side.index, (byte) side.random);
    }

    @Benchmark
    public void agronaStoreByteField(final Agrona side) {
        side.buffer.putByte(side.index, (byte) side.random);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public void agronaUncheckedStoreByteField(final AgronaUnchecked side) {
        side.buffer.putByte(side.index, (byte) side.random);
    }

    @Benchmark
    public void chronicleStoreByteField(final Chronicle side) {
        side.bytes.writeByte(side.offset, (byte) side.random);
    }

    @Benchmark
    public void rawStoreByteStatic(final Raw side) {
        ConstantSegment.SEGMENT.set(ValueLayout.JAVA_BYTE, side.offset, (byte) side.random);
    }

    @Benchmark
    public void regionStoreByteStatic(final Guarded side) {
        ConstantRegion.REGION.putByte(side.offset, (byte) side.random);
    }

    @Benchmark
    public void unsafeStoreByteStatic(final Unsafe side) {
        UnsafeMemory.putByte(ConstantAddress.ADDRESS + side.offset, (byte) side.random);
    }

    @Benchmark
    public short rawLoadShortField(final Raw side) {
        return side.segment.get(ValueLayout.JAVA_SHORT_UNALIGNED, side.offset);
    }

    @Benchmark
    public short regionLoadShortField(final Guarded side) {
        return side.region.getShort(side.offset);
    }

    @Benchmark
    public short unsafeLoadShortField(final Unsafe side) {
        return UnsafeMemory.getShort(side.address + side.offset);
    }

    @Benchmark
    public short bufferLoadShortField(final Buffer side) {
        return side.buffer.getShort(side.index);
    }

    @Benchmark
    public short agronaLoadShortField(final Agrona side) {
        return side.buffer.getShort(side.index);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public short agronaUncheckedLoadShortField(final AgronaUnchecked side) {
        return side.buffer.getShort(side.index);
    }

    @Benchmark
    public short chronicleLoadShortField(final Chronicle side) {
        return side.bytes.readShort(side.offset);
    }

    @Benchmark
    public short rawLoadShortStatic(final Raw side) {
        return ConstantSegment.SEGMENT.get(ValueLayout.JAVA_SHORT_UNALIGNED, side.offset);
    }

    @Benchmark
    public short regionLoadShortStatic(final Guarded side) {
        return ConstantRegion.REGION.getShort(side.offset);
    }

    @Benchmark
    public short unsafeLoadShortStatic(final Unsafe side) {
        return UnsafeMemory.getShort(ConstantAddress.ADDRESS + side.offset);
    }

    @Benchmark
    public void rawStoreShortField(final Raw side) {
        side.segment.set(ValueLayout.JAVA_SHORT_UNALIGNED, side.offset, (short) side.random);
    }

    @Benchmark
    public void regionStoreShortField(final Guarded side) {
        side.region.putShort(side.offset, (short) side.random);
    }

    @Benchmark
    public void unsafeStoreShortField(final Unsafe side) {
        UnsafeMemory.putShort(side.address + side.offset, (short) side.random);
    }

    @Benchmark
    public void bufferStoreShortField(final Buffer side) {
        side.buffer.putShort(side.index, (short) side.random);
    }

    @Benchmark
    public void agronaStoreShortField(final Agrona side) {
        side.buffer.putShort(side.index, (short) side.random);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public void agronaUncheckedStoreShortField(final AgronaUnchecked side) {
        side.buffer.putShort(side.index, (short) side.random);
    }

    @Benchmark
    public void chronicleStoreShortField(final Chronicle side) {
        side.bytes.writeShort(side.offset, (short) side.random);
    }

    @Benchmark
    public void rawStoreShortStatic(final Raw side) {
        ConstantSegment.SEGMENT.set(ValueLayout.JAVA_SHORT_UNALIGNED, side.offset, (short) side.random);
    }

    @Benchmark
    public void regionStoreShortStatic(final Guarded side) {
        ConstantRegion.REGION.putShort(side.offset, (short) side.random);
    }

    @Benchmark
    public void unsafeStoreShortStatic(final Unsafe side) {
        UnsafeMemory.putShort(ConstantAddress.ADDRESS + side.offset, (short) side.random);
    }

    @Benchmark
    public char rawLoadCharField(final Raw side) {
        return side.segment.get(ValueLayout.JAVA_CHAR_UNALIGNED, side.offset);
    }

    @Benchmark
    public char regionLoadCharField(final Guarded side) {
        return side.region.getChar(side.offset);
    }

    @Benchmark
    public char unsafeLoadCharField(final Unsafe side) {
        return UnsafeMemory.getChar(side.address + side.offset);
    }

    @Benchmark
    public char bufferLoadCharField(final Buffer side) {
        return side.buffer.getChar(side.index);
    }

    @Benchmark
    public char agronaLoadCharField(final Agrona side) {
        return side.buffer.getChar(side.index);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public char agronaUncheckedLoadCharField(final AgronaUnchecked side) {
        return side.buffer.getChar(side.index);
    }

    @Benchmark
    public char rawLoadCharStatic(final Raw side) {
        return ConstantSegment.SEGMENT.get(ValueLayout.JAVA_CHAR_UNALIGNED, side.offset);
    }

    @Benchmark
    public char regionLoadCharStatic(final Guarded side) {
        return ConstantRegion.REGION.getChar(side.offset);
    }

    @Benchmark
    public char unsafeLoadCharStatic(final Unsafe side) {
        return UnsafeMemory.getChar(ConstantAddress.ADDRESS + side.offset);
    }

    @Benchmark
    public void rawStoreCharField(final Raw side) {
        side.segment.set(ValueLayout.JAVA_CHAR_UNALIGNED, side.offset, (char) side.random);
    }

    @Benchmark
    public void regionStoreCharField(final Guarded side) {
        side.region.putChar(side.offset, (char) side.random);
    }

    @Benchmark
    public void unsafeStoreCharField(final Unsafe side) {
        UnsafeMemory.putChar(side.address + side.offset, (char) side.random);
    }

    @Benchmark
    public void bufferStoreCharField(final Buffer side) {
        side.buffer.putChar(side.index, (char) side.random);
    }

    @Benchmark
    public void agronaStoreCharField(final Agrona side) {
        side.buffer.putChar(side.index, (char) side.random);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public void agronaUncheckedStoreCharField(final AgronaUnchecked side) {
        side.buffer.putChar(side.index, (char) side.random);
    }

    @Benchmark
    public void rawStoreCharStatic(final Raw side) {
        ConstantSegment.SEGMENT.set(ValueLayout.JAVA_CHAR_UNALIGNED, side.offset, (char) side.random);
    }

    @Benchmark
    public void regionStoreCharStatic(final Guarded side) {
        ConstantRegion.REGION.putChar(side.offset, (char) side.random);
    }

    @Benchmark
    public void unsafeStoreCharStatic(final Unsafe side) {
        UnsafeMemory.putChar(ConstantAddress.ADDRESS + side.offset, (char) side.random);
    }

    @Benchmark
    public int rawLoadIntField(final Raw side) {
        return side.segment.get(ValueLayout.JAVA_INT_UNALIGNED, side.offset);
    }

    @Benchmark
    public int regionLoadIntField(final Guarded side) {
        return side.region.getInt(side.offset);
    }

    @Benchmark
    public int unsafeLoadIntField(final Unsafe side) {
        return UnsafeMemory.getInt(side.address + side.offset);
    }

    @Benchmark
    public int bufferLoadIntField(final Buffer side) {
        return side.buffer.getInt(side.index);
    }

    @Benchmark
    public int agronaLoadIntField(final Agrona side) {
        return side.buffer.getInt(side.index);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public int agronaUncheckedLoadIntField(final AgronaUnchecked side) {
        return side.buffer.getInt(side.index);
    }

    @Benchmark
    public int chronicleLoadIntField(final Chronicle side) {
        return side.bytes.readInt(side.offset);
    }

    @Benchmark
    public int rawLoadIntStatic(final Raw side) {
        return ConstantSegment.SEGMENT.get(ValueLayout.JAVA_INT_UNALIGNED, side.offset);
    }

    @Benchmark
    public int regionLoadIntStatic(final Guarded side) {
        return ConstantRegion.REGION.getInt(side.offset);
    }

    @Benchmark
    public int unsafeLoadIntStatic(final Unsafe side) {
        return UnsafeMemory.getInt(ConstantAddress.ADDRESS + side.offset);
    }

    @Benchmark
    public void rawStoreIntField(final Raw side) {
        side.segment.set(ValueLayout.JAVA_INT_UNALIGNED, side.offset, (int) side.random);
    }

    @Benchmark
    public void regionStoreIntField(final Guarded side) {
        side.region.putInt(side.offset, (int) side.random);
    }

    @Benchmark
    public void unsafeStoreIntField(final Unsafe side) {
        UnsafeMemory.putInt(side.address + side.offset, (int) side.random);
    }

    @Benchmark
    public void bufferStoreIntField(final Buffer side) {
        side.buffer.putInt(side.index, (int) side.random);
    }

    @Benchmark
    public void agronaStoreIntField(final Agrona side) {
        side.buffer.putInt(side.index, (int) side.random);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public void agronaUncheckedStoreIntField(final AgronaUnchecked side) {
        side.buffer.putInt(side.index, (int) side.random);
    }

    @Benchmark
    public void chronicleStoreIntField(final Chronicle side) {
        side.bytes.writeInt(side.offset, (int) side.random);
    }

    @Benchmark
    public void rawStoreIntStatic(final Raw side) {
        ConstantSegment.SEGMENT.set(ValueLayout.JAVA_INT_UNALIGNED, side.offset, (int) side.random);
    }

    @Benchmark
    public void regionStoreIntStatic(final Guarded side) {
        ConstantRegion.REGION.putInt(side.offset, (int) side.random);
    }

    @Benchmark
    public void unsafeStoreIntStatic(final Unsafe side) {
        UnsafeMemory.putInt(ConstantAddress.ADDRESS + side.offset, (int) side.random);
    }

    @Benchmark
    public float rawLoadFloatField(final Raw side) {
        return side.segment.get(ValueLayout.JAVA_FLOAT_UNALIGNED, side.offset);
    }

    @Benchmark
    public float regionLoadFloatField(final Guarded side) {
        return side.region.getFloat(side.offset);
    }

    @Benchmark
    public float unsafeLoadFloatField(final Unsafe side) {
        return UnsafeMemory.getFloat(side.address + side.offset);
    }

    @Benchmark
    public float bufferLoadFloatField(final Buffer side) {
        return side.buffer.getFloat(side.index);
    }

    @Benchmark
    public float agronaLoadFloatField(final Agrona side) {
        return side.buffer.getFloat(side.index);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public float agronaUncheckedLoadFloatField(final AgronaUnchecked side) {
        return side.buffer.getFloat(side.index);
    }

    @Benchmark
    public float chronicleLoadFloatField(final Chronicle side) {
        return side.bytes.readFloat(side.offset);
    }

    @Benchmark
    public float rawLoadFloatStatic(final Raw side) {
        return ConstantSegment.SEGMENT.get(ValueLayout.JAVA_FLOAT_UNALIGNED, side.offset);
    }

    @Benchmark
    public float regionLoadFloatStatic(final Guarded side) {
        return ConstantRegion.REGION.getFloat(side.offset);
    }

    @Benchmark
    public float unsafeLoadFloatStatic(final Unsafe side) {
        return UnsafeMemory.getFloat(ConstantAddress.ADDRESS + side.offset);
    }

    @Benchmark
    public void rawStoreFloatField(final Raw side) {
        side.segment.set(ValueLayout.JAVA_FLOAT_UNALIGNED, side.offset, side.floatValue);
    }

    @Benchmark
    public void regionStoreFloatField(final Guarded side) {
        side.region.putFloat(side.offset, side.floatValue);
    }

    @Benchmark
    public void unsafeStoreFloatField(final Unsafe side) {
        UnsafeMemory.putFloat(side.address + side.offset, side.floatValue);
    }

    @Benchmark
    public void bufferStoreFloatField(final Buffer side) {
        side.buffer.putFloat(side.index, side.floatValue);
    }

    @Benchmark
    public void agronaStoreFloatField(final Agrona side) {
        side.buffer.putFloat(side.index, side.floatValue);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public void agronaUncheckedStoreFloatField(final AgronaUnchecked side) {
        side.buffer.putFloat(side.index, side.floatValue);
    }

    @Benchmark
    public void chronicleStoreFloatField(final Chronicle side) {
        side.bytes.writeFloat(side.offset, side.floatValue);
    }

    @Benchmark
    public void rawStoreFloatStatic(final Raw side) {
        ConstantSegment.SEGMENT.set(ValueLayout.JAVA_FLOAT_UNALIGNED, side.offset, side.floatValue);
    }

    @Benchmark
    public void regionStoreFloatStatic(final Guarded side) {
        ConstantRegion.REGION.putFloat(side.offset, side.floatValue);
    }

    @Benchmark
    public void unsafeStoreFloatStatic(final Unsafe side) {
        UnsafeMemory.putFloat(ConstantAddress.ADDRESS + side.offset, side.floatValue);
    }

    @Benchmark
    public double rawLoadDoubleField(final Raw side) {
        return side.segment.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, side.offset);
    }

    @Benchmark
    public double regionLoadDoubleField(final Guarded side) {
        return side.region.getDouble(side.offset);
    }

    @Benchmark
    public double unsafeLoadDoubleField(final Unsafe side) {
        return UnsafeMemory.getDouble(side.address + side.offset);
    }

    @Benchmark
    public double bufferLoadDoubleField(final Buffer side) {
        return side.buffer.getDouble(side.index);
    }

    @Benchmark
    public double agronaLoadDoubleField(final Agrona side) {
        return side.buffer.getDouble(side.index);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public double agronaUncheckedLoadDoubleField(final AgronaUnchecked side) {
        return side.buffer.getDouble(side.index);
    }

    @Benchmark
    public double chronicleLoadDoubleField(final Chronicle side) {
        return side.bytes.readDouble(side.offset);
    }

    @Benchmark
    public double rawLoadDoubleStatic(final Raw side) {
        return ConstantSegment.SEGMENT.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, side.offset);
    }

    @Benchmark
    public double regionLoadDoubleStatic(final Guarded side) {
        return ConstantRegion.REGION.getDouble(side.offset);
    }

    @Benchmark
    public double unsafeLoadDoubleStatic(final Unsafe side) {
        return UnsafeMemory.getDouble(ConstantAddress.ADDRESS + side.offset);
    }

    @Benchmark
    public void rawStoreDoubleField(final Raw side) {
        side.segment.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, side.offset, side.doubleValue);
    }

    @Benchmark
    public void regionStoreDoubleField(final Guarded side) {
        side.region.putDouble(side.offset, side.doubleValue);
    }

    @Benchmark
    public void unsafeStoreDoubleField(final Unsafe side) {
        UnsafeMemory.putDouble(side.address + side.offset, side.doubleValue);
    }

    @Benchmark
    public void bufferStoreDoubleField(final Buffer side) {
        side.buffer.putDouble(side.index, side.doubleValue);
    }

    @Benchmark
    public void agronaStoreDoubleField(final Agrona side) {
        side.buffer.putDouble(side.index, side.doubleValue);
    }

    @Benchmark
    @Fork(value = 3, jvmArgsAppend = {Peers.NATIVE_ACCESS, Peers.OPEN_MISC, Peers.UNCHECKED})
    public void agronaUncheckedStoreDoubleField(final AgronaUnchecked side) {
        side.buffer.putDouble(side.index, side.doubleValue);
    }

    @Benchmark
    public void chronicleStoreDoubleField(final Chronicle side) {
        side.bytes.writeDouble(side.offset, side.doubleValue);
    }

    @Benchmark
    public void rawStoreDoubleStatic(final Raw side) {
        ConstantSegment.SEGMENT.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, side.offset, side.doubleValue);
    }

    @Benchmark
    public void regionStoreDoubleStatic(final Guarded side) {
        ConstantRegion.REGION.putDouble(side.offset, side.doubleValue);
    }

    @Benchmark
    public void unsafeStoreDoubleStatic(final Unsafe side) {
        UnsafeMemory.putDouble(ConstantAddress.ADDRESS + side.offset, side.doubleValue);
    }

    @Benchmark
    public long controlLoadLongField(final Raw side) {
        return side.segment.get(Mappings.LONG, side.offset);
    }

    @Benchmark
    public int controlTwoLoadsIntField(final Raw side) {
        return side.segment.get(ValueLayout.JAVA_INT_UNALIGNED, side.offset)
            ^ side.segment.get(ValueLayout.JAVA_INT_UNALIGNED, side.offset ^ side.mask);
    }

    @Benchmark
    public int controlLoadAndBranchIntField(final Raw side) {
        final int value = side.segment.get(ValueLayout.JAVA_INT_UNALIGNED, side.offset);
        if (value == (int) side.random) {
            throw new IllegalStateException("a value that the file does not hold");
        }
        return value;
    }
}
