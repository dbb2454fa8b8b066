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
import io.cordon.linux.Memory;
import io.cordon.poison.LineMap;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.LongUnaryOperator;

/**
 * Why does a loop of random loads of a region take longer than one of raw loads? Not a benchmark of JMH's: the loops
 * take turns within one JVM, some hundred microseconds each, so that what else runs on the machine meets them all
 * alike, and each turn is compared with the raw turn of its round.
 *
 * <p>Besides raw loads and the region's: raw loads with 2, 4 or 8 more instructions that nothing waits for, and with a
 * hot load and a branch after each; and other ways to check, {@link Masked} and {@link Dependent}.
 */
public final class LoopExperiment {
    private static final int LOADS = 1 << 15;
    private static final int WARM_UP = 300;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    /** More than any address of a process's own has. */
    private static final long ADDRESS_BITS = (1L << 56) - 1;
    /** All of memory, shifted: at a region's address lies its hazard word. */
    @SuppressWarnings("restricted")
    private static final MemorySegment HAZARDS =
        MemorySegment.ofAddress(LineMap.HAZARD_OFFSET).reinterpret(Long.MAX_VALUE);

    private static long size;
    private static MemorySegment openSegment;
    private static Region openRegion;
    /** Never anything else; C2 does not know. */
    private static long zero;

    private final MemorySegment segment = openSegment;
    private final Region region = openRegion;
    private final Masked masked = new Masked(openRegion.address(), size);
    private final Dependent dependent = new Dependent(openRegion.address(), size);

    private LoopExperiment() {
    }

    private static final class Constants {
        static final MemorySegment SEGMENT = openSegment;
        static final Region REGION = openRegion;
        static final Dependent DEPENDENT = new Dependent(openRegion.address(), size);

        private Constants() {
        }
    }

    /** A region's load, of an address of which C2 can tell that it lies in {@link Memory#ALL}, without a compare. */
    private record Masked(long address, long size) {
        long getLong(final long offset) {
            Objects.checkIndex(offset, size - (Long.BYTES - 1) & ADDRESS_BITS);
            final long at = address & ADDRESS_BITS;
            final long value = Memory.ALL.get(LONG, at + offset);
            VarHandle.loadLoadFence();
            if (HAZARDS.get(LONG, at) != 0) {
                throw new IllegalStateException("something failed");
            }
            return value;
        }
    }

    /** Has the hazard word's address depend on the value, in place of the fence, so that the fields may be hoisted. */
    private record Dependent(long address, long size) {
        long getLong(final long offset) {
            Objects.checkIndex(offset, size - (Long.BYTES - 1) & ADDRESS_BITS);
            final long at = address & ADDRESS_BITS;
            final long value = Memory.ALL.get(LONG, at + offset);
            if (Memory.ALL.get(LONG, at + LineMap.HAZARD_OFFSET + (value & zero)) != 0) {
                throw new IllegalStateException("something failed");
            }
            return value;
        }
    }

    private static long rawStatic(final long seed) {
        final long mask = size - Long.BYTES;
        long random = seed;
        long sum = 0;
        for (int i = 0; i < LOADS; i++) {
            random = Mappings.next(random);
            sum += Constants.SEGMENT.get(LONG, random & mask);
        }
        return sum;
    }

    private static long rawStaticAnd2(final long seed) {
        final long mask = size - Long.BYTES;
        long random = seed;
        long sum = 0;
        long a = 0;
        long b = 0;
        for (int i = 0; i < LOADS; i++) {
            random = Mappings.next(random);
            sum += Constants.SEGMENT.get(LONG, random & mask);
            a += random;
            b ^= random;
        }
        return sum ^ a ^ b;
    }

    private static long rawStaticAnd4(final long seed) {
        final long mask = size - Long.BYTES;
        long random = seed;
        long sum = 0;
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        for (int i = 0; i < LOADS; i++) {
            random = Mappings.next(random);
            sum += Constants.SEGMENT.get(LONG, random & mask);
            a += random;
            b ^= random;
            c -= random;
            d |= random;
        }
        return sum ^ a ^ b ^ c ^ d;
    }

    private static long rawStaticAnd8(final long seed) {
        final long mask = size - Long.BYTES;
        long random = seed;
        long sum = 0;
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        long e = 1;
        long f = 2;
        long g = 3;
        long h = -1;
        for (int i = 0; i < LOADS; i++) {
            random = Mappings.next(random);
            sum += Constants.SEGMENT.get(LONG, random & mask);
            a += random;
            b ^= random;
            c -= random;
            d |= random;
            e ^= a;
            f += b;
            g -= c;
            h &= random;
        }
        return sum ^ a ^ b ^ c ^ d ^ e ^ f ^ g ^ h;
    }

    private static long rawStaticHotLoad(final long seed) {
        final long mask = size - Long.BYTES;
        long random = seed;
        long sum = 0;
        for (int i = 0; i < LOADS; i++) {
            random = Mappings.next(random);
            final long value = Constants.SEGMENT.get(LONG, random & mask);
            VarHandle.loadLoadFence();
            if (zero != 0) {
                throw new IllegalStateException("not zero");
            }
            sum += value;
        }
        return sum;
    }

    private static long regionStatic(final long seed) {
        final long mask = size - Long.BYTES;
        long random = seed;
        long sum = 0;
        for (int i = 0; i < LOADS; i++) {
            random = Mappings.next(random);
            sum += Constants.REGION.getLong(random & mask);
        }
        return sum;
    }

    private static long dependentStatic(final long seed) {
        final long mask = size - Long.BYTES;
        long random = seed;
        long sum = 0;
        for (int i = 0; i < LOADS; i++) {
            random = Mappings.next(random);
            sum += Constants.DEPENDENT.getLong(random & mask);
        }
        return sum;
    }

    private long rawField(final long seed) {
        final long mask = size - Long.BYTES;
        long random = seed;
        long sum = 0;
        for (int i = 0; i < LOADS; i++) {
            random = Mappings.next(random);
            sum += segment.get(LONG, random & mask);
        }
        return sum;
    }

    private long regionField(final long seed) {
        final long mask = size - Long.BYTES;
        long random = seed;
        long sum = 0;
        for (int i = 0; i < LOADS; i++) {
            random = Mappings.next(random);
            sum += region.getLong(random & mask);
        }
        return sum;
    }

    private long maskedField(final long seed) {
        final long mask = size - Long.BYTES;
        long random = seed;
        long sum = 0;
        for (int i = 0; i < LOADS; i++) {
            random = Mappings.next(random);
            sum += masked.getLong(random & mask);
        }
        return sum;
    }

    private long dependentField(final long seed) {
        final long mask = size - Long.BYTES;
        long random = seed;
        long sum = 0;
        for (int i = 0; i < LOADS; i++) {
            random = Mappings.next(random);
            sum += dependent.getLong(random & mask);
        }
        return sum;
    }

    /**
     * Prints a line of JSON for each loop: nanoseconds a load, least and median, and its ratio to the raw loop of
     * the same holder, by rounds: the median and the quartiles.
     *
     * @param args bytes, a power of two; rounds.
     */
    public static void main(final String[] args) throws IOException {
        size = Long.parseLong(args[0]);
        final int rounds = Integer.parseInt(args[1]);
        final Path folder = Mappings.folder();
        openSegment = map(Mappings.fill(folder.resolve("raw"), size));
        openRegion = Region.builder(Mappings.fill(folder.resolve("region"), size)).open();
        for (long offset = 0; offset < size; offset += 1 << 12) {
            openRegion.getByte(offset);
        }
        final Map<String, double[]> times = measure(new LoopExperiment(), rounds);
        times.forEach((name, all) -> print(name, all, times.get(name.contains("Static") ? "rawStatic" : "rawField")));
        openRegion.close();
    }

    private static MemorySegment map(final Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final MemorySegment mapped =
                channel.map(FileChannel.MapMode.READ_WRITE, 0, size, Arena.ofShared());
            mapped.load();
            return mapped;
        }
    }

    private static Map<String, double[]> measure(final LoopExperiment fields, final int rounds) {
        final Map<String, LongUnaryOperator> loops = new LinkedHashMap<>();
        loops.put("rawStatic", LoopExperiment::rawStatic);
        loops.put("rawStaticAnd2", LoopExperiment::rawStaticAnd2);
        loops.put("rawStaticAnd4", LoopExperiment::rawStaticAnd4);
        loops.put("rawStaticAnd8", LoopExperiment::rawStaticAnd8);
        loops.put("rawStaticHotLoad", LoopExperiment::rawStaticHotLoad);
        loops.put("regionStatic", LoopExperiment::regionStatic);
        loops.put("dependentStatic", LoopExperiment::dependentStatic);
        loops.put("rawField", fields::rawField);
        loops.put("regionField", fields::regionField);
        loops.put("maskedField", fields::maskedField);
        loops.put("dependentField", fields::dependentField);
        final Map<String, double[]> times = new LinkedHashMap<>();
        loops.keySet().forEach(name -> times.put(name, new double[rounds]));
        // Not the loops' own generator: a turn would begin a step behind the last, and find its lines in the caches.
        final Random seeds = new Random(0x2545_F491_4F6C_DD1DL);
        final List<Map.Entry<String, LongUnaryOperator>> order = new ArrayList<>(loops.entrySet());
        long sums = 0;
        for (int round = -WARM_UP; round < rounds; round++) {
            // Anew each round: a loop that comes after one on the same mapping finds its page tables in the caches.
            Collections.shuffle(order, seeds);
            for (final var loop : order) {
                final long seed = seeds.nextLong() | 1;
                final long start = System.nanoTime();
                sums += loop.getValue().applyAsLong(seed);
                final long end = System.nanoTime();
                if (round >= 0) {
                    times.get(loop.getKey())[round] = (double) (end - start) / LOADS;
                }
            }
        }
        if (sums == 0) {
            throw new IllegalStateException("the loops added up nothing");
        }
        return times;
    }

    private static void print(final String name, final double[] times, final double[] raw) {
        final double[] ratios = new double[times.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = times[i] / raw[i];
        }
        final double[] sorted = times.clone();
        Arrays.sort(sorted);
        Arrays.sort(ratios);
        System.out.printf("{\"loop\":\"%s\",\"size\":%d,\"rounds\":%d,\"leastNs\":%.3f,\"medianNs\":%.3f,"
                + "\"ratio\":%.3f,\"lowerQuartile\":%.3f,\"upperQuartile\":%.3f,\"ratioOfLeast\":%.3f}%n",
            name, size, times.length, sorted[0], sorted[sorted.length / 2], ratios[ratios.length / 2],
            ratios[ratios.length / 4], ratios[ratios.length * 3 / 4],
            sorted[0] / Arrays.stream(raw).min().orElseThrow());
    }
}
