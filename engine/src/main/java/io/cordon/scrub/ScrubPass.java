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

import io.cordon.poison.ByteRange;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What one pass over the region found. Counts are of the whole pass; lists are of what this process did of it, and end
 * after {@link #RANGE_LIMIT} ranges each.
 *
 * <p><b>On a mirror that differs.</b> Where one side cannot be read, that side is wrong, and was recovered: {@link
 * #found} and {@link #mirrorFound}. Where both can be read and differ, nobody can know which is right, or whether
 * anything is wrong at all: a store that was never persisted, or whose persist has not ended, is in the region and not
 * in the mirror, and that is as it should be. {@link #disagreements} names the lines that differed twice, in the same
 * way, at least a second apart; nothing is done about them, and no media event tells of them. After a {@code persist}
 * of such a range both sides hold what the region held.
 *
 * @param number        of the pass, counted from 1 for as long as the progress file lives.
 * @param started       when it began.
 * @param ended         when it was through.
 * @param readBytes     how much the medium was read, in bytes.
 * @param unreadBytes   how much was left alone, in bytes: pages that memory has newer, which will overwrite what the
 *                      medium has; and what could not be asked, if there is a failure.
 * @param foundLines    how many latent lines were found in the region, which neither the medium's list nor Cordon
 *                      knew of.
 * @param found         where; ascending, merged.
 * @param mirrorFound   the same of the mirror.
 * @param disagreements where region and mirror differ, and it is not known why; ascending, merged.
 * @param unjudgedBytes how much differed from the mirror and was not looked at a second time, in bytes: too many pages
 *                      did, or the process ended in between.
 * @param unknown       why the medium's list of bad places is not known whole; empty if it is, or if there is none.
 * @param failure       the first thing that went wrong in the patrol itself, or in recovering the mirror.
 */
public record ScrubPass(long number, Instant started, Instant ended, long readBytes, long unreadBytes, long foundLines,
    List<ByteRange> found, List<ByteRange> mirrorFound, List<ByteRange> disagreements, long unjudgedBytes,
    Optional<String> unknown, Optional<IOException> failure) {
    /** How many ranges a list has at most. */
    public static final int RANGE_LIMIT = 4096;

    /** Copies the lists. */
    public ScrubPass {
        found = List.copyOf(found);
        mirrorFound = List.copyOf(mirrorFound);
        disagreements = List.copyOf(disagreements);
    }
}
