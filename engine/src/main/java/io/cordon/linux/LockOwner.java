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
package io.cordon.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Who holds the lock of {@link NativeFile#tryLock} on a file.
 *
 * @param pid       the process; 0 if it lies outside of this process's PID namespace.
 * @param exclusive whether nobody else may hold it.
 */
public record LockOwner(long pid, boolean exclusive) {
    private static final Path LOCKS = Path.of("/proc/locks");
    private static final int KIND_WORD = 1;
    private static final int ACCESS_WORD = 3;
    private static final int PID_WORD = 4;
    private static final int INODE_WORD = 5;
    private static final int WORDS = 8;

    /**
     * Looks for the owners of a file's lock. /proc/locks has a line for each lock, with the process and the inode
     * (proc_locks(5)).
     *
     * @param file the file; links are followed.
     * @return the owners; empty if it is not locked. What is said may be outdated.
     * @throws IOException if the file or /proc/locks cannot be read.
     */
    public static List<LockOwner> of(final Path file) throws IOException {
        final String inode = ":" + Files.getAttribute(file, "unix:ino");
        final List<LockOwner> owners = new ArrayList<>();
        for (final String line : Files.readAllLines(LOCKS)) {
            final String[] words = line.trim().split("\\s+");
            // A line with an arrow in second place is somebody who waits.
            if (words.length >= WORDS && words[KIND_WORD].equals("FLOCK") && words[INODE_WORD].endsWith(inode)) {
                owners.add(new LockOwner(
                    Math.max(0, Long.parseLong(words[PID_WORD])), words[ACCESS_WORD].equals("WRITE")));
            }
        }
        return owners;
    }

    /**
     * The owner, for messages.
     *
     * @return "process" and its number.
     */
    @Override
    public String toString() {
        if (pid == 0) {
            return "a process of another PID namespace";
        }
        return pid == ProcessHandle.current().pid() ? "this process" : "process " + pid;
    }
}
