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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** {@code bench/measure compare}: what got worse ends it with 1, and nothing else does. */
class CompareTest {
    private static final double[] RAW = {10.0, 10.1, 9.9, 10.05, 9.95};
    private static final double[] SAME = {12.0, 12.1, 11.9, 12.05, 11.95};
    private static final double[] SLOWER = {15.0, 15.1, 14.9, 15.05, 14.95};

    @TempDir
    private Path folder;
    private Path before;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private static MadeResults made(final double[] raw, final double[] region) {
        return new MadeResults().measured("FastPathBenchmark.rawLoadField", raw)
            .measured("FastPathBenchmark.regionLoadField", region)
            .measured("ControlBenchmark.empty", raw);
    }

    @BeforeEach
    void make() throws IOException {
        before = made(RAW, SAME).write(folder.resolve("before"));
    }

    private int compare(final MadeResults after) throws IOException {
        return compare(after.write(folder.resolve("after")));
    }

    private int compare(final Path after) {
        return Measure.command().setOut(new PrintWriter(out)).setErr(new PrintWriter(err))
            .execute("compare", before.toString(), after.toString());
    }

    private void assertCounts(final String counts) {
        assertTrue(out.toString().contains(counts), out.toString());
    }

    @Test
    void shouldFindNothingInTheSame() {
        assertEquals(0, compare(before));
        assertCounts("1 rows: 0 worse, 0 better, 1 unchanged");
    }

    @Test
    void shouldFailOnARegression() throws IOException {
        assertEquals(1, compare(made(RAW, SLOWER)));
        assertCounts("1 worse, 0 better");
        assertTrue(out.toString().contains("WORSE   FastPath LoadField"), out.toString());
    }

    @Test
    void shouldPassOnAnImprovement() throws IOException {
        before = made(RAW, SLOWER).write(folder.resolve("before"));
        assertEquals(0, compare(made(RAW, SAME)));
        assertCounts("0 worse, 1 better");
    }

    @Test
    void shouldNotBlameTheCodeForASlowerMachine() throws IOException {
        assertEquals(0, compare(made(new double[] {20.0, 20.2, 19.8, 20.1, 19.9},
            new double[] {24.0, 24.2, 23.8, 24.1, 23.9})));
        assertCounts("0 worse, 0 better, 1 unchanged");
    }

    @Test
    void shouldNotTellWhatItsForksDoNot() throws IOException {
        assertEquals(0, compare(made(RAW, new double[] {12, 18, 13, 16, 12.5})));
        assertCounts("0 worse, 0 better, 1 unchanged");
    }

    @Test
    void shouldNotTellWhatTheNullBenchmarkDiffersBy() throws IOException {
        final Path after = made(RAW, SLOWER).write(folder.resolve("after"));
        MadeResults.writeNull(after, 100, 140);
        assertEquals(0, compare(after));
        assertCounts("0 worse, 0 better, 1 unchanged");
        MadeResults.writeNull(after, 100, 101);
        assertEquals(1, compare(after));
    }

    @Test
    void shouldFindANewAllocation() throws IOException {
        assertEquals(1, compare(new MadeResults().measured("FastPathBenchmark.rawLoadField", RAW)
            .measured("FastPathBenchmark.regionLoadField", "", 16, SAME)));
        assertTrue(out.toString().contains("WORSE   bytes allocated by FastPath LoadField"), out.toString());
    }

    /** The harness allocates by time, so that calls of milliseconds seem to allocate more or less at random. */
    @Test
    void shouldNotBlameALongCallForWhatTheHarnessAllocates() throws IOException {
        final double[] slow = {20_000, 20_100, 19_900, 20_050, 19_950};
        before = new MadeResults().measured("BulkCopyBenchmark.rawGetHeap", slow)
            .measured("BulkCopyBenchmark.regionGetHeap", slow).write(folder.resolve("before"));
        assertEquals(0, compare(new MadeResults().measured("BulkCopyBenchmark.rawGetHeap", slow)
            .measured("BulkCopyBenchmark.regionGetHeap", "", 100, slow)));
    }

    @Test
    void shouldFindANewAllocationOfACallWithoutARawSide() throws IOException {
        before = new MadeResults().measured("AllocationBenchmark.getLong", 10).write(folder.resolve("before"));
        assertEquals(1, compare(new MadeResults().measured("AllocationBenchmark.getLong", "", 24, 10)));
        assertTrue(out.toString().contains("WORSE   bytes allocated by Allocation getLong"), out.toString());
    }

    @Test
    void shouldBlameWhatFailsNow() throws IOException {
        final Path after = new MadeResults().measured("FastPathBenchmark.rawLoadField", RAW)
            .measured("FastPathBenchmark.regionStoreField", SAME).write(folder.resolve("after"));
        Files.writeString(after.resolve("failed.txt"), "FastPathBenchmark.regionLoadField{}, round 1: Error: broken\n");
        assertEquals(1, compare(after));
        assertTrue(out.toString().contains("WORSE   FastPath LoadField"), out.toString());
    }

    @Test
    void shouldCompareByTimeWhatHasNoRawSide() throws IOException {
        before = new MadeResults().measured("BadBlocksBenchmark.checkBad", SAME).write(folder.resolve("before"));
        assertEquals(1, compare(new MadeResults().measured("BadBlocksBenchmark.checkBad", SLOWER)));
    }

    @Test
    void shouldNameWhatIsMissingAndWhatIsNew() throws IOException {
        before = made(RAW, SAME).measured("BadBlocksBenchmark.checkBad", SAME).write(folder.resolve("before"));
        assertEquals(0, compare(made(RAW, SAME).measured("BadBlocksBenchmark.clearGood", SAME)));
        assertTrue(out.toString().contains("NOT COMPARED: BadBlocks checkBad: missing after"), out.toString());
        assertTrue(out.toString().contains("new after: BadBlocks clearGood"), out.toString());
        assertCounts("1 missing, 1 new");
    }

    @Test
    void shouldRefuseWhatCannotBeCompared() throws IOException {
        assertEquals(2, compare(new MadeResults().measured("BadBlocksBenchmark.checkBad", SAME)));
        assertEquals(2, compare(folder.resolve("nowhere")));
        assertTrue(err.toString().contains("nowhere is no folder of results"), err.toString());
    }

    @Test
    void shouldSeldomBlameCodeThatIsTheSame() throws IOException {
        final long seed = 7;
        final SplittableRandom random = new SplittableRandom(seed);
        int blamed = 0;
        for (int i = 0; i < 100; i++) {
            final MadeResults[] both = {new MadeResults(), new MadeResults()};
            for (final MadeResults one : both) {
                for (int row = 0; row < 40; row++) {
                    for (final String side : new String[] {"raw", "region"}) {
                        one.measured("FastPathBenchmark." + side + "Load" + row,
                            random.doubles(3).map(u -> 10 + 3 * (u - 0.5)).toArray());
                    }
                }
            }
            before = both[0].write(folder.resolve("before"));
            blamed += compare(both[1]);
        }
        assertTrue(blamed <= 10, blamed + " of 100, seed " + seed);
    }
}
