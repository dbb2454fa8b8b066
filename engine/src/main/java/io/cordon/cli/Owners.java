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

import java.util.LinkedHashMap;
import java.util.Map;

/** How the processes are named that have a region open. */
final class Owners {
    private Owners() {
    }

    static String name(final Inspection.Owner owner) {
        if (owner.pid() == 0) {
            return "a process of another PID namespace";
        }
        final String command = command(owner);
        return "process " + owner.pid() + (command == null ? "" : " (" + command + ")");
    }

    static Map<String, Object> json(final Inspection.Owner owner) {
        final Map<String, Object> object = new LinkedHashMap<>();
        object.put("pid", owner.pid() == 0 ? null : owner.pid());
        object.put("command", command(owner));
        object.put("readOnly", owner.readOnly());
        return object;
    }

    /** Of a process that we may look at. */
    private static String command(final Inspection.Owner owner) {
        return ProcessHandle.of(owner.pid()).flatMap(process -> process.info().command()).orElse(null);
    }
}
