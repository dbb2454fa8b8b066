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
package io.cordon.recovery;

import io.cordon.media.Medium;
import io.cordon.media.Units;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * The recovery write of one page: the clearing units that hold damage and no others, since what is not written is not
 * at risk.
 */
final class RecoveryWrite {
    private RecoveryWrite() {
    }

    /**
     * Overwrites what is damaged of a page, with one call for each run of units. Neither durable nor proven.
     *
     * @param medium  the medium.
     * @param path    its file, for messages.
     * @param page    index of the page.
     * @param damaged lines that must be written; their units are.
     * @param content of the page, all of it.
     * @throws IOException if the medium refuses.
     */
    static void overwrite(
        final Medium medium, final Path path, final long page, final long damaged, final MemorySegment content)
        throws IOException {
        for (final ByteRange run : Lines.ranges(page, Units.whole(medium.units().clear(), damaged))) {
            final long given = medium.directAccess(run.offset(), run.length(), Medium.Access.RECOVERY_WRITE);
            if (given < run.length()) {
                throw new IOException(path + ": the medium gives only " + given + " of the range " + run
                    + " to a recovery write");
            }
            medium.recoveryWrite(
                run.offset(), content.asSlice(run.offset() - (page << Lines.PAGE_SHIFT), run.length()));
        }
    }
}
