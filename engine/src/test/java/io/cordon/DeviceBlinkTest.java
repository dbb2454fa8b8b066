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
package io.cordon;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cordon.event.EventNotifier;
import io.cordon.event.MediaEvent;
import io.cordon.event.OwnerMap;
import io.cordon.event.Telemetry;
import io.cordon.fault.AddressRange;
import io.cordon.fault.GuardedRange;
import io.cordon.linux.Libc;
import io.cordon.linux.NativeFile;
import io.cordon.linux.Storage;
import io.cordon.media.Media;
import io.cordon.media.Medium;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;
import io.cordon.recovery.PageRecovery;
import io.cordon.recovery.Sidecar;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A device that is gone just while a page is read, and holds what it held when it is back. */
@Timeout(60)
class DeviceBlinkTest {
    private static final int SIZE = 4 << 16;

    @TempDir
    private Path folder;
    private Path path;
    private final byte[] content = new byte[SIZE];
    private Medium medium;
    private Sidecar sidecar;
    private PageRecovery recovery;
    /** What the next reading finds bad; what comes after it asks the real medium. */
    private long badOnce;
    /** How often the device says that it is gone. */
    private volatile int goneCount;
    /** What comes of the first question after that. */
    private volatile RuntimeException failure;
    private volatile boolean gone;

    @BeforeEach
    void open() throws IOException {
        path = folder.resolve("region");
        Arrays.fill(content, (byte) 0x11);
        Files.write(path, content);
        final NativeFile file = Storage.NATIVE.open(path, false);
        medium = Media.simulated().open(file, false);
        final AddressRange addresses = AddressRange.reserve(path, SIZE);
        medium.map(addresses.base(), 0, SIZE);
        final LineMap lines =
            new LineMap(addresses.base(), SIZE >>> Lines.PAGE_SHIFT, Libc.pageSize() >>> Lines.PAGE_SHIFT);
        final GuardedRange range = GuardedRange.guard(lines);
        sidecar = Sidecar.open(Storage.NATIVE, path, SIZE, true, false, false);
        recovery = new PageRecovery(path, lines, range, blinking(), sidecar, List.of(),
            new EventNotifier(path.toString(), sidecar.events(), sidecar, new OwnerMap(SIZE),
                new Telemetry(path.toString()), EventNotifier.PATIENCE_MILLIS), false);
    }

    @AfterEach
    void close() {
        sidecar.close();
        medium.close();
        // The addresses stay, and their guard: the device watch may be looking at the map still.
    }

    private Medium blinking() {
        return (Medium) Proxy.newProxyInstance(
            Medium.class.getClassLoader(), new Class<?>[] {Medium.class}, (_, method, arguments) -> {
                if (method.getName().equals("badLines") && badOnce != 0) {
                    final long bad = badOnce;
                    badOnce = 0;
                    return bad;
                }
                if (method.getName().equals("isOffline") && gone) {
                    return true;
                }
                if (method.getName().equals("isOffline") && goneCount > 0) {
                    goneCount--;
                    return true;
                }
                if (method.getName().equals("isOffline") && failure != null) {
                    final RuntimeException thrown = failure;
                    failure = null;
                    throw thrown;
                }
                try {
                    return method.invoke(medium, arguments);
                } catch (final InvocationTargetException thrown) {
                    throw thrown.getCause();
                }
            });
    }

    private void assertNothingLost() throws IOException {
        assertEquals(List.of(), recovery.ranges());
        assertTrue(sidecar.lost().isEmpty(), () -> sidecar.lost().toString());
        assertArrayEquals(content, Files.readAllBytes(path));
    }

    @Test
    @DisplayName("Law 3: a device that is back before it is asked has not lost what it could not read")
    void shouldLoseNothingIfTheDeviceIsBackAtOnce() throws IOException {
        badOnce = Lines.ALL;
        assertEquals(null, recovery.withdraw(0, MediaEvent.Source.FAULT));
        assertNothingLost();
    }

    @Test
    @DisplayName("Law 3: a device that goes while a page is read has not lost the part that was not read")
    void shouldLoseNothingIfTheDeviceGoesInTheMiddle() throws Exception {
        badOnce = 0xffL << 56;
        goneCount = 4;
        assertTrue(recovery.withdraw(0, MediaEvent.Source.FAULT).getMessage().contains("offline"));
        while (recovery.offline() != null || recovery.resolve(0) != null) {
            Thread.sleep(1);
        }
        assertNothingLost();
    }

    @Test
    @DisplayName("A device that cannot be asked once is asked again, and the failure is reported")
    void shouldLookAgainAfterALookThatFailed() throws Exception {
        final BlockingQueue<Throwable> reported = new LinkedBlockingQueue<>();
        final Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, thrown) -> reported.add(thrown));
        try {
            final RuntimeException thrown = new IllegalArgumentException("on purpose");
            goneCount = 2;
            badOnce = 0xffL << 56;
            failure = thrown;
            assertTrue(recovery.withdraw(0, MediaEvent.Source.FAULT).getMessage().contains("offline"));
            while (recovery.offline() != null || recovery.resolve(0) != null) {
                Thread.sleep(1);
            }
            assertEquals(thrown, reported.take());
            assertNothingLost();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    @DisplayName("A unit that needs no recovery, and is looked at while the device is gone, is in order afterwards")
    void shouldForgetThatTheDeviceWasGone() throws Exception {
        badOnce = Lines.ALL;
        gone = true;
        assertTrue(recovery.withdraw(0, MediaEvent.Source.FAULT).getMessage().contains("offline"));
        recovery.resolve(1);
        gone = false;
        while (recovery.offline() != null) {
            Thread.sleep(1);
        }
        assertEquals(null, recovery.resolve(1));
        assertEquals(null, recovery.resolve(0));
        assertNothingLost();
    }
}
