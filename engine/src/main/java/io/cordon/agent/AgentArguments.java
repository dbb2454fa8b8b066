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
package io.cordon.agent;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.PatternSyntaxException;

/**
 * What the agent was asked for.
 *
 * @param files which files.
 * @param level of the lines in the log.
 */
record AgentArguments(Predicate<Path> files, System.Logger.Level level) {
    private static final String USAGE = "; expected: files=GLOB[;files=GLOB...][;log=LEVEL]";
    private static final String WILDCARDS = "*?[{\\";

    /**
     * Reads the arguments.
     *
     * @throws IllegalArgumentException if one of them is wrong; the message is one line.
     */
    static AgentArguments parse(final String arguments) {
        final List<PathMatcher> matchers = new ArrayList<>();
        System.Logger.Level level = null;
        for (final String argument : arguments.split(";")) {
            final int end = argument.indexOf('=');
            final String name = end < 0 ? argument.strip() : argument.substring(0, end).strip();
            final String value = end < 0 ? "" : argument.substring(end + 1).strip();
            switch (name) {
                case "" -> {
                    if (end >= 0) {
                        throw new IllegalArgumentException("an argument without a name: " + argument + USAGE);
                    }
                }
                case "files" -> addMatchers(value, matchers);
                case "log" -> {
                    if (level != null) {
                        throw new IllegalArgumentException("log= comes twice" + USAGE);
                    }
                    level = level(value);
                }
                default -> throw new IllegalArgumentException("no such argument: " + argument + USAGE);
            }
        }
        if (matchers.isEmpty()) {
            throw new IllegalArgumentException("files= is missing: which files are to be guarded" + USAGE);
        }
        return new AgentArguments(path -> matchers.stream().anyMatch(matcher -> matcher.matches(path)),
            level == null ? System.Logger.Level.WARNING : level);
    }

    private static System.Logger.Level level(final String name) {
        return Arrays.stream(System.Logger.Level.values())
            .filter(each -> each.name().equals(name.toUpperCase(Locale.ROOT))).findFirst()
            .orElseThrow(() -> new IllegalArgumentException(
                "log=" + name + " is none of " + Arrays.toString(System.Logger.Level.values()) + USAGE));
    }

    private static void addMatchers(final String glob, final List<PathMatcher> matchers) {
        if (!glob.startsWith("/") && !glob.startsWith("**")) {
            throw new IllegalArgumentException(
                "files=" + glob + " matches no absolute path: it must begin with / or **" + USAGE);
        }
        matchers.add(matcher(glob, glob));
        final int directory = glob.lastIndexOf('/', firstWildcard(glob));
        final Path literal = Path.of(directory <= 0 ? "/" : glob.substring(0, directory));
        if (Files.exists(literal)) {
            try {
                final Path real = literal.toRealPath();
                if (!real.equals(literal)) {
                    matchers.add(matcher(escaped(real) + glob.substring(directory), glob));
                }
            } catch (final IOException failure) {
                throw new IllegalArgumentException(
                    "files=" + glob + ": cannot follow " + literal + ": " + failure, failure);
            }
        }
    }

    private static int firstWildcard(final String glob) {
        int at = 0;
        while (at < glob.length() && WILDCARDS.indexOf(glob.charAt(at)) < 0) {
            at++;
        }
        return at;
    }

    private static String escaped(final Path path) {
        return path.toString().replaceAll("([*?\\[{}\\\\])", "\\\\$1");
    }

    private static PathMatcher matcher(final String glob, final String given) {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + glob);
        } catch (final PatternSyntaxException wrong) {
            throw new IllegalArgumentException("files=" + given + ": " + wrong.getDescription() + USAGE, wrong);
        }
    }
}
