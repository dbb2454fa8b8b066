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

import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one region lets the outside see of itself besides media events: counters and errors. Thread-safe; never waits.
 */
public final class Telemetry implements Counters {
    private final LongAdder[] counters = new LongAdder[Counter.values().length];
    private final ErrorReports errors = new ErrorReports(count -> add(Counter.DROPPED_ERRORS, count));

    private final String region;

    /**
     * All counters are 0, and nobody takes errors.
     *
     * @param region the path of the region's file.
     */
    public Telemetry(final String region) {
        this.region = region;
        Arrays.setAll(counters, _ -> new LongAdder());
    }

    /**
     * Counts.
     *
     * @param counter which.
     * @param count   how much; negative for what has gone.
     */
    public void add(final Counter counter, final long count) {
        counters[counter.ordinal()].add(count);
    }

    @Override
    public long get(final Counter counter) {
        return counters[counter.ordinal()].sum();
    }

    /**
     * Reports an error to whoever takes them.
     *
     * @param error what went wrong.
     */
    public void report(final Throwable error) {
        errors.report(error);
    }

    @Override
    public ErrorReports errors() {
        return errors;
    }

    @Override
    public String region() {
        return region;
    }
}
