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

/** Time that goes on when the test says so, and by a step each time somebody has asked. */
final class ManualClock implements ScrubClock {
    private long now = 1_000_000_000L;
    private long step;

    @Override
    public synchronized long nanos() {
        final long result = now;
        now += step;
        return result;
    }

    @Override
    public synchronized long millis() {
        return now / 1_000_000;
    }

    synchronized void advance(final long nanos) {
        now += nanos;
    }

    synchronized void step(final long nanos) {
        step = nanos;
    }
}
