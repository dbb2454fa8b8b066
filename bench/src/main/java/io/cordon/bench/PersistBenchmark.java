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
import jdk.nio.mapmode.ExtendedMapMode;
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
import java.lang.foreign.MemorySegment;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * What does it cost to make a range durable that has just been stored to, 64 B to 1 MiB, with a mirror and without?
 *
 * <p>Pairs: the region; {@code msync} of the pages that hold the range; PMDK's {@code pmem_msync} and {@code
 * pmem_persist}; each against {@code raw}, {@code MappedByteBuffer.force}. With a mirror: two files, one after the
 * other. Buffers are mapped with {@code MAP_SYNC} where the file system offers it (JEP 352), as regions and PMDK do by
 * themselves; the first line that a fork prints says whether it was.
 *
 * <p>Controls: {@code pmem_persist} on a file that is not mapped with {@code MAP_SYNC} writes cache lines back and
 * makes nothing durable, so that it is the least that any of them can cost there; {@code force} of a range that nobody
 * has stored to, which still has a device with a volatile cache flush it; {@code force} of two ranges. The measurement
 * is wrong if a clean range of 1 MiB costs what the stored one does (then the store was written back before it was
 * measured), or if a mirror costs nothing.
 *
 * <p>Without libpmem the methods {@code pmem...} fail and say so.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = Peers.NATIVE_ACCESS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class PersistBenchmark {
    private static final int SIZE = 1 << 24;

    /** Which range, and a new value for its bytes. */
    @State(Scope.Thread)
    public abstract static class Range {
        @Param({"64", "4096", "1048576"})
        public int bytes;

        int offset;
        private long random = 0x2545_F491_4F6C_DD1DL;

        abstract void fill(byte value);

        @Setup(Level.Invocation)
        public void store() {
            random = Mappings.next(random);
            offset = (int) random & SIZE - bytes;
            fill((byte) (random >>> Integer.SIZE));
        }
    }

    /** A region. */
    public static class Plain extends Range {
        Region region;

        Region.Builder builder() throws IOException {
            return Region.builder(Mappings.fill(Mappings.folder().resolve("region"), SIZE));
        }

        @Setup
        public void open() throws IOException {
            region = builder().open();
        }

        @Override
        void fill(final byte value) {
            region.fill(offset, bytes, value);
        }

        @TearDown
        public void close() {
            region.close();
        }
    }

    /** A region with a mirror. */
    public static class Mirrored extends Plain {
        @Override
        Region.Builder builder() throws IOException {
            return super.builder().mirror(Mappings.folder().resolve("mirror")).resynchronizeMirror(true);
        }
    }

    /** A mapped buffer. */
    public static class Buffer extends Range {
        MappedByteBuffer buffer;

        static MappedByteBuffer map(final String name) throws IOException {
            final Path file = Mappings.fill(Mappings.folder().resolve(name), SIZE);
            try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                return map(channel);
            }
        }

        private static MappedByteBuffer map(final FileChannel channel) throws IOException {
            MappedByteBuffer mapped;
            String how = "with";
            try {
                mapped = channel.map(ExtendedMapMode.READ_WRITE_SYNC, 0, SIZE);
            } catch (IOException | UnsupportedOperationException _) {
                how = "without";
                mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE);
            }
            System.out.println("mapped " + how + " MAP_SYNC");
            return mapped;
        }

        @Setup
        public void open() throws IOException {
            buffer = map("raw");
        }

        /** The pages that hold the range, by msync(2). */
        void sync(final MappedByteBuffer target) throws IOException {
            Mappings.msync(MemorySegment.ofBuffer(target).address() + offset, bytes);
        }

        static void fill(final MappedByteBuffer target, final int offset, final int length, final byte value) {
            for (int i = offset; i < offset + length; i++) {
                target.put(i, value);
            }
        }

        @Override
        void fill(final byte value) {
            fill(buffer, offset, bytes, value);
        }
    }

    /** Two mapped buffers. */
    public static class TwoBuffers extends Buffer {
        MappedByteBuffer second;

        // JMH would run an overriding set-up method twice.
        @Setup
        public void openSecond() throws IOException {
            second = map("second");
        }

        @Override
        void fill(final byte value) {
            super.fill(value);
            fill(second, offset, bytes, value);
        }
    }

    /** A file that libpmem mapped. */
    public static class Pmem extends Range {
        final Libpmem library = Libpmem.load();
        private Libpmem.Mapping mapping;

        Libpmem.Mapping map(final String name) throws IOException {
            final Libpmem.Mapping mapped = library.map(Mappings.fill(Mappings.folder().resolve(name), SIZE));
            System.out.println("pmem_map_file: " + (mapped.isPmem() ? "" : "not ") + "persistent memory");
            return mapped;
        }

        @Setup
        public void open() throws IOException {
            mapping = map("pmem");
        }

        MemorySegment range() {
            return mapping.address().asSlice(offset, bytes);
        }

        @Override
        void fill(final byte value) {
            range().fill(value);
        }

        @TearDown
        public void close() {
            library.unmap(mapping);
        }
    }

    /** Two files that libpmem mapped. */
    public static class TwoPmem extends Pmem {
        private Libpmem.Mapping second;

        @Setup
        public void openSecond() throws IOException {
            second = map("second");
        }

        MemorySegment secondRange() {
            return second.address().asSlice(offset, bytes);
        }

        @Override
        void fill(final byte value) {
            super.fill(value);
            secondRange().fill(value);
        }

        @TearDown
        public void closeSecond() {
            library.unmap(second);
        }
    }

    @Benchmark
    public void regionPersist(final Plain range) throws IOException {
        range.region.persist(range.offset, range.bytes);
    }

    @Benchmark
    public void rawPersist(final Buffer range) {
        range.buffer.force(range.offset, range.bytes);
    }

    @Benchmark
    public void regionPersistMirrored(final Mirrored range) throws IOException {
        range.region.persist(range.offset, range.bytes);
    }

    @Benchmark
    public void rawPersistMirrored(final TwoBuffers range) {
        range.buffer.force(range.offset, range.bytes);
        range.second.force(range.offset, range.bytes);
    }

    @Benchmark
    public void msyncPersist(final Buffer range) throws IOException {
        range.sync(range.buffer);
    }

    @Benchmark
    public void msyncPersistMirrored(final TwoBuffers range) throws IOException {
        range.sync(range.buffer);
        range.sync(range.second);
    }

    @Benchmark
    public void pmemMsyncPersist(final Pmem range) throws IOException {
        range.library.msync(range.range());
    }

    @Benchmark
    public void pmemMsyncPersistMirrored(final TwoPmem range) throws IOException {
        range.library.msync(range.range());
        range.library.msync(range.secondRange());
    }

    @Benchmark
    public void pmemPersist(final Pmem range) {
        range.library.persist(range.range());
    }

    @Benchmark
    public void pmemPersistMirrored(final TwoPmem range) {
        range.library.persist(range.range());
        range.library.persist(range.secondRange());
    }

    /** As {@link Buffer}, with nothing stored: it has been made durable before. */
    public static class Clean extends Buffer {
        @Override
        void fill(final byte value) {
            super.fill(value);
            buffer.force(offset, bytes);
        }
    }

    @Benchmark
    public void controlForceClean(final Clean range) {
        range.buffer.force(range.offset, range.bytes);
    }

    /** As {@link Buffer}, with another range at the file's other end. */
    public static class TwoRanges extends Buffer {
        int other;

        @Override
        void fill(final byte value) {
            super.fill(value);
            other = SIZE - bytes - offset;
            fill(buffer, other, bytes, value);
        }
    }

    @Benchmark
    public void controlForceTwoRanges(final TwoRanges range) {
        range.buffer.force(range.offset, range.bytes);
        range.buffer.force(range.other, range.bytes);
    }
}
