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

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/** Events in order, bounded: when there are too many they are coalesced. Not thread-safe. */
final class EventQueue {
    private final int capacity;
    private final ArrayDeque<MediaEvent> events = new ArrayDeque<>();
    private final LongConsumer coalesced;

    EventQueue(final int capacity, final LongConsumer coalesced) {
        this.coalesced = coalesced;
        this.capacity = Math.max(capacity, 2 * Coalescing.MOST);
    }

    void add(final MediaEvent event) {
        if (events.size() >= capacity) {
            final List<MediaEvent> few = Coalescing.of(new ArrayList<>(events));
            coalesced.accept(events.size() - few.size());
            events.clear();
            events.addAll(few);
        }
        events.add(event);
    }

    /** Takes the first; null if there is none. */
    MediaEvent poll() {
        return events.poll();
    }

    /** The first; null if there is none. */
    MediaEvent peek() {
        return events.peek();
    }

    boolean isEmpty() {
        return events.isEmpty();
    }

    void clear() {
        events.clear();
    }

    List<MediaEvent> list() {
        return List.copyOf(events);
    }

    int size() {
        return events.size();
    }
}
