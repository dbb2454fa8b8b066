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
package io.cordon.event;

import io.cordon.poison.ByteRange;

import java.util.List;

/**
 * Events for JDK Flight Recorder, all in the category <i>Cordon</i>; read them with {@code jfr print --events
 * 'io.cordon.*'}. Names and fields stay; more may come. All are committed on the slow path, by the thread that does the
 * work, and cost nothing while nothing fails.
 *
 * <table>
 * <caption>The events; every one has {@code file}, the region's or the one that is mapped</caption>
 * <tr><th>name</th><th>fields</th></tr>
 * <tr><td>{@code io.cordon.Fault}</td><td>{@code offset}, {@code length}: the unit; {@code source}: how it was found,
 * as {@link MediaEvent.Source}; {@code badLineCount}, {@code badLines}: what the medium cannot read; {@code thread}:
 * the platform thread that ran into it, if that is known</td></tr>
 * <tr><td>{@code io.cordon.Recovery}, with a duration</td><td>{@code offset}, {@code length}, {@code source}; {@code
 * outcome}, as {@link RecoveryTrace.Outcome}; {@code reason}: why it failed; {@code attempts}; {@code badLineCount},
 * {@code refusedLineCount}; the times of its steps: {@code salvage}, {@code repair}, {@code journal}, {@code write},
 * {@code proof}, {@code publish}</td></tr>
 * <tr><td>{@code io.cordon.ScrubPass}</td><td>{@code pass}, {@code bytes}, {@code foundLineCount}, {@code
 * disagreementCount}, {@code passTime}</td></tr>
 * <tr><td>{@code io.cordon.PersistError}, with a stack trace</td><td>{@code offset}, {@code length}, {@code mirror},
 * {@code reason}</td></tr>
 * <tr><td>{@code io.cordon.Offline}</td><td></td></tr>
 * <tr><td>{@code io.cordon.Online}</td><td>{@code offlineTime}</td></tr>
 * <tr><td>{@code io.cordon.MappingFault}, of the agent</td><td>{@code offset}, {@code length}: in the file; {@code
 * address}</td></tr>
 * </table>
 *
 * <p>The module {@code jdk.jfr} need not be there. On the module path it is resolved only if something asks for it: add
 * {@code --add-modules jdk.jfr} if nothing does. Where it is missing nothing is recorded, and no class that needs it is
 * ever loaded: this one alone refers to them, in calls that are not made.
 */
public final class FlightRecording {
    private static final boolean AVAILABLE = find();

    private FlightRecording() {
    }

    private static boolean find() {
        try {
            Class.forName("jdk.jfr.Event", false, FlightRecording.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException _) {
            // A runtime image without the module jdk.jfr, or one that was told not to resolve it.
            return false;
        }
    }

    /**
     * Whether the virtual machine has Flight Recorder.
     *
     * @return false if nothing is ever recorded.
     */
    public static boolean isAvailable() {
        return AVAILABLE;
    }

    static void fault(
        final String file, final Unit unit, final long count, final List<ByteRange> bad, final Thread thread) {
        if (AVAILABLE) {
            FaultEvent.emit(file, unit, count, bad.toString(), thread);
        }
    }

    /**
     * Records that stores could not be made durable.
     *
     * @param file   the region's.
     * @param offset first byte in the region.
     * @param length in bytes.
     * @param mirror whether only the mirror failed.
     * @param cause  what the medium said.
     */
    public static void persistError(
        final String file, final long offset, final long length, final boolean mirror, final Throwable cause) {
        if (AVAILABLE) {
            PersistErrorEvent.emit(file, offset, length, mirror, cause.getMessage());
        }
    }

    /**
     * Records that a device is gone.
     *
     * @param file the region's.
     */
    public static void offline(final String file) {
        if (AVAILABLE) {
            OfflineEvent.emit(file);
        }
    }

    /**
     * Records that a device is back.
     *
     * @param file  the region's.
     * @param nanos for how long all access was refused, in nanoseconds.
     */
    public static void online(final String file, final long nanos) {
        if (AVAILABLE) {
            OnlineEvent.emit(file, nanos);
        }
    }

    /**
     * Records that a patrol read has come to the end of a region.
     *
     * @param file         the region's.
     * @param pass         number of the pass over the region's life, from 1 on.
     * @param bytes        that were read.
     * @param found        lines that were found poisoned and that nobody knew of.
     * @param disagreement lines of which the mirror holds something else.
     * @param nanos        how long the pass took, in nanoseconds.
     */
    public static void scrubPass(final String file, final long pass, final long bytes, final long found,
        final long disagreement, final long nanos) {
        if (AVAILABLE) {
            ScrubPassEvent.emit(file, pass, bytes, found, disagreement, nanos);
        }
    }

    /**
     * Records that a page of a mapping that is no region was replaced by zeroes.
     *
     * @param file    the file that is mapped.
     * @param offset  of the page in the file, in bytes.
     * @param length  of the page in bytes.
     * @param address where it is mapped.
     */
    public static void mappingFault(final String file, final long offset, final long length, final long address) {
        if (AVAILABLE) {
            MappingFaultEvent.emit(file, offset, length, address);
        }
    }
}
