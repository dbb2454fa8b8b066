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
package io.cordon.bench.alternatives;

import io.cordon.Region;
import io.cordon.linux.Memory;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/**
 * Tests the bit of the load's line at each load. That needs no hazard word, but memory of its own for each page, which
 * competes with the data for the cache. Looked at after the load alone it is not exact either: a page may have been
 * recovered in between.
 */
public record BitmapAccess(Region region, long address, long size) {
    /**
     * Over a region's own memory, hazard word and line bits.
     *
     * @param region stays open as long as this is used.
     */
    public BitmapAccess(final Region region) {
        this(region, region.address(), region.size());
    }

    /**
     * Loads 8 bytes.
     *
     * @param offset first byte.
     * @return the value.
     */
    public long getLong(final long offset) {
        Objects.checkIndex(offset, size - (Long.BYTES - 1));
        final long value = Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address + offset);
        VarHandle.loadLoadFence();
        final long last = offset + Long.BYTES - 1;
        if (((word(offset) >>> (offset >>> Lines.SHIFT) | word(last) >>> (last >>> Lines.SHIFT)) & 1) == 0) {
            return value;
        }
        return region.getLong(offset);
    }

    private long word(final long offset) {
        return Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED,
            address + LineMap.WORDS_END_OFFSET - Long.BYTES - (offset >>> Lines.PAGE_SHIFT << 3));
    }
}
