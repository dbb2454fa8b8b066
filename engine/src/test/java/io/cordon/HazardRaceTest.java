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

import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A thread stands still between its access of the quarantine page and its check, while the page is recovered and the
 * flag goes down: only the epoch tells then. The pause is the reader that {@code region.read} calls.
 */
final class HazardRaceTest {
    private static final long LINE = 3 * Lines.PAGE_LENGTH + 5 * Lines.LENGTH;
    private static final long NEIGHBOUR = LINE + Lines.LENGTH;
    private static final long OLD = 0x1111_2222_3333_4444L;
    private static final long NEW = 0x5555_6666_7777_8888L;

    @TempDir
    private Path folder;
    private SimulatedMedia media;
    private Region region;

    @BeforeEach
    void open() throws IOException {
        media = Media.simulated();
        region = Region.builder(folder.resolve("region")).size(16L * Lines.PAGE_LENGTH).media(media).open();
        for (long offset = 0; offset < region.size(); offset += Long.BYTES) {
            region.putLong(offset, OLD);
        }
    }

    @AfterEach
    void close() {
        region.close();
    }

    /** In another thread: finds the poison, writes the line anew, sees the flag down. */
    private void recoverElsewhere() {
        CompletableFuture.runAsync(() -> {
            try {
                final MemorySegment content = MemorySegment.ofArray(new long[8]);
                for (int i = 0; i < 8; i++) {
                    content.setAtIndex(ValueLayout.JAVA_LONG, i, NEW);
                }
                region.recovery().write(LINE, content);
            } catch (final IOException failure) {
                throw new AssertionError(failure);
            }
            assertTrue(region.poison().isClean(), "the flag must be down, or this test shows nothing");
        }).join();
    }

    private long pauseAfterLoad(final MemorySegment slice, final List<Long> seen) {
        final long value = slice.get(ValueLayout.JAVA_LONG, 0);
        seen.add(value);
        if (seen.size() == 1) {
            recoverElsewhere();
        }
        return value;
    }

    @Test
    @DisplayName("Law 1: a load from the quarantine page is not trusted after the page is recovered and the flag down")
    void shouldReadAgainAfterRecovery() throws IOException {
        media.inject(LINE, Lines.LENGTH);
        final List<Long> seen = new ArrayList<>();
        assertEquals(NEW, region.readAsLong(LINE, Lines.LENGTH, slice -> pauseAfterLoad(slice, seen)));
        assertEquals(List.of(0L, NEW), seen, "first a zero that is no content, then the content");
    }

    @Test
    @DisplayName("Law 1: the same for objects")
    void shouldReadObjectAgainAfterRecovery() throws IOException {
        media.inject(LINE, Lines.LENGTH);
        final List<Long> seen = new ArrayList<>();
        final Long result = region.read(LINE, Lines.LENGTH, slice -> pauseAfterLoad(slice, seen));
        assertEquals(NEW, result);
        assertEquals(2, seen.size());
    }

    @Test
    @DisplayName("Law 1: the same for a healthy line of the failed page, whose content survives")
    void shouldReadHealthyNeighbourAgain() throws IOException {
        long zeroes = 0;
        for (int round = 0; round < 500 && zeroes == 0; round++) {
            media.inject(LINE, Lines.LENGTH);
            final List<Long> seen = new ArrayList<>();
            assertEquals(OLD, region.readAsLong(NEIGHBOUR, Lines.LENGTH, slice -> pauseAfterLoad(slice, seen)));
            assertEquals(2, seen.size(), "the reader must be called again");
            // The fault watch may give the page back before the trapped load runs again.
            zeroes += seen.getFirst() == 0 ? 1 : 0;
        }
        assertEquals(1, zeroes, "no load met the quarantine page");
    }

    @Test
    @DisplayName("Law 1: the same while the flag stays up for another page")
    void shouldReadAgainWhileAnotherPageIsPoisoned() throws IOException {
        media.injectKnown(0, 1);
        media.inject(LINE, Lines.LENGTH);
        final List<Long> seen = new ArrayList<>();
        final long result = region.readAsLong(LINE, Lines.LENGTH, slice -> {
            final long value = slice.get(ValueLayout.JAVA_LONG, 0);
            seen.add(value);
            if (seen.size() == 1) {
                CompletableFuture.runAsync(() -> zeroQuietly(LINE)).join();
                CompletableFuture.runAsync(() -> region.putLong(LINE, NEW)).join();
            }
            return value;
        });
        assertEquals(NEW, result);
        assertEquals(List.of(0L, NEW), seen);
        assertThrows(PoisonException.class, () -> region.getLong(0));
    }

    private void zeroQuietly(final long offset) {
        try {
            region.recovery().zero(offset, Lines.LENGTH);
        } catch (final IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    @DisplayName("Law 1: what a reader threw over quarantine content does not count")
    void shouldDropWhatReaderThrewOverZeroes() throws IOException {
        media.inject(LINE, Lines.LENGTH);
        final List<Long> seen = new ArrayList<>();
        assertEquals(NEW, region.readAsLong(LINE, Lines.LENGTH, slice -> {
            final long value = pauseAfterLoad(slice, seen);
            if (value == 0) {
                throw new IllegalArgumentException("zero");
            }
            return value;
        }));
    }

    @Test
    @DisplayName("Law 1: a page that fails and is not recovered meanwhile is refused with exactly its line")
    void shouldRefuseIfNotRecovered() throws IOException {
        media.inject(LINE, Lines.LENGTH);
        final PoisonException refusal = assertThrows(PoisonException.class,
            () -> region.readAsLong(LINE, 128, slice -> slice.get(ValueLayout.JAVA_LONG, 0)));
        assertEquals(List.of(new ByteRange(LINE, Lines.LENGTH)), refusal.ranges());
    }

    @Test
    @DisplayName("Law 1: a page that fails and is recovered while the reader pauses is read again")
    void shouldReadAgainIfPageFailsDuringPause() throws IOException {
        final List<Long> seen = new ArrayList<>();
        assertEquals(NEW, region.readAsLong(LINE, Lines.LENGTH, slice -> {
            final long value = slice.get(ValueLayout.JAVA_LONG, 0);
            seen.add(value);
            if (seen.size() == 1) {
                CompletableFuture.runAsync(() -> assertThrows(PoisonException.class, () -> {
                    media.inject(LINE, Lines.LENGTH);
                    region.getLong(LINE);
                })).join();
                recoverElsewhere();
            }
            return value;
        }));
        assertEquals(List.of(OLD, NEW), seen);
    }

    @Test
    @DisplayName("Laws 1 and 3: a bulk copy between two regions whose pages both fail under it")
    void shouldCopyBetweenFailingRegions() throws IOException {
        final SimulatedMedia otherMedia = Media.simulated();
        try (Region other = Region.builder(folder.resolve("other")).size(16L * Lines.PAGE_LENGTH).media(otherMedia)
            .open()) {
            final byte[] content = new byte[3 * Lines.PAGE_LENGTH];
            for (int i = 0; i < content.length; i++) {
                content[i] = (byte) (i * 31 + 1);
            }
            other.put(0, content, 0, content.length);
            // Lines outside the copy: their pages fail under it, and all of the copy must arrive.
            otherMedia.inject(3 * Lines.PAGE_LENGTH - Lines.LENGTH, Lines.LENGTH);
            media.inject(0, Lines.LENGTH);
            final long length = content.length - 2 * Lines.LENGTH;
            final byte[] copied = new byte[(int) length];
            // The checked way: out of one region, into the other.
            other.get(Lines.LENGTH, copied, 0, copied.length);
            region.put(Lines.LENGTH, copied, 0, copied.length);
            final byte[] found = new byte[copied.length];
            region.get(Lines.LENGTH, found, 0, found.length);
            assertArrayEquals(copied, found);
            assertEquals(content[Lines.LENGTH], found[0]);
            assertEquals(OLD, region.getLong(length + Lines.LENGTH));
            assertThrows(PoisonException.class, () -> region.getLong(0));
        }
    }

    @Test
    @DisplayName("Law 3: a store that meets the quarantine page is done again on the file's page")
    void shouldNotLeaveStoreInQuarantinePage() throws IOException {
        for (int round = 0; round < 200; round++) {
            media.inject(LINE, Lines.LENGTH);
            final long value = OLD + round;
            final CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> region.segment().get(
                ValueLayout.JAVA_LONG, NEIGHBOUR));
            region.putLong(NEIGHBOUR, value);
            reader.join();
            assertEquals(value, region.getLong(NEIGHBOUR), "round " + round);
            region.recovery().zero(LINE, Lines.LENGTH);
            assertEquals(value, region.getLong(NEIGHBOUR), "round " + round);
        }
    }
}
