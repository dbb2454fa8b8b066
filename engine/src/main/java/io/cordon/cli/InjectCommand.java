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
import io.cordon.media.KernelPoison;
import io.cordon.media.Media;
import io.cordon.media.SimulatedMedia;
import io.cordon.media.StackedMedia;
import io.cordon.poison.ByteRange;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes lines bad, for drills. */
@Command(name = "inject", header = "make lines of a region bad, for a drill",
    description = {
        "Poisons all lines that RANGE touches. Their content is destroyed.",
        "",
        "By default the medium becomes a simulated one, kept in FILE.simulated: whoever opens the region with"
            + " Media.simulated() next, these commands included, runs into real SIGBUS signals there. The region must"
            + " not be open in another process.",
        "",
        "With --kernel the sectors go to the list of bad blocks of the persistent memory that the file lies on; it"
            + " takes root and a file system with DAX. The process that has the region open meets them at once, which"
            + " is the drill. The content comes back to nobody.",
        "",
        "RANGE is as for recover."},
    footer = {
        "  cordon inject --yes orders.dat 0x1000+128 && cordon verify orders.dat",
        "  cordon inject --listed orders.dat 64k-68k",
        "  sudo cordon inject --kernel /mnt/pmem/orders.dat 0x1000+512"})
final class InjectCommand extends RegionCommand {
    @Parameters(index = "1", paramLabel = "RANGE", description = "Which lines; see recover.")
    private RangeArgument range;

    @Option(names = "--listed", description = "The simulated medium lists them: they are known before anybody looks.")
    private boolean listed;

    @Option(names = "--kernel", description = "Real persistent memory, through the kernel's list of bad blocks.")
    private boolean kernel;

    @Option(names = {"-y", "--yes"}, description = "Do not ask.")
    private boolean yes;

    @Override
    ExitCode run() throws IOException, CommandFailure {
        if (kernel && listed) {
            throw new CommandFailure(ExitCode.USAGE, "--kernel and --listed do not go together: the kernel lists all");
        }
        final ByteRange bounds;
        final Media media;
        try (Inspection inspection = inspect()) {
            media = inspection.media();
            bounds = lines(range.in(inspection.size()));
            if (!kernel) {
                checkFree(inspection, false);
            }
        }
        console().confirm("The content of all lines in " + bounds + " of " + file() + " is about to be destroyed"
            + (kernel || media instanceof SimulatedMedia ? "." : ", and its medium becomes a simulated one."), yes);
        final List<ByteRange> poisoned;
        if (media instanceof final StackedMedia stack) {
            for (final StackedMedia.Place place : stack.locate(bounds.offset(), bounds.length())) {
                poison(place.leg().path(), place.range());
            }
            poisoned = List.of(bounds);
        } else {
            poisoned = poison(file(), bounds);
        }
        if (isJson()) {
            final Map<String, Object> object = new LinkedHashMap<>();
            object.put("file", file().toString());
            object.put("media", kernel ? "dax" : "simulated");
            object.put("poisoned", Json.ranges(poisoned));
            answer(object);
        } else {
            poisoned.forEach(part -> out().println("poisoned: " + part));
        }
        return ExitCode.CLEAN;
    }

    private List<ByteRange> poison(final Path part, final ByteRange bounds) throws IOException {
        if (kernel) {
            return KernelPoison.inject(part, bounds.offset(), bounds.length());
        }
        SimulatedMedia.poison(part, bounds.offset(), bounds.length(), listed);
        return List.of(bounds);
    }
}
