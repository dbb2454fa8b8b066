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
 * The front door: {@link io.cordon.Region}.
 *
 * <p>{@link io.cordon.Region#builder} opens a region: it locks and maps the file, reads the sidecar, has the handler
 * guard the mapping, finishes the recoveries that were cut short. From then on every load is one load and one look at
 * the hazard word, the <dfn>fast path</dfn>: as long as nothing has failed the word is 0, in a cache line that nobody
 * writes. After the first failure an access that has to do with it takes the <dfn>careful path</dfn>: it looks at its
 * line's bit, and at the hazard word before and after itself. Only who finds itself refused there takes the <dfn>slow
 * path</dfn>, and waits for a recovery or joins it, before it is done again or ends in a {@link
 * io.cordon.poison.PoisonException}.
 *
 * <p>For loops over blocks, {@link io.cordon.Region#read} hands out a raw slice and does the looking around it, so that
 * the loop itself has no checks. {@link io.cordon.Inspection} looks at a region's files from outside, beside the
 * process that owns it.
 */
package io.cordon;
