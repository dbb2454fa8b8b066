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
 * How latent poison is found before a user meets it.
 *
 * <p>To <dfn>scrub</dfn> is to read for no other reason than to see whether it can be read. The <dfn>patrol</dfn> of a
 * region ({@link io.cordon.scrub.Scrubber}) reads its medium in the background, past the mapping and past the page
 * cache, at a rate and a share of time that {@link io.cordon.scrub.ScrubOptions} set. Once through the region is a
 * <dfn>pass</dfn>, and {@link io.cordon.scrub.ScrubPass} tells what it found. What cannot be read is recovered as if an
 * access had run into it, and told as an event. A pass that was cut short by a restart goes on where it was.
 */
package io.cordon.scrub;
