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
import org.openjdk.jmh.annotations.CompilerControl;

/**
 * The region's own load in a method of its own that is called and never inlined: small code at each use, one place to
 * change, and a call and a return for each load. JMH reads its hint from classes alone, so this is no record.
 */
public final class OutlinedAccess {
    private final Region region;

    /**
     * Over a region.
     *
     * @param region stays open as long as this is used.
     */
    public OutlinedAccess(final Region region) {
        this.region = region;
    }

    /**
     * Loads 8 bytes.
     *
     * @param offset first byte.
     * @return the value.
     */
    @CompilerControl(CompilerControl.Mode.DONT_INLINE)
    public long getLong(final long offset) {
        return region.getLong(offset);
    }
}
