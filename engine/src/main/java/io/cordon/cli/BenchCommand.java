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
package io.cordon.cli;

import io.cordon.Region;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** A region against a raw segment, on this machine. */
@Command(name = "bench", header = "a region against a raw segment, on this machine",
    description = {
        "Makes two files of the same size, maps one as a MemorySegment and opens the other as a region, and has both do"
            + " the same in turns. The files are removed afterwards.",
        "",
        "This is a glance, not a measurement: one process, short rounds, no isolation from what else the machine does,"
            + " and a compiler that may do with these loops what it does with none of yours. Ratios within a few"
            + " percent of 1 mean nothing. The project's JMH benchmarks, with their results, are in bench and"
            + " jmh-results."},
    footer = {
        "  cordon bench",
        "  cordon bench --dir /mnt/pmem --size 1G"})
final class BenchCommand implements Callable<Integer> {
    private static final int WARMUP_ROUNDS = 3;
    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(40);
    private static final int BATCH = 4096;
    private static final int BLOCK = 4096;
    /** Odd, so that indices run through all of a power of two (Knuth). */
    private static final long STRIDE = 0x9E37_79B9_7F4A_7C15L;
    private static final long MIN_SIZE = 1 << 16;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    @ParentCommand
    private CordonCommand cordon;

    @Option(names = "--dir", paramLabel = "DIR", description = "Where the files are made; the current directory.")
    private Path directory = Path.of("");

    @Option(names = "--size", paramLabel = "BYTES", converter = SizeConverter.class,
        description = "Of each file; rounded down to a power of two. 64M by default.")
    private Long size = 64L << 20;

    @Option(names = "--rounds", paramLabel = "N", description = "How often; 9 by default.")
    private int rounds = 9;

    @Option(names = "--json", description = "Answer in JSON, for scripts.")
    private boolean json;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help, and do nothing else.")
    private boolean help;

    /** Does something a number of times, and returns what cannot be known without having done it. */
    private interface Load {
        long run(long start);
    }

    /** What one kind of access takes. */
    private record Row(String what, int bytes, double raw, double region) {
    }

    @Override
    public Integer call() throws IOException, CommandFailure {
        final long length = Long.highestOneBit(size);
        if (length < MIN_SIZE) {
            throw new CommandFailure(ExitCode.USAGE, "--size " + size + " is less than " + MIN_SIZE);
        }
        if (rounds <= 0) {
            throw new CommandFailure(ExitCode.USAGE, "--rounds " + rounds + " is not positive");
        }
        final Path rawFile = Files.createTempFile(directory, "cordon-bench-", ".raw");
        final Path regionFile = rawFile.resolveSibling(rawFile.getFileName().toString().replace(".raw", ".region"));
        final List<Row> rows;
        final String media;
        try (Arena arena = Arena.ofShared();
            FileChannel channel =
                FileChannel.open(rawFile, StandardOpenOption.READ, StandardOpenOption.WRITE);
            Region region = Region.builder(regionFile).size(length).open()) {
            final MemorySegment raw = channel.map(FileChannel.MapMode.READ_WRITE, 0, length, arena);
            raw.fill((byte) 1);
            region.fill(0, length, (byte) 1);
            media = region.media().toString();
            rows = measure(raw, region, length, arena.allocate(BLOCK, Long.BYTES));
        } finally {
            for (final String suffix : List.of("", ".cordon", ".scrub")) {
                Files.deleteIfExists(regionFile.resolveSibling(regionFile.getFileName() + suffix));
            }
            Files.deleteIfExists(rawFile);
        }
        print(rows, media, length);
        return ExitCode.CLEAN.number();
    }

    private List<Row> measure(final MemorySegment raw, final Region region, final long length,
        final MemorySegment block) throws CommandFailure {
        final long mask = length - 1 & -Long.BYTES;
        final long blockMask = length - 1 & -BLOCK;
        final List<Row> rows = new ArrayList<>();
        rows.add(row("load, 8 bytes, at random", Long.BYTES,
            start -> randomLoads(raw, start, mask), start -> randomLoads(region, start, mask)));
        rows.add(row("store, 8 bytes, at random", Long.BYTES,
            start -> randomStores(raw, start, mask), start -> randomStores(region, start, mask)));
        rows.add(row("loop over 4 KiB, 8 bytes each", BLOCK,
            start -> blockSums(raw, start, blockMask), start -> blockSums(region, start, blockMask)));
        rows.add(row("copy of 4 KiB out", BLOCK, start -> copies(raw, start, blockMask, block),
            start -> copies(region, start, blockMask, block)));
        return rows;
    }

    private Row row(final String what, final int bytes, final Load raw, final Load region) throws CommandFailure {
        final double[] rawNanos = new double[rounds];
        final double[] regionNanos = new double[rounds];
        for (int round = -WARMUP_ROUNDS; round < rounds; round++) {
            cordon.console().interruption().check();
            // In turns, and in turns who is first, so that a slow moment hits both.
            final double first = time((round & 1) == 0 ? raw : region);
            final double second = time((round & 1) == 0 ? region : raw);
            if (round >= 0) {
                rawNanos[round] = (round & 1) == 0 ? first : second;
                regionNanos[round] = (round & 1) == 0 ? second : first;
            }
        }
        Arrays.sort(rawNanos);
        Arrays.sort(regionNanos);
        return new Row(what, bytes, rawNanos[rounds / 2], regionNanos[rounds / 2]);
    }

    private static double time(final Load load) {
        final long start = System.nanoTime();
        long end = start;
        long count = 0;
        long sink = 0;
        while (end - start < ROUND_NANOS) {
            sink += load.run(count);
            count += BATCH;
            end = System.nanoTime();
        }
        // Never so; but the compiler cannot know, and must do the work.
        return sink == STRIDE ? 0 : (end - start) / (double) count;
    }

    private static long randomLoads(final MemorySegment raw, final long start, final long mask) {
        long sum = 0;
        for (long i = start; i < start + BATCH; i++) {
            sum += raw.get(LONG, i * STRIDE >>> 7 & mask);
        }
        return sum;
    }

    private static long randomLoads(final Region region, final long start, final long mask) {
        long sum = 0;
        for (long i = start; i < start + BATCH; i++) {
            sum += region.getLong(i * STRIDE >>> 7 & mask);
        }
        return sum;
    }

    private static long randomStores(final MemorySegment raw, final long start, final long mask) {
        for (long i = start; i < start + BATCH; i++) {
            raw.set(LONG, i * STRIDE >>> 7 & mask, i);
        }
        return start;
    }

    private static long randomStores(final Region region, final long start, final long mask) {
        for (long i = start; i < start + BATCH; i++) {
            region.putLong(i * STRIDE >>> 7 & mask, i);
        }
        return start;
    }

    private static long blockSums(final MemorySegment raw, final long start, final long mask) {
        long sum = 0;
        for (long i = start; i < start + BATCH; i++) {
            sum += sum(raw.asSlice(i * BLOCK & mask, BLOCK));
        }
        return sum;
    }

    private static long blockSums(final Region region, final long start, final long mask) {
        long sum = 0;
        for (long i = start; i < start + BATCH; i++) {
            sum += region.readAsLong(i * BLOCK & mask, BLOCK, BenchCommand::sum);
        }
        return sum;
    }

    private static long sum(final MemorySegment block) {
        long sum = 0;
        for (long offset = 0; offset < BLOCK; offset += Long.BYTES) {
            sum += block.get(LONG, offset);
        }
        return sum;
    }

    private static long copies(
        final MemorySegment raw, final long start, final long mask, final MemorySegment block) {
        for (long i = start; i < start + BATCH; i++) {
            MemorySegment.copy(raw, i * BLOCK & mask, block, 0, BLOCK);
        }
        return block.get(LONG, 0);
    }

    private static long copies(final Region region, final long start, final long mask, final MemorySegment block) {
        for (long i = start; i < start + BATCH; i++) {
            region.get(i * BLOCK & mask, block, 0, BLOCK);
        }
        return block.get(LONG, 0);
    }

    private void print(final List<Row> rows, final String media, final long length) {
        final Console console = cordon.console();
        if (json) {
            final Map<String, Object> object = new LinkedHashMap<>();
            object.put("media", media);
            object.put("size", length);
            object.put("java", Runtime.version().toString());
            object.put("processors", Runtime.getRuntime().availableProcessors());
            object.put("rows", rows.stream().map(row -> {
                final Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("what", row.what);
                entry.put("bytes", row.bytes);
                entry.put("rawNanos", row.raw);
                entry.put("regionNanos", row.region);
                entry.put("ratio", row.region / row.raw);
                return entry;
            }).toList());
            console.out().println(Json.write(object));
            return;
        }
        final Table table = new Table("ACCESS", " RAW SEGMENT", " REGION", " RATIO");
        rows.forEach(row -> table.add(row.what, nanos(row.raw), nanos(row.region),
            String.format(Locale.ROOT, "%.2f", row.region / row.raw)));
        table.print(console.out(), console.style());
        console.out().println("median of " + Sizes.count(rounds, "round") + " of "
            + TimeUnit.NANOSECONDS.toMillis(ROUND_NANOS) + " ms each; " + Sizes.bytes(length) + " on " + media
            + ", Java " + Runtime.version() + ", "
            + Sizes.count(Runtime.getRuntime().availableProcessors(), "processor"));
        console.out().println("a glance, not JMH: differences of a few percent mean nothing");
    }

    private static String nanos(final double nanos) {
        return String.format(Locale.ROOT, "%.2f ns", nanos);
    }
}
