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
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Runs on the host: does what the tests do, on healthy and on simulated memory, so that the JVM learns which classes
 * they load, for the cache (JEP 514) that spares the guest's slow processor from loading them. Argument: a folder.
 */
public final class Rehearsal {
    private static final long SIZE = 64 * Ground.PAGE;
    private static final int ROUNDS = 20;

    private Rehearsal() {
    }

    /** Proves nothing. */
    public static void main(final String[] arguments) throws Exception {
        final Path folder = Path.of(arguments[0]);
        Files.createDirectories(folder);
        final Path file = folder.resolve("file");
        Files.deleteIfExists(file);
        Files.deleteIfExists(folder.resolve("file.cordon"));
        open(file, Media.file(), false);
        final SimulatedMedia media = Media.simulated();
        open(file, media, true);
        StockReader.main(new String[] {file.toString(), "0"});
        stock(file);
        Suite.rehearse(folder);
        GuestJvm.run(StockReader.class, file.toString(), "0");
    }

    private static void open(final Path file, final Media media, final boolean poison) throws Exception {
        try (Region region = Region.builder(file).size(SIZE).media(media).open()) {
            for (long offset = 0; offset < SIZE; offset += Long.BYTES) {
                region.putLong(offset, Ground.contentAt(offset));
            }
            region.persist();
            for (final ControlOperation operation : ControlOperations.all()) {
                for (int round = 0; round < ROUNDS; round++) {
                    operation.cordon().run(region, 0);
                }
                if (poison) {
                    fail(region, (SimulatedMedia) media, operation);
                }
            }
            region.recovery().write(0, new byte[Ground.PAGE]);
        }
    }

    private static void fail(final Region region, final SimulatedMedia media, final ControlOperation operation)
        throws IOException {
        final long bad = 8 * Ground.PAGE;
        media.inject(bad, Ground.LINE);
        try {
            operation.cordon().run(region, bad);
        } catch (final PoisonException exception) {
            System.out.println(operation.name() + ": " + exception.ranges() + " " + exception.getMessage());
        } catch (final Exception exception) {
            System.out.println(operation.name() + ": " + exception);
        }
        System.out.println(region.poison().ranges());
        region.recovery().zero(bad, Ground.PAGE);
    }

    private static void stock(final Path file) throws Exception {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final MemorySegment segment =
                channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), Arena.global());
            for (final ControlOperation operation : ControlOperations.all()) {
                for (int round = 0; round < ROUNDS; round++) {
                    operation.stock().run(segment, 0);
                }
            }
        }
    }
}
