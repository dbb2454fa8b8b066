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

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * PMDK's libpmem, the native peer of making memory durable; see pmem_flush(3), pmem_is_pmem(3).
 */
@SuppressWarnings("restricted")
final class Libpmem {
    private static final String NAME = "libpmem.so.1";
    /** More than any message has. */
    private static final long MESSAGE = 8192;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final String ABSENT = "there is no " + NAME
        + " on this machine; install it, on Debian by .ci/packages libpmem.so.1=libpmem1, or leave the methods "
        + "pmem... out";

    private final MethodHandle mapFile;
    private final MethodHandle unmap;
    private final MethodHandle persist;
    private final MethodHandle msync;
    private final MethodHandle errorMessage;

    private Libpmem(final SymbolLookup library) {
        mapFile = bind(library, "pmem_map_file",
            FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
        unmap = bind(library, "pmem_unmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
        persist = bind(library, "pmem_persist", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG));
        msync = bind(library, "pmem_msync", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
        errorMessage = bind(library, "pmem_errormsg", FunctionDescriptor.of(ADDRESS));
    }

    private static MethodHandle bind(
        final SymbolLookup library, final String name, final FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(library.findOrThrow(name), descriptor);
    }

    /** Whether the library is there. */
    static boolean isPresent() {
        return find() != null;
    }

    private static SymbolLookup find() {
        try {
            return SymbolLookup.libraryLookup(NAME, Arena.global());
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    /**
     * The library.
     *
     * @throws IllegalStateException if it is not there; the message says how to get it.
     */
    static Libpmem load() {
        final SymbolLookup library = find();
        if (library == null) {
            throw new IllegalStateException(ABSENT);
        }
        return new Libpmem(library);
    }

    /** What {@link #load()} says where the library is not there. */
    static String absent() {
        return ABSENT;
    }

    /** A file that the library mapped, with {@code MAP_SYNC} where it can be had. */
    record Mapping(MemorySegment address, long length, boolean isPmem) {
    }

    Mapping map(final Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment length = arena.allocate(JAVA_LONG);
            final MemorySegment isPmem = arena.allocate(JAVA_INT);
            final MemorySegment address = (MemorySegment) mapFile.invokeExact(
                arena.allocateFrom(file.toString()), 0L, 0, 0, length, isPmem);
            if (address.address() == 0) {
                throw new IOException("pmem_map_file " + file + ": "
                    + ((MemorySegment) errorMessage.invokeExact()).reinterpret(MESSAGE).getString(0));
            }
            final long mapped = length.get(JAVA_LONG, 0);
            return new Mapping(address.reinterpret(mapped), mapped, isPmem.get(JAVA_INT, 0) != 0);
        } catch (final IOException thrown) {
            throw thrown;
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    void unmap(final Mapping mapping) {
        try {
            if ((int) unmap.invokeExact(mapping.address, mapping.length) != 0) {
                throw new IllegalStateException("pmem_unmap failed");
            }
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** Writes the range's cache lines back: durable on persistent memory that is mapped with {@code MAP_SYNC} alone. */
    void persist(final MemorySegment range) {
        try {
            persist.invokeExact(range, range.byteSize());
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** Durable on any file. */
    void msync(final MemorySegment range) throws IOException {
        try {
            if ((int) msync.invokeExact(range, range.byteSize()) != 0) {
                throw new IOException("pmem_msync failed");
            }
        } catch (final IOException thrown) {
            throw thrown;
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    private static IllegalStateException unexpected(final Throwable thrown) {
        return new IllegalStateException("a call of " + NAME + " failed", thrown);
    }
}
