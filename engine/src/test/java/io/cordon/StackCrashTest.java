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

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.linux.Storage;
import io.cordon.media.Leg;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.Lines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * As {@link CrashTest} for a region, for one on a stack: the world stops after each file operation, of what was not
 * synced each file keeps other parts, and the stack is opened again.
 */
@DisplayName("Laws 3, 4 and 5: A crash at any file operation of a stack loses nothing healthy and forgets no loss")
class StackCrashTest {
    private static final int STRIPED_PAGES = 4;
    private static final int LEG_PAGES = 2;
    private static final int LINES = (STRIPED_PAGES + LEG_PAGES) * Lines.LENGTH;
    private static final long LEG = (long) LEG_PAGES << Lines.PAGE_SHIFT;
    private static final long SEED = Long.getLong("cordon.crash.seed", 20261120);
    private static final int ROUNDS = Integer.getInteger("cordon.crash.rounds", 1);
    private static final double[] KEPT = {0, 1, 0.5, 0.2, 0.8};
    private static final String[] LEGS = {"a", "b", "c"};

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final SimulatedMedia[] media = new SimulatedMedia[LEGS.length];
    private Path folder;
    private Path original;
    private Region region;
    private CrashDisk<LineModel> disk;
    private long version = 1;

    @BeforeEach
    void makeFolder() throws IOException {
        // In memory: the test decides what is durable, not the disk.
        final Path shared = Path.of("/dev/shm");
        folder = Files.isWritable(shared) ? Files.createTempDirectory(shared, "cordon-crash")
            : Files.createTempDirectory("cordon-crash");
        original = Files.createDirectory(folder.resolve("original"));
    }

    @AfterEach
    void deleteFolder() throws IOException {
        delete(folder);
    }

    private static void delete(final Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (final Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }

    private Region open(final Path place, final Storage storage) throws IOException {
        final Leg[] legs = new Leg[LEGS.length];
        for (int i = 0; i < legs.length; i++) {
            media[i] = Media.simulated();
            legs[i] = Leg.of(place.resolve(LEGS[i]), LEG, media[i]);
        }
        return Region.builder(place.resolve("region")).storage(storage)
            .media(Media.linear(Media.striped(Lines.PAGE_LENGTH, legs[0], legs[1]), legs[2])).open();
    }

    /** Pages 0 and 2 on the first leg, 1 and 3 on the second, 4 and 5 on the third. */
    private static int leg(final int line) {
        final int page = line / Lines.LENGTH;
        return page < STRIPED_PAGES ? page % 2 : 2;
    }

    private static long legOffset(final int line) {
        final int page = line / Lines.LENGTH;
        final long legPage = page < STRIPED_PAGES ? page / 2 : page - STRIPED_PAGES;
        return (legPage << Lines.PAGE_SHIFT) + ((long) (line % Lines.LENGTH) << Lines.SHIFT);
    }

    private void store(final int line) throws IOException {
        final long word = LineModel.word(line, ++version);
        final byte[] content = LineModel.content(word);
        disk.note(model -> model.writing(line, word));
        region.put((long) line << Lines.SHIFT, content, 0, Lines.LENGTH);
        disk.stored(original.resolve(LEGS[leg(line)]), legOffset(line), content);
    }

    private void persist() throws IOException {
        region.persist();
        for (final String leg : LEGS) {
            disk.persisted(original.resolve(leg));
        }
        disk.note(model -> each(0, LINES, model::persisted));
    }

    private void inject(final int line) throws IOException {
        disk.note(model -> model.losing(line));
        media[leg(line)].inject(legOffset(line), Lines.LENGTH);
        disk.note(model -> model.lost(line));
    }

    private void touch(final int line) {
        assertTrue(LineModel.load(region, line, new byte[Lines.LENGTH]), "line " + line + " is readable");
    }

    /** A recovery write, across whatever borders there are. */
    private void write(final int first, final int count) throws IOException {
        version++;
        final long mine = version;
        final byte[] content = new byte[count << Lines.SHIFT];
        each(first, count, line -> System.arraycopy(LineModel.content(LineModel.word(line, mine)), 0,
            content, line - first << Lines.SHIFT, Lines.LENGTH));
        disk.note(model -> each(first, count, line -> model.writing(line, LineModel.word(line, mine))));
        region.recovery().write((long) first << Lines.SHIFT, content);
        disk.note(model -> each(first, count, model::recovered));
    }

    private static void each(final int first, final int count, final IntConsumer action) {
        for (int line = first; line < first + count; line++) {
            action.accept(line);
        }
    }

    private static LineModel allStored() {
        final LineModel model = new LineModel(LINES);
        each(0, LINES, line -> model.found(line, LineModel.word(line, 1)));
        return model;
    }

    private void crash(final LineModel model, final int count, final boolean late, final double keep)
        throws IOException {
        final Path target = Files.createDirectory(folder.resolve("crashed"));
        final String context = "seed " + SEED + ", kept " + keep + ", late " + late + ", " + disk.describe(count);
        disk.replayNotes(count, model);
        disk.crash(count, late, random, keep, target);
        try (Region reopened = open(target, Storage.NATIVE)) {
            model.check(reopened, false, context);
            reopened.recovery().zero(0, reopened.size());
            assertTrue(reopened.poison().isClean(), context);
        } catch (final IOException failure) {
            throw new AssertionError("cannot be opened: " + context, failure);
        }
        delete(target);
    }

    @Test
    void shouldSurviveACrashInRecoveriesOnSeveralLegs() throws IOException {
        try (Region fresh = open(original, Storage.NATIVE)) {
            each(0, LINES, line -> fresh.put(
                (long) line << Lines.SHIFT, LineModel.content(LineModel.word(line, 1)), 0, Lines.LENGTH));
            fresh.persist();
        }
        disk = new CrashDisk<>(original.resolve("region"));
        region = open(original, disk);
        try {
            // The last line of page 0 and the first of page 1, of another leg; then where the stripes end.
            inject(63);
            inject(64);
            store(70);
            touch(62);
            persist();
            touch(65);
            store(66);
            write(60, 8);
            inject(255);
            inject(256);
            touch(254);
            store(257);
            touch(258);
            persist();
            write(255, 2);
        } finally {
            region.close();
        }
        for (int count = 0; count <= disk.size(); count++) {
            for (int i = 0; i < KEPT.length * ROUNDS; i++) {
                crash(allStored(), count, i % 2 == 0, KEPT[i % KEPT.length]);
            }
        }
        assertTrue(disk.size() > 40, "only " + disk.size() + " operations");
    }

    @Test
    @DisplayName("Law 5: Whatever a crash leaves of a creation is taken up again")
    void shouldSurviveACrashWhileAStackIsCreated() throws IOException {
        disk = new CrashDisk<>(original.resolve("region"));
        region = open(original, disk);
        try {
            store(1);
            store(65);
            store(300);
            persist();
        } finally {
            region.close();
        }
        for (int count = 0; count <= disk.size(); count++) {
            for (int i = 0; i < 20 * ROUNDS; i++) {
                crash(new LineModel(LINES), count, true, Math.clamp(random.nextDouble() * 1.5 - 0.25, 0, 1));
            }
        }
    }
}
