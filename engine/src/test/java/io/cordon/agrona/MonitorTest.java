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
import io.cordon.recovery.RepairSource;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.agrona.concurrent.status.CountersManager;
import org.agrona.concurrent.status.CountersReader;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
            media.injectKnown(5 * PAGE, 64);
            assertTrue(invoker.invoke() > 0, "counters alone have changed");
            assertEquals(0, invoker.invoke());
            final List<String> seen = read(file);
            assertTrue(seen.contains("process " + ProcessHandle.current().pid()), seen::toString);
            assertTrue(seen.contains(line(region, Counter.FAULTS, 2)), seen::toString);
            assertTrue(seen.contains(line(region, Counter.LOST_LINES, 7)), seen::toString);
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
                assertEquals(List.of(end(folder.resolve("first")), end(deep.resolve("second"))),
                    keys(reader.counters(), Counter.FAULTS));
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

    /** The keys of a counter, of each region, without the zero bytes after them. */
    private static List<String> keys(final CountersReader counters, final Counter counter) {
        final List<String> keys = new ArrayList<>();
        counters.forEach((_, type, key, _) -> {
            if (type == MonitorAgent.TYPE_ID + counter.ordinal()) {
                final byte[] bytes = new byte[CountersManager.MAX_KEY_LENGTH];
                key.getBytes(0, bytes);
                keys.add(new String(bytes, StandardCharsets.UTF_8).replace("\0", ""));
            }
        });
        return keys;
    }

    private static String end(final Path path) {
        final String text = path.toString();
        return text.substring(Math.max(0, text.length() - CountersManager.MAX_KEY_LENGTH));
    }

    @Test
    @DisplayName("Nothing is left behind: neither by a region that is removed, nor by the agent's end")
    void shouldHandOverWhatIsLeft() throws Exception {
        final Path file = folder.resolve("monitor");
        final List<Throwable> errors = new ArrayList<>();
        final RepairSource source = (offset, _) -> {
            if (offset < 2 * PAGE) {
                throw new IOException("one place");
            }
            throw new IOException("another place");
        };
        final Region.Builder builder =
            Region.builder(folder.resolve("region")).size(SIZE).media(media).repairFrom(source);
        try (MonitorFile monitor = MonitorFile.create(file, COUNTERS, ERRORS_LENGTH); Region region = builder.open()) {
            media.inject(0, 64);
            assertThrows(PoisonException.class, () -> region.getLong(0));
            final MonitorAgent agent = new MonitorAgent(monitor.counters(), errors::add);
            agent.add(region);
            assertEquals(List.of(1L), values(monitor.counters(), Counter.FAULTS), "before anybody did any work");
            assertEquals(List.of(), errors, "from when it is watched on");
            media.inject(PAGE, 64);
            assertThrows(PoisonException.class, () -> region.getLong(PAGE));
            agent.remove(region);
            assertEquals(List.of("one place"), errors.stream().map(Throwable::getMessage).toList());
            agent.add(region);
            media.inject(2 * PAGE, 64);
            assertThrows(PoisonException.class, () -> region.getLong(2 * PAGE));
            agent.onClose();
            assertEquals(List.of("one place", "another place"), errors.stream().map(Throwable::getMessage).toList(),
                "one class, two places: they differ in more than their messages");
            assertEquals(List.of(), values(monitor.counters(), Counter.FAULTS));
        }
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
            final List<Integer> ids = new ArrayList<>();
            monitor.counters().forEach((id, _) -> ids.add(id));
            assertEquals(Counter.values().length, ids.size(), "those of the second are freed");
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
        MonitorFile.create(file, COUNTERS, ERRORS_LENGTH).close();
        MonitorFile.Reader.open(file).close();
        final byte[] other = Files.readAllBytes(file);
        other[7]++;
        Files.write(file, other);
        assertThrows(IOException.class, () -> MonitorFile.Reader.open(file), "the version after this one");
    }
}
