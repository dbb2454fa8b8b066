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

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A file by its descriptor, which {@link java.nio.channels.FileChannel} does not show and {@code mmap} needs.
 *
 * <p>Thread-safe, except that nothing but {@link #close()} may be called once it has been.
 */
public class NativeFile implements AutoCloseable {
    /** What {@link #fileSystem} says of tmpfs, /dev/shm and memfds. */
    public static final long TMPFS_MAGIC = 0x0102_1994L;
    /** What {@link #fileSystem} says of hugetlbfs. */
    public static final long HUGETLBFS_MAGIC = 0x9584_58f6L;

    /** include/uapi/linux/fs.h, _IOW(0x94, 13, 32 bytes). */
    private static final long FICLONERANGE = 0x4020_940DL;
    private static final int DEFAULT_MODE = 0666;
    private static final long ZERO_BLOCK_LENGTH = 1 << 20;
    /** struct statfs of 64-bit Linux (asm-generic/statfs.h): 120 bytes, the first 8 are the magic number. */
    private static final long STATFS_LENGTH = 120;

    private final Path path;
    private final int fd;
    private final boolean created;
    private final AtomicBoolean closed = new AtomicBoolean();

    private NativeFile(final Path path, final int fd, final boolean created) {
        this.path = path;
        this.fd = fd;
        this.created = created;
    }

    /**
     * Takes the place of an open file, to do more or less than it; that one is not to be used any more.
     *
     * @param file the open file.
     */
    protected NativeFile(final NativeFile file) {
        this(file.path, file.fd, file.created);
    }

    /**
     * Opens a file that exists.
     *
     * @param path     the file.
     * @param readOnly whether for reading alone.
     * @return the open file.
     * @throws IOException if it cannot be opened; {@link java.nio.file.NoSuchFileException} if it is not there.
     */
    public static NativeFile open(final Path path, final boolean readOnly) throws IOException {
        return open(path, readOnly ? Libc.O_RDONLY : Libc.O_RDWR, false);
    }

    /**
     * Opens a file that exists for reading past the page cache (O_DIRECT): offsets, lengths and addresses of buffers
     * must be multiples of what the device reads, 512 bytes at least.
     *
     * @param path the file, or a block device.
     * @return the open file.
     * @throws IOException as for {@link #open}.
     */
    static NativeFile openDirect(final Path path) throws IOException {
        return open(path, Libc.O_RDONLY | Libc.O_DIRECT, false);
    }

    /**
     * Creates a file that does not exist, readable and writable for its owner as the umask allows.
     *
     * @param path the file.
     * @return the open, empty file.
     * @throws IOException if it cannot be created; {@link java.nio.file.FileAlreadyExistsException} if it exists.
     */
    public static NativeFile create(final Path path) throws IOException {
        return open(path, Libc.O_RDWR | Libc.O_CREAT | Libc.O_EXCL, true);
    }

    private static NativeFile open(final Path path, final int flags, final boolean create) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final int fd = Libc.open(arena.allocateFrom(path.toString()), flags | Libc.O_CLOEXEC, DEFAULT_MODE);
            if (fd < 0) {
                throw Errno.toException(-fd, path, create ? "cannot create the file" : "cannot open the file");
            }
            return new NativeFile(path, fd, create);
        }
    }

    /**
     * Opens the same file once more, for reading past the page cache where the file system can do that: offsets,
     * lengths and memory are multiples of a sector then. Its {@link #sync()} is told of failed writes on its own
     * account: whoever syncs through {@link #fd()} or a mapping of it hears of them nevertheless (lib/errseq.c).
     *
     * @return the open file, without the lock.
     * @throws IOException if it cannot be opened.
     */
    public NativeFile reopenDirect() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment link = arena.allocateFrom("/proc/self/fd/" + fd);
            int result = Libc.open(link, Libc.O_RDONLY | Libc.O_DIRECT | Libc.O_CLOEXEC, 0);
            if (result == -Errno.EINVAL) {
                result = Libc.open(link, Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
            }
            if (result < 0) {
                throw Errno.toException(-result, path, "cannot open the file once more");
            }
            return new NativeFile(path, result, false);
        }
    }

    /**
     * Where a file's companion is. Symbolic links are followed, so that every path to the file leads to the same.
     *
     * @param file   the file.
     * @param suffix what the companion's name has more.
     * @return the path beside the file.
     * @throws IOException if a link cannot be followed.
     */
    public static Path companion(final Path file, final String suffix) throws IOException {
        final Path target = Files.isSymbolicLink(file) && Files.exists(file) ? file.toRealPath() : file;
        return target.resolveSibling(target.getFileName() + suffix);
    }

    /**
     * Makes a directory's entries durable, after a file in it was created, renamed or removed.
     *
     * @param directory the directory.
     * @throws IOException if it cannot be opened, or the medium fails.
     */
    public static void syncDirectory(final Path directory) throws IOException {
        try (NativeFile opened = open(directory, true)) {
            opened.check(Libc.fsync(opened.fd), "cannot make the directory durable");
        }
    }

    /**
     * The path that the file was opened by.
     *
     * @return the path.
     */
    public Path path() {
        return path;
    }

    /**
     * The file descriptor.
     *
     * @return the descriptor; valid until {@link #close()}.
     */
    public int fd() {
        return fd;
    }

    /**
     * Whether this object created the file.
     *
     * @return true if the file was not there before.
     */
    public boolean created() {
        return created;
    }

    /**
     * The file's size.
     *
     * @return in bytes.
     * @throws IOException if the system call fails.
     */
    public long size() throws IOException {
        return check(Libc.lseek(fd, 0, Libc.SEEK_END), "cannot find the size");
    }

    /**
     * Sets the file's size.
     *
     * @param size in bytes; new bytes read as zero and occupy no space.
     * @throws IOException if the system call fails.
     */
    public void setSize(final long size) throws IOException {
        check(Libc.ftruncate(fd, size), "cannot set the size to " + size + " bytes");
    }

    /**
     * Takes the advisory lock that keeps a second process, or a second region of this one, from the file.
     *
     * @param exclusive whether nobody else may hold it, not even for reading.
     * @return whether the lock was free.
     * @throws IOException if the system call fails.
     */
    public boolean tryLock(final boolean exclusive) throws IOException {
        final int result = Libc.flock(fd, (exclusive ? Libc.LOCK_EX : Libc.LOCK_SH) | Libc.LOCK_NB);
        if (result == -Errno.EAGAIN) {
            return false;
        }
        check(result, "cannot lock");
        return true;
    }

    /**
     * Reserves space for the first bytes of the file, so that a later store cannot meet a full file system. Holes are
     * filled with zeroes, content stays, and the file grows if it is shorter. Where the file system cannot reserve,
     * zeroes are written to a file that this object created; another is taken as it is if no hole is known in it.
     *
     * @param length in bytes.
     * @throws IOException if there is not enough space, or if the file system cannot tell.
     */
    public void reserve(final long length) throws IOException {
        final int result = Libc.fallocate(fd, 0, 0, length);
        if (result == -Errno.EOPNOTSUPP && created) {
            writeZeroes(length);
        } else if (result != -Errno.EOPNOTSUPP || Libc.lseek(fd, 0, Libc.SEEK_HOLE) < length) {
            check(result, "cannot reserve " + length
                + " bytes; free some space, or open the region with sparse(true) and accept errors later");
        }
    }

    private void writeZeroes(final long length) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment zeroes = arena.allocate(Math.min(length, ZERO_BLOCK_LENGTH));
            long offset = 0;
            while (offset < length) {
                final long count = Math.min(zeroes.byteSize(), length - offset);
                write(offset, zeroes.asSlice(0, count));
                offset += count;
            }
        }
    }

    /**
     * The magic number of the file system that holds the file (include/uapi/linux/magic.h).
     *
     * @return the number, {@link #TMPFS_MAGIC} for instance.
     * @throws IOException if the system call fails.
     */
    public long fileSystem() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(STATFS_LENGTH, Long.BYTES);
            check(Libc.fstatfs(fd, buffer), "cannot find the kind of file system");
            return buffer.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    /**
     * Gives the blocks of a range back; it reads as zeroes then. The size stays.
     *
     * @param offset in bytes.
     * @param length in bytes.
     * @throws IOException if the file system cannot do that.
     */
    public void punchHole(final long offset, final long length) throws IOException {
        check(Libc.fallocate(fd, Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE, offset, length),
            "cannot punch a hole of " + length + " bytes at offset " + offset);
    }

    /**
     * Reads at an offset until the buffer is full or the file ends.
     *
     * @param offset in bytes.
     * @param buffer native memory to fill.
     * @return bytes read; fewer than the buffer has only at the end of the file.
     * @throws IOException if the medium fails, or the system call does.
     */
    public long read(final long offset, final MemorySegment buffer) throws IOException {
        long done = 0;
        while (done < buffer.byteSize()) {
            final long count = Libc.pread(fd, buffer.asSlice(done), buffer.byteSize() - done, offset + done);
            if (count == 0) {
                break;
            }
            done += check(count, "cannot read at offset " + (offset + done));
        }
        return done;
    }

    /**
     * Writes all of a buffer at an offset.
     *
     * @param offset in bytes.
     * @param buffer native memory to write.
     * @throws IOException if the medium fails, or the system call does; part of the buffer may be written.
     */
    public void write(final long offset, final MemorySegment buffer) throws IOException {
        long done = 0;
        while (done < buffer.byteSize()) {
            done += check(Libc.pwrite(fd, buffer.asSlice(done), buffer.byteSize() - done, offset + done),
                "cannot write at offset " + (offset + done));
        }
    }

    /**
     * Puts other blocks in the place of a range's, with new content, as one step that a crash does not tear; nothing is
     * read or written of the blocks that were there. The file system must know reflinks (ioctl_ficlonerange(2)); the
     * content is written to a file without a name in the same directory first, and made durable.
     *
     * @param offset  in bytes; multiple of the file system's block.
     * @param content native memory; its length is a multiple of the file system's block.
     * @throws IOException if the file system cannot do that, or is full.
     */
    public void replaceBlocks(final long offset, final MemorySegment content) throws IOException {
        final Path directory = path.toRealPath().getParent();
        try (NativeFile other = open(directory, Libc.O_TMPFILE | Libc.O_RDWR, true);
            Arena arena = Arena.ofConfined()) {
            other.write(0, content);
            other.sync();
            // struct file_clone_range: descriptor, offset and length there, offset here; 8 bytes each.
            final MemorySegment range = arena.allocateFrom(
                ValueLayout.JAVA_LONG, other.fd, 0, content.byteSize(), offset);
            check(Libc.ioctl(fd, FICLONERANGE, range), "cannot replace the blocks at offset " + offset);
            // What is closed without a name goes some time later, and the blocks would count as shared until then.
            other.setSize(0);
        }
    }

    /**
     * Makes the content durable, and what of the metadata is needed to find it.
     *
     * @throws IOException if the medium fails. What was written since the last success may be lost then, and a later
     *     call that succeeds proves nothing.
     */
    public void sync() throws IOException {
        check(Libc.fdatasync(fd), "cannot make the content durable");
    }

    private long check(final long result, final String action) throws IOException {
        if (result < 0) {
            throw Errno.toException((int) -result, path, action);
        }
        return result;
    }

    /** Gives the lock back, if there is one, and closes the descriptor; once. Mappings of the file stay. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            // A child process that is just being started holds the descriptor, and with it the lock, until it executes.
            Libc.flock(fd, Libc.LOCK_UN);
            Libc.close(fd);
        }
    }
}
