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

import java.util.Set;

/**
 * The instructions that write cache lines back, each in a loop of its own with a fence at its end. Arguments: the
 * address of the first line, and the address after the last one, multiples of 64 bytes.
 *
 * <p>Bytes on the left, what they mean on the right, as objdump prints it.
 */
enum WriteBackCode {
    /** Keeps the line in the cache. */
    CLWB(Platform.X86_64, "clwb", """
        ; (first rdi, end rsi)
        write_back:
            66 0f ae 37                   ; clwb byte [rdi]
            48 83 c7 40                   ; add rdi,0x40
            48 39 f7                      ; cmp rdi,rsi
            72 f3                         ; jb write_back
        ; nothing that comes later overtakes it; what a platform for persistent memory has accepted then survives
            0f ae f8                      ; sfence
            c3                            ; ret
        """),
    /** Drops the line from the cache. */
    CLFLUSHOPT(Platform.X86_64, "clflushopt", """
        ; (first rdi, end rsi)
        write_back:
            66 0f ae 3f                   ; clflushopt byte [rdi]
            48 83 c7 40                   ; add rdi,0x40
            48 39 f7                      ; cmp rdi,rsi
            72 f3                         ; jb write_back
            0f ae f8                      ; sfence
            c3                            ; ret
        """),
    /** Drops the line, one after the other; every x86-64 has it. */
    CLFLUSH(Platform.X86_64, "", """
        ; (first rdi, end rsi)
        write_back:
            0f ae 3f                      ; clflush byte [rdi]
            48 83 c7 40                   ; add rdi,0x40
            48 39 f7                      ; cmp rdi,rsi
            72 f4                         ; jb write_back
            0f ae f8                      ; sfence
            c3                            ; ret
        """),
    /** To the point of persistence. */
    DC_CVAP(Platform.AARCH64, "dcpop", """
        ; (first x0, end x1): x2 = bytes in the smallest data cache line, 4 << CTR_EL0.DminLine
            22 00 3b d5                   ; mrs x2, ctr_el0
            43 4c 50 d3                   ; ubfx x3, x2, #16, #4
            82 00 80 d2                   ; mov x2, #0x4
            42 20 c3 9a                   ; lsl x2, x2, x3
            43 04 00 d1                   ; sub x3, x2, #0x1
            00 00 23 8a                   ; bic x0, x0, x3
        write_back:
            20 7c 0b d5                   ; dc cvap, x0
            00 00 02 8b                   ; add x0, x0, x2
            1f 00 01 eb                   ; cmp x0, x1
            a3 ff ff 54                   ; b.cc write_back
        ; wait until all of it has arrived
            9f 3f 03 d5                   ; dsb sy
            c0 03 5f d6                   ; ret
        """),
    /** To the point of coherency: the same as the point of persistence where a processor has no other. */
    DC_CVAC(Platform.AARCH64, "", """
        ; (first x0, end x1): x2 = bytes in the smallest data cache line, 4 << CTR_EL0.DminLine
            22 00 3b d5                   ; mrs x2, ctr_el0
            43 4c 50 d3                   ; ubfx x3, x2, #16, #4
            82 00 80 d2                   ; mov x2, #0x4
            42 20 c3 9a                   ; lsl x2, x2, x3
            43 04 00 d1                   ; sub x3, x2, #0x1
            00 00 23 8a                   ; bic x0, x0, x3
        write_back:
            20 7a 0b d5                   ; dc cvac, x0
            00 00 02 8b                   ; add x0, x0, x2
            1f 00 01 eb                   ; cmp x0, x1
            a3 ff ff 54                   ; b.cc write_back
            9f 3f 03 d5                   ; dsb sy
            c0 03 5f d6                   ; ret
        """);

    private final Platform platform;
    private final String feature;
    private final String listing;

    WriteBackCode(final Platform platform, final String feature, final String listing) {
        this.platform = platform;
        this.feature = feature;
        this.listing = listing;
    }

    Platform platform() {
        return platform;
    }

    String listing() {
        return listing;
    }

    /** Whether a processor can execute it: the kernel says so in /proc/cpuinfo, or the platform always can. */
    boolean isIn(final Platform current, final Set<String> features) {
        return platform == current && (feature.isEmpty() || features.contains(feature));
    }

    /** The first that a processor can execute. */
    static WriteBackCode best(final Platform platform, final Set<String> features) {
        for (final WriteBackCode code : values()) {
            if (code.isIn(platform, features)) {
                return code;
            }
        }
        throw new AssertionError(platform);
    }
}
