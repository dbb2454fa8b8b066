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
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Error numbers of system calls (asm-generic/errno-base.h and errno.h, the same on x86-64 and aarch64) as exceptions.
 */
public final class Errno {
    /** Operation not permitted. */
    public static final int EPERM = 1;
    /** No such file or directory. */
    public static final int ENOENT = 2;
    /** Interrupted by a signal. */
    public static final int EINTR = 4;
    /** The medium failed. */
    public static final int EIO = 5;
    /** No such device or address; of an attribute in sysfs: its device has no driver. */
    public static final int ENXIO = 6;
    /** Try again. */
    public static final int EAGAIN = 11;
    /** Out of memory, address space or mappings. */
    public static final int ENOMEM = 12;
    /** Permission denied. */
    public static final int EACCES = 13;
    /** Bad address; on DAX also what a read or write of a poisoned page may say. */
    public static final int EFAULT = 14;
    /** The file exists. */
    public static final int EEXIST = 17;
    /** No such device. */
    public static final int ENODEV = 19;
    /** It is a directory. */
    public static final int EISDIR = 21;
    /** Invalid argument. */
    public static final int EINVAL = 22;
    /** Too many open files in the process. */
    public static final int EMFILE = 24;
    /** The request means nothing to this kind of file. */
    public static final int ENOTTY = 25;
    /** The file is busy. */
    public static final int ETXTBSY = 26;
    /** The file is too large. */
    public static final int EFBIG = 27;
    /** No space left. */
    public static final int ENOSPC = 28;
    /** Read-only file system. */
    public static final int EROFS = 30;
    /** Not supported by this file system. */
    public static final int EOPNOTSUPP = 95;
    /** Quota exceeded. */
    public static final int EDQUOT = 122;
    /** The page has been taken away after a memory error. */
    public static final int EHWPOISON = 133;

    private Errno() {
    }

    /**
     * What an error number says.
     *
     * @param errno the number, positive.
     * @return its name and meaning.
     */
    public static String describe(final int errno) {
        return switch (errno) {
            case EPERM -> "EPERM (operation not permitted)";
            case ENOENT -> "ENOENT (no such file or directory)";
            case EINTR -> "EINTR (interrupted)";
            case EIO -> "EIO (input/output error: the medium failed)";
            case ENXIO -> "ENXIO (no such device or address)";
            case EAGAIN -> "EAGAIN (resource temporarily unavailable)";
            case ENOMEM -> "ENOMEM (out of memory, or of mappings: see vm.max_map_count)";
            case EACCES -> "EACCES (permission denied)";
            case EFAULT -> "EFAULT (bad address; on DAX: the medium failed)";
            case EEXIST -> "EEXIST (file exists)";
            case ENODEV -> "ENODEV (no such device, or it cannot be mapped)";
            case EISDIR -> "EISDIR (is a directory)";
            case EINVAL -> "EINVAL (invalid argument)";
            case EMFILE -> "EMFILE (too many open files)";
            case ENOTTY -> "ENOTTY (not a request for this kind of file)";
            case ETXTBSY -> "ETXTBSY (file is being executed)";
            case EFBIG -> "EFBIG (file too large for this file system or limit)";
            case ENOSPC -> "ENOSPC (no space left on device)";
            case EROFS -> "EROFS (read-only file system)";
            case EOPNOTSUPP -> "EOPNOTSUPP (not supported by this file system)";
            case EDQUOT -> "EDQUOT (disk quota exceeded)";
            case EHWPOISON -> "EHWPOISON (the page was taken away after a memory error)";
            default -> "errno " + errno;
        };
    }

    /**
     * The exception for a failed call on a file.
     *
     * @param errno  the number, positive.
     * @param file   the file.
     * @param action what was tried, for the message: "cannot …".
     * @return the subtype of {@link IOException} that fits.
     */
    public static IOException toException(final int errno, final Path file, final String action) {
        final String name = file.toString();
        final String reason = action + ": " + describe(errno);
        return switch (errno) {
            case ENOENT -> new NoSuchFileException(name, null, reason);
            case EACCES, EPERM -> new AccessDeniedException(name, null, reason);
            case EEXIST -> new FileAlreadyExistsException(name, null, reason);
            default -> new FileSystemException(name, null, reason);
        };
    }
}
