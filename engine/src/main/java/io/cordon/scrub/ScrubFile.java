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
package io.cordon.scrub;

import io.cordon.linux.NativeFile;
import io.cordon.linux.Storage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The file {@code <file>.scrub}: two slots of 512 bytes, written in turn and never synced. A sector is written whole or
 * not at all, so a crash costs the newer slot at most, and with it a few seconds of a pass. Little-endian.
 *
 * <pre>
 *   +0    8  magic "CORDSCR\1"
 *   +8   16  UUID of the region, as in its sidecar
 *   +24   8  size of the region in bytes
 *   +32   8  number of this writing; the slot with the greater one counts, its place is the number modulo 2
 *   +40   8  number of the pass that runs; 0: none does
 *   +48   8  how much of the region it has covered, in bytes
 *   +56   8  when it began, milliseconds since 1970
 *   +64   8  bytes read
 *   +72   8  bytes left alone
 *   +80   8  latent lines found
 *   +88   8  bytes that differ from the mirror and wait for a second look, or did not get one
 *   +96   8  number of the last pass that is through; 0: none is
 *   +104  8  when it was through, milliseconds since 1970
 *   +112     0
 *   +508  4  CRC32C of bytes 0 to 507
 * </pre>
 */
final class ScrubFile {
    private static final long MAGIC = ByteBuffer.wrap(new byte[] {'C', 'O', 'R', 'D', 'S', 'C', 'R', 1})
        .order(ByteOrder.LITTLE_ENDIAN).getLong();
    private static final String SUFFIX = ".scrub";
    private static final int SLOT_LENGTH = 512;
    private static final int CRC_OFFSET = SLOT_LENGTH - Integer.BYTES;
    private static final int UUID_OFFSET = 8;
    private static final int NUMBER_OFFSET = 32;
    private static final int STATE_OFFSET = 40;

    private final Storage storage;
    private final Path path;
    private final UUID uuid;
    private final long size;
    private long number;

    /** What a slot says of the patrol. */
    record State(long pass, long position, long startedMillis, long readBytes, long unreadBytes, long foundLines,
        long unjudgedBytes, long lastPass, long lastMillis) {
        static final State NONE = new State(0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    ScrubFile(final Storage storage, final Path region, final UUID uuid, final long size) throws IOException {
        this.storage = storage;
        this.path = NativeFile.companion(region, SUFFIX);
        this.uuid = uuid;
        this.size = size;
    }

    /** What was written last; nothing of a region that was there before under the same name. */
    State read() throws IOException {
        if (!Files.exists(path)) {
            return State.NONE;
        }
        if (!Files.isRegularFile(path) || Files.size(path) > 2 * SLOT_LENGTH) {
            throw new ScrubFileException(path, "not a patrol's progress");
        }
        final byte[] bytes = Files.readAllBytes(path);
        State newest = State.NONE;
        boolean empty = true;
        boolean known = false;
        for (final byte value : bytes) {
            empty &= value == 0;
        }
        for (int at = 0; at + SLOT_LENGTH <= bytes.length; at += SLOT_LENGTH) {
            final ByteBuffer slot = ByteBuffer.wrap(bytes, at, SLOT_LENGTH).slice().order(ByteOrder.LITTLE_ENDIAN);
            if (slot.getLong(0) != MAGIC || slot.getInt(CRC_OFFSET) != crc(slot)) {
                continue;
            }
            known = true;
            if (slot.getLong(NUMBER_OFFSET) > number) {
                number = slot.getLong(NUMBER_OFFSET);
                newest = isOurs(slot) ? state(slot) : State.NONE;
            }
        }
        // A crash may leave the first writing out, and nothing else.
        if (!known && !empty) {
            throw new ScrubFileException(path, "not a patrol's progress, or corrupt");
        }
        return newest;
    }

    private boolean isOurs(final ByteBuffer slot) {
        return slot.getLong(UUID_OFFSET) == uuid.getMostSignificantBits()
            && slot.getLong(UUID_OFFSET + Long.BYTES) == uuid.getLeastSignificantBits()
            && slot.getLong(UUID_OFFSET + 2 * Long.BYTES) == size;
    }

    private static State state(final ByteBuffer slot) {
        slot.position(STATE_OFFSET);
        return new State(slot.getLong(), slot.getLong(), slot.getLong(), slot.getLong(), slot.getLong(), slot.getLong(),
            slot.getLong(), slot.getLong(), slot.getLong());
    }

    private static int crc(final ByteBuffer slot) {
        final CRC32C crc = new CRC32C();
        crc.update(slot.duplicate().position(0).limit(CRC_OFFSET));
        return (int) crc.getValue();
    }

    /** Writes over the older slot; {@link #read} must have been called. The file is open for that long only. */
    void write(final State state) throws IOException {
        final ByteBuffer slot = ByteBuffer.allocate(SLOT_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        slot.putLong(MAGIC).putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits())
            .putLong(size).putLong(number + 1);
        slot.putLong(state.pass).putLong(state.position).putLong(state.startedMillis).putLong(state.readBytes)
            .putLong(state.unreadBytes).putLong(state.foundLines).putLong(state.unjudgedBytes)
            .putLong(state.lastPass).putLong(state.lastMillis);
        slot.putInt(CRC_OFFSET, crc(slot));
        try (NativeFile file = Files.exists(path) ? storage.open(path, false) : storage.create(path);
            Arena arena = Arena.ofConfined()) {
            final MemorySegment bytes = arena.allocate(SLOT_LENGTH, Long.BYTES);
            bytes.copyFrom(MemorySegment.ofArray(slot.array()));
            file.write((number + 1) % 2 * SLOT_LENGTH, bytes);
        }
        number++;
    }
}
