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

import io.cordon.Region;
import io.cordon.scrub.ScrubOptions;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What do random loads pay for a patrol beside them? Compare p99.99 of the samples with and without it.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@State(Scope.Benchmark)
public class ScrubBenchmark {
    private static final long SIZE = 1 << 28;

    /** none; a patrol with the default rate and share; one that has half of the time, at any rate. */
    @Param({"none", "default", "half"})
    private String patrol;
    private Region region;
    private long random = 0x2545_F491_4F6C_DD1DL;

    @Setup
    public void open() throws IOException {
        region = Region.builder(Mappings.folder().resolve("region")).size(SIZE).open();
        region.fill(0, SIZE, (byte) 1);
        region.persist();
        switch (patrol) {
            case "none" -> {
                // The control.
            }
            case "default" -> region.scrubber().start(ScrubOptions.DEFAULT.withInterval(Duration.ZERO));
            case "half" -> region.scrubber().start(ScrubOptions.FULL_SPEED.withShare(0.5));
            default -> throw new IllegalArgumentException("patrol " + patrol);
        }
    }

    @TearDown
    public void close() {
        region.close();
    }

    @Benchmark
    public long load() {
        random = Mappings.next(random);
        return region.getLong(random & SIZE - Long.BYTES);
    }
}
