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
package io.cordon.agent;

import io.cordon.event.FlightRecording;
import io.cordon.fault.FaultListener;
import io.cordon.fault.MappingFault;

/** A line in the log and an event for each fault. */
final class FaultReport implements FaultListener {
    private final System.Logger.Level level;

    FaultReport(final System.Logger.Level level) {
        this.level = level;
    }

    @Override
    public void onFault(final MappingFault fault) {
        FlightRecording.mappingFault(fault.file().toString(), fault.offset(), fault.length(), fault.address());
        if (level != System.Logger.Level.OFF) {
            // Not before it is needed: the service sets its logging up after the agent has started.
            System.getLogger(GuardAgent.class.getPackageName()).log(level, () -> fault.file() + ": " + fault.length()
                + " bytes at offset " + fault.offset() + " cannot be read, and are zeroes for this process now;"
                + " repair the file and have it mapped anew");
        }
    }
}
