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

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether a write will clear an error, in made-up trees that have the shape of sysfs. */
class NvdimmBusTest {
    @TempDir
    private Path sys;

    private boolean clears(final String provider, final String commands) throws IOException {
        final Path bus = Files.createDirectories(sys.resolve("devices/platform/" + provider + "/ndbus0"));
        Files.writeString(bus.resolve("provider"), provider + "\n");
        Files.writeString(bus.resolve("commands"), commands + "\n");
        final Path disk = Files.createDirectories(bus.resolve("region0/pfn0.1/block/pmem0"));
        final boolean result = link(disk);
        assertTrue(result == link(Files.createDirectories(disk.resolve("pmem0p1"))), "the same for a partition");
        return result;
    }

    private boolean link(final Path disk) throws IOException {
        final Path link = sys.resolve("259:0");
        Files.deleteIfExists(link);
        return NvdimmBus.clearsErrors(Files.createSymbolicLink(link, disk));
    }

    @Test
    void shouldAskTheFirmwareUnlessThereIsNone() throws IOException {
        assertTrue(clears("e820", ""));
        assertTrue(clears("ACPI.NFIT", "ars_cap ars_start ars_status clear_error"));
        assertFalse(clears("ACPI.NFIT", ""));
        assertFalse(clears("nfit_test", "ars_cap clear_errors_later"));
    }

    @Test
    void shouldExpectNothingOfOtherDevices() throws IOException {
        assertFalse(link(Files.createDirectories(sys.resolve("devices/virtual/block/dm-0"))));
        assertFalse(NvdimmBus.clearsErrors(sys.resolve("253:7")));
    }
}
