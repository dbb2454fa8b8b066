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

/** {@code io.cordon.Offline}; its fields are part of the public interface, see {@link FlightRecording}. */
@Name("io.cordon.Offline")
@Label("Device Offline")
@Description("The device under a region is gone; all access is refused")
@Category("Cordon")
@StackTrace(false)
final class OfflineEvent extends RegionEvent {
    static void emit(final String file) {
        final OfflineEvent event = new OfflineEvent();
        if (event.shouldCommit()) {
            event.file = file;
            event.commit();
        }
    }
}
