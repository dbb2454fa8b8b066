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

import io.cordon.poison.ByteRange;

import java.util.List;

/** Where those who notice something report it. Thread-safe; never waits for a listener or for the disk. */
public interface MediaEvents {
    /**
     * Reports something. It becomes durable with what the sidecar writes next, and is delivered after that.
     *
     * @param kind   what happened.
     * @param source how it was found out.
     * @param ranges where; ascending, merged, aligned to lines; if it is empty nothing is reported.
     */
    void raise(MediaEvent.Kind kind, MediaEvent.Source source, List<ByteRange> ranges);

    /**
     * Where to count, and to report errors.
     *
     * @return the same object each time.
     */
    Telemetry telemetry();
}
