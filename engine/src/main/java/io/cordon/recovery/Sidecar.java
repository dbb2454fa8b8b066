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
package io.cordon.recovery;

import io.cordon.event.EventJournal;
import io.cordon.event.EventLog;
import io.cordon.event.LoggedEvent;
import io.cordon.event.MediaEvent;
import io.cordon.event.MediaOutcome;
import io.cordon.linux.NativeFile;
import io.cordon.linux.Storage;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The sidecar file of an open region, {@code <file>.cordon}: what must outlive the process. Written with plain file I/O
 * and {@code fdatasync}, never through a mapping. See {@link SidecarFormat} for the bytes.
 *
 * <p>Thread-safe. Several callers that wait for durability at the same time share one {@code fdatasync}. A sync that
 * fails is final: nothing that was appended since the last success can be relied on, so every later call is refused.
 */
public final class Sidecar implements EventJournal, AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(Sidecar.class.getName());
    private static final String SUFFIX = ".cordon";
    /** It is read into one array. */
    private static final long MAX_LENGTH = Integer.MAX_VALUE - 8;
    private static final String NEW_SUFFIX = ".new";
    /** A file shorter than this is not worth compacting. */
    private static final long COMPACT_LENGTH = 1 << 20;
    private static final int COMPACT_FACTOR = 4;
    /** How many bytes the file has for records to come, at least, when it is lengthened. */
    private static final long RESERVE_LENGTH = 1 << 16;

    private final Storage storage;
    private final Path path;
    private final long regionSize;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition syncDone = lock.newCondition();
    /** What the file says, kept to write it anew; guarded by the lock. */
    private final NavigableMap<Long, Long> lost;
    private final NavigableMap<Long, SidecarContent.Begun> begun;
    private final EventLog events = new EventLog();
    /** Number of the last event that was appended. */
    private long lastEvent;
    /** Null if the region is read-only: nothing is written then. */
    private NativeFile file;
    private UUID uuid;
    private int tag;
    private long generation;
    private long sequence;
    private long end;
    /** How long the file is: zeroes follow the last record. */
    private long reserved;
    /** How long the file may get until what matters of it is gone through. */
    private long compactLength = COMPACT_LENGTH;
    /** How much of the file is durable, in bytes. */
    private long synced;
    /** Appends so far, and how many of them are durable: unlike bytes, these never shrink. */
    private long appended;
    private long durable;
    /** Number of the last commit. */
    private long commit;
    /** Number of the commit after which both slots said all. */
    private long sealed;
    private boolean closed;
    private boolean syncing;
    private IOException failure;

    private Sidecar(final Storage storage, final Path path, final NativeFile file, final UUID uuid,
        final long regionSize) {
        this.storage = storage;
        this.path = path;
        this.file = file;
        this.uuid = uuid;
        this.regionSize = regionSize;
        this.tag = SidecarFormat.tag(uuid);
        this.lost = new TreeMap<>();
        this.begun = new TreeMap<>();
        this.end = SidecarFormat.HEADER_LENGTH;
        this.reserved = SidecarFormat.HEADER_LENGTH;
        this.synced = SidecarFormat.HEADER_LENGTH;
    }

    /**
     * Where the sidecar file of a region is.
     *
     * @param region the region's file.
     * @return the path beside it; beside the file itself if the region's path is a symbolic link.
     * @throws IOException if the link cannot be followed.
     */
    public static Path pathFor(final Path region) throws IOException {
        return NativeFile.companion(region, SUFFIX);
    }

    /**
     * Opens the sidecar file of a region, or makes one.
     *
     * @param storage  where the files are.
     * @param region   the region's file.
     * @param size     of the region in bytes.
     * @param created  whether the region's file has just been created: losses in an old sidecar are not its own.
     * @param readOnly whether nothing may be written.
     * @param discard  whether to forget what an existing sidecar says.
     * @return the open sidecar.
     * @throws SidecarException if the file is not what it claims to be, or names losses of a region file that is gone.
     * @throws IOException      if it cannot be read or written.
     */
    @SuppressWarnings("exports")
    public static Sidecar open(final Storage storage, final Path region, final long size, final boolean created,
        final boolean readOnly, final boolean discard) throws IOException {
        final Path path = pathFor(region);
        if (!Files.exists(path) || discard && !readOnly) {
            return readOnly ? new Sidecar(storage, path, null, UUID.randomUUID(), size) : create(storage, path, size);
        }
        if (discard) {
            return new Sidecar(storage, path, null, UUID.randomUUID(), size);
        }
        final SidecarContent content = SidecarContent.parse(path, read(path), size);
        if (created) {
            if (!content.lost().isEmpty() || !content.begun().isEmpty()) {
                throw new SidecarException(path, "it names losses in a region file that was not there");
            }
            return create(storage, path, size);
        }
        final Sidecar sidecar =
            new Sidecar(storage, path, readOnly ? null : storage.open(path, false), content.uuid(), size);
        try {
            sidecar.adopt(content);
        } catch (final Throwable failure) {
            sidecar.close();
            throw failure;
        }
        return sidecar;
    }

    /** All of a sidecar file. */
    static ByteBuffer read(final Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString());
        }
        if (!Files.isRegularFile(path)) {
            throw new SidecarException(path, "not a regular file");
        }
        if (Files.size(path) > MAX_LENGTH) {
            throw new SidecarException(path, "its " + Files.size(path) + " bytes are more than the " + MAX_LENGTH
                + " that a sidecar can have");
        }
        final byte[] bytes = Files.readAllBytes(path);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static Sidecar create(final Storage storage, final Path path, final long size) throws IOException {
        final Sidecar sidecar = new Sidecar(storage, path, null, UUID.randomUUID(), size);
        sidecar.rewrite();
        return sidecar;
    }

    private void adopt(final SidecarContent content) throws IOException {
        lost.putAll(content.lost());
        begun.putAll(content.begun());
        events.adopt(content.events().events(), content.events().lastSequence(), content.events().acknowledged());
        lastEvent = content.events().lastSequence();
        generation = content.generation();
        sequence = content.sequence();
        commit = content.commit();
        sealed = content.isSealed() ? commit : -1;
        end = content.end();
        if (file != null && file.size() > end) {
            file.setSize(end);
            file.sync();
        }
        reserved = end;
        synced = end;
    }

    /**
     * The lines that are lost.
     *
     * @return page index to mask; a copy.
     */
    public NavigableMap<Long, Long> lost() {
        lock.lock();
        try {
            return new TreeMap<>(lost);
        } finally {
            lock.unlock();
        }
    }

    /** The lines of a page that are lost. */
    long lost(final long page) {
        lock.lock();
        try {
            return lost.getOrDefault(page, 0L);
        } finally {
            lock.unlock();
        }
    }

    /** The lines of a page that are lost, or were gone when its recovery was begun that has not ended. */
    long lostOrGone(final long page) {
        lock.lock();
        try {
            final SidecarContent.Begun unfinished = begun.get(page);
            return lost.getOrDefault(page, 0L) | (unfinished == null ? 0 : unfinished.gone());
        } finally {
            lock.unlock();
        }
    }

    /** The recovery of a page that was begun and not ended, or null. */
    SidecarContent.Begun begun(final long page) {
        lock.lock();
        try {
            return begun.get(page);
        } finally {
            lock.unlock();
        }
    }

    /** Whether any line is lost. */
    boolean hasLost() {
        lock.lock();
        try {
            return !lost.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /**
     * How often the region was opened since it has, or had, a mirror.
     *
     * @return 0 if it never had one.
     */
    public long generation() {
        lock.lock();
        try {
            return generation;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Durably sets the generation.
     *
     * @param next the new one.
     * @throws IOException if it cannot be written.
     */
    public void advance(final long next) throws IOException {
        lock.lock();
        try {
            generation = next;
            append(List.of(generationRecord()));
            sync();
        } finally {
            lock.unlock();
        }
    }

    /** Durably takes a region's identity and generation: this is the sidecar of its mirror. */
    void adoptIdentity(final UUID region, final long next) throws IOException {
        if (uuid.equals(region)) {
            advance(next);
            return;
        }
        lock.lock();
        try {
            uuid = region;
            tag = SidecarFormat.tag(region);
            generation = next;
            rewrite();
        } finally {
            lock.unlock();
        }
    }

    private ByteBuffer generationRecord() {
        final ByteBuffer record = SidecarFormat.record(SidecarFormat.TYPE_GENERATION, Long.BYTES);
        record.putLong(SidecarFormat.PAYLOAD_OFFSET, generation);
        return record;
    }

    /** The recoveries that were begun and not ended. */
    NavigableMap<Long, SidecarContent.Begun> begun() {
        lock.lock();
        try {
            return new TreeMap<>(begun);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Durably notes that pages are about to be overwritten.
     *
     * @param first   index of the first page.
     * @param damaged for each page whether it is meant; the others are not noted.
     * @param gone    for each page the lines whose content nobody could supply.
     * @param content of the pages, zero where it is gone.
     */
    void begin(final long first, final boolean[] damaged, final long[] gone, final MemorySegment content)
        throws IOException {
        final NavigableMap<Long, SidecarContent.Begun> fresh = new TreeMap<>();
        for (int i = 0; i < damaged.length; i++) {
            if (damaged[i]) {
                fresh.put(first + i, new SidecarContent.Begun(gone[i], content.asSlice(
                    (long) i << Lines.PAGE_SHIFT, Lines.PAGE_LENGTH).toArray(ValueLayout.JAVA_BYTE)));
            }
        }
        lock.lock();
        try {
            // A medium that fails is tried again with the same content.
            fresh.entrySet().removeIf(page -> page.getValue().equals(begun.get(page.getKey())));
            if (!fresh.isEmpty()) {
                append(begin(fresh));
                begun.putAll(fresh);
            }
            sync();
        } finally {
            lock.unlock();
        }
    }

    private static List<ByteBuffer> begin(final NavigableMap<Long, SidecarContent.Begun> pages) {
        return pages.entrySet().stream().map(page -> begin(page.getKey(), page.getValue())).toList();
    }

    private static ByteBuffer begin(final long page, final SidecarContent.Begun begun) {
        final ByteBuffer record = SidecarFormat.record(
            SidecarFormat.TYPE_BEGIN, SidecarFormat.BEGIN_LENGTH - SidecarFormat.PAYLOAD_OFFSET);
        record.putLong(SidecarFormat.PAYLOAD_OFFSET, page);
        record.putLong(SidecarFormat.PAYLOAD_OFFSET + Long.BYTES, begun.gone());
        record.put(SidecarFormat.PAYLOAD_OFFSET + SidecarFormat.BEGIN_CONTENT_OFFSET, begun.content());
        return record;
    }

    /**
     * Durably notes which lines of pages are lost, and that their recovery, if any was begun, has ended.
     *
     * @param first index of the first page.
     * @param masks for each page the lines that are lost from now on.
     */
    void lines(final long first, final long[] masks) throws IOException {
        lock.lock();
        try {
            // What looks unchanged may be what an append that failed has left in the maps alone.
            checkNotFailed();
            final NavigableMap<Long, Long> changed = new TreeMap<>();
            for (int i = 0; i < masks.length; i++) {
                if (masks[i] != lost.getOrDefault(first + i, 0L) || begun.containsKey(first + i)) {
                    changed.put(first + i, masks[i]);
                }
            }
            if (changed.isEmpty()) {
                return;
            }
            append(lines(changed));
            changed.forEach((page, mask) -> {
                begun.remove(page);
                lost.compute(page, (_, _) -> mask == 0 ? null : mask);
            });
            sync();
            compactIfLong();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Durably notes that lines are lost; a recovery of their page that was begun has not ended by that.
     *
     * @param masks page index to all lines of the page that are lost from now on.
     */
    void lose(final NavigableMap<Long, Long> masks) throws IOException {
        lock.lock();
        try {
            checkNotFailed();
            final NavigableMap<Long, Long> changed = new TreeMap<>(masks);
            final NavigableMap<Long, SidecarContent.Begun> unfinished = new TreeMap<>(begun);
            unfinished.keySet().retainAll(masks.keySet());
            unfinished.replaceAll((page, recovery) ->
                new SidecarContent.Begun(recovery.gone() | masks.get(page), recovery.content()));
            changed.keySet().removeAll(unfinished.keySet());
            append(begin(unfinished));
            append(lines(changed));
            begun.putAll(unfinished);
            lost.putAll(changed);
            sync();
            compactIfLong();
        } finally {
            lock.unlock();
        }
    }

    private static List<ByteBuffer> lines(final NavigableMap<Long, Long> masks) {
        final List<ByteBuffer> records = new ArrayList<>();
        final List<Map.Entry<Long, Long>> entries = new ArrayList<>(masks.entrySet());
        for (int start = 0; start < entries.size(); start += SidecarFormat.MAX_LINES_ENTRIES) {
            final List<Map.Entry<Long, Long>> part =
                entries.subList(start, Math.min(entries.size(), start + SidecarFormat.MAX_LINES_ENTRIES));
            final ByteBuffer record = SidecarFormat.record(
                SidecarFormat.TYPE_LINES, part.size() * SidecarFormat.LINES_ENTRY_LENGTH);
            int at = SidecarFormat.PAYLOAD_OFFSET;
            for (final Map.Entry<Long, Long> entry : part) {
                record.putLong(at, entry.getKey());
                record.putLong(at + Long.BYTES, entry.getValue());
                at += SidecarFormat.LINES_ENTRY_LENGTH;
            }
            records.add(record);
        }
        return records;
    }

    /** Writes records at the end of the file, after what is new of media events; the lock is held. */
    private void append(final List<ByteBuffer> records) throws IOException {
        checkWritable();
        final List<MediaEvent> raised = events.takeRaised();
        final EventLog.Acknowledgement acknowledgement = events.takeAcknowledgement();
        boolean isAppended = false;
        try {
            final List<ByteBuffer> all = new ArrayList<>(SidecarEvents.records(
                raised.stream().map(event -> new LoggedEvent(event, MediaOutcome.PENDING)).toList()));
            if (acknowledgement != null) {
                final long number = raised.isEmpty() ? lastEvent : raised.getLast().sequence();
                all.add(SidecarEvents.record(acknowledgement, Math.max(number, acknowledgement.acknowledged())));
            }
            all.addAll(records);
            appendAll(all);
            isAppended = true;
        } finally {
            if (!isAppended) {
                events.putBack(raised, acknowledgement);
            }
        }
        if (!raised.isEmpty()) {
            lastEvent = raised.getLast().sequence();
        }
    }

    private void appendAll(final List<ByteBuffer> records) throws IOException {
        final long length = records.stream().mapToLong(ByteBuffer::capacity).sum();
        if (length != 0) {
            reserve(end + length);
        }
        long next = sequence;
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment bytes = arena.allocate(length);
            long position = 0;
            for (final ByteBuffer record : records) {
                next++;
                SidecarFormat.seal(record, next, synced, tag);
                MemorySegment.copy(MemorySegment.ofBuffer(record), 0, bytes, position, record.capacity());
                position += record.capacity();
            }
            file.write(end, bytes);
        }
        end += length;
        sequence = next;
        appended++;
    }

    /**
     * Lengthens the file by more than is needed, so that most records overwrite zeroes: then a sync has no new length
     * or block to make durable besides them: one write of the inode less, or one commit of the file system's journal.
     * Zeroes that are written, not space that is reserved: to turn that into data is metadata too.
     */
    private void reserve(final long needed) {
        if (needed <= reserved) {
            return;
        }
        final long length =
            needed + Math.clamp(needed, RESERVE_LENGTH, COMPACT_LENGTH) + Lines.PAGE_LENGTH - 1 & -Lines.PAGE_LENGTH;
        try (Arena arena = Arena.ofConfined()) {
            file.write(reserved, arena.allocate(length - reserved));
            reserved = length;
        } catch (IOException _) {
            // A device that is nearly full. The record needs less, and says so if there is no room for that either.
            reserved = Math.max(reserved, needed);
        }
    }

    private void write(final Arena arena, final long position, final ByteBuffer record) throws IOException {
        final MemorySegment bytes = arena.allocate(record.capacity());
        bytes.copyFrom(MemorySegment.ofArray(record.array()));
        file.write(position, bytes);
    }

    private void checkWritable() throws IOException {
        checkNotFailed();
        if (file == null) {
            throw new IOException(path + ": the region is read-only");
        }
    }

    private void checkNotFailed() throws IOException {
        if (failure != null) {
            throw new IOException(path + ": an earlier write failed, so nothing more is recorded; close the region,"
                + " and open it on a medium that can be written", failure);
        }
    }

    /** Waits until all that is written is durable: as the one who syncs, or for the one who does. The lock is held. */
    private void sync() throws IOException {
        final long target = appended;
        while (durable < target) {
            checkWritable();
            if (syncing) {
                syncDone.awaitUninterruptibly();
            } else {
                lead();
            }
        }
    }

    /** Says how much is durable before the commit that is about to be; the lock is held. */
    private void writeSlot() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            commit++;
            write(arena, SidecarFormat.slotOffset(commit), SidecarFormat.slot(synced, commit));
        }
    }

    private void lead() throws IOException {
        try {
            writeSlot();
        } catch (final IOException failed) {
            failure = failed;
            throw failed;
        }
        final long written = end;
        final long count = appended;
        final long event = lastEvent;
        syncing = true;
        lock.unlock();
        IOException thrown = null;
        try {
            file.sync();
        } catch (final IOException failed) {
            thrown = failed;
        } finally {
            lock.lock();
        }
        syncing = false;
        syncDone.signalAll();
        if (thrown != null) {
            failure = thrown;
            throw thrown;
        }
        synced = Math.max(synced, written);
        durable = Math.max(durable, count);
        events.durable(event);
    }

    /**
     * Drops what no longer matters, once that is most of the file. What matters is not gone through each time: it may
     * be thousands of events. The lock is held.
     */
    private void compactIfLong() throws IOException {
        if (end <= compactLength || syncing) {
            return;
        }
        final long needed = SidecarFormat.HEADER_LENGTH + (long) begun.size() * SidecarFormat.BEGIN_LENGTH
            + (long) lost.size() * SidecarFormat.LINES_ENTRY_LENGTH + SidecarEvents.length(events.list());
        compactLength = Math.max(COMPACT_LENGTH, COMPACT_FACTOR * needed);
        if (end > compactLength) {
            rewrite();
        }
    }

    /** Writes the file anew, beside the old one, and puts it in its place when it is durable. The lock is held. */
    private void rewrite() throws IOException {
        final Path fresh = path.resolveSibling(path.getFileName() + NEW_SUFFIX);
        storage.delete(fresh);
        final NativeFile old = file;
        final NativeFile target = storage.create(fresh);
        try (Arena arena = Arena.ofConfined()) {
            file = target;
            final ByteBuffer header = SidecarFormat.header(uuid, regionSize, System.currentTimeMillis());
            write(arena, 0, header);
            final long oldEnd = end;
            final long oldReserved = reserved;
            final long oldSequence = sequence;
            final long oldSynced = synced;
            try {
                end = SidecarFormat.HEADER_LENGTH;
                reserved = end;
                sequence = 0;
                appendEvents();
                append(lines(lost));
                append(begin(begun));
                if (generation != 0) {
                    append(List.of(generationRecord()));
                }
                synced = end;
                for (int i = 0; i < SidecarFormat.SLOT_COUNT; i++) {
                    writeSlot();
                }
                target.sync();
                storage.rename(fresh, path);
                storage.syncDirectory(path.toAbsolutePath().getParent());
            } catch (final IOException failed) {
                end = oldEnd;
                reserved = oldReserved;
                sequence = oldSequence;
                synced = oldSynced;
                throw failed;
            }
            durable = appended;
            sealed = commit;
            events.durable(lastEvent);
        } catch (final IOException failed) {
            file = old;
            target.close();
            // The old file may have been replaced; what is appended to it may be seen by nobody.
            failure = failed;
            try {
                Files.deleteIfExists(fresh);
            } catch (final IOException undeleted) {
                failed.addSuppressed(undeleted);
            }
            throw failed;
        }
        if (old != null) {
            old.close();
        }
    }

    /** All that is known of media events, to a file that has nothing of it; the lock is held. */
    private void appendEvents() throws IOException {
        final List<LoggedEvent> all = events.takeAll();
        if (!all.isEmpty()) {
            appendAll(SidecarEvents.records(all));
            lastEvent = all.getLast().event().sequence();
        }
        if (lastEvent != 0) {
            appendAll(List.of(SidecarEvents.record(
                new EventLog.Acknowledgement(events.acknowledged(), List.of(), 0),
                Math.max(lastEvent, events.acknowledged()))));
        }
    }

    /**
     * The media events of the region, what earlier processes left included.
     *
     * @return the log; what is raised in it becomes durable with what is written next.
     */
    public EventLog events() {
        return events;
    }

    @Override
    public void write(final boolean durably) throws IOException {
        lock.lock();
        try {
            if (file == null) {
                // Read-only: what happens is told, and not remembered.
                events.takeRaised();
                events.takeAcknowledgement();
                events.durable(events.lastSequence());
                return;
            }
            if (closed) {
                throw new IOException(path + ": closed");
            }
            if (events.isDirty()) {
                append(List.of());
            }
            if (durably) {
                sync();
                compactIfLong();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * The region's identity.
     *
     * @return its UUID.
     */
    public UUID uuid() {
        return uuid;
    }

    /**
     * Closes the file. All that was noted is durable already; what is noted now is how much there must be. If that
     * fails, the last commit is as little protected as after a crash, and nothing else is the worse for it.
     */
    @Override
    public void close() {
        lock.lock();
        try {
            if (file == null || closed) {
                return;
            }
            if (failure == null) {
                writeRest();
            }
            if (closed) {
                return;
            }
            closed = true;
            if (failure == null) {
                seal();
            }
            file.close();
        } finally {
            lock.unlock();
        }
    }

    /** What is new of media events since the last commit; the lock is held. */
    private void writeRest() {
        try {
            if (events.isDirty()) {
                append(List.of());
            }
            sync();
        } catch (final IOException unwritten) {
            LOGGER.log(System.Logger.Level.WARNING,
                () -> path + ": the last media events are not recorded", unwritten);
        }
    }

    private void seal() {
        try {
            if (reserved > end) {
                file.setSize(end);
            }
            if (commit == sealed) {
                return;
            }
            for (int i = 0; i < SidecarFormat.SLOT_COUNT; i++) {
                writeSlot();
            }
            file.sync();
        } catch (final IOException unsealed) {
            LOGGER.log(System.Logger.Level.WARNING, () -> path + ": the last commit is not sealed", unsealed);
        }
    }
}
