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
 * What a medium can do, and what it cannot.
 *
 * <p>Ordinary files, DAX and the medium for tests differ in what they can tell and in how much they do at once. {@link
 * io.cordon.media.Medium} is what the layers above ask: which lines of a page are bad, by the bad-block list or by
 * reading; the bytes of a page past the mapping, as many as can be had; a <dfn>recovery write</dfn>, which goes past
 * the mapping too, clears poison and puts new content in its place, in pieces that the medium chooses ({@link
 * io.cordon.media.Units}); and <dfn>persist</dfn>, which makes stores durable: cache lines are written back on DAX,
 * pages of the page cache elsewhere. Whether a recovery write has worked is found out by reading, and by the list. A
 * list that cannot be had whole is <dfn>unknown</dfn>, and never taken for clean.
 *
 * <p>A medium that is gone as a whole, a disk that was pulled, is <dfn>offline</dfn>. That is no failure of lines: when
 * it is back, they are as they were.
 *
 * <p>Applications choose by {@link io.cordon.media.Media}. {@link io.cordon.media.SimulatedMedia} is an ordinary file
 * that fails on demand: real signals, and lines whose content is really gone. A <dfn>stack</dfn> is several media, its
 * <dfn>legs</dfn>, under one mapping ({@link io.cordon.media.StackedMedia}): one after the other, or a stripe of each
 * in turn.
 */
package io.cordon.media;
