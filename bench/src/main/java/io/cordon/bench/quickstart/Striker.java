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

import io.cordon.media.SimulatedMedia;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/** Lets lines fail, one after the other, spread over some time; tells nobody but the ledger. */
final class Striker implements Runnable {
    private final SimulatedMedia media;
    private final Ledger ledger;
    private final Promises promises;
    private final long durationNanos;

    Striker(final SimulatedMedia media, final Ledger ledger, final Promises promises, final long durationNanos) {
        this.media = media;
        this.ledger = ledger;
        this.promises = promises;
        this.durationNanos = durationNanos;
    }

    @Override
    public void run() {
        final long start = ledger.now();
        int done = 0;
        try {
            for (final Ledger.Strike strike : ledger.strikes()) {
                final long due = start + durationNanos / ledger.strikes().size() * done;
                for (long wait = due - ledger.now(); wait > 0; wait = due - ledger.now()) {
                    LockSupport.parkNanos(wait);
                }
                ledger.strikeBegins(strike);
                media.inject(strike.line() * Ledger.LINE_LENGTH, (long) strike.count() * Ledger.LINE_LENGTH);
                ledger.strikeEnded(strike);
                done++;
            }
        } catch (final IOException | RuntimeException failure) {
            promises.failure("could not poison a line: " + failure);
        }
    }
}
