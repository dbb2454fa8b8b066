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
package io.cordon.bench.orderbook;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A price level, as it lies in a line of its own: what can be lost at once is one level.
 *
 * @param quantity what is wanted at that price.
 * @param orders   how many orders made that.
 * @param sequence the last of them.
 */
record Level(long quantity, long orders, long sequence) {
    /** One line. */
    static final int LENGTH = 64;
    static final Level EMPTY = new Level(0, 0, 0);
    private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;
    private static final int CHECK = LENGTH - Long.BYTES;

    Level plus(final Order order) {
        return new Level(quantity + order.quantity(), orders + 1, order.sequence());
    }

    /** The level's bytes, with a check that no other number of a level, and no line of zeroes, has. */
    byte[] toBytes(final int number) {
        final byte[] bytes = new byte[LENGTH];
        final MemorySegment line = MemorySegment.ofArray(bytes);
        line.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, quantity);
        line.set(ValueLayout.JAVA_LONG_UNALIGNED, Long.BYTES, orders);
        line.set(ValueLayout.JAVA_LONG_UNALIGNED, 2 * Long.BYTES, sequence);
        line.set(ValueLayout.JAVA_LONG_UNALIGNED, CHECK, check(number));
        return bytes;
    }

    /** What a line holds, or null if that was not written to its end. */
    static Level of(final MemorySegment line, final int number) {
        final Level level = new Level(line.get(ValueLayout.JAVA_LONG_UNALIGNED, 0),
            line.get(ValueLayout.JAVA_LONG_UNALIGNED, Long.BYTES),
            line.get(ValueLayout.JAVA_LONG_UNALIGNED, 2 * Long.BYTES));
        return line.get(ValueLayout.JAVA_LONG_UNALIGNED, CHECK) == level.check(number) ? level : null;
    }

    private long check(final int number) {
        return (((quantity + 1) * FACTOR ^ orders) * FACTOR ^ sequence) * FACTOR ^ number + 1;
    }
}
