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

import picocli.CommandLine.Command;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Every refused range. */
@Command(name = "list", header = "every range that is refused, and why",
    description = {
        "Lists the lines that loads are refused for, as far as is written down; see verify for those that nobody knows"
            + " of. Works beside the process that has the region open.",
        "",
        "States: lost, the content is gone until it is rewritten. poisoned, the medium's own list of bad places names"
            + " the lines. unfinished, a recovery was cut short. unresolved, a failure was told and the process ended"
            + " before it knew more. The last three end when the region is opened for writing.",
        "",
        "END is the first byte behind the range. OFFSET-END is a range as the other commands take it."},
    footer = {
        "  cordon list orders.dat",
        "  cordon list --json orders.dat | jq -r '.ranges[] | \"\\(.offset)+\\(.length)\"'"})
final class ListCommand extends RegionCommand {
    @Override
    ExitCode run() throws IOException {
        try (Inspection inspection = inspect()) {
            final List<Inspection.Damage> damage = inspection.damage();
            if (isJson()) {
                final Map<String, Object> object = DamageReport.head(inspection);
                object.put("unknown", inspection.unknown());
                object.put("ranges", DamageReport.rows(damage));
                answer(object);
            } else {
                print(inspection, damage);
            }
            return DamageReport.code(damage, inspection);
        }
    }

    private void print(final Inspection inspection, final List<Inspection.Damage> damage) {
        if (!damage.isEmpty()) {
            final Table table = DamageReport.table();
            damage.forEach(part -> DamageReport.addRow(table, part.range(), DamageReport.name(part.state()),
                DamageReport.remedy(part.state())));
            table.print(out(), console().style());
        }
        inspection.unknown().ifPresent(reason -> console().note("there may be more: " + reason));
    }
}
