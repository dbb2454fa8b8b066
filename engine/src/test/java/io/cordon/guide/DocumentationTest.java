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

import io.cordon.Region;
import io.cordon.event.Counter;
import io.cordon.event.FlightRecording;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import javax.tools.ToolProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What README.md, the guide and the Javadoc show is true: a sample that is a whole program is compiled, run, and prints
 * what its comments say; each other one is, character by character, a marked part of a test in this package; links lead
 * somewhere; and nothing that a reader looks for by its name is missing from the guide.
 */
class DocumentationTest {
    private static final Path ROOT = Path.of("..");
    private static final Path README = ROOT.resolve("README.md");
    private static final Path GUIDE = Path.of("GUIDE.md");
    private static final Path TESTS = Path.of("src", "test", "java", "io", "cordon", "guide");
    private static final Path SOURCES = Path.of("src", "main", "java");
    private static final Pattern FENCE = Pattern.compile("^```(\\w+)\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final String SNIPPET = "{@snippet :";
    private static final Pattern REGION =
        Pattern.compile("^ *// @start region=\"(\\w+)\"\n(.*?)^ *// @end$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern PRINTED = Pattern.compile("println\\(.*\\); *// ([^:\n]+)");
    private static final Pattern COMMAND =
        Pattern.compile("^cordon (.*?) +# (\\d+): .*$", Pattern.MULTILINE);
    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
    private static final Pattern PACKAGE_LINE = Pattern.compile("^", Pattern.MULTILINE);

    @TempDir
    private Path folder;

    /** A sample, and where it stands. */
    private record Sample(Path file, String text) {
        boolean isProgram() {
            return text.contains("void main(");
        }

        boolean isModule() {
            return text.startsWith("module ");
        }
    }

    private static List<Sample> fences(final Path file, final String language) throws IOException {
        return FENCE.matcher(Files.readString(file)).results().filter(found -> found.group(1).equals(language))
            .map(found -> new Sample(file, dedent(found.group(2)))).toList();
    }

    private static List<Path> javaFiles(final Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
        }
    }

    private static List<Sample> samples() throws IOException {
        final List<Sample> samples = new ArrayList<>(fences(README, "java"));
        samples.addAll(fences(GUIDE, "java"));
        for (final Path file : javaFiles(SOURCES)) {
            final String source = Files.readString(file);
            for (int at = source.indexOf(SNIPPET); at >= 0; at = source.indexOf(SNIPPET, at + 1)) {
                final String body = source.substring(at + SNIPPET.length(), endOfTag(source, at));
                samples.add(new Sample(file, dedent(body.replaceAll("(?m)^ *\\* ?", ""))));
            }
        }
        return samples;
    }

    /** Where the brace is that closes the one at a place. */
    private static int endOfTag(final String source, final int start) {
        int depth = 0;
        for (int at = start; at < source.length(); at++) {
            depth += source.charAt(at) == '{' ? 1 : source.charAt(at) == '}' ? -1 : 0;
            if (depth == 0) {
                return at;
            }
        }
        throw new AssertionError("a snippet without an end at " + start);
    }

    /** The marked parts of the tests; parts of the same name in one file are put together. */
    private static Map<String, String> regions() throws IOException {
        final Map<String, String> regions = new LinkedHashMap<>();
        for (final Path file : javaFiles(TESTS)) {
            REGION.matcher(Files.readString(file)).results()
                .forEach(found -> regions.merge(found.group(1), found.group(2), String::concat));
        }
        regions.replaceAll((_, text) -> dedent(text));
        return regions;
    }

    /** Without what all lines are indented by, and without blank lines around it. */
    private static String dedent(final String text) {
        return text.stripTrailing().stripIndent().strip() + "\n";
    }

    @Test
    @DisplayName("Each sample is a part of a test that runs, and each marked part is shown somewhere")
    void shouldShowOnlyWhatIsTested() throws IOException {
        final Map<String, String> regions = regions();
        final List<String> shown = samples().stream().filter(sample -> !sample.isProgram() && !sample.isModule())
            .map(Sample::text).toList();
        final List<String> untested = samples().stream().filter(sample -> !sample.isProgram() && !sample.isModule())
            .filter(sample -> !regions.containsValue(sample.text()))
            .map(sample -> sample.file() + ":\n" + sample.text()).toList();
        final List<String> hidden =
            regions.keySet().stream().filter(name -> !shown.contains(regions.get(name))).toList();
        assertTrue(untested.isEmpty(),
            () -> "no marked part of a test is like these; those that nobody shows: " + hidden + "\n" + untested);
        assertEquals(List.of(), hidden, "marked, and shown nowhere");
        assertFalse(shown.isEmpty(), "no samples found");
    }

    @Test
    void shouldRunEachProgram() throws Exception {
        final List<Sample> programs = samples().stream().filter(Sample::isProgram).toList();
        assertFalse(programs.isEmpty(), "no programs found");
        for (final Sample program : programs) {
            final Path out = Files.createTempDirectory(folder, "program");
            final Path source = Files.writeString(out.resolve("Sample.java"), program.text());
            compile("-cp", System.getProperty("java.class.path"), "-d", out.toString(), source.toString());
            assertEquals(promised(program), run("--enable-native-access=ALL-UNNAMED", "-cp",
                out + ":" + System.getProperty("java.class.path"), "Sample"), program.file()::toString);
        }
    }

    @Test
    @DisplayName("The README's program runs as a module that requires what the guide says")
    void shouldRunOnTheModulePath() throws Exception {
        final Sample module = samples().stream().filter(Sample::isModule).findFirst().orElseThrow();
        final Sample program = samples().stream().filter(Sample::isProgram).findFirst().orElseThrow();
        final String name = module.text().split(" ")[1];
        final Path classes = folder.resolve("classes");
        final Path sources = Files.createDirectories(folder.resolve("sources").resolve(name));
        final Path first = Files.writeString(sources.resolveSibling("module-info.java"), module.text());
        final Path second = Files.writeString(sources.resolve("Sample.java"),
            PACKAGE_LINE.matcher(program.text()).replaceFirst("package " + name + ";\n"));
        final String library =
            Path.of(Region.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
        compile("--module-path", library, "-d", classes.toString(), first.toString(), second.toString());
        assertEquals(promised(program), run("--enable-native-access=io.cordon", "--illegal-native-access=deny",
            "--module-path", library + ":" + classes, "-m", name + "/" + name + ".Sample"));
    }

    private static void compile(final String... arguments) {
        final ByteArrayOutputStream messages = new ByteArrayOutputStream();
        final List<String> all = new ArrayList<>(List.of("-Xlint:all", "-Werror"));
        Collections.addAll(all, arguments);
        final int result =
            ToolProvider.getSystemJavaCompiler().run(null, messages, messages, all.toArray(String[]::new));
        assertEquals(0, result, messages::toString);
    }

    private static String run(final String... arguments) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        Collections.addAll(command, arguments);
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    /** What the comments behind the program's prints say, up to a colon. */
    private static String promised(final Sample program) {
        return PRINTED.matcher(program.text()).results().map(found -> found.group(1).strip() + "\n")
            .collect(Collectors.joining());
    }

    @Test
    @DisplayName("The guide's session with the command line ends as it says, line by line")
    void shouldRunTheCommandLine() throws Exception {
        final Path orders = folder.resolve("orders.dat");
        final SimulatedMedia medium = Media.simulated();
        try (Region region = Region.builder(orders).size(1 << 16).media(medium).open()) {
            region.fill(0, region.size(), (byte) 7);
            region.persist();
            Files.copy(orders, folder.resolve("orders.backup"));
            medium.inject(1 << 12, 100);
            assertThrows(PoisonException.class, () -> region.getLong(1 << 12));
        }
        final List<MatchResult> commands = COMMAND.matcher(fences(GUIDE, "sh").stream().map(Sample::text)
            .collect(Collectors.joining())).results().toList();
        assertFalse(commands.isEmpty(), "no commands found");
        for (final MatchResult command : commands) {
            final List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                "io.cordon.cli.Main"));
            Collections.addAll(line, command.group(1).split(" "));
            final Process process =
                new ProcessBuilder(line).directory(folder.toFile()).redirectErrorStream(true).start();
            process.getOutputStream().close();
            final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(Integer.parseInt(command.group(2)), process.waitFor(), command.group() + "\n" + output);
        }
        assertEquals(-1, Files.mismatch(orders, folder.resolve("orders.backup")));
    }

    @Test
    void shouldLinkToWhatIsThere() throws IOException {
        final List<String> broken = new ArrayList<>();
        for (final Path file : List.of(README, GUIDE, Path.of("README.md"))) {
            for (final MatchResult found : LINK.matcher(Files.readString(file)).results().toList()) {
                final String target = found.group(1);
                if (!target.startsWith("https://") && !leadsSomewhere(file, target)) {
                    broken.add(file + ": " + target);
                }
            }
        }
        assertEquals(List.of(), broken);
    }

    private static boolean leadsSomewhere(final Path from, final String target) throws IOException {
        final int hash = target.indexOf('#');
        final String path = hash < 0 ? target : target.substring(0, hash);
        final Path file = path.isEmpty() ? from : from.toAbsolutePath().getParent().resolve(path);
        return Files.exists(file) && (hash < 0 || Files.readString(file).lines().filter(line -> line.startsWith("#"))
            .map(DocumentationTest::anchor).anyMatch(target.substring(hash + 1)::equals));
    }

    /** What a heading can be linked by: in lower case, with hyphens for blanks, without punctuation. */
    private static String anchor(final String heading) {
        return heading.replaceFirst("#+ ", "").toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9 _-]", "").replace(' ', '-');
    }

    @Test
    void shouldNameCommandsThatAreThere() throws IOException {
        final List<String> missing = new ArrayList<>();
        for (final Path file : List.of(README, GUIDE)) {
            final Matcher command = Pattern.compile("(?m)(?:^|`)((?:bench|engine|\\.ci)/[a-z-]+)(?![a-z/.-])").matcher(
                Files.readString(file));
            while (command.find()) {
                if (!Files.isExecutable(ROOT.resolve(command.group(1)))) {
                    missing.add(file + ": " + command.group(1));
                }
            }
        }
        assertEquals(List.of(), missing);
    }

    @Test
    void shouldGiveTheCoordinatesOfThisBuild() throws IOException {
        final Matcher version = Pattern.compile("<artifactId>cordon-parent</artifactId>\\s*<version>([^<]+)<")
            .matcher(Files.readString(Path.of("pom.xml")));
        assertTrue(version.find());
        final String guide = Files.readString(GUIDE);
        assertTrue(Pattern.compile("<groupId>io.cordon</groupId>\\s*<artifactId>cordon-engine</artifactId>\\s*<version>"
            + Pattern.quote(version.group(1)) + "</version>").matcher(guide).find(), version.group(1));
        assertTrue(Files.readString(README).contains("io.cordon:cordon-engine:" + version.group(1)));
    }

    @Test
    @DisplayName("Who monitors finds each counter and each Flight Recorder event in the guide")
    void shouldNameWhatCanBeWatched() throws IOException {
        final String guide = Files.readString(GUIDE);
        final TreeSet<String> missing = new TreeSet<>();
        for (final Counter counter : Counter.values()) {
            missing.add("`" + counter + "`");
        }
        final Matcher event = Pattern.compile("io\\.cordon\\.[A-Z][A-Za-z]+").matcher(Files.readString(
            SOURCES.resolve(FlightRecording.class.getName().replace('.', '/') + ".java")));
        while (event.find()) {
            missing.add("`" + event.group() + "`");
        }
        missing.removeIf(guide::contains);
        assertEquals(new TreeSet<>(), missing);
    }
}
