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
package io.cordon.bench.quickstart;

import io.cordon.poison.ByteRange;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Which lines are struck, and when: what exceptions are judged by. Each line is struck once and repaired once, and the
 * times around both are noted, so that a refusal can be judged though everything goes on meanwhile. Thread-safe.
 */
final class Ledger {
    static final int LINE_LENGTH = 64;
    private static final int LONGEST_STRIKE = 4;
    private static final long NEVER = Long.MAX_VALUE;

    /** A run of neighbouring lines that fail together. */
    record Strike(long line, int count) {
    }

    /** Times are those of {@link #now()}; each is noted before what it stands for begins, or after it ended. */
    static final class Line {
        private final AtomicBoolean claimed = new AtomicBoolean();
        private volatile long strikeBegins = NEVER;
        private volatile long strikeEnded = NEVER;
        private volatile long repairBegins = NEVER;
        private volatile long repairEnded = NEVER;

        /** True for the first who wants to have it repaired. */
        boolean claim() {
            return claimed.compareAndSet(false, true);
        }
    }

    private final long origin = System.nanoTime();
    private final List<Strike> strikes = new ArrayList<>();
    private final Map<Long, Line> lines = new HashMap<>();

    /** Chooses the lines: mostly single ones, some with neighbours. */
    Ledger(final SplittableRandom random, final long lineCount, final int struckCount) {
        while (lines.size() < struckCount) {
            final int wanted = random.nextInt(LONGEST_STRIKE) == 0 ? 2 + random.nextInt(LONGEST_STRIKE - 1) : 1;
            final int count = Math.min(wanted, struckCount - lines.size());
            final long first = random.nextLong(lineCount - count + 1);
            if (isFree(first, count)) {
                strikes.add(new Strike(first, count));
                for (long line = first; line < first + count; line++) {
                    lines.put(line, new Line());
                }
            }
        }
    }

    private boolean isFree(final long first, final int count) {
        for (long line = first; line < first + count; line++) {
            if (lines.containsKey(line)) {
                return false;
            }
        }
        return true;
    }

    /** Nanoseconds since the ledger was made. */
    long now() {
        return sinceOrigin(System.nanoTime());
    }

    private long sinceOrigin(final long nanoTime) {
        return nanoTime - origin;
    }

    List<Strike> strikes() {
        return strikes;
    }

    /** Null if the line is not meant to be struck. */
    Line line(final long line) {
        return lines.get(line);
    }

    void strikeBegins(final Strike strike) {
        final long now = now();
        for (long line = strike.line; line < strike.line + strike.count; line++) {
            lines.get(line).strikeBegins = now;
        }
    }

    void strikeEnded(final Strike strike) {
        final long now = now();
        for (long line = strike.line; line < strike.line + strike.count; line++) {
            lines.get(line).strikeEnded = now;
        }
    }

    void repairBegins(final long line) {
        lines.get(line).repairBegins = now();
    }

    void repairEnded(final long line) {
        lines.get(line).repairEnded = now();
    }

    int struckCount() {
        return (int) lines.values().stream().filter(line -> line.strikeEnded != NEVER).count();
    }

    int repairedCount() {
        return (int) lines.values().stream().filter(line -> line.repairEnded != NEVER).count();
    }

    /**
     * Judges a refusal.
     *
     * @param offset first byte of the access.
     * @param length of the access in bytes.
     * @param begin  {@link System#nanoTime()} before the access.
     * @param end    ... and after it.
     * @param ranges what the exception names.
     * @return what is wrong with it, or null.
     */
    String judge(
        final long offset, final long length, final long begin, final long end, final List<ByteRange> ranges) {
        final TreeSet<Long> named = lines(ranges);
        if (named == null || named.isEmpty()) {
            return "names no whole lines";
        }
        final long first = offset / LINE_LENGTH;
        final long last = (offset + length - 1) / LINE_LENGTH;
        if (named.first() < first || named.last() > last) {
            return "names lines that the access did not touch";
        }
        for (final long line : named) {
            final Line entry = lines.get(line);
            if (entry == null) {
                return "names line " + line + ", which was never poisoned";
            }
            if (entry.strikeBegins > sinceOrigin(end)) {
                return "names line " + line + ", which was not poisoned yet";
            }
            if (entry.repairEnded < sinceOrigin(begin)) {
                return "names line " + line + ", which was recovered before";
            }
        }
        // The lines of the ledger are few; those of the access can be many.
        for (final Map.Entry<Long, Line> entry : lines.entrySet()) {
            final long line = entry.getKey();
            if (line >= first && line <= last && !named.contains(line)
                && entry.getValue().strikeEnded < sinceOrigin(begin)
                && entry.getValue().repairBegins > sinceOrigin(end)) {
                return "does not name line " + line + ", which was poisoned all the time";
            }
        }
        return null;
    }

    /** The lines of ranges, or null if a range does not consist of whole lines. */
    static TreeSet<Long> lines(final List<ByteRange> ranges) {
        final TreeSet<Long> result = new TreeSet<>();
        for (final ByteRange range : ranges) {
            if (range.offset() % LINE_LENGTH != 0 || range.length() % LINE_LENGTH != 0) {
                return null;
            }
            for (long line = range.offset() / LINE_LENGTH; line < range.end() / LINE_LENGTH; line++) {
                result.add(line);
            }
        }
        return result;
    }
}
