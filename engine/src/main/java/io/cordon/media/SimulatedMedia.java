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
package io.cordon.media;

import io.cordon.linux.Errno;
import io.cordon.linux.NativeFile;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongConsumer;

/**
 * A medium that fails on demand, under a live mapping of an ordinary file, on any Linux machine.
 *
 * <p>Injected poison is as real as it can be without bad hardware: the next touch of the page, by whomever, is a SIGBUS
 * from the kernel; the bad lines' content is destroyed in the file; reads past the mapping fail for these lines alone.
 * Only a recovery write of the whole page clears it. What the medium knows is kept in {@code <file>.simulated}, written
 * before the damage is done, so that a region that is opened again, or another process, meets the same medium.
 *
 * <p>Serves one region at a time. Thread-safe.
 */
public final class SimulatedMedia extends Media {
    /** What the content of a destroyed line is overwritten with, again and again, so that it is known when met. */
    public static final long SCRIBBLE = 0xBAD1_DA7A_BAD1_DA7AL;

    private SimulatedMedium medium;
    private LongConsumer known = page -> { };
    private Runnable returned = () -> { };
    private volatile Clearing clearing = Clearing.CLEARS;
    private volatile boolean listCutShort;
    private volatile boolean persistFails;

    /** What the medium does when a recovery write is to clear poison. */
    public enum Clearing {
        /** It clears. */
        CLEARS,
        /** It refuses the write with an error, as an NVDIMM without the clear-error method does. */
        REFUSES,
        /** It says that the write succeeded, and stays bad. */
        PRETENDS
    }

    SimulatedMedia() {
    }

    /**
     * Sets what the medium does when a recovery write is to clear poison.
     *
     * @param value what; {@link Clearing#CLEARS} at first.
     */
    public void clearing(final Clearing value) {
        clearing = Objects.requireNonNull(value, "clearing");
    }

    /**
     * Has the medium cut its list of known poison short: what it lists is unknown then.
     *
     * @param value whether it does; false at first.
     */
    public void cutListShort(final boolean value) {
        listCutShort = value;
    }

    /**
     * Has every attempt to make content durable fail with an input/output error.
     *
     * @param value whether it does; false at first.
     */
    public void failPersist(final boolean value) {
        persistFails = value;
    }

    /**
     * Poisons again, latently, what recovery writes have cleared since the region was opened: phantom poison.
     *
     * @throws IOException           as for {@link #inject}.
     * @throws IllegalStateException if no open region lies on the medium.
     */
    public void recur() throws IOException {
        medium().recur();
    }

    boolean clears() {
        return clearing == Clearing.CLEARS;
    }

    void checkClearing(final Path path, final long page) throws IOException {
        if (clearing == Clearing.REFUSES) {
            throw Errno.toException(Errno.EIO, path,
                "cannot clear the poison of the page at offset " + (page << Lines.PAGE_SHIFT) + " (simulated)");
        }
    }

    void checkList(final Path path) throws IOException {
        if (listCutShort) {
            throw new IOException(path + ": the list of known poison is cut short, so what is clean is unknown");
        }
    }

    void checkPersist(final Path path) throws IOException {
        if (persistFails) {
            throw Errno.toException(Errno.EIO, path, "cannot make content durable (simulated)");
        }
    }

    @Override
    @SuppressWarnings("exports")
    public synchronized Medium open(final NativeFile file, final boolean readOnly) throws IOException {
        if (medium != null) {
            throw new IllegalStateException("this simulated medium serves " + medium.file().path()
                + " already; close that region first, or make another medium");
        }
        medium = new SimulatedMedium(file, readOnly, this);
        return medium;
    }

    synchronized void closed() {
        medium = null;
        known = page -> { };
        returned = () -> { };
    }

    /**
     * Has somebody told that the device has come back, on the thread that brings it back: who has not noticed that it
     * was gone must map it again.
     *
     * @param action is called after the device is back.
     */
    public synchronized void onReturn(final Runnable action) {
        returned = action;
    }

    /**
     * Takes the whole device away, without telling anybody: every touch of the region, and every read or write past the
     * mapping, fails. What the medium holds stays as it is; stores that were not persisted may be among it.
     *
     * @throws IOException           if the kernel refuses the mapping.
     * @throws IllegalStateException if no open region lies on the medium.
     */
    public void offline() throws IOException {
        medium().offline();
    }

    /**
     * Brings the device back. A region that has noticed that it was gone finds out by itself, a moment later.
     *
     * @throws IllegalStateException if no open region lies on the medium.
     */
    public void online() {
        medium().online();
        final Runnable action;
        synchronized (this) {
            action = returned;
        }
        action.run();
    }

    /**
     * Has a consumer told of pages in which the medium comes to know of poison without a fault, as from a bad-block
     * list; it is called on the thread that injects.
     *
     * @param consumer gets the index of the page.
     */
    public synchronized void onKnownPoison(final LongConsumer consumer) {
        known = consumer;
    }

    private synchronized SimulatedMedium medium() {
        if (medium == null) {
            throw new IllegalStateException("no open region lies on this simulated medium");
        }
        return medium;
    }

    /**
     * Poisons lines without telling anybody: the next touch of their page is a SIGBUS.
     *
     * @param offset first byte in the region; all lines that the range touches are poisoned.
     * @param length in bytes; positive.
     * @throws IOException              if the medium cannot note it, or the kernel refuses the mapping. Then the lines
     *                                  may be poisoned for the medium and still readable.
     * @throws IllegalStateException    if no open region lies on the medium.
     * @throws IllegalArgumentException if the range is empty or negative.
     * @throws IndexOutOfBoundsException if the range ends after the file.
     */
    public void inject(final long offset, final long length) throws IOException {
        medium().poison(new ByteRange(offset, length), false);
    }

    /**
     * Poisons lines as {@link #inject} does, and has the medium list them: loads of them are refused from now on
     * without a fault.
     *
     * @param offset first byte in the region; all lines that the range touches are poisoned.
     * @param length in bytes; positive.
     * @throws IOException              as for {@link #inject}.
     * @throws IllegalStateException    if no open region lies on the medium.
     * @throws IllegalArgumentException if the range is empty or negative.
     * @throws IndexOutOfBoundsException if the range ends after the file.
     */
    public void injectKnown(final long offset, final long length) throws IOException {
        final ByteRange range = new ByteRange(offset, length);
        medium().poison(range, true);
        final LongConsumer consumer;
        synchronized (this) {
            consumer = known;
        }
        for (long page = offset >>> Lines.PAGE_SHIFT; page <= range.end() - 1 >>> Lines.PAGE_SHIFT; page++) {
            consumer.accept(page);
        }
    }

    /**
     * The lines that are poisoned on the medium now, whether anybody knows of them or not.
     *
     * @return ascending, merged, aligned to lines.
     * @throws IllegalStateException if no open region lies on the medium.
     */
    public List<ByteRange> poisoned() {
        final List<ByteRange> ranges = new ArrayList<>();
        for (final Map.Entry<Long, Long> page : medium().poisonedPages().entrySet()) {
            Lines.append(ranges, page.getKey(), page.getValue());
        }
        return List.copyOf(ranges);
    }

    @Override
    public String toString() {
        return "simulated";
    }
}
