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
package io.cordon.fuse;

import io.cordon.linux.Errno;
import io.cordon.linux.Libc;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The process that serves the file system. It must not be the one that maps the file: a thread that waits for a page
 * inside compiled code reaches no safepoint, and the server would wait for the safepoint. It takes commands from its
 * standard input, answers each with a line, and unmounts when the input ends, so when its parent dies as well.
 */
final class FuseChild {
    private static final int SERVERS = 2;

    private final FuseDevice device;
    private final FailingDisk disk;
    private final FuseServer server;

    private FuseChild(final FuseDevice device, final FailingDisk disk) {
        this.device = device;
        this.disk = disk;
        this.server = new FuseServer(device, disk);
    }

    /** Takes the file to mount over, and the one that is the disk. */
    public static void main(final String[] arguments) throws IOException {
        final Path target = Path.of(arguments[0]);
        try (FailingDisk disk = new FailingDisk(Path.of(arguments[1]), Libc.pageSize());
            BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            final FuseChild child;
            try {
                child = new FuseChild(FuseDevice.mount(target), disk);
            } catch (final IOException failure) {
                System.out.println(failure.getMessage());
                return;
            }
            for (int i = 0; i < SERVERS; i++) {
                Thread.ofPlatform().daemon().name("server-" + i).start(child.server);
            }
            System.out.println("mounted");
            try {
                for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                    System.out.println(child.obey(line.split(" ")));
                }
            } finally {
                FuseCalls.unmount(target);
            }
        }
    }

    private String obey(final String[] words) throws IOException {
        final long offset = words.length > 2 ? Long.parseLong(words[1]) : 0;
        final long length = words.length > 2 ? Long.parseLong(words[2]) : 0;
        final boolean on = words.length == 2 && Boolean.parseBoolean(words[1]);
        switch (words[0]) {
            case "poison" -> {
                // What is dirty reaches the disk first; what is read again meanwhile is dropped after.
                device.invalidate(offset, length);
                disk.poison(offset, length);
                device.invalidate(offset, length);
            }
            case "drop" -> device.invalidate(0, disk.size());
            case "refuse" -> disk.refuse(offset, length, true);
            case "accept" -> disk.refuse(offset, length, false);
            case "pretend" -> disk.pretend(on);
            case "lose" -> disk.lose(on);
            case "failsync" -> disk.failSync(on);
            case "gone" -> {
                // What is dirty reaches the disk first; what is read again meanwhile is dropped after.
                device.invalidate(0, disk.size());
                disk.setErrno(on ? Errno.ENODEV : Errno.EIO);
                disk.setGone(on);
                device.invalidate(0, disk.size());
            }
            case "errno" -> disk.setErrno(Integer.parseInt(words[1]));
            case "direct" -> server.direct(on);
            case "heal" -> {
                disk.heal();
                server.direct(false);
            }
            case "bad" -> {
                return disk.bad();
            }
            default -> throw new IOException("unknown command " + words[0]);
        }
        return "done";
    }
}
