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

import io.cordon.linux.Storage;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.Lines;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.SidecarException;
import io.cordon.recovery.SidecarProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The world stops after each file operation of a recovery in turn, what was not synced is dropped or torn, and the
 * region is opened again. The operations are recorded in one run, and the state after each of them is made from the
 * record, many times with other parts missing.
 */
@DisplayName("Laws 3, 4 and 5: A crash at any file operation loses nothing healthy and forgets no loss")
class CrashTest {
    private static final int PAGES = 6;
    private static final int LINES_PER_PAGE = Lines.PAGE_LENGTH / Lines.LENGTH;
    private static final int LINES = PAGES * LINES_PER_PAGE;
    private static final long SIZE = (long) PAGES << Lines.PAGE_SHIFT;
    private static final long SEED = Long.getLong("cordon.crash.seed", 20261120);
    private static final int ROUNDS = Integer.getInteger("cordon.crash.rounds", 1);
    private static final double[] KEPT = {0, 1, 0.5, 0.2, 0.8};
    private static final int COMPACT_LENGTH = 1 << 20;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private Path folder;
    private Path path;
    private SimulatedMedia media;
    private Region region;
    private CrashDisk<LineModel> disk;
    /** Of the media that are opened; 0 for the usual one. */
    private int wipedUnit;
    private boolean persistFailed;
    private long version = 1;
    private int crashes;
    private int interrupted;

    @BeforeEach
    void makeFolder() throws IOException {
        // In memory: the test decides what is durable, not the disk.
        final Path shared = Path.of("/dev/shm");
        folder = Files.isWritable(shared) ? Files.createTempDirectory(shared, "cordon-crash")
            : Files.createTempDirectory("cordon-crash");
        path = Files.createDirectory(folder.resolve("original")).resolve("region");
    }

    @AfterEach
    void deleteFolder() throws IOException {
        clear(folder);
        Files.delete(folder);
    }

    private static void clear(final Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (final Path file : files) {
                if (Files.isDirectory(file)) {
                    clear(file);
                }
                Files.delete(file);
            }
        }
    }

    /** What a test does while it is recorded. */
    private interface Script {
        void run() throws IOException;
    }

    private Region open(final Path file, final Storage storage) throws IOException {
        media = Media.simulated();
        if (wipedUnit != 0) {
            media.clearUnit(wipedUnit);
            media.wipesWhenClearing(true);
        }
        return Region.builder(file).size(SIZE).media(media).storage(storage).open();
    }

    /** A region with a word in each line, all durable. */
    private LineModel prepare() throws IOException {
        final LineModel model = new LineModel(LINES);
        try (Region fresh = open(path, Storage.NATIVE)) {
            for (int line = 0; line < LINES; line++) {
                final long word = LineModel.word(line, version);
                fresh.put((long) line << Lines.SHIFT, LineModel.content(word), 0, Lines.LENGTH);
                model.found(line, word);
            }
            fresh.persist();
        }
        return model;
    }

    private void record(final Script script) throws IOException {
        disk = new CrashDisk<>(path);
        region = open(path, disk);
        try {
            script.run();
        } finally {
            region.close();
        }
    }

    private void store(final int line) throws IOException {
        final long word = LineModel.word(line, ++version);
        final byte[] content = LineModel.content(word);
        disk.note(model -> model.writing(line, word));
        try {
            region.put((long) line << Lines.SHIFT, content, 0, Lines.LENGTH);
        } catch (final PoisonException refused) {
            disk.note(model -> model.notWritten(line, word));
            throw refused;
        }
        disk.stored(path, (long) line << Lines.SHIFT, content);
    }

    /** Where an operation may fail: then all lines may be refused, after a second one that succeeds too (law 10). */
    private void persistThatMayFail() throws IOException {
        disk.note(model -> model.persisting(true));
        final boolean failedBefore = persistFailed;
        persistFailed = true;
        persist();
        persistFailed = failedBefore;
        disk.note(model -> model.persisting(failedBefore));
    }

    private void persist() throws IOException {
        region.persist();
        disk.persisted(path);
        disk.note(model -> {
            for (int line = 0; line < LINES; line++) {
                model.persisted(line);
            }
        });
    }

    private void inject(final int first, final int count) throws IOException {
        disk.note(model -> each(first, count, model::losing));
        media.inject((long) first << Lines.SHIFT, (long) count << Lines.SHIFT);
        disk.note(model -> each(first, count, model::lost));
    }

    private static void each(final int first, final int count, final IntConsumer action) {
        for (int line = first; line < first + count; line++) {
            action.accept(line);
        }
    }

    /** Runs into a fault, and so into the recovery of the page. */
    private void touch(final int line) {
        assertTrue(LineModel.load(region, line, new byte[Lines.LENGTH]), "line " + line + " is readable");
    }

    private void write(final int first, final int count) throws IOException {
        version++;
        final long mine = version;
        final byte[] content = new byte[count << Lines.SHIFT];
        each(first, count, line -> System.arraycopy(LineModel.content(LineModel.word(line, mine)), 0,
            content, line - first << Lines.SHIFT, Lines.LENGTH));
        disk.note(model -> each(first, count, line -> model.writing(line, LineModel.word(line, mine))));
        try {
            region.recovery().write((long) first << Lines.SHIFT, content);
        } catch (final IOException failure) {
            disk.note(model -> each(first, count, model::uncertain));
            throw failure;
        }
        disk.note(model -> each(first, count, model::recovered));
    }

    private void zero(final int first, final int count) throws IOException {
        disk.note(model -> each(first, count, line -> model.writing(line, 0)));
        region.recovery().zero((long) first << Lines.SHIFT, (long) count << Lines.SHIFT);
        disk.note(model -> each(first, count, model::recovered));
    }

    /** Crashes after each step. */
    private void crashEverywhere(final Supplier<LineModel> start, final int from, final int variants)
        throws IOException {
        for (int count = from; count <= disk.size(); count++) {
            for (int i = 0; i < variants * ROUNDS; i++) {
                crash(start, disk, count, i % 2 == 0, KEPT[i % KEPT.length], true);
            }
            crash(start, disk, count, true, random.nextDouble(), true);
        }
        assertTrue(crashes > 20, "only " + crashes + " crashes");
    }

    private void crash(final Supplier<LineModel> start, final CrashDisk<LineModel> recorded,
        final int count, final boolean late, final double keep, final boolean again) throws IOException {
        crashes++;
        final LineModel model = start.get();
        recorded.replayNotes(count, model);
        final Path target = Files.createDirectory(folder.resolve(again ? "crashed" : "crashed-again"));
        final String context = "seed " + SEED + ", crash " + crashes + (again ? "" : " (second)") + ", kept " + keep
            + ", late " + late + ", " + recorded.describe(count);
        recorded.crash(count, late, random, keep, target);
        final Path file = target.resolve("region");
        final boolean begun = Files.exists(file) && Files.size(file) == SIZE && SidecarProbe.begun(file) > 0;
        interrupted += begun ? 1 : 0;
        final CrashDisk<LineModel> second = again && (begun || random.nextInt(8) == 0) ? new CrashDisk<>(file) : null;
        try (Region reopened = open(file, second == null ? Storage.NATIVE : second)) {
            model.check(reopened, false, context);
            if (second == null) {
                checkThatAllCanBeRecovered(reopened, model, context);
            }
        } catch (final IOException failure) {
            throw new AssertionError("cannot be opened: " + context, failure);
        }
        if (second != null) {
            // And the world stops once more, while the first crash is being put right.
            for (int next = 0; next <= second.size(); next++) {
                crash(() -> model, second, next, random.nextBoolean(), random.nextDouble() * 1.5 - 0.25, false);
            }
        }
        clear(target);
        Files.delete(target);
    }

    private static void checkThatAllCanBeRecovered(final Region reopened, final LineModel model, final String context)
        throws IOException {
        final byte[] bytes = new byte[Lines.LENGTH];
        for (int line = 0; line < model.lines(); line++) {
            if (!LineModel.load(reopened, line, bytes)) {
                reopened.recovery().zero((long) line << Lines.SHIFT, Lines.LENGTH);
                assertTrue(LineModel.load(reopened, line, bytes), context);
            }
        }
        assertTrue(reopened.poison().isClean(),
            () -> reopened.poison().ranges() + " are refused still; " + context);
    }

    private static Supplier<LineModel> allStored() {
        return () -> {
            final LineModel model = new LineModel(LINES);
            for (int line = 0; line < LINES; line++) {
                model.found(line, LineModel.word(line, 1));
            }
            return model;
        };
    }

    @Test
    void shouldSurviveACrashInTheRecoveryOfOnePage() throws IOException {
        prepare();
        record(() -> {
            store(3);
            store(64);
            inject(65, 2);
            touch(64);
            store(67);
            persist();
            store(68);
            inject(70, 1);
            touch(69);
            store(71);
            persist();
        });
        crashEverywhere(allStored(), 0, KEPT.length);
        assertTrue(interrupted > 0, "no crash met a begun recovery");
    }

    /** What was salvaged is nowhere but in the journal until the recovery write is durable, so that must come first. */
    @ParameterizedTest
    @ValueSource(ints = {256, 4096})
    void shouldSurviveACrashOnAMediumThatWipesWhatItClears(final int unit) throws IOException {
        wipedUnit = unit;
        prepare();
        record(() -> {
            store(64);
            persist();
            inject(65, 2);
            inject(100, 1);
            touch(64);
            store(67);
            inject(70, 1);
            touch(69);
            write(70, 1);
        });
        crashEverywhere(allStored(), 0, KEPT.length);
        assertTrue(interrupted > 0, "no crash met a begun recovery");
    }

    @Test
    void shouldSurviveACrashInTheRecoveryOfTwoPages() throws IOException {
        prepare();
        record(() -> {
            inject(120, 16);
            store(140);
            touch(119);
            store(119);
            persist();
            touch(141);
            store(141);
            inject(0, 1);
            write(119, 1);
            persist();
            touch(1);
        });
        crashEverywhere(allStored(), 0, KEPT.length);
        assertTrue(interrupted > 0, "no crash met a begun recovery");
    }

    @Test
    void shouldSurviveACrashWhileLostLinesAreWritten() throws IOException {
        prepare();
        record(() -> {
            inject(60, 10);
            touch(59);
            write(58, 4);
            store(60);
            persist();
            write(63, 3);
            zero(66, 2);
            inject(62, 1);
            write(62, 1);
            store(62);
            persist();
            zero(68, 1);
            store(68);
        });
        crashEverywhere(allStored(), 0, KEPT.length);
        assertTrue(interrupted > 0, "no crash met a begun recovery");
    }

    @Test
    void shouldSurviveACrashWhileAPageIsRecoveredThatHasLostLinesAlready() throws IOException {
        prepare();
        record(() -> {
            inject(10, 2);
            touch(9);
            inject(20, 1);
            touch(9);
            write(10, 1);
            inject(12, 1);
            store(13);
            persist();
        });
        crashEverywhere(allStored(), 0, KEPT.length);
        assertTrue(interrupted > 0, "no crash met a begun recovery");
    }

    @Test
    void shouldSurviveACrashWhileTheSidecarIsCompacted() throws IOException {
        prepare();
        final Path sidecar = path.resolveSibling("region.cordon");
        try (Region worn = open(path, Storage.NATIVE)) {
            media.inject(5 << Lines.SHIFT, Lines.LENGTH);
            assertThrows(PoisonException.class, () -> worn.getLong(5 << Lines.SHIFT));
            while (SidecarProbe.end(sidecar) <= COMPACT_LENGTH - 2 * Lines.PAGE_LENGTH) {
                media.inject(200 << Lines.SHIFT, Lines.LENGTH);
                worn.recovery().write(200 << Lines.SHIFT, LineModel.content(LineModel.word(200, 1)));
            }
            worn.persist();
        }
        final boolean[] compacted = new boolean[1];
        record(() -> {
            for (int i = 0; i < 4 && !compacted[0]; i++) {
                inject(80 + i, 1);
                touch(79);
                store(79);
                persist();
                compacted[0] = SidecarProbe.end(sidecar) < COMPACT_LENGTH / 2;
            }
            write(80, 1);
        });
        assertTrue(compacted[0], "the sidecar was not compacted");
        crashEverywhere(() -> {
            final LineModel model = allStored().get();
            model.lost(5);
            return model;
        }, 0, 1);
        assertTrue(interrupted > 0, "no crash met a begun recovery");
    }

    @Test
    void shouldSurviveACrashWhileARegionIsCreated() throws IOException {
        final int[] durable = new int[1];
        record(() -> {
            store(1);
            persist();
            durable[0] = disk.size();
            inject(2, 1);
            touch(1);
            write(2, 1);
        });
        for (int count = 0; count < durable[0]; count++) {
            for (int i = 0; i < 40; i++) {
                crashWhileCreating(count, random.nextDouble() * 1.5 - 0.25);
            }
        }
        crashEverywhere(() -> new LineModel(LINES), durable[0], KEPT.length);
    }

    /** Before anything is durable the region may be absent or half made; it is never taken for a damaged one. */
    private void crashWhileCreating(final int count, final double keep) throws IOException {
        final LineModel model = new LineModel(LINES);
        disk.replayNotes(count, model);
        final Path target = Files.createDirectory(folder.resolve("crashed"));
        disk.crash(count, true, random, Math.clamp(keep, 0, 1), target);
        final String context = "seed " + SEED + ", kept " + keep + ", " + disk.describe(count);
        try (Region reopened = open(target.resolve("region"), Storage.NATIVE)) {
            model.check(reopened, false, context);
        } catch (final SidecarException failure) {
            throw new AssertionError(context, failure);
        } catch (RegionFormatException _) {
            assertTrue(Files.size(target.resolve("region")) < SIZE, context);
            Files.delete(target.resolve("region"));
            open(target.resolve("region"), Storage.NATIVE).close();
        }
        clear(target);
        Files.delete(target);
    }

    @Test
    void shouldGiveNothingAsDurableAfterAnOperationFailed() throws IOException {
        prepare();
        final int[] length = {Integer.MAX_VALUE};
        int failures = 0;
        for (int failing = 0; failing <= length[0]; failing++) {
            final int at = failing;
            persistFailed = false;
            record(() -> {
                disk.failAt(at);
                runThatMayFail(() -> inject(65, 2), 65, 2);
                mayFail(() -> touch(64));
                mayFail(() -> write(65, 1));
                mayFail(() -> touch(64));
                mayFail(() -> store(70));
                mayFail(() -> write(65, 1));
                mayFail(this::persistThatMayFail);
                mayFail(() -> write(66, 1));
                mayFail(() -> store(71));
                mayFail(this::persistThatMayFail);
                length[0] = Math.max(at, disk.size());
            });
            failures++;
            for (int count = 0; count <= disk.size(); count++) {
                crash(allStored(), disk, count, true, random.nextDouble() * 1.5 - 0.25, false);
            }
            clear(path.getParent());
            version = 1;
            prepare();
            if (at > disk.size()) {
                break;
            }
        }
        assertTrue(failures > 10, "only " + failures + " operations");
    }

    /** Nothing is lost for certain unless the medium was told of it. */
    private void runThatMayFail(final Script script, final int first, final int count) throws IOException {
        try {
            script.run();
        } catch (IOException _) {
            // The medium may have noted it, or not.
            disk.note(model -> each(first, count, model::losing));
        }
    }

    private static void mayFail(final Script script) {
        try {
            script.run();
        } catch (IOException | PoisonException | AssertionError _) {
            // What was not done is not noted as done.
            return;
        }
    }
}
