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
package io.cordon.matrix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.cordon.Region;
import io.cordon.fault.FaultGuard;
import io.cordon.fault.MappingFault;
import io.cordon.linux.Libc;
import io.cordon.matrix.Operation.Kind;
import io.cordon.poison.ByteRange;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Runs every operation on a segment over a mapping that somebody else made and that is cut short beneath it. It must
 * do what it does on memory that has zeroes there. Arguments: a folder, how often to warm up, what is guarded: segment
 * or files, and the kind of thread.
 */
public final class ForeignMatrixChild {
    private static final int SIZE = Scenario.BLOCK;
    private static final long PATIENCE_SECONDS = 120;

    private final Path folder;
    private final int warmUp;
    private final boolean files;
    private final BlockingQueue<MappingFault> faults = new LinkedBlockingQueue<>();
    private int struck;

    private ForeignMatrixChild(final Path folder, final int warmUp, final boolean files) {
        this.folder = folder;
        this.warmUp = warmUp;
        this.files = files;
    }

    /** Exits with 0 if all held, 1 if not. */
    public static void main(final String[] arguments) throws Exception {
        final ForeignMatrixChild child = new ForeignMatrixChild(
            Path.of(arguments[0]).toRealPath(), Integer.parseInt(arguments[1]), arguments[2].equals("files"));
        final boolean[] failed = new boolean[1];
        final Runnable matrix = () -> failed[0] = !child.run();
        if (arguments[3].equals("virtual")) {
            Thread.ofVirtual().start(matrix).join();
        } else {
            matrix.run();
        }
        System.out.println("struck " + child.struck);
        System.exit(failed[0] ? 1 : 0);
    }

    private boolean run() {
        boolean held = true;
        for (final Operation operation : Operations.all()) {
            if (operation.kind() != Kind.CHECKED) {
                System.out.println("operation " + operation.name());
                System.out.println("class " + operation.body().getClass().getName());
                try {
                    strike(operation, Scenario.MAIN + 1000L, Scenario.MAIN);
                    if (!operation.aligned() && operation.length() > 1) {
                        strike(operation, Scenario.MAIN + Scenario.PAGE - 1L, Scenario.MAIN + Scenario.PAGE);
                    }
                } catch (Exception | Error failure) {
                    held = false;
                    System.out.println("FAILED");
                    failure.printStackTrace(System.out);
                }
            }
        }
        return held;
    }

    /** What the mapping holds before the operation. */
    private byte[] content(final Operation operation, final long at) throws IOException {
        try (Region twin = Region.builder(folder.resolve("twin")).size(SIZE).open()) {
            twin.put(0, MemorySegment.ofArray(Operations.contentOf(0, SIZE)), 0, SIZE);
            if (operation.prepare() != null) {
                operation.prepare().run(twin, at);
            }
            final byte[] content = new byte[SIZE];
            twin.get(0, content, 0, SIZE);
            return content;
        }
    }

    private void strike(final Operation operation, final long at, final long end) throws Exception {
        System.out.println("at " + at + ", file cut to " + end);
        final Path path = folder.resolve("mapped");
        final byte[] content = content(operation, at);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ,
            StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
            FileChannel other = FileChannel.open(folder.resolve("other"), StandardOpenOption.CREATE,
                StandardOpenOption.READ, StandardOpenOption.WRITE);
            Arena arena = Arena.ofConfined()) {
            Operations.setFile(other);
            channel.write(ByteBuffer.wrap(content), 0);
            final MappedByteBuffer buffer = channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE);
            final MemorySegment segment = MemorySegment.ofBuffer(buffer);
            try (FaultGuard guard = files
                ? FaultGuard.guardFiles(path::equals, faults::add) : FaultGuard.guard(segment, faults::add)) {
                for (int i = 0; i < warmUp; i++) {
                    operation.body().run(null, segment, at);
                }
                segment.copyFrom(MemorySegment.ofArray(content));
                final MemorySegment model = arena.allocate(SIZE, Scenario.PAGE).copyFrom(segment);
                model.asSlice(end).fill((byte) 0);
                channel.truncate(end);
                final long result = operation.body().run(null, segment, at);
                if (operation.kind() == Kind.KERNEL) {
                    // The kernel gets EFAULT, and nobody a signal.
                    require(guard.faultCount() == 0, "the kernel's own fault was told");
                    continueWith(channel, content, guard, segment);
                    return;
                }
                final long wanted = operation.body().run(null, model, at);
                require(result == wanted, "returned " + result + " where memory with zeroes gives " + wanted);
                final List<ByteRange> affected = guard.affectedRanges(segment);
                final long page = Math.max(at, end) & -Libc.pageSize();
                require(affected.size() == 1 && affected.getFirst().offset() == page, "affected: " + affected);
                require(Arrays.equals(model.asSlice(0, end).toArray(JAVA_BYTE),
                    segment.asSlice(0, end).toArray(JAVA_BYTE)), "what is left of the file is not what it should be");
                require(!guard.affected(segment, 0, end), "what is left of the file counts as affected");
                for (long next = page; next < affected.getFirst().end(); next += Libc.pageSize()) {
                    final MappingFault fault = faults.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
                    require(fault != null && fault.file().equals(path) && fault.offset() == next
                        && fault.length() == Libc.pageSize(), "told: " + fault);
                    struck++;
                }
                continueWith(channel, content, guard, segment);
            }
        }
    }

    private void continueWith(final FileChannel channel, final byte[] content, final FaultGuard guard,
        final MemorySegment segment) throws IOException {
        channel.write(ByteBuffer.wrap(content), 0);
        require(guard.restore(segment).isEmpty(), "not given back");
        require(Arrays.equals(content, segment.toArray(JAVA_BYTE)), "what came back is not what was written");
        require(faults.isEmpty(), "told of more: " + faults);
    }

    private static void require(final boolean condition, final String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }
}
