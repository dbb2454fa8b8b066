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
import io.cordon.event.LoggedEvent;
import io.cordon.poison.Lines;
import io.cordon.scrub.ScrubRecord;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a region is. */
@Command(name = "status", header = "how a region is, with a picture of the damage",
    description = {
        "Says what is written down of the region: its medium, who has it open, which lines are refused, its mirror,"
            + " the last scrub. Nothing of the region itself is read, so latent poison is not found: see verify.",
        "",
        "Works beside the process that has the region open; what that process knows and has not written down yet,"
            + " which is a matter of milliseconds, is missing.",
        "",
        "In the picture each cell is a part of the region, and the symbol says how many of its lines are refused. A"
            + " cell with a single bad line never looks clean."},
    footer = {
        "  cordon status orders.dat",
        "  cordon status --mirror /mnt/b/orders.dat /mnt/a/orders.dat",
        "  cordon status --json orders.dat | jq .refusedLines"})
final class StatusCommand extends RegionCommand {
    @Option(names = "--mirror", paramLabel = "MIRROR", description = "Look at this mirror of the region, too.")
    private Path mirror;

    @Override
    ExitCode run() throws IOException {
        try (Inspection inspection = inspect()) {
            final Optional<String> unfitness = mirrorUnfitness(inspection);
            if (isJson()) {
                answer(json(inspection, unfitness));
            } else {
                print(inspection, unfitness);
            }
            final ExitCode code = DamageReport.code(inspection.damage(), inspection);
            return unfitness.isPresent() ? ExitCode.DAMAGE : code;
        }
    }

    private Optional<String> mirrorUnfitness(final Inspection inspection) throws IOException {
        if (mirror == null) {
            return Optional.empty();
        }
        try (Inspection other = inspect(mirror)) {
            return inspection.unfitness(other);
        }
    }

    private static String health(final Inspection inspection, final List<Inspection.Damage> damage) {
        return !damage.isEmpty() ? "damaged" : inspection.unknown().isPresent() ? "unknown" : "clean";
    }

    private Map<String, Object> json(final Inspection inspection, final Optional<String> unfitness)
        throws IOException {
        final List<Inspection.Damage> damage = inspection.damage();
        final Map<String, Object> object = DamageReport.head(inspection);
        object.put("created", inspection.sidecar().created());
        object.put("owners", inspection.owners().stream().map(Owners::json).toList());
        object.put("health", health(inspection, damage));
        object.put("refusedLines", DamageReport.lines(damage));
        for (final Inspection.State state : Inspection.State.values()) {
            object.put(DamageReport.name(state) + "Lines", DamageReport.lines(damage, state));
        }
        object.put("latentLines", sum(inspection.latent()) >>> Lines.SHIFT);
        object.put("unknown", inspection.unknown());
        object.put("mirror", mirrorJson(inspection, unfitness));
        object.put("scrub", scrubJson(inspection.scrub()));
        object.put("events", inspection.sidecar().events().size());
        return object;
    }

    private Map<String, Object> mirrorJson(final Inspection inspection, final Optional<String> unfitness) {
        if (mirror == null && inspection.sidecar().generation() == 0) {
            return null;
        }
        final Map<String, Object> object = new LinkedHashMap<>();
        object.put("generation", inspection.sidecar().generation());
        object.put("file", mirror == null ? null : mirror.toString());
        object.put("fit", mirror == null ? null : unfitness.isEmpty());
        object.put("unfitness", unfitness);
        return object;
    }

    private static Map<String, Object> scrubJson(final ScrubRecord scrub) {
        final Map<String, Object> object = new LinkedHashMap<>();
        object.put("lastPass", scrub.lastPass());
        object.put("lastEnded", scrub.lastEnded());
        object.put("pass", scrub.pass());
        object.put("started", scrub.started());
        object.put("position", scrub.position());
        object.put("foundLines", scrub.foundLines());
        return object;
    }

    private void print(final Inspection inspection, final Optional<String> unfitness) throws IOException {
        final Style style = console().style();
        final List<Inspection.Damage> damage = inspection.damage();
        field("region", file() + ", " + Sizes.bytes(inspection.size()) + ", id " + inspection.sidecar().id());
        field("medium", inspection.media().toString());
        final List<Inspection.Owner> owners = inspection.owners();
        field("open in", owners.isEmpty() ? "no process" : String.join(", ", owners.stream().map(owner ->
            Owners.name(owner) + (owner.readOnly() ? ", for reading alone" : "")).toList()));
        final String health = health(inspection, damage);
        field("health", damage.isEmpty()
            ? style.paint(health.equals("clean") ? Style.Look.GREEN : Style.Look.YELLOW, health)
            : style.paint(Style.Look.RED, health) + ": " + Sizes.count(DamageReport.lines(damage), "line")
                + " refused (" + DamageReport.byState(damage) + ") in " + Sizes.count(damage.size(), "place"));
        inspection.unknown().ifPresent(reason -> field("unknown", reason));
        if (!inspection.latent().isEmpty()) {
            field("latent", Sizes.count(sum(inspection.latent()) >>> Lines.SHIFT, "line")
                + " that nobody has found yet, as only a simulated medium can know");
        }
        field("mirror", mirrorText(inspection, unfitness));
        field("scrub", scrubText(inspection));
        final List<LoggedEvent> events = inspection.sidecar().events();
        field("events", events.isEmpty() ? "none" : events.size() + " in the log, the last at "
            + time(events.getLast().event().time()) + ": " + EventsCommand.what(events.getLast().event()));
        out().println();
        new DamageMap(inspection.size(), damage, inspection.latent(), style, console().columns()).lines()
            .forEach(out()::println);
    }

    private void field(final String name, final String text) {
        out().println(console().style().paint(Style.Look.BOLD, String.format("%-8s", name)) + "  " + text);
    }

    private String mirrorText(final Inspection inspection, final Optional<String> unfitness) {
        final long generation = inspection.sidecar().generation();
        if (mirror != null) {
            return mirror + ", " + unfitness.map(reason -> "which cannot be used: " + reason).orElse("in step");
        }
        return generation == 0 ? "none" : "there is or was one (generation " + generation + "); --mirror looks at it";
    }

    private static String scrubText(final Inspection inspection) {
        final ScrubRecord scrub = inspection.scrub();
        final String last = scrub.lastEnded().map(ended -> "pass " + scrub.lastPass() + " ended at " + time(ended))
            .orElse("no pass has ended yet");
        return scrub.started().map(started -> last + "; pass " + scrub.pass() + " since " + time(started) + ", "
            + scrub.position() * 100 / inspection.size() + "% covered, " + Sizes.count(scrub.foundLines(), "line")
            + " found").orElse(last);
    }

    static String time(final Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
