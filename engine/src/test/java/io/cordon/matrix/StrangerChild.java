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
package io.cordon.matrix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.cordon.fault.FaultGuard;
import io.cordon.linux.Libc;
import io.cordon.linux.MemoryMaps;
import io.cordon.linux.NativeFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Maps another file in the place of one that is guarded, and cuts it short: nobody has chosen that file, so that
 * HotSpot must get the fault. Arguments: a folder. Runs in the interpreter, where the error comes at once.
 */
@SuppressWarnings("restricted")
public final class StrangerChild {
    private static final int ROUNDS = 40;
    private static final int LENGTH = 4 * 4096;

    private StrangerChild() {
    }

    /** Says how often HotSpot threw, how many faults the guard contained, and whether the kernel can be asked. */
    public static void main(final String[] arguments) throws IOException {
        final Path folder = Path.of(arguments[0]).toRealPath();
        final Path chosen = Files.write(folder.resolve("chosen"), new byte[LENGTH]);
        final Path stranger = folder.resolve("stranger");
        int errors = 0;
        long contained = 0;
        try (NativeFile one = NativeFile.open(chosen, false);
            FaultGuard guard = FaultGuard.guardFiles(chosen::equals, _ -> { })) {
            for (int i = 0; i < ROUNDS; i++) {
                Files.write(stranger, new byte[LENGTH]);
                try (NativeFile other = NativeFile.open(stranger, false)) {
                    final long address = map(0, one, 0);
                    guard.refresh();
                    // At once, before it is noticed.
                    map(address, other, Libc.MAP_FIXED);
                    other.setSize(4096);
                    final MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(LENGTH);
                    try {
                        memory.get(JAVA_BYTE, 8192);
                    } catch (InternalError _) {
                        errors++;
                    }
                    Libc.munmap(address, LENGTH);
                }
            }
            contained = guard.faultCount();
        }
        System.out.println("errors " + errors);
        System.out.println("contained " + contained);
        System.out.println("asked " + (MemoryMaps.queryDescriptor() >= 0));
    }

    private static long map(final long address, final NativeFile file, final int flags) {
        final long result = Libc.mmap(
            address, LENGTH, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED | flags, file.fd(), 0);
        if (result < 0) {
            throw new IllegalStateException("mmap: " + result);
        }
        return result;
    }
}
