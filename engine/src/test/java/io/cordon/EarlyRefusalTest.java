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
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
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

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * An access that ran into lines that are gone is told before the recovery is durable; nobody else is the worse for it.
 * Nothing becomes durable while the gate is shut: what happens then, happens before.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EarlyRefusalTest {
    private static final int SIZE = 8 * 4096;
    private static final byte FILL = 0x11;
    private static final long PAGE = 4096;
    private static final long BAD = PAGE + 128;
    private static final long NEIGHBOUR = PAGE + 1024;

    @TempDir
    private Path folder;
    private final Gate gate = new Gate();
    private final SimulatedMedia media = Media.simulated();
    private Path path;
    private Region region;

    @BeforeEach
    void open() throws IOException {
        path = folder.resolve("region");
        region = Region.builder(path).size(SIZE).media(media).storage(gate).open();
        region.fill(0, SIZE, FILL);
        region.persist();
    }

    @AfterEach
    void close() {
        gate.open();
        region.close();
    }

    /** Files whose syncs wait for a gate to be open. */
    private static final class Gate extends Storage {
        private boolean shut;
        private int waiting;

        synchronized void shut() {
            shut = true;
        }

        synchronized void open() {
            shut = false;
            notifyAll();
        }

        synchronized boolean isShut() {
            return shut;
        }

        synchronized void pass() {
            waiting++;
            notifyAll();
            while (shut) {
                await();
            }
            waiting--;
        }

        /** Until somebody has come to the gate. */
        synchronized void awaitWaiting() {
            while (waiting == 0) {
                await();
            }
        }

        private void await() {
            try {
                wait();
            } catch (final InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        }

        @Override
        public NativeFile open(final Path file, final boolean readOnly) throws IOException {
            return gated(super.open(file, readOnly));
        }

        @Override
        public NativeFile create(final Path file) throws IOException {
            return gated(super.create(file));
        }

        private NativeFile gated(final NativeFile file) {
            return new NativeFile(file) {
                @Override
                public void sync() throws IOException {
                    pass();
                    super.sync();
                }
            };
        }
    }

    private static ByteRange range(final long offset, final long length) {
        return new ByteRange(offset, length);
    }

    private static List<ByteRange> refused(final Region in, final long offset, final int length) {
        return assertThrows(PoisonException.class, () -> in.get(offset, new byte[length], 0, length)).ranges();
    }

    /** Runs into poison and leaves the recovery waiting at the gate. */
    private void strike(final long offset, final long length) throws IOException {
        media.inject(offset, length);
        gate.shut();
        assertEquals(List.of(range(offset, length)), refused(region, offset, (int) length));
        gate.awaitWaiting();
    }

    /** Starts an access; when this returns, it waits for something or has ended. True if it ended at a shut gate. */
    private FutureTask<Boolean> access(final Runnable access) throws InterruptedException {
        final FutureTask<Boolean> task = new FutureTask<>(() -> {
            access.run();
            return gate.isShut();
        });
        final Thread thread = Thread.ofPlatform().daemon().start(task);
        while (thread.getState() == Thread.State.RUNNABLE || thread.getState() == Thread.State.NEW) {
            Thread.sleep(1);
        }
        return task;
    }

    private static void assertEndedAfterwards(final FutureTask<Boolean> task) throws Exception {
        try {
            assertFalse(task.get(), "it did not wait");
        } catch (final ExecutionException failure) {
            throw assertInstanceOf(AssertionError.class, failure.getCause());
        }
    }

    @Test
    @DisplayName("Law 1: Whoever touches lines that are gone is told which before anything is durable; others wait")
    void shouldRefuseBeforeTheRecoveryIsDurable() throws Exception {
        media.inject(BAD, 64);
        media.inject(BAD + 192, 128);
        gate.shut();
        final PoisonException thrown = assertThrows(PoisonException.class, () -> region.getLong(BAD + 8));
        assertEquals(List.of(range(BAD, 64)), thrown.ranges());
        assertNull(thrown.getCause());
        assertEquals(List.of(range(BAD, 64), range(BAD + 192, 128)), refused(region, PAGE - 1, 4098));
        assertThrows(PoisonException.class, () -> region.putLong(BAD, 1));
        assertThrows(PoisonException.class, () -> region.getAndAddLong(BAD, 1));
        assertEquals(LineState.POISONED, region.poison().state(BAD));
        gate.awaitWaiting();
        // The recovery is under way now, and knows what is gone.
        assertEquals(List.of(range(BAD + 192, 64)), refused(region, BAD + 200, 8));
        assertEquals(List.of(range(BAD, 64), range(BAD + 192, 128)), refused(region, PAGE - 1, 4098));
        final FutureTask<Boolean> healthy = access(() -> assertEquals(FILL, region.getByte(NEIGHBOUR)));
        final FutureTask<Boolean> stored = access(() -> region.putByte(NEIGHBOUR + 64, (byte) 7));
        gate.open();
        assertEndedAfterwards(healthy);
        assertEndedAfterwards(stored);
        assertEquals(7, region.getByte(NEIGHBOUR + 64));
        assertEquals(List.of(range(BAD, 64), range(BAD + 192, 128)), region.poison().ranges());
        assertEquals(LineState.LOST, region.poison().state(BAD));
        assertEquals(List.of(), media.poisoned(), "recovered, though nobody waited for it");
    }

    @Test
    @DisplayName("Law 3: poison() does not count all of a page that somebody else is recovering just then")
    void shouldNotCountWhatIsRefusedForAMomentOnly() throws Exception {
        gate.shut();
        final FutureTask<Boolean> withdrawn = access(() -> {
            try {
                media.injectKnown(BAD, 64);
            } catch (final IOException failure) {
                throw new AssertionError(failure);
            }
        });
        gate.awaitWaiting();
        final FutureTask<Boolean> asked =
            access(() -> assertEquals(List.of(range(BAD, 64)), region.poison().ranges()));
        gate.open();
        assertEndedAfterwards(withdrawn);
        assertEndedAfterwards(asked);
    }

    @Test
    @DisplayName("Law 1: The refusal names the poisoned lines of all pages, and the lost ones")
    void shouldNameTheLinesOfSeveralPages() throws IOException {
        media.inject(2 * PAGE, 64);
        assertThrows(PoisonException.class, () -> region.getByte(2 * PAGE));
        assertEquals(List.of(range(2 * PAGE, 64)), region.poison().ranges());
        media.inject(BAD, 64);
        media.inject(2 * PAGE + 640, 64);
        media.inject(3 * PAGE - 64, 128);
        gate.shut();
        final List<ByteRange> all = List.of(range(BAD, 64), range(2 * PAGE, 64), range(2 * PAGE + 640, 64),
            range(3 * PAGE - 64, 128));
        // A load that meets a lost line does not touch the others.
        for (final ByteRange bad : all) {
            assertEquals(List.of(range(bad.offset(), 64)), refused(region, bad.offset(), 64));
        }
        assertEquals(List.of(range(3 * PAGE, 64)), refused(region, 3 * PAGE, 64));
        assertEquals(all, refused(region, 0, SIZE));
        gate.awaitWaiting();
        assertEquals(all, refused(region, 0, SIZE));
        gate.open();
        assertEquals(all, region.poison().ranges());
        assertEquals(all, refused(region, 0, SIZE));
    }

    @Test
    @DisplayName("Law 4: A line that was refused early is refused after a crash that left nothing in the sidecar")
    void shouldRememberAfterACrash() throws IOException {
        strike(BAD, 64);
        final Path crashed = Files.createDirectory(folder.resolve("crashed"));
        for (final String name : List.of("region", "region.simulated")) {
            Files.copy(folder.resolve(name), crashed.resolve(name));
        }
        try (Region reopened = Region.builder(crashed.resolve("region")).media(Media.simulated()).open()) {
            assertEquals(List.of(range(BAD, 64)), refused(reopened, 0, SIZE));
            assertEquals(FILL, reopened.getByte(NEIGHBOUR));
        }
    }

    @Test
    @DisplayName("Law 4: What was refused early is in the sidecar when the region is closed")
    void shouldRecordBeforeItIsClosed() throws IOException {
        // The fault watch is at it, and nobody else follows up what no access waits for.
        strike(BAD, 64);
        final Path other = folder.resolve("other");
        final SimulatedMedia otherMedia = Media.simulated();
        try (Region struck = Region.builder(other).size(SIZE).media(otherMedia).open()) {
            otherMedia.inject(BAD, 64);
            assertEquals(List.of(range(BAD, 64)), refused(struck, BAD, 64));
            assertEquals(List.of(range(BAD, 64)), otherMedia.poisoned());
        }
        try (Region reopened = Region.builder(other).media(otherMedia).open()) {
            assertEquals(List.of(), otherMedia.poisoned());
            assertEquals(LineState.LOST, reopened.poison().state(BAD));
        }
    }

    @Test
    @DisplayName("Law 3: A line that goes bad after it was salvaged is neither refused nor lost")
    void shouldServeWhatWasSalvagedBeforeItWentBad() throws Exception {
        strike(BAD, 64);
        media.inject(NEIGHBOUR, 64);
        final FutureTask<Boolean> salvaged = access(() -> assertEquals(FILL, region.getByte(NEIGHBOUR)));
        final FutureTask<Boolean> both =
            access(() -> assertEquals(List.of(range(BAD, 64)), refused(region, PAGE, 4096)));
        gate.open();
        assertEndedAfterwards(salvaged);
        assertEndedAfterwards(both);
        assertEquals(List.of(range(BAD, 64)), region.poison().ranges());
    }

    @Test
    @DisplayName("Law 4: What the medium does not promise to remember is refused when it is known to be remembered")
    void shouldWaitWhereTheMediumMayForget() throws Exception {
        // Pages behind the end of the file: whoever lengthens it again brings them back, whatever they hold.
        try (NativeFile file = NativeFile.open(path, false)) {
            file.setSize(PAGE);
        }
        gate.shut();
        final FutureTask<Boolean> load = access(() -> {
            final PoisonException thrown = assertThrows(PoisonException.class, () -> region.getByte(BAD));
            assertNotNull(thrown.getCause());
        });
        gate.open();
        assertEndedAfterwards(load);
    }

    @Test
    @DisplayName("Law 10: Lines that a failed persist made suspect are refused when that is recorded, not before")
    void shouldWaitForTheRecordOfSuspectLines() throws Exception {
        media.failPersist(true);
        gate.shut();
        final FutureTask<Boolean> persist =
            access(() -> assertThrows(IOException.class, () -> region.persist(PAGE, 64)));
        gate.awaitWaiting();
        final FutureTask<Boolean> load =
            access(() -> assertEquals(List.of(range(PAGE, 64)), refused(region, PAGE, 128)));
        media.failPersist(false);
        gate.open();
        assertEndedAfterwards(persist);
        assertEndedAfterwards(load);
    }

    @Test
    @DisplayName("Law 6: On a medium that only pretends to clear, early refusals and late ones agree on the bad line")
    void shouldRefuseOnAMediumThatPretends() throws IOException {
        media.clearing(Clearing.PRETENDS);
        media.inject(BAD, 64);
        assertEquals(List.of(range(BAD, 64)), refused(region, PAGE, 4096));
        assertTrue(region.poison().ranges().contains(range(PAGE, 4096)), "the page stays withdrawn");
        assertNotNull(assertThrows(PoisonException.class, () -> region.getByte(BAD)).getCause());
        media.clearing(Clearing.CLEARS);
        region.recovery().zero(PAGE + 192, 64);
        assertEquals(List.of(range(BAD, 64)), refused(region, PAGE, 4096));
    }
}
