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
import java.lang.invoke.VarHandle;
import java.util.Objects;

/**
 * Reads the hazard word before and after each load, and compares: exact in any state of the region, but the first of
 * the readings tells nothing while nothing has failed.
 */
public record TwoReadingsAccess(Region region, long address, long size) {
    /**
     * Over a region's own memory, hazard word and line bits.
     *
     * @param region stays open as long as this is used.
     */
    public TwoReadingsAccess(final Region region) {
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
        final long before = hazard();
        if ((before & (LineMap.POISON | LineMap.CLOSED)) == 0) {
            VarHandle.loadLoadFence();
            final long value = Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address + offset);
            VarHandle.loadLoadFence();
            if (hazard() == before) {
                return value;
            }
        }
        return region.getLong(offset);
    }

    private long hazard() {
        return Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address + LineMap.HAZARD_OFFSET);
    }
}
