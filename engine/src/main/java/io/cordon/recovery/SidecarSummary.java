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

import io.cordon.event.EventLog;
import io.cordon.event.LoggedEvent;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.UUID;

/**
 * What a region's sidecar file says, read by somebody who does not own the region. The lists are unmodifiable, ranges
 * ascending, merged and aligned to lines.
 *
 * @param id         of the region; its mirror has the same.
 * @param created    when the file was written first, or anew.
 * @param generation moved by each opening of a region that has, or had, a mirror; 0 if it never had one.
 * @param lost       lines that are lost.
 * @param unfinished lines that were gone in pages whose recovery was begun and has not ended; the next opening ends it.
 * @param unresolved lines that were told to have failed, and of which nobody knows what became of them: the process
 *                   ended first. The next opening looks.
 * @param events     the media event log.
 */
public record SidecarSummary(UUID id, Instant created, long generation, List<ByteRange> lost,
    List<ByteRange> unfinished, List<ByteRange> unresolved, List<LoggedEvent> events) {
    /** Copies the lists. */
    public SidecarSummary {
        lost = List.copyOf(lost);
        unfinished = List.copyOf(unfinished);
        unresolved = List.copyOf(unresolved);
        events = List.copyOf(events);
    }

    /**
     * Reads the sidecar file of a region; changes nothing. The region may be open meanwhile: then it says what its
     * process has written down by now.
     *
     * @param region the region's file.
     * @param size   of the region in bytes.
     * @return what it says.
     * @throws java.nio.file.NoSuchFileException if there is no sidecar file.
     * @throws SidecarException                  if it is not what it claims to be, or not of a region of that size.
     * @throws IOException                       if it cannot be read.
     */
    public static SidecarSummary read(final Path region, final long size) throws IOException {
        final Path path = Sidecar.pathFor(region);
        final ByteBuffer bytes = Sidecar.read(path);
        final SidecarContent content = SidecarContent.parse(path, bytes, size);
        final List<ByteRange> lost = new ArrayList<>();
        content.lost().forEach((page, mask) -> Lines.append(lost, page, mask));
        final List<ByteRange> unfinished = new ArrayList<>();
        content.begun().forEach((page, begun) ->
            Lines.append(unfinished, page, begun.gone() & ~content.lost().getOrDefault(page, 0L)));
        final EventLog log = new EventLog();
        final SidecarEvents events = content.events();
        log.adopt(events.events(), events.lastSequence(), events.acknowledged());
        return new SidecarSummary(content.uuid(),
            Instant.ofEpochMilli(bytes.getLong(SidecarFormat.CREATED_OFFSET)), content.generation(), lost, unfinished,
            unresolved(log.failed(), content.lost(), content.begun()), log.list());
    }

    /**
     * Why the region of another sidecar cannot be this one's mirror as it is.
     *
     * @param size       of this region in bytes.
     * @param mirror     the other sidecar.
     * @param mirrorSize of its file in bytes.
     * @return the reason, for people; empty if it can.
     */
    public Optional<String> unfitness(final long size, final SidecarSummary mirror, final long mirrorSize) {
        if (size != mirrorSize) {
            return Optional.of("it has " + mirrorSize + " bytes, the region " + size);
        }
        return Optional.ofNullable(Mirror.unfitness(id, generation, mirror.id, mirror.generation));
    }

    private static List<ByteRange> unresolved(final List<ByteRange> failed, final NavigableMap<Long, Long> lost,
        final NavigableMap<Long, SidecarContent.Begun> begun) {
        final List<ByteRange> unresolved = new ArrayList<>();
        for (final ByteRange range : failed) {
            for (long page = range.offset() >>> Lines.PAGE_SHIFT; page << Lines.PAGE_SHIFT < range.end(); page++) {
                if (!begun.containsKey(page)) {
                    Lines.append(unresolved, page,
                        Lines.mask(page, range.offset(), range.length()) & ~lost.getOrDefault(page, 0L));
                }
            }
        }
        return unresolved;
    }
}
