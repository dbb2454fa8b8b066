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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.event.LoggedEvent;
import io.cordon.event.MediaEvent;
import io.cordon.event.MediaOutcome;
import io.cordon.event.OwnedRange;
import io.cordon.media.FileLeg;
import io.cordon.media.RandomStack;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.RecoveryResult;
import io.cordon.scrub.ScrubDuty;
import io.cordon.scrub.ScrubOptions;
import io.cordon.scrub.ScrubPass;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Regions on random stacks, with poison at random places of the legs, against a byte array and a table that says where
 * each line lies.
 */
final class StackModelTest {
    private static final int ROUNDS = Integer.getInteger("cordon.stack.rounds", 24);
    private static final int STEPS = 120;
    private static final int STRIKES = 300;
    private static final long SEED = Long.getLong("cordon.stack.seed", 20261120);
    private static final int PAGE_LINES = Lines.PAGE_LENGTH / Lines.LENGTH;
    private static final int OWNERS = 6;
    private static final Logger LOGGER = Logger.getLogger("io.cordon");

    private Path folder;
    private SplittableRandom random;
    private RandomStack stack;
    private String context;
    private Region region;
    private byte[] content;
    private boolean[] latent;
    private boolean[] refused;
    private boolean mirrored;
    private long seed;
    private Path place;
    private int places;
    /** What the log of events says of each line, up to a number. */
    private boolean[] failed;
    private long told;
    /** Ranges and where they start in their owners' offsets; the index is the owner. */
    private List<OwnedRange> owned;
    private volatile String wrong;

    @BeforeAll
    static void silence() {
        LOGGER.setLevel(Level.OFF);
    }

    @AfterAll
    static void speak() {
        LOGGER.setLevel(null);
    }

    @BeforeEach
    void makeFolder() throws IOException {
        // In memory: thousands of recoveries, each with its syncs.
        final Path shared = Path.of("/dev/shm");
        folder = Files.isWritable(shared) ? Files.createTempDirectory(shared, "cordon-stack")
            : Files.createTempDirectory("cordon-stack");
    }

    @AfterEach
    void deleteFolder() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (final Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    @DisplayName("Laws 1, 3 and 4 on stacks: every access, recovery and salvage agrees with the model, reopened too")
    void shouldAgreeWithTheModel() throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            run(SEED + round, false);
        }
    }

    @Test
    @DisplayName("Beside a mirror that is a stack again, every line of a stack is repaired with its own content")
    void shouldRepairFromAMirror() throws IOException {
        for (int round = 0; round < ROUNDS / 2; round++) {
            run(SEED + round, true);
        }
    }

    private void run(final long number, final boolean withMirror) throws IOException {
        seed = number;
        random = new SplittableRandom(seed);
        mirrored = withMirror;
        told = 0;
        wrong = null;
        owned = List.of();
        place = Files.createDirectory(folder.resolve("round" + seed));
        open();
        content = new byte[stack.lines() * Lines.LENGTH];
        latent = new boolean[stack.lines()];
        refused = new boolean[stack.lines()];
        failed = new boolean[stack.lines()];
        try {
            for (int i = 0; i < STEPS; i++) {
                step();
                assertEquals(stack.ranges(refused, -1), region.poison().ranges(), context);
                assertLegs();
                assertTold();
            }
            for (int page = 0; page < stack.lines() / PAGE_LINES; page++) {
                reveal(page);
            }
            load(new ByteRange(0, content.length));
            region.persist();
            awaitDelivery();
            assertEquals(null, wrong, context);
        } catch (final IOException | PoisonException failure) {
            throw new AssertionError(context + ", " + region.mediaEvents(), failure);
        } finally {
            region.close();
        }
        assertFiles();
    }

    /** Always the same stack, wherever its files are. */
    private void open() throws IOException {
        stack = new RandomStack(new SplittableRandom(seed), place, "leg", 0.2);
        context = "seed " + seed + ", " + stack;
        final Region.Builder builder = Region.builder(place.resolve("region")).media(stack.media());
        if (mirrored) {
            builder.mirror(place.resolve("mirror"), new RandomStack(
                new SplittableRandom(~seed), place, "mirrorleg", 0.2, stack.lines() / PAGE_LINES).media());
        }
        region = builder.open();
        own();
    }

    /** Owners of any ranges, several of the same ones too, and a listener that looks at whom an event names. */
    private void own() {
        final List<OwnedRange> mine = new ArrayList<>();
        for (int i = 0; i < OWNERS; i++) {
            final long length = random.nextLong(1, region.size() + 1);
            final ByteRange range = new ByteRange(random.nextLong(region.size() - length + 1), length);
            final long ownerOffset = random.nextLong(1L << 40);
            region.own(range.offset(), length, i, ownerOffset);
            mine.add(new OwnedRange(i, range, ownerOffset));
        }
        owned = mine;
        region.addMediaListener(0, event -> {
            final List<String> expected = new ArrayList<>();
            for (final ByteRange range : event.ranges()) {
                for (final OwnedRange owner : mine) {
                    final long start = Math.max(range.offset(), owner.range().offset());
                    final long end = Math.min(range.end(), owner.range().end());
                    if (start < end) {
                        expected.add(new OwnedRange(owner.owner(), new ByteRange(start, end - start),
                            owner.ownerOffset() + start - owner.range().offset()).toString());
                    }
                }
            }
            final List<String> found = event.owners().stream().map(OwnedRange::toString).sorted().toList();
            if (!event.redelivered() && !found.equals(expected.stream().sorted().toList())) {
                wrong = event + " names " + found + ", not " + expected;
            }
            return false;
        });
    }

    /** The log, without a gap, says of each line what is so, and never the same twice in a row. */
    private void assertTold() {
        final List<LoggedEvent> log = region.mediaEvents();
        for (final LoggedEvent entry : log) {
            final MediaEvent event = entry.event();
            if (event.sequence() <= told) {
                continue;
            }
            assertEquals(told + 1, event.firstSequence(), context);
            told = event.sequence();
            if (event.kind() == MediaEvent.Kind.OFFLINE || event.kind() == MediaEvent.Kind.ONLINE) {
                assertEquals(List.of(new ByteRange(0, content.length)), event.ranges(), context);
                continue;
            }
            final boolean isFailure = event.kind() == MediaEvent.Kind.FAILURE;
            for (final ByteRange range : event.ranges()) {
                for (int line = (int) (range.offset() >>> Lines.SHIFT); line < range.end() >>> Lines.SHIFT; line++) {
                    assertEquals(!isFailure, failed[line], () -> event + ", " + context);
                    failed[line] = isFailure;
                }
            }
        }
        assertEquals(stack.ranges(refused, -1), stack.ranges(failed, -1),
            () -> log + ", " + context);
    }

    private void awaitDelivery() {
        await(() -> region.mediaEvents().stream().noneMatch(event -> event.outcome() == MediaOutcome.PENDING));
    }

    private void await(final BooleanSupplier condition) {
        final long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - start < 60_000_000_000L, () -> "waited in vain, " + context);
            Thread.onSpinWait();
        }
    }

    private void step() throws IOException {
        switch (random.nextInt(16)) {
            case 0, 1, 2 -> store(range(1));
            case 3, 4 -> load(range(1));
            case 5 -> word(random.nextLong(content.length - Long.BYTES + 1));
            case 6, 7, 8 -> inject();
            case 9 -> recover(range(Lines.LENGTH));
            case 10 -> salvage(range(1));
            case 11 -> persist(range(1));
            case 12 -> scrub();
            case 13 -> blink();
            case 14 -> crash();
            default -> {
                persist(new ByteRange(0, content.length));
                region.close();
                open();
            }
        }
    }

    /** The process ends where it stands: the files are as they are, and are found in another place. */
    private void crash() throws IOException {
        if (mirrored) {
            // To begin a mirror, all is copied there.
            reveal(new ByteRange(0, content.length));
        }
        if (region.mediaEvents().stream().anyMatch(
            entry -> isOnline(entry) && entry.outcome() == MediaOutcome.PENDING)) {
            // It rides on no record, and nobody is told before it is durable, a moment later.
            awaitDelivery();
        }
        final Path next = Files.createDirectory(folder.resolve("place" + ++places));
        try (Stream<Path> files = Files.list(place)) {
            for (final Path file : files.toList()) {
                Files.copy(file, next.resolve(file.getFileName()));
            }
        }
        region.close();
        place = next;
        open();
    }

    /** A patrol finds what is latent on any leg, and nothing else. */
    private void scrub() throws IOException {
        if (mirrored) {
            return;
        }
        final long before = region.scrubber().progress().last().map(ScrubPass::number).orElse(0L);
        try (ScrubDuty duty = region.scrubber().duty(ScrubOptions.FULL_SPEED)) {
            await(() -> {
                duty.doWork();
                return region.scrubber().progress().last().map(ScrubPass::number).orElse(0L) != before;
            });
        }
        final ScrubPass pass = region.scrubber().progress().last().orElseThrow();
        assertEquals(stack.ranges(latent, -1), pass.found(), context);
        assertTrue(pass.failure().isEmpty(), () -> pass + ", " + context);
        foundOnPagesOf(latent.clone());
    }

    /** The device of one leg goes: nobody gets at it, and, when that is known, at nothing else. Then it is back. */
    private void blink() throws IOException {
        final int index = random.nextInt(stack.legs().size());
        if (!(stack.legs().get(index).media() instanceof final SimulatedMedia media)) {
            return;
        }
        final int line = stack.line(index, random.nextLong(stack.legs().get(index).size()));
        final long at = (long) line << Lines.SHIFT;
        media.offline();
        // Of a line that a medium keeps bad nobody asks more.
        final boolean isNoticed = !refused[line] && !latent[line] && random.nextBoolean();
        if (isNoticed) {
            assertOffline(assertThrows(PoisonException.class, () -> region.getByte(at), context));
            final int other = random.nextInt(content.length);
            assertOffline(assertThrows(PoisonException.class, () -> region.getByte(other), context));
            assertOffline(assertThrows(PoisonException.class, () -> region.putByte(other, (byte) 1), context));
            assertOffline(assertThrows(IOException.class, () -> region.persist(other, 1), context));
            assertOffline(assertThrows(
                IOException.class, () -> region.recovery().zero(other & -Lines.LENGTH, Lines.LENGTH), context));
        }
        media.online();
        if (isNoticed) {
            await(() -> region.mediaEvents().stream().anyMatch(entry -> isOnline(entry)
                && entry.event().sequence() > told));
            // Its page was withdrawn, and is looked at again; who needs it waits for that.
            load(new ByteRange(at, 1));
        }
    }

    private static boolean isOnline(final LoggedEvent entry) {
        return entry.event().kind() == MediaEvent.Kind.ONLINE;
    }

    private void assertOffline(final Exception refusal) {
        assertTrue(refusal.getMessage().contains("offline"), () -> refusal + ", " + context);
    }

    /** With a mirror, the range is loaded to be copied there, and what is latent in it found. */
    private void persist(final ByteRange range) throws IOException {
        if (mirrored) {
            reveal(range);
        }
        region.persist(range.offset(), range.length());
    }

    private ByteRange range(final int unit) {
        final int units = content.length / unit;
        final int first = random.nextInt(units);
        final int most = random.nextInt(3) == 0 ? units - first : Math.min(units - first, 9000 / unit);
        return new ByteRange((long) first * unit, (long) random.nextInt(1, most + 1) * unit);
    }

    private byte[] bytes(final long length) {
        final byte[] bytes = new byte[(int) length];
        random.nextBytes(bytes);
        return bytes;
    }

    private List<ByteRange> refusedIn(final ByteRange range) {
        final boolean[] touched = new boolean[refused.length];
        for (int line = (int) (range.offset() >>> Lines.SHIFT); line <= range.end() - 1 >>> Lines.SHIFT; line++) {
            touched[line] = refused[line];
        }
        return stack.ranges(touched, -1);
    }

    /** Touches a page that holds latent poison at a line that is not known to be bad: all of the page's is found. */
    private void reveal(final int page) {
        final int first = page * PAGE_LINES;
        boolean found = false;
        for (int line = first; line < first + PAGE_LINES; line++) {
            found |= latent[line];
        }
        if (!found) {
            return;
        }
        final int start = random.nextInt(PAGE_LINES);
        for (int i = 0; i < PAGE_LINES; i++) {
            final int line = first + (start + i) % PAGE_LINES;
            if (!refused[line]) {
                touch(line);
                break;
            }
        }
        for (int line = first; line < first + PAGE_LINES; line++) {
            refused[line] |= latent[line] && !mirrored;
            latent[line] = false;
        }
    }

    private void touch(final int line) {
        final long at = ((long) line << Lines.SHIFT) + random.nextInt(Lines.LENGTH);
        if (latent[line] && !mirrored) {
            final PoisonException thrown = assertThrows(PoisonException.class, () -> region.getByte(at), context);
            assertEquals(List.of(new ByteRange((long) line << Lines.SHIFT, Lines.LENGTH)), thrown.ranges(), context);
        } else {
            assertEquals(content[(int) at], region.getByte(at), () -> "offset " + at + ", " + context);
        }
    }

    private void reveal(final ByteRange range) {
        for (long page = range.offset() >>> Lines.PAGE_SHIFT; page <= range.end() - 1 >>> Lines.PAGE_SHIFT; page++) {
            reveal((int) page);
        }
    }

    private void store(final ByteRange range) throws IOException {
        reveal(range);
        final byte[] bytes = bytes(range.length());
        final List<ByteRange> bad = refusedIn(range);
        if (!bad.isEmpty()) {
            assertEquals(bad, assertThrows(PoisonException.class,
                () -> region.put(range.offset(), bytes, 0, bytes.length), context).ranges(), context);
            return;
        }
        region.put(range.offset(), bytes, 0, bytes.length);
        System.arraycopy(bytes, 0, content, (int) range.offset(), bytes.length);
        if (mirrored) {
            region.persist(range.offset(), range.length());
        }
    }

    private void load(final ByteRange range) {
        reveal(range);
        final byte[] bytes = new byte[(int) range.length()];
        final List<ByteRange> bad = refusedIn(range);
        if (!bad.isEmpty()) {
            assertEquals(bad, assertThrows(PoisonException.class,
                () -> region.get(range.offset(), bytes, 0, bytes.length), context).ranges(), context);
            return;
        }
        region.get(range.offset(), bytes, 0, bytes.length);
        assertArrayEquals(Arrays.copyOfRange(content, (int) range.offset(), (int) range.end()), bytes, context);
    }

    /** Eight bytes, across a border of lines, stripes or legs as it comes. */
    private void word(final long offset) throws IOException {
        final ByteRange range = new ByteRange(offset, Long.BYTES);
        reveal(range);
        if (!refusedIn(range).isEmpty()) {
            assertThrows(PoisonException.class, () -> region.getLong(offset), context);
            return;
        }
        final long value = random.nextLong();
        region.putLong(offset, value);
        MemorySegment.ofArray(content).set(ValueLayout.JAVA_LONG_UNALIGNED, offset, value);
        assertEquals(value, region.getLong(offset), context);
        if (mirrored) {
            region.persist(offset, Long.BYTES);
        }
    }

    /** Poison by a leg's own offsets, except where a page is refused as a whole already. */
    private void inject() throws IOException {
        final int index = random.nextInt(stack.legs().size());
        final FileLeg leg = stack.legs().get(index);
        if (!(leg.media() instanceof final SimulatedMedia media)) {
            return;
        }
        final long first = random.nextLong(leg.size()) & -Lines.LENGTH;
        final long length = Math.min(leg.size() - first, random.nextInt(1, 40) * Lines.LENGTH);
        final boolean[] hit = new boolean[latent.length];
        for (long at = first; at < first + length; at += Lines.LENGTH) {
            hit[stack.line(index, at)] = true;
        }
        for (int page = 0; page < stack.lines() / PAGE_LINES; page++) {
            boolean whole = true;
            boolean touched = false;
            for (int line = page * PAGE_LINES; line < (page + 1) * PAGE_LINES; line++) {
                whole &= refused[line] || hit[line] || latent[line];
                touched |= hit[line];
            }
            if (whole && touched) {
                return;
            }
        }
        final boolean known = random.nextInt(3) == 0;
        if (known) {
            media.injectKnown(first, length);
        } else {
            media.inject(first, length);
        }
        for (int line = 0; line < hit.length; line++) {
            latent[line] |= hit[line];
        }
        if (known) {
            foundOnPagesOf(hit);
        }
    }

    /** A page on the medium's list is recovered at once, with what else is bad there. */
    private void foundOnPagesOf(final boolean[] hit) {
        for (int line = 0; line < hit.length; line++) {
            if (hit[line]) {
                final int first = line / PAGE_LINES * PAGE_LINES;
                for (int other = first; other < first + PAGE_LINES; other++) {
                    refused[other] |= latent[other] && !mirrored;
                    latent[other] = false;
                }
            }
        }
    }

    private void recover(final ByteRange range) throws IOException {
        reveal(range);
        final byte[] bytes = random.nextBoolean() ? bytes(range.length()) : new byte[(int) range.length()];
        final RecoveryResult result = random.nextBoolean() ? region.recovery().write(range.offset(), bytes)
            : region.recovery().write(range.offset(), MemorySegment.ofArray(bytes));
        assertEquals(List.of(), result.stillLost(), context);
        System.arraycopy(bytes, 0, content, (int) range.offset(), bytes.length);
        for (int line = (int) (range.offset() >>> Lines.SHIFT); line < range.end() >>> Lines.SHIFT; line++) {
            refused[line] = false;
        }
        if (mirrored) {
            region.persist(range.offset(), range.length());
        }
    }

    private void salvage(final ByteRange range) throws IOException {
        reveal(range);
        final byte[] bytes = new byte[(int) range.length()];
        final RecoveryResult result = region.recovery().salvage(range.offset(), MemorySegment.ofArray(bytes));
        assertEquals(refusedIn(range), result.stillLost(), context);
        for (int i = 0; i < bytes.length; i++) {
            final int at = (int) range.offset() + i;
            assertEquals(refused[at >>> Lines.SHIFT] ? 0 : content[at], bytes[i], context);
        }
    }

    /** Up and down: what each leg's medium holds is what the model says of that leg. */
    private void assertLegs() {
        for (int leg = 0; leg < stack.legs().size(); leg++) {
            if (stack.legs().get(leg).media() instanceof final SimulatedMedia media) {
                assertEquals(stack.ranges(latent, leg), media.poisoned(), context);
            }
        }
    }

    private void assertFiles() throws IOException {
        final byte[][] files = new byte[stack.legs().size()][];
        for (int leg = 0; leg < files.length; leg++) {
            files[leg] = Files.readAllBytes(stack.legs().get(leg).path());
        }
        for (int line = 0; line < stack.lines(); line++) {
            if (!refused[line]) {
                final int at = (int) stack.legOffset(line);
                final int from = line << Lines.SHIFT;
                assertArrayEquals(Arrays.copyOfRange(content, from, from + Lines.LENGTH),
                    Arrays.copyOfRange(files[stack.leg(line)], at, at + Lines.LENGTH), context);
            }
        }
    }

    @Test
    @DisplayName("Laws 1, 2 and 3: threads store and load while poison strikes the legs; nobody sees another's line")
    void shouldHoldUnderThreads() throws Exception {
        for (int round = 0; round < 3; round++) {
            seed = SEED + round;
            random = new SplittableRandom(seed);
            place = Files.createDirectory(folder.resolve("threads" + round));
            stack = new RandomStack(random, place, "leg", 0, 32);
            context = "seed " + seed + ", " + stack;
            region = Region.builder(place.resolve("region")).media(stack.media()).open();
            try {
                race();
            } finally {
                region.close();
            }
        }
    }

    private void race() throws Exception {
        final int count = 3;
        final AtomicBoolean over = new AtomicBoolean();
        final AtomicInteger refusals = new AtomicInteger();
        final Throwable[] failures = new Throwable[count];
        final long[][] words = new long[count][stack.lines()];
        final Thread[] owners = new Thread[count];
        for (int i = 0; i < count; i++) {
            final int owner = i;
            final SplittableRandom own = random.split();
            owners[i] = Thread.ofPlatform().start(() -> {
                try {
                    while (!over.get()) {
                        final int line = own.nextInt(stack.lines() / count) * count + owner;
                        refusals.addAndGet(access(line, words[owner], own.nextLong()));
                    }
                } catch (final Throwable failure) {
                    failures[owner] = failure;
                }
            });
        }
        for (int i = 0; i < STRIKES; i++) {
            final FileLeg leg = stack.legs().get(random.nextInt(stack.legs().size()));
            final SimulatedMedia media = (SimulatedMedia) leg.media();
            final long at = random.nextLong(leg.size() - 1) & -Lines.LENGTH;
            if (random.nextInt(4) == 0) {
                media.injectKnown(at, 1);
            } else {
                media.inject(at, 1);
            }
        }
        over.set(true);
        for (final Thread owner : owners) {
            owner.join();
        }
        for (final Throwable failure : failures) {
            if (failure != null) {
                throw new AssertionError(context, failure);
            }
        }
        for (int line = 0; line < stack.lines() / count * count; line++) {
            refusals.addAndGet(access(line, words[line % count], 1));
        }
        assertEquals(true, refusals.get() > 0, context);
    }

    /** Loads a line, and stores the next word; writes it anew if it is refused. */
    private int access(final int line, final long[] words, final long next) throws IOException {
        final long at = (long) line << Lines.SHIFT;
        try {
            for (long i = at; i < at + Lines.LENGTH; i += Long.BYTES) {
                assertEquals(words[line], region.getLong(i), () -> "line " + line + ", " + context);
            }
            final byte[] bytes = LineModel.content(next);
            region.put(at, bytes, 0, bytes.length);
            words[line] = next;
            return 0;
        } catch (final PoisonException refusal) {
            assertEquals(List.of(new ByteRange(at, Lines.LENGTH)), refusal.ranges(), context);
            region.recovery().write(at, LineModel.content(next));
            words[line] = next;
            return 1;
        }
    }
}
