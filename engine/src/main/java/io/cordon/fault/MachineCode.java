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
package io.cordon.fault;

import io.cordon.linux.Errno;
import io.cordon.linux.Libc;
import io.cordon.linux.Memory;
import io.cordon.linux.Platform;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The two pieces of machine code, ready to run: the signal handler, and the transition that gives a page back. They
 * share a lock, which a Java thread may not hold: a safepoint could stop it there, while the handler in another thread
 * waits for the lock and never reaches that safepoint.
 */
final class MachineCode {
    private static final int ALIGNMENT = 64;

    private final long handler;
    private final long transition;

    private MachineCode(final long handler, final long transition) {
        this.handler = handler;
        this.transition = transition;
    }

    /** Address of the signal handler. */
    long handler() {
        return handler;
    }

    /** Address of the transition. */
    long transition() {
        return transition;
    }

    /**
     * Places the code of this platform in executable memory, which is never given back: a signal may come at any time.
     *
     * <p>The memory is writable first and executable then, never both. On aarch64 the kernel makes the instruction
     * cache coherent when mprotect makes a page executable (arch/arm64/mm/flush.c, __sync_icache_dcache).
     *
     * @throws IllegalStateException if the kernel does not allow executable memory (SELinux execmem, seccomp).
     */
    static MachineCode place(final Platform platform, final long tableAddress) {
        final byte[] handlerBytes = handler(platform, tableAddress);
        final byte[] transitionBytes = transition(platform);
        final int transitionOffset = handlerBytes.length + ALIGNMENT - 1 & -ALIGNMENT;
        final long length = roundUp(transitionOffset + transitionBytes.length, Libc.pageSize());
        final long address = Libc.mmap(0, length, Libc.PROT_READ | Libc.PROT_WRITE,
            Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);
        check(address, "mmap of " + length + " bytes for the signal handler");
        final MemorySegment code = Memory.slice(address, length);
        MemorySegment.copy(handlerBytes, 0, code, ValueLayout.JAVA_BYTE, 0, handlerBytes.length);
        MemorySegment.copy(
            transitionBytes, 0, code, ValueLayout.JAVA_BYTE, transitionOffset, transitionBytes.length);
        check(Libc.mprotect(address, length, Libc.PROT_READ | Libc.PROT_EXEC),
            "mprotect(PROT_EXEC) for the signal handler (is executable memory forbidden to this process?)");
        return new MachineCode(address, address + transitionOffset);
    }

    private static void check(final long result, final String action) {
        if (result < 0) {
            throw new IllegalStateException(action + ": " + Errno.describe((int) -result));
        }
    }

    private static long roundUp(final long length, final long unit) {
        return length + unit - 1 & -unit;
    }

    /** The handler's bytes with the address of the guard table in them. */
    static byte[] handler(final Platform platform, final long tableAddress) {
        final byte[] bytes;
        final int offset;
        switch (platform) {
            case X86_64 -> {
                bytes = bytes(X86Code.HANDLER);
                offset = X86Code.TABLE_ADDRESS_OFFSET;
            }
            case AARCH64 -> {
                bytes = bytes(Aarch64Code.HANDLER);
                offset = Aarch64Code.TABLE_ADDRESS_OFFSET;
            }
            default -> throw new AssertionError(platform);
        }
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(offset, tableAddress);
        return bytes;
    }

    /** The transition's bytes. */
    static byte[] transition(final Platform platform) {
        return bytes(platform == Platform.X86_64 ? X86Code.TRANSITION : Aarch64Code.TRANSITION);
    }

    /** The bytes of a listing: on each line what stands before the semicolon, unless it is a label. */
    static byte[] bytes(final String listing) {
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
}
