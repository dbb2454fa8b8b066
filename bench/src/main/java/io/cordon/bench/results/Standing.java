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

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Where a run stands in one row of the design's table.
 *
 * @param row     of the table.
 * @param cases   that speak of it, the worst first; empty if none was measured.
 * @param verdict the worst of theirs.
 */
record Standing(DesignRow row, List<Case> cases, Verdict verdict) {
    /** One for each row; shortfalls first. */
    static List<Standing> of(final List<Case> all) {
        final List<Standing> standings = new ArrayList<>();
        for (final DesignRow row : DesignRow.values()) {
            final List<Case> cases = all.stream().filter(each -> each.row() == row).toList();
            standings.add(new Standing(row, cases,
                cases.stream().map(Case::verdict).min(Comparator.naturalOrder()).orElse(Verdict.ABSENT)));
        }
        standings.sort(Comparator.comparing(Standing::verdict).thenComparing(Standing::row));
        return standings;
    }

    static long count(final List<Standing> standings, final Verdict verdict) {
        return standings.stream().filter(standing -> standing.verdict == verdict).count();
    }

    /** The case that decides: of those with the worst verdict, the one farthest out. */
    String worst() {
        return cases.isEmpty() ? "–" : cases.getFirst().text();
    }

    String worstLabel() {
        return cases.isEmpty() ? "" : cases.getFirst().label();
    }

    String met() {
        final long met = cases.stream().filter(each -> each.verdict() == Verdict.MET).count();
        return cases.isEmpty() ? "" : met + " of " + cases.size();
    }
}
