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

import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.format.OutputFormat;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A line for each fork instead of JMH's forty, with the time that is left, and what a fork said whose benchmark failed.
 * A fork that does not end is ended.
 */
final class Progress implements OutputFormat {
    /** A fork that takes this much longer than it was given will not end. */
    private static final Duration TOO_LONG = Duration.ofMinutes(5);
    /** When the time that has passed says more than the estimate. */
    private static final Duration ENOUGH = Duration.ofSeconds(30);
    private static final int WORDS = 300;

    private final PrintStream out;
    private final int forks;
    private final Duration estimate;
    private final Duration after;
    private final long start = System.nanoTime();
    private final Map<String, String> failures = new LinkedHashMap<>();
    private final List<String> said = new ArrayList<>();
    private final StringBuilder line = new StringBuilder();
    private Duration expected = Duration.ZERO;
    private Duration passed = Duration.ZERO;
    private int done;
    private String running;

    /**
     * For a run.
     *
     * @param out      where lines go.
     * @param forks    that there will be.
     * @param estimate of all of them.
     * @param after    what comes after them is expected to take.
     */
    Progress(final PrintStream out, final int forks, final Duration estimate, final Duration after) {
        this.out = out;
        this.forks = forks;
        this.estimate = estimate;
        this.after = after;
    }

    /** Before forks that are expected to take that long each. */
    synchronized void expect(final Duration fork) {
        expected = fork;
    }

    /** What failed since it was asked last, by case: what was said of it. */
    synchronized Map<String, String> takeFailures() {
        final Map<String, String> taken = new LinkedHashMap<>(failures);
        failures.clear();
        return taken;
    }

    private Duration left() {
        final Duration open = estimate.minus(passed);
        final Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
        final double pace = passed.compareTo(ENOUGH) > 0 ? elapsed.toMillis() / (double) passed.toMillis() : 1;
        return after.plusMillis((long) (pace * open.toMillis()));
    }

    static String text(final Duration duration) {
        return duration.toMinutes() < 2 ? Math.max(0, duration.toSeconds()) + " s"
            : Math.round(duration.toSeconds() / 60.0) + " min";
    }

    /** As {@link Measurement#key()}. */
    private static String key(final BenchmarkParams params) {
        final Map<String, String> parameters = new TreeMap<>();
        params.getParamsKeys().forEach(name -> parameters.put(name, params.getParam(name)));
        return Measurement.key(params.getBenchmark(), parameters);
    }

    @Override
    public synchronized void startBenchmark(final BenchmarkParams params) {
        endCase("did not end");
        running = key(params);
        said.clear();
        Thread.ofVirtual().start(() -> watch(params, expected.plus(TOO_LONG)));
    }

    private void watch(final BenchmarkParams params, final Duration limit) {
        final String watched = key(params);
        final int when = done;
        try {
            Thread.sleep(limit);
        } catch (InterruptedException _) {
            return;
        }
        synchronized (this) {
            if (done == when && watched.equals(running)) {
                said.add("Error: it was ended after " + text(limit));
                ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly);
            }
        }
    }

    @Override
    public synchronized void endBenchmark(final BenchmarkResult result) {
        endCase(result == null ? null : Svg.format("%.4g %s", result.getPrimaryResult().getScore(),
            result.getPrimaryResult().getScoreUnit()));
    }

    /** JMH tells of the end of a benchmark only if it went well. */
    private void endCase(final String score) {
        if (running == null) {
            return;
        }
        done++;
        passed = passed.plus(expected);
        final boolean failed = score == null || score.equals("did not end");
        out.println(Svg.format("%d of %d, %s left: %s  %s", done, forks, text(left()), running,
            failed ? "FAILED: " + words() : score));
        if (failed) {
            failures.put(running, words());
            said.forEach(out::println);
        }
        running = null;
    }

    /** What was wrong, in a line. */
    private String words() {
        final String words = said.stream().filter(text -> text.matches(".*(Exception|Error|Failed|failed).*"))
            .findFirst().orElse("for no reason that it gave").strip();
        return words.substring(0, Math.min(WORDS, words.length()));
    }

    @Override
    public synchronized void endRun(final Collection<RunResult> results) {
        endCase("did not end");
    }

    @Override
    public synchronized void print(final String text) {
        line.append(text);
    }

    @Override
    public synchronized void println(final String text) {
        line.append(text);
        line.toString().lines().filter(each -> !each.isBlank()).forEach(said::add);
        line.setLength(0);
    }

    @Override
    public void write(final int octet) {
        write(new byte[] {(byte) octet});
    }

    /** What a fork prints. */
    @Override
    public synchronized void write(final byte[] octets) {
        final String text = new String(octets, StandardCharsets.UTF_8);
        final int end = text.lastIndexOf('\n');
        if (end < 0) {
            line.append(text);
        } else {
            println(text.substring(0, end));
            line.append(text.substring(end + 1));
        }
    }

    @Override
    public void iteration(final BenchmarkParams params, final IterationParams iteration, final int number) {
        // A fork has one line.
    }

    @Override
    public void iterationResult(
        final BenchmarkParams params, final IterationParams iteration, final int number, final IterationResult result) {
        // A fork has one line.
    }

    @Override
    public void startRun() {
        // The forks have lines.
    }

    @Override
    public void flush() {
        out.flush();
    }

    @Override
    public void close() {
        out.flush();
    }

    @Override
    public void verbosePrintln(final String text) {
        // For whoever looks for an error in JMH.
    }
}
