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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.poison.ByteRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Held against a list that is searched from end to end. The length: -Dcordon.owners.operations=10000000. */
@DisplayName("Owners: an event names every owner of its ranges, and nobody else, in the owner's own offsets")
class OwnerMapTest {
    private static final long SEED = Long.getLong("cordon.owners.seed", 20261120);
    private static final int OPERATIONS = Integer.getInteger("cordon.owners.operations", 200_000);
    private static final int EXTENTS = 1_000_000;
    private static final long SIZE = 10_000;
    private static final int LIVE = 60;

    private final OwnerMap map = new OwnerMap(SIZE);
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final List<Ownership> model = new ArrayList<>();

    private static List<OwnedRange> search(final List<Ownership> model, final List<ByteRange> ranges) {
        final List<OwnedRange> found = new ArrayList<>();
        for (final ByteRange range : ranges) {
            model.stream()
                .filter(own -> own.range().offset() < range.end() && range.offset() < own.range().end())
                .sorted(Comparator.comparingLong((Ownership own) -> own.range().offset())
                    .thenComparingLong(Ownership::id))
                .forEach(own -> {
                    final long start = Math.max(range.offset(), own.range().offset());
                    found.add(new OwnedRange(own.owner(),
                        new ByteRange(start, Math.min(range.end(), own.range().end()) - start),
                        own.ownerOffset() + (start - own.range().offset())));
                });
        }
        return found;
    }

    private ByteRange range() {
        // Long ones and short ones, often with the same start.
        final long offset = random.nextBoolean() ? random.nextLong(SIZE) : random.nextLong(SIZE / 100) * 100;
        final long limit = Math.min(SIZE - offset, random.nextInt(8) == 0 ? SIZE : 200);
        return new ByteRange(offset, 1 + random.nextLong(limit));
    }

    @Test
    void shouldAgreeWithASearchOfAllRanges() {
        for (int i = 0; i < OPERATIONS; i++) {
            final String context = "seed " + SEED + ", operation " + i;
            final int choice = random.nextInt(3);
            if (choice == 0 && model.size() < LIVE || model.isEmpty()) {
                final ByteRange range = range();
                model.add(map.own(range.offset(), range.length(), "owner " + random.nextInt(5), random.nextLong(SIZE)));
            } else if (choice < 2) {
                final Ownership gone = model.remove(random.nextInt(model.size()));
                gone.close();
                gone.close();
            } else {
                final List<ByteRange> ranges = new ArrayList<>(List.of(range()));
                final ByteRange second = range();
                if (second.offset() >= ranges.getFirst().end()) {
                    ranges.add(second);
                }
                assertEquals(search(model, ranges), map.owners(ranges), context);
            }
            assertEquals(model.size(), map.count(), context);
        }
    }

    @Test
    void shouldStayShallowWithAMillionExtents() {
        final OwnerMap large = new OwnerMap(EXTENTS * 4096L);
        final List<Ownership> extents = new ArrayList<>();
        // In order, which is what makes a tree without balance a list.
        for (long i = 0; i < EXTENTS; i++) {
            extents.add(large.own(i * 4096, 4096, "file " + i / 1000, i % 1000 * 4096));
        }
        assertTrue(large.depth() < 80, () -> large.depth() + " deep");
        assertEquals(List.of(
            new OwnedRange("file 777", new ByteRange(777_999L * 4096 + 64, 4032), 999 * 4096 + 64),
            new OwnedRange("file 778", new ByteRange(778_000L * 4096, 64), 0)),
            large.owners(List.of(new ByteRange(777_999L * 4096 + 64, 4096))));
        for (int i = 0; i < EXTENTS; i += 2) {
            extents.get(i).close();
        }
        assertEquals(EXTENTS / 2, large.count());
        assertTrue(large.depth() < 80, () -> large.depth() + " deep");
        assertEquals(List.of(), large.owners(List.of(extents.get(500_000).range())));
        assertEquals(1, large.owners(List.of(extents.get(500_001).range())).size());
    }

    @Test
    @DisplayName("A look-up that runs while owners come and go sees one state of the map")
    void shouldSeeOneStateOfTheMap() throws Exception {
        final AtomicBoolean done = new AtomicBoolean();
        final Ownership lasting = map.own(0, SIZE, "lasting", 0);
        final Thread writer = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 20_000; i++) {
                final Ownership first = map.own(100, 10, "first", 0);
                final Ownership second = map.own(100, 10, "second", 0);
                first.close();
                second.close();
            }
            done.set(true);
        });
        while (!done.get()) {
            final List<Object> owners = new ArrayList<>();
            map.owners(List.of(new ByteRange(105, 1))).forEach(owned -> owners.add(owned.owner()));
            assertTrue(List.of(List.of("lasting"), List.of("lasting", "first"), List.of("lasting", "first", "second"),
                List.of("lasting", "second")).contains(owners), owners::toString);
        }
        writer.join();
        lasting.close();
        assertEquals(0, map.count());
    }

    @Test
    void shouldRefuseWhatNobodyCanOwn() {
        assertThrows(IndexOutOfBoundsException.class, () -> map.own(SIZE, 1, "a", 0));
        assertThrows(IndexOutOfBoundsException.class, () -> map.own(-1, 1, "a", 0));
        assertThrows(IndexOutOfBoundsException.class, () -> map.own(1, Long.MAX_VALUE, "a", 0));
        assertThrows(IllegalArgumentException.class, () -> map.own(1, 0, "a", 0));
        assertThrows(IllegalArgumentException.class, () -> map.own(1, 1, "a", -1));
        assertThrows(IllegalArgumentException.class, () -> map.own(1, 1, "a", Long.MAX_VALUE));
        assertThrows(NullPointerException.class, () -> map.own(1, 1, null, 0));
        assertEquals(0, map.count());
    }
}
