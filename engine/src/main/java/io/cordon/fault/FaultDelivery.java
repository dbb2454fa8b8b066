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
package io.cordon.fault;

import io.cordon.poison.ByteRange;
import io.cordon.poison.RangeSet;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The faults of one guard: which there have been, and a thread that tells the listener of them. The thread comes with
 * the first fault and ends when the guard is closed and all is told. Thread-safe; only the thread itself ever waits.
 */
final class FaultDelivery {
    private final FaultListener listener;
    private final Deque<MappingFault> waiting = new ArrayDeque<>();
    private final Map<Path, RangeSet> lost = new HashMap<>();
    private long count;
    private boolean closed;
    private boolean started;

    FaultDelivery(final FaultListener listener) {
        this.listener = listener;
    }

    synchronized void add(final MappingFault fault) {
        if (closed) {
            return;
        }
        count++;
        lost.computeIfAbsent(fault.file(), _ -> new RangeSet()).add(new ByteRange(fault.offset(), fault.length()));
        if (waiting.size() < FaultGuard.BACKLOG || !extendLast(fault)) {
            waiting.add(fault);
        }
        if (!started) {
            Thread.ofPlatform().daemon().name("cordon-fault-listener").start(this::run);
            // Only now: if no thread is to be had, the next fault tries again, and all that wait are told.
            started = true;
        }
        notifyAll();
    }

    private boolean extendLast(final MappingFault fault) {
        final MappingFault last = waiting.getLast();
        if (!last.file().equals(fault.file()) || last.offset() + last.length() != fault.offset()
            || last.address() + last.length() != fault.address()) {
            return false;
        }
        waiting.removeLast();
        waiting.add(new MappingFault(
            last.file(), last.offset(), last.length() + fault.length(), last.address()));
        return true;
    }

    synchronized long count() {
        return count;
    }

    synchronized List<ByteRange> lost(final Path file) {
        return lost.getOrDefault(file, new RangeSet()).ranges();
    }

    synchronized void forget(final Path file) {
        lost.remove(file);
    }

    synchronized void close() {
        closed = true;
        notifyAll();
    }

    private synchronized MappingFault next() throws InterruptedException {
        while (waiting.isEmpty() && !closed) {
            wait();
        }
        return waiting.poll();
    }

    private void run() {
        while (true) {
            try {
                final MappingFault fault = next();
                if (fault == null) {
                    return;
                }
                listener.onFault(fault);
            } catch (InterruptedException _) {
                // A listener's own doing: nobody else knows this thread, and there is more to tell.
                continue;
            } catch (final RuntimeException | Error failure) {
                final Thread thread = Thread.currentThread();
                thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
            }
        }
    }
}
