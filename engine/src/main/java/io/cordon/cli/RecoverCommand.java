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
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;
import io.cordon.poison.PoisonException;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes refused lines readable again. */
@Command(name = "recover", header = "give refused lines new content",
    description = {
        "Looks at all lines that RANGE touches, and gives those that are refused new content: zeroes, what a backup has"
            + " at the same offsets, or what the mirror has. Lines that can be read are never written.",
        "",
        "After that nothing remembers that the old content was lost: the service takes zeroes, or the backup's older"
            + " data, for what it stored. So you are asked before, unless --yes is given.",
        "",
        "RANGE is OFFSET+LENGTH, OFFSET-END with the first byte that is not in it, OFFSET for the line that holds the"
            + " byte, or all. Numbers are decimal, or 0x and hexadecimal, with k, M, G or T for powers of 1024.",
        "",
        "Ctrl-C leaves each line either as it was or recovered. The region must not be open in another process."},
    footer = {
        "  cordon recover --from /backup/orders.dat orders.dat all",
        "  cordon recover --zero orders.dat 0x1f40+64",
        "  cordon recover --repair --mirror /mnt/b/orders.dat /mnt/a/orders.dat 1M-2M"})
final class RecoverCommand extends RegionCommand {
    @ArgGroup(exclusive = true, multiplicity = "1")
    private Source source;

    @Parameters(index = "1", paramLabel = "RANGE", description = "Which lines; see above.")
    private RangeArgument range;

    @Option(names = {"-y", "--yes"}, description = "Do not ask.")
    private boolean yes;

    @Mixin
    private MirrorOptions mirror;

    /** Where new content comes from. */
    static final class Source {
        @Option(names = "--zero", required = true, description = "Zeroes: you say that they are right.")
        private boolean zero;

        @Option(names = "--from", required = true, paramLabel = "BACKUP",
            description = "A copy of the region's content: byte i of it is byte i of the region. What it does not"
                + " reach stays refused. So does what is missing in it, if there is a BACKUP.map as salvage writes it.")
        private Path backup;

        @Option(names = "--repair", required = true, description = "The mirror; see --mirror.")
        private boolean repair;

        /** The lines that the backup has; all of them if there is no map. */
        private List<ByteRange> content(final long size) throws IOException, CommandFailure {
            final Path map = backup.resolveSibling(backup.getFileName() + SalvageCommand.MAP_SUFFIX);
            if (!Files.exists(map)) {
                return List.of(new ByteRange(0, size));
            }
            final List<ByteRange> whole = new ArrayList<>();
            for (final ByteRange copied : Mapfile.read(map, size).ranges(Mapfile.COPIED)) {
                final long first = copied.offset() + Lines.LENGTH - 1 & -Lines.LENGTH;
                final long end = copied.end() & -Lines.LENGTH;
                if (first < end) {
                    whole.add(new ByteRange(first, end - first));
                }
            }
            return whole;
        }

        private String what(final String lines) {
            return zero ? lines + " will be set to zero, and count as data from then on."
                : lines + " will get the content that " + backup + " has there, and count as data from then on.";
        }
    }

    @Override
    ExitCode run() throws IOException, CommandFailure {
        if (source.repair && !mirror.hasMirror()) {
            throw new CommandFailure(ExitCode.USAGE, "--repair needs --mirror");
        }
        try (FileChannel backup = openBackup()) {
            return run(backup);
        }
    }

    private ExitCode run(final FileChannel backup) throws IOException, CommandFailure {
        final ByteRange bounds;
        final Region.Builder builder;
        try (Inspection inspection = inspect()) {
            bounds = lines(range.in(inspection.size()));
            checkFree(inspection, false);
            mirror.check(inspection);
            if (source.backup != null) {
                source.content(inspection.size());
            }
            builder = mirror.apply(builder(inspection));
            if (!source.repair) {
                final long known = sum(within(
                    inspection.damage().stream().map(Inspection.Damage::range).toList(), bounds)) >>> Lines.SHIFT;
                console().confirm(source.what(Sizes.count(known, "line") + " known to be refused, and those found bad,"
                    + " in " + bounds), yes);
            }
        }
        try (Region region = builder.open()) {
            look(region, bounds);
            final List<ByteRange> before = within(region.poison().ranges(), bounds);
            if (source.backup == null) {
                recover(region, before, null);
            } else {
                for (final ByteRange content : source.content(region.size())) {
                    recover(region, within(before, content), backup);
                }
            }
            final List<ByteRange> left = within(region.poison().ranges(), bounds);
            if (isJson()) {
                answer(json(region, before, left));
            } else {
                print(before, left);
            }
            return left.isEmpty() ? ExitCode.CLEAN : ExitCode.DAMAGE;
        }
    }

    private FileChannel openBackup() throws IOException, CommandFailure {
        if (source.backup == null) {
            return null;
        }
        if (!Files.exists(source.backup)) {
            throw new NoSuchFileException(source.backup.toString());
        }
        if (!Files.isRegularFile(source.backup) || Files.exists(file()) && Files.isSameFile(source.backup, file())) {
            throw new CommandFailure(ExitCode.USAGE, source.backup + ": not a copy of the region in a file of its own");
        }
        return FileChannel.open(source.backup);
    }

    /** So that what is latent is found, and recovered as far as it can be. */
    private void look(final Region region, final ByteRange bounds) throws CommandFailure {
        try (Progress progress = new Progress(console(), "look", bounds.length())) {
            for (long at = bounds.offset(); at < bounds.end(); at += PIECE_LENGTH) {
                checkInterrupted();
                progress.update(at - bounds.offset(), "");
                try {
                    region.verify(at, Math.min(PIECE_LENGTH, bounds.end() - at));
                } catch (PoisonException _) {
                    // It is among the ranges from now on.
                    continue;
                }
            }
        }
    }

    private void recover(final Region region, final List<ByteRange> ranges, final FileChannel backup)
        throws IOException, CommandFailure {
        long done = 0;
        try (Progress progress = new Progress(console(), "recover", Math.max(1, sum(ranges)))) {
            for (final ByteRange lines : ranges) {
                for (long at = lines.offset(); at < lines.end(); at += PIECE_LENGTH) {
                    checkInterrupted();
                    final long length = Math.min(PIECE_LENGTH, lines.end() - at);
                    recover(region, at, length, backup);
                    done += length;
                    progress.update(done, "");
                }
            }
        }
    }

    private void recover(final Region region, final long offset, final long length, final FileChannel backup)
        throws IOException {
        if (source.zero) {
            region.recovery().zero(offset, length);
        } else if (source.repair) {
            region.recovery().repair(offset, length);
        } else {
            final ByteBuffer content = ByteBuffer.allocate((int) length);
            int count = 0;
            while (content.hasRemaining() && count >= 0) {
                count = backup.read(content, offset + content.position());
            }
            // Of a line that the backup ends in, there is no whole content.
            final byte[] whole = new byte[content.position() & -Lines.LENGTH];
            content.get(0, whole);
            if (whole.length > 0) {
                region.recovery().write(offset, whole);
            }
        }
    }

    private Map<String, Object> json(final Region region, final List<ByteRange> before, final List<ByteRange> left) {
        final Map<String, Object> object = new LinkedHashMap<>();
        object.put("file", file().toString());
        object.put("size", region.size());
        object.put("media", region.media().toString());
        object.put("recoveredLines", sum(before) - sum(left) >>> Lines.SHIFT);
        object.put("refusedLines", sum(left) >>> Lines.SHIFT);
        object.put("recovered", Json.ranges(recovered(before, left)));
        object.put("refused", Json.ranges(left));
        return object;
    }

    /** What of some ranges is not in others, which are parts of them. */
    private static List<ByteRange> recovered(final List<ByteRange> before, final List<ByteRange> left) {
        final List<ByteRange> recovered = new ArrayList<>();
        for (final ByteRange range : before) {
            long position = range.offset();
            for (final ByteRange hole : within(left, range)) {
                if (hole.offset() > position) {
                    ByteRange.append(recovered, position, hole.offset() - position);
                }
                position = hole.end();
            }
            if (position < range.end()) {
                ByteRange.append(recovered, position, range.end() - position);
            }
        }
        return recovered;
    }

    private void print(final List<ByteRange> before, final List<ByteRange> left) {
        final Style style = console().style();
        recovered(before, left).forEach(done -> out().println("  recovered: " + done));
        left.forEach(rest -> out().println("  still refused: " + rest));
        out().println(before.isEmpty() ? "nothing to recover: no line is refused there"
            : left.isEmpty() ? style.paint(Style.Look.GREEN, Sizes.count(sum(before) >>> Lines.SHIFT, "line")
                + " recovered")
            : style.paint(Style.Look.RED, Sizes.count(sum(left) >>> Lines.SHIFT, "line") + " still refused"));
    }
}
