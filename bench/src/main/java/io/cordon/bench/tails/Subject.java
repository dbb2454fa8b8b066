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
package io.cordon.bench.tails;

import io.cordon.Region;
import io.cordon.event.Counter;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;
import io.cordon.scrub.ScrubOptions;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A region for one phase, and what goes on beside the loads. Loads go to its lower half, which stays healthy; all that
 * fails, fails in the upper half. Each phase has a region of its own: once one has had a failure, its loads take
 * another way than those of one that never had.
 */
abstract class Subject implements AutoCloseable {
    private static final int PAGE = 4096;
    private static final int LINE = 64;

    private final Region region;
    private final long half;

    private Subject(final Region region) throws IOException {
        this.region = region;
        half = region.size() / 2;
        for (long offset = 0; offset < region.size(); offset += Long.BYTES) {
            region.putLong(offset, Words.at(offset));
        }
        region.persist();
    }

    static Subject of(final Phase phase, final Path folder, final long size) throws IOException {
        final Region.Builder builder = Region.builder(folder.resolve(phase.word())).size(size);
        final SimulatedMedia media = Media.simulated();
        return switch (phase) {
            case IDLE -> new Idle(builder.open());
            case BUSY -> new Busy(builder.open(), folder);
            case SCRUB -> new Scrub(builder.open());
            case STORM -> new Storm(builder.media(media).open(), media);
            case PERSIST_ERRORS -> new PersistErrors(builder.media(media).open(), media);
        };
    }

    Region region() {
        return region;
    }

    /** The size of what loads may go to. */
    long healthy() {
        return half;
    }

    /** A page of the upper half. */
    final long page(final long number) {
        return half + number * PAGE % half;
    }

    /** Begins what the phase is named after. */
    abstract void start() throws IOException;

    /** Ends it, when what it is at is done: how often it happened since the start, in {@link #unit()}s. */
    abstract long stop() throws IOException;

    abstract String unit();

    @Override
    public void close() throws IOException {
        region.close();
    }

    private static final class Idle extends Subject {
        Idle(final Region region) throws IOException {
            super(region);
        }

        @Override
        void start() {
            // Nothing goes on.
        }

        @Override
        long stop() {
            return 0;
        }

        @Override
        String unit() {
            return "nothing";
        }
    }

    private static final class Scrub extends Subject {
        private long before;

        Scrub(final Region region) throws IOException {
            super(region);
        }

        private long scrubbed() {
            return region().counters().get(Counter.SCRUBBED_BYTES);
        }

        @Override
        void start() throws IOException {
            before = scrubbed();
            region().scrubber().start(ScrubOptions.FULL_SPEED);
        }

        @Override
        long stop() {
            region().scrubber().stop();
            return (scrubbed() - before) / PAGE;
        }

        @Override
        String unit() {
            return "page read";
        }
    }

    /** One thing, again and again, on a thread of its own. */
    private abstract static class Repeating extends Subject {
        private volatile boolean stopping;
        private FutureTask<Long> work;
        private long number;

        Repeating(final Region region) throws IOException {
            super(region);
        }

        abstract void act(long count) throws IOException;

        @Override
        void start() {
            stopping = false;
            work = new FutureTask<>(() -> {
                final long first = number;
                do {
                    act(number++);
                } while (!stopping);
                return number - first;
            });
            Thread.ofPlatform().name("beside").daemon().start(work);
        }

        @Override
        long stop() throws IOException {
            stopping = true;
            try {
                return work.get();
            } catch (final ExecutionException failure) {
                throw new IOException("what should go on beside the loads failed", failure.getCause());
            } catch (final InterruptedException interruption) {
                throw new IOException("interrupted", interruption);
            }
        }
    }

    private static final class Busy extends Repeating {
        private final FileChannel file;
        private final FileChannel journal;
        private final ByteBuffer content = ByteBuffer.allocateDirect(PAGE);

        Busy(final Region region, final Path folder) throws IOException {
            super(region);
            file = create(folder.resolve("raw-pages"));
            journal = create(folder.resolve("raw-journal"));
        }

        private static FileChannel create(final Path path) throws IOException {
            return FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        }

        @Override
        void act(final long count) throws IOException {
            write(journal, 0, PAGE);
            write(file, page(count) - healthy(), PAGE);
            write(journal, 0, LINE);
        }

        private void write(final FileChannel channel, final long offset, final int length) throws IOException {
            content.clear().limit(length);
            while (content.hasRemaining()) {
                channel.write(content, offset + content.position());
            }
            channel.force(false);
        }

        @Override
        String unit() {
            return "page written";
        }

        @Override
        public void close() throws IOException {
            file.close();
            journal.close();
            super.close();
        }
    }

    private static final class Storm extends Repeating {
        private final SimulatedMedia media;

        Storm(final Region region, final SimulatedMedia media) throws IOException {
            super(region);
            this.media = media;
        }

        @Override
        void act(final long count) throws IOException {
            final long page = page(count);
            media.inject(page, LINE);
            try {
                region().getLong(page);
            } catch (PoisonException _) {
                region().recovery().zero(page, LINE);
                return;
            }
            throw new IllegalStateException("offset " + page + " was poisoned and served");
        }

        @Override
        String unit() {
            return "page recovered";
        }
    }

    private static final class PersistErrors extends Repeating {
        private final SimulatedMedia media;

        PersistErrors(final Region region, final SimulatedMedia media) throws IOException {
            super(region);
            this.media = media;
        }

        @Override
        void act(final long count) throws IOException {
            final long page = page(count);
            region().putLong(page, count);
            media.failPersist(true);
            final boolean failed = fails(page);
            media.failPersist(false);
            if (!failed) {
                throw new IllegalStateException("offset " + page + " could not be persisted, and nobody said so");
            }
            region().recovery().zero(page, LINE);
        }

        private boolean fails(final long page) {
            try {
                region().persist(page, LINE);
                return false;
            } catch (IOException _) {
                return true;
            }
        }

        @Override
        String unit() {
            return "persist failed and rewritten";
        }
    }
}
