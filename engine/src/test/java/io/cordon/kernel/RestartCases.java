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
import io.cordon.poison.ByteRange;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A region that met poison which could not be cleared, in a guest that was then switched off. The bad-block list of
 * QEMU's NVDIMM does not outlive the guest, so the medium is healthy again: what was lost must be refused all the same.
 */
final class RestartCases {
    private static final long SIZE = 16 * Ground.PAGE;
    private static final long BAD = 5 * Ground.PAGE + Ground.SECTOR;
    private static final String NAME = "next-boot";

    private RestartCases() {
    }

    static List<Case> all() {
        return List.of(new Case("loss-is-remembered-across-boots", RestartCases::remembered));
    }

    /** In the boot before. */
    static void leave(final Ground ground) throws IOException {
        ground.create(NAME, SIZE).close();
        final Path file = ground.folder().resolve(NAME);
        ground.makeBad(file, BAD);
        // Not closed: the guest is switched off.
        new Expectation().sector(BAD, ground).check(Ground.open(file), Long.BYTES);
    }

    private static void remembered(final Ground ground) throws IOException {
        final Path file = ground.folder().resolve(NAME);
        if (ground.isBad(file, BAD)) {
            throw new AssertionError("the device remembers; this case is about a device that does not");
        }
        try (Region region = Ground.open(file)) {
            // All of the page was refused as long as it was not cleared; but what could be read of it was kept.
            final int unit = Ground.salvagesSectors() ? Ground.SECTOR : Ground.PAGE;
            final Expectation lost = new Expectation().lines(BAD & -unit, unit);
            lost.check(region, Long.BYTES);
            for (final ByteRange range : lost.ranges()) {
                region.recovery().zero(range.offset(), range.length());
                if (region.getLong(range.offset()) != 0) {
                    throw new AssertionError("zeroes were asked for");
                }
            }
            if (!region.poison().isClean()) {
                throw new AssertionError("still refused: " + region.poison().ranges());
            }
        }
    }
}
