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
package io.cordon.poison;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * A list of bad sectors with the contract of the kernel's (block/badblocks.c), for the sysfs lists that it fills.
 *
 * <p>Each sector is good, bad and unacknowledged, or bad and acknowledged. What was set acknowledged stays so when it
 * is set unacknowledged again; the other way round it becomes acknowledged. Clearing the middle of a record leaves
 * both ends as they were. Setting what is set and clearing what is not are successes that change nothing.
 *
 * <p>Where it differs: there is no cap on the records, nor on their length (the kernel has 512 records of at most 512
 * sectors); so no call ever fails for lack of room, and records are merged as far as possible, all of the same
 * acknowledgement that touch being one. And a shift is really applied; kernels since the list was written anew in 2023
 * compute the rounding and drop it.
 *
 * <p>With a shift, sectors count in blocks of {@code 1 << shift}: setting and checking round outward, to all blocks
 * that are touched, clearing rounds inward, to the blocks that are covered; better to take a good sector for bad than
 * a bad one for good.
 *
 * <p>{@link #set}, {@link #clear} and {@link #check} take time logarithmic in the number of records, plus what the
 * records cost that are removed or made. Each call is all or nothing: one that throws for its arguments has changed
 * nothing. Thread-safe: calls exclude each other.
 */
public final class BadBlocks {
    /** The greatest shift. */
    public static final int MAX_SHIFT = 62;

    private final SectorSet acknowledged = new SectorSet();
    private final SectorSet unacknowledged = new SectorSet();
    private final long blockMask;
    private final long limit;

    /** An empty list in units of one sector. */
    public BadBlocks() {
        this(0);
    }

    /**
     * An empty list in units of several sectors.
     *
     * @param shift log2 of the sectors in a unit, 0 to {@value #MAX_SHIFT}.
     * @throws IllegalArgumentException if the shift is not in that range.
     */
    public BadBlocks(final int shift) {
        if (shift < 0 || shift > MAX_SHIFT) {
            throw new IllegalArgumentException("shift " + shift + " is not in 0 to " + MAX_SHIFT);
        }
        this.blockMask = (1L << shift) - 1;
        this.limit = Long.MAX_VALUE & ~blockMask;
    }

    /** What is known of a range of sectors. */
    public enum Verdict {
        /** No sector of it is bad. */
        NONE,
        /** Some are bad, and all of those are acknowledged. */
        ACKNOWLEDGED,
        /** Some are bad and not acknowledged. */
        UNACKNOWLEDGED
    }

    /**
     * The answer to {@link BadBlocks#check}.
     *
     * @param verdict  the worst that holds for any sector of the range.
     * @param firstBad first sector of the first record that the range touches. As in the kernel it is the record's
     *                 own, not clipped to the range, so it may lie before the range; -1 if the verdict is {@code
     *                 NONE}.
     * @param badCount sectors of that record, again all of them; 0 if the verdict is {@code NONE}. The next sector
     *                 after them may be bad too, with the other acknowledgement.
     */
    public record Check(Verdict verdict, long firstBad, long badCount) {
        private static final Check NONE = new Check(Verdict.NONE, -1, 0);
    }

    /**
     * One record: sectors that follow each other and are of the same acknowledgement.
     *
     * @param sector       the first; not negative.
     * @param count        how many; positive.
     * @param acknowledged whether they are.
     */
    public record Entry(long sector, long count, boolean acknowledged) {
        /**
         * Checks the components.
         *
         * @throws IllegalArgumentException if the sector is negative, the count is not positive, or their sum is more
         *     than {@link Long#MAX_VALUE}.
         */
        public Entry {
            checkRange(sector, count, Long.MAX_VALUE);
        }
    }

    /**
     * Records sectors as bad. Those that were acknowledged stay so.
     *
     * @param sector       the first; not negative.
     * @param count        how many; positive.
     * @param acknowledged whether they are acknowledged.
     * @return true: they are recorded. The kernel's form of this call says false when its table is full; this one has
     *     no such limit.
     * @throws IllegalArgumentException if the sector is negative, the count is not positive, or their sum is more than
     *     {@link Long#MAX_VALUE}, rounded down by the shift.
     */
    public synchronized boolean set(final long sector, final long count, final boolean acknowledged) {
        checkRange(sector, count, limit);
        final long from = down(sector);
        final long to = up(sector + count);
        if (acknowledged) {
            unacknowledged.remove(from, to);
            this.acknowledged.add(from, to);
        } else {
            for (final long[] gap : this.acknowledged.gaps(from, to)) {
                unacknowledged.add(gap[0], gap[1]);
            }
        }
        return true;
    }

    /**
     * Records sectors as good.
     *
     * @param sector the first; not negative.
     * @param count  how many; positive. With a shift, blocks that are not covered stay as they are.
     * @return true: none of the covered blocks is recorded as bad any more. The kernel's form of this call says false
     *     when a record would have to be split and its table is full; this one has no such limit.
     * @throws IllegalArgumentException as for {@link #set}.
     */
    public synchronized boolean clear(final long sector, final long count) {
        checkRange(sector, count, limit);
        final long from = up(sector);
        final long to = down(sector + count);
        if (from < to) {
            acknowledged.remove(from, to);
            unacknowledged.remove(from, to);
        }
        return true;
    }

    /**
     * Whether any of some sectors is bad.
     *
     * @param sector the first; not negative.
     * @param count  how many; positive.
     * @return the verdict and the first record that is touched.
     * @throws IllegalArgumentException as for {@link #set}.
     */
    public synchronized Check check(final long sector, final long count) {
        checkRange(sector, count, limit);
        final long from = down(sector);
        final long to = up(sector + count);
        final Map.Entry<Long, Long> accepted = acknowledged.firstOverlap(from, to);
        final Map.Entry<Long, Long> open = unacknowledged.firstOverlap(from, to);
        if (open == null) {
            return accepted == null ? Check.NONE : answer(Verdict.ACKNOWLEDGED, accepted);
        }
        final boolean openFirst = accepted == null || open.getKey() < accepted.getKey();
        return answer(Verdict.UNACKNOWLEDGED, openFirst ? open : accepted);
    }

    private static Check answer(final Verdict verdict, final Map.Entry<Long, Long> run) {
        return new Check(verdict, run.getKey(), run.getValue() - run.getKey());
    }

    /** Acknowledges all records. Linear in the number of those that were not, times the logarithm of all. */
    public synchronized void acknowledgeAll() {
        acknowledged.addAll(unacknowledged);
        unacknowledged.clear();
    }

    /**
     * Whether no sector is bad.
     *
     * @return true if there is no record.
     */
    public synchronized boolean isEmpty() {
        return acknowledged.isEmpty() && unacknowledged.isEmpty();
    }

    /**
     * All records.
     *
     * @return an immutable list in ascending order, merged as far as possible: of two records that touch, one is
     *     acknowledged and one is not.
     */
    public synchronized List<Entry> entries() {
        final List<Entry> entries = new ArrayList<>(acknowledged.size() + unacknowledged.size());
        final Iterator<Map.Entry<Long, Long>> open = unacknowledged.iterator();
        Entry waiting = next(open, false);
        for (final Iterator<Map.Entry<Long, Long>> accepted = acknowledged.iterator(); accepted.hasNext();) {
            final Entry entry = next(accepted, true);
            while (waiting != null && waiting.sector < entry.sector) {
                entries.add(waiting);
                waiting = next(open, false);
            }
            entries.add(entry);
        }
        while (waiting != null) {
            entries.add(waiting);
            waiting = next(open, false);
        }
        return List.copyOf(entries);
    }

    private static Entry next(final Iterator<Map.Entry<Long, Long>> runs, final boolean acknowledged) {
        if (!runs.hasNext()) {
            return null;
        }
        final Map.Entry<Long, Long> run = runs.next();
        return new Entry(run.getKey(), run.getValue() - run.getKey(), acknowledged);
    }

    private long down(final long sector) {
        return sector & ~blockMask;
    }

    /** Cannot overflow: the sector is not above the limit, which is a multiple of the block. */
    private long up(final long sector) {
        return sector + (-sector & blockMask);
    }

    private static void checkRange(final long sector, final long count, final long limit) {
        if (sector < 0) {
            throw new IllegalArgumentException("sector " + sector + " is negative");
        }
        if (count <= 0) {
            throw new IllegalArgumentException("count " + count + " is not positive");
        }
        if (count > limit - sector) {
            throw new IllegalArgumentException(
                "sector " + sector + " plus count " + count + " is more than " + limit);
        }
    }

    /**
     * The list as text, in the form of the kernel's own.
     *
     * @return a line "sector count" for each record, those that are not acknowledged with " unacknowledged".
     */
    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder();
        for (final Entry entry : entries()) {
            text.append(entry.sector).append(' ').append(entry.count)
                .append(entry.acknowledged ? "\n" : " unacknowledged\n");
        }
        return text.toString();
    }
}
