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

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A raw segment, and the error that HotSpot makes of a SIGBUS caught. It costs nothing, and does not work: in compiled
 * code the load is skipped, a value that nobody stored is used, and the error arrives later, outside of this method.
 */
public record CaughtAccess(MemorySegment segment) {
    /**
     * Loads 8 bytes.
     *
     * @param offset first byte.
     * @return the value.
     */
    public long getLong(final long offset) {
        try {
            return segment.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
        } catch (final InternalError error) {
            throw new UncheckedIOException(new IOException("offset " + offset + " cannot be read", error));
        }
    }
}
