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
package io.cordon.agrona;

import java.nio.file.Path;

/** Another process that looks at a monitor file. */
public final class MonitorReaderChild {
    private MonitorReaderChild() {
    }

    /** Prints all counters and errors. */
    public static void main(final String[] arguments) throws Exception {
        try (MonitorFile.Reader reader = MonitorFile.Reader.open(Path.of(arguments[0]))) {
            System.out.println("process " + reader.process());
            reader.counters().forEach((id, type, _, label) ->
                System.out.println("counter " + type + " " + reader.counters().getCounterValue(id) + " " + label));
            reader.readErrors((count, _, _, text) ->
                System.out.println("error " + count + " " + text.lines().findFirst().orElseThrow()));
        }
    }
}
