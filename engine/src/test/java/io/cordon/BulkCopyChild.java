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
package io.cordon;

import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Bulk copies against an array of bytes, before anything has failed, while it fails, and afterwards. */
final class BulkCopyChild {
    private static final int PAGE = 4096;
    private static final int SIZE = 4 * PAGE;
    private static final int LINE = 64;
    private static final int LONGEST = 300;
    private static final int MARGIN = 16;
    private static final long SEED = 20261120;

    private final Path folder;
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final byte[] model = new byte[SIZE];
    private final byte[] heap = new byte[2 * MARGIN + 2 * PAGE];
    private final MemorySegment memory = Arena.global().allocate(heap.length, LINE);
    private final byte[] before = new byte[heap.length];
    private final byte[] noise = new byte[2 * heap.length];
    private SimulatedMedia media;
    private Region region;
    /** The first byte of the line that is lost, or a negative number. */
    private long lost = -LINE;

    private BulkCopyChild(final Path folder) {
        this.folder = folder;
        random.nextBytes(noise);
    }

    /** The other side of the copy. */
    private enum Side {
        HEAP, NATIVE
    }

    public static void main(final String[] arguments) throws IOException {
        final BulkCopyChild child = new BulkCopyChild(Path.of(arguments[0]));
        child.copyBeforeAndAfterLoss();
        child.copyWhileItFails();
        child.refuseWhatDoesNotFit();
    }

    private Region open(final String name) throws IOException {
        media = Media.simulated();
        region = Region.builder(folder.resolve(name)).size(SIZE).media(media).open();
        lost = -LINE;
        random.nextBytes(model);
        region.put(0, model, 0, SIZE);
        region.persist();
        return region;
    }

    private void copyBeforeAndAfterLoss() throws IOException {
        try (Region _ = open("both")) {
            copyAround(PAGE - LINE, 1);
            for (final long line : new long[] {PAGE, 2 * PAGE - LINE, PAGE + 4 * LINE}) {
                lose(line);
                copyAround(line - LINE, 7);
                region.recovery().write(line, new byte[LINE]);
                Arrays.fill(model, (int) line, (int) line + LINE, (byte) 0);
                lost = -LINE;
                copyAround(line - LINE, 31);
            }
        }
    }

    private void lose(final long line) throws IOException {
        media.inject(line, 1);
        try {
            region.getByte(line);
        } catch (final PoisonException expected) {
            lost = line;
            // Waits until the page is recovered.
            region.getByte(line ^ LINE);
            return;
        }
        throw new AssertionError("not refused: " + line);
    }

    /** All lengths, and starts through a line. */
    private void copyAround(final long start, final int step) {
        for (int length = 0; length <= LONGEST; length++) {
            for (int shift = length % step; shift < LINE; shift += step) {
                for (final Side side : Side.values()) {
                    get(side, start + shift, random.nextInt(MARGIN), length);
                    put(side, start + shift, random.nextInt(MARGIN), length);
                }
            }
        }
        for (final int length : new int[] {1024, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE}) {
            for (final Side side : Side.values()) {
                get(side, start + random.nextInt(LINE), MARGIN, length);
                put(side, start + random.nextInt(LINE), MARGIN, length);
            }
        }
    }

    private boolean isRefused(final long offset, final int length) {
        return length > 0 && offset < lost + LINE && offset + length > lost;
    }

    private static String text(
        final String what, final Side side, final long offset, final int index, final int length) {
        return what + ' ' + side + ", offset " + offset + ", index " + index + ", length " + length + ", seed " + SEED;
    }

    /** New bytes in what a copy uses of the other side, and behind it. */
    private int fill(final int index, final int length) {
        final int used = index + length + MARGIN;
        System.arraycopy(noise, random.nextInt(noise.length - used), heap, 0, used);
        MemorySegment.copy(heap, 0, memory, ValueLayout.JAVA_BYTE, 0, used);
        System.arraycopy(heap, 0, before, 0, used);
        return used;
    }

    private void get(final Side side, final long offset, final int index, final int length) {
        final int used = fill(index, length);
        final boolean refused = getRefused(side, offset, index, length);
        check(refused == isRefused(offset, length), text("get", side, offset, index, length));
        if (!refused) {
            System.arraycopy(model, (int) offset, before, index, length);
        }
        if (side == Side.NATIVE) {
            MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, heap, 0, used);
        }
        check(Arrays.equals(before, 0, used, heap, 0, used),
            text("other bytes: get", side, offset, index, length));
    }

    private boolean getRefused(final Side side, final long offset, final int index, final int length) {
        try {
            if (side == Side.HEAP) {
                region.get(offset, heap, index, length);
            } else {
                region.get(offset, memory, index, length);
            }
            return false;
        } catch (final PoisonException refusal) {
            checkRanges(refusal);
            return true;
        }
    }

    private void put(final Side side, final long offset, final int index, final int length) {
        fill(index, length);
        final boolean refused = putRefused(side, offset, index, length);
        check(refused == isRefused(offset, length), text("put", side, offset, index, length));
        if (!refused) {
            System.arraycopy(before, index, model, (int) offset, length);
        }
        checkContent(offset, length, text("other bytes: put", side, offset, index, length));
    }

    private boolean putRefused(final Side side, final long offset, final int index, final int length) {
        try {
            if (side == Side.HEAP) {
                region.put(offset, heap, index, length);
            } else {
                region.put(offset, memory, index, length);
            }
            return false;
        } catch (final PoisonException refusal) {
            checkRanges(refusal);
            return true;
        }
    }

    private void checkRanges(final PoisonException refusal) {
        check(refusal.ranges().equals(List.of(new ByteRange(lost, LINE))),
            refusal.ranges() + " instead of the line at " + lost);
    }

    /** What is mapped, past all checks: also that nothing was stored to a lost line, which holds zeroes. */
    private void checkContent(final long offset, final int length, final String message) {
        final int start = (int) Math.max(0, offset - 2 * LINE);
        final int end = (int) Math.min(SIZE, offset + length + 2 * LINE);
        final byte[] content = region.segment().asSlice(start, end - start).toArray(ValueLayout.JAVA_BYTE);
        final byte[] expected = Arrays.copyOfRange(model, start, end);
        for (long i = Math.max(lost, start); i < Math.min(lost + LINE, end); i++) {
            expected[(int) i - start] = 0;
        }
        check(Arrays.equals(expected, content), message);
    }

    /** The poison is latent, and the first that the region ever meets: only the look after the copy can tell. */
    private void copyWhileItFails() throws IOException {
        for (final int length : new int[] {1, 8, 64, 65, LONGEST}) {
            for (int line = 0; line * LINE < length + LINE; line += Math.max(1, length / LINE)) {
                for (final Side side : Side.values()) {
                    final String name = side + "-" + length + '-' + line;
                    failDuring("get-" + name, PAGE + line * LINE, length,
                        () -> getRefused(side, PAGE + LINE - 1, MARGIN, length));
                    failDuring("put-" + name, PAGE + line * LINE, length,
                        () -> putRefused(side, PAGE + LINE - 1, MARGIN, length));
                }
            }
        }
    }

    private interface Copy {
        boolean isRefused();
    }

    private void failDuring(final String name, final int line, final int length, final Copy copy)
        throws IOException {
        try (Region _ = open(name)) {
            media.inject(line, 1);
            lost = line;
            check(copy.isRefused() == isRefused(PAGE + LINE - 1, length), "the line at " + line + ", length " + length);
            check(refuses(line), "the line at " + line + " is readable");
        }
    }

    private boolean refuses(final long line) {
        try {
            region.getByte(line);
            return false;
        } catch (final PoisonException refusal) {
            checkRanges(refusal);
            return true;
        }
    }

    /** Lengths whose low bits would fit. */
    private void refuseWhatDoesNotFit() throws IOException {
        try (Region _ = open("bounds")) {
            for (final long length : new long[] {-1, Long.MIN_VALUE, SIZE + 1L, (1L << 30) + LINE, (1L << 32) + LINE,
                Long.MAX_VALUE}) {
                refuseBounds(() -> region.get(0, memory, 0, length), length);
                refuseBounds(() -> region.put(0, memory, 0, length), length);
                refuseBounds(() -> region.get(0, heap, 0, Math.clamp(length, -1, 1 << 30)), length);
                refuseBounds(() -> region.put(0, heap, 0, Math.clamp(length, -1, 1 << 30)), length);
            }
            for (final long offset : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, SIZE - LINE + 1, 1L << 56}) {
                refuseBounds(() -> region.get(offset, memory, 0, LINE), offset);
                refuseBounds(() -> region.put(offset, memory, 0, LINE), offset);
                refuseBounds(() -> region.get(offset, heap, 0, LINE), offset);
                refuseBounds(() -> region.put(offset, heap, 0, LINE), offset);
            }
        }
    }

    private static void refuseBounds(final Runnable copy, final long number) {
        try {
            copy.run();
        } catch (IndexOutOfBoundsException _) {
            return;
        }
        throw new AssertionError("not refused: " + number);
    }

    private static void check(final boolean held, final String message) {
        if (!held) {
            throw new AssertionError(message);
        }
    }
}
