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

import java.util.List;

/** Where media events come from: a region. Thread-safe. */
public interface MediaEventSource {
    /**
     * Has a listener told of what happens to the medium, at priority 0; see {@link #addMediaListener(int,
     * MediaListener)}.
     *
     * @param listener the listener.
     * @return its place in the chain; close it to take the listener out.
     * @throws IllegalStateException if the region is closed.
     */
    default MediaRegistration addMediaListener(final MediaListener listener) {
        return addMediaListener(0, listener);
    }

    /**
     * Has a listener told of what happens to the medium: first of what has not been delivered yet, by this process or
     * an earlier one, then of what comes. While there is no listener, events wait; who wants all of them, and knows of
     * several listeners, gives these to {@code Region.Builder.mediaListener}. A forgotten region tells nobody.
     *
     * @param priority of listeners, those with the greater one are told before; of equals, who came first.
     * @param listener the listener; called on a thread of Cordon's.
     * @return its place in the chain; close it to take the listener out.
     * @throws IllegalStateException if the region is closed.
     */
    MediaRegistration addMediaListener(int priority, MediaListener listener);

    /**
     * The media event log, which outlives the process: the last few hundred events that were delivered, and all that
     * were not. A closed region tells what it knew last.
     *
     * @return in the order of their numbers; without owners; unmodifiable.
     */
    List<LoggedEvent> mediaEvents();

    /**
     * What the region has counted since it was opened: faults, recoveries, lost lines; and where to take the errors
     * that it met. For other processes, see {@code io.cordon.agrona}.
     *
     * @return a live view; the same object each time.
     */
    Counters counters();

    /**
     * Has events that concern a range name an owner of it, from offset 0 on in the owner's own offsets.
     *
     * @param offset first byte; any alignment.
     * @param length in bytes; positive.
     * @param owner  who; a file's name, a table, whatever listeners understand.
     * @return what ends that when it is closed. It is not durable.
     * @throws IndexOutOfBoundsException if the range does not lie in the region.
     * @throws IllegalArgumentException  if the range is empty.
     */
    default Ownership own(final long offset, final long length, final Object owner) {
        return own(offset, length, owner, 0);
    }

    /**
     * Has events that concern a range name an owner of it. A range may have any number of owners, and an owner any
     * number of ranges.
     *
     * @param offset      first byte; any alignment.
     * @param length      in bytes; positive.
     * @param owner       who; a file's name, a table, whatever listeners understand.
     * @param ownerOffset where the range starts in the owner's own offsets; not negative.
     * @return what ends that when it is closed. It is not durable.
     * @throws IndexOutOfBoundsException if the range does not lie in the region.
     * @throws IllegalArgumentException  if the range is empty, or does not fit the owner's offsets.
     */
    Ownership own(long offset, long length, Object owner, long ownerOffset);
}
