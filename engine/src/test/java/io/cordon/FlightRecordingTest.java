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
package io.cordon;

import io.cordon.event.FlightRecording;
import io.cordon.linux.Libc;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

@DisplayName("Flight Recorder shows what happened, with the documented names and fields")
class FlightRecordingTest {
    private static final long PAGE = Libc.pageSize();
    private static final int PAGES = 16;
    private static final long SIZE = PAGES * PAGE;
    private static final List<String> STEPS = List.of("salvage", "repair", "journal", "write", "proof", "publish");

    @TempDir
    private Path folder;
    private Path path;
    private final SimulatedMedia media = Media.simulated();

    @BeforeEach
    void name() {
        path = folder.resolve("region");
    }

    /** What somebody does with a region. */
    private interface Story {
        void run(Region region) throws Exception;
    }

    private List<RecordedEvent> record(final Region.Builder builder, final Story story) throws Exception {
        final Path file = folder.resolve("recording.jfr");
        try (Recording recording = new Recording()) {
            recording.start();
            try (Region region = builder.size(SIZE).media(media).open()) {
                story.run(region);
            }
            recording.stop();
            recording.dump(file);
        }
        // The file keeps the events of each thread together.
        return RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().startsWith("io.cordon."))
            .sorted(Comparator.comparing(RecordedEvent::getStartTime)).toList();
    }

    private List<RecordedEvent> record(final Story story) throws Exception {
        return record(Region.builder(path), story);
    }

    private static List<RecordedEvent> named(final List<RecordedEvent> events, final String name) {
        return events.stream().filter(event -> event.getEventType().getName().equals("io.cordon." + name)).toList();
    }

    private static void await(final BooleanSupplier condition) throws InterruptedException {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "waited in vain");
            Thread.sleep(1);
        }
    }

    private void assertUnit(final RecordedEvent event, final long offset, final String source, final long lines) {
        assertEquals(path.toString(), event.getString("file"));
        assertEquals(offset, event.getLong("offset"));
        assertEquals(PAGE, event.getLong("length"));
        assertEquals(source, event.getString("source"));
        assertEquals(lines, event.getLong("badLineCount"));
    }

    @Test
    void shouldRecordFaultsAndRecoveriesWithTheTimesOfTheirSteps() throws Exception {
        final List<RecordedEvent> events = record(region -> {
            media.inject(3 * PAGE + 64, 128);
            assertThrows(PoisonException.class, () -> region.getLong(3 * PAGE + 64));
            assertEquals(2, region.poison().lineCount());
            media.injectKnown(5 * PAGE, 64);
            assertEquals(3, region.poison().lineCount());
        });
        final List<RecordedEvent> faults = named(events, "Fault");
        assertEquals(2, faults.size(), events::toString);
        assertUnit(faults.get(0), 3 * PAGE, "FAULT", 2);
        assertTrue(faults.get(0).getString("badLines").contains("0x" + Long.toHexString(3 * PAGE + 64)));
        assertUnit(faults.get(1), 5 * PAGE, "INJECTION", 1);
        assertNull(faults.get(1).getThread("thread"), "nobody ran into it");
        final List<RecordedEvent> recoveries = named(events, "Recovery");
        assertEquals(2, recoveries.size(), events::toString);
        for (final RecordedEvent recovery : recoveries) {
            assertEquals("LINES_LOST", recovery.getString("outcome"));
            assertNull(recovery.getString("reason"));
            assertEquals(1, recovery.getInt("attempts"));
            assertTrue(recovery.getDuration().isPositive(), recovery::toString);
            Duration steps = Duration.ZERO;
            for (final String step : STEPS) {
                final Duration time = recovery.getDuration(step);
                assertTrue(time.isPositive(), () -> step + " took no time: " + recovery);
                steps = steps.plus(time);
            }
            final Duration sum = steps;
            // Each belongs to one step alone. Not to the millisecond: the recorder's clock ticks on its own, and a
            // thread may be held up between the two.
            assertTrue(sum.compareTo(recovery.getDuration().plusSeconds(10)) < 0, () -> sum + " of " + recovery);
        }
        assertUnit(recoveries.get(0), 3 * PAGE, "FAULT", 2);
        assertEquals(2, recoveries.get(0).getLong("refusedLineCount"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("The thread that ran into it is named, whoever recovers: itself, or somebody else")
    void shouldNameTheThreadThatRanIntoTheFault(final boolean mirrored) throws Exception {
        final Region.Builder builder = Region.builder(path);
        if (mirrored) {
            builder.mirror(folder.resolve("mirror"));
        }
        final List<RecordedEvent> events = record(builder, region -> {
            for (int page = 0; page < PAGES; page++) {
                media.inject(page * PAGE, 64);
                touch(region, page * PAGE);
                assertEquals(mirrored ? 0 : page + 1, region.poison().lineCount());
            }
        });
        final List<RecordedEvent> faults = named(events, "Fault");
        assertEquals(PAGES, faults.size());
        // The fault watch may be quicker than the thread; hardly each time.
        assertTrue(faults.stream().anyMatch(fault -> fault.getThread("thread") != null
            && fault.getThread("thread").getJavaName().equals(Thread.currentThread().getName())), faults::toString);
        named(events, "Recovery").forEach(recovery ->
            assertEquals(mirrored ? "WHOLE" : "LINES_LOST", recovery.getString("outcome")));
    }

    private static void touch(final Region region, final long offset) {
        try {
            assertEquals(0, region.getLong(offset));
        } catch (PoisonException _) {
            // Recorded all the same.
            return;
        }
    }

    @Test
    void shouldRecordRecoveriesThatFail() throws Exception {
        final List<RecordedEvent> events = record(region -> {
            media.clearing(SimulatedMedia.Clearing.REFUSES);
            media.inject(3 * PAGE, 64);
            assertThrows(PoisonException.class, () -> region.getLong(3 * PAGE));
            region.poison().ranges();
        });
        final RecordedEvent recovery = named(events, "Recovery").getFirst();
        assertEquals("FAILED", recovery.getString("outcome"));
        assertFalse(recovery.getString("reason").isEmpty());
        assertEquals(PAGE / 64, recovery.getLong("refusedLineCount"));
        assertEquals(0, recovery.getDuration("publish").toNanos());
    }

    @Test
    void shouldRecordPersistErrors() throws Exception {
        final List<RecordedEvent> events = record(region -> {
            media.failPersist(true);
            assertThrows(IOException.class, () -> region.persist(PAGE, 128));
            media.failPersist(false);
        });
        final RecordedEvent error = named(events, "PersistError").getFirst();
        assertEquals(path.toString(), error.getString("file"));
        assertEquals(PAGE, error.getLong("offset"));
        assertEquals(128, error.getLong("length"));
        assertFalse(error.getBoolean("mirror"));
        assertTrue(error.getString("reason").contains("cannot make 128 bytes"));
        assertTrue(error.getStackTrace().getFrames().stream()
            .anyMatch(frame -> frame.getMethod().getName().equals("persist")));
    }

    @Test
    void shouldRecordThatOnlyTheMirrorCouldNotBeMadeDurable() throws Exception {
        final SimulatedMedia mirrorMedia = Media.simulated();
        final List<RecordedEvent> events =
            record(Region.builder(path).mirror(folder.resolve("mirror"), mirrorMedia), region -> {
                mirrorMedia.failPersist(true);
                assertThrows(IOException.class, () -> region.persist(PAGE, 128));
                mirrorMedia.failPersist(false);
            });
        final List<RecordedEvent> errors = named(events, "PersistError");
        assertEquals(1, errors.size(), errors::toString);
        assertTrue(errors.getFirst().getBoolean("mirror"));
        assertEquals(path.toString(), errors.getFirst().getString("file"));
    }

    @Test
    void shouldRecordThatReadersOfAReadOnlyRegionHaveACopy() throws Exception {
        try (Region _ = Region.builder(path).size(SIZE).media(media).open()) {
            media.inject(3 * PAGE, 64);
        }
        final List<RecordedEvent> events = record(Region.builder(path).readOnly(true), region -> {
            assertThrows(PoisonException.class, () -> region.getLong(3 * PAGE));
            assertEquals(1, region.poison().lineCount());
        });
        assertEquals(List.of("COPIED"), outcomes(events));
    }

    private static List<String> outcomes(final List<RecordedEvent> events) {
        return named(events, "Recovery").stream().map(recovery -> recovery.getString("outcome")).toList();
    }

    @Test
    @DisplayName("The tool jfr prints them")
    void shouldBePrintedByTheTool() throws Exception {
        final long[] offline = new long[2];
        final List<RecordedEvent> events = record(region -> {
            offline[0] = System.nanoTime();
            media.offline();
            assertThrows(PoisonException.class, () -> region.getLong(PAGE));
            media.online();
            await(() -> region.isReadable(PAGE, 8));
            offline[1] = System.nanoTime();
            assertEquals(0, region.getLong(PAGE));
            FlightRecording.scrubPass(path.toString(), 7, SIZE, 3, 1, 1_500_000);
        });
        assertEquals(1, named(events, "Offline").size(), events::toString);
        final Duration time = named(events, "Online").getFirst().getDuration("offlineTime");
        assertTrue(time.isPositive() && time.toNanos() <= offline[1] - offline[0], time::toString);
        assertEquals(List.of("OFFLINE", "UNFOUNDED"), outcomes(events),
            "what failed with the device is as good as ever");
        final Path output = folder.resolve("printed");
        final Process tool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "jfr").toString(),
            "print", "--events", "io.cordon.*", folder.resolve("recording.jfr").toString())
            .redirectErrorStream(true).redirectOutput(output.toFile()).start();
        assertEquals(0, tool.waitFor(), () -> "see " + output);
        final String printed = Files.readString(output);
        for (final String expected : List.of("io.cordon.Offline", "io.cordon.Online", "offlineTime = ",
            "io.cordon.Recovery", "outcome = \"OFFLINE\"", "io.cordon.ScrubPass", "pass = 7", "bytes = 64.0 kB",
            "foundLineCount = 3",
            "disagreementCount = 1", "passTime = 1.50 ms", "file = \"" + path + "\"")) {
            assertTrue(printed.contains(expected), () -> expected + " is missing in\n" + printed);
        }
    }
}
