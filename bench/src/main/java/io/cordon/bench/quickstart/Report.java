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

import org.HdrHistogram.Histogram;

import java.util.List;
import java.util.concurrent.TimeUnit;

/** An outcome as text. */
final class Report {
    private static final double PERCENT_99 = 99;
    private static final double PERCENT_99_9 = 99.9;
    private static final double PERCENT_50 = 50;
    private static final String ROW = "  %-12s %8s %9s %9s %12s %12s %11s";

    private final Outcome outcome;
    private final Screen screen;

    Report(final Outcome outcome, final Screen screen) {
        this.outcome = outcome;
        this.screen = screen;
    }

    void print() {
        latencies();
        verdict();
        facts();
    }

    private void latencies() {
        screen.line("");
        screen.line("  Latency of one load in ns");
        screen.line(String.format(ROW, "", "p50", "p99", "p99.9", "max", "loads", "loads/s"));
        for (final Phase phase : List.of(Phase.BEFORE, Phase.DURING, Phase.AFTER)) {
            final Histogram histogram = outcome.latencies().get(phase);
            final long perSecond = (long) (histogram.getTotalCount()
                * (double) TimeUnit.SECONDS.toNanos(1) / outcome.nanos().get(phase));
            row(phase.title(), histogram, Text.count(perSecond));
        }
        row("refused", outcome.refusals(), "");
        row("timer alone", outcome.timer(), "");
        screen.line("");
        screen.line("  refused: from the load, through the signal and the page's recovery, to its exception.");
        screen.line("  All rows contain what the timer alone costs. Loads/s is of all threads together, with");
        screen.line("  timing and comparing; threads that wait for a processor make p99.9 and max.");
    }

    private void row(final String title, final Histogram histogram, final String perSecond) {
        if (histogram.getTotalCount() == 0) {
            screen.line(String.format(ROW, title, "-", "-", "-", "-", "0", perSecond).stripTrailing());
            return;
        }
        screen.line(String.format(ROW, title,
            Text.count(histogram.getValueAtPercentile(PERCENT_50)),
            Text.count(histogram.getValueAtPercentile(PERCENT_99)),
            Text.count(histogram.getValueAtPercentile(PERCENT_99_9)),
            Text.count(histogram.getMaxValue()),
            Text.count(histogram.getTotalCount()), perSecond).stripTrailing());
    }

    private void verdict() {
        screen.line("");
        if (outcome.isPassed()) {
            screen.line(screen.good("PASSED") + "  " + Text.count(outcome.struck(), "line")
                + " failed under the running threads; every answer was right or refused.");
        } else {
            screen.line(screen.bad("FAILED") + "  a promise was broken:");
            outcome.broken().forEach(what -> screen.line("  - " + what));
        }
        screen.line("");
    }

    private void facts() {
        fact("lines poisoned", outcome.struck(), "at random, while the threads were loading");
        fact("loads refused", outcome.refusedCount(), "with an exception");
        fact("wrong exceptions", outcome.wrong(), "that did not name exactly the poisoned lines touched");
        fact("garbage values", outcome.garbage(), "in " + Text.count(outcome.loadCount(), "load") + " that returned");
        fact("lines recovered", outcome.recovered(), "from the source file; "
            + Text.count(outcome.recovered() - outcome.foundByVerify()) + " found by loads, "
            + Text.count(outcome.foundByVerify()) + " by verify()");
        fact("lines still bad", outcome.unrepaired(), "");
        screen.line("");
        screen.line("  SHA-256 of the source  " + outcome.sourceSha256());
        screen.line("  SHA-256 of the region  " + outcome.regionSha256()
            + (outcome.sourceSha256().equals(outcome.regionSha256()) ? "  equal" : "  DIFFERENT"));
    }

    private void fact(final String what, final long count, final String explanation) {
        screen.line(String.format("  %-16s %8s  %s", what, Text.count(count), explanation).stripTrailing());
    }
}
