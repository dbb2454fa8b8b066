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
package io.cordon.bench.tails;

import java.util.Locale;

/** What goes on while loads are measured. */
public enum Phase {
    /** Nothing. */
    IDLE("nothing else goes on"),
    /** The control for the storm: the same writes and syncs, by hand, to a file that no region lies on. */
    BUSY("another thread writes and syncs a raw file without pause, as a recovery does"),
    /** Another thread recovers pages of the region without pause: fault, exception, recovery, and the next. */
    STORM("another thread has pages of the region fail and recovers them, without pause"),
    /** The patrol reads the region, at full speed. */
    SCRUB("the patrol scrubs the region at full speed"),
    /** Another thread has persists of the region fail, and rewrites what they leave in doubt. */
    PERSIST_ERRORS("persists of another thread fail, and it rewrites what that refuses");

    private final String meaning;

    Phase(final String meaning) {
        this.meaning = meaning;
    }

    /** A word, as in tags. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** What goes on, for the page. */
    public String meaning() {
        return meaning;
    }
}
