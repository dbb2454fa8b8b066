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

/**
 * What else is known of one turn of a phase.
 *
 * @param phase       its {@link Phase#word()}.
 * @param round       from 0.
 * @param seconds     in which loads counted.
 * @param deeds       how often happened what the phase is named after, settling included.
 * @param unit        what one of them is.
 * @param loads       that counted.
 * @param behind      loads that were due before the one before them was done.
 * @param preemptions how often the kernel took the processor from the loading thread (nonvoluntary_ctxt_switches).
 * @param stolen      milliseconds that the hypervisor kept a processor from the machine, of all processors, in steps of
 *                    10.
 * @param collections of garbage.
 * @param allocated   bytes on the heap, by all threads; those of the recorder itself are what the idle phase has.
 * @param faults      page faults of the loading thread.
 */
public record Slice(String phase, int round, double seconds, long deeds, String unit, long loads, long behind,
    long preemptions, long stolen, long collections, long allocated, long faults) {
}
