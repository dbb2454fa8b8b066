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
import io.cordon.event.MediaEvent;
import io.cordon.poison.ByteRange;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The media event log. */
@Command(name = "events", header = "what has happened to the medium",
    description = {
        "Prints the region's log of media events, which outlives the process: when, what, how it was found, where, and"
            + " whether a listener of the service claimed it. Some hundred are kept; the oldest are forgotten first."
            + " Works beside the process that has the region open.",
        "",
        "An event that stands for several has the numbers of all of them."},
    footer = {
        "  cordon events --last 20 orders.dat",
        "  cordon events --json orders.dat | jq '.events[] | select(.kind == \"failure\")'"})
final class EventsCommand extends RegionCommand {
    private static final int SHOWN_RANGES = 3;

    @Option(names = "--last", paramLabel = "N", description = "Only the last N events.")
    private Integer last;

    @Override
    ExitCode run() throws IOException, CommandFailure {
        if (last != null && last < 0) {
            throw new CommandFailure(ExitCode.USAGE, "--last " + last + " is negative");
        }
        try (Inspection inspection = inspect()) {
            final List<LoggedEvent> all = inspection.sidecar().events();
            final List<LoggedEvent> events =
                last == null ? all : all.subList(Math.max(0, all.size() - last), all.size());
            if (isJson()) {
                final Map<String, Object> object = DamageReport.head(inspection);
                object.put("events", events.stream().map(EventsCommand::json).toList());
                answer(object);
            } else if (!events.isEmpty()) {
                final Table table = new Table(" NUMBER", "TIME", "EVENT", "FOUND BY", "OUTCOME", "WHERE");
                events.forEach(entry -> table.add(number(entry.event()), StatusCommand.time(entry.event().time()),
                    lower(entry.event().kind()), source(entry.event()), lower(entry.outcome()),
                    where(entry.event().ranges())));
                table.print(out(), console().style());
            }
            return ExitCode.CLEAN;
        }
    }

    private static String lower(final Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String source(final MediaEvent event) {
        return lower(event.source()).replace('_', '-');
    }

    private static String number(final MediaEvent event) {
        return event.firstSequence() == event.sequence() ? Long.toString(event.sequence())
            : event.firstSequence() + "-" + event.sequence();
    }

    private static String where(final List<ByteRange> ranges) {
        final String first = ranges.stream().limit(SHOWN_RANGES)
            .map(range -> Sizes.hex(range.offset()) + "+" + Sizes.hex(range.length()))
            .collect(Collectors.joining(" "));
        return ranges.size() > SHOWN_RANGES ? first + " and " + (ranges.size() - SHOWN_RANGES) + " more" : first;
    }

    /** An event in a few words. */
    static String what(final MediaEvent event) {
        return lower(event.kind()) + " of " + where(event.ranges()) + ", by " + source(event);
    }

    private static Map<String, Object> json(final LoggedEvent entry) {
        final MediaEvent event = entry.event();
        final Map<String, Object> object = new LinkedHashMap<>();
        object.put("first", event.firstSequence());
        object.put("number", event.sequence());
        object.put("time", event.time());
        object.put("kind", lower(event.kind()));
        object.put("source", source(event));
        object.put("outcome", lower(entry.outcome()));
        object.put("ranges", Json.ranges(event.ranges()));
        return object;
    }
}
