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

import io.cordon.linux.Platform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the machine code of a platform to files, for the C harness and for a disassembler.
 */
public final class CodeDump {
    private CodeDump() {
    }

    /**
     * Writes handler.bin, transition.bin, table-offset.txt and, for each piece, one line an instruction as objdump
     * would print it: handler.txt and transition.txt.
     *
     * @param arguments name of the {@link Platform}; directory.
     */
    public static void main(final String[] arguments) throws IOException {
        final Platform platform = Platform.valueOf(arguments[0]);
        final Path directory = Files.createDirectories(Path.of(arguments[1]));
        final boolean x86 = platform == Platform.X86_64;
        final int offset = x86 ? X86Code.TABLE_ADDRESS_OFFSET : Aarch64Code.TABLE_ADDRESS_OFFSET;
        Files.write(directory.resolve("handler.bin"), MachineCode.handler(platform, 0));
        Files.write(directory.resolve("transition.bin"), MachineCode.transition(platform));
        Files.writeString(directory.resolve("table-offset.txt"), offset + "\n");
        Files.write(directory.resolve("handler.txt"), instructions(x86 ? X86Code.HANDLER : Aarch64Code.HANDLER));
        Files.write(directory.resolve("transition.txt"),
            instructions(x86 ? X86Code.TRANSITION : Aarch64Code.TRANSITION));
    }

    public static List<String> instructions(final String text) {
        final CodeListing listing = CodeListing.parse(text);
        final List<String> lines = new ArrayList<>();
        for (final CodeListing.Instruction instruction : listing.instructions()) {
            String mnemonic = instruction.mnemonic().replace("TABLE", "0x0");
            final String target = instruction.lastOperand();
            if (listing.labels().containsKey(target)) {
                final String address = "0x" + Integer.toHexString(listing.labels().get(target));
                mnemonic = mnemonic.substring(0, mnemonic.length() - target.length()) + address;
            }
            lines.add(Integer.toHexString(instruction.address()) + " " + mnemonic);
        }
        return lines;
    }
}
