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
package io.cordon.bench;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

import java.util.Map;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

@DisplayName("The design's table of numbers: 0 bytes allocated on the heap by any fast-path call")
class AllocationTest {
    private static final String CONTROL = "controlAllocates";
    private static final double NO_BYTES = 1;
    private static final double SMALLEST_OBJECT = 16;
    /** What is asked again: how long one iteration takes, in milliseconds; the compilers need their time. */
    private static final int[] PATIENCE = {10, 200, 2000};

    /** Bytes a call by the benchmark's name: the least of all iterations, since only the compiled code counts. */
    private static Map<String, Double> bytes(final String methods, final int milliseconds) throws RunnerException {
        // Another JMH may be running on this machine.
        System.setProperty("jmh.ignoreLock", "true");
        final TimeValue time = TimeValue.milliseconds(milliseconds);
        final var options = new OptionsBuilder()
            .include("^" + AllocationBenchmark.class.getName() + "\\.(" + methods + ")$")
            .addProfiler(GCProfiler.class)
            .forks(0).warmupIterations(2).warmupTime(time).measurementIterations(2).measurementTime(time)
            .shouldFailOnError(true).verbosity(VerboseMode.SILENT).build();
        final Map<String, Double> bytes = new TreeMap<>();
        for (final RunResult result : new Runner(options).run()) {
            final String name = result.getParams().getBenchmark();
            bytes.put(name.substring(name.lastIndexOf('.') + 1),
                result.getSecondaryResults().get("gc.alloc.rate.norm").getStatistics().getMin());
        }
        return bytes;
    }

    @Test
    void shouldNotAllocateInAnyCallOfTheFastPath() throws RunnerException {
        Map<String, Double> allocating = bytes(".*", PATIENCE[0]);
        final double control = allocating.remove(CONTROL);
        assertTrue(control >= SMALLEST_OBJECT, "the control allocates an array, and showed " + control + " bytes");
        assertEquals(CALLS, allocating.size(), "calls of the fast path: " + allocating.keySet());
        for (int i = 0; i < PATIENCE.length; i++) {
            if (i > 0 && !allocating.isEmpty()) {
                allocating = bytes(String.join("|", allocating.keySet()), PATIENCE[i]);
            }
            allocating.values().removeIf(bytes -> bytes < NO_BYTES);
        }
        assertTrue(allocating.isEmpty(), "bytes a call, after all compilers had seconds: " + allocating);
    }

    /** All of them; a run that met fewer proves nothing. */
    private static final int CALLS = 44;
}
