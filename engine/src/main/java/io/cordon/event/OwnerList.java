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

import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import java.util.function.Supplier;

/** The owners of an event, looked up when somebody asks: a device that goes may concern millions. Thread-safe. */
final class OwnerList extends AbstractList<OwnedRange> implements RandomAccess {
    private Supplier<List<OwnedRange>> source;
    private List<OwnedRange> found;

    /** Takes what looks them up, in a state of the map that does not change any more. */
    OwnerList(final Supplier<List<OwnedRange>> source) {
        this.source = source;
    }

    private synchronized List<OwnedRange> found() {
        if (found == null) {
            found = source.get();
            source = null;
        }
        return found;
    }

    @Override
    public OwnedRange get(final int index) {
        return found().get(index);
    }

    @Override
    public int size() {
        return found().size();
    }
}
