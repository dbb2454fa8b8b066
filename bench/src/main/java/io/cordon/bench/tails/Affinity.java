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

import io.cordon.linux.Libc;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * On which processors threads may run, and before whom: sched_setaffinity(2), sched_setscheduler(2). With two threads
 * that never rest and two processors, the scheduler's moves would be most of what is measured.
 */
final class Affinity {
    private static final Path THREADS = Path.of("/proc/self/task");
    private static final String ALLOWED = "Cpus_allowed_list:";
    private static final int MASK_BYTES = 128;
    private static final int SCHED_OTHER = 0;
    private static final int SCHED_FIFO = 1;
    private static final MethodHandle SET = downcall("sched_setaffinity", FunctionDescriptor.of(
        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS));

    private Affinity() {
    }

    @SuppressWarnings("restricted")
    private static MethodHandle downcall(final String name, final FunctionDescriptor type) {
        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type);
    }

    /**
     * Has the calling thread go before all ordinary threads of the machine (SCHED_FIFO, priority 1), or not any more.
     * If it spins for most of a second, the kernel gives the others a twentieth of one all the same, at a stretch
     * (kernel/sched/deadline.c, the fair server).
     *
     * @return whether the kernel did as was asked; that takes a privilege.
     */
    static boolean favour(final boolean before) {
        return Libc.setScheduler(before ? SCHED_FIFO : SCHED_OTHER, before ? 1 : 0) == 0;
    }

    /** The processors that this process may use, ascending. */
    static List<Integer> allowed() throws IOException {
        for (final String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(ALLOWED)) {
                return parse(line.substring(ALLOWED.length()).strip());
            }
        }
        throw new IOException("/proc/self/status has no line " + ALLOWED);
    }

    /** A list such as 0-3,8. */
    static List<Integer> parse(final String list) {
        final List<Integer> processors = new ArrayList<>();
        for (final String range : list.split(",")) {
            final String[] ends = range.split("-");
            for (int i = Integer.parseInt(ends[0]); i <= Integer.parseInt(ends[ends.length - 1]); i++) {
                processors.add(i);
            }
        }
        return List.copyOf(processors);
    }

    /** How often devices have interrupted each processor since the machine was started. */
    static long[] interrupts() throws IOException {
        return interrupts(Files.readAllLines(Path.of("/proc/interrupts")));
    }

    /** From lines as the kernel writes them: a heading with the processors, then a line for each source. */
    static long[] interrupts(final List<String> lines) {
        final String[] heading = lines.getFirst().strip().split("\\s+");
        final int[] processors =
            Arrays.stream(heading).mapToInt(name -> Integer.parseInt(name.substring("CPU".length()))).toArray();
        final long[] sums = new long[Arrays.stream(processors).max().orElseThrow() + 1];
        for (final String line : lines.subList(1, lines.size())) {
            final String[] fields = line.strip().split("\\s+");
            // Devices have numbers; what the processors do to each other has names.
            if (fields[0].matches("\\d+:")) {
                for (int i = 0; i < processors.length; i++) {
                    sums[processors[i]] += Long.parseLong(fields[1 + i]);
                }
            }
        }
        return sums;
    }

    /** Has the calling thread, and the threads it will start, run on one processor. */
    static void pin(final int processor) throws IOException {
        pin(0, processor);
    }

    /** Has all threads that there are, and those they will start, run on one processor. */
    static void pinAll(final int processor) throws IOException {
        try (var threads = Files.list(THREADS)) {
            for (final Path thread : threads.toList()) {
                // One that has ended meanwhile has no place to move from.
                if (Files.exists(thread)) {
                    pin(Integer.parseInt(thread.getFileName().toString()), processor);
                }
            }
        }
    }

    private static void pin(final int thread, final int processor) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment mask = arena.allocate(MASK_BYTES);
            mask.set(ValueLayout.JAVA_BYTE, processor / Byte.SIZE, (byte) (1 << processor % Byte.SIZE));
            final int result = (int) SET.invokeExact(thread, (long) MASK_BYTES, mask);
            if (result != 0 && (thread == 0 || Files.exists(THREADS.resolve(Integer.toString(thread))))) {
                throw new IOException("thread " + thread + " cannot be bound to processor " + processor
                    + "; measure with --no-pin");
            }
        } catch (final IOException | RuntimeException | Error failure) {
            throw failure;
        } catch (final Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }
}
