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
package io.cordon.recovery;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Where a recovery puts what must outlive the process, before it may destroy anything on the medium.
 */
interface RecoveryJournal {
    /** Remembers nothing: losses and unfinished recoveries are forgotten when the region is closed. */
    RecoveryJournal NONE = new RecoveryJournal() {
        @Override
        public void begin(final long unit, final long[] bad, final MemorySegment salvaged) {
        }

        @Override
        public void done(final long unit, final long[] lost) {
        }
    };

    /**
     * Durably notes that a unit is about to be overwritten.
     *
     * @param unit     index of its first page.
     * @param bad      for each page the lines that could not be salvaged.
     * @param salvaged the content of the unit; zero where it could not be salvaged.
     */
    void begin(long unit, long[] bad, MemorySegment salvaged) throws IOException;

    /**
     * Durably notes which lines of a unit are lost.
     *
     * @param unit index of its first page.
     * @param lost for each page the lines that are lost.
     */
    void done(long unit, long[] lost) throws IOException;
}
