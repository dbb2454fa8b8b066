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

import io.cordon.poison.Lines;
import io.cordon.poison.PoisonException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What each line of a region may hold, and whether it may be refused: what a reopened region is checked against. A line
 * holds eight times the same word, which names the line and counts its stores, or zeroes.
 */
final class LineModel {
    private static final long VERSION_BITS = 40;

    private final List<List<Long>> allowed = new ArrayList<>();
    private final boolean[] mayBeRefused;
    private final boolean[] mayBeRead;
    private final boolean[] uncertain;
    private boolean persisting;

    /** A region that nobody has stored to. */
    LineModel(final int lines) {
        for (int i = 0; i < lines; i++) {
            allowed.add(List.of(0L));
        }
        mayBeRefused = new boolean[lines];
        mayBeRead = new boolean[lines];
        uncertain = new boolean[lines];
        Arrays.fill(mayBeRead, true);
    }

    int lines() {
        return mayBeRead.length;
    }

    static long word(final int line, final long version) {
        return (line + 1L) << VERSION_BITS | version;
    }

    static byte[] content(final long word) {
        final ByteBuffer bytes = ByteBuffer.allocate(Lines.LENGTH).order(ByteOrder.nativeOrder());
        while (bytes.hasRemaining()) {
            bytes.putLong(word);
        }
        return bytes.array();
    }

    /** A store or a recovery write has begun: the line may hold the new word from now on. */
    void writing(final int line, final long word) {
        final List<Long> words = new ArrayList<>(allowed.get(line));
        words.add(word);
        allowed.set(line, words);
        mayBeRead[line] = true;
    }

    /** A store was refused: it changed nothing. */
    void notWritten(final int line, final long word) {
        allowed.set(line, allowed.get(line).stream().filter(other -> other != word).toList());
        mayBeRead[line] = !allowed.get(line).isEmpty();
    }

    /** A recovery write failed: it may have taken effect or not, and nobody knows what a later sync is for. */
    void uncertain(final int line) {
        uncertain[line] = true;
    }

    /** What was stored last is durable. */
    void persisted(final int line) {
        if (!allowed.get(line).isEmpty() && !uncertain[line]) {
            allowed.set(line, List.of(allowed.get(line).getLast()));
        }
    }

    /** The line is being destroyed. */
    void losing(final int line) {
        mayBeRefused[line] = true;
    }

    /** The line is destroyed: no load may return anything. */
    void lost(final int line) {
        mayBeRefused[line] = true;
        mayBeRead[line] = false;
        allowed.set(line, List.of());
    }

    /** A recovery write of a refused line has returned: it is durable. */
    void recovered(final int line) {
        if (mayBeRefused[line]) {
            mayBeRefused[line] = false;
            persisted(line);
        }
    }

    /** The line is known to hold a word, or to be refused if it is null. */
    void found(final int line, final Long word) {
        mayBeRefused[line] = word == null;
        mayBeRead[line] = word != null;
        allowed.set(line, word == null ? List.of() : List.of(word));
    }

    boolean isRefused(final int line) {
        return !mayBeRead[line];
    }

    boolean mayBeRefused(final int line) {
        return mayBeRefused[line] || persisting;
    }

    /** A persist that may fail is under way, or has failed: then every line of its range is suspect (law 10). */
    void persisting(final boolean value) {
        persisting = value;
    }

    boolean allows(final int line, final long word) {
        return allowed.get(line).contains(word);
    }

    /** Whether more than one outcome is right. */
    boolean isOpen(final int line) {
        return mayBeRefused(line) || allowed.get(line).size() > 1;
    }

    /**
     * Loads every line.
     *
     * @param mixed whether a line may hold some words of an old store and some of a new one.
     */
    void check(final Region region, final boolean mixed, final String context) {
        final byte[] bytes = new byte[Lines.LENGTH];
        for (int line = 0; line < mayBeRead.length; line++) {
            final boolean refused = !load(region, line, bytes);
            if (refused && !mayBeRefused(line)) {
                throw new AssertionError("Law 3: line " + line + " is refused, and held " + hex(line) + "; " + context);
            }
            if (!refused) {
                if (!mayBeRead[line]) {
                    throw new AssertionError("Law 4: line " + line + " is lost, and a load returned "
                        + Long.toHexString(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getLong()) + "; "
                        + context);
                }
                checkWords(line, bytes, mixed, context);
            }
        }
    }

    private void checkWords(final int line, final byte[] bytes, final boolean mixed, final String context) {
        final ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        final long first = words.getLong(0);
        while (words.hasRemaining()) {
            final long word = words.getLong();
            if (!allowed.get(line).contains(word) || !mixed && word != first) {
                throw new AssertionError("Law 1, 3 or 5: line " + line + " holds " + Long.toHexString(word)
                    + ", may hold " + hex(line) + (mayBeRefused[line] ? " or be refused" : "") + "; " + context);
            }
        }
    }

    /** False if the line is refused. */
    static boolean load(final Region region, final int line, final byte[] bytes) {
        try {
            region.get((long) line << Lines.SHIFT, bytes, 0, Lines.LENGTH);
            return true;
        } catch (PoisonException _) {
            return false;
        }
    }

    private String hex(final int line) {
        return allowed.get(line).stream().map(Long::toHexString).toList().toString();
    }
}
