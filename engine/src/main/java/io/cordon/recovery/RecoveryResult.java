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
package io.cordon.recovery;

import io.cordon.poison.ByteRange;

import java.util.List;

/**
 * What a recovery did. The lists are ascending, merged and unmodifiable.
 *
 * @param written    the bytes that were written: the range of the call.
 * @param kept       bytes outside the range, in lines that it touches, whose content is as before.
 * @param zeroFilled bytes outside the range, in lines that it touches, whose content was gone and is zero now.
 * @param stillLost  lines that the range touches and that loads are refused for still.
 */
public record RecoveryResult(
    List<ByteRange> written, List<ByteRange> kept, List<ByteRange> zeroFilled, List<ByteRange> stillLost) {
    /**
     * Copies the lists.
     *
     * @throws NullPointerException if one is null.
     */
    public RecoveryResult {
        written = List.copyOf(written);
        kept = List.copyOf(kept);
        zeroFilled = List.copyOf(zeroFilled);
        stillLost = List.copyOf(stillLost);
    }
}
