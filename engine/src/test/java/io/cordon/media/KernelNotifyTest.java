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
package io.cordon.media;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * The watch woken by the kernel alone. This machine has no device that keeps a bad-block list; cgroup.events is a file
 * of the same making (kernfs), whose readers the kernel wakes in the same way (kernfs_notify) as it does those of a
 * bad-block list. As root, with cgroup2 mounted; where that is missing this test fails, unless it is left out by name.
 */
@Timeout(120)
@DisabledIfSystemProperty(named = LoopImage.ROOT, matches = "false")
class KernelNotifyTest {
    private static final int NEVER = 1_000_000_000;

    private static Path cgroups() throws IOException {
        for (final String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
            final String[] field = line.split(" ");
            if ("cgroup2".equals(field[2])) {
                return Path.of(field[1]);
            }
        }
        throw new AssertionError("this test needs cgroup2; mount -t cgroup2 none /sys/fs/cgroup");
    }

    private static Path group() throws IOException {
        final Path group = cgroups().resolve("cordon-test-" + ProcessHandle.current().pid());
        try {
            return Files.createDirectory(group);
        } catch (final FileSystemException failure) {
            throw new AssertionError("this test needs root and a cgroup2 that can be written to; " + LoopImage.LEAVE_OUT
                + ": " + failure, failure);
        }
    }

    @Test
    void shouldBeWokenByTheKernelWithoutReadingAgain() throws Exception {
        final Path group = group();
        final Process process = new ProcessBuilder("sleep", "1000").start();
        final Semaphore calls = new Semaphore(0);
        try (BadBlockWatch watch =
                 new BadBlockWatch("notify", List.of(group.resolve("cgroup.events")), NEVER)) {
            watch.start(calls::release);
            calls.acquire();
            Files.writeString(group.resolve("cgroup.procs"), Long.toString(process.pid()));
            calls.acquire();
            process.destroyForcibly().waitFor();
            calls.acquire();
        } finally {
            process.destroyForcibly().waitFor();
            remove(group);
        }
        assertTrue(Files.notExists(group));
    }

    /** The kernel needs a moment after the last process has ended. */
    private static void remove(final Path group) throws IOException, InterruptedException {
        for (int i = 0; i < 1000; i++) {
            try {
                Files.delete(group);
                return;
            } catch (DirectoryNotEmptyException _) {
                Thread.sleep(10);
            } catch (final FileSystemException busy) {
                if (!busy.getMessage().contains("busy")) {
                    throw busy;
                }
                Thread.sleep(10);
            }
        }
        throw new AssertionError(group + " stays busy");
    }
}
