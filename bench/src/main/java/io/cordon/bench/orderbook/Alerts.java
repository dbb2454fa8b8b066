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
package io.cordon.bench.orderbook;

import io.cordon.event.MediaEvent;
import io.cordon.event.MediaListener;
import io.cordon.event.OwnedRange;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a pager would get. Thread-safe. */
final class Alerts {
    private static final int KEPT = 2;

    private final Map<MediaEvent.Kind, Long> counts = new EnumMap<>(MediaEvent.Kind.class);
    private final List<String> texts = new ArrayList<>();

    /** For one region; claims nothing. */
    MediaListener of(final String region) {
        return event -> {
            take(region, event);
            return false;
        };
    }

    private synchronized void take(final String region, final MediaEvent event) {
        if (counts.merge(event.kind(), 1L, Long::sum) <= KEPT) {
            texts.add(event.kind() + " in " + region + ", by " + event.source() + ": "
                + (event.owners().isEmpty() ? event.ranges().toString() : event.owners().stream().limit(2)
                .map(Alerts::text).collect(Collectors.joining(", "))) + (event.redelivered() ? " (told again)" : ""));
        }
    }

    private static String text(final OwnedRange part) {
        return part.owner() + " at " + part.ownerRange().offset();
    }

    synchronized long count(final MediaEvent.Kind kind) {
        return counts.getOrDefault(kind, 0L);
    }

    /** The first few of each kind, for a person. */
    synchronized List<String> texts() {
        return List.copyOf(texts);
    }
}
