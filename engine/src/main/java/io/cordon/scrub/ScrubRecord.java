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

import io.cordon.linux.Storage;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What {@code <file>.scrub} says of a region's patrol, read by somebody who does not own the region. It may be some
 * seconds old.
 *
 * @param lastPass   number of the last pass that is through; 0 if none is.
 * @param lastEnded  when it was through.
 * @param pass       number of the pass that runs, or waits to go on; 0 if none does.
 * @param started    when that one began.
 * @param position   how much of the region it has covered, in bytes.
 * @param foundLines how many latent lines it has found.
 */
public record ScrubRecord(long lastPass, Optional<Instant> lastEnded, long pass, Optional<Instant> started,
    long position, long foundLines) {
    /**
     * Reads the file; changes nothing.
     *
     * @param region the region's file.
     * @param id     the region's, as its sidecar says.
     * @param size   of the region in bytes.
     * @return what it says; nothing but zeroes if there is none, or one of another region.
     * @throws ScrubFileException if it is something else.
     * @throws IOException        if it cannot be read.
     */
    public static ScrubRecord read(final Path region, final UUID id, final long size) throws IOException {
        final ScrubFile.State state = new ScrubFile(Storage.NATIVE, region, id, size).read();
        return new ScrubRecord(state.lastPass(), time(state.lastPass(), state.lastMillis()), state.pass(),
            time(state.pass(), state.startedMillis()), state.position(), state.foundLines());
    }

    private static Optional<Instant> time(final long pass, final long millis) {
        return pass == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }
}
