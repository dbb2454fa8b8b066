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

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The addresses that regions have reserved. No guard of foreign mappings may ever get there: the handler would take a
 * region's fault for one that nobody checks.
 *
 * <p>A listing of what is mapped is old as soon as it has been read. So both sides come here, in either order: a
 * foreign mapping is not guarded where a region is, and is given up where a region comes. A region maps its file
 * afterwards.
 */
final class OwnAddresses {
    /** Start to end. */
    private static final TreeMap<Long, Long> RESERVED = new TreeMap<>();
    private static final Set<ForeignMapping> FOREIGN = new HashSet<>();

    private OwnAddresses() {
    }

    static synchronized void reserve(final long start, final long length) {
        RESERVED.put(start, start + length);
        FOREIGN.removeIf(mapping -> {
            // It must have been unmapped, or the kernel would not have given these addresses away.
            final boolean gone = mapping.start() < start + length && start < mapping.end();
            if (gone) {
                mapping.withdraw();
            }
            return gone;
        });
    }

    static synchronized void release(final long start) {
        RESERVED.remove(start);
    }

    /** Whether a region has any byte of a range. */
    static synchronized boolean overlaps(final long start, final long end) {
        final Map.Entry<Long, Long> last = RESERVED.lowerEntry(end);
        return last != null && last.getValue() > start;
    }

    /** Has a foreign mapping guarded, unless a region is there. */
    static synchronized boolean guard(final ForeignMapping mapping) {
        if (overlaps(mapping.start(), mapping.end())) {
            return false;
        }
        mapping.publish();
        FOREIGN.add(mapping);
        return true;
    }

    /** Ends the guard of a foreign mapping. */
    static synchronized void unguard(final ForeignMapping mapping) {
        FOREIGN.remove(mapping);
        mapping.withdraw();
    }
}
