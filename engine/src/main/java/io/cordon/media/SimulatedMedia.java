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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A medium that fails on demand, under a live mapping of an ordinary file, on any Linux machine.
 *
 * <p>Injected poison is as real as it can be without bad hardware: the next touch of the page, by whomever, is a SIGBUS
 * from the kernel; the bad lines' content is destroyed in the file; reads past the mapping fail for these lines alone.
 * Only a recovery write clears it, in whole clearing units ({@link #clearUnit}); an ordinary write to a part of a unit
 * that holds poison fails, as it does on DAX. What the medium knows is kept in {@code <file>.simulated}, written
 * before the damage is done, so that a region that is opened again, or another process, meets the same medium.
 *
 * <p>Serves one region at a time. Thread-safe.
 */
public final class SimulatedMedia extends Media {
    /** What the content of a destroyed line is overwritten with, again and again, so that it is known when met. */
    public static final long SCRIBBLE = 0xBAD1_DA7A_BAD1_DA7AL;

    private SimulatedMedium medium;
    private Runnable returning = () -> { };
    private Runnable returned = () -> { };
    private volatile Clearing clearing = Clearing.CLEARS;
    private volatile int clearUnit = Lines.PAGE_LENGTH;
    private volatile boolean wipesWhenClearing;
    private boolean dropsDirtyPages;
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
     * Sets how much a recovery write clears at once. Reads tell by the line all the same.
     *
     * @param bytes 64, 256, 512 or 4096; 4096 at first.
     * @throws IllegalArgumentException if it is none of these.
     * @throws IllegalStateException    if an open region lies on the medium: a medium does not change that.
     */
    public synchronized void clearUnit(final int bytes) {
        if (bytes != Lines.LENGTH && bytes != 256 && bytes != 512 && bytes != Lines.PAGE_LENGTH) {
            throw new IllegalArgumentException("clear unit " + bytes + " is none of 64, 256, 512 and 4096");
        }
        if (medium != null) {
            throw new IllegalStateException("the medium serves " + medium.file().path()
                + " already; set the clear unit before the region is opened");
        }
        clearUnit = bytes;
    }

    /**
     * Has clearing destroy what was in the unit, at once and durably, before the new content is written, which becomes
     * durable only when it is synced: an NVDIMM's clear-error command may do that.
     *
     * @param value whether it does; false at first.
     */
    public void wipesWhenClearing(final boolean value) {
        wipesWhenClearing = value;
    }

    /**
     * Has the medium behave as an ordinary file whose cached pages fail in memory: {@link #inject} destroys nothing on
     * the medium, and nothing stays poisoned. The kernel drops the pages that the range touches, and their content,
     * which reads without an error, is what was persisted last. The next touch is a SIGBUS.
     *
     * @param value whether it does; false at first.
     * @throws IllegalStateException if an open region lies on the medium.
     */
    public synchronized void dropsDirtyPages(final boolean value) {
        if (medium != null) {
            throw new IllegalStateException("the medium serves " + medium.file().path()
                + " already; say whether it drops pages before the region is opened");
        }
        dropsDirtyPages = value;
    }

    /**
     * Has the medium cut its list of known poison short: the last range of it is missing, and the medium says that
     * what it lists is not all. An open region is told that the list has changed.
     *
     * @param value whether it does; false at first.
     */
    public void cutListShort(final boolean value) {
        final SimulatedMedium target;
        synchronized (this) {
            listCutShort = value;
            target = medium;
        }
        if (target != null) {
            target.listChanged();
        }
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

    void checkClearing(final Path path, final long offset, final long length) throws IOException {
        if (clearing == Clearing.REFUSES) {
            throw Errno.toException(Errno.EIO, path,
                "cannot clear the poison of " + length + " bytes at offset " + offset + " (simulated)");
        }
    }

    Units units() {
        return new Units(Lines.LENGTH, clearUnit, clearUnit);
    }

    boolean isWipedWhenCleared() {
        return wipesWhenClearing;
    }

    boolean isListCutShort() {
        return listCutShort;
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
        if (dropsDirtyPages) {
            medium.keepPersisted();
        }
        return medium;
    }

    synchronized void closed() {
        medium = null;
        returning = () -> { };
        returned = () -> { };
    }

    /**
     * Has somebody told that the device comes back, on the thread that brings it back.
     *
     * @param before is called before it is back: who has not noticed that it was gone must know.
     * @param after  is called after it is back: it must be mapped again.
     */
    public synchronized void onReturn(final Runnable before, final Runnable after) {
        returning = before;
        returned = after;
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
     * Brings the device back, and has the region served again. One that has not noticed that the device was gone is
     * told so just before. Does nothing if the device is there.
     *
     * @throws IllegalStateException if no open region lies on the medium.
     */
    public void online() {
        final SimulatedMedium target = medium();
        if (!target.isOffline()) {
            return;
        }
        final Runnable before;
        final Runnable after;
        synchronized (this) {
            before = returning;
            after = returned;
        }
        before.run();
        target.online();
        after.run();
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
     * @param offset first byte in the file; all lines that the range touches are poisoned.
     * @param length in bytes; positive.
     * @throws IOException              if the medium cannot note it, or the kernel refuses the mapping. Then the lines
     *                                  may be poisoned for the medium and still readable.
     * @throws IllegalStateException    if no open region lies on the medium.
     * @throws IllegalArgumentException if the range is empty or negative.
     * @throws IndexOutOfBoundsException if the range ends after the file.
     */
    public void inject(final long offset, final long length) throws IOException {
        final SimulatedMedium target = medium();
        final ByteRange range = new ByteRange(offset, length);
        if (target.dropsDirtyPages()) {
            target.drop(range);
        } else {
            target.poison(range, false);
        }
    }

    /**
     * Poisons lines as {@link #inject} does, and has the medium list them: loads of them are refused from now on
     * without a fault, unless the list is cut short just there.
     *
     * @param offset first byte in the file; all lines that the range touches are poisoned.
     * @param length in bytes; positive.
     * @throws IOException              as for {@link #inject}.
     * @throws IllegalStateException    if no open region lies on the medium.
     * @throws IllegalArgumentException if the range is empty or negative.
     * @throws IndexOutOfBoundsException if the range ends after the file.
     */
    public void injectKnown(final long offset, final long length) throws IOException {
        final SimulatedMedium target = medium();
        target.poison(new ByteRange(offset, length), true);
        target.listChanged();
    }

    /**
     * Poisons lines of a region's file that nobody has open, as {@link #inject} and {@link #injectKnown} do: who opens
     * it next on simulated media meets them. A file that was on another medium is on a simulated one from then on.
     *
     * @param file   the region's file.
     * @param offset first byte; all lines that the range touches are poisoned.
     * @param length in bytes; positive.
     * @param listed whether the medium lists them.
     * @throws FileBusyException         if somebody has the file open as a region.
     * @throws IOException               if the file cannot be opened or written, or is no simulated medium's.
     * @throws IllegalArgumentException  if the range is empty or negative.
     * @throws IndexOutOfBoundsException if the range ends after the file.
     */
    public static void poison(final Path file, final long offset, final long length, final boolean listed)
        throws IOException {
        final ByteRange range = new ByteRange(offset, length);
        final NativeFile opened = NativeFile.open(file, false);
        try {
            if (!opened.tryLock(true)) {
                throw new FileBusyException(file);
            }
            if (range.end() > opened.size()) {
                throw new IndexOutOfBoundsException(file + ": range " + range + " ends after the file");
            }
        } catch (final Throwable failure) {
            opened.close();
            throw failure;
        }
        try (Medium medium = new SimulatedMedia().open(opened, false)) {
            ((SimulatedMedium) medium).poison(range, listed);
            medium.sync();
        }
    }

    /**
     * Whether a simulated medium remembers something of a file.
     *
     * @param file the region's file.
     * @return true if there is a {@code <file>.simulated}.
     * @throws IOException if a link cannot be followed.
     */
    public static boolean isRemembered(final Path file) throws IOException {
        return Files.exists(SimulatedMediumFile.pathFor(file));
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
