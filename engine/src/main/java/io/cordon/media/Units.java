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
package io.cordon.media;

import io.cordon.poison.Lines;

/**
 * The sizes of the pieces in which a medium works, in bytes; each is a power of two from 64, a line, to 4096, a page.
 *
 * @param read  what can be read or not as a whole: a piece with one bad byte gives none. A sector of 512 bytes for a
 *              file, as in the kernel's bad-block lists; a line for a medium that knows better.
 * @param clear what a recovery write clears: it covers whole pieces, and the ones it does not cover stay bad. A page
 *              for DAX (drivers/nvdimm/pmem.c, pmem_recovery_write takes whole pages alone) and for the page cache,
 *              which reads the rest of a page that is not written whole.
 * @param write what an ordinary write past the mapping needs: one that covers a part of a piece fails if there is
 *              poison anywhere in that piece, since the medium reads, or refuses, all of it.
 */
public record Units(int read, int clear, int write) {
    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if one is not a power of two from 64 to 4096.
     */
    public Units {
        requireUnit("read", read);
        requireUnit("clear", clear);
        requireUnit("write", write);
    }

    static int requireUnit(final String name, final int unit) {
        if (unit < Lines.LENGTH || unit > Lines.PAGE_LENGTH || Integer.bitCount(unit) != 1) {
            throw new IllegalArgumentException(
                name + " unit " + unit + " is not a power of two from " + Lines.LENGTH + " to " + Lines.PAGE_LENGTH);
        }
        return unit;
    }

    /** Checks that a range consists of whole pieces. */
    static void requireWhole(final int unit, final long offset, final long length) {
        if (offset < 0 || length <= 0 || (offset | length) % unit != 0) {
            throw new IllegalArgumentException("offset " + offset + " and length " + length
                + " are not multiples of " + unit + " bytes, not negative and not empty");
        }
    }

    /**
     * The lines of a page that share a piece with one of some lines.
     *
     * @param unit  one of the sizes.
     * @param lines bit i for line i of the page.
     * @return bit i for line i; all lines of each piece that holds one of them.
     */
    public static long whole(final int unit, final long lines) {
        final int count = unit / Lines.LENGTH;
        final long first = Lines.ALL >>> Long.SIZE - count;
        long result = 0;
        for (int i = 0; i < Long.SIZE; i += count) {
            if ((lines & first << i) != 0) {
                result |= first << i;
            }
        }
        return result;
    }
}
