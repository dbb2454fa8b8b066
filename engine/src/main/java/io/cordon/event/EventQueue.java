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

/**
 * Events in order, bounded: they are coalesced when there are more than a fixed number, and more than a fourth of the
 * ranges that must be told apart. Not thread-safe.
 */
final class EventQueue {
    private static final int RANGES_AN_EVENT = 4;

    private final int capacity;
    private final ArrayDeque<MediaEvent> events = new ArrayDeque<>();
    private final LongConsumer coalesced;
    /** As many events as make coalescing worth while: what is left of it must not be gone through for each few more. */
    private int limit;

    EventQueue(final int capacity, final LongConsumer coalesced) {
        this.coalesced = coalesced;
        this.capacity = Math.max(capacity, 2 * Coalescing.MOST);
        this.limit = this.capacity;
    }

    void add(final MediaEvent event) {
        if (events.size() >= limit) {
            final List<MediaEvent> few = Coalescing.of(new ArrayList<>(events));
            coalesced.accept(events.size() - few.size());
            events.clear();
            events.addAll(few);
            limit = Math.max(capacity, few.stream().mapToInt(left -> left.ranges().size()).sum() / RANGES_AN_EVENT);
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
