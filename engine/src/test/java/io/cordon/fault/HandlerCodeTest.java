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

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Bytes and mnemonics of the machine code, as far as they can be held together without a disassembler; .ci/aarch64
 * has one and compares all of it.
 */
@DisplayName("The machine code's bytes do what its mnemonics say")
class HandlerCodeTest {
    /** Jumps of x86-64 by the low half of their opcode. */
    private static final Map<Integer, String> X86_CONDITIONS =
        Map.of(2, "jb", 3, "jae", 4, "je", 5, "jne", 6, "jbe", 7, "ja");
    private static final Map<Integer, String> AARCH64_CONDITIONS =
        Map.of(0, "b.eq", 1, "b.ne", 2, "b.cs", 3, "b.cc", 8, "b.hi", 9, "b.ls");
    /** One-byte and, from 0x0f00, two-byte opcodes with a ModRM byte, and the length of the immediate after it. */
    private static final Map<Integer, Integer> X86_WITH_MODRM = Map.ofEntries(
        Map.entry(0x03, 0), Map.entry(0x29, 0), Map.entry(0x2b, 0), Map.entry(0x31, 0), Map.entry(0x39, 0),
        Map.entry(0x3b, 0), Map.entry(0x80, 1), Map.entry(0x81, 4), Map.entry(0x83, 1), Map.entry(0x85, 0),
        Map.entry(0x87, 0),
        Map.entry(0x89, 0), Map.entry(0x8b, 0), Map.entry(0x8d, 0), Map.entry(0xc1, 1), Map.entry(0xc6, 1),
        Map.entry(0xc7, 4),
        Map.entry(0xd3, 0), Map.entry(0xff, 0),
        Map.entry(0x0f94, 0), Map.entry(0x0fb1, 0), Map.entry(0x0fba, 1), Map.entry(0x0fc1, 0));

    @ParameterizedTest
    @EnumSource(Platform.class)
    @DisplayName("every line is a comment, a label or an instruction, and all bytes of the code are on them")
    void shouldParseEveryLine(final Platform platform) {
        assertAll(texts(platform).map(text -> () -> {
            final CodeListing listing = CodeListing.parse(text);
            final int[] parsed = listing.instructions().stream().flatMapToInt(i -> Arrays.stream(i.bytes())).toArray();
            final byte[] placed = ExecutableCode.bytes(text);
            final byte[] expected = new byte[parsed.length];
            for (int i = 0; i < parsed.length; i++) {
                expected[i] = (byte) parsed[i];
            }
            assertArrayEquals(expected, placed);
            assertTrue(listing.instructions().size() > 50, "too few instructions: " + listing.instructions().size());
        }));
    }

    @Test
    @DisplayName("a line that is none of them is found")
    void shouldFindBrokenLines() {
        assertAll(Stream.of("    90 ; nop\nfoo", "    9 ; nop", "    90 nop", "90 ; nop", "a:\na:", "    90 ;").map(
            text -> () -> assertThrows(IllegalArgumentException.class, () -> CodeListing.parse(text), text)));
    }

    @Test
    @DisplayName("every jump of x86-64 lands on the label that its mnemonic names")
    void shouldJumpToLabelsOnX86() {
        assertEquals(
            List.of("ja forward", "je forward", "jb found", "jmp scan", "je keep", "jne keep", "je locked", "je sleep",
                "jne wait_for_lock", "jmp try_lock", "jmp lock_range", "jae give_up", "je known", "je known", "je gone",
                "jne asked", "jne compare", "jne stranger", "jb gone", "jmp asked", "jne stranger", "jne stranger",
                "jne stranger", "jb take", "je listed", "jne listed", "jne push_page", "jne mark",
                "ja restore_registers", "jmp handler", "jbe default_action"),
            x86Jumps(CodeListing.parse(X86Code.HANDLER)));
        assertEquals(
            List.of("je locked", "je sleep", "jne wait_for_lock", "jmp try_lock", "jmp lock_range", "jne unlock",
                "je mapped", "ja unlock", "jb publish", "je unlock"),
            x86Jumps(CodeListing.parse(X86Code.TRANSITION)));
    }

    /** The jumps as their bytes say; each is what its mnemonic says. */
    private static List<String> x86Jumps(final CodeListing listing) {
        final List<String> jumps = new ArrayList<>();
        for (final CodeListing.Instruction instruction : listing.instructions()) {
            final int[] bytes = instruction.bytes();
            final String name;
            final int distance;
            if (bytes[0] == 0xeb || bytes[0] == 0xe9) {
                name = "jmp";
                distance = bytes[0] == 0xeb ? (byte) bytes[1] : instruction.word(1);
            } else if (bytes[0] >> 4 == 7) {
                name = X86_CONDITIONS.get(bytes[0] & 15);
                distance = (byte) bytes[1];
            } else if (bytes[0] == 0x0f && bytes[1] >> 4 == 8) {
                name = X86_CONDITIONS.get(bytes[1] & 15);
                distance = instruction.word(2);
            } else {
                final boolean registerJump = Arrays.equals(bytes, new int[] {0xff, 0xe0});
                assertEquals(registerJump, instruction.name().startsWith("j"), instruction::toString);
                continue;
            }
            assertEquals(name, instruction.name(), instruction::toString);
            assertEquals(listing.labels().get(instruction.lastOperand()), instruction.end() + distance,
                () -> "target of " + instruction);
            jumps.add(name + " " + instruction.lastOperand());
        }
        return jumps;
    }

    @Test
    @DisplayName("every jump and literal of aarch64 is at the label that its mnemonic names")
    void shouldJumpToLabelsOnAarch64() {
        assertEquals(
            List.of("ldr table_literal", "b.hi forward", "cbz forward", "b.cc found", "b scan", "cbz keep",
                "b.ne keep", "cbnz wait_for_lock", "cbnz try_lock", "b locked", "cbnz try_lock", "b lock_range",
                "b.cs give_up", "cbz known", "b.eq known", "b.eq gone", "cbnz known", "cbnz compare", "b.ne stranger",
                "b.cc gone", "b known", "b.ne stranger", "b.ne stranger", "b.ne stranger", "b.cc take", "cbnz flag",
                "cbnz take",
                "b.eq listed", "cbnz count", "cbnz listed", "b.ne push_page", "cbnz swap_head", "cbnz mark",
                "cbnz raise",
                "b.hi restore_registers", "b handler", "b.ls default_action"),
            aarch64Jumps(CodeListing.parse(Aarch64Code.HANDLER)));
        assertEquals(
            List.of("cbnz wait_for_lock", "cbnz try_lock", "b locked", "cbnz try_lock", "b lock_range", "b.ne unlock",
                "cbz mapped", "b.hi unlock", "cbnz forget", "cbnz bump", "cbnz publish", "cbz unlock", "cbnz uncount"),
            aarch64Jumps(CodeListing.parse(Aarch64Code.TRANSITION)));
    }

    private static List<String> aarch64Jumps(final CodeListing listing) {
        final List<String> jumps = new ArrayList<>();
        for (final CodeListing.Instruction instruction : listing.instructions()) {
            assertEquals(4, instruction.bytes().length, instruction::toString);
            final int code = instruction.word(0);
            final String register = (code < 0 ? "x" : "w") + (code & 31);
            final int distance19 = code << 8 >> 13 << 2;
            final String start;
            final int distance;
            if ((code & 0xfc000000) == 0x14000000) {
                start = "b ";
                distance = code << 6 >> 6 << 2;
            } else if ((code & 0xff000010) == 0x54000000) {
                start = AARCH64_CONDITIONS.get(code & 15) + " ";
                distance = distance19;
            } else if ((code & 0x7e000000) == 0x34000000) {
                start = ((code & 0x01000000) == 0 ? "cbz " : "cbnz ") + register + ", ";
                distance = distance19;
            } else if ((code & 0xff000000) == 0x58000000) {
                start = "ldr x" + (code & 31) + ", ";
                distance = distance19;
            } else {
                assertTrue(!listing.labels().containsKey(instruction.lastOperand()), instruction::toString);
                continue;
            }
            assertEquals(start + instruction.lastOperand(), instruction.mnemonic());
            assertEquals(listing.labels().get(instruction.lastOperand()), instruction.address() + distance,
                () -> "target of " + instruction);
            jumps.add(instruction.name() + " " + instruction.lastOperand());
        }
        return jumps;
    }

    @Test
    @DisplayName("the code of x86-64 names no address but the table's, absolute or relative")
    void shouldBePositionIndependentOnX86() {
        assertAll(texts(Platform.X86_64).map(text -> () -> {
            int constants = 0;
            for (final CodeListing.Instruction instruction : CodeListing.parse(text).instructions()) {
                constants += checkX86(instruction);
            }
            assertEquals(Objects.equals(text, X86Code.HANDLER) ? 1 : 0, constants, "constants of 8 bytes");
        }));
    }

    /**
     * Decodes an instruction far enough to know its length, and that no operand is relative to it.
     *
     * @return 1 if it has a constant of 8 bytes.
     */
    private static int checkX86(final CodeListing.Instruction instruction) {
        final int[] bytes = instruction.bytes();
        int i = 0;
        boolean wide = false;
        boolean half = false;
        while (bytes[i] == 0xf0 || bytes[i] == 0xf3 || bytes[i] == 0x66) {
            half |= bytes[i] == 0x66;
            i++;
        }
        if (bytes[i] >> 4 == 4) {
            wide = (bytes[i] & 8) != 0;
            i++;
        }
        int opcode = bytes[i++];
        if (opcode == 0x0f) {
            opcode = 0x0f00 | bytes[i++];
        }
        int constants = 0;
        if (X86_WITH_MODRM.containsKey(opcode)) {
            final int mode = bytes[i] >> 6;
            final int operand = bytes[i] & 7;
            assertTrue(mode != 0 || operand != 5, () -> "relative to the instruction: " + instruction);
            i++;
            if (mode != 3 && operand == 4) {
                assertTrue(mode != 0 || (bytes[i] & 7) != 5, () -> "an absolute address: " + instruction);
                i++;
            }
            final int immediate = X86_WITH_MODRM.get(opcode);
            i += (mode == 1 ? 1 : mode == 2 ? 4 : 0) + (half && immediate == 4 ? 2 : immediate);
        } else if (opcode >> 3 == 0xb8 >> 3) {
            i += wide ? 8 : 4;
            constants = wide ? 1 : 0;
        } else if (opcode == 0x3d || opcode == 0x68 || opcode == 0xe9 || opcode >> 4 == 0x0f8) {
            i += 4;
        } else if (opcode == 0x6a || opcode == 0xeb || opcode >> 4 == 7) {
            i += 1;
        } else {
            assertTrue(opcode == 0x90 || opcode == 0xc3 || opcode == 0x0f05 || opcode >> 4 == 5,
                () -> "an opcode that this test does not know: " + instruction);
        }
        assertEquals(bytes.length, i, () -> "length of " + instruction);
        return constants;
    }

    @Test
    @DisplayName("the code of aarch64 names no address but the table's, absolute or relative")
    void shouldBePositionIndependentOnAarch64() {
        assertAll(texts(Platform.AARCH64).map(text -> () -> {
            int literals = 0;
            for (final CodeListing.Instruction instruction : CodeListing.parse(text).instructions()) {
                final int code = instruction.word(0);
                assertTrue((code & 0x1f000000) != 0x10000000, () -> "adr or adrp: " + instruction);
                assertTrue((code & 0xfc000000) != 0x94000000, () -> "bl: " + instruction);
                assertTrue((code & 0x7e000000) != 0x36000000, () -> "tbz or tbnz: " + instruction);
                literals += (code & 0x3b000000) == 0x18000000 ? 1 : 0;
            }
            assertEquals(Objects.equals(text, Aarch64Code.HANDLER) ? 1 : 0, literals, "literals");
        }));
    }

    @Test
    @DisplayName("the table's address goes where the code reads it, and only there")
    void shouldPlaceTableAddress() {
        final CodeListing x86 = CodeListing.parse(X86Code.HANDLER);
        final CodeListing.Instruction first = x86.instructions().getFirst();
        assertEquals("movabs r8,TABLE", first.mnemonic());
        assertArrayEquals(new int[] {0x49, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0}, first.bytes());
        assertEquals(first.end() - Long.BYTES, X86Code.TABLE_ADDRESS_OFFSET);
        final CodeListing aarch64 = CodeListing.parse(Aarch64Code.HANDLER);
        final int literal = aarch64.labels().get("table_literal");
        assertEquals(literal, Aarch64Code.TABLE_ADDRESS_OFFSET);
        assertEquals(0, literal % Long.BYTES, "alignment of the literal");
        assertEquals(literal + Long.BYTES, aarch64.instructions().getLast().end());

        for (final Platform platform : Platform.values()) {
            final int offset =
                platform == Platform.X86_64 ? X86Code.TABLE_ADDRESS_OFFSET : Aarch64Code.TABLE_ADDRESS_OFFSET;
            final byte[] expected = MachineCode.handler(platform, 0);
            for (int i = 0; i < Long.BYTES; i++) {
                assertEquals(0, expected[offset + i], platform + ": a byte where the address goes");
                expected[offset + i] = (byte) (0xf8 - i);
            }
            assertArrayEquals(expected, MachineCode.handler(platform, 0xf1f2f3f4f5f6f7f8L));
        }
    }

    private static Stream<String> texts(final Platform platform) {
        return platform == Platform.X86_64
            ? Stream.of(X86Code.HANDLER, X86Code.TRANSITION)
            : Stream.of(Aarch64Code.HANDLER, Aarch64Code.TRANSITION);
    }
}
