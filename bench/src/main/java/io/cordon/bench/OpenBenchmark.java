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
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * How long does opening a region take that exists, and how much memory: a whole one of 1 GiB; one that is all hole, of
 * 1 GiB to 1 TiB; one with 10 to 100,000 lost lines, one in each page?
 *
 * <p>Pairs: the region against {@code raw}, the same file mapped. {@code resident} is the most by which the process
 * grew in one opening; with lost lines it is the line map's part that has become resident, and the reading of the
 * sidecar. The heap is resident from the start, so that it does not count.
 *
 * <p>Controls: the file opened and not mapped; mapped twice. The measurement is wrong if mapping twice does not cost
 * more than once, if opening a hole grows with its size as the file does, or if 100,000 lost lines make less resident
 * than their 8 bytes of line word each, 800 KB.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xms512m", "-Xmx512m",
    "-XX:+AlwaysPreTouch"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class OpenBenchmark {
    private static final long HEALTHY = 1L << 30;

    /** What an opening made resident: the most of an iteration, in bytes. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Resident {
        public long resident;

        /** The kernel adds it up here; what statm says may be behind by hundreds of pages. */
        private static long now() throws IOException {
            try (var lines = Files.lines(Path.of("/proc/self/smaps_rollup"))) {
                final String kilobytes = lines.filter(line -> line.startsWith("Rss:")).findFirst().orElseThrow();
                return Long.parseLong(kilobytes.replaceAll("\\D", "")) << 10;
            }
        }
    }

    /** What is opened, and closed after each call. */
    @State(Scope.Thread)
    public abstract static class Opened {
        Path file;
        Region region;
        private long before;

        abstract Path make() throws IOException;

        /** Else the space of a hole is reserved when it is opened. */
        boolean isSparse() {
            return true;
        }

        void check() {
            // A whole region has nothing to say.
        }

        @Setup
        public void makeFile() throws IOException {
            file = make();
        }

        @Setup(Level.Invocation)
        public void measure() throws IOException {
            before = Resident.now();
        }

        @TearDown(Level.Invocation)
        public void close(final Resident resident) throws IOException {
            resident.resident = Math.max(resident.resident, Resident.now() - before);
            check();
            region.close();
            region = null;
            // A closed region keeps its addresses until it is collected, and a process has 128 TiB of them.
            System.gc();
        }
    }

    /** All is well with it. */
    public static class Healthy extends Opened {
        @Override
        Path make() throws IOException {
            final Path path = Mappings.folder().resolve("region");
            try (Region fresh = Region.builder(path).size(HEALTHY).open()) {
                fresh.putLong(0, 1);
            }
            return path;
        }

        @Override
        boolean isSparse() {
            return false;
        }
    }

    /** Large, and empty. */
    public static class Sparse extends Opened {
        @Param({"1073741824", "34359738368", "1099511627776"})
        public long bytes;

        @Override
        Path make() throws IOException {
            final Path path = Mappings.folder().resolve("region");
            Region.builder(path).size(bytes).sparse(true).open().close();
            return path;
        }
    }

    /** A lost line in each page. */
    public static class Damaged extends Opened {
        @Param({"10", "1000", "100000"})
        public int lines;

        @Override
        Path make() throws IOException {
            final Path path = Mappings.folder().resolve("region");
            LostLines.add(path, 0, lines);
            return path;
        }

        @Override
        void check() {
            if (region.poison().lineCount() != lines) {
                throw new IllegalStateException(region.poison().lineCount() + " lines are lost, not " + lines);
            }
        }
    }

    /** A file that is mapped, and unmapped after each call. */
    @State(Scope.Thread)
    public static class Mapped {
        private final Healthy healthy = new Healthy();
        private Arena arena;

        @Setup
        public void makeFile() throws IOException {
            healthy.makeFile();
        }

        @TearDown(Level.Invocation)
        public void close() {
            arena.close();
            System.gc();
        }
    }

    /** A large hole that is mapped, and unmapped after each call. */
    @State(Scope.Thread)
    public static class MappedSparse {
        @Param({"1073741824", "34359738368", "1099511627776"})
        public long bytes;
        private Path file;
        private Arena arena;

        @Setup
        public void makeFile() throws IOException {
            file = Mappings.folder().resolve("raw");
            try (RandomAccessFile grown = new RandomAccessFile(file.toFile(), "rw")) {
                grown.setLength(bytes);
            }
        }

        @TearDown(Level.Invocation)
        public void close() {
            arena.close();
            System.gc();
        }
    }

    private static MemorySegment map(final Path file, final long size, final Arena arena) throws IOException {
        try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
        }
    }

    private static Region open(final Opened opened) throws IOException {
        opened.region = Region.builder(opened.file).sparse(opened.isSparse()).open();
        return opened.region;
    }

    @Benchmark
    public Region regionOpen(final Healthy opened) throws IOException {
        return open(opened);
    }

    @Benchmark
    public MemorySegment rawOpen(final Mapped mapped) throws IOException {
        mapped.arena = Arena.ofShared();
        return map(mapped.healthy.file, HEALTHY, mapped.arena);
    }

    @Benchmark
    public MemorySegment rawOpenSparse(final MappedSparse mapped) throws IOException {
        mapped.arena = Arena.ofShared();
        return map(mapped.file, mapped.bytes, mapped.arena);
    }

    @Benchmark
    public MemorySegment controlOpenTwice(final Mapped mapped) throws IOException {
        mapped.arena = Arena.ofShared();
        map(mapped.healthy.file, HEALTHY, mapped.arena);
        return map(mapped.healthy.file, HEALTHY, mapped.arena);
    }

    @Benchmark
    public long controlOpenUnmapped(final Mapped mapped) throws IOException {
        mapped.arena = Arena.ofShared();
        try (FileChannel channel =
            FileChannel.open(mapped.healthy.file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.size();
        }
    }

    @Benchmark
    public Region regionOpenSparse(final Sparse opened) throws IOException {
        return open(opened);
    }

    @Benchmark
    public Region regionOpenLost(final Damaged opened) throws IOException {
        return open(opened);
    }
}
