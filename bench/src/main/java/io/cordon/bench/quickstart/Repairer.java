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

import io.cordon.Region;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.RecoveryResult;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Recovers the lines that loads were refused for, from the source file. When it is told that no more lines will fail,
 * it has the region verified, which finds those that no load happened to touch, and recovers them too.
 */
final class Repairer implements Runnable {
    private static final int VERIFY_LIMIT = 10;
    private static final long POLL_MILLIS = 5;

    private final Region region;
    private final Source source;
    private final Ledger ledger;
    private final Promises promises;
    private final LinkedBlockingQueue<Long> queue = new LinkedBlockingQueue<>();
    private volatile boolean finishing;
    private volatile int foundByVerify;

    Repairer(final Region region, final Source source, final Ledger ledger, final Promises promises) {
        this.region = region;
        this.source = source;
        this.ledger = ledger;
        this.promises = promises;
    }

    /** Has lines recovered that somebody ran into. */
    void report(final List<ByteRange> ranges) {
        final TreeSet<Long> lines = Ledger.lines(ranges);
        if (lines != null) {
            lines.stream().filter(this::claim).forEach(queue::add);
        }
    }

    /** A line that was never struck is none of ours: the ledger has complained of it. */
    private boolean claim(final long line) {
        final Ledger.Line entry = ledger.line(line);
        return entry != null && entry.claim();
    }

    /** Ends the thread as soon as the region is whole. */
    void finish() {
        finishing = true;
    }

    int foundByVerify() {
        return foundByVerify;
    }

    @Override
    public void run() {
        try {
            while (true) {
                final boolean last = finishing;
                Long line = queue.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
                if (line == null && last) {
                    break;
                }
                for (; line != null; line = queue.poll()) {
                    repair(line);
                }
            }
            verify();
        } catch (final IOException | RuntimeException | InterruptedException failure) {
            promises.failure("could not recover a line: " + failure);
        }
    }

    private void repair(final long line) throws IOException {
        final byte[] content = source.line(line);
        final ByteRange range = new ByteRange(line * Ledger.LINE_LENGTH, Ledger.LINE_LENGTH);
        ledger.repairBegins(line);
        final RecoveryResult result = region.recovery().write(range.offset(), content);
        ledger.repairEnded(line);
        if (!result.equals(new RecoveryResult(List.of(range), List.of(), List.of(), List.of()))) {
            promises.failure("the recovery of " + range + " reports " + result);
        }
        final byte[] readBack = new byte[content.length];
        region.get(range.offset(), readBack, 0, readBack.length);
        if (!Arrays.equals(content, readBack)) {
            promises.garbage("the recovered line at " + range + " does not have the content that it was given");
        }
    }

    private void verify() throws IOException {
        for (int attempt = 0; attempt < VERIFY_LIMIT; attempt++) {
            final long begin = System.nanoTime();
            try {
                region.verify(0, region.size());
                return;
            } catch (final PoisonException refusal) {
                final String wrong = ledger.judge(0, region.size(), begin, System.nanoTime(), refusal.ranges());
                if (wrong != null) {
                    promises.wrongException("the exception of verify() " + wrong);
                }
                for (final long line : Ledger.lines(refusal.ranges())) {
                    if (claim(line)) {
                        foundByVerify++;
                        repair(line);
                    }
                }
            }
            for (Long line = queue.poll(); line != null; line = queue.poll()) {
                repair(line);
            }
        }
        promises.failure("verify() still refuses the region after " + VERIFY_LIMIT + " rounds of recovery");
    }
}
