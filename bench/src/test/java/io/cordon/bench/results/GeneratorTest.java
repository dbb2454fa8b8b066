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

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Nothing that speaks of results is typed by hand. */
class GeneratorTest {
    private static final Path ROOT = Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();
    private static final Path RESULTS = ROOT.resolve("jmh-results");
    private static final Path README = ROOT.resolve("README.md");
    private static final double[] RAW = {10.0, 10.1, 9.9};

    private static final String BYTES = "\"bytes\": \"64\"";

    @TempDir
    private Path folder;
    private Path readme;

    @BeforeEach
    void makeReadme() throws IOException {
        readme = Files.writeString(folder.resolve("README.md"),
            "before\n" + Generator.BEGIN + "\nold\n" + Generator.END + "\nafter\n");
    }

    private Path results() {
        return folder.resolve("jmh-results");
    }

    private static MadeResults fieldRun(final double first, final double second, final double third) {
        return new MadeResults().measured("FastPathBenchmark.rawLoadField", RAW)
            .measured("FastPathBenchmark.regionLoadField", first, second, third);
    }

    private String generated(final String file) throws IOException {
        return Generator.generate(results(), readme).get(folder.resolve(file));
    }

    @Test
    @DisplayName("The committed pages, pictures and the README's block are what the committed results give")
    void shouldAgreeWithWhatIsCommitted() throws IOException {
        final Map<Path, String> generated = Generator.generate(RESULTS, README);
        for (final Map.Entry<Path, String> file : generated.entrySet()) {
            assertTrue(Files.exists(file.getKey()), file.getKey() + " is missing: run bench/measure page");
            assertEquals(file.getValue(), Files.readString(file.getKey()),
                file.getKey() + " is not what the results say: run bench/measure page, and change nothing by hand");
        }
        try (var files = Files.walk(RESULTS)) {
            for (final Path file : files.filter(Files::isRegularFile).toList()) {
                final String name = file.getFileName().toString();
                assertFalse((name.endsWith(".svg") || name.equals(Generator.PAGE)) && !generated.containsKey(file),
                    file + " comes from no results: remove it");
            }
        }
    }

    @Test
    void shouldReadAllCommittedRuns() throws IOException {
        for (final ResultFolder run : ResultFolder.readAll(RESULTS)) {
            assertFalse(run.isDirty(), run.name() + " was measured with uncommitted changes: it should not be kept");
            assertFalse(DesignRow.cases(run).isEmpty(), run.name());
        }
    }

    @Test
    void shouldGiveTheSameBytesAgain() throws IOException {
        assertEquals(Generator.generate(RESULTS, README), Generator.generate(RESULTS, README));
    }

    @Test
    void shouldChangeNothingTheSecondTime() throws IOException {
        fieldRun(8, 8.1, 7.9).write(results().resolve("run"));
        Generator.write(results(), readme);
        final Map<Path, String> first = Generator.generate(results(), readme);
        Generator.write(results(), readme);
        assertEquals(first, Generator.generate(results(), readme));
        for (final Map.Entry<Path, String> file : first.entrySet()) {
            assertEquals(file.getValue(), Files.readString(file.getKey()));
        }
    }

    @Test
    void shouldSayMetMissedAndCannotBeTold() throws IOException {
        fieldRun(8, 8.1, 7.9).write(results().resolve("run"));
        assertTrue(generated("jmh-results/README.md").contains(
            "| FastPath LoadField | 0.800 (0.779 to 0.821) | met | 1 of 1 |"), generated("jmh-results/README.md"));
        fieldRun(12, 12.1, 11.9).write(results().resolve("run"));
        assertTrue(generated("jmh-results/README.md").contains("| **missed** | 0 of 1 |"));
        fieldRun(9, 10, 11).write(results().resolve("run"));
        assertTrue(generated("jmh-results/README.md").contains("| **cannot be told** | 0 of 1 |"));
        assertTrue(generated("jmh-results/README.md").contains("| **not measured** |  |"));
    }

    @Test
    void shouldFillTheBlockOfTheReadmeAndNothingElse() throws IOException {
        fieldRun(8, 8.1, 7.9).write(results().resolve("run"));
        final String text = generated("README.md");
        assertTrue(text.startsWith("before\n" + Generator.BEGIN + "\n![Cordon"), text);
        assertTrue(text.endsWith(Generator.END + "\nafter\n"), text);
        assertTrue(
            text.contains("Of the 13 numbers that the design sets, 2 are met, 11 not measured (run `run`"), text);
        Files.writeString(readme, "no block\n");
        assertThrows(IOException.class, () -> Generator.generate(results(), readme));
        Files.writeString(readme, text + text);
        assertThrows(IOException.class, () -> Generator.generate(results(), readme));
    }

    @Test
    void shouldSpeakOfTheNewestRunOfTheStrongestProfile() throws IOException {
        fieldRun(8, 8.1, 7.9).date("2026-01-01T00:00:00Z").write(results().resolve("older"));
        fieldRun(8, 8.1, 7.9).date("2026-01-02T00:00:00Z").write(results().resolve("newer"));
        fieldRun(8, 8.1, 7.9).date("2026-01-03T00:00:00Z").profile("quick").write(results().resolve("weaker"));
        fieldRun(8, 8.1, 7.9).date("2026-01-04T00:00:00Z").profile("full")
            .commit("0123456789abcdef0123456789abcdef01234567 and uncommitted changes")
            .write(results().resolve("dirty"));
        fieldRun(8, 8.1, 7.9).date("2026-01-05T00:00:00Z").profile("smoke").write(results().resolve("smoke"));
        assertTrue(generated("jmh-results/README.md").contains("(run `newer`"), generated("jmh-results/README.md"));
        assertTrue(generated("jmh-results/README.md").contains("uncommitted changes: never counts"));
    }

    @Test
    @DisplayName("What was counted in an emulator fills its row, says so, and nothing else of that run is spoken of")
    void shouldMarkWhatWasCountedInAnEmulator() throws IOException {
        fieldRun(8, 8.1, 7.9).date("2026-01-01T00:00:00Z").write(results().resolve("run"));
        final Path emulated = new MadeResults().measured("WriteBackBenchmark.rawPersist", BYTES, 0, RAW)
            .measured("WriteBackBenchmark.regionPersist", BYTES, 0, 10.0, 10.1, 9.9)
            .measured("FastPathBenchmark.rawLoadStatic", RAW).measured("FastPathBenchmark.regionLoadStatic", RAW)
            .date("2026-01-02T00:00:00Z").profile("emulated").write(results().resolve("aside"));
        assertFalse(generated("jmh-results/README.md").contains("WriteBack"), "its file system has no MAP_SYNC");
        Files.writeString(emulated.resolve(ResultFolder.ENVIRONMENT), "map sync: yes\n", StandardOpenOption.APPEND);
        final String page = generated("jmh-results/README.md");
        assertTrue(page.contains("| WriteBack Persist, 64 B; instructions, counted in an emulator: "
            + "[aside](aside/README.md) | 1.000 ("), page);
        assertTrue(page.contains("(run `run`") && page.contains("; 1 of them was counted in an emulator"), page);
        assertFalse(page.contains("LoadStatic"), page);
    }

    @Test
    void shouldPutTheRoundsOfARunTogether() throws IOException {
        final Path run = fieldRun(8, 8.1, 7.9).write(results().resolve("run"));
        Files.copy(run.resolve("jmh-1.json"), run.resolve("jmh-2.json"));
        final ResultFolder read = ResultFolder.read(run);
        assertEquals(2, read.measurements().size());
        read.measurements().values().forEach(measurement -> assertEquals(6, measurement.forks().size()));
    }
}
