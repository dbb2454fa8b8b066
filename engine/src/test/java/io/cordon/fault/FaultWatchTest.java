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
package io.cordon.fault;

import io.cordon.linux.Libc;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The watch's thread follows faults up; the thread that has faulted comes first. */
class FaultWatchTest {
    private static final Path THREADS = Path.of("/proc/self/task");
    /** The kernel keeps 15 characters of "cordon-fault-watch". */
    private static final String NAME = "cordon-fault-wa";
    /** Of proc_pid_stat(5): "policy" is field 41, and the first after the name is field 3. */
    private static final int POLICY = 41 - 3;

    /** It becomes so a moment after the thread has started, when that is another's turn. */
    @Test
    @Timeout(60)
    void shouldNotDisplaceTheThreadThatWakesIt() throws IOException {
        final Runnable nothing = () -> { };
        FaultWatch.subscribe(nothing);
        try {
            while (policy() != Libc.SCHED_BATCH) {
                Thread.yield();
            }
        } finally {
            FaultWatch.unsubscribe(nothing);
        }
    }

    private static int policy() throws IOException {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
            for (final Path thread : threads) {
                final String stat;
                try {
                    stat = Files.readString(thread.resolve("stat"));
                } catch (IOException _) {
                    // A thread that has just ended.
                    continue;
                }
                if (stat.contains("(" + NAME + ")")) {
                    return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[POLICY]);
                }
            }
        }
        return -1;
    }
}
