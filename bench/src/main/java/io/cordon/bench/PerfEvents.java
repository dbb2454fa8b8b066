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

import one.profiler.AsyncProfiler;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Whether the kernel lets this process count perf events; containers and {@code kernel.perf_event_paranoid} may forbid
 * it. Asked in a JVM of its own: async-profiler serves the class that loads it first, and that must be JMH's.
 */
final class PerfEvents {
    private static final String PERMITTED = "permitted";

    private PerfEvents() {
    }

    static boolean isPermitted(final Path library) throws IOException {
        final Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            Peers.NATIVE_ACCESS, "-cp", System.getProperty("java.class.path"), PerfEvents.class.getName(),
            library.toString()).redirectErrorStream(true).start();
        final String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        System.out.println("perf events: " + answer);
        return answer.equals(PERMITTED);
    }

    /**
     * Tries it, and prints whether it went or what async-profiler says.
     *
     * @param args the library.
     */
    public static void main(final String[] args) throws IOException {
        try {
            final AsyncProfiler profiler = AsyncProfiler.getInstance(args[0]);
            // Of the kernel's clock, not of the processor's counters, which few virtual machines have.
            profiler.execute("start,event=cpu-clock");
            profiler.stop();
            System.out.println(PERMITTED);
        } catch (final IllegalArgumentException | IllegalStateException refused) {
            System.out.println(refused.getMessage());
        }
    }
}
