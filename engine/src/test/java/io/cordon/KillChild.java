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

import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.Lines;
import io.cordon.poison.PoisonException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Works on a region until it is killed. Each thread has lines of its own, in the same pages as the others', and tells
 * before and after each operation what it does, in a journal of its own that the page cache keeps.
 */
final class KillChild {
    static final int PAGES = 16;
    static final int LINES_PER_PAGE = Lines.PAGE_LENGTH / Lines.LENGTH;
    static final int LINES = PAGES * LINES_PER_PAGE;
    static final int THREADS = 2;
    /** Lines in a row that one thread owns. */
    static final int RUN = 4;
    /** An entry of the journal: kind, line, word. */
    static final int ENTRY_LENGTH = 3 * Long.BYTES;
    static final long STORE = 1;
    static final long STORED = 2;
    static final long STORE_REFUSED = 3;
    static final long LOADED = 4;
    static final long LOAD_REFUSED = 5;
    static final long INJECT = 6;
    static final long WRITE = 7;
    static final long WRITTEN = 8;
    static final long FAILED = 9;

    private final Region region;
    private final SimulatedMedia media;
    private final FileChannel journal;
    private final int thread;
    private final SplittableRandom random;
    private final ByteBuffer entry = ByteBuffer.allocateDirect(ENTRY_LENGTH);
    private final byte[] bytes = new byte[Lines.LENGTH];
    private final boolean[] refused = new boolean[LINES];
    private long version;

    private KillChild(final Region region, final SimulatedMedia media, final FileChannel journal, final int thread,
        final long seed, final long version) {
        this.region = region;
        this.media = media;
        this.journal = journal;
        this.thread = thread;
        this.random = new SplittableRandom(seed + thread);
        this.version = version;
    }

    static Path journal(final Path region, final int thread) {
        return region.resolveSibling("journal" + thread);
    }

    /** Takes the region, a seed, and the version after which to count. */
    public static void main(final String[] arguments) throws Exception {
        final Path path = Path.of(arguments[0]);
        final long seed = Long.parseLong(arguments[1]);
        final long version = Long.parseLong(arguments[2]);
        final SimulatedMedia media = Media.simulated();
        final Region region = Region.builder(path).media(media).open();
        final List<Thread> threads = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            final FileChannel journal = FileChannel.open(
                journal(path, thread), StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
            final KillChild child = new KillChild(region, media, journal, thread, seed, version);
            threads.add(Thread.ofPlatform().start(child::work));
        }
        for (final Thread thread : threads) {
            thread.join();
        }
    }

    private void work() {
        try {
            while (true) {
                step();
            }
        } catch (final IOException | RuntimeException thrown) {
            thrown.printStackTrace();
            Runtime.getRuntime().halt(3);
        }
    }

    private int ownLine() {
        final int run = random.nextInt(LINES / RUN / THREADS) * THREADS + thread;
        return run * RUN + random.nextInt(RUN);
    }

    private void tell(final long kind, final int line, final long word) throws IOException {
        entry.order(ByteOrder.nativeOrder()).clear();
        entry.putLong(kind).putLong(line).putLong(word).flip();
        journal.write(entry);
    }

    private void step() throws IOException {
        final int line = ownLine();
        switch (random.nextInt(8)) {
            case 0, 1 -> store(line);
            case 2 -> load(line);
            case 3 -> {
                tell(INJECT, line, 0);
                media.inject((long) line << Lines.SHIFT, Lines.LENGTH);
                load(random.nextBoolean() ? line : line / RUN * RUN);
                refused[line] = true;
            }
            case 4 -> region.persist();
            default -> write(line);
        }
    }

    private void store(final int line) throws IOException {
        final long word = LineModel.word(line, ++version);
        tell(STORE, line, word);
        try {
            region.put((long) line << Lines.SHIFT, LineModel.content(word), 0, Lines.LENGTH);
            tell(STORED, line, word);
        } catch (PoisonException _) {
            tell(STORE_REFUSED, line, word);
            refused[line] = true;
        }
    }

    private void load(final int line) throws IOException {
        if (!LineModel.load(region, line, bytes)) {
            tell(LOAD_REFUSED, line, 0);
            return;
        }
        final long word = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getLong();
        tell(Arrays.equals(bytes, LineModel.content(word)) ? LOADED : FAILED, line, word);
    }

    /** Recovers a line that is refused, if one is easily found. */
    private void write(final int start) throws IOException {
        int line = start;
        for (int i = 0; i < RUN && !refused[line]; i++) {
            line = ownLine();
        }
        final boolean zero = random.nextInt(4) == 0;
        final long word = zero ? 0 : LineModel.word(line, ++version);
        tell(WRITE, line, word);
        if (zero) {
            region.recovery().zero((long) line << Lines.SHIFT, Lines.LENGTH);
        } else {
            region.recovery().write((long) line << Lines.SHIFT, LineModel.content(word));
        }
        tell(WRITTEN, line, word);
        refused[line] = false;
    }
}
