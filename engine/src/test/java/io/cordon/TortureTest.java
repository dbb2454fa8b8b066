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

import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Races in this JVM; see {@link Torture}. */
final class TortureTest {
    private static final long SECONDS = Long.getLong("cordon.torture.seconds", 3);

    @Test
    @DisplayName("Laws 1, 2 and 3: no garbage, no crash, no lost store while lines fail and are recovered")
    void shouldServeOnlyWhatWasStored(@TempDir final Path folder) throws Exception {
        final Long given = Long.getLong("cordon.torture.seed");
        final long seed = given != null ? given : new SplittableRandom().nextLong() >>> 16;
        assertFalse(Torture.run(folder, seed, TimeUnit.SECONDS.toNanos(SECONDS), false).isEmpty());
    }
}
