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
package io.cordon.bench.quickstart;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** What went against a promise of the library; nothing may. Thread-safe. */
final class Promises {
    private static final int EXAMPLE_LIMIT = 5;

    private final AtomicLong garbageValues = new AtomicLong();
    private final AtomicLong wrongExceptions = new AtomicLong();
    private final AtomicLong otherFailures = new AtomicLong();
    private final List<String> examples = new ArrayList<>();

    /** A load returned bytes that nobody stored there. */
    void garbage(final String what) {
        broken(garbageValues, what);
    }

    /** An exception named a healthy line, or none, or missed a poisoned one. */
    void wrongException(final String what) {
        broken(wrongExceptions, what);
    }

    /** Anything else. */
    void failure(final String what) {
        broken(otherFailures, what);
    }

    private void broken(final AtomicLong counter, final String what) {
        if (counter.getAndIncrement() < EXAMPLE_LIMIT) {
            synchronized (examples) {
                examples.add(what);
            }
        }
    }

    long garbageValues() {
        return garbageValues.get();
    }

    long wrongExceptions() {
        return wrongExceptions.get();
    }

    boolean areKept() {
        return garbageValues.get() + wrongExceptions.get() + otherFailures.get() == 0;
    }

    /** The first few of each kind. */
    List<String> examples() {
        synchronized (examples) {
            return List.copyOf(examples);
        }
    }
}
