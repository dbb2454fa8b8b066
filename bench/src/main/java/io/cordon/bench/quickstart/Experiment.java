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
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;

import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One run: loads the source into a region, serves it while lines fail, and looks at the region afterwards. */
final class Experiment {
    private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long POLL_MILLIS = 10;
    private static final long REPAIR_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long END_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int CHUNK_LENGTH = 1 << 20;
    /** Lines may fail in this part of the phase; the rest of it is for their recovery. */
    private static final double STRIKING_PART = 0.75;
    /** Of all lines, one in so many may fail. */
    private static final int LINES_PART = 16;

    private final Settings settings;
    private final Screen screen;
    private final Consumer<MemorySegment> sabotage;
    private final Promises promises = new Promises();
    private final List<Reader> readers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Map<Phase, Long> nanos = new EnumMap<>(Phase.class);
    private volatile Phase phase = Phase.WARM_UP;

    /**
     * Prepares a run.
     *
     * @param settings what to do.
     * @param screen   where to show progress.
     * @param sabotage is given the copy that loads are compared with, so that a test can see a run fail.
     */
    Experiment(final Settings settings, final Screen screen, final Consumer<MemorySegment> sabotage) {
        this.settings = settings;
        this.screen = screen;
        this.sabotage = sabotage;
    }

    Outcome run() throws InputException, IOException, InterruptedException {
        try (Source source = Source.open(settings.input(), settings.limit(), settings.minimum());
            TemporaryFolder folder = new TemporaryFolder(settings.folder())) {
            final long most = source.length() / Ledger.LINE_LENGTH / LINES_PART;
            if (settings.lines() > most) {
                throw new InputException("--lines " + settings.lines() + ": at most " + most
                    + " for an input of " + Text.mebibytes(source.length()));
            }
            final SimulatedMedia media = Media.simulated();
            try (Region region = Region.builder(folder.path().resolve("region"))
                .size(source.copy().byteSize()).media(media).open()) {
                describe(source, region, folder);
                return run(source, region, media);
            }
        }
    }

    private void describe(final Source source, final Region region, final TemporaryFolder folder) throws IOException {
        screen.line("Cordon quickstart");
        screen.line("");
        screen.line("  source   " + source.path() + ", " + (source.isWhole() ? "" : "the first ")
            + Text.mebibytes(source.length()));
        screen.line("  region   " + folder.path().resolve("region") + ", " + Text.count(region.size(), "byte"));
        screen.line("           an ordinary file; its failures are simulated, the SIGBUS signals are real");
        screen.line("  service  " + Text.count(settings.threads(), "thread")
            + ", random loads of 8 bytes, each compared with the source");
        screen.line("  seed     " + settings.seed());
        screen.line("");
    }

    private Outcome run(final Source source, final Region region, final SimulatedMedia media)
        throws InterruptedException {
        final SplittableRandom random = new SplittableRandom(settings.seed());
        final Ledger ledger = new Ledger(random, source.length() / Ledger.LINE_LENGTH, settings.lines());
        final Repairer repairer = new Repairer(region, source, ledger, promises);
        fill(region, source.copy());
        sabotage.accept(source.copy());
        final Histogram timer = Latencies.timer();
        final long phaseNanos = TimeUnit.SECONDS.toNanos(settings.seconds());
        try {
            for (int i = 0; i < settings.threads(); i++) {
                final Reader reader =
                    new Reader(region, source.copy(), ledger, repairer, promises, () -> phase, random.nextLong());
                readers.add(reader);
                threads.add(Thread.ofPlatform().name("reader-" + i).start(reader));
            }
            serve(Phase.WARM_UP, Math.min(WARM_UP_NANOS, phaseNanos), List.of(), ledger);
            serve(Phase.BEFORE, phaseNanos, List.of(), ledger);
            strike(media, ledger, repairer, phaseNanos);
            serve(Phase.AFTER, phaseNanos, List.of(), ledger);
        } finally {
            phase = Phase.OVER;
            for (final Thread thread : threads) {
                thread.join();
            }
        }
        return judge(source, region, media, ledger, repairer, timer);
    }

    private void fill(final Region region, final MemorySegment content) {
        screen.begin();
        final long start = System.nanoTime();
        for (long offset = 0; offset < content.byteSize(); offset += CHUNK_LENGTH) {
            region.put(offset, content, offset, Math.min(CHUNK_LENGTH, content.byteSize() - offset));
            if (screen.isDue()) {
                screen.progress(step("load", start, Text.mebibytes(offset)));
            }
        }
        screen.done(step("load", start, Text.mebibytes(content.byteSize()) + " stored in the region"));
    }

    private void strike(
        final SimulatedMedia media, final Ledger ledger, final Repairer repairer, final long phaseNanos)
        throws InterruptedException {
        final Thread striking = Thread.ofPlatform().name("striker")
            .start(new Striker(media, ledger, promises, (long) (phaseNanos * STRIKING_PART)));
        final Thread repairing = Thread.ofPlatform().name("repairer").start(repairer);
        threads.add(striking);
        threads.add(repairing);
        final Thread finishing = Thread.ofPlatform().name("finisher").start(() -> {
            try {
                striking.join();
            } catch (InterruptedException _) {
                promises.failure("interrupted");
            }
            repairer.finish();
        });
        serve(Phase.DURING, phaseNanos, List.of(finishing, repairing), ledger);
    }

    /** Lets a phase run for its time, and until some threads have ended. */
    private void serve(final Phase now, final long duration, final List<Thread> until, final Ledger ledger)
        throws InterruptedException {
        screen.begin();
        final long startCount = loadCount();
        final long start = System.nanoTime();
        phase = now;
        while (System.nanoTime() - start < duration || until.stream().anyMatch(Thread::isAlive)) {
            if (System.nanoTime() - start > duration + REPAIR_LIMIT_NANOS) {
                promises.failure("the recovery did not end in time");
                break;
            }
            Thread.sleep(POLL_MILLIS);
            // About its due time the phase is shown as done instead.
            final boolean ending = Math.abs(duration - (System.nanoTime() - start)) < END_NANOS;
            if (!ending && screen.isDue()) {
                screen.progress(step(now.title(), start, state(now, ledger, loadCount() - startCount)));
            }
        }
        nanos.put(now, System.nanoTime() - start);
        screen.done(step(now.title(), start, state(now, ledger, loadCount() - startCount)));
    }

    private String state(final Phase now, final Ledger ledger, final long loads) {
        // 80 columns, since a terminal's line is rewritten.
        final String served = String.format("%10s loads", Text.count(loads));
        return now != Phase.DURING ? served : served + String.format("  %s poisoned, %s refused, %s recovered",
            Text.count(ledger.struckCount()), Text.count(refusedCount()), Text.count(ledger.repairedCount()));
    }

    private static String step(final String title, final long start, final String state) {
        return String.format("  %-7s %6s  %s", title, Text.seconds(System.nanoTime() - start), state);
    }

    private long loadCount() {
        return readers.stream().mapToLong(Reader::loadCount).sum();
    }

    private long refusedCount() {
        return readers.stream().mapToLong(Reader::refusedCount).sum();
    }

    private Outcome judge(final Source source, final Region region, final SimulatedMedia media, final Ledger ledger,
        final Repairer repairer, final Histogram timer) {
        screen.begin();
        final long start = System.nanoTime();
        String regionSha256;
        try {
            region.verify(0, region.size());
            regionSha256 = Sha256.of(region, source.length());
        } catch (final RuntimeException failure) {
            promises.failure("the region does not verify at the end: " + failure);
            regionSha256 = "not readable";
        }
        final long unrepaired = region.poison().lineCount();
        expect(regionSha256.equals(source.sha256()), "the SHA-256 of the region is not the source's");
        expect(unrepaired == 0, Text.count(unrepaired, "line") + " are still refused");
        expect(region.poison().isClean(), "the region does not report that it is clean");
        expect(media.poisoned().isEmpty(), "the medium still holds poison at " + media.poisoned());
        expect(ledger.struckCount() == settings.lines(), "not all lines were poisoned");
        expect(ledger.repairedCount() == settings.lines(), "not all lines were recovered");
        screen.done(step("verify", start, "whole region read, SHA-256 computed"));
        final Map<Phase, Histogram> latencies = new EnumMap<>(Phase.class);
        final Histogram refusals = Latencies.histogram();
        for (final Reader reader : readers) {
            refusals.add(reader.refusals());
            for (final Phase of : nanos.keySet()) {
                latencies.computeIfAbsent(of, _ -> Latencies.histogram()).add(reader.latencies(of));
            }
        }
        return new Outcome(latencies, nanos, refusals, timer, ledger.struckCount(), ledger.repairedCount(),
            repairer.foundByVerify(), unrepaired, promises.garbageValues(), promises.wrongExceptions(),
            source.sha256(), regionSha256, promises.examples());
    }

    private void expect(final boolean kept, final String complaint) {
        if (!kept) {
            promises.failure(complaint);
        }
    }
}
