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
package io.cordon.media;

import io.cordon.linux.BlockDevice;
import io.cordon.poison.ByteRange;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the text of a bad-block list in sysfs says: a line {@code "sector count\n"} for each record, sectors of 512
 * bytes.
 *
 * <p>A complete list is empty, or all of it is such lines. Anything else is <em>unknown</em>, with the reason, and what
 * could be read is what is bad at least (law 8):
 *
 * <ul> <li>A list that fills its page. The kernel formats into one page, and sysfs gives at most a byte less than that
 *   (badblocks_show in block/badblocks.c, sysfs_kf_seq_show in fs/sysfs/file.c); the rest is cut off, usually in the
 *   middle of a line, and nothing says so. <li>A list with as many records as the kernel's table has room for, an
 *   eighth of a page: further ones are dropped. <li>A line feed alone: that is how kernels before 6.10 say that the
 *   disk has no list. <li>A last line without a line feed: its count may have lost digits, so it does not count. <li>A
 *   line that is none of these, or that names sectors beyond what a byte offset can hold. </ul>
 *
 * @param bad     what is bad at least, in bytes, ascending and merged.
 * @param unknown why there may be more; null if there is no more.
 */
record BadBlockText(List<ByteRange> bad, String unknown) {
    private static final int BYTES_PER_RECORD = 8;
    private static final int MAX_DIGITS = 18;
    private static final long LAST_SECTOR = Long.MAX_VALUE / BlockDevice.SECTOR_LENGTH;

    /** Nothing could be read. */
    static BadBlockText unreadable(final String reason) {
        return new BadBlockText(List.of(), reason);
    }

    /** The same, with the list's name in the reason. */
    BadBlockText named(final Path list) {
        return unknown == null ? this : new BadBlockText(bad, list + ": " + unknown);
    }

    /**
     * Reads the text.
     *
     * @param text       what one read of the attribute gave.
     * @param pageLength the kernel's page size in bytes.
     */
    static BadBlockText parse(final byte[] text, final int pageLength) {
        final String all = new String(text, StandardCharsets.ISO_8859_1);
        if ("\n".equals(all)) {
            return unreadable("the kernel keeps no list for this device");
        }
        String unknown = null;
        if (text.length >= pageLength - 1) {
            unknown = "the list fills the page of " + pageLength + " bytes that sysfs shows, so it may be cut off";
        } else if (!all.isEmpty() && !all.endsWith("\n")) {
            unknown = "the last line has no end, so the list may be cut off";
        }
        final List<long[]> records = new ArrayList<>();
        int number = 0;
        for (int start = 0, end = all.indexOf('\n'); end >= 0; start = end + 1, end = all.indexOf('\n', start)) {
            number++;
            final long[] record = record(all.substring(start, end));
            if (record != null) {
                records.add(record);
            } else if (unknown == null) {
                unknown = "line " + number + " is no record \"sector count\": \"" + all.substring(start, end) + '"';
            }
        }
        if (unknown == null && records.size() >= pageLength / BYTES_PER_RECORD) {
            unknown = "the kernel's table is full with " + records.size() + " records, so it may have dropped others";
        }
        return new BadBlockText(merge(records), unknown);
    }

    /** First sector and count; null if the line is no record. */
    private static long[] record(final String line) {
        final int blank = line.indexOf(' ');
        if (!isNumber(line, 0, blank) || !isNumber(line, blank + 1, line.length())) {
            return null;
        }
        final long sector = Long.parseLong(line, 0, blank, 10);
        final long count = Long.parseLong(line, blank + 1, line.length(), 10);
        return count > 0 && sector <= LAST_SECTOR && count <= LAST_SECTOR - sector
            ? new long[] {sector, count} : null;
    }

    private static boolean isNumber(final String line, final int from, final int to) {
        for (int i = from; i < to; i++) {
            if (line.charAt(i) < '0' || line.charAt(i) > '9') {
                return false;
            }
        }
        return to > from && to - from <= MAX_DIGITS;
    }

    /** Kernels before the list was rewritten in 2023 could leave records out of order. */
    private static List<ByteRange> merge(final List<long[]> records) {
        records.sort((a, b) -> Long.compare(a[0], b[0]));
        final List<ByteRange> ranges = new ArrayList<>();
        for (final long[] record : records) {
            ByteRange.append(
                ranges, record[0] * BlockDevice.SECTOR_LENGTH, record[1] * BlockDevice.SECTOR_LENGTH);
        }
        return List.copyOf(ranges);
    }
}
