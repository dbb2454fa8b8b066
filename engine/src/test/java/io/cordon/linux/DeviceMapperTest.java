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

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The kernel's answer, byte by byte as include/uapi/linux/dm-ioctl.h lays it out. */
class DeviceMapperTest {
    @Test
    void shouldReadTheTargetsOfATable() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment answer = arena.allocate(1024, 8);
            answer.set(ValueLayout.JAVA_INT, 16, 312);
            answer.set(ValueLayout.JAVA_INT, 20, 2);
            spec(answer, 312, 0, 2048, 56, "linear", "259:0 384");
            spec(answer, 312 + 56, 2048, 100, 112, "striped", "2 128 259:0 0 259:1 0");
            assertEquals(List.of(new DeviceMapper.Target(0, 2048, "linear", "259:0 384"),
                new DeviceMapper.Target(2048, 100, "striped", "2 128 259:0 0 259:1 0")),
                DeviceMapper.targets(answer));
        }
    }

    private static void spec(final MemorySegment answer, final long at, final long sector, final long sectors,
        final int next, final String name, final String parameters) {
        answer.set(ValueLayout.JAVA_LONG, at, sector);
        answer.set(ValueLayout.JAVA_LONG, at + 8, sectors);
        answer.set(ValueLayout.JAVA_INT, at + 20, next);
        answer.setString(at + 24, name);
        answer.setString(at + 40, parameters);
    }

    /** As glibc's makedev and the kernel's new_encode_dev have it for these. */
    @Test
    void shouldEncodeDeviceNumbers() {
        assertEquals(0xfd00, DeviceMapper.deviceNumber(253, 0));
        assertEquals(0x100_08ff, DeviceMapper.deviceNumber(8, 0x10ff));
        assertEquals(0x103_01, DeviceMapper.deviceNumber(259, 1));
    }
}
