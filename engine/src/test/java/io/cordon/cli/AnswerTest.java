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

import com.fasterxml.jackson.databind.json.JsonMapper;

import io.cordon.Inspection.Damage;
import io.cordon.Inspection.State;
import io.cordon.poison.ByteRange;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The parts that answers and arguments consist of. */
class AnswerTest {
    private static final Style PLAIN = new Style(false, false);

    @ParameterizedTest
    @CsvSource({"0+64,0,64", "0x40+0x40,64,128", "1k-2K,1024,2048", "100,64,128", "all,0,-1", "1M+1,1048576,1048577",
        "0x1G-0X2g,1073741824,2147483648", "1T+1T,1099511627776,2199023255552"})
    void shouldReadRanges(final String text, final long offset, final long end) {
        final RangeArgument range = RangeArgument.parse(text);
        assertEquals(offset, range.offset());
        assertEquals(end, range.end());
    }

    @Test
    @DisplayName("What is written is JSON, whatever it is made of: a real parser reads the same")
    void shouldWriteJson() throws Exception {
        final JsonMapper mapper = JsonMapper.builder().build();
        final long seed = System.nanoTime();
        final SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 500; i++) {
            final Map<String, Object> object = new LinkedHashMap<>();
            for (int field = random.nextInt(5); field > 0; field--) {
                object.put(text(random), List.of(text(random), random.nextLong(), random.nextBoolean()));
            }
            final String json = Json.write(object);
            assertEquals(mapper.valueToTree(object).toString(), mapper.readTree(json).toString(), "seed " + seed);
            assertTrue(StandardCharsets.UTF_8.newEncoder().canEncode(json), "seed " + seed);
        }
        assertEquals("{}", Json.write(Map.of()));
        assertEquals("[]", Json.write(List.of()));
        assertEquals("null", Json.write(Double.NaN));
        assertEquals("\"\\ud800\\u0007\\u007f\"", Json.write("\ud800\u0007\u007f"));
    }

    /** Halves of characters apart: those Jackson itself does not give back. */
    private static String text(final SplittableRandom random) {
        final StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            final int point = random.nextInt(4) == 0 ? random.nextInt(0x10000, 0x10FFFF) : random.nextInt(0xD7FF);
            text.appendCodePoint(random.nextInt(3) == 0 ? "\"\\\n\r\t\0/\u2028".charAt(random.nextInt(8)) : point);
        }
        return text.toString();
    }

    @Test
    @DisplayName("A map says of each byte what was last said of it")
    void shouldKeepAMapOfRanges(@TempDir final Path directory) throws Exception {
        final long seed = System.nanoTime();
        final SplittableRandom random = new SplittableRandom(seed);
        final char[] model = new char[1000];
        Arrays.fill(model, Mapfile.UNTRIED);
        final Mapfile map = new Mapfile(model.length);
        for (int i = 0; i < 300; i++) {
            final int offset = random.nextInt(model.length);
            final int length = random.nextInt(1, Math.min(50, model.length - offset) + 1);
            final char status = "+-?".charAt(random.nextInt(3));
            map.set(offset, length, status);
            Arrays.fill(model, offset, offset + length, status);
            for (final char each : "+-?".toCharArray()) {
                assertEquals(ranges(model, each), map.ranges(each), "seed " + seed + ", step " + i);
            }
        }
        final Path file = directory.resolve("map");
        map.write(file, "two\nlines", java.time.LocalDateTime.now());
        assertEquals(map.ranges(Mapfile.COPIED), Mapfile.read(file, model.length).ranges(Mapfile.COPIED));
    }

    private static List<ByteRange> ranges(final char[] model, final char status) {
        final List<ByteRange> ranges = new ArrayList<>();
        for (int i = 0; i < model.length; i++) {
            if (model[i] == status) {
                ByteRange.append(ranges, i, 1);
            }
        }
        return ranges;
    }

    private static List<String> picture(final long size, final int columns, final Damage... damage) {
        return new DamageMap(size, List.of(damage), List.of(), PLAIN, columns).lines();
    }

    @Test
    @DisplayName("A single bad line of a tebibyte shows, and where it is")
    void shouldShowASingleLine() {
        final long size = 1L << 40;
        final List<String> lines =
            picture(size, 80, new Damage(new ByteRange(size / 2, 64), State.LOST));
        assertEquals(1, lines.subList(0, 4).stream().filter(line -> line.contains("-")).count(), lines.toString());
        final String row = lines.stream().filter(line -> line.contains("-")).findFirst().orElseThrow();
        final String first = row.trim().split(" ")[0];
        // One cell is a few megabytes more than 3.9 GiB.
        final double cell = (Long.decode(lines.get(1).trim().split(" ")[0]) - 0.0) / lines.get(1).trim().split(" +")[1]
            .length();
        final long place = (long) (Long.decode(first) + row.split(" +")[2].indexOf('-') * cell);
        assertTrue(place <= size / 2 && size / 2 < place + cell, lines.toString());
        assertTrue(lines.stream().allMatch(line -> line.length() <= 80), lines.toString());
    }

    @Test
    void shouldShowHowMuchIsBad() {
        final Damage few = new Damage(new ByteRange(0, 64), State.LOST);
        final Damage half = new Damage(new ByteRange(8192, 2048), State.LOST);
        final Damage most = new Damage(new ByteRange(16384, 4096), State.LOST);
        final Damage poison = new Damage(new ByteRange(5 * 4096, 64), State.POISONED);
        final List<String> lines = picture(16 * 4096, 60, few, half, most, poison);
        assertEquals("    0x0  +.#.#!..........", lines.getFirst());
        assertTrue(lines.get(1).contains("one cell is 4.0 KiB"), lines.toString());
        assertFalse(String.join("", lines).contains("latent"), lines.toString());
    }

    @ParameterizedTest
    @CsvSource({"4096,40", "65536,41", "1048576,200", "1099511627776,57", "4398046511104,300"})
    void shouldFitTheTerminal(final long size, final int columns) {
        final Damage[] damage = new Damage[20];
        for (int i = 0; i < damage.length; i++) {
            damage[i] = new Damage(new ByteRange(size / 64 / damage.length * i * 64, 64), State.values()[i % 4]);
        }
        for (final String line : picture(size, columns, damage)) {
            assertTrue(line.length() <= Math.max(columns, 60), line);
        }
    }

    @Test
    @DisplayName("Where only ASCII can be drawn, nothing else is")
    void shouldDrawInAscii(@TempDir final Path directory) throws Exception {
        final Path region = new Folder(directory).makeRegion();
        final CommandRun run = CommandRun.of(new Console.Terminals(false, true, true, 50),
            Map.of("TERM", "vt100"), "", StandardCharsets.US_ASCII, new Interruption(), "status", region);
        assertEquals(0, run.exit());
        assertTrue(run.out().contains("....."), run.out());
        assertFalse(run.out().contains("?"), run.out());
    }

    @Test
    void shouldColourForTerminalsThatWantIt(@TempDir final Path directory) throws Exception {
        final Path region = new Folder(directory).makeRegion();
        final Console.Terminals terminal = new Console.Terminals(false, true, true, 70);
        assertTrue(coloured(terminal, Map.of("TERM", "xterm"), region));
        assertFalse(coloured(terminal, Map.of("TERM", "xterm", "NO_COLOR", "1"), region));
        assertFalse(coloured(terminal, Map.of("TERM", "dumb"), region));
        assertFalse(coloured(terminal, Map.of(), region));
        assertFalse(coloured(CommandRun.PIPES, Map.of("TERM", "xterm"), region));
    }

    private static boolean coloured(
        final Console.Terminals terminals, final Map<String, String> environment, final Path region) {
        final CommandRun run = CommandRun.of(terminals, environment, "", "status", region);
        assertEquals(0, run.exit(), run.err());
        return run.out().contains("\033[");
    }
}
