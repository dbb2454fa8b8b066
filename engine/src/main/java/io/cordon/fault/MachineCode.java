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

import io.cordon.linux.ExecutableCode;
import io.cordon.linux.Platform;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

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
     * @throws IllegalStateException if the kernel does not allow executable memory (SELinux execmem, seccomp).
     */
    static MachineCode place(final Platform platform, final long tableAddress) {
        final byte[] handlerBytes = handler(platform, tableAddress);
        final byte[] transitionBytes = transition(platform);
        final int transitionOffset = handlerBytes.length + ALIGNMENT - 1 & -ALIGNMENT;
        final byte[] both = Arrays.copyOf(handlerBytes, transitionOffset + transitionBytes.length);
        System.arraycopy(transitionBytes, 0, both, transitionOffset, transitionBytes.length);
        final long address = ExecutableCode.place(both, "the signal handler");
        return new MachineCode(address, address + transitionOffset);
    }

    /** The handler's bytes with the address of the guard table in them. */
    static byte[] handler(final Platform platform, final long tableAddress) {
        final byte[] bytes;
        final int offset;
        switch (platform) {
            case X86_64 -> {
                bytes = ExecutableCode.bytes(X86Code.HANDLER);
                offset = X86Code.TABLE_ADDRESS_OFFSET;
            }
            case AARCH64 -> {
                bytes = ExecutableCode.bytes(Aarch64Code.HANDLER);
                offset = Aarch64Code.TABLE_ADDRESS_OFFSET;
            }
            default -> throw new AssertionError(platform);
        }
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(offset, tableAddress);
        return bytes;
    }

    /** The transition's bytes. */
    static byte[] transition(final Platform platform) {
        return ExecutableCode.bytes(
            platform == Platform.X86_64 ? X86Code.TRANSITION : Aarch64Code.TRANSITION);
    }
}
