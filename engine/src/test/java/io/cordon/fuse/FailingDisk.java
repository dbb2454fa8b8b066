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
package io.cordon.fuse;

import io.cordon.linux.Errno;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;

/**
 * A disk whose sectors can't be read, or its pages not written, as told. A write of a whole page makes its sectors
 * readable again, if the disk does not just say so; a smaller one fails and changes nothing, as on a disk whose
 * physical sectors are that large. The content is in a file, where a test can see what has arrived.
 */
final class FailingDisk implements AutoCloseable {
    static final int SECTOR = 512;

    private final FileChannel content;
    private final int page;
    private final BitSet badSectors = new BitSet();
    private final BitSet refusedPages = new BitSet();
    private boolean pretending;
    private boolean losing;
    private boolean syncFailing;
    private boolean gone;
    private int errno = Errno.EIO;

    FailingDisk(final Path file, final int page) throws IOException {
        this.content = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        this.page = page;
    }

    /** Which sectors a range touches. */
    private static int last(final long offset, final long length, final int unit) {
        return (int) ((offset + length - 1) / unit) + 1;
    }

    synchronized long size() throws IOException {
        return content.size();
    }

    synchronized void setSize(final long size) throws IOException {
        content.truncate(size);
        if (content.size() < size) {
            content.write(ByteBuffer.allocate(1), size - 1);
        }
    }

    /** Fills a buffer; false if a sector can't be read. */
    synchronized boolean read(final long offset, final ByteBuffer buffer) throws IOException {
        if (gone || isBad(offset, buffer.remaining())) {
            return false;
        }
        long position = offset;
        while (buffer.hasRemaining()) {
            final int count = content.read(buffer, position);
            if (count < 0) {
                break;
            }
            position += count;
        }
        return true;
    }

    private boolean isBad(final long offset, final long length) {
        final int bad = badSectors.nextSetBit((int) (offset / SECTOR));
        return bad >= 0 && bad < last(offset, length, SECTOR);
    }

    /** Stores a buffer; false, and nothing has changed, if a page refuses. */
    synchronized boolean write(final long offset, final ByteBuffer buffer) throws IOException {
        if (gone) {
            return false;
        }
        final long end = offset + buffer.remaining();
        for (long at = offset / page * page; at < end; at += page) {
            final boolean whole = at >= offset && at + page <= end;
            if (refusedPages.get((int) (at / page)) || !whole && isBad(at, page)) {
                return false;
            }
        }
        long position = offset;
        while (buffer.hasRemaining() && !losing) {
            position += content.write(buffer, position);
        }
        if (!pretending) {
            badSectors.clear((int) (offset / SECTOR), last(offset, end - offset, SECTOR));
        }
        return true;
    }

    /** Whether the device was pulled out: nothing works, and the kernel would know. */
    synchronized void setGone(final boolean on) {
        gone = on;
    }

    /** What an operation that fails fails with. */
    synchronized int errno() {
        return errno;
    }

    synchronized void setErrno(final int number) {
        errno = number;
    }

    synchronized boolean sync() {
        return !syncFailing && !gone;
    }

    synchronized void poison(final long offset, final long length) {
        badSectors.set((int) (offset / SECTOR), last(offset, length, SECTOR));
    }

    /** Whether writes of the pages fail. */
    synchronized void refuse(final long offset, final long length, final boolean refused) {
        refusedPages.set((int) (offset / page), last(offset, length, page), refused);
    }

    /** Whether a write of a whole page succeeds and cures nothing. */
    synchronized void pretend(final boolean on) {
        pretending = on;
    }

    /** Whether a write succeeds, makes sectors readable, and stores nothing. */
    synchronized void lose(final boolean on) {
        losing = on;
    }

    synchronized void failSync(final boolean on) {
        syncFailing = on;
    }

    synchronized void heal() {
        badSectors.clear();
        refusedPages.clear();
        pretending = false;
        losing = false;
        syncFailing = false;
        gone = false;
        errno = Errno.EIO;
    }

    /** The sectors that can't be read, as a BitSet prints itself. */
    synchronized String bad() {
        return badSectors.toString();
    }

    @Override
    public void close() throws IOException {
        content.close();
    }
}
