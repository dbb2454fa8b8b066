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
package io.cordon.bench;

import io.cordon.Region;
import io.cordon.linux.Libc;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * The two sides of every benchmark, over files of the same size and content in one directory: a raw mapping, and a
 * region.
 *
 * <p>A fork opens the side that it measures and not the other: a mapped segment and a region's segment are of different
 * classes, and a call site that has met both is slower for both.
 *
 * <p>The files lie in a new folder of {@code java.io.tmpdir}, or of the folder that {@code -Dcordon.bench.folder=}
 * names. All their pages are written, synced and touched through the mapping before anything is measured: no holes, no
 * page faults, no write-back.
 */
public final class Mappings {
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    static final String FOLDER_PROPERTY = "cordon.bench.folder";

    private static final int PAGE = 4096;
    private static final int SMALL = 1 << 16;

    /**
     * So much of a file lies past what the benchmarks touch, and its last page is there for poison. A failed page slows
     * accesses of the page before it, and of those whose index is the same as one of the two modulo 2048. Half of that
     * away it slows none of a small file, and of a large one its share; {@link DegradedBenchmark} has what is nearer.
     */
    private static final int BEYOND = 1024 * PAGE;

    /** A region that nobody can reach is closed. */
    private static final List<Region> KEPT = new ArrayList<>();

    private static boolean claimed;
    private static MemorySegment openSegment;
    private static Region openRegion;

    private Mappings() {
    }

    static Path folder() throws IOException {
        final String parent = System.getProperty(FOLDER_PROPERTY, System.getProperty("java.io.tmpdir"));
        final Path folder = Files.createTempDirectory(Path.of(parent), "cordon-bench-");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
        return folder;
    }

    private static void delete(final Path folder) {
        try {
            Folders.delete(folder);
        } catch (final IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Has the kernel make the pages durable that hold a range, by msync(2). */
    static void msync(final long address, final long length) throws IOException {
        final long first = address & -Libc.pageSize();
        final int status = Libc.msync(first, address + length - first, Libc.MS_SYNC);
        if (status != 0) {
            throw new IOException("msync: error number " + -status);
        }
    }

    /** A file whose words are all different. */
    static Path fill(final Path file, final long size) throws IOException {
        return fill(file, size, Mappings::distinct);
    }

    private static long distinct(final long index) {
        return index * 0x9E37_79B9_7F4A_7C15L;
    }

    /** Writes a file, word by word, and syncs it. */
    static Path fill(final Path file, final long size, final LongUnaryOperator words) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            final ByteBuffer block = ByteBuffer.allocateDirect(SMALL).order(ByteOrder.nativeOrder());
            for (long word = 0; word < size / Long.BYTES;) {
                block.clear();
                while (block.hasRemaining() && word < size / Long.BYTES) {
                    block.putLong(words.applyAsLong(word++));
                }
                block.flip();
                while (block.hasRemaining()) {
                    channel.write(block);
                }
            }
            channel.force(true);
        }
        return file;
    }

    /** To be called once in a JVM, by the side that is measured. */
    static void claim() {
        if (claimed) {
            throw new IllegalStateException("this JVM has measured already; run each benchmark in a fork of its own");
        }
        claimed = true;
    }

    private static MemorySegment openSegment(final long size, final LongUnaryOperator words) throws IOException {
        claim();
        final Path file = fill(folder().resolve("raw"), size + BEYOND, words);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final MemorySegment segment =
                channel.map(FileChannel.MapMode.READ_WRITE, 0, size + BEYOND, Arena.ofShared());
            segment.load();
            openSegment = segment;
            return segment;
        }
    }

    private static Region openRegion(final long size, final String poison, final LongUnaryOperator words)
        throws IOException {
        claim();
        final Path folder = folder();
        final Path file = fill(folder.resolve("region"), size + BEYOND, words);
        final Region region;
        switch (poison) {
            case "clean" -> region = Region.builder(file).open();
            case "elsewhere" -> region = poisoned(file, size + BEYOND - PAGE);
            case "other" -> {
                poisoned(fill(folder.resolve("other"), SMALL), SMALL - PAGE);
                region = Region.builder(file).open();
            }
            default -> throw new IllegalArgumentException("poison is clean, elsewhere or other, not " + poison);
        }
        for (long offset = 0; offset < size; offset += PAGE) {
            region.getByte(offset);
        }
        openRegion = region;
        return region;
    }

    /** Makes a region that was opened otherwise the constant one. */
    static Region adopt(final Region region) {
        claim();
        openRegion = region;
        return region;
    }

    /** A region with one lost line; it stays open until the JVM ends. */
    private static Region poisoned(final Path file, final long offset) throws IOException {
        final SimulatedMedia media = Media.simulated();
        final Region region = Region.builder(file).media(media).open();
        media.inject(offset, 1);
        try {
            region.getByte(offset);
        } catch (final PoisonException expected) {
            KEPT.add(region);
            return region;
        }
        throw new IllegalStateException("the injected poison was not met");
    }

    /** The raw mapping as a constant: initialised at the first use, which comes after the set-up. */
    static final class ConstantSegment {
        static final MemorySegment SEGMENT = openSegment;

        private ConstantSegment() {
        }
    }

    /** The region as a constant. */
    static final class ConstantRegion {
        static final Region REGION = openRegion;

        private ConstantRegion() {
        }
    }

    /** What both sides have. */
    @State(Scope.Benchmark)
    public abstract static class Side {
        /** Where a single access goes: a field, so that C2 does not know it. */
        long offset = SMALL / 2 + 24;
        /** Keeps a random word's offset inside; size - 8. */
        long mask;
        long random = 0x2545_F491_4F6C_DD1DL;
        float floatValue = 1.5F;
        double doubleValue = 1.5;

        long size() throws IOException {
            return SMALL;
        }

        /** What the file holds at 8 times the index. */
        long word(final long index) {
            return distinct(index);
        }

        abstract void open(long size) throws IOException;

        @Setup
        public void setUp() throws IOException {
            if (Long.bitCount(size()) != 1) {
                throw new IllegalArgumentException("size " + size() + " is not a power of two");
            }
            mask = size() - Long.BYTES;
            open(size());
        }
    }

    /** The raw side, in an instance field. */
    public static class Raw extends Side {
        MemorySegment segment;

        @Override
        void open(final long size) throws IOException {
            segment = openSegment(size, this::word);
        }
    }

    /** The region, in an instance field. */
    public static class Guarded extends Side {
        Region region;

        String poison() {
            return "clean";
        }

        @Override
        void open(final long size) throws IOException {
            region = openRegion(size, poison(), this::word);
        }

        /** Lines of this region that are refused. */
        long lostLines() {
            return "elsewhere".equals(poison()) ? 1 : 0;
        }

        @TearDown
        public void tearDown() {
            if (region.poison().lineCount() != lostLines()) {
                throw new IllegalStateException(
                    region.poison().lineCount() + " lines are refused, and " + lostLines() + " were lost");
            }
        }
    }

    /** The region, with a lost line in it, in another region, or nowhere. */
    public static class Degraded extends Guarded {
        @Param({"clean", "elsewhere", "other"})
        public String poison;

        @Override
        String poison() {
            return poison;
        }
    }

    /** The next of a sequence of random numbers, in registers alone (xorshift64). */
    static long next(final long random) {
        long x = random;
        x ^= x << 13;
        x ^= x >>> 7;
        return x ^ x << 17;
    }
}
