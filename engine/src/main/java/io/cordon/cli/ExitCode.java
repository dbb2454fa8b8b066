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

import java.util.LinkedHashMap;
import java.util.Map;

/** What the process ends with. Scripts rely on the numbers: none is ever given another meaning. */
enum ExitCode {
    CLEAN(0, "done, and nothing is damaged as far as the command looked"),
    DAMAGE(1, "done, and there is damage: lines are refused or cannot be read, or it is unknown whether"),
    USAGE(2, "wrong arguments, a range outside of the region, or a question not answered with yes; nothing was done"),
    NOT_A_REGION(3, "a file is absent, or not what it must be: no region, truncated, or with a corrupt sidecar"),
    BUSY(4, "another process has the region open"),
    MEDIUM(5, "the medium failed, or another input or output error"),
    PERMISSION(6, "no permission for a file"),
    INTERNAL(70, "an error in cordon itself, or not Linux on x86-64 or aarch64"),
    INTERRUPTED(130, "interrupted by Ctrl-C; what was done by then is whole");

    private final int number;
    private final String meaning;

    ExitCode(final int number, final String meaning) {
        this.number = number;
        this.meaning = meaning;
    }

    int number() {
        return number;
    }

    /** All of them, for the help. */
    static Map<String, String> table() {
        final Map<String, String> table = new LinkedHashMap<>();
        for (final ExitCode code : values()) {
            table.put(String.format("%4d", code.number), code.meaning);
        }
        return table;
    }
}
