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
package io.cordon.kernel;

import io.cordon.linux.NativeFile;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a file's bytes lie on its device: include/uapi/linux/fiemap.h. The tests' own, so that the engine's can be held
 * to it.
 */
final class Fiemap {
    private static final long FS_IOC_FIEMAP = 0xC020660BL;
    private static final int FLAG_SYNC = 1;
    private static final int HEADER_LENGTH = 32;
    private static final int EXTENT_LENGTH = 56;
    private static final int EXTENT_LIMIT = 256;
    private static final MethodHandle IOCTL = ioctl();

    private Fiemap() {
    }

    /** Bytes that lie together. */
    record Extent(long logical, long physical, long length) {
    }

    @SuppressWarnings("restricted")
    private static MethodHandle ioctl() {
        return Linker.nativeLinker().downcallHandle(Linker.nativeLinker().defaultLookup().findOrThrow("ioctl"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS), Linker.Option.firstVariadicArg(2));
    }

    /** All extents of a file. */
    static List<Extent> of(final Path path) throws IOException {
        try (NativeFile file = NativeFile.open(path, true); Arena arena = Arena.ofConfined()) {
            final MemorySegment map = arena.allocate(HEADER_LENGTH + EXTENT_LIMIT * EXTENT_LENGTH, Long.BYTES);
            map.set(ValueLayout.JAVA_LONG, 8, Long.MAX_VALUE);
            map.set(ValueLayout.JAVA_INT, 16, FLAG_SYNC);
            map.set(ValueLayout.JAVA_INT, 24, EXTENT_LIMIT);
            if (invoke(file.fd(), FS_IOC_FIEMAP, map) != 0) {
                throw new IOException(path + ": FIEMAP failed");
            }
            final List<Extent> extents = new ArrayList<>();
            for (int i = 0; i < map.get(ValueLayout.JAVA_INT, 20); i++) {
                final MemorySegment extent = map.asSlice(HEADER_LENGTH + (long) i * EXTENT_LENGTH, EXTENT_LENGTH);
                extents.add(new Extent(extent.get(ValueLayout.JAVA_LONG, 0), extent.get(ValueLayout.JAVA_LONG, 8),
                    extent.get(ValueLayout.JAVA_LONG, 16)));
            }
            return extents;
        }
    }

    /** Any request; an argument that is a number goes as an address. */
    static int ioctl(final int fd, final long request, final long argument) {
        return invoke(fd, request, MemorySegment.ofAddress(argument));
    }

    private static int invoke(final int fd, final long request, final MemorySegment argument) {
        try {
            return (int) IOCTL.invokeExact(fd, request, argument);
        } catch (final Throwable thrown) {
            throw new AssertionError(thrown);
        }
    }

    /** Where one byte of a file lies. */
    static long physical(final Path path, final long offset) throws IOException {
        for (final Extent extent : of(path)) {
            if (offset >= extent.logical() && offset < extent.logical() + extent.length()) {
                return extent.physical() + offset - extent.logical();
            }
        }
        throw new IOException(path + ": nothing is allocated at " + offset);
    }
}
