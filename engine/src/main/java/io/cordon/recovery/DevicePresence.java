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

import io.cordon.event.FlightRecording;
import io.cordon.event.MediaEvent;
import io.cordon.event.MediaEvents;
import io.cordon.event.Occasions;
import io.cordon.fault.GuardedRange;
import io.cordon.media.Medium;
import io.cordon.poison.ByteRange;
import io.cordon.poison.LineMap;
import io.cordon.poison.Lines;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Whether the device is there. If it is gone, nothing of the region fails page by page: all access is refused at once,
 * and all of it is served again, but for what had failed before, when the device is back. Thread-safe.
 */
final class DevicePresence {
    private final PageRecovery pages;
    private final Path path;
    private final LineMap lines;
    private final GuardedRange range;
    private final Medium medium;
    private final MediaEvents events;
    private final UnitTable units;
    private final FaultList faults;
    private final Occasions mapFailures = new Occasions();
    /** When the device was found to be gone. */
    private volatile long offlineNanos;

    DevicePresence(final PageRecovery pages, final RegionParts parts, final UnitTable units, final FaultList faults) {
        this.pages = pages;
        this.path = parts.path();
        this.lines = parts.lines();
        this.range = parts.range();
        this.medium = parts.medium();
        this.events = parts.events();
        this.units = units;
        this.faults = faults;
    }

    /**
     * Refuses all access until the device is back. One mapping covers all of it: so nothing faults any more, and the
     * kernel's limit of mappings, which a million quarantined pages would exceed, is no matter. Does nothing if that
     * was done before.
     */
    void goOffline() {
        // The device may be back before all of it is done, and is served again after it.
        units.open.readLock().lock();
        try {
            if (lines.goOffline()) {
                cover();
                offlineNanos = System.nanoTime();
                events.raise(MediaEvent.Kind.OFFLINE, MediaEvent.Source.FAULT, whole());
                FlightRecording.offline(path.toString());
                PageRecovery.LOGGER.log(System.Logger.Level.ERROR,
                    () -> path + ": the device is offline; all access is refused");
                DeviceWatch.watch(pages);
            }
        } finally {
            units.open.readLock().unlock();
        }
    }

    private void cover() {
        try {
            range.coverAll();
        } catch (final IOException uncovered) {
            PageRecovery.LOGGER.log(System.Logger.Level.WARNING,
                () -> path + ": raw segments fault page by page while the device is offline", uncovered);
        }
    }

    private List<ByteRange> whole() {
        return List.of(new ByteRange(0, lines.pageCount() << Lines.PAGE_SHIFT));
    }

    /** Serves the region again if it was offline and its device is back; false if the device is still gone. */
    boolean comeBack() {
        if (!lines.isOffline()) {
            return true;
        }
        if (medium.isOffline()) {
            return false;
        }
        if (!remap()) {
            // Closed, or somebody else was quicker.
            return !lines.isOffline();
        }
        PageRecovery.LOGGER.log(System.Logger.Level.INFO, () -> path + ": the device is back");
        // What failed when the device went may be as good as ever.
        units.all().keySet().forEach(unit -> {
            if (lines.state(unit) == LineMap.QUARANTINED && !units.isClosed()) {
                pages.resolve(unit);
            }
        });
        return true;
    }

    /** The file in place of what covers it, except where units are quarantined; nobody recovers any meanwhile. */
    private boolean remap() {
        // Who follows the handler's list up knows of units that nobody else knows of.
        faults.lock.lock();
        units.open.writeLock().lock();
        try {
            if (!lines.isOffline()) {
                return false;
            }
            faults.takeQuarantined();
            long mapped = 0;
            for (final Map.Entry<Long, UnitState> unit : units.all().entrySet()) {
                if (lines.state(unit.getKey()) == LineMap.QUARANTINED) {
                    remap(mapped, unit.getKey());
                    mapped = unit.getKey() + lines.unitPages();
                    unit.getValue().failure = null;
                }
            }
            remap(mapped, lines.pageCount());
            // A handler that ran late may have lost its page to the file: nobody has recovered it since.
            for (final long unit : faults.takeQuarantined()) {
                if (lines.state(unit) == LineMap.QUARANTINED) {
                    range.quarantine(unit);
                }
            }
            lines.comeBack();
            // Not before, since whoever is told may want to see it; and closing waits for it.
            events.raise(MediaEvent.Kind.ONLINE, MediaEvent.Source.FAULT, whole());
            FlightRecording.online(path.toString(), System.nanoTime() - offlineNanos);
            return true;
        } catch (final IOException failure) {
            if (mapFailures.isWorthALine()) {
                PageRecovery.LOGGER.log(System.Logger.Level.WARNING,
                    () -> path + ": the device is back, but cannot be mapped yet (" + mapFailures + ")", failure);
            }
            return false;
        } finally {
            units.open.writeLock().unlock();
            faults.lock.unlock();
        }
    }

    private void remap(final long first, final long end) throws IOException {
        if (first < end) {
            medium.remap(lines.base() + (first << Lines.PAGE_SHIFT), first << Lines.PAGE_SHIFT,
                end - first << Lines.PAGE_SHIFT);
        }
    }

    /** Why all access is refused, if it is because the device is gone; null if it is not. */
    IOException offline() {
        if (!lines.isOffline()) {
            return null;
        }
        DeviceWatch.ensureThread();
        return new OfflineException(path);
    }
}
