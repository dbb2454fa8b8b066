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

import java.util.Arrays;

/**
 * Where each byte of a stack lies on its legs, and the other way: one byte for one. Immutable.
 */
sealed interface StackLayout {
    /**
     * Bytes that follow each other in the stack and in one of its legs as well.
     *
     * @param offset    first byte in the stack.
     * @param leg       index of the leg.
     * @param legOffset first byte in the leg.
     * @param length    in bytes; positive.
     */
    record Piece(long offset, int leg, long legOffset, long length) {
    }

    /**
     * Down: the longest piece that starts at a byte of the stack.
     *
     * @param offset the byte; below the size of the stack.
     * @param limit  how long it may be; positive, and not beyond the end of the stack.
     */
    Piece down(long offset, long limit);

    /**
     * Up: the longest piece that starts at a byte of a leg.
     *
     * @param leg       index of the leg.
     * @param legOffset the byte; below the size of the leg.
     * @param limit     how long it may be; positive, and not beyond the end of the leg.
     */
    Piece up(int leg, long legOffset, long limit);

    /** The legs one after the other. */
    final class Linear implements StackLayout {
        /** Where each leg starts, and last where the stack ends. */
        private final long[] starts;

        Linear(final long... sizes) {
            starts = new long[sizes.length + 1];
            for (int i = 0; i < sizes.length; i++) {
                starts[i + 1] = Math.addExact(starts[i], sizes[i]);
            }
        }

        @Override
        public Piece down(final long offset, final long limit) {
            final int found = Arrays.binarySearch(starts, offset);
            final int leg = found >= 0 ? found : -found - 2;
            return new Piece(offset, leg, offset - starts[leg], Math.min(limit, starts[leg + 1] - offset));
        }

        @Override
        public Piece up(final int leg, final long legOffset, final long limit) {
            return new Piece(starts[leg] + legOffset, leg, legOffset, limit);
        }
    }

    /**
     * The legs in turn, a stripe of each: stripe i of the stack is stripe i / count of leg i % count.
     *
     * @param width of a stripe in bytes.
     * @param count of legs, which are of equal size, a multiple of the width.
     */
    record Striped(long width, int count) implements StackLayout {
        @Override
        public Piece down(final long offset, final long limit) {
            final long stripe = offset / width;
            final long inside = offset % width;
            return new Piece(offset, (int) (stripe % count), stripe / count * width + inside,
                Math.min(limit, width - inside));
        }

        @Override
        public Piece up(final int leg, final long legOffset, final long limit) {
            final long row = legOffset / width;
            final long inside = legOffset % width;
            return new Piece((row * count + leg) * width + inside, leg, legOffset, Math.min(limit, width - inside));
        }
    }
}
