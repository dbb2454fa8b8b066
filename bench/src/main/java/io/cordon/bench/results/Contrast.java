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

import org.apache.commons.math3.distribution.TDistribution;

import java.util.List;

/**
 * Means, ratios of means and ratios of ratios, with intervals. What is independent is a fork: iterations of one JVM
 * share its compiler's decisions and its memory's layout. So each side counts as many numbers as it has forks, one
 * mean each; the interval is Welch's, of the logarithm, by Student's distribution with the degrees of freedom of Welch
 * and Satterthwaite. The deviation of a mean's logarithm is the mean's relative one.
 */
final class Contrast {
    /** Of the intervals on the page. */
    static final double CONFIDENCE = 0.95;

    private double value = 1;
    private double variance;
    private double denominator;
    private boolean single;

    private Contrast() {
    }

    static Estimate of(final List<Double> forks) {
        return new Contrast().times(forks, 1).estimate(CONFIDENCE);
    }

    static Estimate ratio(final List<Double> measured, final List<Double> base) {
        return ratio(measured, base, CONFIDENCE);
    }

    static Estimate ratio(final List<Double> measured, final List<Double> base, final double confidence) {
        return new Contrast().times(measured, 1).times(base, -1).estimate(confidence);
    }

    /** What (new / newBase) is to (old / oldBase). */
    static Estimate change(
        final List<Double> measured, final List<Double> base, final List<Double> before, final List<Double> baseBefore,
        final double confidence) {
        return new Contrast().times(measured, 1).times(base, -1).times(before, -1).times(baseBefore, 1)
            .estimate(confidence);
    }

    private Contrast times(final List<Double> forks, final int sign) {
        final int count = forks.size();
        final double mean = forks.stream().mapToDouble(Double::doubleValue).sum() / count;
        value *= sign > 0 ? mean : 1 / mean;
        if (count < 2) {
            single = true;
            return this;
        }
        double squares = 0;
        for (final double fork : forks) {
            squares += (fork - mean) * (fork - mean);
        }
        final double own = squares / (count - 1) / count / (mean * mean);
        variance += own;
        denominator += own * own / (count - 1);
        return this;
    }

    private Estimate estimate(final double confidence) {
        if (single) {
            return Estimate.alone(value);
        }
        if (variance == 0) {
            return new Estimate(value, value, value);
        }
        final double freedom = variance * variance / denominator;
        final double quantile = new TDistribution(freedom).inverseCumulativeProbability((1 + confidence) / 2);
        final double factor = StrictMath.exp(quantile * Math.sqrt(variance));
        return new Estimate(value, value / factor, value * factor);
    }
}
