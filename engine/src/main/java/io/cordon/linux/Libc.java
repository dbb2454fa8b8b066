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

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * The C library's wrappers of the system calls that Cordon makes; see section 2 of the Linux manual for each.
 *
 * <p>A failed call returns the negated error number, as the kernel itself does, and never throws. A call that a signal
 * interrupts is made again. Segments handed in must be native ones. All methods are thread-safe.
 */
@SuppressWarnings("restricted")
public final class Libc {
    /** Open for reading. */
    public static final int O_RDONLY = 0;
    /** Open for reading and writing. */
    public static final int O_RDWR = 2;
    /** Create if absent. */
    public static final int O_CREAT = 0x40;
    /** Fail if present. */
    public static final int O_EXCL = 0x80;
    /** Past the page cache; its value depends on the architecture (asm/fcntl.h). */
    public static final int O_DIRECT = Platform.current() == Platform.AARCH64 ? 0x10000 : 0x4000;
    /** A file without a name, in a directory; includes O_DIRECTORY, whose value depends on the architecture. */
    public static final int O_TMPFILE = 0x40_0000 | (Platform.current() == Platform.AARCH64 ? 0x4000 : 0x1_0000);
    /** Close on exec. */
    public static final int O_CLOEXEC = 0x80000;
    /** Seek relative to the end. */
    public static final int SEEK_END = 2;
    /** Seek to the next hole; the end of the file counts as one. */
    public static final int SEEK_HOLE = 4;
    /** Pages can be read. */
    public static final int PROT_READ = 1;
    /** Pages can be written. */
    public static final int PROT_WRITE = 2;
    /** Pages can be executed. */
    public static final int PROT_EXEC = 4;
    /** Stores go to the file. */
    public static final int MAP_SHARED = 1;
    /** As {@link #MAP_SHARED}; flags that the file system does not offer are refused. */
    public static final int MAP_SHARED_VALIDATE = 3;
    /** A store fault returns when the metadata that is needed to find the page again is durable: DAX alone. */
    public static final int MAP_SYNC = 0x8_0000;
    /** Stores stay private. */
    public static final int MAP_PRIVATE = 2;
    /** At this address, in place of what is there. */
    public static final int MAP_FIXED = 0x10;
    /** Zero pages, no file. */
    public static final int MAP_ANONYMOUS = 0x20;
    /** No swap space is reserved. */
    public static final int MAP_NORESERVE = 0x4000;
    /** Write and wait. */
    public static final int MS_SYNC = 4;
    /** No transparent huge pages here. */
    public static final int MADV_NOHUGEPAGE = 15;
    /** Close the memfd on exec. */
    public static final int MFD_CLOEXEC = 1;
    /** Close the eventfd on exec. */
    public static final int EFD_CLOEXEC = 0x80000;
    /** Exclusive lock. */
    public static final int LOCK_EX = 2;
    /** Shared lock. */
    public static final int LOCK_SH = 1;
    /** Give the lock back. */
    public static final int LOCK_UN = 8;
    /** Do not wait for the lock. */
    public static final int LOCK_NB = 4;
    /** The descriptor itself, not a path from it. */
    public static final int AT_EMPTY_PATH = 0x1000;
    /** There are data to read. */
    public static final short POLLIN = 1;
    /** There is urgent news; what sysfs says of an attribute that changed, with {@link #POLLERR}. */
    public static final short POLLPRI = 2;
    /** Error condition; always reported, asked for or not. */
    public static final short POLLERR = 8;
    /** posix_fadvise: these pages will not be needed; clean ones that nobody has mapped leave the page cache. */
    public static final int POSIX_FADV_DONTNEED = 4;
    /** sched_setscheduler: shares processors as others do, but is not run in the place of whoever wakes it. */
    public static final int SCHED_BATCH = 3;
    /** sched_setscheduler: the threads that this one starts are scheduled as usual. */
    public static final int SCHED_RESET_ON_FORK = 0x4000_0000;
    /** fallocate: the size stays. */
    public static final int FALLOC_FL_KEEP_SIZE = 1;
    /** fallocate: give the blocks back. */
    public static final int FALLOC_FL_PUNCH_HOLE = 2;

    /** cachestat(2) has no wrapper in the C library; the same number on all architectures (asm-generic/unistd.h). */
    private static final long NR_CACHESTAT = 451;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
        CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPEN =
        bind("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE =
        bind("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle FTRUNCATE =
        bind("ftruncate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle FALLOCATE =
        bind("fallocate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle LSEEK =
        bind("lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle PREAD =
        bind("pread", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle PWRITE =
        bind("pwrite", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle READ =
        bind("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle WRITE =
        bind("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle FSYNC =
        bind("fsync", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle FDATASYNC =
        bind("fdatasync", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle FLOCK =
        bind("flock", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle MMAP =
        bind("mmap", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MUNMAP =
        bind("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle MPROTECT =
        bind("mprotect", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MADVISE =
        bind("madvise", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MINCORE =
        bind("mincore", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, ADDRESS));
    private static final MethodHandle MSYNC =
        bind("msync", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MEMFD_CREATE =
        bind("memfd_create", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle EVENTFD =
        bind("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle SIGACTION =
        bind("sigaction", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle IOCTL =
        bind("ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle POLL =
        bind("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle POSIX_FADVISE =
        bind("posix_fadvise", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle CACHESTAT = bind("syscall",
        FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG),
        Linker.Option.firstVariadicArg(1));
    private static final MethodHandle STATX =
        bind("statx", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle FSTATFS =
        bind("fstatfs", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle GETPAGESIZE = LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow("getpagesize"), FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle GETTID = LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow("gettid"), FunctionDescriptor.of(JAVA_INT));

    private static final MethodHandle SCHED_SETSCHEDULER =
        bind("sched_setscheduler", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));

    private Libc() {
    }

    private static MethodHandle bind(
        final String name, final FunctionDescriptor type, final Linker.Option... options) {
        final Linker.Option[] all = new Linker.Option[options.length + 1];
        System.arraycopy(options, 0, all, 0, options.length);
        all[options.length] = Linker.Option.captureCallState("errno");
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, all);
    }

    /** Whether a signal cut the call short. */
    private static boolean interrupted(final long result, final MemorySegment state) {
        return result == -1 && (int) ERRNO.get(state, 0L) == Errno.EINTR;
    }

    private static long result(final long result, final MemorySegment state) {
        return result == -1 ? -(int) ERRNO.get(state, 0L) : result;
    }

    private static AssertionError unexpected(final Throwable thrown) {
        return new AssertionError("a call of the C library threw", thrown);
    }

    /**
     * getpagesize(3).
     *
     * @return the kernel's page size in bytes.
     */
    public static int pageSize() {
        try {
            return (int) GETPAGESIZE.invokeExact();
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * gettid(2).
     *
     * @return the number of the platform thread that runs the caller.
     */
    public static int threadId() {
        try {
            return (int) GETTID.invokeExact();
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * sched_setscheduler(2), for the calling platform thread.
     *
     * @param policy   SCHED_ value.
     * @param priority among real-time threads; 0 for a policy without.
     * @return 0, or the negated error number.
     */
    public static int setScheduler(final int policy, final int priority) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            // struct sched_param is a priority.
            final MemorySegment parameters = arena.allocateFrom(JAVA_INT, priority);
            return (int) result((int) SCHED_SETSCHEDULER.invokeExact(state, 0, policy, parameters), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * open(2).
     *
     * @param path  zero-terminated path.
     * @param flags its flags.
     * @param mode  its mode.
     * @return a file descriptor, or the negated error number.
     */
    public static int open(final MemorySegment path, final int flags, final int mode) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) OPEN.invokeExact(state, path, flags, mode);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * close(2). Not made again after a signal: Linux has closed the descriptor by then.
     *
     * @param fd file descriptor.
     * @return 0, or the negated error number.
     */
    public static int close(final int fd) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            final int result = (int) CLOSE.invokeExact(state, fd);
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * ftruncate(2).
     *
     * @param fd     file descriptor.
     * @param length in bytes.
     * @return 0, or the negated error number.
     */
    public static int ftruncate(final int fd, final long length) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) FTRUNCATE.invokeExact(state, fd, length);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * fallocate(2).
     *
     * @param fd     file descriptor.
     * @param mode   its mode.
     * @param offset in bytes.
     * @param length in bytes.
     * @return 0, or the negated error number.
     */
    public static int fallocate(final int fd, final int mode, final long offset, final long length) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) FALLOCATE.invokeExact(state, fd, mode, offset, length);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * lseek(2).
     *
     * @param fd     file descriptor.
     * @param offset in bytes.
     * @param whence what the offset counts from.
     * @return the offset, or the negated error number.
     */
    public static long lseek(final int fd, final long offset, final int whence) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            long result;
            do {
                result = (long) LSEEK.invokeExact(state, fd, offset, whence);
            } while (interrupted(result, state));
            return result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * pread(2).
     *
     * @param fd     file descriptor.
     * @param buffer native buffer.
     * @param count  in bytes.
     * @param offset in bytes.
     * @return bytes read, or the negated error number.
     */
    public static long pread(final int fd, final MemorySegment buffer, final long count, final long offset) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            long result;
            do {
                result = (long) PREAD.invokeExact(state, fd, buffer, count, offset);
            } while (interrupted(result, state));
            return result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * pwrite(2).
     *
     * @param fd     file descriptor.
     * @param buffer native buffer.
     * @param count  in bytes.
     * @param offset in bytes.
     * @return bytes written, or the negated error number.
     */
    public static long pwrite(final int fd, final MemorySegment buffer, final long count, final long offset) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            long result;
            do {
                result = (long) PWRITE.invokeExact(state, fd, buffer, count, offset);
            } while (interrupted(result, state));
            return result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * read(2).
     *
     * @param fd     file descriptor.
     * @param buffer native buffer.
     * @param count  in bytes.
     * @return bytes read, or the negated error number.
     */
    public static long read(final int fd, final MemorySegment buffer, final long count) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            long result;
            do {
                result = (long) READ.invokeExact(state, fd, buffer, count);
            } while (interrupted(result, state));
            return result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * write(2).
     *
     * @param fd     file descriptor.
     * @param buffer native buffer.
     * @param count  in bytes.
     * @return bytes written, or the negated error number.
     */
    public static long write(final int fd, final MemorySegment buffer, final long count) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            long result;
            do {
                result = (long) WRITE.invokeExact(state, fd, buffer, count);
            } while (interrupted(result, state));
            return result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * fsync(2).
     *
     * @param fd file descriptor.
     * @return 0, or the negated error number.
     */
    public static int fsync(final int fd) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) FSYNC.invokeExact(state, fd);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * fdatasync(2).
     *
     * @param fd file descriptor.
     * @return 0, or the negated error number.
     */
    public static int fdatasync(final int fd) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) FDATASYNC.invokeExact(state, fd);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * flock(2).
     *
     * @param fd        file descriptor.
     * @param operation what to do.
     * @return 0, or the negated error number.
     */
    public static int flock(final int fd, final int operation) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) FLOCK.invokeExact(state, fd, operation);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * mmap(2).
     *
     * @param address    first byte.
     * @param length     in bytes.
     * @param protection PROT_ flags.
     * @param flags      its flags.
     * @param fd         file descriptor.
     * @param offset     in bytes.
     * @return the address, or the negated error number.
     */
    public static long mmap(
        final long address, final long length, final int protection, final int flags, final int fd, final long offset) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            long result;
            do {
                result = (long) MMAP.invokeExact(state, address, length, protection, flags, fd, offset);
            } while (interrupted(result, state));
            return result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * munmap(2).
     *
     * @param address first byte.
     * @param length  in bytes.
     * @return 0, or the negated error number.
     */
    public static int munmap(final long address, final long length) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) MUNMAP.invokeExact(state, address, length);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * mprotect(2).
     *
     * @param address    first byte.
     * @param length     in bytes.
     * @param protection PROT_ flags.
     * @return 0, or the negated error number.
     */
    public static int mprotect(final long address, final long length, final int protection) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) MPROTECT.invokeExact(state, address, length, protection);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * madvise(2).
     *
     * @param address first byte.
     * @param length  in bytes.
     * @param advice  MADV_ constant.
     * @return 0, or the negated error number.
     */
    public static int madvise(final long address, final long length, final int advice) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) MADVISE.invokeExact(state, address, length, advice);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * mincore(2).
     *
     * @param address multiple of the page size.
     * @param length  in bytes.
     * @param vector  one byte a page of the kernel's; bit 0 is set if the page is in memory.
     * @return 0, or the negated error number.
     */
    public static int mincore(final long address, final long length, final MemorySegment vector) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            final int result = (int) MINCORE.invokeExact(state, address, length, vector);
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * msync(2).
     *
     * @param address first byte.
     * @param length  in bytes.
     * @param flags   its flags.
     * @return 0, or the negated error number.
     */
    public static int msync(final long address, final long length, final int flags) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) MSYNC.invokeExact(state, address, length, flags);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * memfd_create(2).
     *
     * @param name  zero-terminated name.
     * @param flags its flags.
     * @return a file descriptor, or the negated error number.
     */
    public static int memfdCreate(final MemorySegment name, final int flags) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) MEMFD_CREATE.invokeExact(state, name, flags);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * eventfd(2).
     *
     * @param initial first count.
     * @param flags   its flags.
     * @return a file descriptor, or the negated error number.
     */
    public static int eventfd(final int initial, final int flags) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) EVENTFD.invokeExact(state, initial, flags);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * sigaction(2).
     *
     * @param signal signal number.
     * @param action struct sigaction, or {@link MemorySegment#NULL}.
     * @param old    struct sigaction to fill, or {@link MemorySegment#NULL}.
     * @return 0, or the negated error number.
     */
    public static int sigaction(final int signal, final MemorySegment action, final MemorySegment old) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) SIGACTION.invokeExact(state, signal, action, old);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * ioctl(2).
     *
     * @param fd       file descriptor.
     * @param request  what to do.
     * @param argument what it takes, native memory.
     * @return what it returns, or the negated error number.
     */
    public static int ioctl(final int fd, final long request, final MemorySegment argument) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) IOCTL.invokeExact(state, fd, request, argument);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * poll(2). After a signal it waits for the whole time again.
     *
     * @param fds     array of struct pollfd: 4 bytes descriptor, 2 bytes events, 2 bytes events that came.
     * @param count   how many.
     * @param timeout in milliseconds; negative: no limit.
     * @return how many have events, or the negated error number.
     */
    public static int poll(final MemorySegment fds, final long count, final int timeout) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) POLL.invokeExact(state, fds, count, timeout);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * posix_fadvise(2).
     *
     * @param fd     file descriptor.
     * @param offset in bytes.
     * @param length in bytes.
     * @param advice POSIX_FADV_ value.
     * @return 0, or the negated error number.
     */
    public static int fadvise(final int fd, final long offset, final long length, final int advice) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            // It returns the error number, and leaves errno alone.
            return -(int) POSIX_FADVISE.invokeExact(state, fd, offset, length, advice);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * cachestat(2), since Linux 6.5.
     *
     * @param fd     file descriptor.
     * @param range  struct cachestat_range: offset and length in bytes, 8 bytes each.
     * @param result struct cachestat to fill: 8 bytes each for how many pages are cached, dirty, being written back,
     *               and two numbers more.
     * @return 0, or the negated error number; ENOSYS on an older kernel.
     */
    public static int cachestat(final int fd, final MemorySegment range, final MemorySegment result) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            return (int) result(
                (long) CACHESTAT.invokeExact(state, NR_CACHESTAT, (long) fd, range, result, 0L), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * statx(2).
     *
     * @param fd     file descriptor.
     * @param path   zero-terminated path.
     * @param flags  AT_ flags.
     * @param mask   STATX_ flags: what is asked for.
     * @param buffer struct statx to fill.
     * @return 0, or the negated error number.
     */
    public static int statx(
        final int fd, final MemorySegment path, final int flags, final int mask, final MemorySegment buffer) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) STATX.invokeExact(state, fd, path, flags, mask, buffer);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * fstatfs(2).
     *
     * @param fd     file descriptor.
     * @param buffer struct statfs to fill.
     * @return 0, or the negated error number.
     */
    public static int fstatfs(final int fd, final MemorySegment buffer) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(CAPTURE);
            int result;
            do {
                result = (int) FSTATFS.invokeExact(state, fd, buffer);
            } while (interrupted(result, state));
            return (int) result(result, state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }
}
