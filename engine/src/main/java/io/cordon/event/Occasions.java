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

import java.util.concurrent.atomic.AtomicLong;

/**
 * How often something happened that a person should read of, though not each time in a storm: at the first time, the
 * second, the fourth, and so on. Thread-safe.
 */
public final class Occasions {
    private final AtomicLong count = new AtomicLong();

    /** None yet. */
    public Occasions() {
        // Nothing has happened yet.
    }

    /**
     * It happened once more.
     *
     * @return whether this time is worth a line in the log.
     */
    public boolean isWorthALine() {
        return Long.bitCount(count.incrementAndGet()) == 1;
    }

    /**
     * The count as text.
     *
     * @return "time" and the number.
     */
    @Override
    public String toString() {
        return "time " + count;
    }
}
