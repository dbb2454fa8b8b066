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

import io.cordon.event.Counter;
import io.cordon.event.FlightRecording;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.nio.file.Path;

/** Runs where there is nothing but the module java.base; fails, recovers, and goes offline. */
final class BareImageChild {
    private static final int SIZE = 16 * 4096;

    private BareImageChild() {
    }

    public static void main(final String[] arguments) throws Exception {
        final SimulatedMedia media = Media.simulated();
        try (Region region = Region.builder(Path.of(arguments[0])).size(SIZE).media(media).open()) {
            media.inject(0, 64);
            refuse(region, 0);
            region.poison().ranges();
            media.clearing(SimulatedMedia.Clearing.REFUSES);
            media.inject(SIZE / 2, 64);
            refuse(region, SIZE / 2);
            region.poison().ranges();
            media.failPersist(true);
            try {
                region.persist(SIZE - 64, 64);
                throw new AssertionError("persisted");
            } catch (IOException _) {
                media.failPersist(false);
            }
            region.recovery().zero(SIZE - 64, 64);
            // When the device is back, what could not be recovered is tried once more.
            final long faults = region.counters().get(Counter.FAULTS);
            final long failed = region.counters().get(Counter.FAILED_RECOVERIES);
            media.offline();
            refuse(region, 64);
            media.online();
            while (!region.isReadable(64, 8)) {
                Thread.onSpinWait();
            }
            System.out.println("child agrona " + has("org.agrona.concurrent.Agent") + ", recorder "
                + FlightRecording.isAvailable() + ", faults " + faults + ", lost "
                + region.counters().get(Counter.LOST_LINES) + ", failed " + failed);
        }
    }

    private static void refuse(final Region region, final long offset) {
        try {
            region.getLong(offset);
        } catch (PoisonException _) {
            return;
        }
        throw new AssertionError("not refused: " + offset);
    }

    private static boolean has(final String name) {
        try {
            Class.forName(name);
            return true;
        } catch (ClassNotFoundException _) {
            return false;
        }
    }
}
