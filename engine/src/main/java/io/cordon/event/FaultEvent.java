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
package io.cordon.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** {@code io.cordon.Fault}; its fields are part of the public interface, see {@link FlightRecording}. */
@Name("io.cordon.Fault")
@Label("Media Fault")
@Description("A unit of a region failed, and the medium was asked which of its lines cannot be read")
@Category("Cordon")
@StackTrace(false)
final class FaultEvent extends UnitEvent {
    @Label("Bad Line Count")
    @Description("Lines of 64 bytes that the medium cannot read; -1 if it could not be asked")
    private long badLineCount;
    @Label("Bad Lines")
    @Description("Their ranges in the region")
    private String badLines;
    @Label("Faulting Thread")
    @Description("The platform thread that ran into it, if that is known")
    private Thread thread;

    static void emit(final String file, final Unit unit, final long count, final String lines, final Thread thread) {
        final FaultEvent event = new FaultEvent();
        if (event.shouldCommit()) {
            event.name(file, unit);
            event.badLineCount = count;
            event.badLines = lines;
            event.thread = thread;
            event.commit();
        }
    }
}
