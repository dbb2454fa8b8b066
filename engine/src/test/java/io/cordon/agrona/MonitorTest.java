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
package io.cordon.agrona;

import io.cordon.Region;
import io.cordon.event.Counter;
import io.cordon.linux.Libc;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.agrona.concurrent.status.CountersReader;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MonitorTest {
    private static final long PAGE = Libc.pageSize();
    private static final long SIZE = 16 * PAGE;
    private static final int COUNTERS = 64;
    private static final int ERRORS_LENGTH = 1 << 16;

    @TempDir
    private Path folder;
    private final SimulatedMedia media = Media.simulated();

    private Region open(final String name) throws IOException {
        return Region.builder(folder.resolve(name)).size(SIZE).media(media).open();
    }

    /** Runs another virtual machine on a monitor file. */
    private List<String> read(final Path file) throws Exception {
        final Path output = folder.resolve("output");
        final Process child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "-XX:TieredStopAtLevel=1", "-Xmx64m", "-cp",
            System.getProperty("java.class.path"), MonitorReaderChild.class.getName(), file.toString())
            .redirectErrorStream(true).redirectOutput(output.toFile()).start();
        assertTrue(child.waitFor(300, TimeUnit.SECONDS), "the reader hangs");
        assertEquals(0, child.exitValue(), () -> "see " + output);
        return Files.readAllLines(output);
    }

    private static String line(final Region region, final Counter counter, final long value) {
        return "counter " + (MonitorAgent.TYPE_ID + counter.ordinal()) + " " + value + " cordon " + counter.label()
            + ": " + region.counters().region();
    }

    @Test
    @DisplayName("Another process reads the counters and the distinct errors from a mapped file")
    void shouldShowCountersAndErrorsToAnotherProcess() throws Exception {
        final Path file = folder.resolve("monitor");
        try (MonitorFile monitor = MonitorFile.create(file, COUNTERS, ERRORS_LENGTH); Region region = open("region")) {
            final MonitorAgent agent = new MonitorAgent(monitor.counters(), monitor.errorLog()::record);
            agent.add(region);
            final AgentInvoker invoker = new AgentInvoker(error -> {
                throw new AssertionError(error);
            }, null, agent);
            invoker.start();
            media.inject(PAGE, 192);
            assertThrows(PoisonException.class, () -> region.getLong(PAGE));
            region.poison().ranges();
            media.failPersist(true);
            for (int i = 0; i < 3; i++) {
                final long at = i * 64;
                assertThrows(IOException.class, () -> region.persist(3 * PAGE + at, 64));
            }
            media.failPersist(false);
            assertTrue(invoker.invoke() > 0);
            assertEquals(0, invoker.invoke(), "nothing has changed");
            final List<String> seen = read(file);
            assertTrue(seen.contains("process " + ProcessHandle.current().pid()), seen::toString);
            assertTrue(seen.contains(line(region, Counter.FAULTS, 1)), seen::toString);
            assertTrue(seen.contains(line(region, Counter.LOST_LINES, 6)), seen::toString);
            assertTrue(seen.contains(line(region, Counter.PERSIST_ERRORS, 3)), seen::toString);
            assertTrue(seen.contains(line(region, Counter.SCRUBBED_BYTES, 0)), seen::toString);
            assertEquals(Counter.values().length, seen.stream().filter(line -> line.startsWith("counter ")).count());
            final List<String> errors = seen.stream().filter(line -> line.startsWith("error ")).toList();
            assertEquals(1, errors.size(), () -> "they differ in their offset alone: " + errors);
            assertTrue(errors.getFirst().startsWith("error 3 java.io.IOException"), errors::toString);
            invoker.close();
            assertEquals(List.of("process " + ProcessHandle.current().pid(), errors.getFirst()), read(file),
                "the counters are freed, the errors stay");
        }
    }

    @Test
    void shouldFollowSeveralRegionsOnARunner() throws Exception {
        final Path file = folder.resolve("monitor");
        // A path that is longer than a counter's label.
        final Path deep = Files.createDirectories(folder.resolve("d".repeat(200)).resolve("e".repeat(200)));
        try (MonitorFile monitor = MonitorFile.create(file, COUNTERS, ERRORS_LENGTH);
            MonitorFile.Reader reader = MonitorFile.Reader.open(file);
            Region first = open("first");
            Region second = Region.builder(deep.resolve("second")).size(SIZE).media(Media.simulated()).open()) {
            final MonitorAgent agent = new MonitorAgent(monitor.counters(), monitor.errorLog()::record);
            try (AgentRunner runner = new AgentRunner(new SleepingMillisIdleStrategy(1), _ -> { }, null, agent)) {
                AgentRunner.startOnThread(runner);
                agent.add(first);
                agent.add(second);
                assertThrows(IllegalStateException.class, () -> agent.add(first));
                assertEquals(2, values(reader.counters(), Counter.FAULTS).size());
                media.injectKnown(PAGE, 64);
                while (!values(reader.counters(), Counter.FAULTS).equals(List.of(1L, 0L))) {
                    Thread.sleep(1);
                }
                agent.remove(first);
                assertEquals(List.of(0L), values(reader.counters(), Counter.FAULTS));
            }
            assertEquals(List.of(), values(reader.counters(), Counter.FAULTS));
        }
    }

    private static List<Long> values(final CountersReader counters, final Counter counter) {
        final List<Long> values = new ArrayList<>();
        counters.forEach((id, type, _, _) -> {
            if (type == MonitorAgent.TYPE_ID + counter.ordinal()) {
                values.add(counters.getCounterValue(id));
            }
        });
        return values;
    }

    @Test
    void shouldRefuseMoreRegionsThanItHasRoomFor() throws Exception {
        final Path file = folder.resolve("monitor");
        try (MonitorFile monitor = MonitorFile.create(file, 2 * Counter.values().length - 1, ERRORS_LENGTH);
            Region first = open("first");
            Region second = Region.builder(folder.resolve("second")).size(SIZE).open()) {
            final MonitorAgent agent = new MonitorAgent(monitor.counters(), monitor.errorLog()::record);
            agent.add(first);
            assertThrows(IllegalStateException.class, () -> agent.add(second));
            agent.remove(first);
            agent.add(second);
            agent.onClose();
        }
    }

    @Test
    void shouldRefuseWhatIsNoMonitorFile() throws Exception {
        final Path file = folder.resolve("monitor");
        assertThrows(IllegalArgumentException.class, () -> MonitorFile.create(file, 0, ERRORS_LENGTH));
        assertThrows(IllegalArgumentException.class, () -> MonitorFile.create(file, 1, 4095));
        assertThrows(IllegalArgumentException.class, () -> MonitorFile.create(file, 1, 5000));
        assertTrue(Files.notExists(file));
        Files.write(file, new byte[100]);
        assertTrue(assertThrows(IOException.class, () -> MonitorFile.Reader.open(file)).getMessage()
            .startsWith(file.toString()));
        Files.write(file, new byte[8192]);
        assertThrows(IOException.class, () -> MonitorFile.Reader.open(file));
    }
}
