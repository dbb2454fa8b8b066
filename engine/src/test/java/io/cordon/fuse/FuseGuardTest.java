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
package io.cordon.fuse;

import io.cordon.fault.FaultGuard;
import io.cordon.fault.MappingFault;
import io.cordon.poison.ByteRange;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.zip.CRC32;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

@DisabledIfSystemProperty(named = "cordon.fuse", matches = "false")
@DisplayName("Law 2: No crash, for somebody else's mapping of a file whose disk really fails")
class FuseGuardTest {
    private static final int PAGE = FuseMount.PAGE;
    private static final int PAGES = 8;

    @Test
    void shouldContainRealErrors(@TempDir final Path folder) throws Exception {
        final BlockingQueue<MappingFault> faults = new LinkedBlockingQueue<>();
        try (FuseMount mount = FuseMount.mount(folder, (long) PAGES * PAGE);
            FileChannel channel =
                FileChannel.open(mount.file(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            try (Arena arena = Arena.ofShared();
                FaultGuard guard =
                    FaultGuard.guardFiles(path -> path.getFileName().toString().equals("region"), faults::add)) {
                final MemorySegment segment = channel.map(MapMode.READ_WRITE, 0, (long) PAGES * PAGE, arena);
                guard.refresh();
                segment.fill((byte) 1);
                segment.force();
                // In the middle: one sector, which the page cache loses with its page.
                mount.poison(3L * PAGE + 512, 512);
                final CRC32 checksum = new CRC32();
                checksum.update(segment.asByteBuffer());
                final MappingFault fault = faults.take();
                assertEquals(List.of(3L * PAGE, (long) PAGE), List.of(fault.offset(), fault.length()));
                assertTrue(fault.file().endsWith("region"), fault::toString);
                assertEquals(List.of(new ByteRange(3L * PAGE, PAGE)), guard.affectedRanges(segment));
                assertEquals(0, segment.get(ValueLayout.JAVA_BYTE, 3L * PAGE));
                assertEquals(1, segment.get(ValueLayout.JAVA_BYTE, 4L * PAGE));
                assertEquals(List.of(new ByteRange(3L * PAGE, PAGE)), guard.restore(segment), "it is bad still");
                mount.heal();
                assertEquals(List.of(), guard.restore(segment));
                assertEquals(1, segment.get(ValueLayout.JAVA_BYTE, 3L * PAGE));
                assertEquals(-1, segment.mismatch(MemorySegment.ofArray(ones())));
                assertEquals(1, guard.faultCount());
            }
        }
    }

    private static byte[] ones() {
        final byte[] ones = new byte[PAGES * PAGE];
        Arrays.fill(ones, (byte) 1);
        return ones;
    }
}
