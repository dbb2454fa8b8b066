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

import jdk.nio.mapmode.ExtendedMapMode;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the numbers depend on, as far as it can be read from the machine.
 */
final class Environment {
    private static final String UNKNOWN = "unknown";
    private static final String CACHE = "/sys/devices/system/cpu/cpu0/cache/index";

    private Environment() {
    }

    static String describe(final String profile, final Path root, final Path folder) throws IOException {
        return "profile: " + profile
            + "\ndate: " + Instant.now().truncatedTo(ChronoUnit.SECONDS)
            + "\ncpu: " + cpu()
            + "\ncaches: " + caches()
            + "\ncores: " + Runtime.getRuntime().availableProcessors()
            + "\ngovernor: " + read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
            + "\nload average at start: " + read("/proc/loadavg")
            + "\nmemory: " + line("/proc/meminfo", "MemTotal")
            + "\nhuge pages: " + read("/sys/kernel/mm/transparent_hugepage/enabled")
            + "\nkernel: " + read("/proc/sys/kernel/osrelease")
            + "\nmeasured files: " + folder.toAbsolutePath() + " (" + Files.getFileStore(folder).type() + ")"
            + "\nmap sync: " + mapSync(folder)
            + "\nlibpmem: " + (hasLibpmem() ? "yes" : "no; what needs it was left out")
            + "\njdk: " + System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version")
            + "\nvm flags: " + String.join(" ", ManagementFactory.getRuntimeMXBean().getInputArguments())
            + "\ncommit: " + commit(root)
            + "\n";
    }

    static String cpu() throws IOException {
        final String model = line("/proc/cpuinfo", "model name");
        return model.equals(UNKNOWN) ? System.getProperty("os.arch") : model;
    }

    /** For a folder's name. */
    static String shortCpu() throws IOException {
        return cpu().toLowerCase(Locale.ROOT).replaceAll("\\((r|tm)\\)|@.*|\\bcpu\\b", "")
            .replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
    }

    /** The peer of persist is left out where this library is not. */
    static boolean hasLibpmem() {
        try (Arena arena = Arena.ofConfined()) {
            return findLibpmem(arena) != null;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    @SuppressWarnings("restricted")
    private static SymbolLookup findLibpmem(final Arena arena) {
        return SymbolLookup.libraryLookup("libpmem.so.1", arena);
    }

    private static String caches() {
        final List<String> caches = new ArrayList<>();
        for (int i = 0; Files.exists(Path.of(CACHE + i)); i++) {
            caches.add("L" + read(CACHE + i + "/level") + " " + read(CACHE + i + "/type") + " "
                + read(CACHE + i + "/size"));
        }
        return caches.isEmpty() ? UNKNOWN : String.join(", ", caches);
    }

    private static String read(final String file) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException _) {
            return UNKNOWN;
        }
    }

    private static String line(final String file, final String key) throws IOException {
        for (final String line : Files.readAllLines(Path.of(file))) {
            final int colon = line.indexOf(':');
            if (colon > 0 && line.substring(0, colon).strip().equals(key)) {
                return line.substring(colon + 1).strip();
            }
        }
        return UNKNOWN;
    }

    /** Whether a file there can be mapped so that stores are durable without a system call (JEP 352). */
    private static String mapSync(final Path folder) throws IOException {
        final Path file = Files.createTempFile(folder, "cordon-sync-", "");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            channel.map(ExtendedMapMode.READ_WRITE_SYNC, 0, 1);
            return "yes";
        } catch (UnsupportedOperationException | IOException _) {
            return "no";
        } finally {
            Files.delete(file);
        }
    }

    private static String commit(final Path root) throws IOException {
        final String head = git(root, "rev-parse", "HEAD");
        if (head.isEmpty()) {
            return UNKNOWN;
        }
        return head + (isCommitted(root) ? "" : ResultFolder.DIRTY);
    }

    /** Whether all that can change a number is in a commit: not so what is written from results. */
    static boolean isCommitted(final Path root) throws IOException {
        return !git(root, "rev-parse", "HEAD").isEmpty()
            && git(root, "status", "--porcelain", "--", ".", ":!jmh-results", ":!README.md").isEmpty();
    }

    private static String git(final Path root, final String... arguments) throws IOException {
        final ProcessBuilder builder = new ProcessBuilder("git", "-C", root.toAbsolutePath().toString());
        builder.command().addAll(List.of(arguments));
        final Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }
}
