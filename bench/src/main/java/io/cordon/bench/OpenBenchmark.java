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
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
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
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * Opening a region that exists: a whole one, one of 1 TiB that is all hole, one with many lost lines. The heap is
 * resident from the start, so that what grows is what the opening takes.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xms512m", "-Xmx512m",
    "-XX:+AlwaysPreTouch"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class OpenBenchmark {
    private static final long HEALTHY = 1L << 30;
    private static final long SPARSE = 1L << 40;
    private static final int PAGE = 4096;
    private static final int LINE = 64;

    /** What an opening made resident: the most of an iteration, in bytes. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Resident {
        public long resident;

        private static long now() throws IOException {
            final String pages = Files.readString(Path.of("/proc/self/statm")).split(" ")[1];
            return Long.parseLong(pages) * PAGE;
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

    /** As large as a file may be, and empty. */
    public static class Sparse extends Opened {
        @Override
        Path make() throws IOException {
            final Path path = Mappings.folder().resolve("region");
            Region.builder(path).size(SPARSE).sparse(true).open().close();
            return path;
        }
    }

    /** A lost line in each page. */
    public static class Damaged extends Opened {
        @Param("100000")
        public int lines;

        /** Lines become lost when they cannot be made durable; in memory, since each of them is recorded at once. */
        @Override
        Path make() throws IOException {
            final Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "cordon-bench-");
            final Path source = memory.resolve("region");
            final SimulatedMedia media = Media.simulated();
            try (Region fresh =
                Region.builder(source).size((long) lines * PAGE).sparse(true).media(media).open()) {
                media.failPersist(true);
                for (int i = 0; i < lines; i++) {
                    lose(fresh, (long) i * PAGE);
                }
            }
            final Path target = Mappings.folder().resolve("region");
            Region.builder(target).size((long) lines * PAGE).sparse(true).open().close();
            final Path sidecar = target.resolveSibling("region.cordon");
            Files.delete(sidecar);
            Files.copy(memory.resolve("region.cordon"), sidecar);
            for (final String name : new String[] {"region", "region.cordon", "region.simulated"}) {
                Files.delete(memory.resolve(name));
            }
            Files.delete(memory);
            return target;
        }

        private static void lose(final Region region, final long offset) {
            try {
                region.persist(offset, LINE);
            } catch (IOException _) {
                return;
            }
            throw new IllegalStateException("offset " + offset + " was made durable");
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
        try (FileChannel channel =
            FileChannel.open(mapped.healthy.file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, HEALTHY, mapped.arena);
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
