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
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * How long does a load take from the touch of a latent poisoned line to its exception, on a simulated medium?
 *
 * <p>Pairs: {@code faultToException} against {@code knownToException}, the refusal of a line that is known to be
 * lost: the difference is the SIGBUS, the handler, and asking the medium.
 *
 * <p>Controls: {@code controlMinorFault}, a load whose page is in memory and no longer mapped: the kernel's own price
 * of a fault; {@code controlThrow}, an exception with a stack trace, made, thrown and caught; {@code controlHealthy},
 * the clock's price around a load that nothing happens to. The measurement is wrong if the healthy load takes more
 * than a tenth of the fault, or if the fault takes less than the minor fault.
 *
 * <p>About a thousand faults fit into a second, with what has to be done between them, so the compilers take longer
 * than elsewhere to get through with them: see jmh-results/tried.md for what the warm-up was chosen from.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = Peers.NATIVE_ACCESS)
@Warmup(iterations = 15, time = 1)
@Measurement(iterations = 5, time = 1)
public class FaultBenchmark {
    private static final long SIZE = 1 << 24;
    private static final int LINE = 64;
    private static final int PAGE = 4096;

    /** A region that gets a poisoned line before each call, and is whole again after it. */
    @State(Scope.Thread)
    public static class Struck {
        Region region;
        SimulatedMedia media;
        long offset;
        private long random = 0x2545_F491_4F6C_DD1DL;

        @Setup
        public void open() throws IOException {
            media = Media.simulated();
            region = Region.builder(Mappings.folder().resolve("region")).size(SIZE).media(media).open();
            region.fill(0, SIZE, (byte) 1);
        }

        @Setup(Level.Invocation)
        public void strike() throws IOException {
            random = Mappings.next(random);
            offset = random & SIZE - LINE;
            media.inject(offset, LINE);
            prepare();
        }

        // JMH would run an overriding set-up method twice.
        void prepare() {
            // The fault itself is measured.
        }

        @TearDown(Level.Invocation)
        public void recover() throws IOException {
            region.recovery().zero(offset, LINE);
        }

        @TearDown
        public void close() {
            region.close();
        }
    }

    /** A region with a line that is known to be lost: what a refusal costs without a fault. */
    @State(Scope.Thread)
    public static class Refusing extends Struck {
        @Override
        void prepare() {
            refusal(region, offset);
        }
    }

    private static PoisonException refusal(final Region region, final long offset) {
        try {
            region.getLong(offset);
        } catch (final PoisonException refused) {
            return refused;
        }
        throw new IllegalStateException("offset " + offset + " was poisoned and served");
    }

    @Benchmark
    public PoisonException faultToException(final Struck struck) {
        return refusal(struck.region, struck.offset);
    }

    @Benchmark
    public PoisonException knownToException(final Refusing struck) {
        return refusal(struck.region, struck.offset);
    }

    /** A mapping without a region. */
    @State(Scope.Thread)
    public static class Unmapped {
        /** madvise(2): the next touch maps the page again. */
        private static final int DONT_NEED = 4;
        private MemorySegment segment;
        private long page;
        private long random = 0x2545_F491_4F6C_DD1DL;

        @Setup
        public void open() throws IOException {
            final Path file = Mappings.fill(Mappings.folder().resolve("raw"), SIZE);
            try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                segment = channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE, Arena.global());
            }
        }

        @Setup(Level.Invocation)
        public void unmap() {
            random = Mappings.next(random);
            page = random & SIZE - PAGE;
            if (Libc.madvise(segment.address(), SIZE, DONT_NEED) != 0) {
                throw new IllegalStateException("madvise failed");
            }
        }
    }

    @Benchmark
    public long controlMinorFault(final Unmapped side) {
        return side.segment.get(Mappings.LONG, side.page);
    }

    @Benchmark
    public long controlHealthy(final Struck struck) {
        return struck.region.getLong(struck.offset + PAGE & SIZE - PAGE);
    }

    @Benchmark
    public IllegalStateException controlThrow(final Unmapped side) {
        try {
            throw new IllegalStateException("offset " + side.page);
        } catch (final IllegalStateException thrown) {
            return thrown;
        }
    }
}
