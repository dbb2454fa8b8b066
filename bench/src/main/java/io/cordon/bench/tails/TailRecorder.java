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

import io.cordon.bench.Folders;
import com.sun.management.ThreadMXBean;
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
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

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
    private static final long ORDER = 7;
    /** The last part of settling, in which loads are made already, and do not count. */
    private static final int LEAD_DIVISOR = 4;
    private static final ThreadMXBean ALLOCATION =
        ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

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

    @Option(names = "--phases", split = ",", description = "only these, such as IDLE,STORM: for a look")
    private List<Phase> phases = List.of(Phase.values());

    @Option(names = "--safepoints", description = "where -Xlog:safepoint of this JVM goes")
    private Path safepoints;

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
        record(Plan.of(phases, Duration.ofMillis(slice), rounds, !free), new SafepointLog(safepoints), folder, output);
        return CommandLine.ExitCode.OK;
    }

    /**
     * Records.
     *
     * @param plan       how.
     * @param safepoints what the JVM says of its own pauses.
     * @param parent     where a folder for the measured files is made, and removed.
     * @param output     where the files go, which exists.
     * @throws IOException if a file, or a thread's processor, makes trouble.
     */
    static void record(final Plan plan, final SafepointLog safepoints, final Path parent, final Path output)
        throws IOException {
        final Path files = Files.createTempDirectory(parent, "cordon-tails-");
        try {
            record(plan, Processors.of(plan.pinned()), safepoints, files, output);
        } finally {
            Folders.delete(files);
        }
    }

    private static void record(final Plan plan, final Processors processors, final SafepointLog safepoints,
        final Path files, final Path output) throws IOException {
        processors.reserve();
        final List<Phase> phases = new ArrayList<>(plan.phases());
        final Random order = new Random(ORDER);
        final Map<Phase, Subject> subjects = new EnumMap<>(Phase.class);
        try (Arena arena = Arena.ofShared(); ExecutorService threads = Executors.newCachedThreadPool()) {
            for (final Phase phase : phases) {
                subjects.put(phase, Subject.of(phase, files, plan.size()));
            }
            final MemorySegment raw = raw(files.resolve("control"), plan.size() / 2, arena);
            final FixedRate control = new FixedRate(offset -> raw.get(ValueLayout.JAVA_LONG_UNALIGNED, offset),
                raw.byteSize(), plan.controlInterval().toNanos(), true);
            final TailLog log = new TailLog(output, settings(plan, processors));
            final Turn turn = new Turn(processors, threads, control, safepoints, log);
            for (final Phase phase : phases) {
                turn.take(phase, subjects.get(phase), plan, shorter(WARM_UP, plan.slice()), -1);
            }
            for (int round = 0; round < plan.rounds(); round++) {
                // What one leaves behind, pages to be written for one, meets each of the others as often.
                Collections.shuffle(phases, order);
                // So that none falls into a slice.
                System.gc();
                for (final Phase phase : phases) {
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
        settings.put("heap", String.join(" ", heap()));
        return settings;
    }

    private static List<String> heap() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> argument.matches("-X(m[snx]|X:\\+(Use\\w+GC|AlwaysPreTouch)).*")).toList();
    }

    /**
     * Who runs where.
     *
     * @param allowed the processors, the one for the loads last: that which devices interrupt least. An interrupt of
     *                the disk takes longer than a load, and wakes threads of the kernel that take the processor away.
     * @param pinned  whether threads are bound to them.
     * @param first   whether the loads go before all that is ordinary; other processes would hold them up for as long
     *                as the storm does, and longer.
     */
    private record Processors(List<Integer> allowed, boolean pinned, boolean first) {
        static Processors of(final boolean wanted) throws IOException {
            final List<Integer> allowed = new ArrayList<>(Affinity.allowed());
            final long[] interrupts = Affinity.interrupts();
            allowed.sort(Comparator.comparingLong((Integer processor) -> interrupts[processor]).reversed());
            final boolean pinned = wanted && allowed.size() > 1;
            final boolean first = pinned && Affinity.favour(true);
            Affinity.favour(false);
            return new Processors(List.copyOf(allowed), pinned, first);
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

        /** Not without a processor for everybody else. */
        void favourLoads(final boolean now) {
            if (first) {
                Affinity.favour(now);
            }
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
            return "the loading thread has processor " + allowed.getLast()
                + ", which devices interrupt least, to itself" + (first ? ", before all ordinary threads" : "")
                + "; the control thread "
                + (allowed.size() > 2 ? "has processor " + allowed.get(1) + ", and the rest of the JVM"
                    : "and the rest of the JVM share") + " processor " + allowed.getFirst();
        }
    }

    /** One phase's turn. */
    private record Turn(Processors processors, ExecutorService threads, FixedRate control, SafepointLog safepoints,
        TailLog log) {
        void take(final Phase phase, final Subject subject, final Plan plan, final Duration length, final int round)
            throws IOException {
            final FixedRate loader =
                new FixedRate(subject.region()::getLong, subject.healthy(), plan.interval().toNanos(), false);
            final long stolen = stolen();
            final long collections = collections();
            final long allocated = ALLOCATION.getTotalThreadAllocatedBytes();
            safepoints.skip();
            final CountDownLatch ready = new CountDownLatch(1);
            final CompletableFuture<Times> times = new CompletableFuture<>();
            final Future<Disturbance> loading = threads.submit(() -> {
                try {
                    processors.pinLoads();
                    processors.favourLoads(true);
                } finally {
                    ready.countDown();
                }
                try {
                    return run(loader, times.join());
                } finally {
                    processors.favourLoads(false);
                }
            });
            // A thread that starts late, since others have its processor, would find its first loads behind already.
            await(ready);
            try {
                subject.start();
            } catch (final IOException | RuntimeException failure) {
                times.completeExceptionally(failure);
                throw failure;
            }
            final long from = System.nanoTime() + plan.settle().toNanos();
            final long begin = from - plan.settle().toNanos() / LEAD_DIVISOR;
            final long until = from + length.toNanos();
            final long time = System.currentTimeMillis() + plan.settle().toMillis();
            times.complete(new Times(begin, from, until));
            final Future<?> controlling = threads.submit(() -> {
                processors.pinControl();
                control.run(begin, from, until);
            });
            final Disturbance disturbance = await(loading);
            await(controlling);
            final long deeds = subject.stop();
            if (phase != Phase.IDLE && deeds == 0) {
                throw new IllegalStateException("no " + subject.unit() + " in the time that loads were measured");
            }
            if (round >= 0) {
                final Slice slice = new Slice(phase.word(), round, length.toNanos() / 1e9, deeds, subject.unit(),
                    loader.loads().getTotalCount(), loader.behind(), disturbance.preemptions(), stolen() - stolen,
                    collections() - collections, ALLOCATION.getTotalThreadAllocatedBytes() - allocated,
                    disturbance.faults());
                write(slice, time, loader);
            }
        }

        /** Loads, when it is time; until then whoever else wants the processor has it. */
        private static Disturbance run(final FixedRate loader, final Times times)
            throws IOException, InterruptedException {
            TimeUnit.NANOSECONDS.sleep(times.begin - System.nanoTime());
            final Disturbance before = Disturbance.soFar();
            loader.run(times.begin, times.from, times.until);
            return Disturbance.soFar().since(before);
        }

        private static void await(final CountDownLatch latch) throws IOException {
            try {
                latch.await();
            } catch (final InterruptedException interruption) {
                throw new IOException("interrupted", interruption);
            }
        }

        private void write(final Slice slice, final long time, final FixedRate loader) throws IOException {
            final long end = time + (long) (slice.seconds() * 1000);
            log.add(slice);
            log.add(slice.phase(), TailLog.LOAD, time, end, loader.loads());
            log.add(slice.phase(), TailLog.ACCESS, time, end, loader.accesses());
            log.sum(slice.phase(), TailLog.PAUSE, time, end, loader.pauses());
            log.add(slice.phase(), TailLog.CONTROL, time, end, control.loads());
            log.sum(slice.phase(), TailLog.CONTROL_PAUSE, time, end, control.pauses());
            log.sum(slice.phase(), TailLog.SAFEPOINT, time, end, safepoints.read());
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

        /** Milliseconds, so far; the kernel counts in hundredths of a second. */
        private static long stolen() throws IOException {
            return 10 * number(Path.of("/proc/stat"), "cpu ", 8);
        }

        private static long collections() {
            return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
        }
    }

    /** When loads begin, from when on they count, and when they end, by System.nanoTime(). */
    private record Times(long begin, long from, long until) {
    }

    /** What the kernel did to the calling thread, so far: took its processor away, and had it wait for pages. */
    private record Disturbance(long preemptions, long faults) {
        private static final Path STAT = Path.of("/proc/thread-self/stat");
        /** After the name of the thread, which ends with the last parenthesis: minflt and majflt of proc(5). */
        private static final int MINOR = 8;
        private static final int MAJOR = 10;

        static Disturbance soFar() throws IOException {
            final String stat = Files.readString(STAT);
            final String[] fields = stat.substring(stat.lastIndexOf(')') + 1).split(" ");
            return new Disturbance(number(Path.of("/proc/thread-self/status"), "nonvoluntary_ctxt_switches:", 1),
                Long.parseLong(fields[MINOR]) + Long.parseLong(fields[MAJOR]));
        }

        Disturbance since(final Disturbance before) {
            return new Disturbance(preemptions - before.preemptions, faults - before.faults);
        }
    }

    private static long number(final Path file, final String line, final int field) throws IOException {
        for (final String candidate : Files.readAllLines(file)) {
            if (candidate.startsWith(line)) {
                return Long.parseLong(candidate.split("\\s+")[field]);
            }
        }
        throw new IOException(file + " has no line that begins with " + line);
    }
}
