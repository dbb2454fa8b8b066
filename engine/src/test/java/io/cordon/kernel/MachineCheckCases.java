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
import io.cordon.linux.Memory;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * All of the way: the processor raises a machine check for the memory that a thread is reading, the kernel takes the
 * page away and signals the thread.
 */
final class MachineCheckCases {
    private static final long SIZE = 16 * Ground.PAGE;
    private static final long BAD = 6 * Ground.PAGE + 3 * Ground.SECTOR + Ground.LINE;
    private static final long PFN_MASK = (1L << 55) - 1;
    private static final int TIMEOUT_SECONDS = 200;
    private static final long POLL_MILLIS = 50;
    /** How often the reader loads before the machine check comes: enough for the compilers to have done their work. */
    private static final long LOADS = 200_000;
    /** MISC of the machine check: the address is physical (0x80), and valid from this bit on. */
    private static final int MISC_LINE = 0x86;
    private static final int HAZARD_DISTANCE = 64;
    private static final int MISC_PAGE = 0x8c;

    private MachineCheckCases() {
    }

    static List<Case> all() {
        return List.of(
            new Case("machine-check-for-a-line", ground -> machineCheck(ground, "line", MISC_LINE)),
            new Case("machine-check-for-a-page", ground -> machineCheck(ground, "page", MISC_PAGE)));
    }

    private static void machineCheck(final Ground device, final String name, final int misc) throws Exception {
        if (device.isLegacy()) {
            unlisted(device, name, misc);
            return;
        }
        // QEMU's NVDIMM.
        final Ground ground = new Ground(device.folder(), false);
        final Path file = ground.folder().resolve(name);
        try (Region region = ground.create(name, SIZE)) {
            new Expectation().check(region, Long.BYTES);
            final AtomicLong loads = new AtomicLong();
            final CompletableFuture<PoisonException> thrown = readUntilRefused(region, loads);
            await(loads, LOADS);
            Suite.say("machine-check 0x" + Long.toHexString(physicalAddress(region, BAD)) + " 0x"
                + Integer.toHexString(misc));
            final PoisonException exception = await(thrown);
            final List<ByteRange> expected = List.of(new ByteRange(BAD, Ground.LINE));
            if (!exception.ranges().equals(expected)) {
                throw new AssertionError("names " + exception.ranges() + ", not " + expected, exception);
            }
            System.out.println(exception.getMessage());
            awaitBadBlock(ground, file);
            final Expectation expectation = misc == MISC_LINE
                ? new Expectation().sector(BAD, ground) : new Expectation().lines(BAD & -Ground.PAGE, Ground.PAGE);
            expectation.check(region, Long.BYTES);
            refuseToRecover(ground, region, file);
            expectation.check(region, Long.BYTES);
        }
    }

    /**
     * Memory without an NFIT driver that would note the error. The kernel signals once, and takes the page out of its
     * own address space: from then on no system call can read it. A new mapping can, and finds nothing wrong, since
     * the memory of an emulator is as good as before.
     */
    private static void unlisted(final Ground ground, final String name, final int misc) throws Exception {
        try (Region region = ground.create(name, SIZE)) {
            new Expectation().check(region, Long.BYTES);
            final AtomicLong loads = new AtomicLong();
            final CompletableFuture<PoisonException> thrown = readUntilRefused(region, loads);
            await(loads, LOADS);
            final long hazard = faults(region);
            Suite.say("machine-check 0x" + Long.toHexString(physicalAddress(region, BAD)) + " 0x"
                + Integer.toHexString(misc));
            final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
            while (faults(region) == hazard) {
                if (System.nanoTime() - deadline > 0) {
                    throw new AssertionError("the machine check never came");
                }
                Thread.sleep(POLL_MILLIS);
            }
            await(loads, loads.get() + LOADS);
            if (thrown.isDone()) {
                throw new AssertionError("refused, though a mapping reads fine", thrown.exceptionNow());
            }
            try (RandomAccessFile file = new RandomAccessFile(ground.folder().resolve(name).toFile(), "r")) {
                file.seek(BAD);
                throw new AssertionError("the kernel still reads the page, so this shows nothing: " + file.read());
            } catch (final IOException expected) {
                System.out.println(expected.getMessage());
            }
            new Expectation().check(region, Long.BYTES);
        }
    }

    /** How often the region's hazard word moved: a page was taken away, or given back (io.cordon.poison.LineMap). */
    private static long faults(final Region region) {
        return Memory.getLongVolatile(region.segment().address() - HAZARD_DISTANCE);
    }

    private static void await(final AtomicLong loads, final long count) throws InterruptedException {
        while (loads.get() < count) {
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** A thread that does nothing else, so that the machine check meets it. */
    private static CompletableFuture<PoisonException> readUntilRefused(
        final Region region, final AtomicLong loads) {
        final CompletableFuture<PoisonException> thrown = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                while (true) {
                    loads.incrementAndGet();
                    final long value = region.getLong(BAD);
                    if (value != Ground.contentAt(BAD)) {
                        throw new AssertionError("garbage: " + Long.toHexString(value));
                    }
                }
            } catch (final PoisonException exception) {
                thrown.complete(exception);
            } catch (final Throwable failure) {
                thrown.completeExceptionally(failure);
            }
        });
        return thrown;
    }

    private static PoisonException await(final CompletableFuture<PoisonException> thrown)
        throws ExecutionException, InterruptedException {
        try {
            return thrown.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException _) {
            throw new AssertionError("the machine check never came");
        }
    }

    /** Documentation/admin-guide/mm/pagemap.rst: a word for each page, the frame number in its low 55 bits. */
    private static long physicalAddress(final Region region, final long offset) throws IOException {
        final long address = region.segment().address() + offset;
        try (RandomAccessFile pagemap = new RandomAccessFile("/proc/self/pagemap", "r")) {
            pagemap.seek(address / Ground.PAGE * Long.BYTES);
            final long frame = Long.reverseBytes(pagemap.readLong()) & PFN_MASK;
            if (frame == 0) {
                throw new AssertionError("the page is not mapped");
            }
            return frame * Ground.PAGE + address % Ground.PAGE;
        }
    }

    /** The NFIT driver learns of it from the same machine check. */
    private static void awaitBadBlock(final Ground ground, final Path file) throws Exception {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        while (!ground.isBad(file, BAD)) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("the bad-block list does not have the sector");
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** The device has no method to clear errors. */
    private static void refuseToRecover(final Ground ground, final Region region, final Path file) throws IOException {
        try {
            region.recovery().write(BAD & -Ground.PAGE, new byte[Ground.PAGE]);
        } catch (final IOException refused) {
            System.out.println(refused.getMessage());
            if (!ground.isBad(file, BAD)) {
                throw new AssertionError("the bad-block list has forgotten the sector", refused);
            }
            return;
        }
        throw new AssertionError("recovery claims to have cleared what cannot be cleared");
    }
}
