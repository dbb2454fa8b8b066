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

import io.cordon.Inspection;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * A picture of a region, a few lines high: each cell stands for a number of pages, and shows how many of their lines
 * are refused. A cell with a single bad line never looks clean.
 */
final class DamageMap {
    private static final int MAX_ROWS = 4;
    private static final int MAX_COLUMNS = 160;
    private static final double LOW = 0.01;
    private static final double MEDIUM = 0.1;
    private static final double HIGH = 0.5;

    private final long size;
    private final Style style;
    private final int columns;
    private final int labelLength;
    private final int rowCells;
    private final long cellLength;
    private final long[] refused;
    private final boolean[] poisoned;
    private final boolean[] latent;

    /** What a cell shows; in this order in the legend. */
    private enum Cell {
        CLEAN("·", ".", Style.Look.DIM, "clean"),
        SOME("░", "-", Style.Look.YELLOW, "under 1% of the lines refused"),
        MORE("▒", "+", Style.Look.YELLOW, "under 10%"),
        MANY("▓", "*", Style.Look.YELLOW, "under 50%"),
        MOST("█", "#", Style.Look.YELLOW, "more"),
        POISONED("!", "!", Style.Look.RED, "poison that is not recovered"),
        LATENT("?", "?", Style.Look.CYAN, "latent (only a simulated medium can know)");

        private final String unicode;
        private final String ascii;
        private final Style.Look look;
        private final String meaning;

        Cell(final String unicode, final String ascii, final Style.Look look, final String meaning) {
            this.unicode = unicode;
            this.ascii = ascii;
            this.look = look;
            this.meaning = meaning;
        }

        String symbol(final Style style) {
            return style.unicode() ? unicode : ascii;
        }
    }

    DamageMap(final long size, final List<Inspection.Damage> damage, final List<ByteRange> latentRanges,
        final Style style, final int columns) {
        this.size = size;
        this.style = style;
        this.columns = columns;
        labelLength = Sizes.hex(size).length();
        rowCells = Math.min(columns, MAX_COLUMNS) - labelLength - 2;
        final long pages = size >>> Lines.PAGE_SHIFT;
        final long rows = Math.min(MAX_ROWS, (pages + rowCells - 1) / rowCells);
        cellLength = (pages + rows * rowCells - 1) / (rows * rowCells) << Lines.PAGE_SHIFT;
        final int cells = (int) ((size + cellLength - 1) / cellLength);
        refused = new long[cells];
        poisoned = new boolean[cells];
        latent = new boolean[cells];
        for (final Inspection.Damage part : damage) {
            for (int cell = cell(part.range().offset()); cell <= cell(part.range().end() - 1); cell++) {
                refused[cell] += overlap(part.range(), cell);
                poisoned[cell] |= part.state() != Inspection.State.LOST;
            }
        }
        for (final ByteRange range : latentRanges) {
            for (int cell = cell(range.offset()); cell <= cell(range.end() - 1); cell++) {
                latent[cell] = true;
            }
        }
    }

    private int cell(final long offset) {
        return (int) (offset / cellLength);
    }

    private long overlap(final ByteRange range, final int cell) {
        return Math.min(range.end(), (cell + 1) * cellLength) - Math.max(range.offset(), cell * cellLength);
    }

    private Cell look(final int cell) {
        if (poisoned[cell]) {
            return Cell.POISONED;
        }
        if (refused[cell] == 0) {
            return latent[cell] ? Cell.LATENT : Cell.CLEAN;
        }
        final double share = (double) refused[cell] / Math.min(cellLength, size - cell * cellLength);
        return share < LOW ? Cell.SOME : share < MEDIUM ? Cell.MORE : share < HIGH ? Cell.MANY : Cell.MOST;
    }

    /** The rows, and the legend of what is in them. */
    List<String> lines() {
        final List<String> lines = new ArrayList<>();
        final TreeSet<Cell> used = new TreeSet<>();
        for (int first = 0; first < refused.length; first += rowCells) {
            final String label = Sizes.hex(first * cellLength);
            final StringBuilder line = new StringBuilder(" ".repeat(labelLength - label.length()))
                .append(style.paint(Style.Look.DIM, label)).append("  ");
            final int end = Math.min(first + rowCells, refused.length);
            int cell = first;
            while (cell < end) {
                final Cell look = look(cell);
                int next = cell + 1;
                while (next < end && look(next) == look) {
                    next++;
                }
                used.add(look);
                line.append(style.paint(look.look, look.symbol(style).repeat(next - cell)));
                cell = next;
            }
            lines.add(line.toString());
        }
        legend(lines, used);
        return lines;
    }

    private void legend(final List<String> lines, final TreeSet<Cell> used) {
        final String indent = " ".repeat(labelLength + 2);
        StringBuilder line = new StringBuilder(indent);
        String text = "one cell is " + Sizes.bytes(cellLength);
        int length = indent.length() + text.length();
        line.append(text);
        for (final Cell cell : used) {
            text = cell.symbol(style) + " " + cell.meaning;
            if (length + 2 + text.length() > columns) {
                lines.add(line.toString());
                line = new StringBuilder(indent);
                length = indent.length() - 2;
            } else {
                line.append("  ");
            }
            line.append(style.paint(cell.look, cell.symbol(style))).append(' ').append(cell.meaning);
            length += 2 + text.length();
        }
        lines.add(line.toString());
    }
}
