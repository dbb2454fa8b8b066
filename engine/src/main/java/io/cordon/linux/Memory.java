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
package io.cordon.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * All of memory by address, for memory whose lifetime Cordon guards itself.
 *
 * <p>One segment in a {@code static final} field costs C2 a single compare an access; a segment in an instance field
 * costs five branches and seven loads. What it gives up is every check: callers know that the address is mapped.
 */
public final class Memory {
    /** Every address that a process may have, and more, so that its end plus any length is still a {@code long}. */
    @SuppressWarnings("restricted")
    public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(1L << 62);
    /**
     * The bits that addresses are made of, on every processor: an address anded with them is the same address, of which
     * C2 knows that it lies in {@link #ALL}, and need not test it.
     */
    public static final long ADDRESSES = (1L << 56) - 1;

    private static final int MOST_USUAL = 1 << 30;
    private static final ValueLayout.OfLong UNCHECKED = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    private Memory() {
    }

    /**
     * Plain load of 8 bytes.
     *
     * @param address where; a multiple of 8 if the load must not tear.
     * @return the value.
     */
    public static long getLong(final long address) {
        return ALL.get(UNCHECKED, address);
    }

    /**
     * Load of 8 bytes with volatile semantics.
     *
     * @param address where; a multiple of 8.
     * @return the value.
     */
    public static long getLongVolatile(final long address) {
        return (long) LONG.getVolatile(ALL, address);
    }

    /**
     * Store of a byte with volatile semantics.
     *
     * @param address where.
     * @param value   what to store.
     */
    public static void putByteVolatile(final long address, final byte value) {
        BYTE.setVolatile(ALL, address, value);
    }

    /**
     * Store of 8 bytes with volatile semantics.
     *
     * @param address where; a multiple of 8.
     * @param value   what to store.
     */
    public static void putLongVolatile(final long address, final long value) {
        LONG.setVolatile(ALL, address, value);
    }

    /**
     * Atomic exchange.
     *
     * @param address where; a multiple of 8.
     * @param value   what to store.
     * @return the value before.
     */
    public static long getAndSetLong(final long address, final long value) {
        return (long) LONG.getAndSet(ALL, address, value);
    }

    /**
     * Atomic addition.
     *
     * @param address where; a multiple of 8.
     * @param delta   what to add.
     * @return the value before.
     */
    public static long getAndAddLong(final long address, final long delta) {
        return (long) LONG.getAndAdd(ALL, address, delta);
    }

    /**
     * Atomic or.
     *
     * @param address where; a multiple of 8.
     * @param bits    what to set.
     * @return the value before.
     */
    public static long getAndBitwiseOrLong(final long address, final long bits) {
        return (long) LONG.getAndBitwiseOr(ALL, address, bits);
    }

    /**
     * Atomic and.
     *
     * @param address where; a multiple of 8.
     * @param bits    what to keep.
     * @return the value before.
     */
    public static long getAndBitwiseAndLong(final long address, final long bits) {
        return (long) LONG.getAndBitwiseAnd(ALL, address, bits);
    }

    /**
     * Atomic compare and set.
     *
     * @param address  where; a multiple of 8.
     * @param expected the value that must be there.
     * @param value    what to store then.
     * @return whether it was there.
     */
    public static boolean compareAndSetLong(final long address, final long expected, final long value) {
        return LONG.compareAndSet(ALL, address, expected, value);
    }

    /**
     * What a length is if it is from 1 to 2^30, else another number from that range. C2 knows the range, and leaves out
     * the tests of {@link MemorySegment#copy} for lengths that are negative, zero, or more than {@link #ALL} holds.
     *
     * @param length in bytes.
     * @return from 1 to 2^30.
     */
    public static int usualLength(final long length) {
        return (int) (length - 1 & MOST_USUAL - 1) + 1;
    }

    /**
     * A slice of all of memory.
     *
     * @param address first byte.
     * @param length  in bytes.
     * @return the slice; nobody checks that it is mapped.
     */
    public static MemorySegment slice(final long address, final long length) {
        return ALL.asSlice(address, length);
    }
}
