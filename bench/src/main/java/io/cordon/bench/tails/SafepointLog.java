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
package io.cordon.bench.tails;

import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the JVM writes of its safepoints, with {@code -Xlog:safepoint:file=...}, piece by piece. Collections of garbage
 * are among them. Not thread-safe.
 */
final class SafepointLog {
    private static final Pattern TOTAL = Pattern.compile("Safepoint \".*Total:\\s+(\\d+) ns");

    private final Path file;
    private int read;

    /** @param file the log; null if there is none. */
    SafepointLog(final Path file) {
        this.file = file;
    }

    /** Leaves out what has been written so far. */
    void skip() throws IOException {
        next();
    }

    /** The safepoints since the last call: from when each was asked for to when all threads ran on. */
    Histogram read() throws IOException {
        final Histogram histogram = new Histogram(FixedRate.HIGHEST, FixedRate.DIGITS);
        final Matcher matcher = TOTAL.matcher(next());
        while (matcher.find()) {
            histogram.recordValue(Math.min(Long.parseLong(matcher.group(1)), FixedRate.HIGHEST));
        }
        return histogram;
    }

    /** What is new, in whole lines. */
    private String next() throws IOException {
        if (file == null) {
            return "";
        }
        final String all = Files.readString(file, StandardCharsets.ISO_8859_1);
        final int end = all.lastIndexOf('\n') + 1;
        final String text = all.substring(Math.min(read, end), end);
        read = end;
        return text;
    }
}
