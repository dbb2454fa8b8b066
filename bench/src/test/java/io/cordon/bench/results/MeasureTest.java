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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** All that {@code bench/measure quick} does, on few benchmarks and for moments: what comes out means nothing. */
@Timeout(300)
class MeasureTest {
    static {
        // Another JMH may be running on this machine; JMH reads this when it is loaded.
        System.setProperty("jmh.ignoreLock", "true");
    }

    private static final Profile.Times MOMENT =
        new Profile.Times(1, Duration.ofMillis(10), 1, Duration.ofMillis(10));

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

    private static Profile.Part part(final String include, final String... poison) {
        return new Profile.Part(2, MOMENT, 0, include, Map.of("poison", List.of(poison)));
    }

    private Campaign campaign(final Path results, final Profile.Part... parts) throws Exception {
        return new Campaign("quick", MOMENT, new Profile.Tail(Duration.ofMillis(20), 2), List.of(parts), root,
            Files.createDirectories(folder.resolve("files")), Files.createDirectories(results));
    }

    @Test
    void shouldRunAndKeepAndWriteAndCompare() throws Exception {
        final Path results = root.resolve("jmh-results");
        final Path files = folder.resolve("files");
        final Path kept = campaign(results, part("FastPathBenchmark\\.(raw|region)LoadField", "clean")).run();
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
        assertEquals(List.of(), run.failed());
        assertEquals(0, measure("page"));
        assertTrue(Files.readString(root.resolve("README.md")).contains("run `" + kept.getFileName() + "`"));
        assertEquals(0, measure("compare", kept.getFileName().toString(), kept.toString()));
        final Map<Path, String> generated = Generator.generate(results, root.resolve("README.md"));
        assertTrue(generated.containsKey(kept.resolve("tails.svg")));
        assertTrue(Environment.isCommitted(root), "results and what is written from them count as changes");
    }

    /** A benchmark that fails costs its own forks, and nobody else's. */
    @Test
    void shouldKeepWhatDidNotFail() throws Exception {
        final Path results = folder.resolve("results");
        final Path kept = campaign(results, part("FastPathBenchmark\\.(raw|region)LoadField", "clean", "nonsense"),
            part("RandomLoadBenchmark\\.regionOneField", "nonsense")).run();
        final ResultFolder run = ResultFolder.read(kept);

        assertEquals(Set.of("FastPathBenchmark.rawLoadField{}", "FastPathBenchmark.regionLoadField{poison=clean}"),
            run.measurements().keySet());
        // Of each of two rounds: one access, and two sizes of the other.
        assertEquals(6, run.failed().size(), run.failed().toString());
        assertTrue(run.failed().getFirst().startsWith("FastPathBenchmark.regionLoadField{poison=nonsense}, round 1: "),
            run.failed().toString());
        assertTrue(run.failed().getFirst().contains("poison is clean, elsewhere or other, not nonsense"),
            run.failed().toString());
        assertNotNull(run.tails());
        assertEquals("6, see failed.txt", run.environment().get("failed"));
        assertTrue(new Page(run).claim().contains("**6 forks failed**"));
    }

    /** What an interrupted run leaves: a round that is through, a part of the next, and what came before. */
    private Path interrupt(final Path results) throws Exception {
        final Path running = new MadeResults().measured("FastPathBenchmark.rawLoadField", 10)
            .write(results.resolve("some.running"));
        MadeResults.writeNull(running, 100, 100);
        Files.delete(running.resolve("null-after.json"));
        Files.copy(running.resolve("jmh-1.json"), running.resolve("part-2-0.json"));
        Files.writeString(running.resolve("tails.json"), "{}");
        Files.delete(running.resolve("environment.txt"));
        Files.writeString(running.resolve("begun.txt"), Environment.describe("quick", root, folder.resolve("files")));
        return running;
    }

    @Test
    void shouldGoOnWithAnInterruptedRun() throws Exception {
        final Path results = folder.resolve("results");
        final Campaign campaign = campaign(results, part("FastPathBenchmark\\.rawLoadField"),
            part("FastPathBenchmark\\.rawStoreField"));
        assertNull(campaign.interrupted());
        final Path running = interrupt(results);
        final String round = Files.readString(running.resolve("jmh-1.json"));
        assertEquals(running, campaign.interrupted());
        final ResultFolder run = ResultFolder.read(campaign.resume(running));

        assertEquals("some", run.name());
        assertTrue(run.environment().containsKey("resumed"));
        assertEquals(List.of(10.0, 10.0), run.measurements().get("FastPathBenchmark.rawLoadField{}").forks());
        // Of the first round, which was through without it.
        assertEquals(1, run.measurements().get("FastPathBenchmark.rawStoreField{}").forks().size());
        assertEquals(round, Files.readString(results.resolve("some/jmh-1.json")));
        assertTrue(Files.exists(results.resolve("some/null-after.json")));
        assertFalse(Files.exists(results.resolve("some/tails.hlog")), "latencies were recorded again");
        try (var left = Files.list(results.resolve("some"))) {
            assertEquals(List.of(), left.filter(file -> file.getFileName().toString().startsWith("part")).toList());
        }
    }

    @Test
    void shouldKeepWhatAnInterruptedRunHas() throws Exception {
        final Path results = folder.resolve("results");
        final Campaign campaign = campaign(results, part("FastPathBenchmark\\.rawLoadField"),
            part("FastPathBenchmark\\.rawStoreField"));
        final Path running = interrupt(results);
        Files.delete(running.resolve("tails.json"));
        Files.writeString(running.resolve("tails.hlog"), "half of it");
        final ResultFolder run = ResultFolder.read(campaign.finish(running));

        assertEquals(2, run.measurements().get("FastPathBenchmark.rawLoadField{}").forks().size());
        assertNull(run.tails());
        assertEquals("1 of 2 parts of round 2, latencies",
            run.environment().get("left out, as the run was ended early"));
    }

    @Test
    void shouldNotGoOnAtAnotherCommit() throws Exception {
        final Path results = folder.resolve("results");
        final Campaign campaign = campaign(results, part("FastPathBenchmark\\.rawLoadField"));
        final Path running = Files.createDirectories(results.resolve("some.running"));
        Files.writeString(running.resolve("begun.txt"), Environment.describe("quick", root, folder.resolve("files")));
        assertEquals(running, campaign.interrupted());
        Files.writeString(root.resolve("Source.java"), "class Other { }\n");
        commit();
        assertNull(campaign.interrupted());
        assertEquals(2, measure("quick", "--resume", "--output", results.toString()));
        assertTrue(err.toString().contains("no interrupted run of profile quick"), err.toString());
    }

    /** A case in two parts would have forks of two lengths, and one in none would not be measured. */
    @Test
    void shouldMeasureAllOnceInARoundOfTheFullProfile() {
        final List<String> cases = new ArrayList<>();
        Duration estimate = Profile.FULL.tail().slice().multipliedBy(
            (long) Profile.FULL.tail().rounds() * Phase.values().length);
        for (final Profile.Part part : Profile.FULL.parts()) {
            cases.addAll(Campaign.cases(part));
            estimate = estimate.plus(part.fork().multipliedBy((long) part.rounds() * Campaign.cases(part).size()));
        }
        assertEquals(List.copyOf(new TreeSet<>(cases)), cases.stream().sorted().toList());
        assertEquals(Campaign.cases(new Profile.Part(1, MOMENT, 0, Profile.ALL, Map.of())), new TreeSet<>(cases));
        assertTrue(estimate.compareTo(Duration.ofMinutes(58)) <= 0, "an hour is what there is, not " + estimate);
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
