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
 * A part of an event's ranges that somebody owns.
 *
 * @param owner       as it was given to {@code Region.own}.
 * @param range       in the region's offsets.
 * @param ownerOffset where that range starts in the owner's own offsets.
 */
public record OwnedRange(Object owner, ByteRange range, long ownerOffset) {
    /**
     * The same bytes in the owner's own offsets.
     *
     * @return the range, as long as {@link #range()}.
     */
    public ByteRange ownerRange() {
        return new ByteRange(ownerOffset, range.length());
    }
}
