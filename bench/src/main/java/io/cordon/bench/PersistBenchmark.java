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
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * Making a range durable that has just been stored to: by a region, with a mirror and without, and by a
 * {@link MappedByteBuffer}, of two files one after the other and of one.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
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
                return channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE);
            }
        }

        @Setup
        public void open() throws IOException {
            buffer = map("raw");
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
}
