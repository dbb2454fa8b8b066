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
package io.cordon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Law 2: No crash, for a service that does not know of Cordon")
@Execution(ExecutionMode.CONCURRENT)
final class GuardAgentTest {
    private static final Path MANIFEST = Path.of("src", "main", "manifest", "MANIFEST.MF");
    private static final int PAGES = 8;

    @TempDir
    private Path temporary;
    private Path folder;
    private Path file;

    @BeforeEach
    void name() throws IOException {
        folder = temporary.toRealPath();
        file = Files.createDirectories(folder.resolve("data")).resolve("of the service");
    }

    /** The engine's jar, as it is built: its classes, and the manifest's entries. */
    private Path jar(final String main) throws IOException {
        final Manifest manifest = new Manifest();
        final Path source = Files.exists(MANIFEST) ? MANIFEST : Path.of("engine").resolve(MANIFEST);
        try (InputStream entries = Files.newInputStream(source)) {
            manifest.read(entries);
        }
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        if (main != null) {
            manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, main);
            manifest.getMainAttributes().putValue("Launcher-Agent-Class",
                manifest.getMainAttributes().getValue("Agent-Class"));
        }
        final Path jar = folder.resolve("cordon-engine.jar");
        try (OutputStream bytes = Files.newOutputStream(jar);
            JarOutputStream out = new JarOutputStream(bytes, manifest)) {
            add(out, Path.of(ChildJvm.location(Region.class)), "");
            if (main != null) {
                add(out, Path.of(ChildJvm.location(AgentChild.class)), "AgentChild");
            }
        }
        return jar;
    }

    private static void add(final JarOutputStream out, final Path classes, final String part) throws IOException {
        try (Stream<Path> all = Files.walk(classes)) {
            for (final Path each : all.filter(Files::isRegularFile).filter(path -> path.toString().contains(part)
                && !path.endsWith("MANIFEST.MF")).toList()) {
                out.putNextEntry(new ZipEntry(classes.relativize(each).toString()));
                Files.copy(each, out);
            }
        }
    }

    /** Only the service on the class path, and no module path. */
    private ChildJvm run(final List<String> options, final String... arguments) throws Exception {
        final List<String> all = new ArrayList<>(options);
        all.addAll(List.of("-cp", ChildJvm.location(AgentChild.class), "--enable-native-access=ALL-UNNAMED"));
        final List<String> words = new ArrayList<>(List.of(file.toString()));
        words.addAll(List.of(arguments));
        return ChildJvm.run(folder, all, AgentChild.class, words.toArray(String[]::new));
    }

    private String agent(final String arguments) throws IOException {
        return "-javaagent:" + jar(null) + "=" + arguments;
    }

    @Test
    void shouldDieWithoutTheAgent() throws Exception {
        run(List.of(), "alone").assertCrashed();
    }

    @Test
    void shouldContainLogAndRecord() throws Exception {
        final Path recording = folder.resolve("recording.jfr");
        final ChildJvm child = run(List.of(agent("files=" + folder + "/data/**;log=error"),
            "-XX:StartFlightRecording:filename=" + recording), "guarded");
        child.assertHeld();
        assertEquals(List.of("true"), child.said("zeroes"));
        final List<String> lines =
            child.output().stream().filter(line -> line.contains(file + ": 4096 bytes at offset ")).toList();
        assertEquals(PAGES - 1, lines.size(), child.output()::toString);
        assertEquals(PAGES - 1, child.said("level").stream().filter("SEVERE"::equals).count());
        final List<RecordedEvent> events = RecordingFile.readAllEvents(recording).stream()
            .filter(event -> event.getEventType().getName().equals("io.cordon.MappingFault")).toList();
        assertEquals(LongStream.range(1, PAGES).map(page -> page * 4096).boxed().toList(),
            events.stream().map(event -> event.getLong("offset")).sorted().toList());
        for (final RecordedEvent event : events) {
            assertEquals(file.toString(), event.getString("file"));
            assertEquals(4096, event.getLong("length"));
            assertTrue(event.getLong("address") > 0);
        }
        assertFalse(child.output().stream().anyMatch(line -> line.startsWith("WARNING")), child.output()::toString);
    }

    @Test
    void shouldStartInAServiceThatRuns() throws Exception {
        final ChildJvm child = run(
            List.of("-Djdk.attach.allowAttachSelf=true", "-XX:+EnableDynamicAgentLoading"),
            "attach", jar(null).toString(), "files=/nowhere/*;files=**/of the service");
        child.assertHeld();
        assertEquals(List.of("true"), child.said("zeroes"));
        assertEquals(PAGES - 1, child.said("level").stream().filter("WARNING"::equals).count());
    }

    @Test
    @DisplayName("a wrong argument of an agent that is attached is an exception, and the service goes on")
    void shouldNotEndAServiceThatRuns() throws Exception {
        final ChildJvm child = run(List.of("-Djdk.attach.allowAttachSelf=true", "-XX:+EnableDynamicAgentLoading"),
            "attach", jar(null).toString(), "file=/nowhere/*");
        assertTrue(child.output().stream().anyMatch(line -> line.contains("no such argument: file=/nowhere/*")));
        assertTrue(child.output().stream().anyMatch(line -> line.contains("AgentInitializationException")));
        assertFalse(child.hasCrashed());
    }

    @Test
    @DisplayName("one jar with the service in it, which names the agent in its manifest")
    void shouldStartWithALauncher() throws Exception {
        final ChildJvm child = ChildJvm.run(folder,
            List.of("-Dcordon.guard=files=" + folder + "/data/**;log=OFF",
                "-cp", jar("io.cordon.AgentChild").toString(), "--enable-native-access=ALL-UNNAMED"),
            AgentChild.class, file.toString(), "alone");
        // Started by its class: no launcher agent, and it dies. Started by its jar it lives.
        child.assertCrashed();
        Files.delete(folder.resolve("hs_err"));
        final Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Dcordon.guard=files=" + folder + "/data/**",
            "-jar", folder.resolve("cordon-engine.jar").toString(), file.toString(), "guarded")
            .directory(folder.toFile()).redirectErrorStream(true)
            .redirectOutput(folder.resolve("launched").toFile()).start();
        final int exit = process.waitFor();
        final String output = Files.readString(folder.resolve("launched"));
        assertEquals(0, exit, output);
        assertTrue(output.contains("zeroes true"), output);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "files=/data/*;log=loud"})
    @DisplayName("a wrong argument: one line that says what is right, and the service does not start")
    void shouldRefuseBadArguments(final String arguments) throws Exception {
        final ChildJvm child = run(List.of(agent(arguments)), "alone");
        assertEquals(1, child.exit(), child.output()::toString);
        assertEquals(1, child.output().size(), child.output()::toString);
        assertTrue(child.output().getFirst().startsWith("cordon: "), child.output()::toString);
        assertTrue(child.output().getFirst().contains("files=GLOB"), child.output()::toString);
        assertFalse(child.hasCrashed());
    }
}
