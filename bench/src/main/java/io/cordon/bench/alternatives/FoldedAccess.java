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

import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Folds the hazard word into the offset, so that the check of the bounds fails when the word is not 0: no branch of its
 * own. The word is part of the address then, so each load waits for it; and it is read before the load alone, which is
 * not exact.
 */
public record FoldedAccess(Region region, long address, long size) {
    /**
     * Over a region's own memory, hazard word and line bits.
     *
     * @param region stays open as long as this is used.
     */
    public FoldedAccess(final Region region) {
        this(region, region.address(), region.size());
    }

    /**
     * Loads 8 bytes.
     *
     * @param offset first byte.
     * @return the value.
     */
    public long getLong(final long offset) {
        final long index = offset | -hazard();
        try {
            Objects.checkIndex(index, size - (Long.BYTES - 1));
        } catch (IndexOutOfBoundsException _) {
            return region.getLong(offset);
        }
        return Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address + index);
    }

    private long hazard() {
        return Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address + LineMap.HAZARD_OFFSET);
    }
}
