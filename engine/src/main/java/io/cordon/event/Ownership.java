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
package io.cordon.event;

import io.cordon.poison.ByteRange;

/**
 * That somebody owns a range of a region, until it is closed. Thread-safe.
 */
public final class Ownership implements AutoCloseable {
    private final OwnerMap map;
    private final long id;
    private final Object owner;
    private final ByteRange range;
    private final long ownerOffset;

    Ownership(final OwnerMap map, final long id, final Object owner, final ByteRange range, final long ownerOffset) {
        this.map = map;
        this.id = id;
        this.owner = owner;
        this.range = range;
        this.ownerOffset = ownerOffset;
    }

    /**
     * Who owns the range.
     *
     * @return as it was given.
     */
    public Object owner() {
        return owner;
    }

    /**
     * What is owned.
     *
     * @return in the region's offsets.
     */
    public ByteRange range() {
        return range;
    }

    /**
     * Where the range starts in the owner's own offsets.
     *
     * @return in bytes.
     */
    public long ownerOffset() {
        return ownerOffset;
    }

    /** Tells its age among those that start at the same byte. */
    long id() {
        return id;
    }

    /** Whether it comes before another in the map's order. */
    boolean isBefore(final long otherOffset, final long otherId) {
        return range.offset() != otherOffset ? range.offset() < otherOffset : id < otherId;
    }

    /** Ends the ownership: events that are delivered from now on do not name it. A second call does nothing. */
    @Override
    public void close() {
        map.remove(this);
    }

    /**
     * The ownership as text.
     *
     * @return owner, range and the owner's offset.
     */
    @Override
    public String toString() {
        return owner + " owns " + range + " from its offset " + ownerOffset;
    }
}
