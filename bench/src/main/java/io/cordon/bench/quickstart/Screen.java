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

import java.io.Console;
import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;

/**
 * Where progress goes: one line that is rewritten, on a terminal; a line each second elsewhere. Colours only on a
 * terminal, and not if {@code NO_COLOR} is set.
 */
final class Screen {
    private static final long TERMINAL_PERIOD = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long PLAIN_PERIOD = TimeUnit.SECONDS.toNanos(1);

    private final PrintWriter out;
    private final boolean terminal;
    private final boolean colours;
    private long shownAt;
    private int shownWidth;

    Screen(final PrintWriter out, final boolean terminal, final boolean colours) {
        this.out = out;
        this.terminal = terminal;
        this.colours = terminal && colours;
    }

    /** For standard output as it is. */
    static Screen of(final PrintWriter out) {
        final Console console = System.console();
        final String kind = System.getenv("TERM");
        final String noColor = System.getenv("NO_COLOR");
        final boolean terminal =
            console != null && console.isTerminal() && kind != null && !kind.equals("dumb");
        return new Screen(out, terminal, noColor == null || noColor.isEmpty());
    }

    void line(final String text) {
        out.println(text);
        out.flush();
    }

    /** Starts to count the time until a step is shown. */
    void begin() {
        shownAt = System.nanoTime();
    }

    /** Whether it is time to show a step again. */
    boolean isDue() {
        return System.nanoTime() - shownAt >= (terminal ? TERMINAL_PERIOD : PLAIN_PERIOD);
    }

    /** Shows how far a step is. */
    void progress(final String text) {
        // Not from now: lines would come a little less often than each second.
        shownAt += terminal ? TERMINAL_PERIOD : PLAIN_PERIOD;
        if (terminal) {
            rewrite(text);
        } else {
            line(text);
        }
    }

    /** Shows the end of a step. */
    void done(final String text) {
        if (terminal) {
            rewrite(text);
            out.println();
            shownWidth = 0;
        } else {
            out.println(text);
        }
        out.flush();
    }

    private void rewrite(final String text) {
        out.print("\r" + text + " ".repeat(Math.max(0, shownWidth - text.length())));
        out.flush();
        shownWidth = text.length();
    }

    String good(final String text) {
        return colours ? "\u001b[1;32m" + text + "\u001b[0m" : text;
    }

    String bad(final String text) {
        return colours ? "\u001b[1;31m" + text + "\u001b[0m" : text;
    }
}
