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

import io.cordon.poison.ByteRange;

import java.util.List;

/**
 * What a patrol read met.
 *
 * @param bad    what the medium could not give; ascending, merged, in whole reading units.
 * @param unread what was not asked for, since memory holds something newer, which is going to overwrite it; ascending,
 *               merged, in whole pages.
 */
public record PatrolRead(List<ByteRange> bad, List<ByteRange> unread) {
    /** Copies the lists. */
    public PatrolRead {
        bad = List.copyOf(bad);
        unread = List.copyOf(unread);
    }
}
