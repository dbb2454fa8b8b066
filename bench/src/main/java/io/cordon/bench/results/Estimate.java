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
 * A number, and the interval that it lies in with a confidence that whoever made it knows. No interval (NaN) where
 * there is nothing to take one from, as of a single fork.
 */
record Estimate(double value, double low, double high) {
    static Estimate alone(final double value) {
        return new Estimate(value, Double.NaN, Double.NaN);
    }

    boolean hasInterval() {
        return !Double.isNaN(low);
    }

    /** The same interval, as far from another value by ratio. */
    Estimate around(final double other) {
        return new Estimate(other, other * (low / value), other * (high / value));
    }

    Estimate times(final double factor) {
        return new Estimate(factor * value, factor * low, factor * high);
    }

    /** The value and its interval with that many digits after the point. */
    String text(final int digits) {
        if (value == low && value == high) {
            return format(value, digits);
        }
        return format(value, digits)
            + (hasInterval() ? " (" + format(low, digits) + " to " + format(high, digits) + ")" : " (one fork)");
    }

    private static String format(final double number, final int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", number);
    }
}
