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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.MediaProbe;
import io.cordon.Region;
import io.cordon.event.LoggedEvent;
import io.cordon.event.MediaEvent;
import io.cordon.media.BadBlockList;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineState;
import io.cordon.poison.PoisonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The patrol finds what is bad before anybody touches it, at its pace, and goes on where it was. */
class ScrubberTest {
    private static final long SEED = Long.getLong("cordon.scrub.seed", 20261120);
    private static final int ROUNDS = Integer.getInteger("cordon.scrub.rounds", 8);
    private static final int PAGES = 128;
    private static final int SIZE = PAGES * 4096;
    private static final int LINES = SIZE / 64;
    private static final long SECOND = 1_000_000_000L;
    private static final ScrubOptions FAST = ScrubOptions.FULL_SPEED;

    @TempDir
    private Path folder;
    private Path path;
    private SimulatedMedia media;
    private ManualClock clock;

    @BeforeEach
    void name() {
        path = folder.resolve("region");
        media = Media.simulated();
        clock = new ManualClock();
    }

    private Region open() throws IOException {
        final Region region = Region.builder(path).size(SIZE).media(media).open();
        ((PatrolScrubber) region.scrubber()).clock(clock);
        return region;
    }

    private static void fill(final Region region) {
        for (long at = 0; at < SIZE; at += Long.BYTES) {
            region.putLong(at, at);
        }
    }

    private static List<ByteRange> ranges(final BitSet lines) {
        final List<ByteRange> ranges = new ArrayList<>();
        lines.stream().forEach(line -> ByteRange.append(ranges, line * 64L, 64));
        return ranges;
    }

    private static ByteRange line(final long index) {
        return new ByteRange(index * 64, 64);
    }

    /** Works until a pass is through. */
    private ScrubPass finish(final Region region, final ScrubDuty duty) {
        final long number = region.scrubber().progress().last().map(ScrubPass::number).orElse(0L);
        for (int i = 0; i < 100_000; i++) {
            if (duty.doWork() == 0) {
                clock.advance(Math.max(1, Math.min(duty.idleNanos(), SECOND)));
            }
            final ScrubPass last = region.scrubber().progress().last().orElse(null);
            if (last != null && last.number() != number) {
                return last;
            }
        }
        throw new AssertionError("no end of the pass: " + region.scrubber().progress());
    }

    private static List<String> told(final Region region) {
        return region.mediaEvents().stream().map(LoggedEvent::event)
            .map(event -> event.kind() + " " + event.source() + " " + event.ranges()).toList();
    }

    @Test
    @DisplayName("One pass finds each latent line, reports it, and recovers its page; and finds nothing else")
    void shouldFindEveryLatentLineAndNothingElse() throws Exception {
        final SplittableRandom random = new SplittableRandom(SEED);
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(FAST)) {
            fill(region);
            assertEquals(List.of(), finish(region, duty).found());
            final BitSet lost = new BitSet();
            for (int round = 0; round < ROUNDS; round++) {
                final String context = "seed " + SEED + ", round " + round;
                final BitSet injected = new BitSet();
                final int count = random.nextInt(1, 40);
                for (int i = 0; i < count; i++) {
                    final int first = random.nextInt(LINES);
                    final int length = Math.min(random.nextInt(4) == 0 ? random.nextInt(1, 200) : 1, LINES - first);
                    media.inject(first * 64L, length * 64L);
                    injected.set(first, first + length);
                }
                lost.or(injected);
                final ScrubPass pass = finish(region, duty);
                assertEquals(ranges(injected), pass.found(), context);
                assertEquals(injected.cardinality(), pass.foundLines(), context);
                assertEquals(SIZE, pass.readBytes(), context);
                assertTrue(pass.failure().isEmpty() && pass.unreadBytes() == 0, context);
                assertEquals(List.of(), media.poisoned(), context);
                assertEquals(ranges(lost), region.poison().ranges(), context);
                assertEquals(List.of(), finish(region, duty).found(), context);
                if (random.nextBoolean()) {
                    region.recovery().zero(0, SIZE);
                    lost.clear();
                    fill(region);
                }
            }
            for (int line = 0; line < LINES; line++) {
                final long at = line * 64L + 8;
                if (lost.get(line)) {
                    assertThrows(PoisonException.class, () -> region.getLong(at));
                } else {
                    assertEquals(at, region.getLong(at));
                }
            }
        }
    }

    @Test
    @DisplayName("What the patrol finds is a media event of its own source")
    void shouldTellWhatItFoundAsItsOwn() throws Exception {
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(FAST)) {
            fill(region);
            media.inject(5 * 64, 128);
            assertThrows(PoisonException.class, () -> region.getByte(5 * 64));
            assertEquals(1, region.poison().ranges().size());
            media.inject(4096 * 9, 64);
            finish(region, duty);
            assertEquals(List.of("FAILURE FAULT " + List.of(new ByteRange(5 * 64, 128)),
                "FAILURE SCRUB " + List.of(new ByteRange(4096 * 9, 64))), told(region));
            assertThrows(PoisonException.class, () -> region.getByte(4096 * 9));
            assertEquals(LineState.LOST, region.poison().state(4096 * 9));
        }
    }

    @Test
    @DisplayName("Lines on the medium's list are not read, and not found; the list is read again for each pass")
    void shouldNotReadWhatTheMediumLists() throws Exception {
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(FAST)) {
            fill(region);
            media.clearing(SimulatedMedia.Clearing.REFUSES);
            media.injectKnown(3 * 4096, 256);
            final ScrubPass pass = finish(region, duty);
            assertEquals(List.of(), pass.found());
            assertEquals(SIZE - 256, pass.readBytes());
            media.clearing(SimulatedMedia.Clearing.CLEARS);
            region.recovery().zero(3 * 4096, 4096);
            assertEquals(SIZE, finish(region, duty).readBytes());
            media.inject(3 * 4096, 64);
            assertEquals(List.of(new ByteRange(3 * 4096, 64)), finish(region, duty).found());
        }
    }

    @Test
    @DisplayName("Law 8: A pass under a list that is cut short says that it does not know all of it")
    void shouldSayThatTheListIsUnknown() throws Exception {
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(FAST)) {
            media.cutListShort(true);
            final ScrubPass pass = finish(region, duty);
            assertTrue(pass.unknown().orElseThrow().contains("cut short"), pass::toString);
            media.cutListShort(false);
            assertTrue(finish(region, duty).unknown().isEmpty());
        }
    }

    @Test
    @DisplayName("A medium that does not clear is told once, and the pass goes on")
    void shouldGoOnPastWhatCannotBeCleared() throws Exception {
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(FAST)) {
            fill(region);
            media.clearing(SimulatedMedia.Clearing.PRETENDS);
            media.inject(4096, 64);
            media.inject(8192 + 64, 64);
            assertEquals(2, finish(region, duty).foundLines());
            assertEquals(LineState.POISONED, region.poison().state(4096));
            // Given up until an explicit recovery.
            assertEquals(0, finish(region, duty).foundLines());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1 << 12, 100_000, 1 << 20, 50_000_000, 1L << 30})
    @DisplayName("The rate is kept within 10 %, by the patrol's clock, however unevenly it is called")
    void shouldKeepItsRate(final long rate) throws Exception {
        final SplittableRandom random = new SplittableRandom(SEED);
        try (Region region = open();
            ScrubDuty duty = region.scrubber().duty(FAST.withBytesPerSecond(rate))) {
            // A piece takes up to a tenth of its time; calls come late by as much.
            final long piece = Math.clamp(Long.highestOneBit(rate / 32), 4096, 1 << 16);
            final long pieceNanos = SECOND * piece / rate;
            final long start = clock.nanos();
            long covered = 0;
            long number = 1;
            long position = 0;
            for (int i = 0; i < 20_000 && covered < 40L * SIZE; i++) {
                clock.step(pieceNanos / 100);
                duty.doWork();
                clock.step(0);
                clock.advance(random.nextLong(Math.max(1, pieceNanos / 5)));
                final ScrubProgress progress = region.scrubber().progress();
                if (progress.pass() != number) {
                    covered += (progress.pass() - number) * SIZE;
                    number = progress.pass();
                    position = 0;
                }
                position = progress.position();
            }
            final double seconds = (clock.nanos() - start) / (double) SECOND;
            final double found = (covered + position) / seconds;
            assertEquals(1, found / rate, 0.1, "seed " + SEED + ": " + found + " bytes per second");
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.01, 0.1, 0.5})
    @DisplayName("The share of time is kept, though the rate would allow more")
    void shouldKeepItsShareOfTime(final double share) throws Exception {
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(FAST.withShare(share))) {
            long worked = 0;
            final long start = clock.nanos();
            for (int i = 0; i < 2000; i++) {
                // It asks when a piece begins and when it ends.
                clock.step(1_000_000);
                worked += 1_000_000L * duty.doWork();
                clock.step(0);
                clock.advance(Math.max(0, duty.idleNanos()));
            }
            final double found = worked / (double) (clock.nanos() - start);
            assertEquals(1, found / share, 0.1, found + " of the time");
        }
    }

    @Test
    @DisplayName("A patrol that was held up makes up for a quarter of a second, not for all of it")
    void shouldNotStormAfterItWasHeldUp() throws Exception {
        final long rate = 1 << 20;
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(FAST.withBytesPerSecond(rate))) {
            duty.doWork();
            clock.advance(100 * SECOND);
            int pieces = 0;
            while (duty.doWork() > 0) {
                pieces++;
            }
            assertTrue(pieces * (1 << 15) <= rate / 4 + (1 << 15), pieces + " pieces");
        }
    }

    @Test
    @DisplayName("Between passes it rests, also when another process made the last one")
    void shouldRestBetweenPasses() throws Exception {
        final ScrubOptions options = FAST.withInterval(Duration.ofMinutes(10));
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(options)) {
            assertEquals(1, finish(region, duty).number());
            assertEquals(0, duty.doWork());
            assertEquals(600 * SECOND, duty.idleNanos());
        }
        clock.advance(100 * SECOND);
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(options)) {
            assertEquals(0, duty.doWork());
            assertEquals(500 * SECOND, duty.idleNanos());
            clock.advance(500 * SECOND);
            assertEquals(1, duty.doWork());
            assertEquals(2, region.scrubber().progress().pass());
        }
    }

    @Test
    @DisplayName("A pass that was cut short by closing goes on where it was, and counts all that it found")
    void shouldGoOnWhereItWas() throws Exception {
        final long position;
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(FAST)) {
            media.inject(0, 64);
            media.inject(SIZE - 64, 64);
            for (int i = 0; i < 3; i++) {
                assertEquals(1, duty.doWork());
            }
            position = region.scrubber().progress().position();
        }
        assertEquals(3 << 16, position);
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(FAST)) {
            assertEquals(position, region.scrubber().progress().position());
            final ScrubPass pass = finish(region, duty);
            assertEquals(1, pass.number());
            assertEquals(2, pass.foundLines());
            assertEquals(List.of(line(LINES - 1)), pass.found());
            assertEquals(SIZE, pass.readBytes());
        }
    }

    @Test
    @DisplayName("Of a slow patrol, too, closing keeps all of its progress, and when it began")
    void shouldKeepEachPieceWhenItCloses() throws Exception {
        final ScrubOptions slow = FAST.withBytesPerSecond(1 << 17);
        final ScrubProgress before;
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(slow)) {
            media.inject(64, 64);
            assertEquals(1, duty.doWork());
            before = region.scrubber().progress();
        }
        assertEquals(4096, before.position());
        assertEquals(1, before.foundLines());
        clock.advance(10 * SECOND);
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(slow)) {
            assertEquals(before, region.scrubber().progress());
            assertEquals(before.started().orElseThrow(), finish(region, duty).started());
        }
    }

    @Test
    @DisplayName("A crash costs what a slow patrol did in the last seconds, and no more")
    void shouldKeepItsProgressNowAndThen() throws Exception {
        final Path file = folder.resolve("region.scrub");
        final byte[] kept;
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(FAST.withBytesPerSecond(4096))) {
            for (int second = 0; second < 6; second++) {
                assertEquals(1, duty.doWork());
                clock.advance(SECOND);
            }
            kept = Files.readAllBytes(file);
            assertEquals(6 * 4096, region.scrubber().progress().position());
        }
        // As if the process had ended there.
        Files.write(file, kept);
        try (Region region = open(); ScrubDuty _ = region.scrubber().duty(FAST)) {
            assertEquals(6 * 4096, region.scrubber().progress().position());
        }
    }

    @Test
    @DisplayName("A list of what was found ends where it is said to; what was found is counted on")
    void shouldCountWhatItsListsDoNotHold() throws Exception {
        final int ranges = ScrubPass.RANGE_LIMIT + 100;
        try (Region region = Region.builder(path).size(ranges * 128L / 4096 * 4096 + 4096).media(media).open();
            ScrubDuty duty = region.scrubber().duty(FAST)) {
            for (int i = 0; i < ranges; i++) {
                media.inject(i * 128L, 64);
            }
            final ScrubPass pass = finish(region, duty);
            assertEquals(ScrubPass.RANGE_LIMIT, pass.found().size());
            assertEquals(ranges, pass.foundLines());
        }
    }

    @Test
    @DisplayName("What a process leaves of a pass the next one goes on with; the first failure is the one that is told")
    void shouldHandAPassOverWhole() {
        final ScrubFile.State state = new ScrubFile.State(3, 8192, 5, 6, 7, 8, 9, 2, 1);
        final Pass pass = new Pass(3, 5, List.of(), new BadBlockList.Complete(List.of()));
        pass.resume(state, 4096);
        assertEquals(state, pass.state(2, 1));
        final IOException first = new IOException("the first");
        assertTrue(pass.failed(first));
        assertFalse(pass.failed(new IOException("another")));
        final ScrubPass result = pass.result(10);
        assertEquals(first, result.failure().orElseThrow());
        assertEquals(List.of(6L, 7L, 8L, 9L), List.of(result.readBytes(), result.unreadBytes(), result.foundLines(),
            result.unjudgedBytes()));
    }

    @Test
    @DisplayName("The same for stop and start")
    void shouldGoOnAfterStop() throws Exception {
        try (Region region = open()) {
            try (ScrubDuty duty = region.scrubber().duty(FAST)) {
                duty.doWork();
                region.scrubber().stop();
                assertEquals(0, duty.doWork());
                assertEquals(Long.MAX_VALUE, duty.idleNanos());
            }
            assertFalse(region.scrubber().progress().running());
            assertEquals(1 << 16, region.scrubber().progress().position());
            try (ScrubDuty duty = region.scrubber().duty(FAST)) {
                assertEquals(SIZE, finish(region, duty).readBytes());
            }
        }
    }

    @Test
    @DisplayName("Every torn or lost writing of the progress file leaves an earlier progress, or none")
    void shouldSurviveTornProgress() throws Exception {
        final Path file = folder.resolve("region.scrub");
        final List<byte[]> contents = new ArrayList<>();
        final List<Long> positions = new ArrayList<>();
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(FAST)) {
            for (int i = 0; i < 6; i++) {
                duty.doWork();
                contents.add(Files.readAllBytes(file));
                positions.add(region.scrubber().progress().position());
            }
        }
        assertEquals(List.of(1L << 16, 2L << 16, 3L << 16, 4L << 16, 5L << 16, 6L << 16), positions);
        for (int i = 1; i < contents.size(); i++) {
            Files.write(file, contents.get(i));
            try (Region region = open(); ScrubDuty _ = region.scrubber().duty(FAST)) {
                assertEquals(positions.get(i), region.scrubber().progress().position());
            }
            for (int slot = 0; slot < 2; slot++) {
                final byte[] torn = contents.get(i).clone();
                Arrays.fill(torn, slot * 512 + 40, slot * 512 + 300, (byte) 0x5a);
                Files.write(file, torn);
                try (Region region = open(); ScrubDuty duty = region.scrubber().duty(FAST)) {
                    final long found = region.scrubber().progress().position();
                    assertTrue(found == positions.get(i) || found == positions.get(i - 1), found + " after " + i);
                    assertEquals(0, duty.idleNanos());
                }
            }
        }
        // Nothing of it had arrived.
        Files.write(file, new byte[512]);
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(FAST)) {
            assertEquals(0, region.scrubber().progress().position());
            assertEquals(1, finish(region, duty).number());
        }
    }

    @Test
    @DisplayName("A file that is something else is refused and left as it is; another region's progress counts as none")
    void shouldRefuseAForeignProgressFile() throws Exception {
        final Path file = folder.resolve("region.scrub");
        final byte[] foreign = "my shopping list".repeat(64).getBytes();
        Files.write(file, foreign);
        try (Region region = open()) {
            assertTrue(assertThrows(ScrubFileException.class, () -> region.scrubber().start(FAST))
                .getMessage().contains(file.toString()));
            assertThrows(ScrubFileException.class, () -> region.scrubber().passNow(FAST));
            assertFalse(region.scrubber().progress().running());
            assertEquals(new String(foreign), Files.readString(file));
            Files.delete(file);
            try (ScrubDuty duty = region.scrubber().duty(FAST)) {
                duty.doWork();
            }
        }
        Files.delete(path);
        Files.delete(folder.resolve("region.cordon"));
        Files.deleteIfExists(folder.resolve("region.simulated"));
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(FAST)) {
            assertEquals(0, region.scrubber().progress().position());
            duty.doWork();
        }
    }

    @Test
    @DisplayName("A pass that was asked for starts at once and from the start, and the patrol goes on after it")
    void shouldDoAPassNow() throws Exception {
        try (Region region = open();
            ScrubDuty duty = region.scrubber().duty(FAST.withInterval(Duration.ofHours(1)))) {
            duty.doWork();
            media.inject(0, 64);
            final CompletableFuture<ScrubPass> one = region.scrubber().passNow(FAST);
            final CompletableFuture<ScrubPass> other = region.scrubber().passNow(FAST);
            final ScrubPass pass = finish(region, duty);
            assertEquals(2, pass.number());
            assertEquals(List.of(line(0)), pass.found());
            assertEquals(pass, one.join());
            assertEquals(pass, other.join());
            // At rest now; a pass can be had all the same.
            assertEquals(0, duty.doWork());
            final CompletableFuture<ScrubPass> third = region.scrubber().passNow(FAST);
            assertEquals(1, duty.doWork());
            final CompletableFuture<ScrubPass> late = region.scrubber().passNow(FAST);
            assertEquals(3, finish(region, duty).number());
            assertTrue(third.isDone() && !late.isDone(), "one that is asked for later begins later");
            finish(region, duty);
            assertEquals(4, late.join().number());
        }
    }

    @Test
    @DisplayName("Without a patrol, a pass has a thread of its own, for that long")
    void shouldDoAPassWithoutAPatrol() throws Exception {
        try (Region region = Region.builder(path).size(SIZE).media(media).open()) {
            media.inject(7 * 64, 64);
            assertEquals(List.of(line(7)), region.scrubber().passNow(FAST).get().found());
            assertFalse(region.scrubber().progress().running());
            region.scrubber().start(ScrubOptions.DEFAULT);
            assertEquals(2, region.scrubber().passNow(FAST).get().number());
            assertTrue(region.scrubber().progress().running());
        }
    }

    @Test
    @DisplayName("One patrol at a time; options are checked")
    void shouldRefuseASecondPatrol() throws Exception {
        try (Region region = open()) {
            region.scrubber().start(FAST);
            assertThrows(IllegalStateException.class, () -> region.scrubber().start(FAST));
            assertThrows(IllegalStateException.class, () -> region.scrubber().duty(FAST));
            region.scrubber().stop();
            region.scrubber().stop();
            assertThrows(NullPointerException.class, () -> region.scrubber().start(null));
            final ScrubDuty first = region.scrubber().duty(FAST);
            first.close();
            final ScrubDuty second = region.scrubber().duty(FAST);
            first.close();
            assertEquals(1, second.doWork(), "a duty that is over ends no other");
        }
        assertThrows(IllegalArgumentException.class, () -> FAST.withBytesPerSecond(0));
        assertThrows(IllegalArgumentException.class, () -> FAST.withShare(0));
        assertThrows(IllegalArgumentException.class, () -> FAST.withShare(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> FAST.withShare(1.01));
        assertThrows(IllegalArgumentException.class, () -> FAST.withInterval(Duration.ofNanos(-1)));
    }

    @Test
    @DisplayName("Closing the region ends the patrol, and cancels who waits for it")
    void shouldEndWithItsRegion() throws Exception {
        final Region region = Region.builder(path).size(SIZE).media(media).open();
        region.scrubber().start(FAST.withBytesPerSecond(4096));
        final CompletableFuture<ScrubPass> pass = region.scrubber().passNow(FAST.withBytesPerSecond(4096));
        region.close();
        assertThrows(CancellationException.class, pass::join);
        assertFalse(region.scrubber().progress().running());
        assertThrows(IllegalStateException.class, () -> region.scrubber().start(FAST));
        assertThrows(IllegalStateException.class, () -> region.scrubber().passNow(FAST));
        region.scrubber().stop();
    }

    @Test
    @DisplayName("Whoever waits for a pass may stop the patrol, or close the region, when it is through")
    void shouldBearWhateverTheCallbackDoes() throws Exception {
        final Region region = Region.builder(path).size(SIZE).media(media).open();
        region.scrubber().start(FAST);
        region.scrubber().passNow(FAST).thenRun(() -> {
            region.scrubber().stop();
            region.close();
        }).get();
        assertThrows(IllegalStateException.class, () -> region.getByte(0));
    }

    @Test
    @DisplayName("A patrol, started or in a duty cycle, does not keep a forgotten region alive")
    void shouldNotKeepAForgottenRegionAlive() throws Exception {
        final SimulatedMedia other = Media.simulated();
        Region.builder(path).size(SIZE).media(media).open().scrubber().start(FAST.withInterval(Duration.ofDays(1)));
        final ScrubDuty duty =
            Region.builder(folder.resolve("other")).size(SIZE).media(other).open().scrubber().duty(FAST);
        for (int i = 0; i < 500 && (MediaProbe.serves(media) || MediaProbe.serves(other)); i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertFalse(MediaProbe.serves(media), "started");
        assertFalse(MediaProbe.serves(other), "in a duty cycle");
        assertEquals(0, duty.doWork());
        duty.close();
    }

    @Test
    @DisplayName("A device that is gone is waited for; nothing of it counts as found")
    void shouldWaitForADeviceThatIsGone() throws Exception {
        try (Region region = open(); ScrubDuty duty = region.scrubber().duty(FAST)) {
            fill(region);
            duty.doWork();
            final long position = region.scrubber().progress().position();
            media.offline();
            for (int i = 0; i < 10; i++) {
                duty.doWork();
                clock.advance(2 * SECOND);
            }
            assertEquals(position, region.scrubber().progress().position());
            media.online();
            final ScrubPass pass = finish(region, duty);
            assertEquals(0, pass.foundLines());
            assertEquals(SIZE, pass.readBytes());
            assertTrue(told(region).stream().noneMatch(event -> event.startsWith("FAILURE")), () -> "" + told(region));
        }
    }

    @Test
    @DisplayName("A read-only region is patrolled, told of, served what is readable, and no file of it is changed")
    void shouldPatrolAReadOnlyRegion() throws Exception {
        try (Region region = open()) {
            fill(region);
            media.clearing(SimulatedMedia.Clearing.REFUSES);
            media.injectKnown(4096, 64);
            media.inject(64, 64);
            assertEquals(2, media.poisoned().size());
        }
        final Path file = folder.resolve("region.scrub");
        try (Region region = Region.builder(path).media(media).readOnly(true).open()) {
            ((PatrolScrubber) region.scrubber()).clock(clock);
            try (ScrubDuty duty = region.scrubber().duty(FAST)) {
                final ScrubPass pass = finish(region, duty);
                assertEquals(List.of(line(1)), pass.found());
                assertEquals(SIZE - 64, pass.readBytes());
                assertThrows(PoisonException.class, () -> region.getByte(64));
                assertEquals(0, region.getLong(0));
                assertEquals(4096 + 64, region.getLong(4096 + 64));
                final int count = region.mediaEvents().size();
                assertEquals(List.of(), finish(region, duty).found());
                assertEquals(count, region.mediaEvents().size());
            }
            assertEquals(2, media.poisoned().size());
        }
        assertFalse(Files.exists(file));
    }

    @Test
    @DisplayName("Beside loads, stores, persists, recoveries, new poison: nobody sees a wrong byte, nothing stays bad")
    void shouldWorkBesideEverybodyElse() throws Exception {
        final int words = 64;
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final List<Thread> threads = new ArrayList<>();
        try (Region region = Region.builder(path).size(SIZE).media(media).open()) {
            fill(region);
            region.scrubber().start(FAST);
            final CountDownLatch begun = new CountDownLatch(3);
            for (int id = 0; id < 3; id++) {
                final SplittableRandom random = new SplittableRandom(SEED + id);
                final long base = id * (SIZE / 4L);
                threads.add(Thread.ofPlatform().start(() -> {
                    begun.countDown();
                    try {
                        for (int i = 0; i < 3000; i++) {
                            final long at = base + random.nextLong(SIZE / 4 / 64) * 64;
                            try {
                                region.putLong(at, at + i * words);
                                assertEquals(at + i * words, region.getLong(at));
                                if (random.nextInt(100) == 0) {
                                    region.persist(at & -4096L, 4096);
                                }
                            } catch (final PoisonException lost) {
                                region.recovery().zero(at, 64);
                                region.putLong(at, at);
                            }
                        }
                    } catch (final Throwable thrown) {
                        failure.compareAndSet(null, thrown);
                    }
                }));
            }
            begun.await();
            final SplittableRandom random = new SplittableRandom(SEED);
            do {
                // Where nobody stores: poison that strikes between a store and the load of it is another matter.
                media.inject(SIZE / 4L * 3 + random.nextLong(SIZE / 4 / 64) * 64, 64);
                Thread.sleep(0, 200_000);
            } while (threads.stream().anyMatch(Thread::isAlive));
            for (final Thread thread : threads) {
                thread.join();
            }
            assertNull(failure.get(), () -> "seed " + SEED + ": " + failure.get());
            final ScrubPass pass = region.scrubber().passNow(FAST).get();
            assertTrue(pass.failure().isEmpty(), pass::toString);
            assertEquals(List.of(), media.poisoned());
            for (long at = SIZE / 4L * 3; at < SIZE; at += 64) {
                if (region.poison().state(at) == LineState.READABLE) {
                    assertEquals(at, region.getLong(at));
                }
            }
            assertNotEquals(0, region.mediaEvents().stream()
                .filter(entry -> entry.event().source() == MediaEvent.Source.SCRUB).count());
        }
    }
}
