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
package io.cordon.agrona;

import org.agrona.AsciiEncoding;
import org.agrona.AsciiNumberFormatException;

/** Decimal numbers in a buffer, by the same rules as Agrona's own: no plus sign, no more digits than the type has. */
final class AsciiNumbers {
    private static final int BASE = 10;

    private AsciiNumbers() {
    }

    /** Parses an {@code int}. */
    static int parseInt(final RegionBuffer buffer, final int index, final int length, final boolean signed) {
        return (int) parse(buffer, index, length, signed, AsciiEncoding.INT_MAX_DIGITS, Integer.MAX_VALUE);
    }

    /** Parses a {@code long}. */
    static long parseLong(final RegionBuffer buffer, final int index, final int length, final boolean signed) {
        return parse(buffer, index, length, signed, AsciiEncoding.LONG_MAX_DIGITS, Long.MAX_VALUE);
    }

    private static long parse(
        final RegionBuffer buffer, final int index, final int length, final boolean signed, final int maxDigits,
        final long max) {
        buffer.range(index, length);
        if (length == 0) {
            throw new AsciiNumberFormatException("no digits at index " + index);
        }
        final boolean negative = signed && buffer.getByte(index) == AsciiEncoding.MINUS_SIGN;
        final int first = negative ? index + 1 : index;
        final int end = index + length;
        if (first == end) {
            throw malformed(buffer, index, length);
        }
        if (end - first > maxDigits) {
            throw tooLarge(buffer, index, length);
        }
        // Negative numbers reach further.
        final long limit = negative ? -max - 1 : -max;
        long value = 0;
        for (int i = first; i < end; i++) {
            final byte digit = buffer.getByte(i);
            if (!AsciiEncoding.isDigit(digit)) {
                throw malformed(buffer, index, length);
            }
            final int amount = digit - AsciiEncoding.ZERO;
            if (value < limit / BASE || value * BASE < limit + amount) {
                throw tooLarge(buffer, index, length);
            }
            value = value * BASE - amount;
        }
        return negative ? value : -value;
    }

    private static AsciiNumberFormatException malformed(
        final RegionBuffer buffer, final int index, final int length) {
        return new AsciiNumberFormatException("'" + buffer.getStringWithoutLengthAscii(index, length) + "' at index "
            + index + " is not a number");
    }

    private static AsciiNumberFormatException tooLarge(final RegionBuffer buffer, final int index, final int length) {
        return new AsciiNumberFormatException("'" + buffer.getStringWithoutLengthAscii(index, length) + "' at index "
            + index + " is out of the type's range");
    }

    /**
     * Writes a number, with a sign if it is negative.
     *
     * @return how many bytes.
     */
    static int put(final RegionBuffer buffer, final int index, final long value) {
        final boolean negative = value < 0;
        final int length = countDigits(value) + (negative ? 1 : 0);
        buffer.range(index, length);
        if (negative) {
            buffer.putByte(index, AsciiEncoding.MINUS_SIGN);
        }
        putDigits(buffer, negative ? index + 1 : index, index + length, value);
        return length;
    }

    /** Writes the digits of a number to a range that takes all of them, with zeroes in front. */
    static void putDigits(final RegionBuffer buffer, final int index, final int end, final long value) {
        long rest = value;
        for (int i = end - 1; i >= index; i--) {
            buffer.putByte(i, (byte) (AsciiEncoding.ZERO + Math.abs(rest % BASE)));
            rest /= BASE;
        }
    }

    static int countDigits(final long value) {
        int count = 1;
        for (long rest = value / BASE; rest != 0; rest /= BASE) {
            count++;
        }
        return count;
    }

    static void checkNatural(final long value) {
        if (value < 0) {
            throw new IllegalArgumentException(value + " is not a natural number");
        }
    }
}
