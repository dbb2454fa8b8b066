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
package io.cordon.cli;

import io.cordon.poison.ByteRange;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes JSON (RFC 8259): maps with string keys, lists, strings, numbers, booleans, null. */
final class Json {
    private static final int INDENT = 2;

    private Json() {
    }

    static String write(final Object value) {
        final StringBuilder text = new StringBuilder();
        write(text, value, 0);
        return text.toString();
    }

    /** As every command names a range. */
    static Map<String, Object> range(final ByteRange range) {
        final Map<String, Object> object = new LinkedHashMap<>();
        object.put("offset", range.offset());
        object.put("length", range.length());
        return object;
    }

    static List<Map<String, Object>> ranges(final List<ByteRange> ranges) {
        return ranges.stream().map(Json::range).toList();
    }

    private static void write(final StringBuilder text, final Object value, final int depth) {
        switch (value) {
            case null -> text.append("null");
            case final Optional<?> optional -> write(text, optional.orElse(null), depth);
            case final Map<?, ?> map -> write(text, map, depth);
            case final List<?> list -> write(text, list, depth);
            case final Double number when number.isNaN() || number.isInfinite() -> text.append("null");
            case Number _, Boolean _ -> text.append(value);
            case final Instant time -> write(text, time.toString());
            default -> write(text, value.toString());
        }
    }

    private static void write(final StringBuilder text, final Map<?, ?> map, final int depth) {
        if (map.isEmpty()) {
            text.append("{}");
            return;
        }
        String separator = "{";
        for (final Map.Entry<?, ?> entry : map.entrySet()) {
            newLine(text.append(separator), depth + 1);
            write(text, entry.getKey().toString());
            write(text.append(": "), entry.getValue(), depth + 1);
            separator = ",";
        }
        newLine(text, depth);
        text.append('}');
    }

    private static void write(final StringBuilder text, final List<?> list, final int depth) {
        if (list.isEmpty()) {
            text.append("[]");
            return;
        }
        String separator = "[";
        for (final Object element : list) {
            newLine(text.append(separator), depth + 1);
            write(text, element, depth + 1);
            separator = ",";
        }
        newLine(text, depth);
        text.append(']');
    }

    private static void newLine(final StringBuilder text, final int depth) {
        text.append('\n').repeat(' ', depth * INDENT);
    }

    private static void write(final StringBuilder text, final String string) {
        text.append('"');
        for (int i = 0; i < string.length(); i++) {
            final char next = string.charAt(i);
            switch (next) {
                case '"', '\\' -> text.append('\\').append(next);
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    // Names of files may hold anything, half characters included, which no encoder takes.
                    if (next < ' ' || next == '\177' || Character.isSurrogate(next) && !isPaired(string, i)) {
                        text.append(String.format("\\u%04x", (int) next));
                    } else {
                        text.append(next);
                    }
                }
            }
        }
        text.append('"');
    }

    private static boolean isPaired(final String string, final int index) {
        final char next = string.charAt(index);
        return Character.isHighSurrogate(next)
            ? index + 1 < string.length() && Character.isLowSurrogate(string.charAt(index + 1))
            : index > 0 && Character.isHighSurrogate(string.charAt(index - 1));
    }
}
