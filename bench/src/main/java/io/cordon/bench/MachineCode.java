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

import io.cordon.Region;
import io.cordon.bench.Mappings.ConstantRegion;
import io.cordon.bench.Mappings.ConstantSegment;
import io.cordon.bench.Mappings.Degraded;
import io.cordon.bench.Mappings.Raw;
import io.cordon.bench.Mappings.Side;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongConsumer;
import java.util.function.LongUnaryOperator;

/**
 * One access in a method of its own, called until C2 has compiled it, for {@code bench/machine-code} to print.
 */
public final class MachineCode {
    private static final int CALLS = 200_000;
    private static final int COPIED = 64;

    private final Region region;
    private final MemorySegment segment;
    private final byte[] heap = new byte[COPIED];
    private final MemorySegment memory = Arena.global().allocate(COPIED, COPIED);
    /** Not initialised here: C2 must not know it. */
    private final int length;

    private MachineCode(final Region region, final MemorySegment segment) {
        this.region = region;
        this.segment = segment;
        length = heap.length;
    }

    long rawLoadField(final long offset) {
        return segment.get(Mappings.LONG, offset);
    }

    long regionLoadField(final long offset) {
        return region.getLong(offset);
    }

    void rawStoreField(final long offset) {
        segment.set(Mappings.LONG, offset, offset);
    }

    void regionStoreField(final long offset) {
        region.putLong(offset, offset);
    }

    static long rawLoadStatic(final long offset) {
        return ConstantSegment.SEGMENT.get(Mappings.LONG, offset);
    }

    static long regionLoadStatic(final long offset) {
        return ConstantRegion.REGION.getLong(offset);
    }

    static void rawStoreStatic(final long offset) {
        ConstantSegment.SEGMENT.set(Mappings.LONG, offset, offset);
    }

    static void regionStoreStatic(final long offset) {
        ConstantRegion.REGION.putLong(offset, offset);
    }

    void rawGetHeap(final long offset) {
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, heap, 0, length);
    }

    void regionGetHeap(final long offset) {
        region.get(offset, heap, 0, length);
    }

    void rawPutHeap(final long offset) {
        MemorySegment.copy(heap, 0, segment, ValueLayout.JAVA_BYTE, offset, length);
    }

    void regionPutHeap(final long offset) {
        region.put(offset, heap, 0, length);
    }

    void rawGetNative(final long offset) {
        MemorySegment.copy(segment, offset, memory, 0, length);
    }

    void regionGetNative(final long offset) {
        region.get(offset, memory, 0, length);
    }

    void rawPutNative(final long offset) {
        MemorySegment.copy(memory, 0, segment, offset, length);
    }

    void regionPutNative(final long offset) {
        region.put(offset, memory, 0, length);
    }

    private static void call(final Side side, final LongUnaryOperator access) {
        long sum = 0;
        for (int i = 0; i < CALLS; i++) {
            sum += access.applyAsLong((long) i * COPIED & side.mask & -COPIED);
        }
        System.out.println("sum " + sum);
    }

    private static LongUnaryOperator copy(final LongConsumer copy) {
        return offset -> {
            copy.accept(offset);
            return offset;
        };
    }

    /**
     * Calls one of the methods.
     *
     * @param args the method's name; for a region {@code clean}, or {@code elsewhere} if it is to have a lost line.
     */
    public static void main(final String[] args) throws IOException {
        final boolean isRaw = args[0].startsWith("raw");
        final Raw raw = new Raw();
        final Degraded guarded = new Degraded();
        guarded.poison = args.length > 1 ? args[1] : "clean";
        final Side side = isRaw ? raw : guarded;
        side.setUp();
        final MachineCode field = new MachineCode(guarded.region, raw.segment);
        call(side, switch (args[0]) {
            case "rawLoadField" -> field::rawLoadField;
            case "regionLoadField" -> field::regionLoadField;
            case "rawLoadStatic" -> MachineCode::rawLoadStatic;
            case "regionLoadStatic" -> MachineCode::regionLoadStatic;
            case "rawStoreField" -> offset -> {
                field.rawStoreField(offset);
                return offset;
            };
            case "regionStoreField" -> offset -> {
                field.regionStoreField(offset);
                return offset;
            };
            case "rawStoreStatic" -> offset -> {
                rawStoreStatic(offset);
                return offset;
            };
            case "regionStoreStatic" -> offset -> {
                regionStoreStatic(offset);
                return offset;
            };
            case "rawGetHeap" -> copy(field::rawGetHeap);
            case "regionGetHeap" -> copy(field::regionGetHeap);
            case "rawPutHeap" -> copy(field::rawPutHeap);
            case "regionPutHeap" -> copy(field::regionPutHeap);
            case "rawGetNative" -> copy(field::rawGetNative);
            case "regionGetNative" -> copy(field::regionGetNative);
            case "rawPutNative" -> copy(field::rawPutNative);
            case "regionPutNative" -> copy(field::regionPutNative);
            default -> throw new IllegalArgumentException("no method " + args[0]);
        });
    }
}
