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

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The sample service keeps its promises under its drills, and the drills would tell if it did not. */
class OrderBookDrillTest {
    private static final Consumer<OrderBook> NO_SABOTAGE = _ -> { };
    /** What it has to say of faults belongs to a log, not to a test's output. */
    private static final Logger LIBRARY = Logger.getLogger("io.cordon");

    @TempDir
    private Path folder;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeAll
    static void hush() {
        LIBRARY.setLevel(java.util.logging.Level.OFF);
    }

    @AfterAll
    static void speak() {
        LIBRARY.setLevel(null);
    }

    private int run(final Consumer<OrderBook> sabotage, final String... args) {
        return OrderBookDrill.run(args, new PrintWriter(out, true), new PrintWriter(err, true), sabotage);
    }

    private int drill(final int kills, final Consumer<OrderBook> sabotage) {
        return run(sabotage, "--seconds", "1", "--kills", Integer.toString(kills), "--folder", folder.toString());
    }

    private long fact(final String pattern) {
        final Matcher matcher = Pattern.compile(pattern).matcher(out.toString());
        assertTrue(matcher.find(), pattern + " in " + out);
        return Long.parseLong(matcher.group(1).replace(",", ""));
    }

    private void assertNothingLeft() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(0, files.count(), "files left in the temporary folder");
        }
    }

    @Test
    @DisplayName("Laws 1 to 5 as a service meets them: killed, struck, without its device, it agrees with its journal")
    void shouldKeepItsPromises() {
        final int exitCode = drill(2, NO_SABOTAGE);
        assertAll(
            () -> assertEquals(0, exitCode, out + " " + err),
            () -> assertTrue(out.toString().contains("\nPASSED  "), out.toString()),
            () -> assertTrue(out.toString().contains("kill -9 2 "), out.toString()),
            () -> assertTrue(fact("([0-9,]+) lines struck") > 0),
            () -> assertTrue(fact("([0-9,]+) levels rebuilt") > 0),
            () -> assertTrue(fact("([0-9,]+) requests refused meanwhile") > 0),
            () -> assertTrue(fact("([0-9,]+) failures") > 0),
            () -> assertEquals(1, fact("([0-9,]+) times offline")),
            () -> assertEquals(1, fact("([0-9,]+) times online")),
            () -> assertEquals("", err.toString()),
            this::assertNothingLeft);
    }

    @ParameterizedTest
    @ValueSource(strings = {"level", "position", "statistics"})
    void shouldTellWhatDoesNotAgree(final String what) throws IOException {
        final int exitCode = drill(0, service -> falsify(service, what));
        assertAll(
            () -> assertEquals(1, exitCode, out + " " + err),
            () -> assertTrue(Pattern.compile("^" + what + ".* is .* by the journal", Pattern.MULTILINE)
                .matcher(out.toString()).find(), out.toString()),
            () -> assertTrue(out.toString().contains("\nFAILED  "), out.toString()),
            () -> assertFalse(out.toString().contains("PASSED"), out.toString()),
            this::assertNothingLeft);
    }

    private static void falsify(final OrderBook service, final String what) {
        try {
            if (what.equals("level")) {
                final Level right = service.level(3, 5);
                service.book().region().recovery().write((3L * OrderBook.LEVELS + 5) * Level.LENGTH,
                    new Level(right.quantity() + 1, right.orders(), right.sequence())
                        .toBytes(3 * OrderBook.LEVELS + 5));
            } else if (what.equals("position")) {
                service.positions().apply(new Order(Long.MAX_VALUE, 0, 0, 7, 1));
            } else {
                service.statistics().startAnew();
                for (int i = 0; i < 10_000; i++) {
                    service.statistics().count(new Order(0, 2, 0, 0, 0));
                }
            }
        } catch (final IOException | UnavailableException failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    void shouldCutOffWhatAKilledProcessDidNotWriteToItsEnd() throws IOException {
        final Path path = folder.resolve("journal");
        try (Journal journal = new Journal(path)) {
            for (int i = 0; i < 300; i++) {
                assertEquals(i + 1, journal.append(i % 16, i % 64, i % 7, i - 1500).sequence());
            }
        }
        Files.write(path, new byte[17], StandardOpenOption.APPEND);
        try (Journal journal = new Journal(path)) {
            final List<Order> orders = new ArrayList<>();
            assertEquals(300, journal.replay(orders::add));
            assertEquals(new Order(278, 277 % 16, 277 % 64, 277 % 7, 277 - 1500), orders.get(277));
            assertEquals(301, journal.append(1, 2, 3, 4).sequence());
        }
        assertEquals(301 * 32, Files.size(path));
    }

    @Test
    void shouldRefuseWhatItCannotDo() throws IOException {
        assertEquals(2, run(NO_SABOTAGE, "--threads", "0"));
        assertTrue(err.toString().startsWith("orderbook: --threads 0: must be from 1 to 16 "), err.toString());
        assertEquals(2, run(NO_SABOTAGE, "--folder", folder.resolve("absent").toString()));
        assertEquals(2, run(NO_SABOTAGE, "--wrong"));
        assertEquals(3, err.toString().lines().count(), err.toString());
        assertEquals("", out.toString());
        assertNothingLeft();
    }
}
