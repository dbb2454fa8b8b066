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
package io.cordon.cli;

import java.util.Locale;

/** Numbers for people. */
final class Sizes {
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    private static final int STEP = 1024;
    private static final int MINUTE = 60;

    private Sizes() {
    }

    static String bytes(final long count) {
        return scaled(count, count < STEP ? "%.0f %s" : "%.1f %s");
    }

    static String rate(final double bytesPerSecond) {
        return scaled(bytesPerSecond, "%.1f %s/s");
    }

    private static String scaled(final double count, final String format) {
        double rest = count;
        int unit = 0;
        while (rest >= STEP && unit < UNITS.length - 1) {
            rest /= STEP;
            unit++;
        }
        return String.format(Locale.ROOT, format, rest, UNITS[unit]);
    }

    /** Hours, minutes and seconds. */
    static String seconds(final double count) {
        final long all = Math.round(count);
        final long hours = all / MINUTE / MINUTE;
        final String rest = String.format(Locale.ROOT, hours > 0 ? "%02d:%02d" : "%d:%02d",
            all / MINUTE % MINUTE, all % MINUTE);
        return hours > 0 ? hours + ":" + rest : rest;
    }

    static String hex(final long offset) {
        return "0x" + Long.toHexString(offset);
    }

    /** "1 line", "2 lines". */
    static String count(final long number, final String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
