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
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

import java.util.Set;
import java.util.TreeSet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

@DisplayName("Benchmarks run, each in a fork of its own, and say plainly when they cannot")
class BenchmarksTest {
    private static final String PACKAGE = "io.cordon.bench.";
    private static final String PMEM = "PersistBenchmark.pmemPersist";

    private static Set<String> run(final String benchmarks, final String... parameters) throws RunnerException {
        // Another JMH may be running on this machine.
        System.setProperty("jmh.ignoreLock", "true");
        final var options = new OptionsBuilder()
            .include("^" + PACKAGE.replace(".", "\\.") + "(" + benchmarks + ")$")
            .forks(1).warmupIterations(0).measurementIterations(1).measurementTime(TimeValue.milliseconds(20))
            .jvmArgsPrepend(Peers.ALLOW_UNSAFE).shouldFailOnError(true).verbosity(VerboseMode.SILENT);
        for (int i = 0; i < parameters.length; i += 2) {
            options.param(parameters[i], parameters[i + 1]);
        }
        final Set<String> ran = new TreeSet<>();
        for (final RunResult result : new Runner(options.build()).run()) {
            ran.add(result.getParams().getBenchmark().substring(PACKAGE.length()));
        }
        return ran;
    }

    @Test
    @DisplayName("The region and the peers that need options of the JVM: Agrona without checks, Chronicle")
    void shouldRunRegionAndPeers() throws RunnerException {
        assertEquals(Set.of("FastPathBenchmark.regionLoadStatic", "FastPathBenchmark.agronaUncheckedLoadStatic",
            "FastPathBenchmark.chronicleLoadStatic"),
            run("FastPathBenchmark\\.(region|agronaUnchecked|chronicle)LoadStatic", "poison", "clean"));
    }

    @Test
    @DisplayName("With libpmem its benchmark runs; without it fails, and says what to install")
    void shouldRunLibpmemOrSayThatItIsNotThere() throws RunnerException {
        if (Libpmem.isPresent()) {
            assertEquals(Set.of(PMEM), run(PMEM.replace(".", "\\."), "bytes", "64"));
        } else {
            final var thrown = assertThrows(IllegalStateException.class, Libpmem::load);
            assertTrue(thrown.getMessage().contains("libpmem1"), thrown.getMessage());
            assertThrows(RunnerException.class, () -> run(PMEM.replace(".", "\\."), "bytes", "64"));
        }
    }
}
