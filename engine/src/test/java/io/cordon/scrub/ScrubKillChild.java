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
package io.cordon.scrub;

import io.cordon.Region;
import io.cordon.media.Media;

import java.io.IOException;
import java.nio.file.Path;

/** Patrols without end, and says where it is. */
final class ScrubKillChild {
    private ScrubKillChild() {
    }

    public static void main(final String[] arguments) throws IOException {
        try (Region region =
            Region.builder(Path.of(arguments[0])).size(ScrubKillTest.SIZE).media(Media.simulated()).open();
            ScrubDuty duty = region.scrubber().duty(ScrubOptions.FULL_SPEED)) {
            while (!System.out.checkError()) {
                final ScrubProgress progress = region.scrubber().progress();
                System.out.println(progress.pass() + " " + progress.position());
                duty.doWork();
            }
        }
    }
}
