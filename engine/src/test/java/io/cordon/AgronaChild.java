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

import io.cordon.fault.FaultGuard;
import io.cordon.fault.MappingFault;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * Agrona over a file that is cut short: its own mappings of files, one of which grows, and a ring buffer. Arguments: a
 * folder; "guarded" or "alone".
 */
final class AgronaChild {
    private static final int PAGE = 4096;
    private static final int PAGES = 8;
    private static final int CAPACITY = PAGES * PAGE;
    private static final int MESSAGE = 1000;

    private final Path folder;
    private final BlockingQueue<MappingFault> faults = new LinkedBlockingQueue<>();

    private AgronaChild(final Path folder) {
        this.folder = folder;
    }

    /** Dies, or says "done". */
    public static void main(final String[] arguments) throws Exception {
        final AgronaChild child = new AgronaChild(Path.of(arguments[0]).toRealPath());
        if (arguments[1].equals("guarded")) {
            try (FaultGuard guard =
                FaultGuard.guardFiles(path -> path.startsWith(child.folder), child.faults::add)) {
                child.map(guard);
                child.queue(guard);
            }
        } else {
            child.alone();
        }
        System.out.println("done");
    }

    private FileChannel open(final String name) throws IOException {
        return FileChannel.open(folder.resolve(name),
            StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private void map(final FaultGuard guard) throws Exception {
        final File file = folder.resolve("growing").toFile();
        try (FileChannel channel = open("growing")) {
            final MappedByteBuffer mapped = IoUtil.mapNewFile(folder.resolve("new").toFile(), PAGE);
            IoUtil.unmap(mapped);
            channel.write(ByteBuffer.allocate(1), CAPACITY - 1);
            final MappedByteBuffer small = IoUtil.mapExistingFile(file, "growing");
            final UnsafeBuffer buffer = new UnsafeBuffer(small);
            guard.refresh();
            for (int i = 0; i < CAPACITY; i += Long.BYTES) {
                buffer.putLong(i, i + 1);
            }
            channel.truncate(2 * PAGE);
            require(buffer.getLong(PAGE) == PAGE + 1, "a page that is sound");
            require(buffer.getLong(3 * PAGE) == 0, "a page that was lost");
            buffer.setMemory(4 * PAGE - 100, 200, (byte) 7);
            require(buffer.getAndAddLong(5 * PAGE, 3) == 0 && buffer.getLongVolatile(5 * PAGE) == 3, "an atomic");
            final MappingFault fault = faults.take();
            require(fault.file().equals(file.toPath()) && fault.offset() == 3 * PAGE, "told: " + fault);
            require(faults.take().offset() == 4 * PAGE, "told of the store");
            require(faults.take().offset() == 5 * PAGE, "told of the atomic");
            require(guard.affectedRanges(fault.file()).getFirst().length() == 3 * PAGE, "affected");
            IoUtil.unmap(small);
            // A new mapping, of a file that is whole: nothing of the old one's zeroes is in it.
            channel.write(ByteBuffer.allocate(1), 2L * CAPACITY - 1);
            final MappedByteBuffer large = IoUtil.mapExistingFile(file, "growing");
            buffer.wrap(large);
            guard.refresh();
            guard.forget(fault.file());
            buffer.putLong(3 * PAGE, 42);
            require(buffer.getLong(3 * PAGE) == 42 && buffer.getLong(PAGE) == PAGE + 1, "the buffer that grew");
            require(guard.affectedRanges(fault.file()).isEmpty(), "the buffer that grew is affected");
            channel.truncate(PAGE);
            require(buffer.getLong(2 * CAPACITY - 8) == 0, "the new mapping");
            require(faults.take().offset() == 2 * CAPACITY - PAGE, "told of the new mapping");
            IoUtil.unmap(large);
        }
    }

    private void queue(final FaultGuard guard) throws Exception {
        try (FileChannel channel = open("ring")) {
            final UnsafeBuffer memory = new UnsafeBuffer(
                channel.map(FileChannel.MapMode.READ_WRITE, 0, CAPACITY + RingBufferDescriptor.TRAILER_LENGTH));
            guard.refresh();
            final ManyToOneRingBuffer ring = new ManyToOneRingBuffer(memory);
            final UnsafeBuffer message = new UnsafeBuffer(new byte[MESSAGE]);
            final List<Integer> read = new ArrayList<>();
            for (int i = 1; i <= PAGES; i++) {
                message.putInt(0, i);
                require(ring.write(i, message, 0, MESSAGE), "full");
            }
            // The trailer, with head and tail, is lost first, and half of the messages. Nobody dies of it.
            channel.truncate(PAGE);
            require(!guard.affectedRanges(folder.resolve("ring")).isEmpty() || ring.size() == 0, "the trailer");
            try {
                ring.read((type, buffer, index, length) -> read.add(buffer.getInt(index)));
                ring.write(1, message, 0, MESSAGE);
                ring.unblock();
            } catch (final RuntimeException failure) {
                System.out.println("thrown " + failure);
            }
            System.out.println("read " + read);
            require(faults.take().file().equals(folder.resolve("ring")), "told");
            require(!guard.affectedRanges(folder.resolve("ring")).isEmpty(), "not affected");
        }
    }

    private void alone() throws IOException {
        try (FileChannel channel = open("ring")) {
            final UnsafeBuffer memory = new UnsafeBuffer(
                channel.map(FileChannel.MapMode.READ_WRITE, 0, CAPACITY + RingBufferDescriptor.TRAILER_LENGTH));
            final ManyToOneRingBuffer ring = new ManyToOneRingBuffer(memory);
            channel.truncate(PAGE);
            ring.write(1, new UnsafeBuffer(new byte[MESSAGE]), 0, MESSAGE);
        }
    }

    private static void require(final boolean condition, final String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }
}
