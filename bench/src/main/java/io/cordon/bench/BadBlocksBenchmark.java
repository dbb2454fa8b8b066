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

import io.cordon.poison.BadBlocks;
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
import org.openjdk.jmh.annotations.Warmup;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Does the time of a call on a bad-block list grow with the logarithm of its records, and no faster?
 *
 * <p>The list has a record of two sectors in each eight, every third unacknowledged. Each call goes to a random
 * record, so that large lists meet cold memory. {@code clearAndSet} takes the second sector of a record away and puts
 * it back, so that the list stays as it is.
 *
 * <p>Pairs: {@code tree} is a {@code TreeMap} with the same records, asked for what begins at or before a sector, or
 * changed by one entry taken away and put back: the least that any ordered map in the JDK needs.
 *
 * <p>Control: the random record alone. The measurement is wrong if that is not a small part of the others, or if
 * {@code tree} with 10 million records is not slower than with 10.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "-Xmx4g")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class BadBlocksBenchmark {
    private static final int STRIDE = 8;
    private static final int UNACKNOWLEDGED_EVERY = 3;

    /** The list. */
    @State(Scope.Thread)
    public static class Listed {
        @Param({"10", "100", "1000", "10000", "100000", "1000000", "10000000"})
        public int records;

        private BadBlocks list;
        private long random = 1;

        @Setup(Level.Trial)
        public void fill() {
            list = new BadBlocks();
            for (int i = 0; i < records; i++) {
                list.set((long) STRIDE * i, 2, isAcknowledged(i));
            }
        }

        /** The number of records is no power of two, so the generator's high bits are scaled. */
        private long nextRecord() {
            random = Mappings.next(random);
            return Math.multiplyHigh(random >>> 1, 2L * records);
        }
    }

    private static boolean isAcknowledged(final long record) {
        return record % UNACKNOWLEDGED_EVERY != 0;
    }

    /** The same records in a map: the first sector's, and how many there are. */
    @State(Scope.Thread)
    public static class Tree {
        @Param({"10", "100", "1000", "10000", "100000", "1000000", "10000000"})
        public int records;

        private TreeMap<Long, Long> map;
        private long random = 1;

        @Setup(Level.Trial)
        public void fill() {
            map = new TreeMap<>();
            for (int i = 0; i < records; i++) {
                map.put((long) STRIDE * i, 2L);
            }
        }

        private long nextSector() {
            random = Mappings.next(random);
            return STRIDE * Math.multiplyHigh(random >>> 1, 2L * records);
        }
    }

    @Benchmark
    public Map.Entry<Long, Long> treeCheckBad(final Tree tree) {
        return tree.map.floorEntry(tree.nextSector());
    }

    @Benchmark
    public Long treeClearAndSet(final Tree tree) {
        final Long sector = tree.nextSector();
        tree.map.remove(sector);
        return tree.map.put(sector, 2L);
    }

    @Benchmark
    public BadBlocks.Check checkBad(final Listed listed) {
        return listed.list.check(STRIDE * listed.nextRecord(), STRIDE);
    }

    @Benchmark
    public BadBlocks.Check checkGood(final Listed listed) {
        return listed.list.check(STRIDE * listed.nextRecord() + 2, STRIDE - 2);
    }

    @Benchmark
    public BadBlocks.Check checkAll(final Listed listed) {
        return listed.list.check(0, (long) STRIDE * listed.records);
    }

    @Benchmark
    public boolean setAgain(final Listed listed) {
        final long record = listed.nextRecord();
        return listed.list.set(STRIDE * record, 2, isAcknowledged(record));
    }

    @Benchmark
    public boolean clearAndSet(final Listed listed) {
        final long record = listed.nextRecord();
        return listed.list.clear(STRIDE * record + 1, 1)
            & listed.list.set(STRIDE * record + 1, 1, isAcknowledged(record));
    }

    @Benchmark
    public boolean clearGood(final Listed listed) {
        return listed.list.clear(STRIDE * listed.nextRecord() + 2, STRIDE - 2);
    }

    @Benchmark
    public long controlRecordOnly(final Listed listed) {
        return listed.nextRecord();
    }
}
