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

/**
 * Which bytes cannot be trusted: lines, ranges of them, and the map that says for each line whether loads are refused.
 *
 * <p>A <em>line</em> is 64 aligned bytes, the unit of poison. A line is <em>poisoned</em> while the medium returns an
 * error for it, and <em>lost</em> when the medium is healthy again but the line's data is not what was stored.
 */
package io.cordon.poison;
