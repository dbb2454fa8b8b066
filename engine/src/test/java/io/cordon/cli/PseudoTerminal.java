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

import io.cordon.linux.Errno;
import io.cordon.linux.Libc;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

/** A terminal of the kernel's (pts(4)) with a command at it, and the test in place of the person. */
final class PseudoTerminal implements AutoCloseable {
    private static final long TIOCSPTLCK = 0x4004_5431L;
    private static final long TIOCGPTN = 0x8004_5430L;
    private static final long TIOCSWINSZ = 0x5414;
    private static final int O_NOCTTY = 0x100;
    private static final int ROWS = 24;
    private static final long TIMEOUT_SECONDS = 300;

    private final int master;
    private final Process process;
    private final Thread reader;
    private final StringBuilder screen = new StringBuilder();

    /** Starts the command line in a process of its own whose controlling terminal this is. */
    PseudoTerminal(final int columns, final Map<String, String> environment, final Object... arguments)
        throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            master = Libc.open(arena.allocateFrom("/dev/ptmx"), Libc.O_RDWR | O_NOCTTY | Libc.O_CLOEXEC, 0);
            assertTrue(master >= 0, () -> "no terminal: " + Errno.describe(-master));
            assertTrue(Libc.ioctl(master, TIOCSPTLCK, arena.allocate(ValueLayout.JAVA_INT)) >= 0);
            final MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
            assertTrue(Libc.ioctl(master, TIOCGPTN, number) >= 0);
            final MemorySegment size = arena.allocateFrom(
                ValueLayout.JAVA_SHORT, (short) ROWS, (short) columns, (short) 0, (short) 0);
            assertTrue(Libc.ioctl(master, TIOCSWINSZ, size) >= 0);
            process = start("/dev/pts/" + number.get(ValueLayout.JAVA_INT, 0), environment, arguments);
        }
        reader = Thread.ofPlatform().daemon().start(this::readAll);
    }

    private static Process start(
        final String slave, final Map<String, String> environment, final Object[] arguments) throws IOException {
        final List<String> command = new ArrayList<>(List.of("sh", "-c",
            "exec setsid --ctty --wait env --default-signal=INT,QUIT \"$@\" <" + slave + " >" + slave + " 2>&1", "sh"));
        command.addAll(java(arguments));
        final ProcessBuilder builder = new ProcessBuilder(command);
        clean(builder.environment());
        builder.environment().putAll(environment);
        return builder.start();
    }

    static List<String> java(final Object... arguments) {
        final List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC", "-Xmx256m", "-cp", System.getProperty("java.class.path"),
            "--enable-native-access=ALL-UNNAMED", Main.class.getName()));
        for (final Object argument : arguments) {
            command.add(argument.toString());
        }
        return command;
    }

    /** What would change how the command shows things, or what the virtual machine says. */
    static void clean(final Map<String, String> environment) {
        environment.keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "NO_COLOR",
            "COLUMNS"));
        environment.put("TERM", "xterm-256color");
        environment.put("LC_ALL", "C.UTF-8");
    }

    private void readAll() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(4096);
            // EIO: nobody has the other side open any more.
            for (long count = Libc.read(master, buffer, buffer.byteSize()); count > 0;
                count = Libc.read(master, buffer, buffer.byteSize())) {
                synchronized (screen) {
                    screen.append(new String(buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE),
                        StandardCharsets.ISO_8859_1));
                    screen.notifyAll();
                }
            }
        }
    }

    /** What came by now; a byte a character, since a read may end anywhere. */
    String screen() {
        synchronized (screen) {
            return screen.toString();
        }
    }

    void await(final Predicate<String> what) throws InterruptedException {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        synchronized (screen) {
            while (!what.test(screen.toString())) {
                if (!process.isAlive() && !reader.isAlive() || System.nanoTime() - deadline > 0) {
                    fail("never came, in:\n" + screen);
                }
                screen.wait(100);
            }
        }
    }

    /** Types; "\u0003" is Ctrl-C. */
    void type(final String text) {
        try (Arena arena = Arena.ofConfined()) {
            final byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            assertTrue(Libc.write(master, arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes), bytes.length) > 0);
        }
    }

    /** The command's exit code; all that it said is on the screen then. */
    int exit() throws InterruptedException {
        assertTrue(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS), () -> "hangs:\n" + screen());
        reader.join(TimeUnit.SECONDS.toMillis(TIMEOUT_SECONDS));
        return process.exitValue();
    }

    /** All lines, as drawn over one another, without colours; in characters. */
    List<String> drawnLines() {
        return new String(screen().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8)
            .replaceAll("\033\\[[0-9;]*[A-Za-z]", "").lines().flatMap(line -> List.of(line.split("\r")).stream())
            .toList();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
        try {
            reader.join(TimeUnit.SECONDS.toMillis(TIMEOUT_SECONDS));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        Libc.close(master);
    }
}
