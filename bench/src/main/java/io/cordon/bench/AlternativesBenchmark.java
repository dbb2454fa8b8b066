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
import io.cordon.bench.Mappings.ConstantRegion;
import io.cordon.bench.Mappings.ConstantSegment;
import io.cordon.bench.Mappings.Guarded;
import io.cordon.bench.Mappings.Raw;
import io.cordon.bench.Mappings.Side;
import io.cordon.bench.alternatives.BitmapAccess;
import io.cordon.bench.alternatives.CaughtAccess;
import io.cordon.bench.alternatives.CheckBeforeAccess;
import io.cordon.bench.alternatives.FoldedAccess;
import io.cordon.bench.alternatives.OutlinedAccess;
import io.cordon.bench.alternatives.PreadAccess;
import io.cordon.bench.alternatives.TwoReadingsAccess;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * What would the ways to check a load cost that Cordon did not take?
 *
 * <p>Pairs: each way, and the region, against {@code raw}: one load of 8 bytes of a cached line, and 1024 random ones
 * within 64 KiB, in an instance field and in a {@code static final} one. The ways are in the package {@code
 * alternatives}, each with what is wrong with it.
 *
 * <table>
 * <caption>What each keeps of the laws</caption>
 * <tr><th>way</th><th>no garbage</th><th>no crash</th></tr>
 * <tr><td>{@code region}</td><td>yes</td><td>yes</td></tr>
 * <tr><td>{@code twoReadings}</td><td>yes</td><td>yes</td></tr>
 * <tr><td>{@code outlined}</td><td>yes</td><td>yes</td></tr>
 * <tr><td>{@code bitmap}</td><td>no: a recovery may run between load and look</td><td>yes</td></tr>
 * <tr><td>{@code checkBefore}, {@code folded}</td><td>no: poison may come between look and load</td><td>yes</td></tr>
 * <tr><td>{@code caught}</td><td>no</td><td>no</td></tr>
 * <tr><td>{@code pread}</td><td>yes</td><td>yes</td></tr>
 * </table>
 *
 * <p>Controls: {@code caught} does what {@code raw} does, and {@code outlined} what the region does and a call besides.
 * The measurement is wrong if {@code caught} differs from {@code raw} by more than both errors, or if {@code outlined}
 * is not slower than the region; {@code pread} must cost a system call, a hundred nanoseconds and more.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = Peers.NATIVE_ACCESS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class AlternativesBenchmark {
    private static final int MANY = 1024;

    private static MemorySegment openSegment;
    private static FileChannel openChannel;

    /** The ways that use a region, in instance fields. */
    public static class Checked extends Guarded {
        BitmapAccess bitmap;
        CheckBeforeAccess checkBefore;
        TwoReadingsAccess twoReadings;
        FoldedAccess folded;
        OutlinedAccess outlined;

        @Override
        void open(final long size) throws IOException {
            super.open(size);
            bitmap = new BitmapAccess(region);
            checkBefore = new CheckBeforeAccess(region);
            twoReadings = new TwoReadingsAccess(region);
            folded = new FoldedAccess(region);
            outlined = new OutlinedAccess(region);
        }
    }

    /** A raw segment behind a catch. */
    public static class Caught extends Raw {
        CaughtAccess caught;

        @Override
        void open(final long size) throws IOException {
            super.open(size);
            caught = new CaughtAccess(segment);
            openSegment = segment;
        }
    }

    /** A file that is read and not mapped. */
    public static class Pread extends Side {
        PreadAccess pread;

        @Override
        void open(final long size) throws IOException {
            Mappings.claim();
            final Path file = Mappings.fill(Mappings.folder().resolve("peer"), size, this::word);
            openChannel = FileChannel.open(file, StandardOpenOption.READ);
            pread = new PreadAccess(openChannel);
        }

        @TearDown
        public void close() throws IOException {
            openChannel.close();
        }
    }

    /** The ways that use a region, as constants. */
    static final class Constants {
        static final BitmapAccess BITMAP = new BitmapAccess(ConstantRegion.REGION);
        static final CheckBeforeAccess CHECK_BEFORE = new CheckBeforeAccess(ConstantRegion.REGION);
        static final TwoReadingsAccess TWO_READINGS = new TwoReadingsAccess(ConstantRegion.REGION);
        static final FoldedAccess FOLDED = new FoldedAccess(ConstantRegion.REGION);
        static final OutlinedAccess OUTLINED = new OutlinedAccess(ConstantRegion.REGION);

        private Constants() {
        }
    }

    /** The raw segment behind a catch, as a constant. */
    static final class ConstantsCaught {
        static final CaughtAccess CAUGHT = new CaughtAccess(openSegment);

        private ConstantsCaught() {
        }
    }

    /** The file that is read, as a constant. */
    static final class ConstantsPread {
        static final PreadAccess PREAD = new PreadAccess(openChannel);

        private ConstantsPread() {
        }
    }

    @Benchmark
    public long rawLoadField(final Raw side) {
        return side.segment.get(Mappings.LONG, side.offset);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long rawManyField(final Raw side) {
        final MemorySegment segment = side.segment;
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += segment.get(Mappings.LONG, random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public long rawLoadStatic(final Raw side) {
        return ConstantSegment.SEGMENT.get(Mappings.LONG, side.offset);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long rawManyStatic(final Raw side) {
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += ConstantSegment.SEGMENT.get(Mappings.LONG, random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public long regionLoadField(final Guarded side) {
        return side.region.getLong(side.offset);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long regionManyField(final Guarded side) {
        final Region region = side.region;
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += region.getLong(random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public long regionLoadStatic(final Guarded side) {
        return ConstantRegion.REGION.getLong(side.offset);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long regionManyStatic(final Guarded side) {
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += ConstantRegion.REGION.getLong(random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public long bitmapLoadField(final Checked side) {
        return side.bitmap.getLong(side.offset);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long bitmapManyField(final Checked side) {
        final BitmapAccess bitmap = side.bitmap;
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += bitmap.getLong(random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public long bitmapLoadStatic(final Checked side) {
        return Constants.BITMAP.getLong(side.offset);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long bitmapManyStatic(final Checked side) {
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += Constants.BITMAP.getLong(random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public long checkBeforeLoadField(final Checked side) {
        return side.checkBefore.getLong(side.offset);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long checkBeforeManyField(final Checked side) {
        final CheckBeforeAccess checkBefore = side.checkBefore;
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += checkBefore.getLong(random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public long checkBeforeLoadStatic(final Checked side) {
        return Constants.CHECK_BEFORE.getLong(side.offset);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long checkBeforeManyStatic(final Checked side) {
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += Constants.CHECK_BEFORE.getLong(random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public long twoReadingsLoadField(final Checked side) {
        return side.twoReadings.getLong(side.offset);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long twoReadingsManyField(final Checked side) {
        final TwoReadingsAccess twoReadings = side.twoReadings;
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += twoReadings.getLong(random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public long twoReadingsLoadStatic(final Checked side) {
        return Constants.TWO_READINGS.getLong(side.offset);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long twoReadingsManyStatic(final Checked side) {
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += Constants.TWO_READINGS.getLong(random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public long foldedLoadField(final Checked side) {
        return side.folded.getLong(side.offset);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long foldedManyField(final Checked side) {
        final FoldedAccess folded = side.folded;
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += folded.getLong(random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public long foldedLoadStatic(final Checked side) {
        return Constants.FOLDED.getLong(side.offset);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long foldedManyStatic(final Checked side) {
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += Constants.FOLDED.getLong(random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public long outlinedLoadField(final Checked side) {
        return side.outlined.getLong(side.offset);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long outlinedManyField(final Checked side) {
        final OutlinedAccess outlined = side.outlined;
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += outlined.getLong(random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public long outlinedLoadStatic(final Checked side) {
        return Constants.OUTLINED.getLong(side.offset);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long outlinedManyStatic(final Checked side) {
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += Constants.OUTLINED.getLong(random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public long caughtLoadField(final Caught side) {
        return side.caught.getLong(side.offset);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long caughtManyField(final Caught side) {
        final CaughtAccess caught = side.caught;
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += caught.getLong(random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public long caughtLoadStatic(final Caught side) {
        return ConstantsCaught.CAUGHT.getLong(side.offset);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public long caughtManyStatic(final Caught side) {
        final long mask = side.mask;
        long random = side.random;
        long sum = 0;
        for (int i = 0; i < MANY; i++) {
            random = Mappings.next(random);
            sum += ConstantsCaught.CAUGHT.getLong(random & mask);
        }
        side.random = random;
        return sum;
    }

    @Benchmark
    public long preadLoadField(final Pread side) throws IOException {
        return side.pread.getLong(side.offset);
    }

    @Benchmark
    public long preadLoadStatic(final Pread side) throws IOException {
        return ConstantsPread.PREAD.getLong(side.offset);
    }

    @Benchmark
    public long controlNoLoad(final Raw side) {
        return side.offset;
    }

    @Benchmark
    public long controlTwoLoadsStatic(final Raw side) {
        return ConstantSegment.SEGMENT.get(Mappings.LONG, side.offset)
            ^ ConstantSegment.SEGMENT.get(Mappings.LONG, side.offset ^ side.mask);
    }
}
