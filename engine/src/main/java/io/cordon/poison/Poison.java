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
package io.cordon.poison;

import java.util.List;
import java.util.Optional;

/**
 * A live view of the lines of a region that loads are refused for. All methods are thread-safe; what they say may be
 * outdated when they return.
 */
public interface Poison {
    /**
     * Whether every line is readable, as far as is known. Unknown is not clean: a region whose medium keeps a list of
     * its bad places, and cannot give all of it, is not clean whatever the lines are. An ordinary file keeps no such
     * list, so nothing of it is missing: it is clean while no line is refused.
     *
     * @return true if no line is poisoned or lost, and {@link #unknown} is empty.
     */
    boolean isClean();

    /**
     * Why it is unknown what the medium has found to be bad: its list could not be read, or is cut short. Lines that
     * are known nevertheless are refused and among the {@link #ranges}; of the others the first access tells. The list
     * is read when the region is opened, and when the medium says that it has changed.
     *
     * @return the reason, for people; empty if all of the list is known, and for a medium that keeps none, as ordinary
     *     files do not.
     */
    Optional<String> unknown();

    /**
     * The state of the line that holds a byte.
     *
     * @param offset of the byte in the region.
     * @return its state.
     * @throws IndexOutOfBoundsException if the offset is not in the region.
     */
    LineState state(long offset);

    /**
     * The lines that are poisoned or lost. Waits for the recoveries that run, since all of a page is refused meanwhile;
     * so do not call it from a {@code RepairSource}, for which one of them may be waiting.
     *
     * @return ascending, merged, aligned to lines; unmodifiable.
     */
    List<ByteRange> ranges();

    /**
     * How many lines are poisoned or lost. Waits as {@link #ranges} does.
     *
     * @return the count.
     */
    long lineCount();
}
