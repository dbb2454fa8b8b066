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
package io.cordon.bench.results;

/** What an interval says of a bound. Shortfalls first, so that the order sorts. */
enum Verdict {
    /** All of the interval is beyond the bound. */
    MISSED("missed"),
    /** The interval holds the bound, or there is none. */
    OPEN("cannot be told"),
    /** Nobody looked. */
    ABSENT("not measured"),
    /** All of the interval is within the bound. */
    MET("met");

    private final String words;

    Verdict(final String words) {
        this.words = words;
    }

    static Verdict of(final Estimate estimate, final double bound) {
        if (!estimate.hasInterval()) {
            return OPEN;
        }
        if (estimate.low() > bound) {
            return MISSED;
        }
        return estimate.high() <= bound ? MET : OPEN;
    }

    String words() {
        return words;
    }

    String markdown() {
        return this == MET ? words : "**" + words + "**";
    }
}
