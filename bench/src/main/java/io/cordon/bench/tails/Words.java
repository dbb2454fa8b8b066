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
package io.cordon.bench.tails;

/** What the measured memory holds, so that every load can be checked, and random offsets. */
final class Words {
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private Words() {
    }

    static long at(final long offset) {
        return offset / Long.BYTES * GOLDEN;
    }

    /** The next of a sequence of random numbers, in registers alone (xorshift64). */
    static long next(final long random) {
        long x = random;
        x ^= x << 13;
        x ^= x >>> 7;
        return x ^ x << 17;
    }
}
