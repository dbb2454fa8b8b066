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

import picocli.CommandLine.Option;

import java.nio.file.Path;

/** For commands that open a region for writing: without its mirror that would make the mirror useless. */
final class MirrorOptions {
    @Option(names = "--mirror", paramLabel = "MIRROR",
        description = "The region's mirror; what is lost is repaired from it.")
    private Path mirror;

    @Option(names = "--without-mirror",
        description = "Go on without the region's mirror, which needs to be resynchronized after that.")
    private boolean without;

    boolean hasMirror() {
        return mirror != null;
    }

    void check(final Inspection inspection) throws CommandFailure {
        if (mirror == null && !without && inspection.sidecar().generation() != 0) {
            throw new CommandFailure(ExitCode.USAGE, inspection.file() + ": the region has, or had, a mirror, which"
                + " would be out of date if this went on without it: give --mirror, or --without-mirror if there is"
                + " none any more");
        }
    }

    Region.Builder apply(final Region.Builder builder) {
        return mirror == null ? builder : builder.mirror(mirror);
    }
}
