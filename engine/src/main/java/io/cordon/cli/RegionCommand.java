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
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;

import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** What all commands have that are about a region. */
abstract class RegionCommand implements Callable<Integer> {
    /** How much is worked on between two looks at an interruption. */
    static final int PIECE_LENGTH = 1 << 20;

    @ParentCommand
    private CordonCommand cordon;

    @Parameters(index = "0", paramLabel = "FILE", description = "The region's file.")
    private Path file;

    @Option(names = "--media", paramLabel = "KIND",
        description = "What the region lies on: ${COMPLETION-CANDIDATES}. By default a simulated medium if there is a"
            + " FILE.simulated, else what the file system offers.")
    private MediaKind media;

    @Option(names = "--json", description = "Answer in JSON, for scripts.")
    private boolean json;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help, and do nothing else.")
    private boolean help;

    /** The media that can be asked for. */
    enum MediaKind {
        FILE, DAX, SIMULATED;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public final Integer call() throws Exception {
        return run().number();
    }

    abstract ExitCode run() throws Exception;

    final Console console() {
        return cordon.console();
    }

    final PrintStream out() {
        return cordon.console().out();
    }

    final Path file() {
        return file;
    }

    final boolean isJson() {
        return json;
    }

    final void answer(final Object object) {
        out().println(Json.write(object));
    }

    final void checkInterrupted() throws CommandFailure {
        console().interruption().check();
    }

    /** A look at the region, which changes nothing; also how it is found out that the file is one. */
    final Inspection inspect() throws IOException {
        return inspect(file);
    }

    final Inspection inspect(final Path region) throws IOException {
        return Inspection.of(region, media == null || !region.equals(file) ? null : switch (media) {
            case FILE -> Media.file();
            case DAX -> Media.dax();
            case SIMULATED -> Media.simulated();
        });
    }

    /**
     * Refuses what somebody else has open.
     *
     * @param forReading whether it is no matter if others read.
     */
    final void checkFree(final Inspection inspection, final boolean forReading) throws CommandFailure, IOException {
        final List<Inspection.Owner> owners = inspection.owners();
        if (!owners.isEmpty() && !(forReading && owners.stream().allMatch(Inspection.Owner::readOnly))) {
            throw new CommandFailure(ExitCode.BUSY, file + ": " + Owners.name(owners.getFirst())
                + " has the region open; this needs it closed");
        }
    }

    /**
     * How to open the region that was inspected, when the inspection is closed; space is never reserved for what its
     * service left out.
     */
    final Region.Builder builder(final Inspection inspection) {
        return Region.builder(file).sparse(true)
            .media(inspection.media() instanceof SimulatedMedia ? Media.simulated() : inspection.media());
    }

    /** All of the lines that a range touches. */
    static ByteRange lines(final ByteRange range) {
        final long first = range.offset() & -Lines.LENGTH;
        return new ByteRange(first, (range.end() + Lines.LENGTH - 1 & -Lines.LENGTH) - first);
    }

    /** The parts of ranges that lie within another one. */
    static List<ByteRange> within(final List<ByteRange> ranges, final ByteRange bounds) {
        return ranges.stream().filter(range -> range.offset() < bounds.end() && range.end() > bounds.offset())
            .map(range -> {
                final long first = Math.max(range.offset(), bounds.offset());
                return new ByteRange(first, Math.min(range.end(), bounds.end()) - first);
            }).toList();
    }

    static long sum(final List<ByteRange> ranges) {
        return ranges.stream().mapToLong(ByteRange::length).sum();
    }
}
