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
package io.cordon.matrix;

import io.cordon.Region;
import io.cordon.matrix.Operation.Kind;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineState;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * Lets poison strike an operation, and compares it with the same operation on a twin region whose medium is healthy.
 */
final class Matrix implements AutoCloseable {
    private static final int MARKER = 0;
    private static final int REWARM = 300;
    private static final int ATTEMPT_LIMIT = 10;

    private final Operation operation;
    private final int warmUp;
    private final SimulatedMedia media = Media.simulated();
    private final Region region;
    private final Region twin;
    private final FileChannel file;
    private long next = Scenario.BLOCK;
    private int struck;

    Matrix(final Path folder, final Operation operation, final int warmUp) throws IOException {
        this.operation = operation;
        this.warmUp = warmUp;
        // A block for the marker, one to warm up on.
        final long size = (2L + 2L * Scenario.of(operation).size()) * Scenario.BLOCK;
        region = Region.builder(folder.resolve("matrix")).size(size).media(media).open();
        twin = Region.builder(folder.resolve("twin")).size(size).open();
        file = FileChannel.open(folder.resolve("file"),
            StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Operations.setFile(file);
    }

    /**
     * One operation in all its scenarios: in a region that is clean before, and in one with poison elsewhere.
     *
     * @return how often it met poison.
     */
    static int strike(final Path folder, final Operation operation, final int warmUp) throws Exception {
        System.out.println("operation " + operation.name());
        System.out.println("class " + operation.body().getClass().getName());
        final Path own = Files.createTempDirectory(folder, "operation");
        try (Matrix matrix = new Matrix(own, operation, warmUp)) {
            matrix.strike();
            return matrix.struck;
        } finally {
            try (Stream<Path> files = Files.list(own)) {
                for (final Path path : files.toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    private void strike() throws Exception {
        final long warm = next;
        next += Scenario.BLOCK;
        reset(warm, warm + Scenario.MAIN);
        run(warm, warmUp);
        for (final boolean elsewhere : new boolean[] {false, true}) {
            if (elsewhere) {
                media.inject(MARKER, Scenario.LINE);
                requireRefused(MARKER, 1, List.of(new ByteRange(MARKER, Scenario.LINE)));
            }
            for (final Scenario scenario : Scenario.of(operation)) {
                System.out.println("at " + scenario.name() + (elsewhere ? ", with poison elsewhere" : ""));
                try {
                    strikeUntilDetermined(scenario, warm);
                } catch (Exception | Error failure) {
                    throw new AssertionError(operation.name() + " at " + scenario.name()
                        + (elsewhere ? ", with poison elsewhere" : ""), failure);
                }
            }
            if (elsewhere) {
                region.recovery().zero(MARKER, Scenario.LINE);
            }
            require(region.poison().isClean(), "healed, but not clean: " + region.poison().ranges());
        }
    }

    /** Keeps the operation compiled: what it did on the slow path may have thrown its code away. */
    private void run(final long warm, final int times) throws Exception {
        for (int i = 0; i < times; i++) {
            operation.body().run(region, region.segment(), warm + Scenario.MAIN);
        }
    }

    private void reset(final long base, final long at) {
        final MemorySegment content = MemorySegment.ofArray(Operations.contentOf(base, Scenario.BLOCK));
        for (final Region target : new Region[] {region, twin}) {
            target.put(base, content, 0, Scenario.BLOCK);
            prepare(target, at);
        }
    }

    private void prepare(final Region target, final long at) {
        if (operation.prepare() != null) {
            operation.prepare().run(target, at);
        }
    }

    /**
     * Once, but for atomic updates. If somebody else recovers the page while one traps, nobody can tell whether it took
     * effect, and it says so, which is right, but not what is to be seen here.
     */
    private void strikeUntilDetermined(final Scenario scenario, final long warm) throws Exception {
        for (int attempt = 1;; attempt++) {
            final long base = next;
            try {
                strike(scenario, warm, base);
                next += Scenario.BLOCK;
                return;
            } catch (final PoisonException indeterminate) {
                final long at = base + scenario.at();
                if (attempt == ATTEMPT_LIMIT || !operation.aligned()
                    || !indeterminate.getMessage().contains("indeterminate")) {
                    throw indeterminate;
                }
                require(indeterminate.ranges().equals(List.of(new ByteRange(at & -Scenario.LINE, Scenario.LINE))),
                    "indeterminate are " + indeterminate.ranges());
                region.recovery().zero(base, Scenario.BLOCK);
            }
        }
    }

    private void strike(final Scenario scenario, final long warm, final long base) throws Exception {
        final long at = base + scenario.at();
        run(warm, Math.min(warmUp, REWARM));
        reset(base, at);
        final byte[] before = content(twin, base);
        for (final ByteRange bad : scenario.badRanges(base)) {
            media.inject(bad.offset(), bad.length());
        }
        if (operation.kind() == Kind.CHECKED) {
            strikeChecked(scenario, base);
        } else {
            strikeRaw(scenario, base);
        }
        struck++;
        requireIntact(scenario, base, before);
        for (final ByteRange bad : scenario.badRanges(base)) {
            region.recovery().zero(bad.offset(), bad.length());
            require(region.isReadable(bad.offset(), (int) bad.length()), "not readable after zero: " + bad);
        }
    }

    private void strikeChecked(final Scenario scenario, final long base) throws Exception {
        final long at = base + scenario.at();
        final List<ByteRange> touched = scenario.touchedRanges(base, operation.length());
        // The second time no page faults any more.
        for (int time = 0; time < 2; time++) {
            if (touched.isEmpty()) {
                final long expected = operation.body().run(twin, twin.segment(), at);
                final long actual = operation.body().run(region, region.segment(), at);
                require(actual == expected, "returned " + actual + ", not " + expected + ", at time " + time);
            } else {
                requireRefused(touched, () -> operation.body().run(region, region.segment(), at));
            }
        }
        requireKnown(scenario, base, operation.length());
        if (!touched.isEmpty()) {
            operation.body().run(twin, twin.segment(), at);
        }
    }

    private void strikeRaw(final Scenario scenario, final long base) throws Exception {
        final long at = base + scenario.at();
        final int length = operation.length();
        operation.body().run(region, region.segment(), at);
        operation.body().run(twin, twin.segment(), at);
        final List<ByteRange> found = scenario.foundRanges(base, length);
        if (operation.kind() == Kind.RAW) {
            // The operation may have stopped early, but not before it met the first bad page.
            final ByteRange first = new ByteRange(found.getFirst().offset(), Scenario.LINE);
            require(region.poison().ranges().stream().anyMatch(range -> range.contains(first.offset())),
                "nobody noticed: " + first + " is not in " + region.poison().ranges());
            require(!region.isReadable(first.offset(), Scenario.LINE), "readable: " + first);
        }
        requireKnown(scenario, base, length);
        if (scenario.touchedRanges(base, length).isEmpty()) {
            for (final Region target : new Region[] {region, twin}) {
                target.put(at, MemorySegment.ofArray(
                    Operations.contentOf(at & -Long.BYTES, length + 2 * Long.BYTES)), at & 7, length);
                prepare(target, at);
            }
            final long expected = operation.body().run(twin, twin.segment(), at);
            final long actual = operation.body().run(region, region.segment(), at);
            require(actual == expected, "returned " + actual + ", not " + expected + ", after the recovery");
            requireSame(at, length);
        }
    }

    /** The region refuses exactly the bad lines of the range, and knows the bad lines of its pages. */
    private void requireKnown(final Scenario scenario, final long base, final int length) throws Exception {
        final long at = base + scenario.at();
        final List<ByteRange> touched = scenario.touchedRanges(base, length);
        requireRefused(at, length, touched);
        require(region.isReadable(at, length) == touched.isEmpty(), "isReadable is " + !touched.isEmpty());
        final List<ByteRange> known = region.poison().ranges().stream()
            .filter(range -> range.offset() >= base && range.offset() < base + Scenario.BLOCK).toList();
        final List<ByteRange> found = scenario.foundRanges(base, length);
        require(known.equals(found), "known are " + known + ", not " + found);
        for (final ByteRange range : found) {
            require(region.poison().state(range.offset()) == LineState.LOST,
                "state " + region.poison().state(range.offset()) + " at " + range);
        }
    }

    private void requireRefused(final long at, final int length, final List<ByteRange> expected) throws Exception {
        if (expected.isEmpty()) {
            region.verify(at, length);
        } else {
            requireRefused(expected, () -> {
                region.verify(at, length);
                return 0L;
            });
        }
    }

    private static void requireRefused(final List<ByteRange> expected, final Callable<Long> access)
        throws Exception {
        final long returned;
        try {
            returned = access.call();
        } catch (final PoisonException refused) {
            require(refused.ranges().equals(expected), "refused " + refused.ranges() + ", not " + expected);
            return;
        }
        throw new AssertionError("returned " + returned + " instead of refusing " + expected);
    }

    /** Every line that is not bad holds what the twin's does; bytes of a refused or raw store may be as before. */
    private void requireIntact(final Scenario scenario, final long base, final byte[] before) throws Exception {
        final List<ByteRange> bad = scenario.badRanges(base);
        final boolean either = operation.stores()
            && (operation.kind() != Kind.CHECKED || !scenario.touchedRanges(base, operation.length()).isEmpty());
        final byte[] expected = content(twin, base);
        final byte[] actual = new byte[Scenario.BLOCK];
        final List<ByteRange> healthy = new ArrayList<>();
        long from = base;
        for (final ByteRange range : bad) {
            if (range.offset() > from) {
                healthy.add(new ByteRange(from, range.offset() - from));
            }
            from = range.end();
        }
        healthy.add(new ByteRange(from, base + Scenario.BLOCK - from));
        for (final ByteRange range : healthy) {
            final int start = (int) (range.offset() - base);
            final int end = (int) (range.end() - base);
            region.get(range.offset(), actual, start, end - start);
            require(region.isReadable(range.offset(), range.length()), "not readable: " + range);
            int i = Arrays.mismatch(actual, start, end, expected, start, end);
            for (i = i < 0 ? end : start + i; i < end; i++) {
                final boolean touched = i >= scenario.at() && i < scenario.at() + operation.length();
                if (actual[i] != expected[i] && !(either && touched && actual[i] == before[i])) {
                    throw new AssertionError("byte " + i + " of the block is " + actual[i] + ", not " + expected[i]);
                }
            }
        }
        for (final ByteRange range : bad) {
            for (long line = range.offset(); line < range.end(); line += Scenario.LINE) {
                final long lost = line;
                requireRefused(List.of(new ByteRange(lost, Scenario.LINE)), () -> (long) region.getByte(lost + 1));
            }
        }
    }

    private void requireSame(final long at, final int length) {
        final byte[] actual = new byte[length];
        final byte[] expected = new byte[length];
        region.get(at, actual, 0, length);
        twin.get(at, expected, 0, length);
        require(Arrays.equals(actual, expected), "a raw operation on a recovered page had another effect");
    }

    private static byte[] content(final Region source, final long base) {
        final byte[] content = new byte[Scenario.BLOCK];
        source.get(base, content, 0, content.length);
        return content;
    }

    private static void require(final boolean condition, final String message) {
        if (!condition) {
            throw new AssertionError(message);
        }
    }

    @Override
    public void close() throws IOException {
        region.close();
        twin.close();
        file.close();
    }
}
