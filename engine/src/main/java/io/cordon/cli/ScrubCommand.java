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
import io.cordon.event.MediaEvent;
import io.cordon.poison.ByteRange;
import io.cordon.poison.Lines;
import io.cordon.scrub.ScrubOptions;
import io.cordon.scrub.ScrubPass;
import io.cordon.scrub.ScrubProgress;
import io.cordon.scrub.Scrubber;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One pass of the patrol. */
@Command(name = "scrub", header = "read all of a region, and recover what is bad",
    description = {
        "Does a pass of the patrol over the region, as fast as the medium reads: what cannot be read is recovered."
            + " Readable lines of a bad page are saved, its poison is cleared, and lines whose content is gone are"
            + " remembered as lost, unless a mirror has them. Recoveries that were cut short are finished first.",
        "",
        "Ctrl-C ends the pass in order; the next scrub goes on there.",
        "",
        "The region must not be open in another process: a service has its own patrol, region.scrubber()."},
    footer = {
        "  cordon scrub orders.dat",
        "  cordon scrub --rate 100M --mirror /mnt/b/orders.dat /mnt/a/orders.dat"})
final class ScrubCommand extends RegionCommand {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    /** A pass that goes on is a regular one; nothing follows it while we look. */
    private static final Duration REST = Duration.ofDays(365);

    @Option(names = "--rate", paramLabel = "BYTES", converter = SizeConverter.class,
        description = "Read so many bytes a second at most; k, M, G and T are powers of 1024.")
    private Long rate;

    @Option(names = "--restart", description = "Begin a new pass, though an earlier one has not ended.")
    private boolean restart;

    @Mixin
    private MirrorOptions mirror;

    @Override
    ExitCode run() throws IOException, CommandFailure {
        final boolean resumes;
        final Region.Builder builder;
        try (Inspection inspection = inspect()) {
            checkFree(inspection, false);
            mirror.check(inspection);
            resumes = !restart && inspection.scrub().pass() != 0;
            builder = mirror.apply(builder(inspection));
        }
        try (Region region = builder.open()) {
            final ScrubPass pass = scrub(region, resumes);
            final List<ByteRange> refused = region.poison().ranges();
            if (isJson()) {
                answer(json(pass, refused, region));
            } else {
                print(pass, refused, region);
            }
            if (pass.failure().isPresent()) {
                throw pass.failure().get();
            }
            return region.poison().isClean() && pass.found().isEmpty() && pass.mirrorFound().isEmpty()
                && pass.disagreements().isEmpty() ? ExitCode.CLEAN : ExitCode.DAMAGE;
        }
    }

    private ScrubPass scrub(final Region region, final boolean resumes) throws IOException, CommandFailure {
        final Scrubber scrubber = region.scrubber();
        final ScrubOptions options = rate == null ? ScrubOptions.FULL_SPEED
            : ScrubOptions.FULL_SPEED.withBytesPerSecond(rate);
        try (Progress progress = new Progress(console(), "scrub", region.size())) {
            if (resumes) {
                scrubber.start(options.withInterval(REST));
            } else {
                scrubber.passNow(options);
            }
            while (scrubber.progress().last().isEmpty()) {
                if (console().interruption().isRaised()) {
                    scrubber.stop();
                    throw new CommandFailure(ExitCode.INTERRUPTED, "interrupted at "
                        + Sizes.bytes(scrubber.progress().position()) + " of " + Sizes.bytes(region.size())
                        + "; the next scrub goes on there");
                }
                if (isOffline(region)) {
                    throw new CommandFailure(ExitCode.MEDIUM, file() + ": the device is offline; the next scrub goes on"
                        + " at " + Sizes.bytes(scrubber.progress().position()));
                }
                update(progress, scrubber.progress());
                LockSupport.parkNanos(LOOK_NANOS);
            }
            update(progress, scrubber.progress());
            scrubber.stop();
        }
        return scrubber.progress().last().orElseThrow();
    }

    /** The patrol would wait for it to come back. A listener would take events that are meant for the service. */
    private static boolean isOffline(final Region region) {
        return region.mediaEvents().stream().map(entry -> entry.event())
            .filter(event -> !event.redelivered() && (event.kind() == MediaEvent.Kind.OFFLINE
                || event.kind() == MediaEvent.Kind.ONLINE))
            .reduce((_, later) -> later).filter(event -> event.kind() == MediaEvent.Kind.OFFLINE
                && !region.isReadable(0, 1)).isPresent();
    }

    private static void update(final Progress progress, final ScrubProgress now) {
        if (now.pass() != 0) {
            progress.update(now.position(), now.foundLines() == 0 ? "" : Sizes.count(now.foundLines(), "line")
                + " found");
        }
    }

    private Map<String, Object> json(final ScrubPass pass, final List<ByteRange> refused, final Region region) {
        final Map<String, Object> object = new LinkedHashMap<>();
        object.put("file", file().toString());
        object.put("size", region.size());
        object.put("media", region.media().toString());
        object.put("pass", pass.number());
        object.put("started", pass.started());
        object.put("ended", pass.ended());
        object.put("readBytes", pass.readBytes());
        object.put("unreadBytes", pass.unreadBytes());
        object.put("foundLines", pass.foundLines());
        object.put("found", Json.ranges(pass.found()));
        object.put("mirrorFound", Json.ranges(pass.mirrorFound()));
        object.put("disagreements", Json.ranges(pass.disagreements()));
        object.put("unjudgedBytes", pass.unjudgedBytes());
        object.put("unknown", region.poison().unknown());
        object.put("failure", pass.failure().map(Failures::line));
        object.put("refused", Json.ranges(refused));
        return object;
    }

    private void print(final ScrubPass pass, final List<ByteRange> refused, final Region region) {
        final Style style = console().style();
        final double seconds = Math.max(1, Duration.between(pass.started(), pass.ended()).toMillis()) / 1000.0;
        out().println("pass " + pass.number() + " ended: " + Sizes.bytes(pass.readBytes()) + " read in "
            + Sizes.seconds(seconds) + ", " + Sizes.count(pass.foundLines(), "latent line") + " found"
            + (pass.unreadBytes() == 0 ? "" : ", " + Sizes.bytes(pass.unreadBytes()) + " left alone"));
        ranges("found", pass.found());
        ranges("found in the mirror", pass.mirrorFound());
        ranges("differs from the mirror", pass.disagreements());
        final long lines = sum(refused) >>> Lines.SHIFT;
        out().println(lines == 0 ? style.paint(Style.Look.GREEN, "no line is refused")
            : style.paint(Style.Look.RED, Sizes.count(lines, "line") + " refused") + "; see list and recover");
        region.poison().unknown().ifPresent(reason -> console().note("there may be more: " + reason));
    }

    private void ranges(final String what, final List<ByteRange> ranges) {
        ranges.forEach(range -> out().println("  " + what + ": " + range));
    }
}
