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
package io.cordon.recovery;

import io.cordon.event.Occasions;

import java.lang.ref.WeakReference;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Looks whether devices that went offline are back; keeps no region alive. One daemon thread for the process. */
final class DeviceWatch implements Runnable {
    private static final long FIRST_MILLIS = 20;
    private static final long LAST_MILLIS = 2000;
    private static final ScheduledThreadPoolExecutor THREAD = new ScheduledThreadPoolExecutor(
        1, task -> Thread.ofPlatform().daemon().name("cordon-device-watch").unstarted(task));
    private static final System.Logger LOGGER = System.getLogger(DeviceWatch.class.getName());
    private static final Occasions THREADLESS = new Occasions();
    /** Whether there is something for the thread to do, and it could not be started. */
    private static volatile boolean isThreadMissing;

    private final WeakReference<PageRecovery> recovery;
    private long delayMillis = FIRST_MILLIS;

    private DeviceWatch(final PageRecovery recovery) {
        this.recovery = new WeakReference<>(recovery);
    }

    /** Has a region's device looked at, from time to time, until it is back or the region closed. */
    static void watch(final PageRecovery recovery) {
        new DeviceWatch(recovery).schedule();
    }

    /** Tries again to start the thread, if there was none to be had: for whoever waits for a device. */
    static void ensureThread() {
        if (isThreadMissing) {
            isThreadMissing = false;
            try {
                THREAD.prestartCoreThread();
            } catch (final OutOfMemoryError noThread) {
                report(noThread);
            }
        }
    }

    private static void report(final OutOfMemoryError noThread) {
        isThreadMissing = true;
        if (THREADLESS.isWorthALine()) {
            LOGGER.log(System.Logger.Level.ERROR, () -> "there is no thread to look whether devices are back; each"
                + " access that is refused tries to start it again (" + THREADLESS + ")", noThread);
        }
    }

    private void schedule() {
        try {
            THREAD.schedule(this, delayMillis, TimeUnit.MILLISECONDS);
        } catch (final OutOfMemoryError noThread) {
            // It is in the queue already, for the thread that will be.
            report(noThread);
        }
    }

    @Override
    public void run() {
        final PageRecovery target = recovery.get();
        if (target != null && !isOver(target)) {
            delayMillis = Math.min(LAST_MILLIS, 2 * delayMillis);
            schedule();
        }
    }

    /** A look that fails is reported as any thread's failure is, and is not the last. */
    private static boolean isOver(final PageRecovery target) {
        try {
            return target.comeBack();
        } catch (final RuntimeException | Error failure) {
            if (target.isClosed()) {
                return true;
            }
            final Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
            return false;
        }
    }
}
