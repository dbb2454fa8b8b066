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

import com.sun.tools.attach.VirtualMachine;
import io.cordon.fault.GuardedRange;

import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.zip.CRC32C;

/**
 * A service that does not know of Cordon: reads a mapped file that is cut short beneath it. Arguments: the file; then
 * "alone" without an agent, "guarded" with one, or "attach", the agent's jar and its arguments.
 */
final class AgentChild {
    private static final int PAGES = 8;
    private static final int SIZE = PAGES * 4096;
    private static final CountDownLatch TOLD = new CountDownLatch(PAGES - 1);
    /** Loggers are held weakly. */
    private static final Logger LOGGER = Logger.getLogger("io.cordon.agent");

    private AgentChild() {
    }

    /** Dies, or says what it has read. */
    public static void main(final String[] arguments) throws Exception {
        System.out.println("started");
        final Path path = Path.of(arguments[0]);
        Files.write(path, new byte[SIZE]);
        final List<String> options = List.of(arguments).subList(1, arguments.length);
        if (options.getFirst().equals("attach")) {
            final VirtualMachine self = VirtualMachine.attach(Long.toString(ProcessHandle.current().pid()));
            try {
                self.loadAgent(options.get(1), options.get(2));
            } finally {
                self.detach();
            }
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final MappedByteBuffer buffer = channel.map(FileChannel.MapMode.READ_ONLY, 0, SIZE);
            if (!options.getFirst().equals("alone")) {
                LOGGER.addHandler(new Counter());
                Guarded.await();
            }
            channel.truncate(4096);
            final CRC32C read = new CRC32C();
            read.update(buffer);
            final CRC32C zeroes = new CRC32C();
            zeroes.update(new byte[SIZE]);
            System.out.println("zeroes " + (read.getValue() == zeroes.getValue()));
            if (!options.getFirst().equals("alone")) {
                TOLD.await();
            }
        }
    }

    /** Apart: in a virtual machine without an agent there is no such class. */
    private static final class Guarded {
        static void await() throws InterruptedException {
            while (GuardedRange.count() == 0) {
                Thread.sleep(1);
            }
        }
    }

    /** Counts the lines. */
    private static final class Counter extends Handler {
        @Override
        public void publish(final LogRecord line) {
            System.out.println("level " + line.getLevel());
            TOLD.countDown();
        }

        @Override
        public void flush() {
        }

        @Override
        public void close() {
        }
    }
}
