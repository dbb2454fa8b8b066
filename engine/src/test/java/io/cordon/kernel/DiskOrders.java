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

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** In the guest: the {@link FailingDisk} under a folder. Disk N is /dev/vdX, X the Nth letter; the last obeys. */
final class DiskOrders {
    private static final Path SERVICE = Path.of("/dev/vdc");

    private final int disk;

    private DiskOrders(final int disk) {
        this.disk = disk;
    }

    /** The disk whose file system is mounted there. */
    static DiskOrders of(final Path folder) throws IOException {
        for (final String line : Files.readAllLines(Path.of("/proc/mounts"))) {
            final String[] words = line.split(" ");
            if (words[1].equals(folder.toString())) {
                return new DiskOrders(words[0].charAt("/dev/vd".length()) - 'a');
            }
        }
        throw new IOException(folder + " is not mounted");
    }

    /** The sector at an offset of a file cannot be read until it is written. The page cache forgets it. */
    void makeBad(final Path file, final long offset) throws IOException {
        order("bad", file, offset, "bad");
    }

    /** Likewise, and it cannot be written either. */
    void makeBadForGood(final Path file, final long offset) throws IOException {
        order("lasting", file, offset, "bad");
    }

    /** From now on, a write cures the sector. */
    void giveSpare(final Path file, final long offset) throws IOException {
        order("spare", file, offset, "bad");
    }

    /** Whether the disk would fail to read the sector. */
    boolean isBad(final Path file, final long offset) throws IOException {
        return order("ask", file, offset, null).equals("bad");
    }

    /** Pages that are neither mapped nor dirty leave the page cache. */
    static void dropCaches() throws IOException {
        Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "1");
    }

    private String order(final String what, final Path file, final long offset, final String expected)
        throws IOException {
        final long sector = Fiemap.physical(file, offset) / Ground.SECTOR;
        final byte[] page = (what + " " + disk + " " + sector + "\n").getBytes(StandardCharsets.UTF_8);
        Files.write(SERVICE, Arrays.copyOf(page, Ground.PAGE), StandardOpenOption.WRITE, StandardOpenOption.SYNC);
        dropCaches();
        final String answer = new String(Files.readAllBytes(SERVICE), StandardCharsets.UTF_8).lines().findFirst().get();
        if (expected != null && !answer.equals(expected)) {
            throw new IOException("the disk says of " + what + " " + sector + ": " + answer);
        }
        return answer;
    }
}
