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

import io.cordon.Inspection;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Refused lines, counted and listed. */
final class DamageReport {
    private DamageReport() {
    }

    static long lines(final List<Inspection.Damage> damage, final Inspection.State state) {
        return damage.stream().filter(part -> part.state() == state).mapToLong(part -> part.range().length()).sum()
            >>> Lines.SHIFT;
    }

    static long lines(final List<Inspection.Damage> damage) {
        return damage.stream().mapToLong(part -> part.range().length()).sum() >>> Lines.SHIFT;
    }

    static ExitCode code(final List<Inspection.Damage> damage, final Inspection inspection) {
        return damage.isEmpty() && inspection.unknown().isEmpty() ? ExitCode.CLEAN : ExitCode.DAMAGE;
    }

    static String name(final Inspection.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    /** "3 lost, 1 poisoned". */
    static String byState(final List<Inspection.Damage> damage) {
        final List<String> parts = new ArrayList<>();
        for (final Inspection.State state : Inspection.State.values()) {
            final long count = lines(damage, state);
            if (count > 0) {
                parts.add(count + " " + name(state));
            }
        }
        return String.join(", ", parts);
    }

    static Map<String, Object> row(final ByteRange range, final String state) {
        final Map<String, Object> object = Json.range(range);
        object.put("state", state);
        return object;
    }

    static List<Map<String, Object>> rows(final List<Inspection.Damage> damage) {
        return damage.stream().map(part -> row(part.range(), name(part.state()))).toList();
    }

    static void addRow(final Table table, final ByteRange range, final String state, final String meaning) {
        table.add(Sizes.hex(range.offset()), Sizes.hex(range.end()), range.length() >>> Lines.SHIFT,
            Sizes.bytes(range.length()), state, meaning);
    }

    static Table table() {
        return new Table(" OFFSET", " END", " LINES", " BYTES", "STATE", "WHAT IT NEEDS");
    }

    static String remedy(final Inspection.State state) {
        return switch (state) {
            case LOST -> "to be rewritten: recover, or the service itself";
            case UNFINISHED, POISONED, UNRESOLVED -> "to be opened: scrub, or the service; then it is lost or whole";
        };
    }

    /** What is about JSON's head in all commands. */
    static Map<String, Object> head(final Inspection inspection) {
        final Map<String, Object> object = new LinkedHashMap<>();
        object.put("file", inspection.file().toString());
        object.put("size", inspection.size());
        object.put("id", inspection.sidecar().id().toString());
        object.put("media", inspection.media().toString());
        return object;
    }
}
