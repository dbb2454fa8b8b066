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

import java.time.Instant;
import java.util.Optional;

/**
 * How far a patrol is.
 *
 * @param running    whether it is started, also while it rests.
 * @param pass       number of the pass that runs, or ran last; 0 if there was none.
 * @param started    when that pass began; empty if there was none.
 * @param position   how much of the region it has covered, in bytes; all of it once it is through.
 * @param size       of the region in bytes.
 * @param foundLines how many latent lines it has found.
 * @param last       the last pass that this process completed.
 */
public record ScrubProgress(boolean running, long pass, Optional<Instant> started, long position, long size,
    long foundLines, Optional<ScrubPass> last) {
}
