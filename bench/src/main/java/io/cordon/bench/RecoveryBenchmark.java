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
package io.cordon.bench;

import io.cordon.Region;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.PoisonException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * How long does the recovery of a failed page take: of one, from the fault to the return of a load of a healthy line of
 * it; of one whose lost line comes back from a mirror; of many that are found one after the other?
 *
 * <p>Pairs: {@code raw} is what has to be written and made durable for it, by hand: the journal, the page, the
 * journal's end; for a repair the read of the other file before that; for a storm all journal entries at once, then all
 * pages, then all ends, three syncs in all, which no program that meets the pages one by one can reach.
 *
 * <p>Controls: the writes of a raw page's recovery without any sync; the same with syncs, into a journal that need not
 * grow; the storm of a tenth of the pages. Each call checks that its page had failed before and is whole again
 * afterwards. The measurement is wrong if the syncs cost nothing (the folder lies in memory), or if ten times the pages
 * cost much more than ten times as long.
 *
 * <p>About a thousand recoveries run in a second, so the compilers take longer than elsewhere to get through with them:
 * see jmh-results/tried.md for what the warm-up was chosen from.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = Peers.NATIVE_ACCESS)
@Warmup(iterations = 15, time = 1)
@Measurement(iterations = 5, time = 1)
public class RecoveryBenchmark {
    private static final long SIZE = 1 << 24;
    private static final int PAGE = 4096;
    private static final int LINE = 64;

    /** A region that has a poisoned line before each call, and is whole again after it. */
    @State(Scope.Thread)
    public static class Struck {
        private Region region;
        private SimulatedMedia media;
        private long page;
        private long random = 0x2545_F491_4F6C_DD1DL;

        @Setup
        public void open() throws IOException {
            media = Media.simulated();
            region = Region.builder(Mappings.folder().resolve("region")).size(SIZE).media(media).open();
            region.fill(0, SIZE, (byte) 1);
            region.persist();
        }

        @Setup(Level.Invocation)
        public void strike() throws IOException {
            random = Mappings.next(random);
            page = random & SIZE - PAGE;
            media.inject(page, LINE);
        }

        @TearDown(Level.Invocation)
        public void recover() throws IOException {
            if (region.isReadable(page, LINE)) {
                throw new IllegalStateException("offset " + page + " was poisoned and is readable");
            }
            region.recovery().zero(page, LINE);
        }

        @TearDown
        public void close() {
            region.close();
        }
    }

    /** A file, and one that is appended to, with the same bytes that a recovery writes. */
    @State(Scope.Thread)
    public static class Files {
        /** What a recovery adds to the sidecar before and after, and what each of its commits overwrites. */
        static final int BEGIN = 4144;
        static final int LINES = 48;
        private static final int SLOT = 512;
        private static final int SLOT_OFFSET = 1024;
        /** Where a sidecar may be written anew, too. */
        static final long LIMIT = 1 << 20;

        private final ByteBuffer content = ByteBuffer.allocateDirect(2 * PAGE);
        private FileChannel file;
        private FileChannel journal;
        private long page;
        private long end;
        private long random = 0x2545_F491_4F6C_DD1DL;

        @Setup
        public void open() throws IOException {
            final Path folder = Mappings.folder();
            file = FileChannel.open(Mappings.fill(folder.resolve("raw"), SIZE), StandardOpenOption.WRITE);
            journal = FileChannel.open(
                folder.resolve("journal"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            restart();
        }

        int journalLength() {
            return PAGE;
        }

        private void restart() throws IOException {
            end = PAGE;
            journal.truncate(end);
            for (int offset = 0; offset < journalLength(); offset += PAGE) {
                write(journal, offset, PAGE);
            }
            journal.force(true);
        }

        @Setup(Level.Invocation)
        public void next() throws IOException {
            random = Mappings.next(random);
            page = random & SIZE - PAGE;
            if (end > LIMIT) {
                restart();
            }
            // The poison that the medium is told of dirties the page, too.
            write(file, page, LINE);
        }

        private void write(final FileChannel channel, final long offset, final int length) throws IOException {
            content.clear().limit(length);
            while (content.hasRemaining()) {
                channel.write(content, offset + content.position());
            }
        }

        private void append(final int length) throws IOException {
            write(journal, end, length);
            end += length;
            write(journal, SLOT_OFFSET, SLOT);
            journal.force(false);
        }

        @TearDown
        public void close() throws IOException {
            file.close();
            journal.close();
        }
    }

    @Benchmark
    public byte regionPage(final Struck struck) {
        return struck.region.getByte(struck.page + LINE);
    }

    @Benchmark
    public void rawPage(final Files files) throws IOException {
        files.append(Files.BEGIN);
        files.write(files.file, files.page, PAGE);
        files.file.force(false);
        files.append(Files.LINES);
    }

    /** As {@link Files}, with a journal whose blocks are all there: of it a sync makes data durable and no more. */
    public static class WrittenFiles extends Files {
        @Override
        int journalLength() {
            return (int) Files.LIMIT + Files.BEGIN + Files.LINES;
        }
    }

    @Benchmark
    public void controlPageOverwritten(final WrittenFiles files) throws IOException {
        rawPage(files);
    }

    @Benchmark
    public void controlPageUnsynced(final Files files) throws IOException {
        files.write(files.journal, files.end, Files.BEGIN);
        files.write(files.file, files.page, PAGE);
        files.write(files.journal, files.end + Files.BEGIN, Files.LINES);
    }

    /** A region with a mirror that has a poisoned line before each call, and is whole again after it, by itself. */
    @State(Scope.Thread)
    public static class Mirrored {
        private Region region;
        private SimulatedMedia media;
        private long page;
        private long random = 0x2545_F491_4F6C_DD1DL;

        @Setup
        public void open() throws IOException {
            media = Media.simulated();
            region = Region.builder(Mappings.folder().resolve("region")).size(SIZE).media(media)
                .mirror(Mappings.folder().resolve("mirror")).open();
            region.fill(0, SIZE, (byte) 1);
            region.persist();
        }

        @Setup(Level.Invocation)
        public void strike() throws IOException {
            random = Mappings.next(random);
            page = random & SIZE - PAGE;
            media.inject(page, LINE);
        }

        @TearDown(Level.Invocation)
        public void check() {
            if (!region.isReadable(page, LINE) || !media.poisoned().isEmpty()) {
                throw new IllegalStateException("offset " + page + " was not repaired");
            }
        }

        @TearDown
        public void close() {
            region.close();
        }
    }

    @Benchmark
    public byte regionRepair(final Mirrored struck) {
        return struck.region.getByte(struck.page);
    }

    /** As {@link Files}, and one to read from. */
    @State(Scope.Thread)
    public static class ThreeFiles {
        private final ByteBuffer content = ByteBuffer.allocateDirect(PAGE);
        private FileChannel mirror;

        @Setup
        public void open() throws IOException {
            mirror = FileChannel.open(
                Mappings.fill(Mappings.folder().resolve("mirror"), SIZE), StandardOpenOption.READ);
        }

        private void read(final long page) throws IOException {
            content.clear();
            if (mirror.read(content, page) != PAGE) {
                throw new IllegalStateException("the mirror has no page at " + page);
            }
        }

        @TearDown
        public void close() throws IOException {
            mirror.close();
        }
    }

    @Benchmark
    public void rawRepair(final Files files, final ThreeFiles three) throws IOException {
        three.read(files.page);
        rawPage(files);
    }

    /** Many pages with a poisoned line that nobody has touched yet. */
    @State(Scope.Thread)
    public static class Storm {
        @Param({"1000", "10000"})
        public int pages;

        private Region region;

        @Setup(Level.Iteration)
        public void open() throws IOException {
            final SimulatedMedia media = Media.simulated();
            final Path file = Mappings.fill(Mappings.folder().resolve("region"), (long) pages * PAGE);
            region = Region.builder(file).media(media).open();
            for (int i = 0; i < pages; i++) {
                media.inject((long) i * PAGE, LINE);
            }
        }

        @TearDown(Level.Iteration)
        public void close() {
            region.close();
        }
    }

    /** One thread reads all the poisoned lines; it ends when the region knows what is lost, durably. */
    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    public long regionStorm(final Storm storm) {
        int refused = 0;
        for (int i = 0; i < storm.pages; i++) {
            try {
                storm.region.getLong((long) i * PAGE);
            } catch (PoisonException _) {
                refused++;
            }
        }
        final long lost = storm.region.poison().lineCount();
        if (refused != storm.pages || lost != storm.pages) {
            throw new IllegalStateException(refused + " refused and " + lost + " lost of " + storm.pages);
        }
        return lost;
    }

    /** How many pages are written by hand. */
    @State(Scope.Thread)
    public static class Pages {
        @Param({"1000", "10000"})
        public int pages;
        private FileChannel file;
        private FileChannel journal;
        private final ByteBuffer content = ByteBuffer.allocateDirect(2 * PAGE);

        @Setup(Level.Iteration)
        public void open() throws IOException {
            final Path folder = Mappings.folder();
            file = FileChannel.open(
                Mappings.fill(folder.resolve("raw"), (long) pages * PAGE), StandardOpenOption.WRITE);
            journal = FileChannel.open(
                folder.resolve("journal"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        }

        /** To each of the pages, or one after the other. */
        private void write(final FileChannel channel, final long start, final int length) throws IOException {
            for (int i = 0; i < pages; i++) {
                content.clear().limit(length);
                while (content.hasRemaining()) {
                    channel.write(content, start + (long) i * length + content.position());
                }
            }
            channel.force(false);
        }

        @TearDown(Level.Iteration)
        public void close() throws IOException {
            file.close();
            journal.close();
        }
    }

    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    public void rawStorm(final Pages pages) throws IOException {
        pages.write(pages.journal, 0, Files.BEGIN);
        pages.write(pages.file, 0, PAGE);
        pages.write(pages.journal, (long) pages.pages * Files.BEGIN, Files.LINES);
    }
}
