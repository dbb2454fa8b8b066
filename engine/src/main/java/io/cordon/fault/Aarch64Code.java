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

/**
 * The machine code for aarch64, one instruction a line: bytes in memory order, then the mnemonic.
 *
 * <p>Offsets into a guard entry are those of {@link GuardTable}, those into the argument of {@code transition} are
 * those of {@link GuardedRange}. {@code HandlerCodeTest} holds the mnemonics and the bytes together; the code itself
 * runs in every test of the library and, for aarch64, in the C harness under {@code src/test/c}.
 */
final class Aarch64Code {
    /** Where the address of the guard table stands in {@link #HANDLER}, in bytes from its start. */
    static final int TABLE_ADDRESS_OFFSET = 856;

    static final String HANDLER = """
        ; (signal in arg 0, siginfo* in arg 1, ucontext* in arg 2): kernel-made media errors only, si_code 2..5
        handler:
            c9 1a 00 58                   ; ldr x9, table_literal
            2a 08 40 b9                   ; ldr w10, [x1, #8]
            4a 09 00 51                   ; sub w10, w10, #0x2
            5f 0d 00 71                   ; cmp w10, #0x3
            48 18 00 54                   ; b.hi forward
            2b 08 40 f9                   ; ldr x11, [x1, #16]
            2c 09 40 b9                   ; ldr w12, [x9, #8]
            2d 21 40 91                   ; add x13, x9, #0x8, lsl #12
            ad 01 01 91                   ; add x13, x13, #0x40
        ; which entry of the guard table holds si_addr? Lock-free: start and length are checked again under the lock
        scan:
            ac 17 00 34                   ; cbz w12, forward
            ae 01 40 f9                   ; ldr x14, [x13]
            6e 01 0e cb                   ; sub x14, x11, x14
            af 05 40 f9                   ; ldr x15, [x13, #8]
            df 01 0f eb                   ; cmp x14, x15
            83 00 00 54                   ; b.cc found
            ad 01 01 91                   ; add x13, x13, #0x40
            8c 05 00 51                   ; sub w12, w12, #0x1
            f8 ff ff 17                   ; b scan
        ; nobody touched it, si_code 5: in a foreign mapping that can wait for the touch, which faults by itself
        found:
            ae b5 40 39                   ; ldrb w14, [x13, #45]
            ae 00 00 34                   ; cbz w14, keep
            2e 08 40 b9                   ; ldr w14, [x1, #8]
            df 15 00 71                   ; cmp w14, #0x5
            41 00 00 54                   ; b.ne keep
            c0 03 5f d6                   ; ret
        ; keep what the handler before us must get
        keep:
            ff c3 00 d1                   ; sub sp, sp, #0x30
            e0 07 00 a9                   ; stp x0, x1, [sp]
            e2 0b 00 f9                   ; str x2, [sp, #16]
            aa a1 00 91                   ; add x10, x13, #0x28
        ; take the lock of the range: spin, then sleep 20 us; its holder never waits for us
        lock_range:
            0c 20 80 52                   ; mov w12, #0x100
        try_lock:
            4e fd 5f 88                   ; ldaxr w14, [x10]
            ae 00 00 35                   ; cbnz w14, wait_for_lock
            2f 00 80 52                   ; mov w15, #0x1
            4f 7d 10 88                   ; stxr w16, w15, [x10]
            90 ff ff 35                   ; cbnz w16, try_lock
            0c 00 00 14                   ; b locked
        wait_for_lock:
            5f 3f 03 d5                   ; clrex
            3f 20 03 d5                   ; yield
            8c 05 00 51                   ; sub w12, w12, #0x1
            ec fe ff 35                   ; cbnz w12, try_lock
            0e c4 89 d2                   ; mov x14, #0x4e20
            ff 3b 02 a9                   ; stp xzr, x14, [sp, #32]
            e0 83 00 91                   ; add x0, sp, #0x20
            01 00 80 d2                   ; mov x1, #0x0
            a8 0c 80 d2                   ; mov x8, #0x65
            01 00 00 d4                   ; svc #0x0
            ef ff ff 17                   ; b lock_range
        ; still in the range? the page = (si_addr - start) >> shift << shift
        locked:
            ae 01 40 f9                   ; ldr x14, [x13]
            63 01 0e cb                   ; sub x3, x11, x14
            af 05 40 f9                   ; ldr x15, [x13, #8]
            7f 00 0f eb                   ; cmp x3, x15
            62 11 00 54                   ; b.cs give_up
            a4 2d 40 b9                   ; ldr w4, [x13, #44]
            63 24 c4 9a                   ; lsr x3, x3, x4
            63 20 c4 9a                   ; lsl x3, x3, x4
            65 fc 4c d3                   ; lsr x5, x3, #12
            a6 11 40 f9                   ; ldr x6, [x13, #32]
            c6 10 05 8b                   ; add x6, x6, x5, lsl #4
        ; a foreign mapping: has something else come in its place? ioctl(maps, PROCMAP_QUERY, query on the stack)
            ae b5 40 39                   ; ldrb w14, [x13, #45]
            6e 05 00 34                   ; cbz w14, known
            20 15 40 b9                   ; ldr w0, [x9, #20]
            1f 04 00 31                   ; cmn w0, #0x1
            00 05 00 54                   ; b.eq known
            ff c3 01 d1                   ; sub sp, sp, #0x70
            0e 0d 80 d2                   ; mov x14, #0x68
            ee 7f 00 a9                   ; stp x14, xzr, [sp]
            eb 0b 00 f9                   ; str x11, [sp, #16]
            ff 7f 05 a9                   ; stp xzr, xzr, [sp, #80]
            ff 33 00 f9                   ; str xzr, [sp, #96]
            21 c2 8c d2                   ; mov x1, #0x6611
            01 0d b8 f2                   ; movk x1, #0xc068, lsl #16
            e2 03 00 91                   ; mov x2, sp
        ask:
            a8 03 80 d2                   ; mov x8, #0x1d
            01 00 00 d4                   ; svc #0x0
            ee 23 40 f9                   ; ldr x14, [sp, #64]
            ef 27 40 f9                   ; ldr x15, [sp, #72]
            e7 1f 40 f9                   ; ldr x7, [sp, #56]
            ec 0f 40 f9                   ; ldr x12, [sp, #24]
            e7 00 0c cb                   ; sub x7, x7, x12
            ff c3 01 91                   ; add sp, sp, #0x70
            1f 08 00 31                   ; cmn w0, #0x2
            40 0d 00 54                   ; b.eq gone
            80 02 00 35                   ; cbnz w0, known
        ; no file is mapped there: the quarantine page, by another thread's fault, or memory of somebody else
            2e 01 00 b5                   ; cbnz x14, compare
            ce 00 40 f9                   ; ldr x14, [x6]
            df 05 00 b1                   ; cmn x14, #0x1
            a1 0d 00 54                   ; b.ne stranger
            ee 07 40 f9                   ; ldr x14, [sp, #8]
            ce 09 40 b9                   ; ldr w14, [x14, #8]
            df 11 00 71                   ; cmp w14, #0x4
            23 0c 00 54                   ; b.cc gone
            0b 00 00 14                   ; b known
        ; the same inode, device and distance from address to offset in the file?
        compare:
            ac 0d 40 f9                   ; ldr x12, [x13, #24]
            90 01 40 f9                   ; ldr x16, [x12]
            df 01 10 eb                   ; cmp x14, x16
            81 0c 00 54                   ; b.ne stranger
            90 05 40 f9                   ; ldr x16, [x12, #8]
            ff 01 10 eb                   ; cmp x15, x16
            21 0c 00 54                   ; b.ne stranger
            90 09 40 f9                   ; ldr x16, [x12, #16]
            ff 00 10 eb                   ; cmp x7, x16
            c1 0b 00 54                   ; b.ne stranger
        known:
        ; a memory error, si_code 4 or 5: what was cached of the page is gone
            ee 07 40 f9                   ; ldr x14, [sp, #8]
            ce 09 40 b9                   ; ldr w14, [x14, #8]
            df 11 00 71                   ; cmp w14, #0x4
            c3 00 00 54                   ; b.cc take
            cc 20 00 91                   ; add x12, x6, #0x8
        flag:
            8e 7d 5f c8                   ; ldxr x14, [x12]
            ce 01 41 b2                   ; orr x14, x14, #0x8000000000000000
            8e 7d 0f c8                   ; stxr w15, x14, [x12]
            af ff ff 35                   ; cbnz w15, flag
        take:
            c7 fc 5f c8                   ; ldaxr x7, [x6]
            0e 00 80 92                   ; mov x14, #0xffffffffffffffff
            ce 7c 0f c8                   ; stxr w15, x14, [x6]
            af ff ff 35                   ; cbnz w15, take
            ff 04 00 b1                   ; cmn x7, #0x1
            a0 02 00 54                   ; b.eq listed
            ac e1 00 91                   ; add x12, x13, #0x38
        count:
            8e 7d 5f c8                   ; ldxr x14, [x12]
            ce 05 00 91                   ; add x14, x14, #0x1
            8e 7d 0f c8                   ; stxr w15, x14, [x12]
            af ff ff 35                   ; cbnz w15, count
            a7 04 00 91                   ; add x7, x5, #0x1
            ac c1 00 91                   ; add x12, x13, #0x30
        ; put the page on the list of the range, unless it is on it still from an earlier failure
            bf 3b 03 d5                   ; dmb ish
            c1 04 40 f9                   ; ldr x1, [x6, #8]
            2e f8 7f d3                   ; lsl x14, x1, #1
            4e 01 00 b5                   ; cbnz x14, listed
        push_page:
            8e 01 40 f9                   ; ldr x14, [x12]
            cf 05 00 91                   ; add x15, x14, #0x1
            ef 01 01 8b                   ; add x15, x15, x1
            cf 04 00 f9                   ; str x15, [x6, #8]
        swap_head:
            8f fd 5f c8                   ; ldaxr x15, [x12]
            ff 01 0e eb                   ; cmp x15, x14
            41 ff ff 54                   ; b.ne push_page
            87 fd 10 c8                   ; stlxr w16, x7, [x12]
            90 ff ff 35                   ; cbnz w16, swap_head
        ; refuse every line of the page, leave its scar and that of the page before ...
        listed:
            a6 0d 40 f9                   ; ldr x6, [x13, #24]
            c6 0c 05 cb                   ; sub x6, x6, x5, lsl #3
            87 30 00 51                   ; sub w7, w4, #0xc
            2e 00 80 52                   ; mov w14, #0x1
            ce 21 c7 1a                   ; lsl w14, w14, w7
            07 00 80 92                   ; mov x7, #0xffffffffffffffff
            af 09 40 f9                   ; ldr x15, [x13, #16]
            ef 05 2f d1                   ; sub x15, x15, #0xbc1
            ec ff 9f 52                   ; mov w12, #0xffff
        mark:
            c7 8c 1f f8                   ; str x7, [x6, #-8]!
            b0 28 40 92                   ; and x16, x5, #0x7ff
            ec 69 30 78                   ; strh w12, [x15, x16]
            a5 04 00 91                   ; add x5, x5, #0x1
            ce 05 00 51                   ; sub w14, w14, #0x1
            6e ff ff 35                   ; cbnz w14, mark
            bf 3b 03 d5                   ; dmb ish
            a7 09 40 f9                   ; ldr x7, [x13, #16]
        raise:
            ee 7c 5f c8                   ; ldxr x14, [x7]
            ce 01 40 b2                   ; orr x14, x14, #0x1
            ce 21 00 91                   ; add x14, x14, #0x8
            ee fc 0f c8                   ; stlxr w15, x14, [x7]
            8f ff ff 35                   ; cbnz w15, raise
            48 16 80 d2                   ; mov x8, #0xb2
            01 00 00 d4                   ; svc #0x0
            0f 24 40 92                   ; and x15, x0, #0x3ff
            2f 15 0f 8b                   ; add x15, x9, x15, lsl #5
            e0 21 00 f9                   ; str x0, [x15, #64]
            bf 3b 03 d5                   ; dmb ish
            eb 25 00 f9                   ; str x11, [x15, #72]
            ee 29 00 f9                   ; str x14, [x15, #80]
        ; put a private zero page in the place of the failed one
        withdraw:
            ae 01 40 f9                   ; ldr x14, [x13]
            c0 01 03 8b                   ; add x0, x14, x3
            21 00 80 d2                   ; mov x1, #0x1
            21 20 c4 9a                   ; lsl x1, x1, x4
            62 00 80 d2                   ; mov x2, #0x3
            43 06 88 d2                   ; mov x3, #0x4032
            04 00 80 92                   ; mov x4, #0xffffffffffffffff
            05 00 80 d2                   ; mov x5, #0x0
            c8 1b 80 d2                   ; mov x8, #0xde
            01 00 00 d4                   ; svc #0x0
            5f fd 9f 88                   ; stlr wzr, [x10]
            1f 04 40 b1                   ; cmn x0, #0x1, lsl #12
            28 02 00 54                   ; b.hi restore_registers
            20 11 40 b9                   ; ldr w0, [x9, #16]
            21 61 00 91                   ; add x1, x9, #0x18
            02 01 80 d2                   ; mov x2, #0x8
            08 08 80 d2                   ; mov x8, #0x40
            01 00 00 d4                   ; svc #0x0
            ff c3 00 91                   ; add sp, sp, #0x30
            c0 03 5f d6                   ; ret
        ; the access runs again: it meets the quarantine page, or what is no media error
        gone:
            5f fd 9f 88                   ; stlr wzr, [x10]
            ff c3 00 91                   ; add sp, sp, #0x30
            c0 03 5f d6                   ; ret
        ; the range was withdrawn while we waited: has another one taken its place?
        give_up:
            5f fd 9f 88                   ; stlr wzr, [x10]
            e0 07 40 a9                   ; ldp x0, x1, [sp]
            e2 0b 40 f9                   ; ldr x2, [sp, #16]
            ff c3 00 91                   ; add sp, sp, #0x30
            3f ff ff 17                   ; b handler
        ; another file's mapping is there
        stranger:
            5f fd 9f 88                   ; stlr wzr, [x10]
        restore_registers:
            e0 07 40 a9                   ; ldp x0, x1, [sp]
            e2 0b 40 f9                   ; ldr x2, [sp, #16]
            ff c3 00 91                   ; add sp, sp, #0x30
        ; not ours: the handler that was there before, with its arguments as they came
        forward:
            30 01 40 f9                   ; ldr x16, [x9]
            1f 06 00 f1                   ; cmp x16, #0x1
            49 00 00 54                   ; b.ls default_action
            00 02 1f d6                   ; br x16
        ; there was none: sigaction(SIGBUS, SIG_DFL); the access runs again and ends the process
        default_action:
            ff 83 00 d1                   ; sub sp, sp, #0x20
            ff 7f 00 a9                   ; stp xzr, xzr, [sp]
            ff 7f 01 a9                   ; stp xzr, xzr, [sp, #16]
            e0 00 80 d2                   ; mov x0, #0x7
            e1 03 00 91                   ; mov x1, sp
            02 00 80 d2                   ; mov x2, #0x0
            03 01 80 d2                   ; mov x3, #0x8
            c8 10 80 d2                   ; mov x8, #0x86
            01 00 00 d4                   ; svc #0x0
            ff 83 00 91                   ; add sp, sp, #0x20
            c0 03 5f d6                   ; ret
        ; the literal is aligned
            1f 20 03 d5                   ; nop
        table_literal:
            00 00 00 00                   ; .word TABLE
            00 00 00 00                   ; .word TABLE
        """;

    static final String TRANSITION = """
        ; (struct* in arg 0): block SIGBUS, so that no handler on this thread waits for our own lock
        transition:
            ff 83 00 d1                   ; sub sp, sp, #0x20
            e9 03 00 aa                   ; mov x9, x0
            2d 01 40 f9                   ; ldr x13, [x9]
            0e 08 80 d2                   ; mov x14, #0x40
            ee 03 00 f9                   ; str x14, [sp]
            00 00 80 d2                   ; mov x0, #0x0
            e1 03 00 91                   ; mov x1, sp
            e2 23 00 91                   ; add x2, sp, #0x8
            03 01 80 d2                   ; mov x3, #0x8
            e8 10 80 d2                   ; mov x8, #0x87
            01 00 00 d4                   ; svc #0x0
            aa a1 00 91                   ; add x10, x13, #0x28
        ; take the lock of the range: spin, then sleep 20 us; its holder never waits for us
        lock_range:
            0c 20 80 52                   ; mov w12, #0x100
        try_lock:
            4e fd 5f 88                   ; ldaxr w14, [x10]
            ae 00 00 35                   ; cbnz w14, wait_for_lock
            2f 00 80 52                   ; mov w15, #0x1
            4f 7d 10 88                   ; stxr w16, w15, [x10]
            90 ff ff 35                   ; cbnz w16, try_lock
            0c 00 00 14                   ; b locked
        wait_for_lock:
            5f 3f 03 d5                   ; clrex
            3f 20 03 d5                   ; yield
            8c 05 00 51                   ; sub w12, w12, #0x1
            ec fe ff 35                   ; cbnz w12, try_lock
            0e c4 89 d2                   ; mov x14, #0x4e20
            ff 3b 01 a9                   ; stp xzr, x14, [sp, #16]
            e0 43 00 91                   ; add x0, sp, #0x10
            01 00 80 d2                   ; mov x1, #0x0
            a8 0c 80 d2                   ; mov x8, #0x65
            01 00 00 d4                   ; svc #0x0
            ef ff ff 17                   ; b lock_range
        ; 1 = the page is not in the state that the caller saw; -errno = mmap refused; 0 = done
        locked:
            2c 00 80 d2                   ; mov x12, #0x1
            26 05 40 f9                   ; ldr x6, [x9, #8]
            ce 00 40 f9                   ; ldr x14, [x6]
            df 05 00 b1                   ; cmn x14, #0x1
            ef 17 9f 9a                   ; cset x15, eq
            2e 09 40 f9                   ; ldr x14, [x9, #16]
            ff 01 0e eb                   ; cmp x15, x14
            41 05 00 54                   ; b.ne unlock
            21 19 40 f9                   ; ldr x1, [x9, #48]
            21 02 00 b4                   ; cbz x1, mapped
            20 15 40 f9                   ; ldr x0, [x9, #40]
            22 1d 40 f9                   ; ldr x2, [x9, #56]
            23 21 40 f9                   ; ldr x3, [x9, #64]
            24 25 40 f9                   ; ldr x4, [x9, #72]
            25 29 40 f9                   ; ldr x5, [x9, #80]
            c8 1b 80 d2                   ; mov x8, #0xde
            01 00 00 d4                   ; svc #0x0
            ec 03 00 aa                   ; mov x12, x0
            1f 04 40 b1                   ; cmn x0, #0x1, lsl #12
            c8 03 00 54                   ; b.hi unlock
        ; what comes back is the medium's content: no memory error is held against it
            26 05 40 f9                   ; ldr x6, [x9, #8]
            c7 20 00 91                   ; add x7, x6, #0x8
        forget:
            ee 7c 5f c8                   ; ldxr x14, [x7]
            ce f9 40 92                   ; and x14, x14, #0x7fffffffffffffff
            ee 7c 0f c8                   ; stxr w15, x14, [x7]
            af ff ff 35                   ; cbnz w15, forget
        ; raise the epoch, note it in the page record ...
        mapped:
            a7 09 40 f9                   ; ldr x7, [x13, #16]
        bump:
            ee fc 5f c8                   ; ldaxr x14, [x7]
            ce 21 00 91                   ; add x14, x14, #0x8
            ee fc 0f c8                   ; stlxr w15, x14, [x7]
            af ff ff 35                   ; cbnz w15, bump
            26 05 40 f9                   ; ldr x6, [x9, #8]
            ce 00 00 f9                   ; str x14, [x6]
            bf 3b 03 d5                   ; dmb ish
            26 0d 40 f9                   ; ldr x6, [x9, #24]
            27 21 40 b9                   ; ldr w7, [x9, #32]
            2e 61 01 91                   ; add x14, x9, #0x58
        ; ... then publish the lines that stay refused
        publish:
            cf 85 40 f8                   ; ldr x15, [x14], #8
            cf 84 1f f8                   ; str x15, [x6], #-8
            e7 04 00 51                   ; sub w7, w7, #0x1
            a7 ff ff 35                   ; cbnz w7, publish
            0c 00 80 d2                   ; mov x12, #0x0
            2e 09 40 f9                   ; ldr x14, [x9, #16]
            ce 00 00 b4                   ; cbz x14, unlock
            a7 e1 00 91                   ; add x7, x13, #0x38
        uncount:
            ee 7c 5f c8                   ; ldxr x14, [x7]
            ce 05 00 d1                   ; sub x14, x14, #0x1
            ee 7c 0f c8                   ; stxr w15, x14, [x7]
            af ff ff 35                   ; cbnz w15, uncount
        ; release the lock, restore the signal mask, return the result
        unlock:
            5f fd 9f 88                   ; stlr wzr, [x10]
            40 00 80 d2                   ; mov x0, #0x2
            e1 23 00 91                   ; add x1, sp, #0x8
            02 00 80 d2                   ; mov x2, #0x0
            03 01 80 d2                   ; mov x3, #0x8
            e8 10 80 d2                   ; mov x8, #0x87
            01 00 00 d4                   ; svc #0x0
            e0 03 0c aa                   ; mov x0, x12
            ff 83 00 91                   ; add sp, sp, #0x20
            c0 03 5f d6                   ; ret
        """;

    private Aarch64Code() {
    }
}
