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

import java.io.IOException;
import java.util.List;

/**
 * Some legs of a stack could not make their part of a range durable; the others have.
 */
public final class PartialPersistException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Not kept when the exception is serialised: the addresses mean nothing elsewhere. */
    private final transient List<ByteRange> parts;

    /**
     * Constructs the exception.
     *
     * @param parts what is not known to be durable: addresses and lengths; ascending and merged.
     * @param cause the first failure.
     */
    PartialPersistException(final List<ByteRange> parts, final IOException cause) {
        super(cause.getMessage(), cause);
        this.parts = List.copyOf(parts);
    }

    /**
     * What is not known to be durable.
     *
     * @return addresses and lengths; ascending and merged, unmodifiable.
     */
    public List<ByteRange> parts() {
        return parts;
    }
}
