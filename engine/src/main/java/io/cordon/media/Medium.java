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

import io.cordon.fault.GuardedRange;
import io.cordon.poison.LineMap;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The medium under one open region: the slow path's only way to the device. Pages are of 4096 bytes, counted from the
 * start of the file; segments are native memory. Thread-safe.
 */
public interface Medium extends AutoCloseable {
    /**
     * Maps the file at an address, in place of what is there.
     *
     * @param address multiple of the kernel's page size.
     * @param length  in bytes.
     * @throws IOException if the kernel refuses.
     */
    void map(long address, long length) throws IOException;

    /**
     * Tells the medium where the file is mapped and what is known of its lines.
     *
     * @param lines the map below the mapping.
     * @throws IOException if the medium cannot prepare the mapping.
     */
    void attach(LineMap lines) throws IOException;

    /**
     * Maps a quarantined unit of the file back and publishes which lines stay refused, unless the medium has come to
     * know of more poison in it.
     *
     * @param range   the guarded mapping.
     * @param unit    index of the unit's first page.
     * @param refused for each page of the unit the lines that stay refused.
     * @return false if the unit must be looked at again: it is not quarantined any more, or has gone bad again.
     * @throws IOException if the kernel refuses the mapping; the unit stays quarantined.
     */
    boolean mapBack(GuardedRange range, long unit, long[] refused) throws IOException;

    /**
     * Maps a part of the file again, in place of what is there; what the medium knows of it holds there as before.
     *
     * @param address of the part; multiple of the kernel's page size.
     * @param offset  of the part in the file, in bytes.
     * @param length  in bytes.
     * @throws IOException if the kernel refuses.
     */
    default void remap(final long address, final long offset, final long length) throws IOException {
        throw new IOException("this medium cannot come back");
    }

    /**
     * Whether the whole device is gone, so that no byte of it can be read. It is really asked.
     *
     * @return false if that is not certain.
     */
    default boolean isOffline() {
        return false;
    }

    /**
     * The lines of a page that cannot be read. The page is really read for it, past the mapping.
     *
     * @param page index of the page.
     * @return bit i for line i; whole reading units are bad together.
     * @throws IOException if that cannot be found out.
     */
    long badLines(long page) throws IOException;

    /**
     * The pages in which the medium knows of poison, without reading them.
     *
     * @return indices in ascending order.
     * @throws IOException if that is unknown.
     */
    long[] knownBadPages() throws IOException;

    /**
     * Reads past the mapping.
     *
     * @param offset in the file, in bytes.
     * @param buffer to fill.
     * @throws IOException if a line cannot be read, or the file ends before.
     */
    void read(long offset, MemorySegment buffer) throws IOException;

    /**
     * Writes past the mapping; it does not clear poison.
     *
     * @param offset in the file, in bytes.
     * @param buffer the content.
     * @throws IOException if the medium refuses.
     */
    void write(long offset, MemorySegment buffer) throws IOException;

    /**
     * Writes a whole page and clears its poison. Success proves nothing: look at {@link #badLines} afterwards.
     *
     * @param page    index of the page.
     * @param content 4096 bytes.
     * @throws IOException if the medium refuses.
     */
    void recoveryWrite(long page, MemorySegment content) throws IOException;

    /**
     * Makes stores to a part of the mapping durable.
     *
     * @param address multiple of the kernel's page size.
     * @param length  in bytes.
     * @throws IOException if the medium fails.
     */
    void persist(long address, long length) throws IOException;

    /**
     * Makes what was written durable.
     *
     * @throws IOException if the medium fails.
     */
    void sync() throws IOException;

    /** Closes the file. */
    @Override
    void close();
}
