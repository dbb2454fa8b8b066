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
package io.cordon.agrona;

import org.agrona.BufferUtil;
import org.agrona.IoUtil;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.errors.DistinctErrorLog;
import org.agrona.concurrent.errors.ErrorConsumer;
import org.agrona.concurrent.errors.ErrorLogReader;
import org.agrona.concurrent.status.CountersManager;
import org.agrona.concurrent.status.CountersReader;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A mapped file with Agrona's counters and a distinct error log, which one process writes and others read. It belongs
 * on a tmpfs, {@code /dev/shm} say: then neither ever waits for a disk, and no disk can fail under it.
 *
 * <pre>
 *  +0    8  magic "CORDMON\1"                   little-endian
 *  +8    4  bytes of the counters' values
 *  +12   4  bytes of the error log
 *  +16   8  id of the process that writes
 *  +24   8  created, milliseconds since 1970
 *  +4096    counters' metadata, four times as long as the values; the values; the error log
 * </pre>
 */
@SuppressWarnings("exports")
public final class MonitorFile implements AutoCloseable {
    private static final long MAGIC = 0x014E_4F4D_4452_4F43L;
    private static final int VALUES_LENGTH_OFFSET = 8;
    private static final int ERRORS_LENGTH_OFFSET = 12;
    private static final int PROCESS_OFFSET = 16;
    private static final int CREATED_OFFSET = 24;
    private static final int HEADER_LENGTH = 4096;
    private static final int METADATA_FACTOR = CountersReader.METADATA_LENGTH / CountersReader.COUNTER_LENGTH;
    private static final int MAX_COUNTERS = 1 << 20;
    private static final int MAX_ERRORS_LENGTH = 1 << 28;

    private final MappedByteBuffer mapped;
    private final UnsafeBuffer errorBuffer;
    private final CountersManager counters;
    private final DistinctErrorLog errorLog;

    private MonitorFile(final MappedByteBuffer mapped, final int valuesLength, final int errorsLength) {
        this.mapped = mapped;
        final int values = HEADER_LENGTH + METADATA_FACTOR * valuesLength;
        this.counters = new CountersManager(
            new UnsafeBuffer(mapped, HEADER_LENGTH, METADATA_FACTOR * valuesLength),
            new UnsafeBuffer(mapped, values, valuesLength), StandardCharsets.UTF_8);
        this.errorBuffer = new UnsafeBuffer(mapped, values + valuesLength, errorsLength);
        this.errorLog = new DistinctErrorLog(errorBuffer, SystemEpochClock.INSTANCE, StandardCharsets.UTF_8);
    }

    /**
     * Creates the file, in place of one that is there; who has mapped that keeps what it was.
     *
     * @param file         where.
     * @param counterCount how many counters it has room for, 1 to 1,048,576; a region has one for each constant of
     *                     {@link io.cordon.event.Counter}.
     * @param errorsLength bytes of the error log, 4096 to 268,435,456; a multiple of 4096.
     * @return the file, empty.
     * @throws IOException              if it cannot be created.
     * @throws IllegalArgumentException if a number is out of its bounds.
     */
    public static MonitorFile create(final Path file, final int counterCount, final int errorsLength)
        throws IOException {
        if (counterCount < 1 || counterCount > MAX_COUNTERS) {
            throw new IllegalArgumentException(counterCount + " counters are not 1 to " + MAX_COUNTERS);
        }
        if (errorsLength < HEADER_LENGTH || errorsLength > MAX_ERRORS_LENGTH || errorsLength % HEADER_LENGTH != 0) {
            throw new IllegalArgumentException("the length " + errorsLength + " of the error log is not a multiple of "
                + HEADER_LENGTH + " from that to " + MAX_ERRORS_LENGTH);
        }
        final int valuesLength = counterCount * CountersReader.COUNTER_LENGTH;
        final long length = HEADER_LENGTH + (METADATA_FACTOR + 1L) * valuesLength + errorsLength;
        // Whoever opens it by its name must find it whole.
        final Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        final MappedByteBuffer mapped = IoUtil.mapNewFile(fresh.toFile(), length);
        final UnsafeBuffer header = new UnsafeBuffer(mapped, 0, HEADER_LENGTH);
        header.putLong(0, MAGIC);
        header.putInt(VALUES_LENGTH_OFFSET, valuesLength);
        header.putInt(ERRORS_LENGTH_OFFSET, errorsLength);
        header.putLong(PROCESS_OFFSET, ProcessHandle.current().pid());
        header.putLong(CREATED_OFFSET, System.currentTimeMillis());
        try {
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (final IOException failure) {
            BufferUtil.free(mapped);
            Files.deleteIfExists(fresh);
            throw failure;
        }
        return new MonitorFile(mapped, valuesLength, errorsLength);
    }

    /**
     * Where counters are allocated.
     *
     * @return the same object each time; for one thread at a time.
     */
    public CountersManager counters() {
        return counters;
    }

    /**
     * Where errors are recorded.
     *
     * @return the same object each time; thread-safe.
     */
    public DistinctErrorLog errorLog() {
        return errorLog;
    }

    /** Ends the mapping; the file stays, for who wants to know how it was. Nothing of it may be used any more. */
    @Override
    public void close() {
        BufferUtil.free(mapped);
    }

    /** The file as another process reads it. */
    public static final class Reader implements AutoCloseable {
        private final MappedByteBuffer mapped;
        private final CountersReader counters;
        private final UnsafeBuffer errors;
        private final long process;

        private Reader(final MappedByteBuffer mapped, final int valuesLength, final int errorsLength) {
            this.mapped = mapped;
            final int values = HEADER_LENGTH + METADATA_FACTOR * valuesLength;
            this.counters = new CountersReader(
                new UnsafeBuffer(mapped, HEADER_LENGTH, METADATA_FACTOR * valuesLength),
                new UnsafeBuffer(mapped, values, valuesLength), StandardCharsets.UTF_8);
            this.errors = new UnsafeBuffer(mapped, values + valuesLength, errorsLength);
            this.process = new UnsafeBuffer(mapped, 0, HEADER_LENGTH).getLong(PROCESS_OFFSET);
        }

        /**
         * Opens a file for reading.
         *
         * @param file that {@link MonitorFile#create} has created.
         * @return the file.
         * @throws IOException if it cannot be read, or is something else.
         */
        public static Reader open(final Path file) throws IOException {
            final MappedByteBuffer mapped;
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                if (channel.size() < HEADER_LENGTH || channel.size() > Integer.MAX_VALUE) {
                    throw new IOException(file + ": no monitor file, by its " + channel.size() + " bytes");
                }
                mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            }
            final UnsafeBuffer header = new UnsafeBuffer(mapped, 0, HEADER_LENGTH);
            final int valuesLength = header.getInt(VALUES_LENGTH_OFFSET);
            final int errorsLength = header.getInt(ERRORS_LENGTH_OFFSET);
            if (header.getLong(0) != MAGIC || valuesLength < 0 || errorsLength < 0
                || HEADER_LENGTH + (METADATA_FACTOR + 1L) * valuesLength + errorsLength != mapped.capacity()) {
                BufferUtil.free(mapped);
                throw new IOException(file + ": no monitor file; it is made by MonitorFile.create");
            }
            return new Reader(mapped, valuesLength, errorsLength);
        }

        /**
         * The counters.
         *
         * @return the same object each time; what it reads moves.
         */
        public CountersReader counters() {
            return counters;
        }

        /**
         * Reads the error log.
         *
         * @param consumer is called for each distinct error.
         * @return how many there are.
         */
        public int readErrors(final ErrorConsumer consumer) {
            return ErrorLogReader.read(errors, consumer);
        }

        /**
         * Who writes the file.
         *
         * @return the process id; if that process has ended, the file tells how it was.
         */
        public long process() {
            return process;
        }

        /** Ends the mapping. Nothing of it may be used any more. */
        @Override
        public void close() {
            BufferUtil.free(mapped);
        }
    }
}
