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

import io.cordon.linux.NativeFile;
import io.cordon.linux.Storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A directory whose file operations are recorded, so that the state that a crash after any of them may leave can be
 * made again: what was synced is there, and of the rest any part. Sectors of 512 bytes are written or not, each on its
 * own; a file's size and a directory's entries change or not, in the order of the operations.
 *
 * <p>Stores to a mapping are no file operations: the test records them as writes. What the simulated medium notes of
 * itself ({@code .simulated}) is what the medium is, so it is durable at once.
 *
 * @param <M> what the test's notes change: its model.
 */
final class CrashDisk<M> extends Storage {
    private static final int SECTOR = 512;
    private static final String MEDIUM_SUFFIX = ".simulated";

    private final Path folder;
    private final Map<String, Integer> names = new TreeMap<>();
    private final Map<String, Integer> firstNames;
    private final List<byte[]> firstContents = new ArrayList<>();
    private final List<Step<M>> steps = new ArrayList<>();
    private int inodeCount;
    private int failAt = -1;

    /** What happened; one of the fields after the name says to what. */
    private record Step<M>(String what, int inode, long offset, byte[] bytes, String name, String otherName,
        Consumer<M> note, Map<String, Integer> mediaBefore, Map<String, Integer> mediaAfter) {
    }

    /** An operation that may fail. */
    private interface Action<T> {
        T run() throws IOException;
    }

    CrashDisk(final Path region) throws IOException {
        folder = region.getParent();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (final Path file : files) {
                if (!file.toString().endsWith(MEDIUM_SUFFIX)) {
                    names.put(file.getFileName().toString(), inodeCount++);
                    firstContents.add(Files.readAllBytes(file));
                }
            }
        }
        firstNames = new TreeMap<>(names);
    }

    /** How long the files of the simulated media are, which only grow. */
    private Map<String, Integer> mediaLengths() throws IOException {
        final Map<String, Integer> lengths = new TreeMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + MEDIUM_SUFFIX)) {
            for (final Path file : files) {
                lengths.put(file.getFileName().toString(), (int) Files.size(file));
            }
        }
        return lengths;
    }

    private synchronized <T> T step(final String what, final int inode, final long offset, final byte[] bytes,
        final Action<T> action) throws IOException {
        return step(what, inode, offset, bytes, null, null, action);
    }

    private synchronized <T> T step(final String what, final int inode, final long offset, final byte[] bytes,
        final String name, final String otherName, final Action<T> action) throws IOException {
        if (steps.size() == failAt) {
            failAt = -1;
            steps.add(new Step<>("failed", inode, offset, null, what, null, null, mediaLengths(), mediaLengths()));
            throw new IOException(what + " fails, as the test wants it");
        }
        final Map<String, Integer> before = mediaLengths();
        final T result = action.run();
        steps.add(new Step<>(what, inode, offset, bytes, name, otherName, null, before, mediaLengths()));
        return result;
    }

    /** Notes that something begins or has ended, at this point of the operations. */
    void note(final Consumer<M> change) throws IOException {
        add("note", -1, 0, null, change);
    }

    private synchronized void add(final String what, final int inode, final long offset, final byte[] bytes,
        final Consumer<M> note) throws IOException {
        steps.add(new Step<>(what, inode, offset, bytes, null, null, note, mediaLengths(), mediaLengths()));
    }

    /** Records a store to the mapping of a file. */
    void stored(final Path file, final long offset, final byte[] bytes) throws IOException {
        add("store", inode(file), offset, bytes, null);
    }

    /** Records that the mapping of a file was made durable. */
    void persisted(final Path file) throws IOException {
        add("sync", inode(file), 0, null, null);
    }

    /** Has the operation after so many steps fail, once. */
    synchronized void failAt(final int step) {
        failAt = step;
    }

    synchronized int size() {
        return steps.size();
    }

    /** What is done before a crash after so many steps, for messages. */
    synchronized String describe(final int count) {
        final StringBuilder text = new StringBuilder("after step " + count + " of " + steps.size() + ":");
        for (final Step<M> step : steps.subList(Math.max(0, count - 40), count)) {
            text.append(' ').append(step.what);
            if (step.name != null) {
                text.append('(').append(step.name).append(')');
            } else if (step.inode >= 0) {
                text.append('(').append(step.inode).append('@').append(step.offset).append(')');
            }
        }
        return text.toString();
    }

    private synchronized int inode(final Path file) {
        return names.get(file.getFileName().toString());
    }

    @Override
    public NativeFile open(final Path path, final boolean readOnly) throws IOException {
        return new RecordedFile(super.open(path, readOnly), inode(path));
    }

    @Override
    public synchronized NativeFile create(final Path path) throws IOException {
        final String name = path.getFileName().toString();
        return step("create", inodeCount, 0, null, name, null, () -> {
            final NativeFile file = super.create(path);
            names.put(name, inodeCount);
            return new RecordedFile(file, inodeCount++);
        });
    }

    @Override
    public synchronized void delete(final Path path) throws IOException {
        final String name = path.getFileName().toString();
        if (names.containsKey(name)) {
            step("delete", -1, 0, null, name, null, () -> {
                super.delete(path);
                return names.remove(name);
            });
        }
    }

    @Override
    public synchronized void rename(final Path source, final Path target) throws IOException {
        final String from = source.getFileName().toString();
        final String to = target.getFileName().toString();
        step("rename", -1, 0, null, from, to, () -> {
            super.rename(source, target);
            return names.put(to, names.remove(from));
        });
    }

    @Override
    public void syncDirectory(final Path directory) throws IOException {
        step("syncDirectory", -1, 0, null, () -> {
            super.syncDirectory(directory);
            return null;
        });
    }

    /** A file whose operations are recorded. */
    private final class RecordedFile extends NativeFile {
        private final int inode;

        RecordedFile(final NativeFile file, final int inode) {
            super(file);
            this.inode = inode;
        }

        @Override
        public NativeFile reopenDirect() throws IOException {
            return new RecordedFile(super.reopenDirect(), inode);
        }

        @Override
        public void setSize(final long size) throws IOException {
            step("setSize", inode, size, null, () -> {
                super.setSize(size);
                return null;
            });
        }

        @Override
        public void reserve(final long length) throws IOException {
            // It changes the size alone, if that: what is in the file stays.
            final long size = Math.max(length, size());
            step("setSize", inode, size, null, () -> {
                super.reserve(length);
                return null;
            });
        }

        @Override
        public void write(final long offset, final MemorySegment buffer) throws IOException {
            step("write", inode, offset, buffer.toArray(ValueLayout.JAVA_BYTE), () -> {
                super.write(offset, buffer);
                return null;
            });
        }

        @Override
        public void sync() throws IOException {
            step("sync", inode, 0, null, () -> {
                super.sync();
                return null;
            });
        }
    }

    /** Tells a model what was noted before a crash after so many steps. */
    synchronized void replayNotes(final int count, final M model) {
        for (final Step<M> step : steps.subList(0, count)) {
            if (step.note != null) {
                step.note.accept(model);
            }
        }
    }

    /**
     * Makes the files that a crash may leave.
     *
     * @param count  how many steps were done.
     * @param late   whether the medium had noted all that it notes before the next step.
     * @param random decides what of the writes that were not synced is there.
     * @param keep   how probable it is for each sector.
     * @param target an empty directory.
     */
    synchronized void crash(final int count, final boolean late, final SplittableRandom random, final double keep,
        final Path target) throws IOException {
        final Map<String, Integer> entries = new TreeMap<>(firstNames);
        final Map<Integer, byte[]> contents = new HashMap<>();
        for (int i = 0; i < firstContents.size(); i++) {
            contents.put(i, firstContents.get(i));
        }
        final Map<Integer, List<Step<M>>> pending = new HashMap<>();
        final List<Step<M>> pendingEntries = new ArrayList<>();
        for (final Step<M> step : steps.subList(0, count)) {
            switch (step.what) {
                case "write", "store", "setSize" ->
                    pending.computeIfAbsent(step.inode, _ -> new ArrayList<>()).add(step);
                case "sync" -> apply(contents, step.inode, pending.remove(step.inode), null, 1);
                case "create", "delete", "rename" -> pendingEntries.add(step);
                case "syncDirectory" -> {
                    pendingEntries.forEach(entry -> apply(entries, entry));
                    pendingEntries.clear();
                }
                case "note", "failed" -> { }
                default -> throw new AssertionError(step.what);
            }
        }
        final int kept = keep == 1 ? pendingEntries.size() : keep == 0 ? 0 : random.nextInt(pendingEntries.size() + 1);
        pendingEntries.subList(0, kept).forEach(entry -> apply(entries, entry));
        for (final Map.Entry<String, Integer> entry : entries.entrySet()) {
            apply(contents, entry.getValue(), pending.remove(entry.getValue()), random, keep);
            Files.write(target.resolve(entry.getKey()), contents.getOrDefault(entry.getValue(), new byte[0]));
        }
        final Map<String, Integer> lengths = late
            ? count == steps.size() ? mediaLengths() : steps.get(count).mediaBefore
            : count == 0 ? steps.getFirst().mediaBefore : steps.get(count - 1).mediaAfter;
        for (final Map.Entry<String, Integer> medium : lengths.entrySet()) {
            Files.write(target.resolve(medium.getKey()),
                Arrays.copyOf(Files.readAllBytes(folder.resolve(medium.getKey())), medium.getValue()));
        }
    }

    private void apply(final Map<String, Integer> entries, final Step<M> step) {
        switch (step.what) {
            case "create" -> entries.put(step.name, step.inode);
            case "delete" -> entries.remove(step.name);
            default -> entries.put(step.otherName, entries.remove(step.name));
        }
    }

    private void apply(final Map<Integer, byte[]> contents, final int inode, final List<Step<M>> pending,
        final SplittableRandom random, final double keep) {
        byte[] content = contents.getOrDefault(inode, new byte[0]).clone();
        for (final Step<M> step : pending == null ? List.<Step<M>>of() : pending) {
            if (step.what.equals("setSize")) {
                content = isKept(random, keep) ? Arrays.copyOf(content, (int) step.offset) : content;
                continue;
            }
            final int start = (int) step.offset;
            final int end = start + step.bytes.length;
            if (end > content.length && isKept(random, keep)) {
                content = Arrays.copyOf(content, end);
            }
            for (int from = start; from < end; from = (from / SECTOR + 1) * SECTOR) {
                final int to = Math.min(end, (from / SECTOR + 1) * SECTOR);
                if (isKept(random, keep)) {
                    content = content.length < to ? Arrays.copyOf(content, to) : content;
                    System.arraycopy(step.bytes, from - start, content, from, to - from);
                }
            }
        }
        contents.put(inode, content);
    }

    private static boolean isKept(final SplittableRandom random, final double keep) {
        return keep == 1 || keep != 0 && random.nextDouble() < keep;
    }
}
