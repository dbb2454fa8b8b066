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

/** {@code io.cordon.PersistError}; its fields are part of the public interface, see {@link FlightRecording}. */
@Name("io.cordon.PersistError")
@Label("Persist Error")
@Description("Stores could not be made durable")
@Category("Cordon")
final class PersistErrorEvent extends RegionEvent {
    @Label("Offset")
    @Description("First byte in the region")
    private long offset;
    @Label("Length")
    @Description("Bytes of the range")
    @DataAmount
    private long length;
    @Label("Mirror")
    @Description("Whether only the mirror failed: the range is durable in the region")
    private boolean mirror;
    @Label("Reason")
    @Description("What the medium said")
    private String reason;

    static void emit(
        final String file, final long offset, final long length, final boolean mirror, final String reason) {
        final PersistErrorEvent event = new PersistErrorEvent();
        if (event.shouldCommit()) {
            event.file = file;
            event.offset = offset;
            event.length = length;
            event.mirror = mirror;
            event.reason = reason;
            event.commit();
        }
    }
}
