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

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What outlives its region keeps the region's memory, not only its Java object. */
final class ForgottenRegionTest {
    @TempDir
    private Path folder;

    @Test
    @DisplayName("A simulated medium does not keep a forgotten region alive")
    void shouldGiveBackWhatOnlyItsMediumKnows() throws Exception {
        final SimulatedMedia media = Media.simulated();
        Region.builder(folder.resolve("region")).size(1 << 20).media(media).open().putLong(0, 1);
        for (int i = 0; i < 200 && MediaProbe.serves(media); i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertFalse(MediaProbe.serves(media));
    }

    @Test
    @DisplayName("A listener that holds its region does not keep it alive when both are forgotten")
    void shouldGiveBackWhatOnlyItsListenerKnows() throws Exception {
        final SimulatedMedia media = Media.simulated();
        final CountDownLatch told = new CountDownLatch(1);
        openAndListen(media, told);
        media.injectKnown(0, 64);
        told.await();
        for (int i = 0; i < 200 && MediaProbe.serves(media); i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertFalse(MediaProbe.serves(media));
    }

    private void openAndListen(final SimulatedMedia media, final CountDownLatch told) throws IOException {
        final Region region = Region.builder(folder.resolve("region")).size(1 << 20).media(media).open();
        region.own(0, region.size(), region);
        region.addMediaListener(event -> {
            if (region.mediaEvents().size() == 1 && event.owners().size() == 1) {
                told.countDown();
            }
            return false;
        });
    }

    @Test
    @DisplayName("Law 2: poison() and recovery() may be used when the region, closed or not, is garbage")
    void shouldKeepTheMemoryForWhoeverCanReachIt() throws Exception {
        ChildJvm.run(folder, ChildJvm.onClassPath(), ForgottenRegionChild.class, folder.toString()).assertHeld();
    }

    @Test
    @DisplayName("Closed regions do not use up the mappings of a process whose heap is too large to be collected")
    void shouldGiveClosedRegionsBackThoughTheHeapHasRoom() throws Exception {
        final List<String> options = new ArrayList<>(ChildJvm.onClassPath());
        options.addAll(List.of("-Xmx6g", "-Xmn4g", "-XX:+UseSerialGC"));
        final ChildJvm child = ChildJvm.run(folder, options, ManyRegionsChild.class, folder.toString());
        child.assertHeld();
        final long mappings = Long.parseLong(child.said("mappings").getFirst());
        assertTrue(mappings < 30_000, () -> mappings + " mappings");
    }
}
