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

import io.cordon.RegionFormatException;
import io.cordon.media.FileBusyException;
import io.cordon.poison.PoisonException;
import io.cordon.recovery.MirrorException;
import io.cordon.recovery.SidecarException;
import io.cordon.scrub.ScrubFileException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What an exception means for the user: an exit code and one line. */
final class Failures {
    private Failures() {
    }

    static ExitCode code(final Throwable failure) {
        return switch (failure) {
            case final CommandFailure expected -> expected.code();
            case final UncheckedIOException wrapped -> code(wrapped.getCause());
            case FileBusyException _ -> ExitCode.BUSY;
            case RegionFormatException _, SidecarException _, MirrorException _, ScrubFileException _,
                NoSuchFileException _ -> ExitCode.NOT_A_REGION;
            case AccessDeniedException _ -> ExitCode.PERMISSION;
            case FileAlreadyExistsException _, IndexOutOfBoundsException _ -> ExitCode.USAGE;
            case IOException _, PoisonException _, IllegalStateException _ -> ExitCode.MEDIUM;
            default -> ExitCode.INTERNAL;
        };
    }

    static String line(final Throwable failure) {
        final String text = switch (failure) {
            case final UncheckedIOException wrapped -> line(wrapped.getCause());
            case final FileSystemException file when file.getReason() == null -> file.getMessage() + ": "
                + reason(file);
            default -> code(failure) == ExitCode.INTERNAL || failure.getMessage() == null
                ? failure.toString() : failure.getMessage();
        };
        return oneLine(text);
    }

    static String oneLine(final String text) {
        return text.replaceAll("\\s*[\\r\\n]+\\s*", " ");
    }

    /** The JDK leaves it out where the type says it. */
    private static String reason(final FileSystemException failure) {
        return switch (failure) {
            case NoSuchFileException _ -> "no such file";
            case AccessDeniedException _ -> "permission denied";
            case FileAlreadyExistsException _ -> "exists already";
            default -> failure.getClass().getSimpleName();
        };
    }
}
