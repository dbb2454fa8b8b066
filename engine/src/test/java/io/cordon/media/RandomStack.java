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
package io.cordon.media;

import io.cordon.linux.NativeFile;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A random stack of small files, and where each of its lines lies, found by laying the lines out one by one: without
 * arithmetic, so that it can be held against it.
 */
public final class RandomStack {
    private static final int PAGE_LINES = Lines.PAGE_LENGTH / Lines.LENGTH;
    private static final int[] CLEAR_UNITS = {64, 256, 512, 4096};

    private final SplittableRandom random;
    private final Path folder;
    private final String prefix;
    private final double plain;
    private final List<FileLeg> legs = new ArrayList<>();
    private final StackedMedia media;
    /** For each line of the stack its leg, and its line there. */
    private final int[] legOf;
    private final int[] lineOf;

    /** A line of a leg. */
    private record Place(int leg, int line) {
    }

    /** A part of the stack, and its lines in order. */
    private record Part(Leg leg, List<Place> lines) {
    }

    /**
     * Makes one.
     *
     * @param plain how probable it is for each leg to be an ordinary file.
     */
    public RandomStack(final SplittableRandom random, final Path folder, final String prefix, final double plain) {
        this(random, folder, prefix, plain, 1 << random.nextInt(2, 6));
    }

    /** Makes one of so many pages. */
    public RandomStack(final SplittableRandom random, final Path folder, final String prefix, final double plain,
        final int pages) {
        this.random = random;
        this.folder = folder;
        this.prefix = prefix;
        this.plain = plain;
        final Part part = stack(pages, random.nextInt(1, 4));
        media = (StackedMedia) part.leg();
        legOf = part.lines().stream().mapToInt(Place::leg).toArray();
        lineOf = part.lines().stream().mapToInt(Place::line).toArray();
    }

    private Part part(final int pages, final int depth) {
        return depth == 0 || random.nextInt(3) == 0 ? file(pages) : stack(pages, depth - 1);
    }

    private Part file(final int pages) {
        final int index = legs.size();
        final Media kind;
        if (random.nextDouble() < plain) {
            kind = Media.file();
        } else {
            final SimulatedMedia simulated = Media.simulated();
            simulated.clearUnit(CLEAR_UNITS[random.nextInt(CLEAR_UNITS.length)]);
            kind = simulated;
        }
        final FileLeg leg =
            (FileLeg) Leg.of(folder.resolve(prefix + index), (long) pages << Lines.PAGE_SHIFT, kind);
        legs.add(leg);
        final List<Place> lines = new ArrayList<>();
        for (int line = 0; line < pages * PAGE_LINES; line++) {
            lines.add(new Place(index, line));
        }
        return new Part(leg, lines);
    }

    private Part stack(final int pages, final int depth) {
        final int count = 1 << random.nextInt(1, 3);
        final int width = 1 << random.nextInt(3);
        return random.nextBoolean() && pages % (count * width) == 0 ? striped(pages, depth, count, width)
            : linear(pages, depth);
    }

    private Part striped(final int pages, final int depth, final int count, final int width) {
        final List<Part> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            parts.add(part(pages / count, depth));
        }
        final List<Place> lines = new ArrayList<>();
        final int stripe = width * PAGE_LINES;
        for (int start = 0; start < pages / count * PAGE_LINES; start += stripe) {
            for (final Part part : parts) {
                lines.addAll(part.lines().subList(start, start + stripe));
            }
        }
        return new Part(Media.striped((long) width << Lines.PAGE_SHIFT, legs(parts)), lines);
    }

    private Part linear(final int pages, final int depth) {
        final List<Part> parts = new ArrayList<>();
        int rest = pages;
        while (rest > 0) {
            final int share = random.nextInt(1, rest + 1);
            parts.add(part(share, depth));
            rest -= share;
        }
        final List<Place> lines = new ArrayList<>();
        parts.forEach(part -> lines.addAll(part.lines()));
        return new Part(Media.linear(legs(parts)), lines);
    }

    private static Leg[] legs(final List<Part> parts) {
        return parts.stream().map(Part::leg).toArray(Leg[]::new);
    }

    /** The stack. */
    public StackedMedia media() {
        return media;
    }

    /** Its files, in order. */
    public List<FileLeg> legs() {
        return legs;
    }

    /** How many lines it has. */
    public int lines() {
        return legOf.length;
    }

    /** The leg of a line. */
    public int leg(final int line) {
        return legOf[line];
    }

    /** Where in its leg a line starts, in bytes. */
    public long legOffset(final int line) {
        return (long) lineOf[line] << Lines.SHIFT;
    }

    /** The line that lies at a place. */
    public int line(final int leg, final long legOffset) {
        for (int i = 0; i < legOf.length; i++) {
            if (legOf[i] == leg && lineOf[i] == legOffset >>> Lines.SHIFT) {
                return i;
            }
        }
        throw new AssertionError("no line lies at " + legOffset + " of leg " + leg);
    }

    /** Makes the files and opens the medium over them, with some open file for the descriptor. */
    Medium open() throws IOException {
        final List<NativeFile> files = new ArrayList<>();
        files.add(NativeFile.create(folder.resolve(prefix)));
        for (final FileLeg leg : legs) {
            final NativeFile file = NativeFile.create(leg.path());
            file.setSize(leg.size());
            files.add(file);
        }
        return media.open(files, false);
    }

    /** The lines that are set, as ranges; those in one leg if that is not negative. */
    public List<ByteRange> ranges(final boolean[] set, final int leg) {
        final boolean[] flags = leg < 0 ? set : new boolean[set.length];
        for (int i = 0; leg >= 0 && i < set.length; i++) {
            if (set[i] && legOf[i] == leg) {
                flags[lineOf[i]] = true;
            }
        }
        final List<ByteRange> ranges = new ArrayList<>();
        for (int i = 0; i < flags.length; i++) {
            if (flags[i]) {
                ByteRange.append(ranges, (long) i << Lines.SHIFT, Lines.LENGTH);
            }
        }
        return ranges;
    }

    @Override
    public String toString() {
        return media.shape() + " " + Arrays.toString(legs.stream().map(FileLeg::media).toArray());
    }
}
