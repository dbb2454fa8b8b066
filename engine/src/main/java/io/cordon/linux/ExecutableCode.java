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

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Machine code that is written down in the source, instruction by instruction, and placed where it can be executed.
 */
public final class ExecutableCode {
    private ExecutableCode() {
    }

    /**
     * The bytes of a listing: on each line what stands before the semicolon, unless it is a label.
     *
     * @param listing octets in hexadecimal, separated by single spaces; labels end with a colon.
     * @return the bytes.
     */
    public static byte[] bytes(final String listing) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (final String line : listing.lines().toList()) {
            final int comment = line.indexOf(';');
            final String code = (comment < 0 ? line : line.substring(0, comment)).strip();
            if (!code.isEmpty() && !code.endsWith(":")) {
                for (final String octet : code.split(" ")) {
                    bytes.write(Integer.parseInt(octet, 16));
                }
            }
        }
        return bytes.toByteArray();
    }

    /**
     * Places code in executable memory, which is never given back.
     *
     * <p>The memory is writable first and executable then, never both. On aarch64 the kernel makes the instruction
     * cache coherent when mprotect makes a page executable (arch/arm64/mm/flush.c, __sync_icache_dcache).
     *
     * @param bytes   the code.
     * @param purpose what it is, for messages.
     * @return the address of the first byte, the start of a page.
     * @throws IllegalStateException if the kernel does not allow executable memory (SELinux execmem, seccomp).
     */
    public static long place(final byte[] bytes, final String purpose) {
        final long length = bytes.length + Libc.pageSize() - 1 & -Libc.pageSize();
        final long address = Libc.mmap(0, length, Libc.PROT_READ | Libc.PROT_WRITE,
            Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);
        check(address, "mmap of " + length + " bytes for " + purpose);
        MemorySegment.copy(bytes, 0, Memory.slice(address, length), ValueLayout.JAVA_BYTE, 0, bytes.length);
        check(Libc.mprotect(address, length, Libc.PROT_READ | Libc.PROT_EXEC),
            "mprotect(PROT_EXEC) for " + purpose + " (is executable memory forbidden to this process?)");
        return address;
    }

    private static void check(final long result, final String action) {
        if (result < 0) {
            throw new IllegalStateException(action + ": " + Errno.describe((int) -result));
        }
    }
}
