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
package io.cordon.bench.tails;

import java.time.Duration;
import java.util.List;

/**
 * How latencies are recorded.
 *
 * @param phases          that take turns.
 * @param size            of each region, in bytes; a power of two. Loads go to the lower half.
 * @param interval        between two loads of a region.
 * @param controlInterval between two loads of the control thread, which sleeps in between.
 * @param slice           how long a phase lasts before it is the next one's turn.
 * @param settle          before a slice, when what it is about goes on already and loads do not count.
 * @param rounds          how often each phase has its turn.
 * @param pinned          whether the loads have a processor of their own, if there are two.
 */
public record Plan(
    List<Phase> phases, long size, Duration interval, Duration controlInterval, Duration slice, Duration settle,
    int rounds, boolean pinned) {
    private static final int SIZE = 1 << 26;
    /** What the phase before has left to the disk is done by then, as a rule. */
    private static final int SETTLE_DIVISOR = 4;

    /** What is asked of the recorder for a number of rounds of slices of a length. */
    public static Plan of(
        final List<Phase> phases, final Duration slice, final int rounds, final boolean pinned) {
        return new Plan(phases, SIZE, Duration.ofNanos(20_000), Duration.ofMillis(1), slice,
            slice.dividedBy(SETTLE_DIVISOR), rounds, pinned);
    }
}
