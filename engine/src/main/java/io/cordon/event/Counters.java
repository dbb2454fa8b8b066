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

/** A region's counters, to be read at any time, by any thread, and after the region was closed. */
public interface Counters {
    /**
     * The current value of a counter. Of several counters each is exact, but they are not read at one instant.
     *
     * @param counter which.
     * @return the value; never negative once all that runs has come to rest.
     */
    long get(Counter counter);

    /**
     * The errors that the region meets on its own account.
     *
     * @return where to take them; the same object each time.
     */
    ErrorReports errors();

    /**
     * Whose counters these are.
     *
     * @return the path of the region's file, as it was opened with it.
     */
    String region();
}
