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
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** {@code io.cordon.ScrubPass}; its fields are part of the public interface, see {@link FlightRecording}. */
@Name("io.cordon.ScrubPass")
@Label("Scrub Pass")
@Description("A patrol read has come to the end of a region")
@Category("Cordon")
@StackTrace(false)
final class ScrubPassEvent extends RegionEvent {
    @Label("Pass")
    @Description("Number of the pass over the region's life, from 1 on")
    private long pass;
    @Label("Bytes")
    @Description("Bytes that were read")
    @DataAmount
    private long bytes;
    @Label("Found Line Count")
    @Description("Lines that were found poisoned and that nobody knew of")
    private long foundLineCount;
    @Label("Mirror Disagreement Count")
    @Description("Lines of which the mirror holds something else; 0 without a mirror")
    private long disagreementCount;
    @Label("Pass Time")
    @Description("From the start of the pass to its end, the time in which the process did not run left out")
    @Timespan
    private long passTime;

    static void emit(final String file, final long pass, final long bytes, final long foundLineCount,
        final long disagreementCount, final long nanos) {
        final ScrubPassEvent event = new ScrubPassEvent();
        if (event.shouldCommit()) {
            event.file = file;
            event.pass = pass;
            event.bytes = bytes;
            event.foundLineCount = foundLineCount;
            event.disagreementCount = disagreementCount;
            event.passTime = nanos;
            event.commit();
        }
    }
}
