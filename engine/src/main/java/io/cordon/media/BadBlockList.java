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
package io.cordon.media;

import io.cordon.poison.ByteRange;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a medium says of its own bad places without reading them. Unknown is not clean: a list that could not be read,
 * or was cut short, says so, and says why.
 */
public sealed interface BadBlockList {
    /**
     * The medium keeps a list, and this is all of it. There may be latent poison that is on no list.
     *
     * @param ranges what is bad; ascending and merged, aligned to lines.
     */
    record Complete(List<ByteRange> ranges) implements BadBlockList {
        /** Copies the ranges. */
        public Complete {
            ranges = List.copyOf(ranges);
        }
    }

    /**
     * The medium keeps a list, and it could not be read, or not to its end.
     *
     * @param reason what hindered it, for people, with what to do where something can be done.
     * @param ranges what is known to be bad at least; ascending and merged, aligned to lines.
     */
    record Unknown(String reason, List<ByteRange> ranges) implements BadBlockList {
        /** Copies the ranges. */
        public Unknown {
            Objects.requireNonNull(reason, "reason");
            ranges = List.copyOf(ranges);
        }

        @Override
        public Optional<String> unknown() {
            return Optional.of(reason);
        }
    }

    /** The medium keeps no list, as ordinary files do not: reading alone tells. That is no reason for suspicion. */
    record None() implements BadBlockList {
        @Override
        public List<ByteRange> ranges() {
            return List.of();
        }
    }

    /**
     * What is known to be bad; if the list is unknown, there may be more.
     *
     * @return ascending and merged, aligned to lines, in bytes from the start of the medium; unmodifiable.
     */
    List<ByteRange> ranges();

    /**
     * Why the list is unknown.
     *
     * @return the reason; empty if the list is complete, or if the medium keeps none.
     */
    default Optional<String> unknown() {
        return Optional.empty();
    }
}
