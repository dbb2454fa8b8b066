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
package io.cordon.recovery;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The explicit ways to make poisoned and lost lines readable again. An ordinary store never does.
 *
 * <p>Any offset and any length: a call may cross lines and pages and any mix of readable, poisoned and lost lines.
 * Where it covers a refused line in part, the rest of that line is gone and becomes zero; the result names those
 * bytes. Bytes outside the range keep their content in every other case, and no concurrent store to another byte is
 * lost. Loads of the range that run at the same time see old or new bytes, or are refused.
 *
 * <p>Thread-safe. A call that throws {@link IOException} may have recovered some of its pages and not others; the same
 * call may be made again.
 */
public interface Recovery {
    /**
     * Writes content over a range, and makes its lines readable.
     *
     * @param offset first byte in the region.
     * @param source the content; all of it is written. Any segment.
     * @return what was done.
     * @throws IOException                   if the medium refuses, or the proof fails that the poison is cleared and
     *                                       the content there. The lines concerned stay refused.
     * @throws IndexOutOfBoundsException     if the range is not in the region.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    RecoveryResult write(long offset, MemorySegment source) throws IOException;

    /**
     * Writes content over a range, and makes its lines readable.
     *
     * @param offset first byte in the region.
     * @param source the content; all of it is written.
     * @return what was done.
     * @throws IOException                   as for {@link #write(long, MemorySegment)}.
     * @throws IndexOutOfBoundsException     if the range is not in the region.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    default RecoveryResult write(final long offset, final byte[] source) throws IOException {
        return write(offset, MemorySegment.ofArray(source));
    }

    /**
     * Sets a range to zero, and makes its lines readable: the caller says that zeroes are right.
     *
     * @param offset first byte in the region.
     * @param length in bytes; not negative.
     * @return what was done.
     * @throws IOException                   as for {@link #write(long, MemorySegment)}.
     * @throws IndexOutOfBoundsException     if the range is not in the region.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    RecoveryResult zero(long offset, long length) throws IOException;

    /**
     * Asks the mirror and the region's {@link RepairSource} for the lost lines of a range, and makes those readable
     * that they can supply. Poisoned lines become lost ones first.
     *
     * @param offset first byte; all lines that the range touches are meant.
     * @param length in bytes; not negative.
     * @return what was done: the repaired lines are written, the others still lost.
     * @throws IOException                   as for {@link #write(long, MemorySegment)}. A source that fails is as one
     *                                       that has no answer.
     * @throws IndexOutOfBoundsException     if the range is not in the region.
     * @throws UnsupportedOperationException if the region is read-only.
     * @throws IllegalStateException         if the region is closed.
     */
    RecoveryResult repair(long offset, long length) throws IOException;

    /**
     * Copies what is readable of a range, past the mapping, and zeroes for the rest. Changes nothing in the region.
     *
     * @param offset      first byte in the region.
     * @param destination as long as the range; any segment.
     * @return what was done: the readable bytes are kept, the zeroes zero-filled, their lines still lost; nothing is
     *     written.
     * @throws IOException               if the medium cannot tell what is readable.
     * @throws IndexOutOfBoundsException if the range is not in the region.
     * @throws IllegalArgumentException  if the destination is read-only.
     * @throws IllegalStateException     if the region is closed.
     */
    RecoveryResult salvage(long offset, MemorySegment destination) throws IOException;
}
