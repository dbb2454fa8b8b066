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
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the table of a device-mapper device, which sysfs does not show: DM_TABLE_STATUS on /dev/mapper/control
 * (include/uapi/linux/dm-ioctl.h). Only root may.
 *
 * <pre>
 *  struct dm_ioctl, 312 bytes                       struct dm_target_spec, 40 bytes, at "data starts"
 *  +0   12  version 4.0.0                           +0    8  first sector of the device
 *  +12   4  bytes in all, this header included      +8    8  sectors
 *  +16   4  data starts here                        +16   4  status
 *  +20   4  number of targets, filled in            +20   4  next spec, counted from the first one
 *  +28   4  flags: 0x10 the table, not the status   +24  16  name of the target, zero-terminated
 *           0x100 filled in: the buffer is full     +40      its parameters, zero-terminated
 *  +40   8  device number
 * </pre>
 */
final class DeviceMapper {
    static final long DM_TABLE_STATUS = 0xC138_FD0CL;
    static final long VERSION_OFFSET = 0;
    static final long SIZE_OFFSET = 12;
    static final long START_OFFSET = 16;
    static final long TARGETS_OFFSET = 20;
    static final long FLAGS_OFFSET = 28;
    static final long DEVICE_OFFSET = 40;
    static final int HEADER_LENGTH = 312;
    static final long SPEC_SECTOR_OFFSET = 0;
    static final long SPEC_SECTORS_OFFSET = 8;
    static final long SPEC_NEXT_OFFSET = 20;
    static final long SPEC_NAME_OFFSET = 24;
    static final long SPEC_PARAMETERS_OFFSET = 40;

    private static final Path CONTROL = Path.of("/dev/mapper/control");
    private static final int VERSION = 4;
    private static final int STATUS_TABLE = 0x10;
    private static final int BUFFER_FULL = 0x100;
    private static final int FIRST_LENGTH = 1 << 14;
    private static final int LAST_LENGTH = 1 << 24;

    private DeviceMapper() {
    }

    /** One line of a table: what serves these sectors of the device. */
    record Target(long sector, long sectors, String name, String parameters) {
    }

    /**
     * The table of a device.
     *
     * @param major of the device.
     * @param minor of the device.
     * @return its targets, ascending.
     * @throws IOException if this process may not ask, or the kernel does not tell.
     */
    static List<Target> table(final int major, final int minor) throws IOException {
        try (NativeFile control = NativeFile.open(CONTROL, false)) {
            for (int length = FIRST_LENGTH; length <= LAST_LENGTH; length <<= 1) {
                try (Arena arena = Arena.ofConfined()) {
                    final MemorySegment request = arena.allocate(length, Long.BYTES);
                    request.set(ValueLayout.JAVA_INT, VERSION_OFFSET, VERSION);
                    request.set(ValueLayout.JAVA_INT, SIZE_OFFSET, length);
                    request.set(ValueLayout.JAVA_INT, START_OFFSET, HEADER_LENGTH);
                    request.set(ValueLayout.JAVA_INT, FLAGS_OFFSET, STATUS_TABLE);
                    request.set(ValueLayout.JAVA_LONG, DEVICE_OFFSET, deviceNumber(major, minor));
                    final int result = Libc.ioctl(control.fd(), DM_TABLE_STATUS, request);
                    if (result < 0) {
                        throw Errno.toException(-result, CONTROL,
                            "cannot read the table of device " + major + ":" + minor);
                    }
                    if ((request.get(ValueLayout.JAVA_INT, FLAGS_OFFSET) & BUFFER_FULL) == 0) {
                        return targets(request);
                    }
                }
            }
            throw new IOException(CONTROL + ": the table of device " + major + ":" + minor + " is longer than "
                + LAST_LENGTH + " bytes");
        }
    }

    /** The kernel's encoding (include/linux/kdev_t.h): minor bits 8 to 19, major 12 bits, minor 8 bits. */
    static long deviceNumber(final int major, final int minor) {
        return minor & 0xffL | (long) major << 8 | (minor & ~0xffL) << 12;
    }

    static List<Target> targets(final MemorySegment answer) {
        final MemorySegment data = answer.asSlice(answer.get(ValueLayout.JAVA_INT, START_OFFSET));
        final int count = answer.get(ValueLayout.JAVA_INT, TARGETS_OFFSET);
        final List<Target> targets = new ArrayList<>(count);
        long at = 0;
        for (int i = 0; i < count; i++) {
            final MemorySegment spec = data.asSlice(at);
            targets.add(new Target(
                spec.get(ValueLayout.JAVA_LONG_UNALIGNED, SPEC_SECTOR_OFFSET),
                spec.get(ValueLayout.JAVA_LONG_UNALIGNED, SPEC_SECTORS_OFFSET),
                spec.getString(SPEC_NAME_OFFSET, StandardCharsets.US_ASCII),
                spec.getString(SPEC_PARAMETERS_OFFSET, StandardCharsets.US_ASCII)));
            at = Integer.toUnsignedLong(spec.get(ValueLayout.JAVA_INT_UNALIGNED, SPEC_NEXT_OFFSET));
        }
        return targets;
    }
}
