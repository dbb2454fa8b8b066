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
 * Which bytes cannot be trusted.
 *
 * <p>Memory fails by the <dfn>line</dfn>: 64 bytes, aligned. A line is <dfn>poisoned</dfn> while the medium returns an
 * error for it; poison that nobody has met yet is <dfn>latent</dfn>. A line is <dfn>lost</dfn> when the medium is
 * healthy again, but what it holds is not what was stored. Both are <dfn>refused</dfn>: an access of such a line throws
 * {@link io.cordon.poison.PoisonException}, which names the lines that it touched, as {@link
 * io.cordon.poison.ByteRange}s. {@link io.cordon.poison.Poison} is the view of a region's refused lines for
 * applications, {@link io.cordon.poison.LineState} the state of one.
 *
 * <p>{@link io.cordon.poison.LineMap} has a bit for each line, so that one 64-bit word is exactly one page. It lies
 * beside the region in memory that is not Java's, since it is written in the middle of an access, by code that is not
 * Java's either. A healthy access does not look at its line's bit at all: it looks at one word of the whole region, the
 * <dfn>hazard word</dfn>, which is 0 until something fails for the first time. Whatever is refused, and whatever is
 * served again, moves that word.
 *
 * <p>Disks count in <dfn>sector</dfn>s of 512 bytes. The kernel keeps a <dfn>bad-block list</dfn> of them for each
 * device that can tell; {@link io.cordon.poison.BadBlocks} holds such lists, by the kernel's own rules.
 */
package io.cordon.poison;
