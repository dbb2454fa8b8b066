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
import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Each measurement is compared with what it says, and speaks of the design's row that it belongs to. */
class ResultFolderTest {
    private static final String[] RUN = {
        "FastPathBenchmark.rawLoadField", "",
        "FastPathBenchmark.rawTwoLoadField", "",
        "FastPathBenchmark.regionLoadField", "\"poison\": \"clean\"",
        "FastPathBenchmark.regionLoadField", "\"poison\": \"elsewhere\"",
        "FastPathBenchmark.regionLoadField", "\"poison\": \"other\"",
        "FastPathBenchmark.agronaUncheckedTwoLoadField", "",
        "DegradedBenchmark.rawLoadStatic", "",
        "DegradedBenchmark.regionLoadStatic", "\"lost\": \"0\"",
        "DegradedBenchmark.regionLoadStatic", "\"lost\": \"1000\"",
        "DegradedBenchmark.regionLoadStatic", "\"lost\": \"other\"",
        "BadBlocksBenchmark.checkBad", "\"records\": \"10\"",
        "BadBlocksBenchmark.checkBad", "\"records\": \"1000\"",
        "BadBlocksBenchmark.treeCheckBad", "\"records\": \"1000\"",
        "BulkCopyBenchmark.rawGetHeap", "\"length\": \"64\"",
        "BulkCopyBenchmark.rawGetHeap", "\"length\": \"4096\"",
        "BulkCopyBenchmark.regionGetHeap", "\"length\": \"4096\"",
        "ControlBenchmark.regionOneLoad", "",
    };

    @TempDir
    private Path folder;
    private ResultFolder run;

    @BeforeEach
    void make() throws IOException {
        final MadeResults made = new MadeResults();
        for (int i = 0; i < RUN.length; i += 2) {
            made.measured(RUN[i], RUN[i + 1], 0, 10, 10.1, 9.9);
        }
        run = ResultFolder.read(made.write(folder.resolve("run")));
    }

    private void assertBase(final String base, final String measurement) {
        assertEquals(base, run.base(run.measurements().get(measurement)).key());
    }

    @Test
    void shouldCompareWithTheRawSideOfTheSame() {
        assertBase("FastPathBenchmark.rawLoadField{}", "FastPathBenchmark.regionLoadField{poison=clean}");
        assertBase("FastPathBenchmark.rawLoadField{}", "FastPathBenchmark.regionLoadField{poison=elsewhere}");
        assertBase("FastPathBenchmark.rawTwoLoadField{}", "FastPathBenchmark.agronaUncheckedTwoLoadField{}");
        assertBase("DegradedBenchmark.rawLoadStatic{}", "DegradedBenchmark.regionLoadStatic{lost=1000}");
        assertBase("BulkCopyBenchmark.rawGetHeap{length=4096}", "BulkCopyBenchmark.regionGetHeap{length=4096}");
    }

    @Test
    void shouldCompareWithoutPoisonWhatHasItInAnotherRegion() {
        assertBase("FastPathBenchmark.regionLoadField{poison=clean}",
            "FastPathBenchmark.regionLoadField{poison=other}");
        assertBase("DegradedBenchmark.regionLoadStatic{lost=0}", "DegradedBenchmark.regionLoadStatic{lost=other}");
    }

    @Test
    void shouldCompareAStructureWithTheTree() {
        assertBase("BadBlocksBenchmark.treeCheckBad{records=1000}", "BadBlocksBenchmark.checkBad{records=1000}");
        assertNull(run.base(run.measurements().get("BadBlocksBenchmark.checkBad{records=10}")));
        assertNull(run.base(run.measurements().get("FastPathBenchmark.rawLoadField{}")));
    }

    @Test
    void shouldPutEachCaseIntoItsRow() {
        final List<String> cases = DesignRow.cases(run).stream().filter(each -> each.row() != DesignRow.ALLOCATION)
            .map(each -> each.row() + " " + each.label() + " " + each.bound()).sorted().toList();
        assertEquals(List.of(
            "BULK BulkCopy GetHeap, length 4 KiB 1.01",
            "ELSEWHERE Degraded LoadStatic, 1000 lost 1.3",
            "ELSEWHERE FastPath LoadField, poison elsewhere 1.3",
            "FIELD FastPath LoadField 1.0",
            "OTHER Degraded LoadStatic, lost other 1.02",
            "OTHER FastPath LoadField, poison other 1.02"), cases);
    }

    @Test
    void shouldRefuseAFolderWithoutAnEnvironment() {
        assertThrows(IOException.class, () -> ResultFolder.read(folder));
    }
}
