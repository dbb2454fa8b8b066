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

import io.cordon.event.MediaEvent;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;
import io.cordon.scrub.ScrubOptions;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A process that can start no more threads, for a while. Each of its threads has a stack of a gigabyte of addresses, of
 * which it has a quarter left: too little for a thread, enough for all else.
 */
final class ThreadlessChild {
    private static final int PAGES = 40;
    private static final int SIZE = PAGES * 4096;
    private static final int RLIMIT_AS = 9;
    private static final long LEFT = 256 << 20;
    private static final long UNLIMITED = -1;

    private final Path path;
    private final Queue<MediaEvent.Kind> told = new ConcurrentLinkedQueue<>();
    private SimulatedMedia media = Media.simulated();

    private ThreadlessChild(final Path path) {
        this.path = path;
    }

    public static void main(final String[] arguments) throws Exception {
        final ThreadlessChild child = new ThreadlessChild(Path.of(arguments[0]).resolve("region"));
        if (arguments[1].equals("before")) {
            child.limitBeforeTheFirstRegion();
        } else {
            child.limitUnderARegion();
        }
    }

    @SuppressWarnings("restricted")
    private static void limit(final boolean limited) throws Exception {
        final long size = Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmSize:")).mapToLong(line -> Long.parseLong(line.split("\\s+")[1]) << 10)
            .findFirst().orElseThrow();
        final MethodHandle setrlimit = Linker.nativeLinker().downcallHandle(
            Linker.nativeLinker().defaultLookup().findOrThrow("setrlimit"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment both =
                arena.allocateFrom(ValueLayout.JAVA_LONG, limited ? size + LEFT : UNLIMITED, UNLIMITED);
            assertEquals(0, (int) setrlimit.invokeExact(RLIMIT_AS, both));
        } catch (final Throwable thrown) {
            throw new AssertionError(thrown);
        }
        if (limited) {
            assertThrows(OutOfMemoryError.class, () -> new Thread(() -> { }).start(), "not limited");
        }
    }

    private Region open() throws IOException {
        return Region.builder(path).size(SIZE).media(media)
            .mediaListener(0, event -> told.add(event.kind()) && false).open();
    }

    /** An opening that failed leaves nothing behind, and the next one is as good as the first. */
    private void limitBeforeTheFirstRegion() throws Exception {
        limit(true);
        for (int i = 0; i < 2; i++) {
            assertThrows(OutOfMemoryError.class, this::open);
        }
        limit(false);
        try (Region region = open()) {
            media.inject(0, 64);
            region.segment().get(ValueLayout.JAVA_BYTE, 0);
            assertEquals(List.of(new ByteRange(0, 64)), region.poison().ranges());
        }
    }

    private void limitUnderARegion() throws Exception {
        final List<ByteRange> bad = new ArrayList<>();
        try (Region region = open()) {
            limit(true);
            for (int page = 0; page < PAGES; page += 2) {
                bad.add(new ByteRange(page * 4096L, 64));
                media.inject(page * 4096L, 64);
                region.segment().get(ValueLayout.JAVA_BYTE, page * 4096L + 64);
            }
            assertEquals(bad, region.poison().ranges());
            assertThrows(OutOfMemoryError.class, () -> region.scrubber().start(ScrubOptions.DEFAULT));
            assertFalse(region.scrubber().progress().running());
            assertThrows(OutOfMemoryError.class, () -> region.scrubber().passNow(ScrubOptions.DEFAULT));
            media.offline();
            final PoisonException refused = assertThrows(PoisonException.class, () -> region.getByte(4096));
            assertTrue(refused.getMessage().contains("offline"), refused::getMessage);
            media.online();
            assertEquals(0, region.getByte(4096));
            // Left to closing.
            bad.add(0, new ByteRange(0, 128));
            bad.remove(1);
            media.inject(64, 64);
            region.segment().get(ValueLayout.JAVA_BYTE, 1024);
        }
        media = Media.simulated();
        try (Region region = open()) {
            assertEquals(bad, region.poison().ranges());
            limit(false);
            region.scrubber().passNow(ScrubOptions.DEFAULT).get();
            region.recovery().zero(0, SIZE);
            // What was raised while there was no thread, too, by then or now.
            while (!told.contains(MediaEvent.Kind.RECOVERED)) {
                Thread.sleep(1);
            }
            assertTrue(told.containsAll(List.of(
                MediaEvent.Kind.FAILURE, MediaEvent.Kind.OFFLINE, MediaEvent.Kind.ONLINE)), told::toString);
        }
    }
}
