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
package io.cordon.kernel;

import io.cordon.Region;
import io.cordon.media.Leg;
import io.cordon.media.Media;
import io.cordon.poison.ByteRange;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A region on a stack: stripes on two files on the DAX medium, one named and one chosen, and after these a file on the
 * same file system that is taken for an ordinary one. The legs' devices go bad as in {@link DaxCases}.
 */
final class StackCases {
    private static final long LEG = 8 * Ground.PAGE;
    private static final int WORD = Long.BYTES;
    /** Sectors of the legs, and where these are in the region: the same stripe's pages follow each other there. */
    private static final long SECTOR_A = 3 * Ground.PAGE + Ground.SECTOR;
    private static final long SECTOR_B = 3 * Ground.PAGE + 2 * Ground.SECTOR;
    private static final long PLACE_A = 6 * Ground.PAGE + Ground.SECTOR;
    private static final long PLACE_B = 7 * Ground.PAGE + 2 * Ground.SECTOR;

    private StackCases() {
    }

    private static Path leg(final Ground ground, final String name, final String leg) {
        return ground.folder().resolve(name + "-" + leg);
    }

    private static Region open(final Ground ground, final String name) throws IOException {
        return Region.builder(ground.folder().resolve(name)).media(Media.linear(
            Media.striped(Ground.PAGE,
                Leg.of(leg(ground, name, "a"), LEG, Media.dax()), Leg.of(leg(ground, name, "b"), LEG)),
            Leg.of(leg(ground, name, "c"), LEG, Media.file()))).open();
    }

    private static Region create(final Ground ground, final String name) throws IOException {
        final Region region = open(ground, name);
        for (long offset = 0; offset < region.size(); offset += WORD) {
            region.putLong(offset, Ground.contentAt(offset));
        }
        region.persist();
        return region;
    }

    private static void makeBad(final Ground ground, final String name) throws IOException {
        ground.makeBad(leg(ground, name, "a"), SECTOR_A);
        ground.makeBad(leg(ground, name, "b"), SECTOR_B);
    }

    private static void check(final Ground ground, final String name, final Region region) throws IOException {
        final Expectation bad = new Expectation().sector(PLACE_A, ground).sector(PLACE_B, ground);
        bad.check(region, WORD);
        if (!ground.clears()) {
            return;
        }
        for (final ByteRange range : region.poison().ranges()) {
            region.recovery().write(range.offset(), DaxCases.content(range));
        }
        if (ground.isBad(leg(ground, name, "a"), SECTOR_A) || ground.isBad(leg(ground, name, "b"), SECTOR_B)) {
            throw new AssertionError("the recovery write did not reach the leg that clears");
        }
        new Expectation().check(region, WORD);
        region.persist();
    }

    /** Before the mapping: the list of each leg's device names it, and nobody need touch it. */
    static void listed(final Ground ground) throws IOException {
        final String name = "stack-listed";
        create(ground, name).close();
        makeBad(ground, name);
        try (Region region = open(ground, name)) {
            check(ground, name, region);
        }
        try (Region region = open(ground, name)) {
            (ground.clears() ? new Expectation() : new Expectation().sector(PLACE_A, ground).sector(PLACE_B, ground))
                .check(region, WORD);
        }
    }

    /** Under a live mapping of many parts; and, on any leg, memory that fails where the medium has no complaint. */
    static void live(final Ground ground) throws IOException {
        final String name = "stack-live";
        try (Region region = create(ground, name)) {
            Ground.failMemory(region, 4 * Ground.PAGE);
            Ground.failMemory(region, 5 * Ground.PAGE);
            new Expectation().check(region, WORD);
            makeBad(ground, name);
            Ground.failMemory(region, PLACE_A);
            Ground.failMemory(region, PLACE_B);
            check(ground, name, region);
        }
    }
}
