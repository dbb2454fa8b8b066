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
package io.cordon.kernel;

import io.cordon.Region;
import io.cordon.media.Media;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;

import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Runs the operations of the control, each on a bad page of its own, and says what came of each. Arguments: "stock" or
 * "cordon", the file, how often to warm up, and the operation to begin with.
 */
public final class ControlChild {
    private static final int POLLS = 1000;

    private static long polled;

    private ControlChild() {
    }

    /** An operation on the page at an offset. */
    @FunctionalInterface
    private interface Step {
        void run(ControlOperation operation, long at) throws Exception;
    }

    /** Where the bad page of an operation is. The first page is healthy. */
    static long badPage(final int index) {
        return (2L * index + 1) * Ground.PAGE;
    }

    /** How large the file must be. */
    static long fileSize() {
        return badPage(ControlOperations.all().size()) + Ground.PAGE;
    }

    /** Dies, or says "outcome NUMBER TEXT" for each operation. */
    public static void main(final String[] arguments) throws Exception {
        final Path file = Path.of(arguments[1]);
        final int warmUp = Integer.parseInt(arguments[2]);
        final int first = Integer.parseInt(arguments[3]);
        if (arguments[0].equals("cordon")) {
            // The medium without a list: it knows no bad sector before it meets it, no more than stock Java does.
            try (Region region = Region.builder(file).media(Media.file()).open()) {
                run(first, warmUp, (operation, at) -> operation.cordon().run(region, at));
            }
        } else {
            try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                final MemorySegment segment =
                    channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), Arena.global());
                run(first, warmUp, (operation, at) -> operation.stock().run(segment, at));
            }
        }
    }

    private static void run(final int first, final int warmUp, final Step step) throws Exception {
        final List<ControlOperation> operations = ControlOperations.all();
        for (int i = first; i < operations.size(); i++) {
            for (int round = 0; round < warmUp; round++) {
                step.run(operations.get(i), 0);
            }
            System.out.println("outcome " + i + " " + outcome(operations.get(i), badPage(i), step));
        }
    }

    private static String outcome(final ControlOperation operation, final long at, final Step step) {
        ControlOperations.consumed = ControlOperations.NOTHING;
        try {
            step.run(operation, at);
            // An error that comes late comes at one of these.
            for (int i = 0; i < POLLS; i++) {
                poll();
            }
        } catch (final InternalError error) {
            return ControlOperations.consumed == ControlOperations.NOTHING
                ? "`InternalError`" : "**garbage used**, then `InternalError`";
        } catch (final PoisonException exception) {
            return ControlOperations.consumed == ControlOperations.NOTHING
                ? exact(operation, at, exception) : "**garbage used**, then `PoisonException`";
        } catch (final UncheckedIOException exception) {
            return "`IOException`: " + exception.getCause().getMessage();
        } catch (final Exception exception) {
            return "`" + exception.getClass().getSimpleName() + "`";
        }
        return ControlOperations.consumed == ControlOperations.NOTHING
            ? "**no error**" : "**garbage used**, no error";
    }

    private static String exact(final ControlOperation operation, final long at, final PoisonException exception) {
        // Without the list nothing of a page is salvaged that has a bad sector: pread gives nothing of it.
        final List<ByteRange> expected =
            new Expectation().lines(at & -Ground.PAGE, Ground.PAGE).within(at, operation.length());
        return exception.ranges().equals(expected)
            ? "`PoisonException`, exact" : "`PoisonException` for " + exception.ranges() + ", not " + expected;
    }

    private static void poll() {
        polled++;
    }
}
