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
package io.cordon.cli;

import io.cordon.Inspection;
import io.cordon.Region;
import io.cordon.linux.Libc;
import io.cordon.poison.ByteRange;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.RecoveryResult;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Copies what can be read. */
@Command(name = "salvage", header = "copy all that can be read of a region",
    description = {
        "Copies the region's content to OUT, and writes a map of what could be copied and what could not, in the format"
            + " of GNU ddrescue's mapfile. Bytes that are refused are holes in OUT, which read as zero; the map alone"
            + " tells them from zeroes that are data. If there are any, the exit status is 1.",
        "",
        "Of a page with a bad line only that line is missing; saved content of recoveries that were cut short is used."
            + " The region is opened for reading alone and not changed. It must not be open for writing meanwhile,"
            + " which would tear the copy.",
        "",
        "After Ctrl-C, or to try again what could not be read, give --resume."},
    footer = {
        "  cordon salvage orders.dat /mnt/b/orders.copy",
        "  cordon salvage --resume orders.dat /mnt/b/orders.copy",
        "  ddrescuelog --show-status /mnt/b/orders.copy.map"})
final class SalvageCommand extends RegionCommand {
    /** What the map's name has more than the copy's. */
    static final String MAP_SUFFIX = ".map";
    private static final long SAVE_NANOS = TimeUnit.SECONDS.toNanos(10);

    @Parameters(index = "1", paramLabel = "OUT", description = "The copy; a new file.")
    private Path target;

    @Option(names = "--map", paramLabel = "MAP", description = "Where the map goes; OUT.map by default.")
    private Path map;

    @Option(names = "--resume", description = "Go on with an earlier copy by its map: only what is not copied is read.")
    private boolean resume;

    @Option(names = {"-f", "--force"}, description = "Overwrite OUT and its map if they exist. You are asked before.")
    private boolean force;

    @Option(names = {"-y", "--yes"}, description = "Do not ask.")
    private boolean yes;

    private LocalDateTime started;

    @Override
    ExitCode run() throws IOException, CommandFailure {
        started = LocalDateTime.now();
        final Region.Builder builder;
        final Mapfile done;
        try (Inspection inspection = inspect()) {
            map = map == null ? target.resolveSibling(target.getFileName() + MAP_SUFFIX) : map;
            checkTargets();
            checkFree(inspection, true);
            builder = builder(inspection).readOnly(true);
            done = resume ? Mapfile.read(map, inspection.size()) : new Mapfile(inspection.size());
            if (!resume && force && (Files.exists(target) || Files.exists(map))) {
                console().confirm(target + " and its map are about to be overwritten.", yes);
            }
        }
        try (Region region = builder.open(); FileChannel out = openTarget(region.size())) {
            copy(region, out, done);
            final List<ByteRange> holes = done.ranges(Mapfile.BAD);
            if (isJson()) {
                answer(json(region, done, holes));
            } else {
                print(region, done, holes);
            }
            return holes.isEmpty() ? ExitCode.CLEAN : ExitCode.DAMAGE;
        }
    }

    /** Nothing that belongs to the region may be overwritten, under whatever name. */
    private void checkTargets() throws IOException, CommandFailure {
        if (target.equals(map)) {
            throw new CommandFailure(ExitCode.USAGE, "OUT and MAP are the same file, " + map);
        }
        for (final Path written : List.of(target, map)) {
            if (!Files.exists(written)) {
                if (resume) {
                    throw new CommandFailure(ExitCode.NOT_A_REGION, written + ": no such file to go on with");
                }
                continue;
            }
            if (!Files.isRegularFile(written)) {
                throw new CommandFailure(ExitCode.USAGE, written + ": not a regular file; a copy goes to a new one");
            }
            for (final String suffix : List.of("", ".cordon", ".simulated", ".scrub")) {
                final Path own = file().resolveSibling(file().getFileName() + suffix);
                if (Files.exists(own) && Files.isSameFile(own, written)) {
                    throw new CommandFailure(ExitCode.USAGE, written + ": belongs to the region itself");
                }
            }
            if (!resume && !force) {
                throw new FileAlreadyExistsException(written.toString(), null,
                    "exists already; give --resume to go on, or --force to overwrite it");
            }
        }
    }

    private FileChannel openTarget(final long size) throws IOException {
        if (!resume) {
            Files.deleteIfExists(map);
        }
        final FileChannel out = resume ? FileChannel.open(target, StandardOpenOption.WRITE)
            : FileChannel.open(target, StandardOpenOption.WRITE, StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING);
        try {
            if (out.size() < size) {
                // A hole up to the last byte.
                out.write(ByteBuffer.allocate(1), size - 1);
            }
        } catch (final Throwable failure) {
            out.close();
            throw failure;
        }
        return out;
    }

    private void copy(final Region region, final FileChannel out, final Mapfile done)
        throws IOException, CommandFailure {
        try (Progress progress = new Progress(console(), "salvage", region.size()); Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(PIECE_LENGTH, Libc.pageSize());
            progress.update(done.bytes(Mapfile.COPIED), "");
            long saved = System.nanoTime();
            for (final ByteRange range : done.rest()) {
                for (long at = range.offset(); at < range.end(); at = nextPiece(at, range)) {
                    checkInterrupted();
                    copyPiece(region, at, buffer.asSlice(0, nextPiece(at, range) - at), out, done);
                    final long bad = done.bytes(Mapfile.BAD);
                    progress.update(done.bytes(Mapfile.COPIED) + bad,
                        bad == 0 ? "" : Sizes.bytes(bad) + " missing");
                    if (System.nanoTime() - saved > SAVE_NANOS) {
                        save(out, done);
                        saved = System.nanoTime();
                    }
                }
            }
        } finally {
            // Also if it is interrupted, or the device went away: what was copied is copied.
            save(out, done);
        }
    }

    private static long nextPiece(final long offset, final ByteRange range) {
        return Math.min(range.end(), (offset / PIECE_LENGTH + 1) * PIECE_LENGTH);
    }

    private static void copyPiece(final Region region, final long offset, final MemorySegment buffer,
        final FileChannel out, final Mapfile done) throws IOException {
        List<ByteRange> readable = List.of(new ByteRange(offset, buffer.byteSize()));
        List<ByteRange> holes = List.of();
        try {
            region.get(offset, buffer, 0, buffer.byteSize());
        } catch (PoisonException _) {
            final RecoveryResult result = region.recovery().salvage(offset, buffer);
            readable = result.kept();
            holes = result.zeroFilled();
        }
        for (final ByteRange range : readable) {
            write(out, range.offset(), buffer.asSlice(range.offset() - offset, range.length()));
            done.set(range.offset(), range.length(), Mapfile.COPIED);
        }
        holes.forEach(range -> done.set(range.offset(), range.length(), Mapfile.BAD));
    }

    /** Zeroes are what OUT has there already, and would take space. */
    private static void write(final FileChannel out, final long offset, final MemorySegment bytes) throws IOException {
        final byte zero = bytes.get(ValueLayout.JAVA_BYTE, 0);
        if (zero == 0 && (bytes.byteSize() == 1
            || bytes.asSlice(1).mismatch(bytes.asSlice(0, bytes.byteSize() - 1)) < 0)) {
            return;
        }
        final ByteBuffer source = bytes.asByteBuffer();
        while (source.hasRemaining()) {
            out.write(source, offset + source.position());
        }
    }

    /** The map says nothing that OUT does not durably hold. */
    private void save(final FileChannel out, final Mapfile done) throws IOException {
        out.force(false);
        done.write(map, "cordon salvage " + file() + " " + target, started);
    }

    private Map<String, Object> json(final Region region, final Mapfile done, final List<ByteRange> holes) {
        final Map<String, Object> object = new LinkedHashMap<>();
        object.put("file", file().toString());
        object.put("size", region.size());
        object.put("media", region.media().toString());
        object.put("out", target.toString());
        object.put("map", map.toString());
        object.put("copiedBytes", done.bytes(Mapfile.COPIED));
        object.put("missingBytes", sum(holes));
        object.put("holes", Json.ranges(holes));
        return object;
    }

    private void print(final Region region, final Mapfile done, final List<ByteRange> holes) {
        final Style style = console().style();
        final Table table = new Table(" OFFSET", " END", " BYTES", "");
        holes.forEach(hole -> table.add(
            Sizes.hex(hole.offset()), Sizes.hex(hole.end()), Sizes.bytes(hole.length()), "missing"));
        if (!holes.isEmpty()) {
            table.print(out(), style);
        }
        out().println((holes.isEmpty() ? style.paint(Style.Look.GREEN, "whole") : style.paint(Style.Look.RED,
            Sizes.bytes(sum(holes)) + " missing")) + ": " + Sizes.bytes(done.bytes(Mapfile.COPIED)) + " of "
            + Sizes.bytes(region.size()) + " copied to " + target + ", the map is " + map);
    }
}
