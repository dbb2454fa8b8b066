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

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A listing of machine code, line by line. Every line is a comment, a label or an instruction; any other is an error.
 *
 * @param labels       addresses of the labels, from the start of the listing.
 * @param instructions in their order.
 */
public record CodeListing(Map<String, Integer> labels, List<Instruction> instructions) {
    private static final Pattern COMMENT = Pattern.compile("; \\S.*");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+):");
    private static final Pattern INSTRUCTION = Pattern.compile(" {4}([0-9a-f]{2}(?: [0-9a-f]{2})*) +; (\\S.*)");

    /**
     * One line of the listing.
     *
     * @param address  from the start of the listing.
     * @param bytes    each from 0 to 255.
     * @param mnemonic the mnemonic and its operands.
     */
    public record Instruction(int address, int[] bytes, String mnemonic) {
        public String name() {
            return mnemonic.split(" ")[0];
        }

        public String lastOperand() {
            return mnemonic.substring(Math.max(mnemonic.lastIndexOf(' '), mnemonic.lastIndexOf(',')) + 1);
        }

        public int end() {
            return address + bytes.length;
        }

        /** The bytes as a little-endian number of 4 bytes. */
        public int word(final int offset) {
            return bytes[offset] | bytes[offset + 1] << 8 | bytes[offset + 2] << 16 | bytes[offset + 3] << 24;
        }

        @Override
        public String toString() {
            return Integer.toHexString(address) + ": " + mnemonic;
        }
    }

    public static CodeListing parse(final String listing) {
        final Map<String, Integer> labels = new LinkedHashMap<>();
        final List<Instruction> instructions = new ArrayList<>();
        int address = 0;
        for (final String line : listing.lines().toList()) {
            final Matcher label = LABEL.matcher(line);
            final Matcher instruction = INSTRUCTION.matcher(line);
            if (label.matches()) {
                if (labels.put(label.group(1), address) != null) {
                    throw new IllegalArgumentException("two labels " + line);
                }
            } else if (instruction.matches()) {
                final String[] octets = instruction.group(1).split(" ");
                final int[] bytes = new int[octets.length];
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = Integer.parseInt(octets[i], 16);
                }
                instructions.add(new Instruction(address, bytes, instruction.group(2)));
                address += bytes.length;
            } else if (!COMMENT.matcher(line).matches()) {
                throw new IllegalArgumentException("neither comment, label nor instruction: " + line);
            }
        }
        return new CodeListing(labels, instructions);
    }
}
