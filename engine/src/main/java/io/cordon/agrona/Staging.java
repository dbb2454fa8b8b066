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

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Memory of one thread that bytes of a region pass through where they cannot go straight: they leave the region
 * checked, and are handed on from here. So no memory but this ever holds a byte of a page that failed meanwhile.
 *
 * <p>It is also what Agrona's own {@code putBytes(int, DirectBuffer, int, int)} gets to read from, which asks its
 * source to check the range and then for its address. The address of the region itself is for nobody: what is read or
 * written there is not checked. Nothing but that one method is given an address, by a look at who asks.
 */
final class Staging {
    /** Longer copies go piece by piece, where they can. */
    private static final int PIECE = 1 << 16;
    private static final int LEAST = 1 << 12;
    private static final String COPYING_CLASS = "org.agrona.AbstractMutableDirectBuffer";
    private static final String COPYING_METHOD = "putBytes";
    /** From the walker up: isAskedByCopy, stage, RegionBuffer.addressOffset, and who called that. */
    private static final int FRAMES_BELOW_CALLER = 3;
    private static final StackWalker WALKER = StackWalker.getInstance();
    private static final ThreadLocal<Staging> OF_THREAD = ThreadLocal.withInitial(Staging::new);

    private ByteBuffer buffer = ByteBuffer.allocateDirect(0);
    private MemorySegment memory = MemorySegment.ofBuffer(buffer);
    /** What is too long to be kept; here until the next copy, for nothing else holds it while it is read. */
    private MemorySegment large;
    private int checkedIndex;
    private int checkedLength = -1;

    private Staging() {
    }

    /** Remembers the range that a buffer was last asked to check by this thread. */
    static void noteCheck(final int index, final int length) {
        final Staging staging = OF_THREAD.get();
        staging.checkedIndex = index;
        staging.checkedLength = length;
    }

    /**
     * Copies the range that was checked last, for Agrona's copy from a buffer.
     *
     * @return an address that this range's indices can be added to; good until the thread's next copy.
     * @throws UnsupportedOperationException if it is not that copy that asks.
     */
    static long stage(final RegionBuffer source) {
        final Staging staging = OF_THREAD.get();
        final int length = staging.checkedLength;
        staging.checkedLength = -1;
        // Without Agrona's checks the range is not known, and what was noted is another call's.
        if (length < 0 || !DirectBuffer.SHOULD_BOUNDS_CHECK || !isAskedByCopy()) {
            throw new UnsupportedOperationException("the address of " + source + " is not given away, since no access"
                + " through it would be checked: use slice in place of an UnsafeBuffer that wraps this buffer, its own"
                + " getBytes and compareTo, and its atomic methods in place of an AtomicCounter");
        }
        final int index = staging.checkedIndex;
        final MemorySegment copy = staging.memory(length);
        source.region().get(source.offset() + index, copy, 0, length);
        return copy.address() - index;
    }

    private static boolean isAskedByCopy() {
        return WALKER.walk(frames -> frames.skip(FRAMES_BELOW_CALLER).findFirst())
            .filter(caller -> caller.getClassName().equals(COPYING_CLASS)
                && caller.getMethodName().equals(COPYING_METHOD))
            .isPresent();
    }

    private MemorySegment memory(final int length) {
        large = null;
        if (length > PIECE) {
            large = Arena.ofAuto().allocate(length, Long.BYTES);
            return large;
        }
        if (length > buffer.capacity()) {
            buffer = ByteBuffer.allocateDirect(Math.max(LEAST, Integer.highestOneBit(length - 1) << 1));
            memory = MemorySegment.ofBuffer(buffer);
        }
        return memory;
    }

    /** Copies between regions, or within one, where the ranges may overlap. Both ranges have been checked. */
    static void copy(
        final RegionBuffer source, final int index, final RegionBuffer target, final int targetIndex,
        final int length) {
        final MemorySegment piece = OF_THREAD.get().memory(Math.min(length, PIECE));
        final long from = source.offset() + index;
        final long to = target.offset() + targetIndex;
        // What is not copied yet must not be overwritten.
        final boolean backwards = source.region() == target.region() && from < to;
        for (int done = 0; done < length; done += PIECE) {
            final int count = Math.min(PIECE, length - done);
            final int start = backwards ? length - done - count : done;
            source.region().get(from + start, piece, 0, count);
            target.region().put(to + start, piece, 0, count);
        }
    }

    /** Copies to a buffer of any kind, which may expand. The range of the source has been checked. */
    static void copy(
        final RegionBuffer source, final int index, final MutableDirectBuffer target, final int targetIndex,
        final int length) {
        if (!target.isExpandable()) {
            target.boundsCheck(targetIndex, length);
        }
        final Staging staging = OF_THREAD.get();
        final MemorySegment piece = staging.memory(Math.min(length, PIECE));
        int done = 0;
        do {
            final int count = Math.min(PIECE, length - done);
            source.region().get(source.offset() + index + done, piece, 0, count);
            target.putBytes(targetIndex + done, staging.buffer, 0, count);
            done += count;
        } while (done < length);
    }
}
