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

import java.util.Locale;

/**
 * One measured case of a row of the design's table.
 *
 * @param row      of the table.
 * @param label    what was measured.
 * @param estimate what came out.
 * @param bound    in the same unit.
 * @param unit     "" for a ratio.
 * @param digits   after the point.
 * @param verdict  what that says.
 * @param base     what the ratio is to, in nanoseconds; null if the number is no ratio of two times.
 * @param own      in nanoseconds; null if the number is no ratio of two times.
 */
record Case(
    DesignRow row, String label, Estimate estimate, double bound, String unit, int digits, Verdict verdict,
    Estimate base, Estimate own) {
    private static final String EMULATED = "; instructions, counted in an emulator: ";

    /** How far from its bound, by ratio. */
    double excess() {
        return estimate.value() / bound;
    }

    /** The same, of a run in an emulator, to stand among the cases of another. */
    Case emulated(final String run) {
        return new Case(row, label + EMULATED + "[" + run + "](" + run + "/README.md)", estimate, bound, unit, digits,
            verdict, base, own);
    }

    boolean isEmulated() {
        return label.contains(EMULATED);
    }

    boolean isRatio() {
        return unit.isEmpty();
    }

    String text() {
        return estimate.text(digits) + unit;
    }

    String limit() {
        return String.format(Locale.ROOT, "≤ %." + (isRatio() ? 2 : 0) + "f", bound) + unit;
    }
}
