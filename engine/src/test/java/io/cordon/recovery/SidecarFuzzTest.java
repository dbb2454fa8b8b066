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
package io.cordon.recovery;

import io.cordon.Region;
import io.cordon.event.EventNotifier;
import io.cordon.event.MediaEvent;
import io.cordon.event.OwnerMap;
import io.cordon.event.Telemetry;
import io.cordon.linux.Storage;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A damaged sidecar is refused, or what is read from it is what it once said, to the letter: the state after some
 * record.
 *
 * <p>Of a file that was closed, everything is found. Of one that was not, everything but the records of the last
 * commit: these look the same to a reader when they are damaged as when they were torn before they were durable.
 */
@DisplayName("Law 4: Loss is remembered, however the sidecar is damaged, or the region is refused")
class SidecarFuzzTest {
    private static final int PAGES = 16;
    private static final long SIZE = PAGES << Lines.PAGE_SHIFT;
    private static final long SEED = Long.getLong("cordon.fuzz.seed", 20261120);
    private static final int ROUNDS = Integer.getInteger("cordon.fuzz.rounds", 3000);
    private static final int[] FLIPS = {0x01, 0x80, 0xFF};

    @TempDir
    private Path folder;
    private Path path;
    private Path sidecar;
    private byte[] intact;
    /** The same as a process leaves it that is killed. */
    private byte[] unclosed;
    /** Where each record starts, and the end. */
    private final List<Integer> starts = new ArrayList<>();
    /** What the sidecar says before the record of that index, and at the end. */
    private final List<String> states = new ArrayList<>();
    private final List<TreeMap<Long, Long>> refused = new ArrayList<>();

    @BeforeEach
    void makeSidecar() throws IOException {
        path = folder.resolve("region");
        sidecar = folder.resolve("region.cordon");
        try (Region region = Region.builder(path).size(SIZE).open()) {
            region.fill(0, SIZE, (byte) 7);
        }
        try (Sidecar open = Sidecar.open(Storage.NATIVE, path, SIZE, false, false, false);
            Arena arena = Arena.ofConfined()) {
            final MemorySegment content = arena.allocate(Lines.PAGE_LENGTH).fill((byte) 7);
            mark();
            open.lines(1, new long[] {0x60});
            mark();
            open.begin(3, new boolean[] {true}, new long[] {1}, content);
            mark();
            open.lines(3, new long[] {1});
            mark();
            open.lines(1, new long[] {0x40});
            mark();
            open.events().raise(MediaEvent.Kind.FAILURE, MediaEvent.Source.FAULT,
                List.of(new ByteRange(64, 128), new ByteRange(8192, 64)));
            open.events().raise(MediaEvent.Kind.RECOVERED, MediaEvent.Source.RECOVERY,
                List.of(new ByteRange(64, 128)));
            open.write(true);
            mark();
            deliver(open);
            mark();
            open.lines(7, new long[] {-1});
            mark();
            open.begin(9, new boolean[] {true}, new long[] {2}, content);
            mark();
            open.lines(7, new long[] {0});
            mark();
            // Of the room that there is for more records, enough to see that it is damaged or cut off with impunity.
            unclosed = Arrays.copyOf(Files.readAllBytes(sidecar), starts.getLast() + 512);
        }
        intact = Files.readAllBytes(sidecar);
    }

    /** Has what was delivered recorded. */
    private static void deliver(final Sidecar open) throws IOException {
        try (EventNotifier notifier = new EventNotifier(
            "fuzz", open.events(), open, new OwnerMap(SIZE), new Telemetry("test"), 1000)) {
            notifier.add(0, event -> event.sequence() == 2);
            while (open.events().acknowledged() < 2 || open.events().isDirty()) {
                Thread.onSpinWait();
            }
        }
        open.write(true);
    }

    private void mark() throws IOException {
        final byte[] bytes = Files.readAllBytes(sidecar);
        final SidecarContent content = parse(bytes);
        starts.add(content.end());
        states.add(describe(content));
        final TreeMap<Long, Long> lines = new TreeMap<>(content.lost());
        content.begun().forEach((page, begun) -> lines.merge(page, begun.gone(), (a, b) -> a | b));
        refused.add(lines);
    }

    private SidecarContent parse(final byte[] bytes) throws SidecarException {
        return SidecarContent.parse(sidecar, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), SIZE);
    }

    private static String describe(final SidecarContent content) {
        final StringBuilder text = new StringBuilder(content.uuid() + " " + content.lost());
        content.begun().forEach((page, begun) ->
            text.append(' ').append(page).append(begun.gone()).append(Arrays.hashCode(begun.content())));
        return text.append(content.events()).toString();
    }

    /** How many records were read; -1 if the file is refused. */
    private int read(final byte[] bytes, final String context) {
        final SidecarContent content;
        try {
            content = parse(bytes);
        } catch (SidecarException _) {
            return -1;
        } catch (final RuntimeException thrown) {
            throw new AssertionError(context, thrown);
        }
        final int records = (int) content.sequence();
        assertTrue(records < states.size(), context);
        assertEquals(states.get(records), describe(content), context);
        return records;
    }

    private int records() {
        return states.size() - 1;
    }

    @Test
    void shouldFindEveryByteThatWasChanged() {
        for (int at = 0; at < intact.length; at++) {
            for (final int flip : FLIPS) {
                final byte[] bytes = intact.clone();
                bytes[at] ^= (byte) flip;
                // One slot is enough to know how much there must be.
                final boolean inSlots = at >= SidecarFormat.SLOTS_OFFSET
                    && at < SidecarFormat.SLOTS_OFFSET + SidecarFormat.SLOT_COUNT * SidecarFormat.SLOT_LENGTH;
                final int expected = inSlots ? records() : -1;
                assertEquals(expected, read(bytes, "byte " + at), "byte " + at + " with " + flip);
            }
        }
    }

    @Test
    void shouldRefuseAFileThatWasCutOff() {
        for (int length = 0; length < intact.length; length++) {
            assertEquals(-1, read(Arrays.copyOf(intact, length), "length " + length), "length " + length);
        }
        assertEquals(records(), read(intact, "whole"));
    }

    @Test
    void shouldTakeOnlyTheLastCommitOfAFileThatWasNotClosedForTorn() {
        for (int length = 0; length < unclosed.length; length++) {
            final int expected = length < starts.get(records() - 1) ? -1
                : length < starts.getLast() ? records() - 1 : records();
            assertEquals(expected, read(Arrays.copyOf(unclosed, length), "length " + length), "length " + length);
        }
        for (int at = 0; at < unclosed.length; at++) {
            final byte[] bytes = unclosed.clone();
            bytes[at] ^= (byte) 0x10;
            final boolean inSlots = at >= SidecarFormat.SLOTS_OFFSET
                && at < SidecarFormat.SLOTS_OFFSET + SidecarFormat.SLOT_COUNT * SidecarFormat.SLOT_LENGTH;
            final int expected = inSlots || at >= starts.getLast() ? records()
                : at < starts.get(records() - 1) ? -1 : records() - 1;
            assertEquals(expected, read(bytes, "byte " + at), "byte " + at);
        }
    }

    @Test
    void shouldRefuseRecordsThatAreMissingDoubledOrSwapped() {
        for (int i = 0; i < records(); i++) {
            for (int k = 0; k < records(); k++) {
                final List<byte[]> parts = parts();
                parts.add(k + 1, parts.get(i + 1));
                assertRefusedUnlessComplete(parts, i + " doubled before " + k);
                if (i != k) {
                    final List<byte[]> swapped = parts();
                    swapped.set(i + 1, parts().get(k + 1));
                    swapped.set(k + 1, parts().get(i + 1));
                    assertRefusedUnlessComplete(swapped, i + " and " + k + " swapped");
                }
            }
            final List<byte[]> shorter = parts();
            shorter.remove(i + 1);
            assertRefusedUnlessComplete(shorter, i + " missing");
        }
    }

    private void assertRefusedUnlessComplete(final List<byte[]> parts, final String context) {
        assertEquals(-1, read(joined(parts), context), context);
    }

    /** The header and the records. */
    private List<byte[]> parts() {
        final List<byte[]> parts = new ArrayList<>();
        parts.add(Arrays.copyOf(intact, SidecarFormat.HEADER_LENGTH));
        for (int i = 0; i < records(); i++) {
            parts.add(Arrays.copyOfRange(intact, starts.get(i), starts.get(i + 1)));
        }
        return parts;
    }

    private static byte[] joined(final List<byte[]> parts) {
        final ByteBuffer all = ByteBuffer.allocate(parts.stream().mapToInt(part -> part.length).sum());
        parts.forEach(all::put);
        return all.array();
    }

    @Test
    void shouldRefuseOrReadTruthfullyWhateverWasSpliced() {
        final SplittableRandom random = new SplittableRandom(SEED);
        int refusals = 0;
        for (int round = 0; round < ROUNDS; round++) {
            final String context = "seed " + SEED + ", round " + round;
            refusals += read(spliced(random), context) < 0 ? 1 : 0;
        }
        assertTrue(refusals > ROUNDS / 4 && refusals <= ROUNDS, refusals + " refused of " + ROUNDS);
    }

    private byte[] spliced(final SplittableRandom random) {
        byte[] bytes = intact.clone();
        for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
            final int from = random.nextInt(bytes.length);
            final int length = random.nextInt(1, Math.min(5000, bytes.length - from) + 1);
            final int to = random.nextInt(bytes.length);
            final byte[] part = Arrays.copyOfRange(bytes, from, from + length);
            switch (random.nextInt(5)) {
                case 0 -> System.arraycopy(part, 0, bytes, to, Math.min(length, bytes.length - to));
                case 1 -> bytes = joined(List.of(Arrays.copyOf(bytes, to), part,
                    Arrays.copyOfRange(bytes, to, bytes.length)));
                case 2 -> bytes = joined(List.of(Arrays.copyOf(bytes, from), new byte[1],
                    Arrays.copyOfRange(bytes, from + length, bytes.length)));
                case 3 -> Arrays.fill(bytes, from, from + length, (byte) random.nextInt(2));
                default -> bytes = joined(List.of(bytes, part));
            }
        }
        return bytes;
    }

    @Test
    void shouldOpenARegionBesideADamagedSidecarTruthfullyOrNotAtAll() throws IOException {
        final SplittableRandom random = new SplittableRandom(SEED);
        final byte[] content = Files.readAllBytes(path);
        for (int round = 0; round < Math.max(200, ROUNDS / 20); round++) {
            final String context = "seed " + SEED + ", round " + round;
            final byte[] damaged = round % 3 == 0 ? Arrays.copyOf(intact, random.nextInt(intact.length))
                : spliced(random);
            Files.write(sidecar, damaged);
            final int records = read(damaged, context);
            if (records < 0) {
                assertThrows(SidecarException.class, () -> Region.builder(path).open(), context);
                assertArrayEquals(damaged, Files.readAllBytes(sidecar), context);
            } else {
                try (Region region = Region.builder(path).open()) {
                    final List<ByteRange> expected = new ArrayList<>();
                    refused.get(records).forEach((page, mask) -> Lines.append(expected, page, mask));
                    assertEquals(expected, region.poison().ranges(), context);
                }
            }
            assertArrayEquals(content, Files.readAllBytes(path), context);
        }
    }
}
