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

import io.cordon.linux.Libc;
import io.cordon.linux.NativeFile;
import io.cordon.poison.ByteRange;


import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Several media as one: {@link Media#linear(Leg...)} and {@link Media#striped(long, Leg...)}. Immutable, but the media
 * of its legs may serve one region at a time.
 */
public final class StackedMedia extends Media implements Leg {
    private final List<Leg> parts;
    private final List<FileLeg> legs;
    private final StackLayout layout;
    /** 0: the parts one after the other. */
    private final long width;
    private final long size;

    private StackedMedia(final long width, final List<Leg> parts) {
        this.parts = parts;
        this.width = width;
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("a stack needs a leg");
        }
        final long[] sizes = parts.stream().mapToLong(Leg::size).toArray();
        long sum = 0;
        for (final long part : sizes) {
            if (Long.MAX_VALUE - sum < part) {
                throw new IllegalArgumentException("the legs have more than " + Long.MAX_VALUE + " bytes together");
            }
            sum += part;
        }
        size = sum;
        layout = width == 0 ? new StackLayout.Linear(sizes) : new StackLayout.Striped(width, parts.size());
        legs = parts.stream().flatMap(StackedMedia::files).toList();
        requireDistinct(legs);
    }

    static StackedMedia linear(final List<Leg> parts) {
        return new StackedMedia(0, parts);
    }

    static StackedMedia striped(final long width, final List<Leg> parts) {
        if (width <= 0 || width % Libc.pageSize() != 0) {
            throw new IllegalArgumentException("stripe width " + width
                + " is not a positive multiple of the kernel's page size " + Libc.pageSize());
        }
        for (final Leg part : parts) {
            if (part.size() != parts.getFirst().size()) {
                throw new IllegalArgumentException("the legs of stripes must be of equal size: " + parts.getFirst()
                    + " has " + parts.getFirst().size() + " bytes, " + part + " has " + part.size());
            }
            if (part.size() % width != 0) {
                throw new IllegalArgumentException(
                    part + ": size " + part.size() + " is not a multiple of the stripe width " + width);
            }
        }
        return new StackedMedia(width, parts);
    }

    private static Stream<FileLeg> files(final Leg leg) {
        return switch (leg) {
            case final FileLeg file -> Stream.of(file);
            case final StackedMedia stack -> stack.legs.stream();
        };
    }

    private static void requireDistinct(final List<FileLeg> legs) {
        final Set<Path> paths = new HashSet<>();
        final Set<Media> media = new HashSet<>();
        for (final FileLeg leg : legs) {
            if (!paths.add(leg.path().toAbsolutePath().normalize())) {
                throw new IllegalArgumentException(leg.path() + " is given as two legs; each needs a file of its own");
            }
            if (leg.media() instanceof SimulatedMedia && !media.add(leg.media())) {
                throw new IllegalArgumentException(
                    leg.path() + ": its simulated medium lies under another leg too; make one for each");
            }
        }
    }

    /**
     * The size of a region on the stack.
     *
     * @return the sum of the legs' sizes, in bytes.
     */
    @Override
    public long size() {
        return size;
    }

    /**
     * The files at the bottom of the stack, in the order in which they were named.
     *
     * @return the files, those of nested stacks in place of these; unmodifiable.
     */
    public List<FileLeg> legs() {
        return legs;
    }

    /**
     * How the stack is built, without what can change: names and media.
     *
     * @return {@code linear(…)} or {@code striped(width: …)} around sizes in bytes, or again one of these.
     */
    public String shape() {
        return parts.stream().map(part -> part instanceof final StackedMedia stack
            ? stack.shape() : Long.toString(part.size())).collect(Collectors.joining(", ", opening(), ")"));
    }

    private String opening() {
        return width == 0 ? "linear(" : "striped(" + width + ": ";
    }

    /**
     * Bytes that follow each other in the stack and in a file.
     *
     * @param leg   the file.
     * @param range in the file's own offsets.
     */
    public record Place(FileLeg leg, ByteRange range) {
    }

    /**
     * Where a range of the stack is.
     *
     * @param offset first byte.
     * @param length in bytes; positive.
     * @return in the order of the range.
     * @throws IndexOutOfBoundsException if the range is not in the stack.
     */
    public List<Place> locate(final long offset, final long length) {
        Objects.checkFromIndexSize(offset, length, size);
        final List<Place> places = new ArrayList<>();
        long position = offset;
        while (position < offset + length) {
            final StackLayout.Piece piece = layout.down(position, offset + length - position);
            switch (parts.get(piece.leg())) {
                case final FileLeg leg -> places.add(new Place(leg, new ByteRange(piece.legOffset(), piece.length())));
                case final StackedMedia stack -> places.addAll(stack.locate(piece.legOffset(), piece.length()));
            }
            position += piece.length();
        }
        return places;
    }

    /**
     * How many pieces the mapping of a region on the stack consists of, at most. The kernel counts them
     * (vm.max_map_count, mm/mmap.c).
     *
     * @return the number; one for each leg if nothing is striped, one for each stripe otherwise.
     */
    public long mappings() {
        long sum = width == 0 ? 0 : size / width - parts.size();
        for (final Leg part : parts) {
            sum += part instanceof final StackedMedia stack ? stack.mappings() : 1;
        }
        return sum;
    }

    @Override
    @SuppressWarnings("exports")
    public Medium open(final NativeFile file, final boolean readOnly) throws IOException {
        return open(List.of(file), readOnly);
    }

    @Override
    @SuppressWarnings("exports")
    public Medium open(final List<NativeFile> files, final boolean readOnly) throws IOException {
        if (files.size() != legs.size() + 1) {
            throw new IllegalArgumentException(
                "a stack of " + legs.size() + " files and its descriptor, opened with " + files.size() + " files");
        }
        final Iterator<NativeFile> rest = files.iterator();
        return open(rest.next(), rest, readOnly);
    }

    private StackedMedium open(final NativeFile descriptor, final Iterator<NativeFile> files, final boolean readOnly)
        throws IOException {
        final List<Medium> opened = new ArrayList<>();
        try {
            for (final Leg part : parts) {
                opened.add(switch (part) {
                    case final FileLeg leg -> leg.media().open(files.next(), readOnly);
                    case final StackedMedia stack -> stack.open(null, files, readOnly);
                });
            }
        } catch (final Throwable failure) {
            opened.forEach(Medium::close);
            throw failure;
        }
        return new StackedMedium(descriptor, layout, opened, parts.stream().map(Leg::size).toList());
    }

    /**
     * The stack as text.
     *
     * @return as {@link #shape}, with the files and their media.
     */
    @Override
    public String toString() {
        return parts.stream().map(part -> part instanceof final FileLeg leg
            ? leg.path() + " on " + leg.media() : part.toString()).collect(Collectors.joining(", ", opening(), ")"));
    }
}
