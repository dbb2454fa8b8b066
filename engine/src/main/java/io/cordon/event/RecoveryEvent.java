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
import jdk.jfr.Timespan;

/** {@code io.cordon.Recovery}; its fields are part of the public interface, see {@link FlightRecording}. */
@Name("io.cordon.Recovery")
@Label("Recovery")
@Description("A failed unit of a region was recovered, or could not be; the duration is from the start to the end")
@Category("Cordon")
@StackTrace(false)
final class RecoveryEvent extends UnitEvent {
    @Label("Outcome")
    @Description("WHOLE, LINES_LOST, UNFOUNDED (the medium had no complaint), COPIED (read-only), FAILED or OFFLINE")
    private String outcome;
    @Label("Reason")
    @Description("Why it failed, if it did")
    private String reason;
    @Label("Attempts")
    @Description("How often it was started, because the unit failed again meanwhile")
    private int attempts;
    @Label("Bad Line Count")
    @Description("Lines that the medium could not read")
    private long badLineCount;
    @Label("Refused Line Count")
    @Description("Lines of the unit that loads are refused for from now on, lost before or now")
    private long refusedLineCount;
    @Label("Salvage")
    @Description("Time to find out what can be read, and to read it")
    @Timespan
    private long salvage;
    @Label("Repair")
    @Description("Time to ask the mirror and the repair source for the rest")
    @Timespan
    private long repair;
    @Label("Journal")
    @Description("Time until the salvaged lines were durable in the sidecar")
    @Timespan
    private long journal;
    @Label("Write")
    @Description("Time of the recovery write and its sync")
    @Timespan
    private long write;
    @Label("Proof")
    @Description("Time to ask the medium's list and to read back")
    @Timespan
    private long proof;
    @Label("Publish")
    @Description("Time until the lost lines were durable in the sidecar and the page was mapped again")
    @Timespan
    private long publish;

    /** An event that begins now. */
    static Object started() {
        final RecoveryEvent event = new RecoveryEvent();
        event.begin();
        return event;
    }

    static void emit(final Object started, final String file, final Unit unit, final RecoveryTrace trace,
        final RecoveryTrace.Outcome outcome, final long refusedLineCount, final String reason) {
        final RecoveryEvent event = (RecoveryEvent) started;
        event.end();
        if (event.shouldCommit()) {
            event.name(file, unit);
            event.outcome = outcome.name();
            event.reason = reason;
            event.attempts = trace.attempts();
            event.badLineCount = trace.badLineCount();
            event.refusedLineCount = refusedLineCount;
            event.salvage = trace.nanos(RecoveryTrace.Step.SALVAGE);
            event.repair = trace.nanos(RecoveryTrace.Step.REPAIR);
            event.journal = trace.nanos(RecoveryTrace.Step.JOURNAL);
            event.write = trace.nanos(RecoveryTrace.Step.WRITE);
            event.proof = trace.nanos(RecoveryTrace.Step.PROOF);
            event.publish = trace.nanos(RecoveryTrace.Step.PUBLISH);
            event.commit();
        }
    }
}
