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
import io.cordon.poison.RangeSet;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Makes few events of many, with nothing lost: each range that some event named is named by an event of the same kind
 * and source, and where a range failed and recovered, or the device went and came, what was last comes last. The few
 * stand for all numbers of the many, without gaps or duplicates.
 */
final class Coalescing {
    /** Failures before recoveries and after them, by source; recoveries; going and coming. */
    static final int MOST = 2 * MediaEvent.Source.values().length + MediaEvent.Source.values().length + 4;

    private final Map<MediaEvent.Source, RangeSet> failed = new EnumMap<>(MediaEvent.Source.class);
    private final Map<MediaEvent.Source, RangeSet> recovered = new EnumMap<>(MediaEvent.Source.class);
    private final RangeSet failedLast = new RangeSet();
    private MediaEvent offline;
    private MediaEvent online;
    private Instant time = Instant.MIN;
    private boolean redelivered;
    private final List<MediaEvent> groups = new ArrayList<>();

    private Coalescing() {
    }

    /**
     * Coalesces.
     *
     * @param events in order; at least {@link #MOST}, if they are of all kinds and sources.
     * @return few events, or the same ones if they cannot be fewer.
     */
    static List<MediaEvent> of(final List<MediaEvent> events) {
        final Coalescing coalescing = new Coalescing();
        events.forEach(coalescing::add);
        coalescing.group();
        return coalescing.groups.size() < events.size()
            ? coalescing.numbered(events.getFirst().firstSequence(), events.getLast().sequence()) : events;
    }

    private void add(final MediaEvent event) {
        time = event.time().isAfter(time) ? event.time() : time;
        redelivered |= event.redelivered();
        switch (event.kind()) {
            case FAILURE -> {
                final RangeSet set = failed.computeIfAbsent(event.source(), _ -> new RangeSet());
                event.ranges().forEach(set::add);
                event.ranges().forEach(failedLast::add);
            }
            case RECOVERED -> {
                final RangeSet set = recovered.computeIfAbsent(event.source(), _ -> new RangeSet());
                event.ranges().forEach(set::add);
                event.ranges().forEach(failedLast::remove);
            }
            case OFFLINE -> offline = event;
            default -> online = event;
        }
    }

    private void group() {
        failed.forEach((source, set) -> add(MediaEvent.Kind.FAILURE, source, set.without(failedLast).ranges()));
        recovered.forEach((source, set) -> add(MediaEvent.Kind.RECOVERED, source, set.ranges()));
        failed.forEach((source, set) -> add(
            MediaEvent.Kind.FAILURE, source, RangeSet.intersection(set, failedLast).ranges()));
        final boolean isOnline = offline == null || online != null && online.sequence() > offline.sequence();
        for (final MediaEvent event : isOnline ? new MediaEvent[] {offline, online}
            : new MediaEvent[] {online, offline}) {
            if (event != null) {
                add(event.kind(), event.source(), event.ranges());
            }
        }
    }

    private void add(final MediaEvent.Kind kind, final MediaEvent.Source source, final List<ByteRange> ranges) {
        if (!ranges.isEmpty()) {
            groups.add(new MediaEvent(kind, source, ranges, time, 0, 0, redelivered, List.of()));
        }
    }

    /** One number each, and all the others for the last. */
    private List<MediaEvent> numbered(final long first, final long last) {
        final List<MediaEvent> result = new ArrayList<>();
        for (int i = 0; i < groups.size(); i++) {
            final MediaEvent group = groups.get(i);
            result.add(new MediaEvent(group.kind(), group.source(), group.ranges(), group.time(), first + i,
                i == groups.size() - 1 ? last : first + i, redelivered, List.of()));
        }
        return result;
    }
}
