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
package io.cordon.fault;

import io.cordon.linux.Libc;
import io.cordon.linux.MemoryMapping;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** The pages of one segment, as long as it may be accessed. */
final class WatchedSegment implements MappingWatch.Watching {
    private final MemorySegment segment;
    private final FaultDelivery delivery;

    WatchedSegment(final MemorySegment segment, final FaultDelivery delivery) {
        this.segment = segment;
        this.delivery = delivery;
    }

    /** Whether it has all bytes of another one. */
    boolean contains(final long start, final long end) {
        return start >= segment.address() && end <= segment.address() + segment.byteSize();
    }

    private long start() {
        return segment.address() & -Libc.pageSize();
    }

    private long end() {
        return segment.address() + segment.byteSize() + Libc.pageSize() - 1 & -Libc.pageSize();
    }

    @Override
    public MappingWatch.Wish learn(final List<MemoryMapping> listing) {
        // Asked after the listing was made: what it shows at these addresses is the segment's then.
        final boolean alive = segment.scope().isAlive();
        return (mapping, _) -> alive && mapping.overlaps(start(), end()) && ForeignMapping.path(mapping.path()) != null
            ? new long[] {Math.max(start(), mapping.start()), Math.min(end(), mapping.end())} : null;
    }

    @Override
    public boolean covers(final long start, final long end) {
        return start >= start() && end <= end();
    }

    @Override
    public void report(final MappingFault fault) {
        if (fault.address() < end() && fault.address() + fault.length() > start()) {
            delivery.add(fault);
        }
    }
}
