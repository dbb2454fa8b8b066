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

import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** One line at the bottom of the terminal that says how far a command is; nothing where there is no terminal. */
final class Progress implements AutoCloseable {
    private static final long REDRAW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int BAR_LENGTH = 20;
    private static final int MIN_BAR_LENGTH = 5;
    private static final int BRACKETS_LENGTH = 3;
    /** Carriage return, and erase to the end of the line. */
    private static final String CLEAR = "\r\033[K";

    private final Console console;
    private final String what;
    private final long total;
    private final boolean shown;
    private long start;
    private long startDone = -1;
    private long drawn;
    private boolean visible;

    Progress(final Console console, final String what, final long total) {
        this.console = console;
        this.what = what;
        this.total = total;
        this.shown = console.showsProgress();
        console.attach(this);
    }

    /**
     * Draws the line, unless it was drawn a moment ago.
     *
     * @param done  of the total, in bytes.
     * @param extra what else is to be said; may be empty.
     */
    void update(final long done, final String extra) {
        final long now = System.nanoTime();
        if (startDone < 0) {
            start = now;
            startDone = done;
        } else if (now - drawn < REDRAW_NANOS && done < total) {
            return;
        }
        drawn = now;
        if (shown) {
            final String line = line(done, extra, now);
            synchronized (console) {
                console.err().print(CLEAR + line);
                console.err().flush();
                visible = true;
            }
        }
    }

    /** As much as fits: the bar goes first, then the sizes. */
    private String line(final long done, final String extra, final long now) {
        final double share = total == 0 ? 1 : (double) done / total;
        final String head = String.format(Locale.ROOT, "%s %3d%%", what, (int) (share * 100));
        final String sizes = "  " + Sizes.bytes(done) + " of " + Sizes.bytes(total);
        final StringBuilder rest = new StringBuilder();
        final double seconds = (now - start) / (double) TimeUnit.SECONDS.toNanos(1);
        if (done > startDone && seconds > 0) {
            final double rate = (done - startDone) / seconds;
            rest.append("  ").append(Sizes.rate(rate)).append("  ETA ").append(Sizes.seconds((total - done) / rate));
        }
        if (!extra.isEmpty()) {
            rest.append("  ").append(extra);
        }
        final int room = console.columns() - 1 - head.length() - rest.length();
        final int bar = Math.min(BAR_LENGTH, room - sizes.length() - BRACKETS_LENGTH);
        final String line = head + (bar < MIN_BAR_LENGTH ? "" : bar(share, bar))
            + (room < sizes.length() ? "" : sizes) + rest;
        return line.substring(0, Math.min(line.length(), console.columns() - 1));
    }

    private String bar(final double share, final int length) {
        final boolean unicode = console.isUnicodeProgress();
        final int filled = (int) (share * length);
        return " [" + (unicode ? "█" : "#").repeat(filled) + (unicode ? "░" : ".").repeat(length - filled) + "]";
    }

    /** Bytes a second so far. */
    double rate(final long done) {
        final double seconds = Math.max(1, System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
        return (done - Math.max(0, startDone)) / seconds;
    }

    /** Makes room for another line. */
    void clear() {
        if (visible) {
            console.err().print(CLEAR);
            visible = false;
        }
    }

    /** Leaves the terminal as it was. */
    @Override
    public void close() {
        synchronized (console) {
            clear();
            console.err().flush();
            console.attach(null);
        }
    }
}
