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
package io.cordon.bench.orderbook;

import io.cordon.Region;
import io.cordon.event.Counter;
import io.cordon.event.MediaEvent;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Puts the service through its paces, and holds it to its journal. */
final class Drill {
    private static final long PATIENCE_SECONDS = 120;
    private static final long OFFLINE_MILLIS = 300;
    private static final int LATEST_KILL_MILLIS = 700;
    private static final double NANOS_PER_MILLI = 1e6;

    private final Path folder;
    private final int threads;
    private final int seconds;
    private final int kills;
    private final SplittableRandom random;
    private final Consumer<OrderBook> sabotage;
    private final PrintWriter out;
    private final Alerts alerts = new Alerts();
    private final SimulatedMedia bookDisk = Media.simulated();
    private final SimulatedMedia positionsDisk = Media.simulated();
    private final SimulatedMedia statisticsDisk = Media.simulated();
    private final List<String> broken = new ArrayList<>();

    /**
     * A drill.
     *
     * @param sabotage is given the service before it is held to its journal, so that a test can see it fail.
     */
    Drill(final Path folder, final int threads, final int seconds, final int kills, final long seed,
        final Consumer<OrderBook> sabotage, final PrintWriter out) {
        this.folder = folder;
        this.threads = threads;
        this.seconds = seconds;
        this.kills = kills;
        this.random = new SplittableRandom(seed);
        this.sabotage = sabotage;
        this.out = out;
    }

    /** Runs it; returns what was broken. */
    List<String> run() throws IOException, InterruptedException {
        for (int i = 1; i <= kills && broken.isEmpty(); i++) {
            kill(i);
        }
        if (broken.isEmpty()) {
            serve();
        }
        return broken;
    }

    private OrderBook open() throws IOException {
        return new OrderBook(folder, new OrderBook.Disks(bookDisk, positionsDisk, statisticsDisk), alerts);
    }

    /** A process serves and fails, and is killed at a random instant; this one opens what it has left. */
    private void kill(final int number) throws IOException, InterruptedException {
        final Path journal = folder.resolve("journal");
        final long before = Files.exists(journal) ? Files.size(journal) : 0;
        final Path output = folder.resolve("victim");
        final Process victim = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
            "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
            Victim.class.getName(), folder.toString(), Integer.toString(threads), Long.toString(random.nextLong()))
            .redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (victim.isAlive() && (!Files.exists(journal) || Files.size(journal) <= before)) {
                if (System.nanoTime() > deadline) {
                    throw new IOException("no order in " + PATIENCE_SECONDS + " seconds");
                }
                Thread.sleep(1);
            }
            Thread.sleep(random.nextInt(LATEST_KILL_MILLIS));
            if (!victim.isAlive()) {
                broken.add("the process ended by itself: " + Files.readString(output));
                return;
            }
        } finally {
            victim.destroyForcibly().waitFor();
        }
        final long start = System.nanoTime();
        try (OrderBook service = open()) {
            say("kill -9 %d      %,d orders in the journal; open again in %.0f ms: %d levels torn, lost or behind,"
                    + " %d orders not in the positions", number, service.journal().length() / 32,
                (System.nanoTime() - start) / NANOS_PER_MILLI, service.staleLevels(), service.staleOrders());
            audit(service);
        }
    }

    /** Serves while lines fail, and while a device goes and comes. */
    private void serve() throws IOException, InterruptedException {
        try (OrderBook service = open()) {
            final Traffic traffic = new Traffic(service);
            traffic.start(threads, random.nextLong(), bookDisk, positionsDisk, statisticsDisk);
            TimeUnit.SECONDS.sleep(seconds);
            traffic.stopStriking();
            // A strike that has begun must not meet a device that is gone.
            Thread.sleep(100);
            goAway(service, traffic);
            traffic.stop();
            broken.addAll(traffic.broken());
            sabotage.accept(service);
            audit(service);
            report(service, traffic);
            check(service);
        }
    }

    private void goAway(final OrderBook service, final Traffic traffic) throws IOException, InterruptedException {
        final long refusedBefore = traffic.unavailable();
        bookDisk.offline();
        Thread.sleep(OFFLINE_MILLIS);
        while (alerts.count(MediaEvent.Kind.OFFLINE) == 0 && traffic.broken().isEmpty()) {
            Thread.sleep(1);
        }
        final long start = System.nanoTime();
        bookDisk.online();
        while (!isServing(service) && traffic.broken().isEmpty()) {
            Thread.sleep(1);
        }
        final double millis = (System.nanoTime() - start) / NANOS_PER_MILLI;
        while (alerts.count(MediaEvent.Kind.ONLINE) == 0 && traffic.broken().isEmpty()) {
            Thread.sleep(1);
        }
        say("device gone     %,d requests refused meanwhile; served again %.0f ms after it was back",
            traffic.unavailable() - refusedBefore, millis);
    }

    private static boolean isServing(final OrderBook service) throws IOException {
        try {
            service.level(0, 0);
            return true;
        } catch (UnavailableException _) {
            return false;
        }
    }

    /** Every level, position and number against the journal; what is latent still is found by it. */
    private void audit(final OrderBook service) throws IOException {
        final Level[] levels = service.book().fold();
        final long[] positions = new long[OrderBook.TRADERS];
        final long[] orders = new long[OrderBook.INSTRUMENTS];
        service.journal().replay(order -> {
            positions[order.trader()] += order.quantity();
            orders[order.instrument()]++;
        });
        for (int i = 0; i < levels.length; i++) {
            compare("level " + i, levels[i], level(service, i));
        }
        for (int trader = 0; trader < positions.length; trader++) {
            compare("position of trader " + trader, positions[trader], position(service, trader));
        }
        for (int instrument = 0; instrument < orders.length; instrument++) {
            try {
                final long found = service.orders(instrument);
                // A killed process may have had an order in the journal, and not yet in its statistics, on each thread.
                if (found > orders[instrument] || found < orders[instrument] - (long) kills * threads) {
                    compare("statistics of instrument " + instrument, orders[instrument], found);
                }
            } catch (UnavailableException _) {
                // Lost, and said so: that is what this pattern promises.
                continue;
            }
        }
    }

    private static Object level(final OrderBook service, final int number) throws IOException {
        try {
            return service.level(number / OrderBook.LEVELS, number % OrderBook.LEVELS);
        } catch (final UnavailableException failure) {
            return failure;
        }
    }

    private static Object position(final OrderBook service, final int trader) {
        try {
            return service.position(trader);
        } catch (final PoisonException failure) {
            return failure;
        }
    }

    private void compare(final String what, final Object expected, final Object found) {
        if (!expected.equals(found)) {
            broken.add(what + " is " + found + ", by the journal " + expected);
        }
    }

    private void report(final OrderBook service, final Traffic traffic) throws IOException {
        say("latent poison   %,d lines struck; %,d orders taken, %,d questions answered, %,d refused",
            traffic.strikes(), traffic.orders(), traffic.answers(), traffic.unavailable());
        say("  book          %,d levels rebuilt from the journal, unnoticed", service.book().rebuilt());
        say("  positions     %,d lines lost of %,d pages that failed: the mirror had the others",
            service.positions().region().poison().lineCount(),
            service.positions().region().counters().get(Counter.FAULTS));
        say("  statistics    %,d times refused; %,d lines started anew by hand", service.statistics().refused(),
            service.statistics().startAnew());
        say("alerts          %,d failures, %,d recoveries, %,d times offline, %,d times online; the first of them:",
            alerts.count(MediaEvent.Kind.FAILURE), alerts.count(MediaEvent.Kind.RECOVERED),
            alerts.count(MediaEvent.Kind.OFFLINE), alerts.count(MediaEvent.Kind.ONLINE));
        alerts.texts().forEach(text -> say("  %s", text));
    }

    /** In the end nothing is refused, nothing is latent, and somebody was told. */
    private void check(final OrderBook service) throws IOException {
        if (service.book().garbage() != 0) {
            broken.add(service.book().garbage() + " answers were garbage");
        }
        for (final Region region : service.regions()) {
            region.verify(0, region.size());
            if (!region.poison().isClean()) {
                broken.add(region + " still refuses " + region.poison().ranges());
            }
        }
        for (final SimulatedMedia disk : List.of(bookDisk, positionsDisk, statisticsDisk)) {
            if (!disk.poisoned().isEmpty()) {
                broken.add("still poisoned: " + disk.poisoned());
            }
        }
        if (alerts.count(MediaEvent.Kind.FAILURE) == 0) {
            broken.add("lines failed, and nobody was told");
        }
    }

    private void say(final String format, final Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
        out.flush();
    }
}
