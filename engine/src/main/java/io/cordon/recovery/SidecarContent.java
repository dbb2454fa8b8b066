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

import io.cordon.poison.Lines;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What a sidecar file says: read from its bytes, without changing anything.
 */
final class SidecarContent {
    private final Path path;
    private final UUID uuid;
    private final long size;
    private final NavigableMap<Long, Long> lost = new TreeMap<>();
    private final NavigableMap<Long, Begun> begun = new TreeMap<>();
    private final SidecarEvents events = new SidecarEvents();
    private long generation;
    private long sequence;
    private long commit;
    private boolean sealed;
    private int end = SidecarFormat.HEADER_LENGTH;

    /**
     * A recovery that was begun and not ended.
     *
     * @param gone    the lines whose content nobody could supply.
     * @param content the page as it is to be written.
     */
    record Begun(long gone, byte[] content) {
        @Override
        public boolean equals(final Object other) {
            return other instanceof final Begun begun && gone == begun.gone && Arrays.equals(content, begun.content);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(content);
        }
    }

    private SidecarContent(final Path path, final UUID uuid, final long size) {
        this.path = path;
        this.uuid = uuid;
        this.size = size;
    }

    /**
     * Reads a sidecar file.
     *
     * @throws SidecarException if it is not what it claims to be, or not of a region of that size.
     */
    static SidecarContent parse(final Path path, final ByteBuffer bytes, final long regionSize)
        throws SidecarException {
        if (bytes.limit() < SidecarFormat.HEADER_LENGTH) {
            throw new SidecarException(path, "only " + bytes.limit() + " bytes, which is less than its header of "
                + SidecarFormat.HEADER_LENGTH);
        }
        if (bytes.getLong(0) != SidecarFormat.MAGIC) {
            throw new SidecarException(path, "not a sidecar file: it does not start with \"CORDON\"");
        }
        if (SidecarFormat.headerCrc(bytes) != bytes.getInt(SidecarFormat.HEADER_CRC_OFFSET)) {
            throw new SidecarException(path, "its header is corrupt");
        }
        check(path, "version", bytes.getInt(SidecarFormat.VERSION_OFFSET), SidecarFormat.VERSION);
        check(path, "page length", bytes.getInt(SidecarFormat.PAGE_LENGTH_OFFSET), Lines.PAGE_LENGTH);
        check(path, "line length", bytes.getInt(SidecarFormat.LINE_LENGTH_OFFSET), Lines.LENGTH);
        check(path, "region size", bytes.getLong(SidecarFormat.SIZE_OFFSET), regionSize);
        final SidecarContent content = new SidecarContent(path, SidecarFormat.uuid(bytes), regionSize);
        content.readRecords(bytes);
        content.checkComplete(bytes);
        return content;
    }

    private static void check(final Path path, final String what, final long found, final long expected)
        throws SidecarException {
        if (found != expected) {
            throw new SidecarException(path, what + " " + found + " where " + expected + " was expected");
        }
    }

    private void checkComplete(final ByteBuffer bytes) throws SidecarException {
        final int slot = SidecarFormat.newestSlot(bytes);
        if (slot < 0) {
            throw new SidecarException(path, "its commit slots are corrupt");
        }
        final long durable = bytes.getLong(slot);
        if (end < durable) {
            throw new SidecarException(path, "whole up to " + end + " only, though " + durable
                + " bytes of it were durable; its end is corrupt, or cut off");
        }
        commit = bytes.getLong(slot + SidecarFormat.SLOT_COMMIT_OFFSET);
        final int other = SidecarFormat.slotOffset(commit + 1);
        sealed = durable == end && bytes.getLong(other) == durable
            && bytes.getLong(other + SidecarFormat.SLOT_COMMIT_OFFSET) == commit - 1;
    }

    private void readRecords(final ByteBuffer bytes) throws SidecarException {
        final int tag = SidecarFormat.tag(uuid);
        while (end < bytes.limit()) {
            final int length = SidecarFormat.recordLength(bytes, end);
            if (length == 0) {
                checkTornTail(bytes, tag);
                return;
            }
            if (bytes.getInt(end + SidecarFormat.TAG_OFFSET) != tag) {
                throw new SidecarException(path, "the record at " + end + " belongs to another region");
            }
            final long next = bytes.getLong(end + SidecarFormat.SEQUENCE_OFFSET);
            if (next != sequence + 1) {
                throw new SidecarException(path, "the record at " + end + " has sequence number " + next + " where "
                    + (sequence + 1) + " was expected");
            }
            apply(bytes, length);
            sequence = next;
            end += length;
        }
    }

    /** What was written last and never made durable may be torn in any way; what was durable may not. */
    private void checkTornTail(final ByteBuffer bytes, final int tag) throws SidecarException {
        for (int position = end + Long.BYTES; position < bytes.limit(); position += Long.BYTES) {
            if (SidecarFormat.recordLength(bytes, position) != 0
                && bytes.getInt(position + SidecarFormat.TAG_OFFSET) == tag
                && bytes.getLong(position + SidecarFormat.SYNCED_OFFSET) > end) {
                throw new SidecarException(path, "corrupt at " + end + ": there is no whole record, but one at "
                    + position + " that was written after it was durable");
            }
        }
    }

    private void apply(final ByteBuffer bytes, final int length) throws SidecarException {
        final int payload = end + SidecarFormat.PAYLOAD_OFFSET;
        switch (bytes.getInt(end + SidecarFormat.TYPE_OFFSET)) {
            case SidecarFormat.TYPE_LINES -> {
                if ((length - SidecarFormat.PAYLOAD_OFFSET) % SidecarFormat.LINES_ENTRY_LENGTH != 0) {
                    throw new SidecarException(path, "the record at " + end + " has an impossible length " + length);
                }
                for (int at = payload; at < end + length; at += SidecarFormat.LINES_ENTRY_LENGTH) {
                    final long page = page(bytes, at);
                    final long mask = bytes.getLong(at + Long.BYTES);
                    begun.remove(page);
                    if (mask == 0) {
                        lost.remove(page);
                    } else {
                        lost.put(page, mask);
                    }
                }
            }
            case SidecarFormat.TYPE_BEGIN -> {
                if (length != SidecarFormat.BEGIN_LENGTH) {
                    throw new SidecarException(path, "the record at " + end + " has an impossible length " + length);
                }
                final byte[] content = new byte[Lines.PAGE_LENGTH];
                bytes.get(payload + SidecarFormat.BEGIN_CONTENT_OFFSET, content);
                begun.put(page(bytes, payload), new Begun(bytes.getLong(payload + Long.BYTES), content));
            }
            case SidecarFormat.TYPE_GENERATION -> {
                if (length != SidecarFormat.PAYLOAD_OFFSET + Long.BYTES) {
                    throw new SidecarException(path, "the record at " + end + " has an impossible length " + length);
                }
                generation = bytes.getLong(payload);
            }
            case SidecarFormat.TYPE_EVENTS -> {
                if (!events.applyEvents(bytes, payload, end + length, size)) {
                    throw new SidecarException(path, "the record at " + end + " has an impossible media event");
                }
            }
            case SidecarFormat.TYPE_TOLD -> {
                if (!events.applyTold(bytes, payload, end + length)) {
                    throw new SidecarException(path, "the record at " + end + " has impossible media event numbers");
                }
            }
            default -> throw new SidecarException(path, "the record at " + end + " has the unknown type "
                + bytes.getInt(end + SidecarFormat.TYPE_OFFSET));
        }
    }

    private long page(final ByteBuffer bytes, final int position) throws SidecarException {
        final long page = bytes.getLong(position);
        if (page < 0 || page >= size >>> Lines.PAGE_SHIFT) {
            throw new SidecarException(path, "the record at " + end + " names page " + page + " of a region of "
                + (size >>> Lines.PAGE_SHIFT));
        }
        return page;
    }

    UUID uuid() {
        return uuid;
    }

    /** Page index to lost lines. */
    NavigableMap<Long, Long> lost() {
        return lost;
    }

    /** Page index to the recovery that was begun and not ended. */
    NavigableMap<Long, Begun> begun() {
        return begun;
    }

    /** What happened to the medium, and what was delivered of it. */
    SidecarEvents events() {
        return events;
    }

    /** How often the region was opened since it has or had a mirror; 0 if it never had one. */
    long generation() {
        return generation;
    }

    /** Sequence number of the last whole record. */
    long sequence() {
        return sequence;
    }

    /** Whether both slots say that all of the file is durable. */
    boolean isSealed() {
        return sealed;
    }

    /** Number of the last commit that is known of. */
    long commit() {
        return commit;
    }

    /** Where the last whole record ends, in bytes. */
    int end() {
        return end;
    }
}
