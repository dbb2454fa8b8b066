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
import io.cordon.event.MediaEvent;
import io.cordon.event.MediaOutcome;
import io.cordon.poison.ByteRange;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Media events as a sidecar file holds them; the layout is in {@link SidecarFormat}.
 */
final class SidecarEvents {
    private static final int SEQUENCE_OFFSET = 8;
    private static final int TIME_OFFSET = 16;
    private static final int KIND_OFFSET = 24;
    private static final int SOURCE_OFFSET = 25;
    private static final int OUTCOME_OFFSET = 26;
    private static final int COUNT_OFFSET = 28;
    private static final int RANGES_OFFSET = 32;
    private static final int RANGE_LENGTH = 16;
    /** More ranges take several entries of the same numbers. */
    private static final int MAX_RANGES = 1024;
    private static final int CLAIMED_OFFSET = 16;
    private static final int MAX_CLAIMED = 4096;

    /** All entries that were read and are not too old. */
    private final List<LoggedEvent> events = new ArrayList<>();
    private long lastSequence;
    private long acknowledged;

    /** The records that hold entries. */
    static List<ByteBuffer> records(final List<LoggedEvent> entries) {
        final List<ByteBuffer> records = new ArrayList<>();
        List<ByteBuffer> parts = new ArrayList<>();
        int length = 0;
        for (final ByteBuffer part : parts(entries)) {
            if (SidecarFormat.PAYLOAD_OFFSET + length + part.capacity() > SidecarFormat.MAX_LENGTH) {
                records.add(record(parts, length));
                parts = new ArrayList<>();
                length = 0;
            }
            parts.add(part);
            length += part.capacity();
        }
        if (length > 0) {
            records.add(record(parts, length));
        }
        return records;
    }

    private static ByteBuffer record(final List<ByteBuffer> parts, final int length) {
        final ByteBuffer record = SidecarFormat.record(SidecarFormat.TYPE_EVENTS, length);
        int at = SidecarFormat.PAYLOAD_OFFSET;
        for (final ByteBuffer part : parts) {
            record.put(at, part, 0, part.capacity());
            at += part.capacity();
        }
        return record;
    }

    private static List<ByteBuffer> parts(final List<LoggedEvent> entries) {
        final List<ByteBuffer> parts = new ArrayList<>();
        for (final LoggedEvent entry : entries) {
            final List<ByteRange> ranges = entry.event().ranges();
            for (int start = 0; start < ranges.size(); start += MAX_RANGES) {
                parts.add(part(entry, ranges.subList(start, Math.min(ranges.size(), start + MAX_RANGES))));
            }
        }
        return parts;
    }

    private static ByteBuffer part(final LoggedEvent entry, final List<ByteRange> ranges) {
        final MediaEvent event = entry.event();
        final ByteBuffer part = SidecarFormat.allocate(RANGES_OFFSET + ranges.size() * RANGE_LENGTH);
        part.putLong(0, event.firstSequence());
        part.putLong(SEQUENCE_OFFSET, event.sequence());
        part.putLong(TIME_OFFSET, event.time().toEpochMilli());
        part.put(KIND_OFFSET, (byte) event.kind().ordinal());
        part.put(SOURCE_OFFSET, (byte) event.source().ordinal());
        part.put(OUTCOME_OFFSET, (byte) entry.outcome().ordinal());
        part.putInt(COUNT_OFFSET, ranges.size());
        int at = RANGES_OFFSET;
        for (final ByteRange range : ranges) {
            part.putLong(at, range.offset());
            part.putLong(at + Long.BYTES, range.length());
            at += RANGE_LENGTH;
        }
        return part;
    }

    /** The record that says what was delivered. */
    static ByteBuffer record(final EventLog.Acknowledgement acknowledgement, final long lastSequence) {
        final List<Long> claimed = acknowledgement.claimed();
        final int count = Math.min(claimed.size(), MAX_CLAIMED);
        final ByteBuffer record =
            SidecarFormat.record(SidecarFormat.TYPE_TOLD, CLAIMED_OFFSET + count * Long.BYTES);
        record.putLong(SidecarFormat.PAYLOAD_OFFSET, acknowledgement.acknowledged());
        record.putLong(SidecarFormat.PAYLOAD_OFFSET + Long.BYTES, lastSequence);
        for (int i = 0; i < count; i++) {
            record.putLong(SidecarFormat.PAYLOAD_OFFSET + CLAIMED_OFFSET + i * Long.BYTES, claimed.get(i));
        }
        return record;
    }

    /** How long the records are that hold entries, in bytes, about. */
    static long length(final List<LoggedEvent> entries) {
        long length = 0;
        for (final LoggedEvent entry : entries) {
            length += RANGES_OFFSET + (long) entry.event().ranges().size() * RANGE_LENGTH;
        }
        return length;
    }

    /** Reads the payload of an "events" record; false if it is impossible. */
    boolean applyEvents(final ByteBuffer bytes, final int start, final int end, final long regionSize) {
        int at = start;
        while (at < end) {
            if (end - at < RANGES_OFFSET + RANGE_LENGTH) {
                return false;
            }
            final int count = bytes.getInt(at + COUNT_OFFSET);
            if (count <= 0 || count > MAX_RANGES || end - at < RANGES_OFFSET + count * RANGE_LENGTH
                || !applyEvent(bytes, at, count, regionSize)) {
                return false;
            }
            at += RANGES_OFFSET + count * RANGE_LENGTH;
        }
        return true;
    }

    private boolean applyEvent(final ByteBuffer bytes, final int at, final int count, final long regionSize) {
        final long first = bytes.getLong(at);
        final long sequence = bytes.getLong(at + SEQUENCE_OFFSET);
        final int kind = bytes.get(at + KIND_OFFSET);
        final int source = bytes.get(at + SOURCE_OFFSET);
        final int outcome = bytes.get(at + OUTCOME_OFFSET);
        final boolean continues = !events.isEmpty() && events.getLast().event().sequence() == sequence;
        if (first <= 0 || first > sequence || sequence < lastSequence || !continues && first <= lastSequence
            || !isIn(kind, MediaEvent.Kind.values().length) || !isIn(source, MediaEvent.Source.values().length)
            || !isIn(outcome, MediaOutcome.values().length)) {
            return false;
        }
        final List<ByteRange> ranges = new ArrayList<>(continues ? events.removeLast().event().ranges() : List.of());
        for (int i = 0; i < count; i++) {
            final long offset = bytes.getLong(at + RANGES_OFFSET + i * RANGE_LENGTH);
            final long length = bytes.getLong(at + RANGES_OFFSET + i * RANGE_LENGTH + Long.BYTES);
            if (offset < 0 || length <= 0 || offset > regionSize - length) {
                return false;
            }
            ranges.add(new ByteRange(offset, length));
        }
        events.add(new LoggedEvent(new MediaEvent(MediaEvent.Kind.values()[kind], MediaEvent.Source.values()[source],
            ranges, Instant.ofEpochMilli(bytes.getLong(at + TIME_OFFSET)), first, sequence, false, List.of()),
            MediaOutcome.values()[outcome]));
        lastSequence = sequence;
        return true;
    }

    private static boolean isIn(final int value, final int count) {
        return value >= 0 && value < count;
    }

    /** Reads the payload of a "told" record; false if it is impossible. */
    boolean applyTold(final ByteBuffer bytes, final int start, final int end) {
        if (end - start < CLAIMED_OFFSET) {
            return false;
        }
        final long through = bytes.getLong(start);
        final long last = bytes.getLong(start + Long.BYTES);
        if (through < acknowledged || last < through || last < lastSequence) {
            return false;
        }
        acknowledged = through;
        lastSequence = last;
        for (int at = start + CLAIMED_OFFSET; at < end; at += Long.BYTES) {
            setOutcome(bytes.getLong(at), MediaOutcome.CLAIMED);
        }
        forget();
        return true;
    }

    private void setOutcome(final long sequence, final MediaOutcome outcome) {
        // Claims are told soon after the event.
        for (int i = events.size() - 1; i >= 0 && events.get(i).event().sequence() >= sequence; i--) {
            if (events.get(i).event().sequence() == sequence) {
                events.set(i, new LoggedEvent(events.get(i).event(), outcome));
            }
        }
    }

    private void forget() {
        int known = 0;
        while (known < events.size() && events.get(known).event().sequence() <= acknowledged) {
            if (events.get(known).outcome() == MediaOutcome.PENDING) {
                events.set(known, new LoggedEvent(events.get(known).event(), MediaOutcome.UNCLAIMED));
            }
            known++;
        }
        if (known > EventLog.HISTORY_LENGTH) {
            events.subList(0, known - EventLog.HISTORY_LENGTH).clear();
        }
    }

    /** In order. */
    List<LoggedEvent> events() {
        return events;
    }

    /** The last number that was given; 0 if none was. */
    long lastSequence() {
        return lastSequence;
    }

    /** The last number that needs no delivery any more. */
    long acknowledged() {
        return acknowledged;
    }

    @Override
    public String toString() {
        return events + " " + lastSequence + " " + acknowledged;
    }
}
