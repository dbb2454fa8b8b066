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
package io.cordon.linux;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Writes cache lines back to the memory below, without a system call: what makes stores to persistent memory durable,
 * if the mapping keeps the file system's metadata in order ({@code MAP_SYNC}, see mmap(2)).
 *
 * <p>The handle belongs to the platform's best instruction, and is initialised with this class. Thread-safe.
 */
public final class WriteBack {
    /** The longest range, in bytes, that is written back in one call wherever it begins. */
    public static final long AT_ONCE = (32 << 10) - 64;

    private static final int LINE_LENGTH = 64;
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    /** A critical call keeps everybody from a safepoint: for a few microseconds, not longer. */
    private static final long CHUNK = AT_ONCE + LINE_LENGTH;
    private static final MethodHandle BEST = handle(WriteBackCode.best(Platform.current(), features()));

    private WriteBack() {
    }

    /**
     * {@link #persist} of a range that takes one call.
     *
     * @param address first byte, mapped; of any alignment.
     * @param length  in bytes, 1 to {@link #AT_ONCE}.
     */
    public static void persistAtOnce(final long address, final long length) {
        invoke(BEST, address & -LINE_LENGTH, address + length + LINE_LENGTH - 1 & -LINE_LENGTH);
    }

    /**
     * Makes the stores to a range durable that came before the call, in program order.
     *
     * <p>It touches every line, as a load does: pages that are not present are brought in.
     *
     * @param address first byte, mapped; of any alignment.
     * @param length  in bytes.
     */
    public static void persist(final long address, final long length) {
        persist(BEST, address, length);
    }

    static void persist(final MethodHandle handle, final long address, final long length) {
        final long end = address + length + LINE_LENGTH - 1 & -LINE_LENGTH;
        long position = address & -LINE_LENGTH;
        while (length > 0 && position < end) {
            final long next = Math.min(end, position + CHUNK);
            invoke(handle, position, next);
            position = next;
        }
    }

    private static void invoke(final MethodHandle handle, final long start, final long end) {
        try {
            handle.invokeExact(start, end);
        } catch (final Throwable thrown) {
            throw new AssertionError("machine code throws nothing", thrown);
        }
    }

    /** Places the code; the call has no transition to native, which would cost more than the write-back of a line. */
    @SuppressWarnings("restricted")
    static MethodHandle handle(final WriteBackCode code) {
        final long address = ExecutableCode.place(
            ExecutableCode.bytes(code.listing()), "the write-back of cache lines");
        return Linker.nativeLinker().downcallHandle(MemorySegment.ofAddress(address),
            FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG), Linker.Option.critical(false));
    }

    /** What the processor can do besides the platform's minimum: the line of the first processor in /proc/cpuinfo. */
    static Set<String> features() {
        try (BufferedReader reader = Files.newBufferedReader(CPU_INFO)) {
            return reader.lines().filter(line -> line.startsWith("flags") || line.startsWith("Features")).findFirst()
                .map(line -> Set.of(line.substring(line.indexOf(':') + 1).trim().split("\\s+"))).orElse(Set.of());
        } catch (final IOException failure) {
            throw new UncheckedIOException("cannot find out how this processor writes cache lines back", failure);
        }
    }
}
