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
package io.cordon.kernel;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Runs on the host: a disk some of whose sectors cannot be read, until they are written, or not even then. Kept in
 * memory: it outlives the guest, and not the row of the matrix. Thread-safe.
 */
class FailingDisk {
    static final int SECTOR = 512;
    static final int EIO = 5;

    private static final int CHUNK = 1 << 20;

    private final long length;
    /** What was ever written, by number of the chunk; the rest is zeroes. */
    private final Map<Long, byte[]> chunks = new HashMap<>();
    private final Set<Long> bad = new TreeSet<>();
    /** Bad sectors for which the disk has no spare: a write of them fails. */
    private final Set<Long> lasting = new TreeSet<>();

    FailingDisk(final long length) {
        this.length = length;
    }

    final long length() {
        return length;
    }

    /** The error number, or 0. */
    synchronized int read(final long offset, final byte[] buffer) {
        if (touches(bad, offset, buffer.length)) {
            return EIO;
        }
        forEachPart(offset, buffer.length, (chunk, within, position, count) -> {
            if (chunks.containsKey(chunk)) {
                System.arraycopy(chunks.get(chunk), within, buffer, position, count);
            }
        });
        return 0;
    }

    /** The error number, or 0. */
    synchronized int write(final long offset, final byte[] content) {
        if (touches(lasting, offset, content.length)) {
            return EIO;
        }
        bad.removeIf(sector -> sector >= offset / SECTOR && sector < (offset + content.length) / SECTOR);
        forEachPart(offset, content.length, (chunk, within, position, count) ->
            System.arraycopy(content, position, chunks.computeIfAbsent(chunk, _ -> new byte[CHUNK]), within, count));
        return 0;
    }

    private static boolean touches(final Set<Long> sectors, final long offset, final int count) {
        return sectors.stream().anyMatch(
            sector -> sector * SECTOR < offset + count && (sector + 1) * SECTOR > offset);
    }

    /** A part of a request that lies in one chunk. */
    @FunctionalInterface
    private interface Part {
        void run(long chunk, int within, int position, int count);
    }

    private static void forEachPart(final long offset, final int count, final Part part) {
        int position = 0;
        while (position < count) {
            final long at = offset + position;
            final int within = (int) (at % CHUNK);
            final int some = Math.min(count - position, CHUNK - within);
            part.run(at / CHUNK, within, position, some);
            position += some;
        }
    }

    /** What the orders of the guest do. */
    private synchronized String order(final String what, final long sector) {
        switch (what) {
            case "bad" -> bad.add(sector);
            case "lasting" -> {
                bad.add(sector);
                lasting.add(sector);
            }
            case "spare" -> lasting.remove(sector);
            case "ask" -> {
                // Nothing to do.
            }
            default -> {
                return "no order " + what;
            }
        }
        return bad.contains(sector) ? "bad" : "good";
    }

    /** What a disk of spinning metal lacks: a page to which the guest writes an order, and reads the answer there. */
    static final class Service extends FailingDisk {
        private static final int LENGTH = 4096;

        private final List<FailingDisk> disks;
        private String answer = "";

        Service(final List<FailingDisk> disks) {
            super(LENGTH);
            this.disks = new ArrayList<>(disks);
        }

        @Override
        synchronized int read(final long offset, final byte[] buffer) {
            Arrays.fill(buffer, (byte) 0);
            final byte[] text = (answer + "\n").getBytes(StandardCharsets.UTF_8);
            if (offset == 0) {
                System.arraycopy(text, 0, buffer, 0, text.length);
            }
            return 0;
        }

        @Override
        synchronized int write(final long offset, final byte[] content) {
            final String line = new String(content, StandardCharsets.UTF_8).lines().findFirst().orElse("");
            final String[] words = line.split(" ");
            if (offset != 0 || words.length != 3) {
                answer = "an order is a line: what, the disk, the sector";
            } else {
                answer = disks.get(Integer.parseInt(words[1])).order(words[0], Long.parseLong(words[2]));
            }
            return 0;
        }
    }
}
