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
package io.cordon.bench.quickstart;

import java.nio.file.Path;

/**
 * What a run is asked to do.
 *
 * @param input   the source file.
 * @param limit   use this many bytes of it at most.
 * @param minimum refuse it if it has fewer bytes.
 * @param lines   to poison.
 * @param threads that load.
 * @param seconds of each phase.
 * @param seed    of everything random.
 * @param folder  where to make the temporary folder, or null for the system's.
 */
record Settings(
    Path input, long limit, long minimum, int lines, int threads, int seconds, long seed, Path folder) {
}
