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
package io.cordon.bench.tails;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Records how long loads on healthy pages take while nothing goes on, and while something does.
 *
 * <p>Phases take turns, a slice each, in a new order each round, so that whatever else the machine does meets all of
 * them. One thread loads from the region, random words of its healthy half, at a fixed rate and on a processor of its
 * own. A control thread does the same on a raw segment, on another processor, at a lower rate, for it sleeps in
 * between: what it sees is the machine, the collector, and on two processors what it shares its own with. Everything
 * else in the JVM is kept off the first processor.
 */
@Command(name = "tails", mixinStandardHelpOptions = true, description = "Records latencies of loads.")
public final class TailRecorder implements Callable<Integer> {
    /** Each phase once, before anything counts: for the compilers. */
    private static final Duration WARM_UP = Duration.ofMillis(800);

    @Option(names = "--output", required = true, description = "where the files go")
    private Path output;

    @Option(names = "--folder", required = true, description = "where the measured files lie")
    private Path folder;

    @Option(names = "--slice", required = true, description = "how long a turn lasts, in milliseconds")
    private long slice;

    @Option(names = "--rounds", required = true, description = "how often each phase has its turn")
    private int rounds;

    @Option(names = "--no-pin", description = "leave threads where the scheduler puts them")
    private boolean free;

    private TailRecorder() {
    }

    /**
     * Records, as the options say.
     *
     * @param args see {@code --help}
     */
    public static void main(final String[] args) {
        System.exit(new CommandLine(new TailRecorder()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        record(Plan.of(Duration.ofMillis(slice), rounds, !free), folder, output);
        return CommandLine.ExitCode.OK;
    }

    /**
     * Records.
     *
     * @param plan   how.
     * @param parent where a folder for the measured files is made, and removed.
     * @param output where the files go, which exists.
     * @throws IOException if a file, or a thread's processor, makes trouble.
     */
    static void record(final Plan plan, final Path parent, final Path output) throws IOException {
        final Path files = Files.createTempDirectory(parent, "cordon-tails-");
        try {
            record(plan, Processors.of(plan.pinned()), files, output);
        } finally {
            delete(files);
        }
    }

    private static void delete(final Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static void record(
        final Plan plan, final Processors processors, final Path files, final Path output) throws IOException {
        processors.reserve();
        final List<Phase> phases = List.of(Phase.values());
        final Map<Phase, Subject> subjects = new EnumMap<>(Phase.class);
        try (Arena arena = Arena.ofShared(); ExecutorService threads = Executors.newCachedThreadPool()) {
            for (final Phase phase : phases) {
                subjects.put(phase, Subject.of(phase, files, plan.size()));
            }
            final MemorySegment raw = raw(files.resolve("control"), plan.size() / 2, arena);
            final FixedRate control = new FixedRate(offset -> raw.get(ValueLayout.JAVA_LONG_UNALIGNED, offset),
                raw.byteSize(), plan.controlInterval().toNanos(), true);
            final TailLog log = new TailLog(output, settings(plan, processors));
            final Turn turn = new Turn(processors, threads, control, log);
            for (final Phase phase : phases) {
                turn.take(phase, subjects.get(phase), plan, shorter(WARM_UP, plan.slice()), -1);
            }
            for (int round = 0; round < plan.rounds(); round++) {
                for (int i = 0; i < phases.size(); i++) {
                    final Phase phase = phases.get((i + round) % phases.size());
                    turn.take(phase, subjects.get(phase), plan, plan.slice(), round);
                }
            }
            log.close();
        } finally {
            for (final Subject subject : subjects.values()) {
                subject.close();
            }
        }
    }

    private static Duration shorter(final Duration one, final Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static MemorySegment raw(final Path file, final long size, final Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(
            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final MemorySegment segment = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
            for (long offset = 0; offset < size; offset += Long.BYTES) {
                segment.set(ValueLayout.JAVA_LONG_UNALIGNED, offset, Words.at(offset));
            }
            segment.force();
            return segment;
        }
    }

    private static Map<String, Object> settings(final Plan plan, final Processors processors) {
        final Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("region MiB", plan.size() >> 20);
        settings.put("interval µs", plan.interval().toNanos() / 1000.0);
        settings.put("control interval µs", plan.controlInterval().toNanos() / 1000.0);
        settings.put("slice ms", plan.slice().toMillis());
        settings.put("settle ms", plan.settle().toMillis());
        settings.put("rounds", plan.rounds());
        settings.put("processors", processors.toString());
        return settings;
    }

    /** Who runs where. */
    private record Processors(List<Integer> allowed, boolean pinned) {
        static Processors of(final boolean wanted) throws IOException {
            final List<Integer> allowed = Affinity.allowed();
            return new Processors(allowed, wanted && allowed.size() > 1);
        }

        /** Takes everything off the processor that is for the loads. */
        void reserve() throws IOException {
            if (pinned) {
                Affinity.pinAll(allowed.getFirst());
            }
        }

        void pinLoads() {
            pin(allowed.getLast());
        }

        /** On a processor of its own, too, if there are three. */
        void pinControl() {
            pin(allowed.size() > 2 ? allowed.get(1) : allowed.getFirst());
        }

        private void pin(final int processor) {
            if (pinned) {
                try {
                    Affinity.pin(processor);
                } catch (final IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            }
        }

        @Override
        public String toString() {
            if (!pinned) {
                return "threads run where the scheduler puts them, on " + allowed.size() + " processors";
            }
            return "the loading thread has processor " + allowed.getLast() + " to itself; the control thread "
                + (allowed.size() > 2 ? "has processor " + allowed.get(1) + ", and the rest of the JVM"
                    : "and the rest of the JVM share") + " processor " + allowed.getFirst();
        }
    }

    /** One phase's turn. */
    private record Turn(Processors processors, ExecutorService threads, FixedRate control, TailLog log) {
        void take(final Phase phase, final Subject subject, final Plan plan, final Duration length, final int round)
            throws IOException {
            final FixedRate loader =
                new FixedRate(subject.region()::getLong, subject.healthy(), plan.interval().toNanos(), false);
            final long stolen = stolen();
            final long collections = collections();
            subject.start();
            final long begin = System.nanoTime();
            final long from = begin + plan.settle().toNanos();
            final long until = from + length.toNanos();
            final long time = System.currentTimeMillis() + plan.settle().toMillis();
            final Future<Long> loading = threads.submit(() -> {
                processors.pinLoads();
                final long before = preemptions();
                loader.run(begin, from, until);
                return preemptions() - before;
            });
            final Future<?> controlling = threads.submit(() -> {
                processors.pinControl();
                control.run(begin, from, until);
            });
            final long preemptions = await(loading);
            await(controlling);
            final long deeds = subject.stop();
            if (phase != Phase.IDLE && deeds == 0) {
                throw new IllegalStateException("no " + subject.unit() + " in the time that loads were measured");
            }
            if (round >= 0) {
                final Slice slice = new Slice(phase.word(), round, length.toNanos() / 1e9, deeds, subject.unit(),
                    loader.loads().getTotalCount(), loader.behind(), preemptions, stolen() - stolen,
                    collections() - collections);
                write(slice, time, loader);
            }
        }

        private void write(final Slice slice, final long time, final FixedRate loader) {
            final long end = time + (long) (slice.seconds() * 1000);
            log.add(slice);
            log.add(slice.phase(), TailLog.LOAD, time, end, loader.loads());
            log.add(slice.phase(), TailLog.ACCESS, time, end, loader.accesses());
            log.add(slice.phase(), TailLog.PAUSE, time, end, loader.pauses());
            log.add(slice.phase(), TailLog.CONTROL, time, end, control.loads());
            log.add(slice.phase(), TailLog.CONTROL_PAUSE, time, end, control.pauses());
        }

        private static <T> T await(final Future<T> future) throws IOException {
            try {
                return future.get();
            } catch (final ExecutionException failure) {
                throw new IOException("a measuring thread failed: " + failure.getCause(), failure.getCause());
            } catch (final InterruptedException interruption) {
                throw new IOException("interrupted", interruption);
            }
        }

        /** How often the calling thread was taken off its processor, so far. */
        private static long preemptions() throws IOException {
            return number(Path.of("/proc/thread-self/status"), "nonvoluntary_ctxt_switches:", 1);
        }

        /** Milliseconds, so far; the kernel counts in hundredths of a second. */
        private static long stolen() throws IOException {
            return 10 * number(Path.of("/proc/stat"), "cpu ", 8);
        }

        private static long number(final Path file, final String line, final int field) throws IOException {
            for (final String candidate : Files.readAllLines(file)) {
                if (candidate.startsWith(line)) {
                    return Long.parseLong(candidate.split("\\s+")[field]);
                }
            }
            throw new IOException(file + " has no line that begins with " + line);
        }

        private static long collections() {
            return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
        }
    }
}
