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

import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.LineState;
import io.cordon.poison.Poison;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.Recovery;

import java.io.IOException;
import java.nio.file.Path;

/** Uses what a region handed out, after the region itself has been forgotten; ends with exit code 0 if that is safe. */
final class ForgottenRegionChild {
    private static final long SIZE = 1 << 20;
    private static final int REGIONS = 20;
    private static final int COLLECTIONS = 5;

    private ForgottenRegionChild() {
    }

    private static Region open(final Path folder, final String name) throws IOException {
        return Region.builder(folder.resolve(name)).size(SIZE).media(Media.simulated()).open();
    }

    private static Poison closed(final Path folder, final String name) throws IOException {
        try (Region region = open(folder, name)) {
            return region.poison();
        }
    }

    private static void collect() throws InterruptedException {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            Thread.sleep(20);
        }
    }

    private static boolean isLost(final Region region) {
        try {
            region.verify(0, SIZE);
            return false;
        } catch (PoisonException _) {
            return true;
        }
    }

    private static void check(final boolean holds, final String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    public static void main(final String[] arguments) throws Exception {
        final Path folder = Path.of(arguments[0]);
        for (int i = 0; i < REGIONS; i++) {
            final Poison closed = closed(folder, "closed-" + i);
            final Poison poison = open(folder, "poison-" + i).poison();
            final Region region = open(folder, "recovery-" + i);
            final SimulatedMedia media = (SimulatedMedia) region.media();
            media.inject(0, 1);
            check(isLost(region), "nothing was lost");
            final Recovery recovery = region.recovery();
            collect();
            check(closed.isClean() && closed.ranges().isEmpty() && closed.state(0) == LineState.READABLE, "closed");
            check(poison.isClean() && poison.ranges().isEmpty() && poison.state(0) == LineState.READABLE, "open");
            check(recovery.zero(0, 64).written().size() == 1, "zeroed");
            check(media.poisoned().isEmpty(), "the medium serves no region");
        }
    }
}
