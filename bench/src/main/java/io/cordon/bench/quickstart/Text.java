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
package io.cordon.bench.quickstart;

import java.util.Locale;

/** Numbers for people. */
final class Text {
    private static final double MEBIBYTE = 1 << 20;
    private static final double NANOS = 1e9;

    private Text() {
    }

    static String count(final long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** With the word in singular or plural. */
    static String count(final long value, final String word) {
        return count(value) + " " + word + (value == 1 ? "" : "s");
    }

    static String mebibytes(final long bytes) {
        return bytes < MEBIBYTE
            ? count(bytes, "byte")
            : String.format(Locale.ROOT, "%,.1f MiB", bytes / MEBIBYTE);
    }

    static String seconds(final long nanos) {
        return String.format(Locale.ROOT, "%.1f s", nanos / NANOS);
    }
}
