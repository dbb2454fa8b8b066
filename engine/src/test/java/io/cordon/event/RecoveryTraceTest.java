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
package io.cordon.event;

import io.cordon.poison.ByteRange;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

@DisplayName("The trace of a recovery: each moment belongs to one step at most, and each field says its own")
class RecoveryTraceTest {
    private static final String FILE = "the region's file";
    private static final RecoveryTrace.Step[] STEPS = RecoveryTrace.Step.values();

    @TempDir
    private Path folder;

    /** What is recorded of one unit. */
    private interface Story {
        void tell(RecoveryTrace trace) throws Exception;
    }

    private List<RecordedEvent> record(final MediaEvent.Source source, final Story story) throws Exception {
        final Path file = folder.resolve("recording.jfr");
        try (Recording recording = new Recording()) {
            recording.start();
            story.tell(new RecoveryTrace(FILE, 8192, 4096, source));
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file);
    }

    private static List<RecordedEvent> named(final List<RecordedEvent> events, final String name) {
        return events.stream().filter(event -> event.getEventType().getName().equals(name)).toList();
    }

    @Test
    void shouldGiveEachStepItsOwnTime() throws Exception {
        final RecoveryTrace[] told = new RecoveryTrace[1];
        final long[] bounds = new long[4];
        final List<RecordedEvent> events = record(MediaEvent.Source.SCRUB, trace -> {
            told[0] = trace;
            bounds[0] = System.nanoTime();
            trace.attempt();
            Thread.sleep(50);
            trace.passed(RecoveryTrace.Step.SALVAGE);
            bounds[1] = System.nanoTime();
            // Of no step.
            Thread.sleep(50);
            bounds[2] = System.nanoTime();
            trace.attempt();
            for (int i = 0; i < STEPS.length; i++) {
                Thread.sleep(1);
                trace.passed(STEPS[i]);
            }
            bounds[3] = System.nanoTime();
            trace.end(RecoveryTrace.Outcome.WHOLE, 0, null);
        });
        final RecordedEvent recovery = named(events, "io.cordon.Recovery").getFirst();
        long sum = 0;
        for (final RecoveryTrace.Step step : STEPS) {
            final long nanos = told[0].nanos(step);
            assertTrue(nanos > 0, step::toString);
            sum += nanos;
            assertEquals(nanos, recovery.getDuration(step.name().toLowerCase(Locale.ROOT)).toNanos(), step::toString);
        }
        final long most = bounds[1] - bounds[0] + bounds[3] - bounds[2];
        assertTrue(sum <= most, sum + " ns in steps that took " + most + " ns at the most");
        assertEquals(2, recovery.getInt("attempts"));
        assertTrue(recovery.getDuration().isPositive());
    }

    @Test
    void shouldTellWhatTheFirstAttemptFoundOnce() throws Exception {
        final List<RecordedEvent> events = record(MediaEvent.Source.BAD_BLOCK_LIST, trace -> {
            trace.attempt();
            trace.found(List.of(new ByteRange(8192, 128), new ByteRange(8192 + 640, 64)), Thread.currentThread());
            trace.attempt();
            trace.found(List.of(new ByteRange(8192, 64)), null);
            assertEquals(3, trace.badLineCount());
            trace.end(RecoveryTrace.Outcome.FAILED, 7, new IOException("the reason"));
        });
        final List<RecordedEvent> faults = named(events, "io.cordon.Fault");
        assertEquals(1, faults.size(), faults::toString);
        assertEquals(3, faults.getFirst().getLong("badLineCount"));
        assertEquals(Thread.currentThread().getName(), faults.getFirst().getThread("thread").getJavaName());
        final RecordedEvent recovery = named(events, "io.cordon.Recovery").getFirst();
        assertEquals("[FAILED, the reason, BAD_BLOCK_LIST, " + FILE + "]", List.of(recovery.getString("outcome"),
            recovery.getString("reason"), recovery.getString("source"), recovery.getString("file")).toString());
        assertEquals(List.of(8192L, 4096L, 3L, 7L), List.of(recovery.getLong("offset"), recovery.getLong("length"),
            recovery.getLong("badLineCount"), recovery.getLong("refusedLineCount")));
    }

    @Test
    void shouldTellOfAFaultThoughTheMediumCouldNotBeAsked() throws Exception {
        final List<RecordedEvent> events = record(MediaEvent.Source.FAULT, trace -> {
            trace.attempt();
            trace.end(RecoveryTrace.Outcome.OFFLINE, 64, null);
        });
        final List<RecordedEvent> faults = named(events, "io.cordon.Fault");
        assertEquals(1, faults.size(), faults::toString);
        assertEquals(-1, faults.getFirst().getLong("badLineCount"));
        assertNull(faults.getFirst().getThread("thread"));
        assertNull(named(events, "io.cordon.Recovery").getFirst().getString("reason"));
    }
}
