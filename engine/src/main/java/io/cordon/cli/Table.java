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

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Columns of text, as wide as they need to be. */
final class Table {
    private final List<String[]> rows = new ArrayList<>();
    private final boolean[] rightAligned;

    /** A header that begins with a blank belongs to a column of numbers. */
    Table(final String... header) {
        rightAligned = new boolean[header.length];
        final String[] row = header.clone();
        for (int i = 0; i < header.length; i++) {
            rightAligned[i] = header[i].startsWith(" ");
            row[i] = header[i].trim();
        }
        rows.add(row);
    }

    void add(final Object... cells) {
        rows.add(Arrays.stream(cells).map(String::valueOf).toArray(String[]::new));
    }

    void print(final PrintStream out, final Style style) {
        final int[] widths = new int[rightAligned.length];
        for (final String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        for (int r = 0; r < rows.size(); r++) {
            final StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                final String cell = rows.get(r)[i];
                final String blanks = " ".repeat(widths[i] - cell.length());
                line.append(i == 0 ? "" : "  ").append(rightAligned[i] ? blanks + cell : cell + blanks);
            }
            out.println(r == 0 ? style.paint(Style.Look.BOLD, line.toString().stripTrailing())
                : line.toString().stripTrailing());
        }
    }
}
