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
package io.cordon.scrub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.Region;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The patrol of a region with a mirror: who is wrong is said only where it can be known. */
class ScrubMirrorTest {
    private static final long SEED = Long.getLong("cordon.scrub.seed", 20261120);
    private static final int SIZE = 64 * 4096;
    private static final int LINES = SIZE / 64;
    private static final int ROUNDS = 5;

    @TempDir
    private Path folder;
    private Path mirror;
    private SimulatedMedia media;
    private SimulatedMedia mirrorMedia;
    private ManualClock clock;

    @BeforeEach
    void name() {
        mirror = folder.resolve("mirror");
        media = Media.simulated();
        mirrorMedia = Media.simulated();
        clock = new ManualClock();
    }

    private Region open() throws IOException {
        final Region region = Region.builder(folder.resolve("region")).size(SIZE).media(media)
            .mirror(mirror, mirrorMedia).open();
        ((PatrolScrubber) region.scrubber()).clock(clock);
        for (long at = 0; at < SIZE; at += Long.BYTES) {
            region.putLong(at, at);
        }
        region.persist();
        return region;
    }

    private ScrubPass pass(final Region region) throws Exception {
        try (ScrubDuty duty = region.scrubber().duty(ScrubOptions.FULL_SPEED)) {
            final CompletableFuture<ScrubPass> pass = region.scrubber().passNow(ScrubOptions.FULL_SPEED);
            while (!pass.isDone()) {
                if (duty.doWork() == 0) {
                    clock.advance(duty.idleNanos());
                }
            }
            return pass.get();
        }
    }

    /** Changes what the mirror holds, and nobody hears of it. */
    private void rot(final long offset, final long value) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(mirror.toFile(), "rw")) {
            file.seek(offset);
            file.writeLong(value);
        }
    }

    private static List<ByteRange> strike(
        final SplittableRandom random, final SimulatedMedia target, final BitSet apart) throws IOException {
        final BitSet lines = new BitSet();
        for (int i = 0; i < 20; i++) {
            final int line = random.nextInt(LINES);
            if (!apart.get(line / 64)) {
                lines.set(line);
                target.inject(line * 64L, 64);
            }
        }
        lines.stream().forEach(line -> apart.set(line / 64));
        final List<ByteRange> ranges = new ArrayList<>();
        lines.stream().forEach(line -> ByteRange.append(ranges, line * 64L, 64));
        return ranges;
    }

    @Test
    @DisplayName("The side that cannot be read is wrong, and is made whole from the other, on either side")
    void shouldMakeEitherSideWhole() throws Exception {
        final SplittableRandom random = new SplittableRandom(SEED);
        try (Region region = open()) {
            for (int round = 0; round < ROUNDS; round++) {
                final String context = "seed " + SEED + ", round " + round;
                final BitSet pages = new BitSet();
                final List<ByteRange> bad = strike(random, media, pages);
                final List<ByteRange> mirrorBad = strike(random, mirrorMedia, pages);
                final ScrubPass pass = pass(region);
                assertEquals(bad, pass.found(), context);
                assertEquals(mirrorBad, pass.mirrorFound(), context);
                assertEquals(List.of(), pass.disagreements(), context);
                assertTrue(pass.failure().isEmpty() && pass.unjudgedBytes() == 0, context);
                assertEquals(List.of(), media.poisoned(), context);
                assertEquals(List.of(), mirrorMedia.poisoned(), context);
                assertTrue(region.poison().isClean(), context);
                for (long at = 0; at < SIZE; at += Long.BYTES) {
                    assertEquals(at, region.getLong(at), context);
                }
            }
            // What the mirror holds now repairs the region again.
            media.inject(0, SIZE);
            assertEquals(LINES, pass(region).foundLines());
            assertTrue(region.poison().isClean());
            assertEquals(SIZE - 8, region.getLong(SIZE - 8));
        }
    }

    @Test
    @DisplayName("A store that was not persisted, and silent rot, are disagreements alike; nobody is blamed or changed")
    void shouldBlameNobodyForADifference() throws Exception {
        try (Region region = open()) {
            assertEquals(List.of(), pass(region).disagreements());
            region.putLong(4096 + 128, -1);
            rot(9 * 4096, -2);
            final List<ByteRange> both = List.of(new ByteRange(4096 + 128, 64), new ByteRange(9 * 4096, 64));
            assertEquals(both, pass(region).disagreements());
            assertEquals(both, pass(region).disagreements());
            assertEquals(List.of(), region.mediaEvents());
            assertEquals(-1, region.getLong(4096 + 128));
            assertEquals(9 * 4096, region.getLong(9 * 4096));
            region.persist(4096, 4096);
            assertEquals(List.of(new ByteRange(9 * 4096, 64)), pass(region).disagreements());
            region.persist();
            assertEquals(List.of(), pass(region).disagreements());
        }
    }

    @Test
    @DisplayName("What changes between two looks, or is persisted by then, is no disagreement")
    void shouldLookTwice() throws Exception {
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(ScrubOptions.FULL_SPEED)) {
            region.putLong(0, -1);
            region.putLong(4096, -1);
            region.putLong(8192, -1);
            rot(12_288, -1);
            final CompletableFuture<ScrubPass> pass = region.scrubber().passNow(ScrubOptions.FULL_SPEED);
            while (region.scrubber().progress().position() < SIZE) {
                assertEquals(1, duty.doWork());
            }
            assertEquals(0, duty.doWork());
            assertEquals(Agreement.PATIENCE_NANOS, duty.idleNanos());
            region.putLong(0, -2);
            rot(12_288, -2);
            region.persist(4096, 8);
            clock.advance(Agreement.PATIENCE_NANOS);
            while (!pass.isDone()) {
                assertEquals(1, duty.doWork());
            }
            assertEquals(List.of(new ByteRange(8192, 64)), pass.get().disagreements());
        }
    }

    @Test
    @DisplayName("A pass that is cut short says how much of its doubts it did not settle")
    void shouldCountWhatIsNotJudged() throws Exception {
        try (Region region = open()) {
            region.putLong(0, -1);
            try (ScrubDuty duty = region.scrubber().duty(ScrubOptions.FULL_SPEED)) {
                duty.doWork();
            }
            try (ScrubDuty duty = region.scrubber().duty(ScrubOptions.FULL_SPEED)) {
                while (region.scrubber().progress().last().isEmpty()) {
                    duty.doWork();
                }
            }
            final ScrubPass pass = region.scrubber().progress().last().orElseThrow();
            assertEquals(4096, pass.unjudgedBytes());
            assertEquals(List.of(), pass.disagreements());
            assertEquals(List.of(), pass(region).found());
        }
    }

    @Test
    @DisplayName("Flight Recorder has a pass as its result has it")
    void shouldBeRecorded() throws Exception {
        final ScrubPass pass;
        final Path file = folder.resolve("recording.jfr");
        try (Recording recording = new Recording(); Region region = open()) {
            recording.start();
            media.inject(8192, 192);
            mirrorMedia.inject(3 * 4096, 64);
            region.putLong(4096 + 128, -1);
            region.putLong(4096 + 192, -1);
            pass = pass(region);
            recording.stop();
            recording.dump(file);
        }
        final List<RecordedEvent> passes = RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals("io.cordon.ScrubPass")).toList();
        assertEquals(1, passes.size(), passes::toString);
        final RecordedEvent event = passes.getFirst();
        assertEquals(folder.resolve("region").toString(), event.getString("file"));
        assertEquals(List.of(1L, (long) SIZE, 3L, 2L), Stream.of("pass", "bytes", "foundLineCount", "disagreementCount")
            .map(event::getLong).toList());
        assertEquals(Duration.between(pass.started(), pass.ended()), event.getDuration("passTime"));
        assertTrue(event.getDuration("passTime").toSeconds() >= 1, event::toString);
    }

    @Test
    @DisplayName("What differs in more pages than can wait for a second look is counted, and not judged")
    void shouldCountWhatIsTooMuchToJudge() throws Exception {
        final int limit = 1024;
        final long size = (limit + 3) * 4096L;
        try (Region region = Region.builder(folder.resolve("region")).size(size).media(media)
            .mirror(mirror, mirrorMedia).open()) {
            ((PatrolScrubber) region.scrubber()).clock(clock);
            for (long at = 0; at < size; at += 4096) {
                region.putLong(at, -1);
            }
            final ScrubPass pass = pass(region);
            assertEquals(limit, pass.disagreements().size());
            assertEquals(3 * 4096, pass.unjudgedBytes());
        }
    }

    @Test
    @DisplayName("Lines that are refused are not compared: what the region holds of them counts for nothing")
    void shouldNotCompareWhatIsRefused() throws Exception {
        try (Region region = open()) {
            region.putLong(4096, -1);
            region.putLong(8192, -1);
            media.failPersist(true);
            assertThrows(IOException.class, () -> region.persist(4096, 64));
            media.failPersist(false);
            assertEquals(List.of(new ByteRange(4096, 64)), region.poison().ranges());
            assertEquals(List.of(new ByteRange(8192, 64)), pass(region).disagreements());
            mirrorMedia.failPersist(true);
            assertThrows(IOException.class, () -> region.persist(8192, 64));
            mirrorMedia.failPersist(false);
            region.putLong(12_288, -1);
            assertEquals(List.of(), pass(region).disagreements(), "a mirror that is behind says nothing");
        }
    }

    @Test
    @DisplayName("Sides are compared only if that is asked for; what cannot be read is found all the same")
    void shouldNotCompareUnlessAskedTo() throws Exception {
        final ScrubOptions options = ScrubOptions.FULL_SPEED.withCompare(false);
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(options)) {
            region.putLong(0, -1);
            mirrorMedia.inject(4096, 64);
            while (region.scrubber().progress().last().isEmpty()) {
                assertEquals(1, duty.doWork());
            }
            final ScrubPass pass = region.scrubber().progress().last().orElseThrow();
            assertEquals(List.of(), pass.disagreements());
            assertEquals(0, pass.unjudgedBytes());
            assertEquals(List.of(new ByteRange(4096, 64)), pass.mirrorFound());
        }
    }

    @Test
    @DisplayName("A mirror that does not clear is named as the failure of the pass; the region is none the worse")
    void shouldNameAMirrorThatDoesNotClear() throws Exception {
        try (Region region = open()) {
            mirrorMedia.clearing(SimulatedMedia.Clearing.PRETENDS);
            mirrorMedia.inject(4096, 64);
            final ScrubPass pass = pass(region);
            assertTrue(pass.failure().orElseThrow().getMessage().contains(mirror.toString()), pass::toString);
            assertTrue(region.poison().isClean());
            assertEquals(4096, region.getLong(4096));
        }
    }
}
