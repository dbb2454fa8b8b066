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
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * What does the call cost that makes a range of persistent memory durable, where no system call is needed? As
 * {@link PersistBenchmark}, in a loop: reading the clock around each call would cost as much as the call.
 *
 * <p>Pairs: the region; {@code msync} of the pages that hold the range; PMDK's {@code pmem_persist}; each against
 * {@code raw}, {@code MappedByteBuffer.force} of a mapping with {@code MAP_SYNC} (JEP 352). {@code ...Persist} makes
 * the same range durable again and again, and shows the call's own price; {@code ...StorePersist} stores to the first
 * word of the next range before.
 *
 * <p>Control: {@code force} of two ranges costs twice what one does, or the measurement is wrong.
 *
 * <p>The files have to lie on persistent memory ({@code -Dcordon.bench.folder=}), else all methods fail: elsewhere this
 * would compare other things. {@code bench/measure-in-guest} has some, in an emulator. Without libpmem the methods
 * {@code pmem...} fail.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = Peers.NATIVE_ACCESS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class WriteBackBenchmark {
    private static final int SIZE = 1 << 24;
    private static final int PAGE = 4096;

    /** Which range. */
    @State(Scope.Thread)
    public abstract static class Range {
        @Param({"64", "256", "4096", "1048576"})
        public int bytes;

        /** A field, so that C2 does not know it. */
        int offset = SIZE / 2;
        long value;

        int next() {
            value++;
            offset = offset + bytes & SIZE - 1;
            return offset;
        }
    }

    /** A region. */
    public static class Plain extends Range {
        Region region;

        @Setup
        public void open() throws IOException {
            region = Region.builder(Mappings.fill(Mappings.folder().resolve("region"), SIZE)).open();
            for (int i = 0; i < SIZE; i += PAGE) {
                region.putByte(i, (byte) i);
            }
        }

        @TearDown
        public void close() {
            region.close();
        }
    }

    /** A buffer mapped with {@code MAP_SYNC}. */
    public static class Buffer extends Range {
        MappedByteBuffer buffer;
        private long address;

        @Setup
        public void open() throws IOException {
            final Path file = Mappings.fill(Mappings.folder().resolve("raw"), SIZE);
            try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                buffer = channel.map(ExtendedMapMode.READ_WRITE_SYNC, 0, SIZE);
            }
            buffer.order(ByteOrder.nativeOrder());
            address = MemorySegment.ofBuffer(buffer).address();
            for (int i = 0; i < SIZE; i += PAGE) {
                buffer.put(i, (byte) i);
            }
        }

        /** The pages that hold the range, by msync(2). */
        void sync() throws IOException {
            Mappings.msync(address + offset, bytes);
        }
    }

    /** A file that libpmem mapped. */
    public static class Pmem extends Range {
        final Libpmem library = Libpmem.load();
        private Libpmem.Mapping mapping;

        @Setup
        public void open() throws IOException {
            mapping = library.map(Mappings.fill(Mappings.folder().resolve("pmem"), SIZE));
            if (!mapping.isPmem()) {
                throw new IOException("libpmem says that this is no persistent memory");
            }
            mapping.address().fill((byte) 1);
        }

        MemorySegment range() {
            return mapping.address().asSlice(offset, bytes);
        }

        @TearDown
        public void close() {
            library.unmap(mapping);
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
    public void msyncPersist(final Buffer range) throws IOException {
        range.sync();
    }

    @Benchmark
    public void pmemPersist(final Pmem range) {
        range.library.persist(range.range());
    }

    @Benchmark
    public void regionStorePersist(final Plain range) throws IOException {
        final int offset = range.next();
        range.region.putLong(offset, range.value);
        range.region.persist(offset, range.bytes);
    }

    @Benchmark
    public void rawStorePersist(final Buffer range) {
        final int offset = range.next();
        range.buffer.putLong(offset, range.value);
        range.buffer.force(offset, range.bytes);
    }

    @Benchmark
    public void controlForceTwoRanges(final Buffer range) {
        range.buffer.force(range.offset, range.bytes);
        range.buffer.force(SIZE - range.bytes - range.offset, range.bytes);
    }
}
