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
package io.cordon.cli;

import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.util.Locale;

/**
 * A range as a person writes it: {@code OFFSET+LENGTH}, {@code OFFSET-END} with the first byte that is not in it,
 * {@code OFFSET} for the line that holds the byte, or {@code all}. Numbers are decimal or 0x and hexadecimal, with k,
 * M, G or T after them for powers of 1024.
 *
 * @param text   what was written.
 * @param offset first byte.
 * @param end    first byte after it; -1: all of the region.
 */
record RangeArgument(String text, long offset, long end) {
    private static final String UNITS = "kmgt";
    private static final int UNIT_SHIFT = 10;

    /**
     * Reads what was written.
     *
     * @throws IllegalArgumentException if it is no range.
     */
    static RangeArgument parse(final String text) {
        if (text.equals("all")) {
            return new RangeArgument(text, 0, -1);
        }
        final int plus = text.indexOf('+');
        final int minus = text.indexOf('-');
        final long first;
        final long last;
        if (plus > 0) {
            first = number(text, text.substring(0, plus));
            final long length = number(text, text.substring(plus + 1));
            last = first + length;
        } else if (minus > 0) {
            first = number(text, text.substring(0, minus));
            last = number(text, text.substring(minus + 1));
        } else {
            first = number(text, text) & -Lines.LENGTH;
            last = first + Lines.LENGTH;
        }
        if (last <= first) {
            throw new IllegalArgumentException("range '" + text + "' is empty, or ends before it begins");
        }
        return new RangeArgument(text, first, last);
    }

    /** A number with its unit, as the options that take a size do. */
    static long size(final String text) {
        return number(text, text);
    }

    private static long number(final String range, final String text) {
        try {
            final String lower = text.toLowerCase(Locale.ROOT);
            final int unit = lower.isEmpty() ? -1 : UNITS.indexOf(lower.charAt(lower.length() - 1));
            final String digits = unit < 0 ? lower : lower.substring(0, lower.length() - 1);
            if (digits.isEmpty() || !Character.isLetterOrDigit(digits.charAt(0))) {
                throw new NumberFormatException(digits);
            }
            final long value =
                digits.startsWith("0x") ? Long.parseLong(digits.substring(2), 16) : Long.parseLong(digits);
            return value < 0 ? -1 : Math.multiplyExact(value, 1L << UNIT_SHIFT * (unit + 1));
        } catch (NumberFormatException | ArithmeticException _) {
            throw new IllegalArgumentException("'" + text + "' in '" + range + "' is no number of bytes; write"
                + " OFFSET+LENGTH, OFFSET-END, OFFSET or all, decimal or 0x hexadecimal, with k, M, G or T for powers"
                + " of 1024");
        }
    }

    /** The range within a region. */
    ByteRange in(final long size) throws CommandFailure {
        final long to = end < 0 ? size : end;
        if (to > size) {
            throw new CommandFailure(ExitCode.USAGE, "range " + text + " ends at " + Sizes.hex(to)
                + ", behind the end of the region at " + Sizes.hex(size) + " (" + Sizes.bytes(size) + ")");
        }
        return new ByteRange(offset, to - offset);
    }
}
