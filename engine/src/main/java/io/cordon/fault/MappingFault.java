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
package io.cordon.fault;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A page of a mapping that could not be read, and was replaced by zeroes.
 *
 * @param file    the file that is mapped, by the name it had shortly before; absolute, without symbolic links.
 * @param offset  of the page in the file, in bytes; a multiple of {@code length}.
 * @param length  of the page in bytes: the kernel's page size, or that of the mapping on hugetlbfs and device DAX. The
 *                kernel takes it away as a whole: how much of it the medium could still read is not known.
 * @param address where the page was mapped. The same page of a file may be mapped more than once, and fails in each
 *                mapping by itself.
 */
public record MappingFault(Path file, long offset, long length, long address) {
    /**
     * Checks the components.
     *
     * @throws NullPointerException if there is no file.
     */
    public MappingFault {
        Objects.requireNonNull(file, "file");
    }

    /**
     * The fault as a person reads it.
     *
     * @return file, offset and length.
     */
    @Override
    public String toString() {
        return file + ": offset " + offset + ", " + length + " bytes, read as zeroes";
    }
}
