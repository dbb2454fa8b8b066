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
package io.cordon.poison;

import java.nio.file.Path;
import java.util.List;

/**
 * An access touched lines whose bytes cannot be trusted: the medium returns an error for them, or their data is lost.
 *
 * <p>A load returned nothing. A plain store changed nothing that a later load can see. What an atomic update did is
 * indeterminate. The lines stay refused until they are written or zeroed through {@code Region.recovery()}; if the
 * whole device is gone, until it is back.
 */
public final class PoisonException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Not kept when the exception is serialised: paths are not. */
    private final transient Path file;
    /** Not kept when the exception is serialised. */
    private final transient List<ByteRange> ranges;
    /** What a person should know besides; may be empty. */
    private final String reason;
    /** Whether it is the whole device that is gone. */
    private final boolean offline;

    /**
     * Constructs the exception.
     *
     * @param file   of the region.
     * @param ranges the lines that the access touched and may not see; not empty.
     * @param reason what a person should know besides, or an empty string.
     * @param cause  why the lines could not be recovered, or null.
     */
    public PoisonException(
        final Path file, final List<ByteRange> ranges, final String reason, final Throwable cause) {
        this(file, ranges, reason, cause, false);
    }

    private PoisonException(final Path file, final List<ByteRange> ranges, final String reason, final Throwable cause,
        final boolean offline) {
        super(cause);
        this.file = file;
        this.ranges = List.copyOf(ranges);
        this.reason = reason;
        this.offline = offline;
    }

    /**
     * An access of a region whose whole device is gone: its lines may be as good as ever, nobody can tell.
     *
     * @param file   of the region.
     * @param ranges the lines that the access touched and may not see; not empty.
     * @param cause  says that the device is gone.
     * @return the exception.
     */
    public static PoisonException offline(final Path file, final List<ByteRange> ranges, final Throwable cause) {
        return new PoisonException(file, ranges, "", cause, true);
    }

    /**
     * What happened, where, and what to do.
     *
     * @return the text; made when it is asked for, since a storm of faults makes many exceptions.
     */
    @Override
    public String getMessage() {
        if (offline) {
            return file + ": no access to the lines at " + ranges + ": the device is offline; they can be accessed when"
                + " it is back, and need no recovery for that";
        }
        return file + ": poisoned or lost lines at " + ranges
            + (reason.isEmpty() ? "" : ": " + reason)
            + "; write or zero them through recovery()";
    }

    /**
     * Whether the whole device is gone. Then the lines need no recovery, and none is possible: they can be accessed
     * when it is back.
     *
     * @return false if the lines themselves are poisoned or lost.
     */
    public boolean isOffline() {
        return offline;
    }

    /**
     * The region's file.
     *
     * @return its path.
     */
    public Path file() {
        return file;
    }

    /**
     * The lines that the access touched and may not see.
     *
     * @return ascending, merged, aligned to lines; unmodifiable.
     */
    public List<ByteRange> ranges() {
        return ranges;
    }
}
