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

import io.cordon.event.OwnedRange;
import io.cordon.event.OwnerMap;
import io.cordon.event.Ownership;
import io.cordon.poison.ByteRange;
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

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Does the time to find the owners of a failed line, or to register one, grow with the logarithm of the owned ranges,
 * and no faster?
 *
 * <p>Each owner has a page; a call goes to a random one, so that many owners meet cold memory.
 *
 * <p>Pairs: {@code tree} is a {@code TreeMap} from a range's start, which knows neither overlapping ranges nor readers
 * that do not wait.
 *
 * <p>Control: the random page alone. The measurement is wrong if that is not a small part of the others, or if {@code
 * tree} with 10 million owners is not slower than with 10.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx5g")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class OwnersBenchmark {
    private static final long PAGE = 4096;
    private static final long LINE = 64;
    private static final Object OWNER = new Object();

    /** How many owners, and which is next. */
    @State(Scope.Thread)
    public static class Owners {
        @Param({"10", "1000", "100000", "1000000", "10000000"})
        public int owners;
        private long random = 1;

        long nextPage() {
            random = Mappings.next(random);
            return PAGE * Math.multiplyHigh(random >>> 1, 2L * owners);
        }
    }

    /** Cordon's map. */
    public static class Owned extends Owners {
        private OwnerMap map;

        @Setup(Level.Trial)
        public void fill() {
            map = new OwnerMap(PAGE * owners);
            for (long i = 0; i < owners; i++) {
                map.own(i * PAGE, PAGE, OWNER, 0);
            }
        }
    }

    /** The JDK's. */
    public static class Tree extends Owners {
        private TreeMap<Long, Object> map;

        @Setup(Level.Trial)
        public void fill() {
            map = new TreeMap<>();
            for (long i = 0; i < owners; i++) {
                map.put(i * PAGE, OWNER);
            }
        }
    }

    @Benchmark
    public OwnedRange find(final Owned owned) {
        return owned.map.owners(List.of(new ByteRange(owned.nextPage(), LINE))).getFirst();
    }

    @Benchmark
    public Map.Entry<Long, Object> treeFind(final Tree tree) {
        return tree.map.floorEntry(tree.nextPage());
    }

    @Benchmark
    public Ownership ownAndDisown(final Owned owned) {
        final Ownership ownership = owned.map.own(owned.nextPage() + LINE, LINE, OWNER, 0);
        ownership.close();
        return ownership;
    }

    @Benchmark
    public Object treeOwnAndDisown(final Tree tree) {
        final Long start = tree.nextPage() + LINE;
        tree.map.put(start, OWNER);
        return tree.map.remove(start);
    }

    @Benchmark
    public long controlPageOnly(final Owners owners) {
        return owners.nextPage();
    }
}
