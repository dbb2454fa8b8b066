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

import io.cordon.linux.Terminal;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The three standard streams, and what is known of whoever sits at them. */
final class Console {
    private static final int DEFAULT_COLUMNS = 80;
    private static final int MIN_COLUMNS = 40;

    private final Map<String, String> environment;
    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;
    private final Terminals terminals;
    private final Interruption interruption;
    /** What stands on the last line of the terminal, or null. */
    private Progress progress;
    private volatile boolean asking;

    /**
     * Which streams are terminals.
     *
     * @param columns of the terminal; 0 if it is not known, or if there is none.
     */
    record Terminals(boolean in, boolean out, boolean err, int columns) {
    }

    Console(final Map<String, String> environment, final InputStream in, final PrintStream out, final PrintStream err,
        final Terminals terminals, final Interruption interruption) {
        this.environment = environment;
        this.in = in;
        this.out = out;
        this.err = err;
        this.terminals = terminals;
        this.interruption = interruption;
    }

    /** Those of the process. */
    static Console system() {
        final int out = Terminal.columns(1);
        final int err = Terminal.columns(2);
        return new Console(System.getenv(), new FileInputStream(FileDescriptor.in), System.out, System.err,
            new Terminals(Terminal.columns(0) >= 0, out >= 0, err >= 0, Math.max(0, Math.max(out, err))),
            new Interruption());
    }

    PrintStream out() {
        return out;
    }

    PrintStream err() {
        return err;
    }

    Interruption interruption() {
        return interruption;
    }

    /** How wide lines may be. */
    int columns() {
        int columns = terminals.columns;
        if (columns == 0) {
            try {
                columns = Integer.parseInt(environment.getOrDefault("COLUMNS", ""));
            } catch (NumberFormatException _) {
                columns = DEFAULT_COLUMNS;
            }
        }
        return Math.max(MIN_COLUMNS, columns);
    }

    /** Whether control sequences are understood and wanted; NO_COLOR is from no-color.org. */
    private boolean isRich(final boolean terminal) {
        return terminal && !environment.getOrDefault("TERM", "dumb").equals("dumb");
    }

    Style style() {
        return new Style(isRich(terminals.out) && environment.getOrDefault("NO_COLOR", "").isEmpty(),
            isUnicode(out.charset()));
    }

    private static boolean isUnicode(final Charset charset) {
        return charset.equals(StandardCharsets.UTF_8);
    }

    /** Whether a line can be drawn over again and again. */
    boolean showsProgress() {
        return isRich(terminals.err);
    }

    boolean isUnicodeProgress() {
        return isUnicode(err.charset());
    }

    synchronized void attach(final Progress value) {
        progress = value;
    }

    /** A line for people, whatever else is on the terminal. */
    synchronized void note(final String line) {
        if (progress != null) {
            progress.clear();
        }
        err.println("cordon: " + line);
        err.flush();
    }

    /** Ctrl-C: waits for the end of what must not be cut off. */
    void interrupt() {
        if (asking) {
            // What comes next begins on a line of its own.
            err.println();
            err.flush();
        }
        interruption.raise();
    }

    /**
     * Asks before something is destroyed.
     *
     * @param what       will happen, as a sentence.
     * @param assumedYes whether {@code --yes} was given.
     */
    void confirm(final String what, final boolean assumedYes) throws CommandFailure, IOException {
        if (assumedYes) {
            return;
        }
        if (!terminals.in || !terminals.err) {
            throw new CommandFailure(ExitCode.USAGE, what + " There is no terminal to ask at: give --yes if that is"
                + " what you want; nothing was done");
        }
        err.print("cordon: " + what + " Go on? [y/N] ");
        err.flush();
        // While it waits there is nothing to be ended in order: Ctrl-C ends the process at once.
        interruption.leave();
        final String answer;
        try {
            asking = true;
            answer = readLine();
        } finally {
            asking = false;
            interruption.enter();
        }
        if (!answer.equalsIgnoreCase("y") && !answer.equalsIgnoreCase("yes")) {
            throw new CommandFailure(ExitCode.USAGE, "not confirmed; nothing was done");
        }
    }

    private String readLine() throws IOException {
        final ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.write(next);
        }
        return line.toString(StandardCharsets.UTF_8).trim();
    }
}
