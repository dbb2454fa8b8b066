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
package io.cordon.fault;

import io.cordon.poison.ByteRange;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Containment alone, for mappings that somebody else made: a library, or the application with {@code FileChannel.map}.
 *
 * <p><b>What is promised.</b> An access to a page that the medium cannot give, that lies behind the end of a file that
 * became shorter, or for which the file system has no space left, does not end the process, whoever makes it: the
 * interpreter, compiled code, intrinsics, native code. The page is replaced, in that mapping, by a private page of
 * zeroes, and the access runs again on it. From then on loads from the page give what was stored to that page of
 * zeroes, at first zeroes; stores go nowhere. The listener is told of file, offset and length within milliseconds, once
 * for each page. As soon as an access has returned, {@link #affected affected} tells whether it may have met such a
 * page.
 *
 * <p><b>What is not.</b> Nobody checks a load: somebody else's code reads zeroes, takes them for data, and may act on
 * them before anybody asks, or may report a corruption in its own words. Whoever must never see a byte that is not what
 * was stored uses {@code io.cordon.Region}. Nothing is recovered either: the file stays as bad as it is, and the page
 * stays zeroes until the file is mapped anew, or until {@link #restore}. Without the guard, HotSpot throws an {@link
 * InternalError} from somewhere, or the process ends, depending on who makes the access.
 *
 * <p><b>Which mappings.</b> Those of files, shared and private, of any size of page. The kernel tells nobody of a new
 * mapping. {@link #guardFiles} looks each 10 ms whether the process has grown or shrunk, and each 100 ms in any case,
 * less often where listing the mappings takes more than 2 ms (many thousands of them); until then a new mapping is not
 * guarded. {@link #refresh} closes that gap for the mappings that exist when it is called. A mapping that is unmapped
 * or moved is let go of in the same way; what was moved is guarded anew, what is left of one that was unmapped in part
 * stays guarded.
 *
 * <p><b>Addresses that come to others.</b> Between an unmapping and the moment it is noticed, the addresses may get
 * another mapping. Since Linux 6.11 the handler asks the kernel (PROCMAP_QUERY, fs/proc/task_mmu.c) before it replaces
 * a page, and leaves alone what is not the file that was guarded there, or that part of it. An older kernel cannot be
 * asked. But only a page that fails by itself gets there, and the thread that ran into it is still at it, so the page
 * replaced is one that cannot be read: what can happen is that a page of a mapping that nobody chose is contained, and
 * reported under the name of the one that was there before. Only a program that unmaps memory while another of its
 * threads accesses it, which the Java API prevents, could see a healthy page replaced. A memory error that nobody has
 * run into yet (BUS_MCEERR_AO) may come late; in these mappings it is ignored, and the first access to the page finds
 * it.
 *
 * <p><b>Private mappings</b> (copy on write) lose the stores to a page with the page. A page of hugetlbfs is replaced
 * as a whole. A file that is truncated on purpose, by its owner, makes its pages fail like one that is truncated by
 * accident. A process may have vm.max_map_count mappings, 65530 by default; pages replaced apart from each other cost
 * two each. When that is used up, or the process may not map memory, the fault is HotSpot's as it was. mremap(2) of a
 * mapping fails across a page that was replaced (before Linux 6.17), mprotect(2) and madvise(2) do not; a page given
 * back has the protection of the mapping, and no advice.
 *
 * <p>Regions guard themselves; their mappings are never watched by this. Thread-safe. Needs native access, as the rest
 * of Cordon. Costs nothing while nothing fails but the thread that lists the mappings: less than 2 % of a processor.
 */
public final class FaultGuard implements AutoCloseable {
    /** How many faults may wait for a listener before pages that are neighbours are told as one. */
    public static final int BACKLOG = 1024;

    private final FaultDelivery delivery;
    private final MappingWatch.Watching watching;
    private volatile boolean closed;

    private FaultGuard(final FaultDelivery delivery, final MappingWatch.Watching watching) {
        this.delivery = delivery;
        this.watching = watching;
    }

    /**
     * Guards the mapping behind a segment: all pages that it has bytes of.
     *
     * <p>The guard keeps the segment reachable: memory that is unmapped when it becomes unreachable, as that of {@link
     * java.nio.MappedByteBuffer}, stays mapped until the guard is closed. An arena that is closed meanwhile ends the
     * guard of the segment by itself; that the guard is closed as well is still right.
     *
     * @param segment  a mapped file or a part of one: what {@code FileChannel.map} gave, {@code MemorySegment.ofBuffer}
     *                 of a mapped buffer, or memory that native code mapped. Some of its pages may have failed before.
     * @param listener is told of faults.
     * @return the guard; it holds from now on.
     * @throws IllegalArgumentException      if the segment is empty or on the heap, if not all of it is a mapping of a
     *                                       file with a name, or if it is a region's.
     * @throws IllegalStateException         if the segment has been closed, or the process may not have executable
     *                                       memory or more guards.
     * @throws UnsupportedOperationException if there is no handler for this platform.
     * @throws UncheckedIOException          if the kernel does not say what is mapped.
     */
    public static FaultGuard guard(final MemorySegment segment, final FaultListener listener) {
        Objects.requireNonNull(listener, "listener");
        check(segment);
        if (segment.byteSize() == 0) {
            throw new IllegalArgumentException("an empty segment has nothing to guard");
        }
        final long start = segment.address();
        if (OwnAddresses.overlaps(start, start + segment.byteSize())) {
            throw new IllegalArgumentException(
                "the segment at 0x" + Long.toHexString(start) + " belongs to a region, which guards itself");
        }
        final FaultDelivery delivery = new FaultDelivery(listener);
        final FaultGuard guard = start(delivery, new WatchedSegment(segment, delivery));
        try {
            guard.lost(start, start + segment.byteSize());
            return guard;
        } catch (final RuntimeException failure) {
            guard.close();
            throw failure;
        }
    }

    /**
     * Guards the mappings of files that a predicate chooses, those that there are and those that come.
     *
     * <p>The predicate is not asked about what is no data: files any part of which is executed from, files of the Java
     * runtime, memfds, shared memory without a name, devices other than persistent memory, the Java heap.
     *
     * @param files    is given absolute paths without symbolic links, as the kernel knows them, once for each file and
     *                 name; of a file that was removed the last one. Called on threads of Cordon's and in {@link
     *                 #refresh}; should be quick, for no new mapping is found meanwhile. If it throws, that goes to the
     *                 uncaught exception handler of the thread, and the file is not guarded.
     * @param listener is told of faults.
     * @return the guard; for the mappings that exist it holds from now on.
     * @throws IllegalStateException         if the process may not have executable memory or more guards.
     * @throws UnsupportedOperationException if there is no handler for this platform.
     * @throws UncheckedIOException          if the kernel does not say what is mapped.
     */
    public static FaultGuard guardFiles(final Predicate<? super Path> files, final FaultListener listener) {
        Objects.requireNonNull(files, "files");
        Objects.requireNonNull(listener, "listener");
        final FaultDelivery delivery = new FaultDelivery(listener);
        return start(delivery, new WatchedFiles(files, delivery));
    }

    private static FaultGuard start(final FaultDelivery delivery, final MappingWatch.Watching watching) {
        // The handler first: if there can be none, nothing must be left behind.
        GuardTable.instance().prepare();
        final FaultGuard guard = new FaultGuard(delivery, watching);
        try {
            MappingWatch.instance().add(watching);
            return guard;
        } catch (final IOException failure) {
            guard.close();
            throw new UncheckedIOException(failure);
        } catch (final RuntimeException failure) {
            guard.close();
            throw failure;
        }
    }

    private static void check(final MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("a segment on the heap is no mapping");
        }
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("the segment has been closed");
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the guard is closed");
        }
    }

    /**
     * Looks at once which mappings there are. On return all that were made before the call, and are to be guarded, are.
     *
     * @throws IllegalStateException if the guard is closed, or there can be no more guards.
     * @throws UncheckedIOException  if the kernel does not say what is mapped.
     */
    public void refresh() {
        checkOpen();
        try {
            MappingWatch.instance().refresh();
        } catch (final IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /**
     * Whether any byte of a segment may not be what the file has: whether its page has failed since it was mapped or
     * given back. What was read from the segment before this call, by whatever thread and code, and is not affected,
     * can be trusted as far as the medium can.
     *
     * @param segment all or a part of what is guarded.
     * @return true if a page failed that has a byte of it.
     * @throws IllegalArgumentException if not all of the segment is guarded by this.
     * @throws IllegalStateException    if the guard or the segment is closed.
     * @throws UncheckedIOException     if the kernel does not say what is mapped.
     */
    public boolean affected(final MemorySegment segment) {
        return affected(segment, 0, segment.byteSize());
    }

    /**
     * Whether any byte of a part of a segment may not be what the file has; see {@link #affected(MemorySegment)}.
     *
     * @param segment all or a part of what is guarded.
     * @param offset  first byte in the segment.
     * @param length  in bytes.
     * @return true if a page failed that has a byte of it.
     * @throws IndexOutOfBoundsException if the range is not in the segment.
     * @throws IllegalArgumentException  if not all of the range is guarded by this.
     * @throws IllegalStateException     if the guard or the segment is closed.
     * @throws UncheckedIOException      if the kernel does not say what is mapped.
     */
    public boolean affected(final MemorySegment segment, final long offset, final long length) {
        Objects.checkFromIndexSize(offset, length, segment.byteSize());
        return !affectedRanges(segment.asSlice(offset, length)).isEmpty();
    }

    /**
     * The bytes of a segment that may not be what the file has; see {@link #affected(MemorySegment)}.
     *
     * @param segment all or a part of what is guarded.
     * @return offsets in the segment, ascending and merged; within the segment, whole pages otherwise.
     * @throws IllegalArgumentException if not all of the segment is guarded by this.
     * @throws IllegalStateException    if the guard or the segment is closed.
     * @throws UncheckedIOException     if the kernel does not say what is mapped.
     */
    public List<ByteRange> affectedRanges(final MemorySegment segment) {
        checkOpen();
        check(segment);
        return segment.byteSize() == 0 ? List.of()
            : lost(segment.address(), segment.address() + segment.byteSize());
    }

    private List<ByteRange> lost(final long start, final long end) {
        final MappingWatch watch = MappingWatch.instance();
        try {
            // The mapping of a segment that lives is what it was when the guard began.
            final boolean sure = watching instanceof final WatchedSegment watched && watched.contains(start, end);
            List<ByteRange> lost = sure || watch.isCurrent(start) ? watch.lost(watching, start, end) : null;
            if (lost == null) {
                watch.refresh();
                lost = watch.lost(watching, start, end);
            }
            if (lost == null) {
                throw new IllegalArgumentException("not all of the " + (end - start) + " bytes at 0x"
                    + Long.toHexString(start) + " are a mapping of a file that this guard watches");
            }
            return lost;
        } catch (final IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /**
     * The bytes of a file that some mapping could not give since the guard began or {@link #forget} was called, whether
     * it is still mapped or not. Nothing a mapping of the file was read for in that time can be trusted if it comes
     * from there.
     *
     * @param file absolute path without symbolic links.
     * @return offsets in the file, ascending and merged, whole pages.
     * @throws IllegalStateException if the guard is closed.
     */
    public List<ByteRange> affectedRanges(final Path file) {
        checkOpen();
        MappingWatch.instance().takeFaults();
        return delivery.lost(file);
    }

    /**
     * Forgets what {@link #affectedRanges(Path)} knows of a file: it was repaired, and is mapped anew. Mappings that
     * have zeroes in its place keep them.
     *
     * @param file absolute path without symbolic links.
     * @throws IllegalStateException if the guard is closed.
     */
    public void forget(final Path file) {
        checkOpen();
        MappingWatch.instance().takeFaults();
        delivery.forget(file);
    }

    /**
     * How many pages have failed since the guard began.
     *
     * @return the number.
     */
    public long faultCount() {
        MappingWatch.instance().takeFaults();
        return delivery.count();
    }

    /**
     * Maps the file again in place of the pages of a segment that failed and can be read now: the file has grown again,
     * or its blocks were written anew. What was stored to the pages of zeroes is gone with them, and so is what was
     * stored to a private mapping. From then on the bytes count as not affected; whoever read zeroes before should have
     * asked before.
     *
     * <p>The segment stays mapped during the call. The file is opened by the path that it was lately mapped under, for
     * writing too if the mapping is.
     *
     * @param segment all or a part of what is guarded.
     * @return what is still affected, as {@link #affectedRanges(MemorySegment)}: pages that cannot be read, and pages
     *         behind the end of the file.
     * @throws IOException              if the file cannot be opened, is not the one that is mapped any more, or the
     *                                  kernel does not map it; what was not given back stays as it is.
     * @throws IllegalArgumentException if not all of the segment is guarded by this.
     * @throws IllegalStateException    if the guard or the segment is closed.
     */
    public List<ByteRange> restore(final MemorySegment segment) throws IOException {
        if (!affectedRanges(segment).isEmpty()) {
            final long start = segment.address();
            MappingWatch.instance().refresh();
            for (final MappingWatch.Loss loss
                : MappingWatch.instance().losses(watching, start, start + segment.byteSize())) {
                restore(loss, segment);
            }
        }
        return affectedRanges(segment);
    }

    private void restore(final MappingWatch.Loss loss, final MemorySegment segment) throws IOException {
        try (MappedFile file = MappedFile.open(loss.file(), loss.mapping(), loss.unitSize())) {
            for (final long address : loss.units()) {
                if (file.isReadable(address + loss.mapping().delta(), loss.unitSize())) {
                    MappingWatch.instance().restore(watching, address, file, segment);
                }
            }
        }
    }

    /**
     * Ends the guard; another guard of the same mappings goes on. Pages that failed stay as they are: zeroes. Faults
     * that were found before are still told. A second call does nothing.
     *
     * @throws UncheckedIOException if the kernel does not say what is mapped; the guard is closed, and the handler lets
     *                              go of its mappings with the next guard's help.
     */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            try {
                MappingWatch.instance().remove(watching);
            } catch (final IOException failure) {
                throw new UncheckedIOException(failure);
            } finally {
                delivery.close();
            }
        }
    }
}
