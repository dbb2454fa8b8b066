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
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The layout of a sidecar file; all numbers are little-endian.
 *
 * <pre>
 *  header, 4096 bytes                              record, a multiple of 8 bytes
 *  +0    8  magic "CORDON\0\1"                     +0    4  length in bytes, this header included
 *  +8    4  version, 1                             +4    4  type: 1 lines, 2 begin, 3 generation, 4 events, 5 told
 *  +12   4  bytes in a page, 4096                  +8    8  sequence, one more than the record before
 *  +16   4  bytes in a line, 64                    +16   8  synced: bytes of this file that were durable when
 *  +20   4  0                                               the record was written
 *  +24  16  UUID of the region                     +24   4  tag: CRC32C of the region's UUID
 *  +40   8  size of the region in bytes            +28   4  CRC32C of the record, this field as 0
 *  +48   8  created, milliseconds since 1970       +32      payload
 *  +56      0
 *  +1024    commit slot 0, 512 bytes             commit slot, written with every second commit
 *  +1536    commit slot 1, 512 bytes             +0    8  durable: bytes of this file that are durable
 *  +2048    0                                    +8    8  number of the commit
 *  +4092 4  CRC32C of bytes 0 to 4091,           +16      0
 *           the slots as 0                       +508  4  CRC32C of bytes 0 to 507 of the slot
 *
 *  payload of "lines": for each page               payload of "begin"
 *  +0    8  index of the page                      +0    8  index of the page
 *  +8    8  bit i: line i is lost                  +8    8  bit i: line i could not be salvaged
 *                                                  +16 4096 the page, zero where it could not be salvaged
 *
 *  payload of "generation": 8 bytes, one more each time a region is opened that has or had a mirror
 *
 *  payload of "events": for each event             payload of "told"
 *  +0    8  first number that it stands for        +0    8  the last number that needs no delivery any more
 *  +8    8  its number, the last of these          +8    8  the last number that was given
 *  +16   8  when, milliseconds since 1970          +16   8  each: the number of an event that was claimed
 *  +24   1  kind: 0 failure, 1 offline, 2 online, 3 recovered
 *  +25   1  source: 0 fault, 1 scrub, 2 bad-block list, 3 persist error, 4 injection, 5 recovery
 *  +26   1  outcome when it was written: 0 pending, 1 unclaimed, 2 claimed
 *  +27   1  0
 *  +28   4  how many ranges; more than 1024 take several entries of the same number
 *  +32  16  each: offset and length in bytes
 * </pre>
 *
 * <p>A "begin" is durable before its page is overwritten, and ends with the next "lines" of that page, which is durable
 * before anybody can store to the page again. So what a reader finds begun and not ended can be written once more.
 *
 * <p>Zeroes may follow the last record: room for more, which closing takes away. Or what is left of a commit that was
 * torn, which opening does.
 *
 * <p>The slots say how much there must be: each commit first writes, to the older slot, what was durable before it;
 * closing writes to both what is durable then. So of a file that was closed nothing can be cut off or damaged without
 * being found, and of one that was not, nothing but its last commit, which looks the same torn as damaged.
 */
final class SidecarFormat {
    static final long MAGIC = 0x0100_4E4F_4452_4F43L;
    static final int VERSION = 1;
    static final int HEADER_LENGTH = 4096;
    static final int VERSION_OFFSET = 8;
    static final int PAGE_LENGTH_OFFSET = 12;
    static final int LINE_LENGTH_OFFSET = 16;
    static final int UUID_OFFSET = 24;
    static final int SIZE_OFFSET = 40;
    static final int CREATED_OFFSET = 48;
    static final int HEADER_CRC_OFFSET = 4092;
    static final int SLOTS_OFFSET = 1024;
    static final int SLOT_LENGTH = 512;
    static final int SLOT_COUNT = 2;
    static final int SLOT_COMMIT_OFFSET = 8;
    static final int SLOT_CRC_OFFSET = 508;

    static final int LENGTH_OFFSET = 0;
    static final int TYPE_OFFSET = 4;
    static final int SEQUENCE_OFFSET = 8;
    static final int SYNCED_OFFSET = 16;
    static final int TAG_OFFSET = 24;
    static final int CRC_OFFSET = 28;
    static final int PAYLOAD_OFFSET = 32;
    static final int TYPE_LINES = 1;
    static final int TYPE_BEGIN = 2;
    static final int TYPE_GENERATION = 3;
    static final int TYPE_EVENTS = 4;
    static final int TYPE_TOLD = 5;
    static final int LINES_ENTRY_LENGTH = 16;
    static final int BEGIN_CONTENT_OFFSET = 16;
    static final int BEGIN_LENGTH = PAYLOAD_OFFSET + BEGIN_CONTENT_OFFSET + Lines.PAGE_LENGTH;
    /** The longest record: as many pages of lines as a "begin" has bytes, and more than that. */
    static final int MAX_LENGTH = 1 << 16;
    static final int MAX_LINES_ENTRIES = (MAX_LENGTH - PAYLOAD_OFFSET) / LINES_ENTRY_LENGTH;

    private SidecarFormat() {
    }

    static ByteBuffer allocate(final int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    static ByteBuffer header(final UUID uuid, final long size, final long createdMillis) {
        final ByteBuffer header = allocate(HEADER_LENGTH);
        header.putLong(0, MAGIC);
        header.putInt(VERSION_OFFSET, VERSION);
        header.putInt(PAGE_LENGTH_OFFSET, Lines.PAGE_LENGTH);
        header.putInt(LINE_LENGTH_OFFSET, Lines.LENGTH);
        header.putLong(UUID_OFFSET, uuid.getMostSignificantBits());
        header.putLong(UUID_OFFSET + Long.BYTES, uuid.getLeastSignificantBits());
        header.putLong(SIZE_OFFSET, size);
        header.putLong(CREATED_OFFSET, createdMillis);
        header.putInt(HEADER_CRC_OFFSET, headerCrc(header));
        return header;
    }

    /** The checksum of a header, whatever its slots hold. */
    static int headerCrc(final ByteBuffer header) {
        final ByteBuffer copy = allocate(HEADER_CRC_OFFSET);
        copy.put(0, header, 0, SLOTS_OFFSET);
        final int rest = SLOTS_OFFSET + SLOT_COUNT * SLOT_LENGTH;
        copy.put(rest, header, rest, HEADER_CRC_OFFSET - rest);
        return crc(copy, 0, HEADER_CRC_OFFSET);
    }

    /** Where the slot of a commit stands. */
    static int slotOffset(final long commit) {
        return SLOTS_OFFSET + (int) (commit % SLOT_COUNT) * SLOT_LENGTH;
    }

    static ByteBuffer slot(final long durable, final long commit) {
        final ByteBuffer slot = allocate(SLOT_LENGTH);
        slot.putLong(0, durable);
        slot.putLong(SLOT_COMMIT_OFFSET, commit);
        slot.putInt(SLOT_CRC_OFFSET, crc(slot, 0, SLOT_CRC_OFFSET));
        return slot;
    }

    /** The offset of the whole slot with the greater commit number; -1 if neither is whole. */
    static int newestSlot(final ByteBuffer content) {
        int newest = -1;
        for (int at = SLOTS_OFFSET; at < SLOTS_OFFSET + SLOT_COUNT * SLOT_LENGTH; at += SLOT_LENGTH) {
            if (crc(content, at, SLOT_CRC_OFFSET) == content.getInt(at + SLOT_CRC_OFFSET)
                && (newest < 0
                || content.getLong(at + SLOT_COMMIT_OFFSET) > content.getLong(newest + SLOT_COMMIT_OFFSET))) {
                newest = at;
            }
        }
        return newest;
    }

    static UUID uuid(final ByteBuffer header) {
        return new UUID(header.getLong(UUID_OFFSET), header.getLong(UUID_OFFSET + Long.BYTES));
    }

    static int tag(final UUID uuid) {
        final ByteBuffer bytes = allocate(2 * Long.BYTES);
        bytes.putLong(0, uuid.getMostSignificantBits());
        bytes.putLong(Long.BYTES, uuid.getLeastSignificantBits());
        return crc(bytes, 0, bytes.capacity());
    }

    /** A record whose payload is still to be filled; {@link #seal} makes it whole. */
    static ByteBuffer record(final int type, final int payloadLength) {
        final ByteBuffer record = allocate(PAYLOAD_OFFSET + payloadLength);
        record.putInt(LENGTH_OFFSET, record.capacity());
        record.putInt(TYPE_OFFSET, type);
        return record;
    }

    static void seal(final ByteBuffer record, final long sequence, final long synced, final int tag) {
        record.putLong(SEQUENCE_OFFSET, sequence);
        record.putLong(SYNCED_OFFSET, synced);
        record.putInt(TAG_OFFSET, tag);
        record.putInt(CRC_OFFSET, 0);
        record.putInt(CRC_OFFSET, crc(record, 0, record.capacity()));
    }

    /** The length of the whole, undamaged record at a position of a file's content; 0 if there is none. */
    static int recordLength(final ByteBuffer content, final int position) {
        if (content.limit() - position < PAYLOAD_OFFSET) {
            return 0;
        }
        final int length = content.getInt(position + LENGTH_OFFSET);
        if (length < PAYLOAD_OFFSET || length > MAX_LENGTH || length % Long.BYTES != 0
            || length > content.limit() - position) {
            return 0;
        }
        final ByteBuffer copy = allocate(length);
        copy.put(0, content, position, length);
        copy.putInt(CRC_OFFSET, 0);
        return crc(copy, 0, length) == content.getInt(position + CRC_OFFSET) ? length : 0;
    }

    static int crc(final ByteBuffer bytes, final int offset, final int length) {
        final CRC32C crc = new CRC32C();
        crc.update(bytes.slice(offset, length));
        return (int) crc.getValue();
    }
}
