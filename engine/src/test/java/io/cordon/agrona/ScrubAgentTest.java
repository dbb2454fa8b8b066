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
package io.cordon.agrona;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.Region;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.scrub.ScrubOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.YieldingIdleStrategy;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The patrol on Agrona's runners. */
class ScrubAgentTest {
    @TempDir
    private Path folder;

    @Test
    @DisplayName("On a runner it patrols; closing the runner ends the patrol, closing the region harms nobody")
    void shouldPatrolOnARunner() throws Exception {
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final SimulatedMedia media = Media.simulated();
        final AgentInvoker invoker;
        try (Region region = Region.builder(folder.resolve("region")).size(1 << 20).media(media).open()) {
            final ScrubAgent agent = new ScrubAgent(region.scrubber().duty(ScrubOptions.DEFAULT));
            try (AgentRunner runner = new AgentRunner(new YieldingIdleStrategy(), failure::set, null, agent)) {
                AgentRunner.startOnThread(runner);
                media.inject(4096, 64);
                region.scrubber().passNow(ScrubOptions.FULL_SPEED).get();
                // By that pass or by the one before.
                assertEquals(List.of(new ByteRange(4096, 64)), region.poison().ranges());
                assertTrue(region.scrubber().progress().running());
            }
            assertFalse(region.scrubber().progress().running());
            invoker = new AgentInvoker(
                failure::set, null, new ScrubAgent(region.scrubber().duty(ScrubOptions.FULL_SPEED)));
            invoker.start();
            assertEquals(1, invoker.invoke());
        }
        assertEquals(0, invoker.invoke());
        invoker.close();
        assertNull(failure.get());
    }
}
