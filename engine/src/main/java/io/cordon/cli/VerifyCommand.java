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
import io.cordon.linux.Libc;
import io.cordon.media.PatrolRead;
import io.cordon.poison.ByteRange;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Reads all and changes nothing. */
@Command(name = "verify", header = "read all of a region, and say what is bad",
    description = {
        "Reads the medium under all of the region, past every cache, and lists what cannot be read besides what is"
            + " refused already. Nothing is recovered or changed; scrub does that.",
        "",
        "Works beside the process that has the region open. Pages that memory has newer than the medium are then left"
            + " alone, and counted: what the medium has there is about to be overwritten.",
        "",
        "The states are those of list, and latent: bad, and nobody knew."},
    footer = {
        "  cordon verify orders.dat",
        "  cordon verify --rate 50M orders.dat     beside a service, not to get in its way"})
final class VerifyCommand extends RegionCommand {
    private static final String LATENT = "latent";

    @Option(names = "--rate", paramLabel = "BYTES", converter = SizeConverter.class,
        description = "Read so many bytes a second at most; k, M, G and T are powers of 1024.")
    private Long rate;

    @Override
    ExitCode run() throws IOException, CommandFailure {
        try (Inspection inspection = inspect()) {
            final boolean owned = !inspection.owners().isEmpty();
            if (!owned) {
                writeBack(inspection);
            }
            final List<ByteRange> bad = new ArrayList<>();
            final List<ByteRange> unread = new ArrayList<>();
            final double bytesPerSecond = read(inspection, bad, unread);
            final List<Inspection.Damage> damage = inspection.damage();
            final List<ByteRange> latent = subtract(bad, damage);
            if (isJson()) {
                final Map<String, Object> object = DamageReport.head(inspection);
                object.put("readBytes", inspection.size() - sum(unread));
                object.put("unreadBytes", sum(unread));
                object.put("badBytes", sum(bad));
                object.put("latentBytes", sum(latent));
                object.put("unknown", inspection.unknown());
                object.put("ranges", rows(damage, latent));
                answer(object);
            } else {
                print(inspection, damage, latent, unread, bytesPerSecond);
            }
            return latent.isEmpty() ? DamageReport.code(damage, inspection) : ExitCode.DAMAGE;
        }
    }

    /** Else what was stored a moment ago would be left alone. If it fails, that is how it is then. */
    private void writeBack(final Inspection inspection) {
        try {
            inspection.writeBack();
        } catch (final IOException failure) {
            console().note("warning: " + Failures.line(failure));
        }
    }

    private double read(final Inspection inspection, final List<ByteRange> bad, final List<ByteRange> unread)
        throws IOException, CommandFailure {
        final long size = inspection.size();
        try (Progress progress = new Progress(console(), "verify", size); Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(PIECE_LENGTH, Libc.pageSize());
            final long start = System.nanoTime();
            final long piece = rate == null ? PIECE_LENGTH
                : Math.max(Libc.pageSize(), Math.min(PIECE_LENGTH, rate / 8 & -Libc.pageSize()));
            progress.update(0, "");
            for (long offset = 0; offset < size; offset += piece) {
                checkInterrupted();
                final PatrolRead read =
                    inspection.patrol(offset, buffer.asSlice(0, Math.min(piece, size - offset)));
                read.bad().forEach(range -> ByteRange.append(bad, range.offset(), range.length()));
                read.unread().forEach(range -> ByteRange.append(unread, range.offset(), range.length()));
                final long done = Math.min(size, offset + piece);
                progress.update(done, sum(bad) == 0 ? "" : Sizes.bytes(sum(bad)) + " bad");
                pause(start, done);
            }
            return progress.rate(size);
        }
    }

    private void pause(final long start, final long done) throws CommandFailure {
        final long slice = TimeUnit.MILLISECONDS.toNanos(100);
        while (rate != null) {
            final long early = (long) ((double) done / rate * TimeUnit.SECONDS.toNanos(1))
                - (System.nanoTime() - start);
            if (early <= 0) {
                return;
            }
            checkInterrupted();
            LockSupport.parkNanos(Math.min(early, slice));
        }
    }

    /** What is bad and not known to be. */
    private static List<ByteRange> subtract(final List<ByteRange> bad, final List<Inspection.Damage> known) {
        final List<ByteRange> rest = new ArrayList<>();
        for (final ByteRange range : bad) {
            long position = range.offset();
            for (final Inspection.Damage part : known) {
                if (part.range().end() > position && part.range().offset() < range.end()) {
                    if (part.range().offset() > position) {
                        rest.add(new ByteRange(position, part.range().offset() - position));
                    }
                    position = part.range().end();
                }
            }
            if (position < range.end()) {
                rest.add(new ByteRange(position, range.end() - position));
            }
        }
        return rest;
    }

    private static List<Map<String, Object>> rows(
        final List<Inspection.Damage> damage, final List<ByteRange> latent) {
        final List<Map<String, Object>> rows = new ArrayList<>(DamageReport.rows(damage));
        latent.forEach(range -> rows.add(DamageReport.row(range, LATENT)));
        rows.sort(Comparator.comparingLong(row -> (Long) row.get("offset")));
        return rows;
    }

    private void print(final Inspection inspection, final List<Inspection.Damage> damage,
        final List<ByteRange> latent, final List<ByteRange> unread, final double bytesPerSecond) {
        if (!damage.isEmpty() || !latent.isEmpty()) {
            final Table table = DamageReport.table();
            damage.forEach(part -> DamageReport.addRow(table, part.range(), DamageReport.name(part.state()),
                DamageReport.remedy(part.state())));
            latent.forEach(range -> DamageReport.addRow(table, range, LATENT, "to be recovered: scrub"));
            table.print(out(), console().style());
        }
        final boolean clean = damage.isEmpty() && latent.isEmpty();
        out().println(console().style().paint(clean ? Style.Look.GREEN : Style.Look.RED, clean ? "clean" : "damaged")
            + ": " + Sizes.bytes(inspection.size() - sum(unread)) + " read at " + Sizes.rate(bytesPerSecond) + ", "
            + Sizes.bytes(sum(latent)) + " of latent poison found, "
            + Sizes.count(DamageReport.lines(damage), "line") + " known to be refused"
            + (unread.isEmpty() ? "" : ", " + Sizes.bytes(sum(unread)) + " left alone: memory has them newer"));
        inspection.unknown().ifPresent(reason -> console().note("the medium's list is not known: " + reason));
    }
}
