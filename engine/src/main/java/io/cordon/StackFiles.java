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
import io.cordon.media.FileLeg;
import io.cordon.media.StackedMedia;
import io.cordon.poison.Lines;
import io.cordon.recovery.Sidecar;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The files of a stack, open and locked: at the region's own path a descriptor, and the legs, each with a label beside
 * it, {@code <leg>.leg}.
 *
 * <pre>
 *   cordon stack 1                              cordon leg 1
 *   name 0b3f…, a UUID                          stack 0b3f…
 *   shape striped(65536: 1048576, 1048576)      leg 2 of 2
 *   leg 1048576 file:///pmem0/a                 region file:///pmem0/region
 *   leg 1048576 file:///pmem1/b                 crc32c 1c291ca3
 *   crc32c 8a9136aa
 *   complete
 * </pre>
 *
 * <p>The paths are for people: what counts is the stack's name and a leg's place in it. The last line of the descriptor
 * is written when all legs and labels are durable. One without it, or empty, is what a creation has left that was cut
 * short; it is taken up where it was.
 */
final class StackFiles {
    static final String TITLE = "cordon stack 1";
    private static final String LABEL_TITLE = "cordon leg 1";
    private static final String COMPLETE = "complete\n";
    /** A stack takes this share of the mappings that the kernel allows at most: pages that fail need some too. */
    private static final int MAPPINGS_SHARE = 4;

    private final Path path;
    private final StackedMedia media;
    private final boolean readOnly;
    private final boolean sparse;
    private final Storage storage;
    private final MadeFiles made;
    /** Whether others are kept out. */
    private final boolean locked;
    private final List<NativeFile> files = new ArrayList<>();
    private boolean created = true;

    private StackFiles(final Path path, final StackedMedia media, final boolean readOnly, final boolean sparse,
        final Storage storage, final boolean locked) {
        this.locked = locked;
        this.path = path;
        this.media = media;
        this.readOnly = readOnly;
        this.sparse = sparse;
        this.storage = storage;
        this.made = new MadeFiles(storage);
    }

    /**
     * Opens or makes the files; on failure they are as they were before.
     *
     * @param made is told of the files that were made, unless the stack was begun before: that one is complete now.
     */
    static StackFiles open(final Path path, final StackedMedia media, final boolean readOnly, final boolean sparse,
        final Storage storage, final MadeFiles made) throws IOException {
        final boolean exists = Files.exists(path);
        final StackFiles stack = new StackFiles(path, media, readOnly, sparse, storage, true);
        try {
            stack.open(exists);
        } catch (final Throwable failure) {
            stack.close();
            stack.made.remove(failure);
            throw failure;
        }
        if (!exists) {
            made.addAll(stack.made);
        }
        return stack;
    }

    /**
     * Opens the files of a stack that is there, for reading alone and beside whoever owns it.
     *
     * @param media the stack; null for what the descriptor says, with the legs where they were when it was made.
     */
    static StackFiles look(final Path path, final StackedMedia media) throws IOException {
        final StackedMedia found;
        try (NativeFile descriptor = NativeFile.open(path, true)) {
            found = media != null ? media : StackShape.read(StackText.read(descriptor, TITLE,
                "it is not the descriptor of a stack, whose legs hold the content"));
        }
        final StackFiles stack = new StackFiles(path, found, true, true, Storage.NATIVE, false);
        try {
            stack.open(true);
        } catch (final Throwable failure) {
            stack.close();
            throw failure;
        }
        return stack;
    }

    /** Whether a file is the descriptor of a stack; see {@link #refuseDescriptor}. */
    static boolean isDescriptor(final NativeFile file, final long size) throws IOException {
        return size % Lines.PAGE_LENGTH != 0 && StackText.is(file, TITLE);
    }

    /** How the stack is built. */
    StackedMedia media() {
        return media;
    }

    /** The descriptor, and then the legs. */
    List<NativeFile> files() {
        return files;
    }

    /** Whether nothing of the content was there before. */
    boolean created() {
        return created;
    }

    void close() {
        files.forEach(NativeFile::close);
    }

    /** Refuses to take a leg for a region of its own. */
    static void refuseLeg(final Path file) throws IOException {
        final Path labelPath = labelPath(file);
        if (Files.exists(labelPath)) {
            throw new RegionFormatException(file, "it is a leg of a stack, as " + labelPath
                + " says; open that with Media.linear or Media.striped");
        }
    }

    /** Refuses to take a descriptor for a region of its own. Reads nothing that may be a region's: it may be bad. */
    static void refuseDescriptor(final NativeFile file, final long size) throws IOException {
        if (isDescriptor(file, size)) {
            throw new RegionFormatException(file.path(), "it is the descriptor of a stack;"
                + " name the legs with Media.linear or Media.striped to open it");
        }
    }

    private static Path labelPath(final Path leg) throws IOException {
        return NativeFile.companion(leg, ".leg");
    }

    private void open(final boolean exists) throws IOException {
        checkMappings();
        final NativeFile descriptor = openDescriptor(exists);
        final boolean begun = exists && descriptor.size() != 0;
        final String name;
        if (begun) {
            final StackText text = StackText.read(descriptor, TITLE, "it is not the descriptor of a stack, whose legs"
                + " hold the content; give another file, or restore this one");
            name = text.value("name");
            checkShape(text);
            if (text.rest().equals(COMPLETE)) {
                openLegs(name, true, false);
                return;
            }
        } else {
            name = UUID.randomUUID().toString();
        }
        if (readOnly) {
            throw new RegionFormatException(path, "the stack's creation was cut short; open it for writing once");
        }
        if (!begun) {
            checkNewLegs();
            StackText.write(descriptor, describe(name), COMPLETE.length());
        }
        try {
            openLegs(name, false, begun);
            StackText.append(descriptor, COMPLETE);
            storage.syncDirectory(parent(path));
        } catch (final Throwable failure) {
            if (exists && !begun) {
                descriptor.setSize(0);
            }
            throw failure;
        }
    }

    private void checkMappings() throws IOException {
        final long allowed = allowedMappings();
        if (media.mappings() > allowed / MAPPINGS_SHARE) {
            throw new IOException(path + ": the stack takes up to " + media.mappings() + " mappings, more than 1/"
                + MAPPINGS_SHARE + " of the " + allowed + " that the kernel allows a process; make the stripes wider,"
                + " or raise vm.max_map_count");
        }
    }

    /** The kernel gives the number to the first read alone, as much of it as is asked for (fs/proc/proc_sysctl.c). */
    private static long allowedMappings() throws IOException {
        final byte[] text = new byte[Long.SIZE];
        try (InputStream limit = Files.newInputStream(Path.of("/proc/sys/vm/max_map_count"))) {
            final int length = limit.read(text);
            return Long.parseLong(new String(text, 0, length, StandardCharsets.US_ASCII).trim());
        }
    }

    private NativeFile openDescriptor(final boolean exists) throws IOException {
        if (!exists && readOnly) {
            throw new NoSuchFileException(path.toString(), null, "cannot open for reading alone what does not exist");
        }
        if (exists && !Files.isRegularFile(path)) {
            throw new RegionFormatException(path, "not a regular file; the descriptor of a stack is one");
        }
        final NativeFile descriptor = exists ? storage.open(path, readOnly) : made.createRegion(path);
        files.add(descriptor);
        lock(descriptor);
        return descriptor;
    }

    private void lock(final NativeFile file) throws IOException {
        if (locked) {
            RegionFile.lock(file, readOnly);
        }
    }

    private List<String> describe(final String name) {
        final List<String> lines = new ArrayList<>(List.of(TITLE, "name " + name, "shape " + media.shape()));
        for (final FileLeg leg : media.legs()) {
            lines.add("leg " + leg.size() + " " + leg.path().toUri().toASCIIString());
        }
        return lines;
    }

    private void checkShape(final StackText text) throws IOException {
        final String shape = text.value("shape");
        if (!shape.equals(media.shape())) {
            throw new RegionFormatException(path, "the stack is " + shape + ", and was asked for as " + media.shape()
                + "; give the legs that it was made with, in that order: "
                + String.join(", ", text.values("leg").stream().map(leg -> leg.substring(leg.indexOf(' ') + 1))
                    .toList()));
        }
    }

    /** Before anything is made: a leg that is something else already stays untouched. */
    private void checkNewLegs() throws IOException {
        for (final FileLeg leg : media.legs()) {
            final Path file = leg.path();
            if (Files.exists(file) && Files.exists(Sidecar.pathFor(file))) {
                throw new RegionFormatException(file, "it is a region of its own, as " + Sidecar.pathFor(file)
                    + " says, and no leg; give another file, or remove that one if the region is no more needed");
            }
        }
    }

    /** Opens all legs; makes what is missing unless the stack was complete once. */
    private void openLegs(final String name, final boolean complete, final boolean begun) throws IOException {
        final Set<Path> folders = new LinkedHashSet<>();
        for (int i = 0; i < media.legs().size(); i++) {
            if (openLeg(name, i, complete, begun)) {
                folders.add(parent(media.legs().get(i).path()));
            }
        }
        for (final Path folder : folders) {
            storage.syncDirectory(folder);
        }
    }

    private static Path parent(final Path file) throws IOException {
        return NativeFile.companion(file, "").toAbsolutePath().getParent();
    }

    private String place(final int index) {
        return "leg " + rank(index);
    }

    private String rank(final int index) {
        return index + 1 + " of " + media.legs().size();
    }

    /** True if something was made. */
    private boolean openLeg(final String name, final int index, final boolean complete, final boolean begun)
        throws IOException {
        final FileLeg leg = media.legs().get(index);
        final boolean exists = Files.exists(leg.path());
        if (!exists && complete) {
            throw new RegionFormatException(leg.path(),
                "it is missing, and is " + place(index) + " of the stack " + path + "; put it back, with its label");
        }
        if (exists && !Files.isRegularFile(leg.path())) {
            throw new RegionFormatException(leg.path(), "not a regular file; a leg is one");
        }
        final NativeFile file = exists ? storage.open(leg.path(), readOnly) : made.create(leg.path());
        files.add(file);
        RegionFile.refuseHugePages(file);
        lock(file);
        final boolean labelled = checkLabel(file, name, index, complete);
        created &= !exists;
        if (!exists || begun && file.size() == 0) {
            file.setSize(leg.size());
        } else if (file.size() != leg.size()) {
            throw new RegionFormatException(leg.path(), "the file has " + file.size() + " bytes, not the " + leg.size()
                + " of " + place(index) + " of the stack " + path + "; it is not that leg, or was truncated");
        }
        if (!readOnly && !sparse) {
            file.reserve(leg.size());
        }
        if (!complete) {
            file.sync();
        }
        if (!labelled) {
            label(file, name, index);
        }
        return !exists || !labelled;
    }

    /** Refuses a file that is not that leg; false if it has no label and needs none yet. */
    private boolean checkLabel(final NativeFile leg, final String name, final int index, final boolean complete)
        throws IOException {
        final Path labelPath = labelPath(leg.path());
        if (!Files.exists(labelPath)) {
            if (complete) {
                throw new RegionFormatException(leg.path(), "it is not " + place(index) + " of the stack " + path
                    + ": " + labelPath + " is missing; give the right file, or put its label back");
            }
            return false;
        }
        try (NativeFile file = storage.open(labelPath, true)) {
            final StackText text = StackText.read(file, LABEL_TITLE, "it is not the label of " + place(index)
                + " of the stack " + path + "; restore it, or remove it if the leg was never part of a stack");
            if (!text.value("stack").equals(name)) {
                throw new RegionFormatException(leg.path(), "it is leg " + text.value("leg") + " of another stack, "
                    + text.value("region") + "; the stack here is " + path + ", named " + name);
            }
            if (!text.value("leg").equals(rank(index))) {
                throw new RegionFormatException(leg.path(), "it is leg " + text.value("leg") + " of the stack " + path
                    + ", and was given as " + place(index) + "; give the legs in their order");
            }
        }
        return true;
    }

    /** In one step, by a new name: there is a whole label or none. */
    private void label(final NativeFile leg, final String name, final int index) throws IOException {
        final Path labelPath = labelPath(leg.path());
        final Path draft = NativeFile.companion(leg.path(), ".leg.new");
        storage.delete(draft);
        try (NativeFile file = storage.create(draft)) {
            StackText.write(file, List.of(LABEL_TITLE, "stack " + name, place(index),
                "region " + path.toUri().toASCIIString()), 0);
        } catch (final Throwable failure) {
            storage.delete(draft);
            throw failure;
        }
        made.add(labelPath);
        storage.rename(draft, labelPath);
    }
}
