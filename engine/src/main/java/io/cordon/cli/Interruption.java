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
package io.cordon.cli;

import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C. The virtual machine ends, with 130, when its shutdown hooks have; ours waits until the command has come to a
 * place where everything is closed. Commands look here between two pieces of work.
 */
final class Interruption {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private volatile boolean raised;
    /** How many pieces of work must not be cut off; guarded by this. */
    private int working;

    /** Work begins that is to be ended in order. */
    synchronized void enter() throws CommandFailure {
        check();
        working++;
    }

    synchronized void leave() {
        working--;
        notifyAll();
    }

    boolean isRaised() {
        return raised;
    }

    void check() throws CommandFailure {
        if (raised) {
            throw new CommandFailure(ExitCode.INTERRUPTED, "interrupted");
        }
    }

    /** Waits until no work is under way, for a while: what is cut off then is as after a crash, and no worse. */
    synchronized void raise() {
        raised = true;
        final long deadline = System.nanoTime() + PATIENCE_NANOS;
        try {
            while (working > 0 && deadline - System.nanoTime() > 0) {
                wait(TimeUnit.NANOSECONDS.toMillis(PATIENCE_NANOS));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
