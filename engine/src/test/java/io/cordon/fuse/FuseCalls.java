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
package io.cordon.fuse;

import io.cordon.linux.Errno;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** The system calls that a file system needs and the library does not: mount, umount2 and write. */
@SuppressWarnings("restricted")
final class FuseCalls {
    /** umount2(2): detach now, clean up when the last user is gone. */
    private static final int MNT_DETACH = 2;
    /** mount(2): no set-user-id programs, no devices. */
    private static final long NOSUID_NODEV = 2 | 4;

    private static final MemoryLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle MOUNT =
        bind("mount", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
    private static final MethodHandle UMOUNT = bind("umount2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle WRITE =
        bind("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

    private FuseCalls() {
    }

    private static MethodHandle bind(final String name, final FunctionDescriptor type) {
        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
            linker.defaultLookup().findOrThrow(name), type, Linker.Option.captureCallState("errno"));
    }

    /** Mounts a file system of type fuse whose root is a regular file, over a regular file. */
    static void mount(final String source, final Path target, final int fd) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            final int result = (int) MOUNT.invokeExact(state, arena.allocateFrom(source),
                arena.allocateFrom(target.toString()), arena.allocateFrom("fuse"), NOSUID_NODEV,
                arena.allocateFrom("fd=" + fd + ",rootmode=100000,user_id=0,group_id=0,allow_other"));
            if (result != 0) {
                throw Errno.toException((int) ERRNO.get(state, 0L), target, "cannot mount a FUSE file system over it;"
                    + " that needs CAP_SYS_ADMIN, and a kernel or container that permits it");
            }
        } catch (final IOException failure) {
            throw failure;
        } catch (final Throwable thrown) {
            throw new AssertionError(thrown);
        }
    }

    /** Takes a mount away, whoever uses it, alive or dead. */
    static boolean unmount(final Path target) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) UMOUNT.invokeExact(arena.allocate(CAPTURE), arena.allocateFrom(target.toString()),
                MNT_DETACH) == 0;
        } catch (final Throwable thrown) {
            throw new AssertionError(thrown);
        }
    }

    /** One write of a whole message; the kernel takes no parts. Returns 0 or the error number. */
    static int write(final int fd, final MemorySegment bytes, final long length) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            return (long) WRITE.invokeExact(state, fd, bytes, length) == length ? 0 : (int) ERRNO.get(state, 0L);
        } catch (final Throwable thrown) {
            throw new AssertionError(thrown);
        }
    }
}
