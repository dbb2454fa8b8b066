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
import java.util.List;

/**
 * On which processors threads may run: sched_setaffinity(2). With two threads that never rest and two processors, the
 * scheduler's moves would be most of what is measured.
 */
final class Affinity {
    private static final Path THREADS = Path.of("/proc/self/task");
    private static final String ALLOWED = "Cpus_allowed_list:";
    private static final int MASK_BYTES = 128;
    private static final MethodHandle SET = downcall();

    private Affinity() {
    }

    @SuppressWarnings("restricted")
    private static MethodHandle downcall() {
        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find("sched_setaffinity").orElseThrow(),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS));
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
