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

import org.HdrHistogram.Histogram;

import java.util.List;
import java.util.Map;

/**
 * What a run found.
 *
 * @param latencies     of loads that returned a value, for each phase.
 * @param nanos         how long each phase took.
 * @param refusals      time from a load to its exception.
 * @param timer         what the clock alone costs.
 * @param struck        lines that were poisoned.
 * @param recovered     lines that were recovered.
 * @param foundByVerify those of them that no load had found before.
 * @param unrepaired    lines that are poisoned or lost at the end.
 * @param garbage       values that were returned and wrong.
 * @param wrong         exceptions that did not name exactly the poisoned lines that the access touched.
 * @param sourceSha256  of the source.
 * @param regionSha256  of the region at the end.
 * @param broken        what went against a promise, the first few of each kind; empty if the run passed.
 */
record Outcome(
    Map<Phase, Histogram> latencies, Map<Phase, Long> nanos, Histogram refusals, Histogram timer, int struck,
    int recovered, int foundByVerify, long unrepaired, long garbage, long wrong, String sourceSha256,
    String regionSha256, List<String> broken) {
    boolean isPassed() {
        return broken.isEmpty();
    }

    long loadCount() {
        return latencies.values().stream().mapToLong(Histogram::getTotalCount).sum();
    }

    long refusedCount() {
        return refusals.getTotalCount();
    }
}
