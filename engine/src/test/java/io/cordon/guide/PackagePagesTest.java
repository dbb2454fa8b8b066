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
package io.cordon.guide;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The pages of the packages, and the overview before them, explain the words that the project uses. */
class PackagePagesTest {
    private static final Path SOURCES = Path.of("src", "main", "java", "io", "cordon");
    /** In the order in which they are to be read: that of the layers. */
    private static final List<String> PAGES = Stream.of(
        "linux", "poison", "fault", "media", "event", "recovery", "scrub", "", "agrona", "agent", "cli")
        .filter(name -> Files.isDirectory(SOURCES.resolve(name))).toList();
    private static final Pattern DEFINITION = Pattern.compile("<dfn>([^<]+)</dfn>");
    /** What the words look like in a sentence, where another ending, or another word, makes a difference. */
    private static final Map<String, String> FORMS = Map.of(
        "mapped", "mapp(ed|ing)", "poisoned", "poison", "quarantine", "quarantin", "salvage", "salvag",
        "page", "page(?! cache)", "recovery", "recovery(?! write)", "persist", "persist(?!ent)");
    /** The words of the project's design that a newcomer cannot know. */
    private static final List<String> WORDS = List.of("line", "sector", "page", "poisoned", "lost", "latent",
        "quarantine", "salvage", "recovery write", "repair", "scrub", "persist", "region", "medium", "hazard word",
        "sidecar", "mirror", "owner", "unit", "handler", "fault", "refused");

    /** Each page's text without tags, names of types and code, in the order of reading. */
    private static Map<String, String> pages() throws IOException {
        final Map<String, String> pages = new LinkedHashMap<>();
        pages.put("overview", Files.readString(Path.of("src", "main", "javadoc", "overview.html"))
            .replaceFirst("(?s)<ol>.*", ""));
        for (final String name : PAGES) {
            final String source = Files.readString(SOURCES.resolve(name).resolve("package-info.java"));
            pages.put(name, source.substring(source.indexOf("/**"), source.lastIndexOf("*/"))
                .replaceAll("\n \\* ?", " "));
        }
        pages.replaceAll((_, text) -> text
            .replaceAll("\\{@(link|code)\\s+[^}]*}", "")
            .replaceAll("(?s)<head>.*</head>", "")
            .replaceAll("\\s+", " ")
            .replaceAll("<dfn> ", "<dfn>"));
        return pages;
    }

    @Test
    @DisplayName("Who reads the pages in order never meets a word of the project's before it is explained")
    void shouldExplainAWordBeforeItIsUsed() throws IOException {
        final StringBuilder read = new StringBuilder();
        pages().forEach((_, text) -> read.append(text).append('\n'));
        final List<String> early = new ArrayList<>();
        final Matcher definition = DEFINITION.matcher(read);
        while (definition.find()) {
            final String word = definition.group(1);
            final Matcher use = Pattern.compile("(?i)(?<![-a-z])" + FORMS.getOrDefault(word, word)).matcher(read);
            assertTrue(use.find(), word);
            if (use.start() < definition.start()) {
                early.add(word + ": " + read.substring(Math.max(0, use.start() - 40), use.start() + 20));
            }
        }
        assertEquals(List.of(), early);
    }

    @Test
    void shouldExplainEachWordOnce() throws IOException {
        final List<String> defined = new ArrayList<>();
        pages().forEach((_, text) -> DEFINITION.matcher(text).results().forEach(found -> defined.add(found.group(1))));
        assertEquals(defined.stream().distinct().toList(), defined);
        assertEquals(List.of(), WORDS.stream().filter(word -> !defined.contains(word)).toList(), "not explained");
    }

    @Test
    void shouldHaveAPageForEachPackage() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            final List<String> packages = files.filter(Files::isDirectory)
                .map(folder -> SOURCES.relativize(folder).toString()).sorted().toList();
            assertEquals(PAGES.stream().sorted().toList(), packages);
        }
    }
}
