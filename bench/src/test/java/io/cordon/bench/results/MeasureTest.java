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

import io.cordon.bench.tails.Phase;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.VerboseMode;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** All that {@code bench/measure quick} does, on few benchmarks and for moments: what comes out means nothing. */
@Timeout(300)
class MeasureTest {
    static {
        // Another JMH may be running on this machine; JMH reads this when it is loaded.
        System.setProperty("jmh.ignoreLock", "true");
    }

    @TempDir
    private Path folder;
    private Path root;
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void makeProject() throws Exception {
        root = Files.createDirectory(folder.resolve("project"));
        git("init", "-q");
        Files.writeString(root.resolve("README.md"), Generator.BEGIN + "\n" + Generator.END + "\n");
        Files.writeString(root.resolve("Source.java"), "class Source { }\n");
        commit();
    }

    private void git(final String... arguments) throws Exception {
        final ProcessBuilder builder = new ProcessBuilder("git", "-c", "user.name=test", "-c", "user.email=test@test");
        builder.command().addAll(List.of(arguments));
        final Process process = builder.directory(root.toFile()).redirectErrorStream(true).start();
        final String said = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), said);
    }

    private void commit() throws Exception {
        git("add", "-A");
        git("commit", "-q", "-m", "All");
    }

    private int measure(final String... arguments) {
        final String[] all = new String[arguments.length + 2];
        all[0] = "--root";
        all[1] = root.toString();
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return Measure.command().setErr(new PrintWriter(err)).execute(all);
    }

    @Test
    void shouldRunAndKeepAndWriteAndCompare() throws Exception {
        final Path results = Files.createDirectory(root.resolve("jmh-results"));
        final Path files = Files.createDirectory(folder.resolve("files"));
        final Profile.Times times = new Profile.Times(1, Duration.ofMillis(10), 1, Duration.ofMillis(10));
        final List<Profile.Part> parts = List.of(
            new Profile.Part(2, "FastPathBenchmark\\.(raw|region)LoadField", Map.of("poison", List.of("clean"))));
        final Path kept = new Campaign("quick", times, new Profile.Tail(Duration.ofMillis(20), 2), parts, root, files,
            results).run();
        final ResultFolder run = ResultFolder.read(kept);

        assertEquals("quick", run.profile());
        assertFalse(run.isDirty());
        assertEquals(2, run.measurements().size());
        run.measurements().values().forEach(measurement -> assertEquals(2, measurement.forks().size()));
        assertTrue(run.noise() > 0);
        assertNotNull(run.tails());
        for (final Phase phase : Phase.values()) {
            assertEquals(2, run.tails().slices(phase).size());
        }
        try (var left = Files.list(files)) {
            assertEquals(0, left.count(), "files left where the measured ones were");
        }
        assertEquals(0, measure("page"));
        assertTrue(Files.readString(root.resolve("README.md")).contains("run `" + kept.getFileName() + "`"));
        assertEquals(0, measure("compare", kept.getFileName().toString(), kept.toString()));
        final Map<Path, String> generated = Generator.generate(results, root.resolve("README.md"));
        assertTrue(generated.containsKey(kept.resolve("tails.svg")));
        assertTrue(Environment.isCommitted(root), "results and what is written from them count as changes");
    }

    @Test
    void shouldRefuseAChangeThatIsInNoCommit() throws Exception {
        assertTrue(Environment.isCommitted(root));
        Files.writeString(root.resolve("Source.java"), "class Other { }\n");
        assertFalse(Environment.isCommitted(root));
        assertEquals(2, measure("quick"));
        assertTrue(err.toString().contains("there are uncommitted changes"), err.toString());
        commit();
        Files.writeString(root.resolve("New.java"), "class New { }\n");
        assertFalse(Environment.isCommitted(root));
        assertEquals(2, measure("full"));
    }

    @Test
    void shouldRefuseAFolderThatIsNone() {
        assertEquals(2, measure("quick", "--folder", folder.resolve("nowhere").toString()));
        assertTrue(err.toString().contains("nowhere is no directory"), err.toString());
    }

    @Test
    void shouldHaveEachProfileMeasureWhatThereIs() {
        final OutputFormat silent = OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT);
        for (final Profile profile : Profile.values()) {
            for (final Profile.Part part : profile.parts()) {
                assertFalse(BenchmarkList.defaultList().find(silent, List.of(Campaign.PACKAGE + part.include()),
                    List.of()).isEmpty(), profile + " includes nothing by " + part.include());
            }
        }
    }
}
