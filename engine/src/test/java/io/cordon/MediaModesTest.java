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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.linux.NativeFile;
import io.cordon.linux.Storage;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.media.SimulatedMedia.Clearing;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineState;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.RecoveryResult;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Media that do not clear, that only say so, that go bad again, and that do not know what is bad. */
class MediaModesTest {
    private static final int SIZE = 4 * 4096;
    private static final byte FILL = 0x11;
    private static final long BAD = 4096 + 128;

    @TempDir
    private Path folder;
    private Path path;
    private SimulatedMedia media;

    @BeforeEach
    void name() {
        path = folder.resolve("region");
        media = Media.simulated();
    }

    private Region open() throws IOException {
        return Region.builder(path).size(SIZE).media(media).open();
    }

    private Region create() throws IOException {
        final Region region = open();
        region.fill(0, SIZE, FILL);
        region.persist();
        return region;
    }

    private static ByteRange range(final long offset, final long length) {
        return new ByteRange(offset, length);
    }

    private static void assertHealthyBut(final Region region, final long bad) {
        for (long at = 0; at < SIZE; at++) {
            if ((at & -64) != bad) {
                assertEquals(FILL, region.getByte(at), "offset " + at);
            }
        }
    }

    /** Has the region's file store something else than it is given, some times. */
    private static final class Twisting extends Storage {
        private final AtomicInteger times = new AtomicInteger();

        @Override
        public NativeFile create(final Path file) throws IOException {
            return file.endsWith("region") ? twisting(super.create(file)) : super.create(file);
        }

        private NativeFile twisting(final NativeFile file) {
            return new NativeFile(file) {
                @Override
                public void write(final long offset, final MemorySegment buffer) throws IOException {
                    if (times.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                        final byte[] twisted = buffer.toArray(ValueLayout.JAVA_BYTE);
                        twisted[twisted.length / 2] ^= 1;
                        try (Arena arena = Arena.ofConfined()) {
                            super.write(offset, arena.allocateFrom(ValueLayout.JAVA_BYTE, twisted));
                        }
                    } else {
                        super.write(offset, buffer);
                    }
                }
            };
        }
    }

    private interface Step {
        RecoveryResult run() throws IOException;
    }

    @Test
    @DisplayName("Law 6: an explicit recovery that does not read back as it was written is none")
    void shouldReadBackWhatIsRecoveredExplicitly() throws IOException {
        final Twisting storage = new Twisting();
        final AtomicBoolean supplies = new AtomicBoolean();
        try (Region region = Region.builder(path).size(SIZE).media(media).storage(storage)
            .repairFrom((_, line) -> supplies.get() && line.fill(FILL).byteSize() > 0).open()) {
            region.fill(0, SIZE, FILL);
            final List<Step> steps = List.of(() -> region.recovery().write(BAD, new byte[] {1}),
                () -> region.recovery().zero(BAD + 63, 1), () -> region.recovery().repair(BAD, 64));
            for (final Step step : steps) {
                supplies.set(false);
                media.inject(BAD, 64);
                assertThrows(PoisonException.class, () -> region.getByte(BAD));
                supplies.set(true);
                storage.times.set(Integer.MAX_VALUE);
                final IOException thrown = assertThrows(IOException.class, step::run);
                assertTrue(thrown.getMessage().contains("does not read back"), thrown::getMessage);
                assertEquals(LineState.LOST, region.poison().state(BAD));
                assertThrows(PoisonException.class, () -> region.getByte(BAD));
                assertHealthyBut(region, BAD);
                // What went wrong once, or was stored over by somebody who is late, is written again.
                storage.times.set(1);
                assertEquals(List.of(), step.run().stillLost());
                assertTrue(region.poison().isClean());
                final byte first = region.getByte(BAD);
                assertEquals(step == steps.get(0) ? 1 : step == steps.get(1) ? 0 : FILL, first);
                assertEquals(step == steps.get(2) ? FILL : 0, region.getByte(BAD + 32));
                assertHealthyBut(region, BAD);
            }
        }
    }

    @Test
    @DisplayName("Law 3: whoever stores to a readable line while it is recovered does not make that fail")
    void shouldNotReadBackWhatIsStoredToMeanwhile() throws Exception {
        try (Region region = create()) {
            final AtomicBoolean over = new AtomicBoolean();
            final CompletableFuture<Void> storing = CompletableFuture.runAsync(() -> {
                for (long i = 0; !over.get(); i++) {
                    region.putLong(BAD - 64 + i % 8 * 8, i);
                    region.putLong(BAD + 64, i);
                }
            });
            for (int i = 0; i < 200; i++) {
                media.inject(BAD, 64);
                final byte[] content = new byte[64 + 64 + 8];
                Arrays.fill(content, (byte) i);
                region.recovery().write(BAD - 64, content);
                assertEquals((byte) i, region.getByte(BAD + 63));
            }
            over.set(true);
            storing.get();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"REFUSES", "PRETENDS"})
    @DisplayName("Law 6: Success is proven; law 3: nothing healthy is lost on a medium that does not clear")
    void shouldReportNoSuccessOnAMediumThatDoesNotClear(final Clearing mode) throws IOException {
        try (Region region = create()) {
            media.clearing(mode);
            media.inject(BAD, 64);
            // Refused before anybody knows that the medium does not clear.
            final PoisonException early = assertThrows(PoisonException.class, () -> region.getByte(BAD));
            assertEquals(List.of(range(BAD, 64)), early.ranges());
            assertTrue(region.poison().ranges().contains(range(4096, 4096)), "the page stays withdrawn");
            for (int i = 0; i < 2; i++) {
                final PoisonException thrown = assertThrows(PoisonException.class, () -> region.getByte(BAD));
                assertEquals(List.of(range(BAD, 64)), thrown.ranges());
                assertNotNull(thrown.getCause());
                assertTrue(thrown.getMessage().contains("clear"), thrown.getMessage());
                assertThrows(PoisonException.class, () -> region.putByte(BAD + 1, (byte) 0));
                assertEquals(LineState.POISONED, region.poison().state(BAD));
                assertTrue(region.poison().ranges().contains(range(4096, 4096)), "the page stays withdrawn");
                final IOException refused =
                    assertThrows(IOException.class, () -> region.recovery().write(BAD, new byte[64]));
                assertTrue(refused.getMessage().contains("clear"), refused.getMessage());
                assertThrows(IOException.class, () -> region.recovery().zero(BAD, 64));
                assertEquals(List.of(range(BAD, 64)), media.poisoned());
            }
            // The other pages have nothing to do with it.
            assertEquals(FILL, region.getByte(4095));
            assertEquals(FILL, region.getByte(8192));
            assertSalvaged(region);
            media.clearing(Clearing.CLEARS);
            final RecoveryResult result = region.recovery().write(BAD + 3, new byte[] {7});
            assertEquals(new RecoveryResult(List.of(range(BAD + 3, 1)), List.of(),
                List.of(range(BAD, 3), range(BAD + 4, 60)), List.of()), result);
            assertEquals(7, region.getByte(BAD + 3));
            assertTrue(region.poison().isClean());
            assertEquals(List.of(), media.poisoned());
            assertHealthyBut(region, BAD);
        }
    }

    private static void assertSalvaged(final Region region) throws IOException {
        final byte[] found = new byte[SIZE];
        final RecoveryResult salvaged = region.recovery().salvage(0, MemorySegment.ofArray(found));
        assertEquals(new RecoveryResult(List.of(), List.of(range(0, BAD), range(BAD + 64, SIZE - BAD - 64)),
            List.of(range(BAD, 64)), List.of(range(BAD, 64))), salvaged);
        for (int at = 0; at < SIZE; at++) {
            assertEquals((at & -64) == BAD ? 0 : FILL, found[at], "offset " + at);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"REFUSES", "PRETENDS"})
    @DisplayName("Law 5: All or nothing: a recovery that the medium refused is finished when it is opened again")
    void shouldFinishWhenOpenedOnAMediumThatClears(final Clearing mode) throws IOException {
        try (Region region = create()) {
            media.clearing(mode);
            media.injectKnown(BAD, 64);
            assertThrows(PoisonException.class, () -> region.getByte(4096));
        }
        try (Region region = open()) {
            assertThrows(PoisonException.class, () -> region.getByte(BAD), "opened on the same bad medium");
            assertEquals(LineState.POISONED, region.poison().state(BAD));
        }
        media.clearing(Clearing.CLEARS);
        try (Region region = open()) {
            assertEquals(List.of(range(BAD, 64)), region.poison().ranges());
            assertEquals(LineState.LOST, region.poison().state(BAD));
            assertHealthyBut(region, BAD);
            assertEquals(List.of(), media.poisoned());
        }
    }

    @Test
    @DisplayName("Law 3 and 4: Phantom poison is found at the next touch, and recovered again")
    void shouldRecoverAgainWhatGoesBadAgain() throws IOException {
        try (Region region = create()) {
            media.inject(BAD, 64);
            assertThrows(PoisonException.class, () -> region.getByte(BAD));
            region.recovery().write(BAD, new byte[] {7});
            for (int i = 0; i < 3; i++) {
                assertTrue(region.poison().isClean());
                media.recur();
                assertEquals(List.of(range(BAD, 64)), media.poisoned());
                assertEquals(FILL, region.getByte(4096), "a neighbour's touch");
                assertEquals(List.of(range(BAD, 64)), region.poison().ranges());
                assertThrows(PoisonException.class, () -> region.getByte(BAD));
                assertEquals(List.of(), media.poisoned());
                assertHealthyBut(region, BAD);
                region.recovery().zero(BAD, 64);
                assertEquals(0, region.getByte(BAD));
            }
        }
    }

    /** Opens, and returns the warnings meanwhile. */
    private List<String> touchOpened(final Runnable afterwards) throws IOException {
        return quietly(() -> {
            try (Region region = open()) {
                afterwards.run();
                final PoisonException thrown = assertThrows(PoisonException.class, () -> region.getByte(BAD));
                assertEquals(List.of(range(BAD, 64)), thrown.ranges());
                assertHealthyBut(region, BAD);
                assertEquals(List.of(range(BAD, 64)), region.poison().ranges());
            }
        });
    }

    private interface Action {
        void run() throws IOException;
    }

    /** Keeps warnings from the console, and returns them. */
    private List<String> quietly(final Action action) throws IOException {
        final List<String> warnings = Collections.synchronizedList(new ArrayList<>());
        final Logger logger = Logger.getLogger("io.cordon.recovery.PageRecovery");
        final Handler handler = new Handler() {
            @Override
            public void publish(final LogRecord entry) {
                // Regions of other tests may end later than these.
                if (entry.getLevel() == Level.WARNING && entry.getMessage().contains(folder.toString())) {
                    warnings.add(entry.getMessage());
                }
            }

            @Override
            public void flush() {
                // Nothing is held back.
            }

            @Override
            public void close() {
                // Nothing is open.
            }
        };
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
        try {
            action.run();
        } finally {
            logger.setUseParentHandlers(true);
            logger.removeHandler(handler);
        }
        return warnings;
    }

    @Test
    @DisplayName("Law 8: Unknown is not clean: a list that was cut short is a warning, and a touch tells")
    void shouldWarnOfAListThatIsCutShort() throws IOException {
        create().close();
        final Path memory = folder.resolve("region.simulated");
        Files.writeString(memory, "cordon simulated medium 1\n+ " + BAD + " 64 listed\n");
        media.cutListShort(true);
        final List<String> warnings =
            touchOpened(() -> assertEquals(List.of(range(BAD, 64)), media.poisoned(), "nobody knows yet"));
        assertEquals(1, warnings.size(), warnings.toString());
        assertTrue(warnings.getFirst().contains("is unknown") && warnings.getFirst().contains("cut short"),
            warnings.toString());
        // The control: a list that is whole.
        media.cutListShort(false);
        Files.delete(folder.resolve("region.cordon"));
        Files.writeString(memory, "cordon simulated medium 1\n+ " + BAD + " 64 listed\n");
        assertEquals(List.of(), touchOpened(() -> assertEquals(List.of(), media.poisoned(), "recovered at open")));
    }

    @Test
    @DisplayName("Law 8: Unknown is not clean: a user sees it, and it ends when the list is whole again")
    void shouldNotBeCleanWhileTheListIsUnknown() throws IOException {
        try (Region region = create()) {
            assertTrue(region.poison().isClean());
            assertEquals(Optional.empty(), region.poison().unknown());
            quietly(() -> {
                media.cutListShort(true);
                assertFalse(region.poison().isClean(), "unknown is not clean");
                final String reason = region.poison().unknown().orElseThrow();
                assertTrue(reason.contains("cut short") && reason.contains(path.toString()), reason);
                assertEquals(List.of(), region.poison().ranges(), "nothing is known to be bad");
                assertHealthyBut(region, -1);
                // Two listed ranges: the list ends after the first, which must be refused; nobody is told of the rest.
                media.inject(3 * 4096, 64);
                media.injectKnown(BAD, 64);
                assertEquals(List.of(range(BAD, 64), range(3 * 4096, 64)), media.poisoned(), "one range: cut off");
                media.injectKnown(2 * 4096, 64);
                assertEquals(List.of(range(BAD, 64)), region.poison().ranges(), "known at least");
                assertEquals(List.of(range(2 * 4096, 64), range(3 * 4096, 64)), media.poisoned());
                assertFalse(region.poison().isClean());
                region.recovery().zero(BAD, 64);
                assertEquals(List.of(), region.poison().ranges());
                assertFalse(region.poison().isClean(), "no line is refused, and yet it is not clean");
            });
            media.cutListShort(false);
            assertEquals(Optional.empty(), region.poison().unknown());
            assertEquals(List.of(range(2 * 4096, 64)), region.poison().ranges(), "the list is whole again");
            assertThrows(PoisonException.class, () -> region.getByte(3 * 4096));
            region.recovery().zero(0, SIZE);
            assertTrue(region.poison().isClean());
        }
        // An ordinary file keeps no list, and none is missing.
        try (Region plain = Region.builder(folder.resolve("plain")).size(SIZE).media(Media.file()).open()) {
            assertTrue(plain.poison().isClean());
            assertEquals(Optional.empty(), plain.poison().unknown());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 256, 512, 4096})
    @DisplayName("Law 3: A recovery writes the clearing units that hold bad lines, and nothing else")
    void shouldRecoverOnMediaOfEveryClearingUnit(final int unit) throws IOException {
        media.clearUnit(unit);
        final List<ByteRange> writes = new ArrayList<>();
        final Storage storage = new Storage() {
            @Override
            public NativeFile create(final Path file) throws IOException {
                return !file.equals(path) ? super.create(file) : new NativeFile(super.create(file)) {
                    @Override
                    public void write(final long offset, final MemorySegment buffer) throws IOException {
                        if (buffer.byteSize() < Long.BYTES
                            || buffer.get(ValueLayout.JAVA_LONG_UNALIGNED, 0) != SimulatedMedia.SCRIBBLE) {
                            writes.add(range(offset, buffer.byteSize()));
                        }
                        super.write(offset, buffer);
                    }
                };
            }
        };
        try (Region region = Region.builder(path).size(SIZE).media(media).storage(storage).open()) {
            region.fill(0, SIZE, FILL);
            // Lines 2 and 40: two runs of units, unless the unit is the page.
            media.inject(BAD, 64);
            media.inject(4096 + 40 * 64, 64);
            assertEquals(FILL, region.getByte(4096));
            final List<ByteRange> expected = unit == 4096 ? List.of(range(4096, 4096))
                : List.of(range(BAD & -unit, unit), range(4096 + 40 * 64 & -unit, unit));
            assertEquals(expected, writes);
            assertEquals(List.of(range(BAD, 64), range(4096 + 40 * 64, 64)), region.poison().ranges());
            assertEquals(List.of(), media.poisoned());
            region.recovery().write(4096 + 40 * 64, new byte[64]);
            media.inject(BAD + 64, 64);
            region.recovery().write(BAD, new byte[] {FILL});
            assertEquals(List.of(range(BAD + 64, 64)), unit == 64 ? media.poisoned() : region.poison().ranges(),
                "a write needs its unit to be good; poison in another one stays latent");
        }
    }
}
