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
package io.cordon.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * What sysfs says of the bus of non-volatile memory that a block device hangs on
 * (drivers/nvdimm/bus.c, Documentation/ABI/testing/sysfs-bus-nvdimm).
 */
public final class NvdimmBus {
    private static final Pattern BUS = Pattern.compile("ndbus\\d+");
    /** Memory that the kernel's command line or the firmware's map calls persistent; no firmware has a say in it. */
    private static final String LEGACY = "e820";
    private static final String CLEAR_ERROR = "clear_error";

    private NvdimmBus() {
    }

    /**
     * Whether the kernel will clear errors of a file's device when the sectors are written: the firmware has a method
     * for it, or there is no firmware and the kernel takes the write itself for it (drivers/nvdimm/bus.c,
     * nvdimm_clear_poison).
     *
     * @param file the file.
     * @return false if not, or if it is not known: through device mapper, say.
     * @throws IOException if the file's device cannot be looked up.
     */
    public static boolean clearsErrors(final NativeFile file) throws IOException {
        final FileStatus status = FileStatus.of(file);
        return clearsErrors(BlockDevice.SYS.resolve("dev/block").resolve(status.major() + ":" + status.minor()));
    }

    static boolean clearsErrors(final Path link) throws IOException {
        if (!Files.exists(link)) {
            return false;
        }
        for (Path directory = link.toRealPath(); directory != null; directory = directory.getParent()) {
            if (directory.getFileName() != null && BUS.matcher(directory.getFileName().toString()).matches()) {
                return Files.readString(directory.resolve("provider")).trim().equals(LEGACY)
                    || Arrays.asList(Files.readString(directory.resolve("commands")).trim().split("\\s+"))
                        .contains(CLEAR_ERROR);
            }
        }
        return false;
    }
}
