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
package io.cordon.agrona;

import io.cordon.Region;
import io.cordon.event.Counter;
import io.cordon.event.ErrorReports;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Copies what regions count to Agrona's counters, and hands their errors to an error handler, a distinct error log as a
 * rule. An {@link Agent} for a runner or an invoker of the service's. All methods may be called by any thread.
 *
 * <p>Each {@link Counter} of a region has the type {@link #TYPE_ID} plus its ordinal, the region's path in UTF-8 as its
 * key (the last 112 bytes of it), and a label of a few words and the path.
 */
@SuppressWarnings("exports")
public final class MonitorAgent implements Agent {
    /** Type of the first counter of a region; the others follow in the order of {@link Counter}. */
    public static final int TYPE_ID = 0xC0D00;
    private static final int ERROR_CAPACITY = 256;
    private static final int MAX_KEY_LENGTH = CountersManager.MAX_KEY_LENGTH;

    private final CountersManager counters;
    private final ErrorHandler errors;
    private final Map<Region, Watched> regions = new LinkedHashMap<>();
    private final Map<List<Object>, Throwable> distinct = new HashMap<>();

    /**
     * Watches no region yet.
     *
     * @param counters where to allocate counters; used by this agent alone, or one that takes several threads.
     * @param errors   is handed each error of a region, {@code DistinctErrorLog::record} say; of errors that differ in
     *                 their messages alone, the first one again and again.
     */
    public MonitorAgent(final CountersManager counters, final ErrorHandler errors) {
        this.counters = Objects.requireNonNull(counters, "counters");
        this.errors = Objects.requireNonNull(errors, "errors");
    }

    /** What belongs to one region. */
    private record Watched(AtomicCounter[] counters, ErrorReports.Subscription errors) {
        void close() {
            errors.close();
            for (final AtomicCounter counter : counters) {
                counter.close();
            }
        }
    }

    /**
     * Watches a region, until it is removed or the agent closed; the region is kept from being collected by that. Its
     * counters have their values when this returns.
     *
     * @param region the region.
     * @throws IllegalStateException if the region is watched already, or there is no room for its counters.
     */
    public synchronized void add(final Region region) {
        if (regions.containsKey(region)) {
            throw new IllegalStateException(region + " is watched already");
        }
        final String path = region.counters().region();
        final byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        final byte[] key = Arrays.copyOfRange(bytes, Math.max(0, bytes.length - MAX_KEY_LENGTH), bytes.length);
        final AtomicCounter[] allocated = new AtomicCounter[Counter.values().length];
        try {
            for (final Counter counter : Counter.values()) {
                allocated[counter.ordinal()] = counters.newCounter("cordon " + counter.label() + ": " + path,
                    TYPE_ID + counter.ordinal(), buffer -> buffer.putBytes(0, key));
            }
        } catch (final RuntimeException full) {
            for (final AtomicCounter counter : allocated) {
                if (counter != null) {
                    counter.close();
                }
            }
            throw full;
        }
        final Watched watched = new Watched(allocated, region.counters().errors().subscribe(ERROR_CAPACITY));
        regions.put(region, watched);
        copy(region, watched);
    }

    /**
     * Watches a region no longer: its counters are freed, the errors that it has not handed over yet are.
     *
     * @param region the region; nothing happens if it is not watched.
     */
    public synchronized void remove(final Region region) {
        final Watched watched = regions.remove(region);
        if (watched != null) {
            handOver(watched);
            watched.close();
        }
    }

    /**
     * Brings counters and errors up to date.
     *
     * @return how many counters have changed, and how many errors were handed over.
     */
    @Override
    public synchronized int doWork() {
        int work = 0;
        for (final Map.Entry<Region, Watched> entry : regions.entrySet()) {
            work += copy(entry.getKey(), entry.getValue()) + handOver(entry.getValue());
        }
        return work;
    }

    private static int copy(final Region region, final Watched watched) {
        int changed = 0;
        for (final Counter counter : Counter.values()) {
            final AtomicCounter target = watched.counters()[counter.ordinal()];
            final long value = region.counters().get(counter);
            if (target.getPlain() != value) {
                target.setRelease(value);
                changed++;
            }
        }
        return changed;
    }

    private int handOver(final Watched watched) {
        int count = 0;
        for (Throwable error = watched.errors().poll(); error != null; error = watched.errors().poll()) {
            errors.onError(first(error));
            count++;
        }
        return count;
    }

    /** Of errors that differ in their messages alone, in an offset that is, the first: a storm would fill the log. */
    private Throwable first(final Throwable error) {
        final List<Object> kind = new ArrayList<>();
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            kind.add(cause.getClass());
            kind.add(List.of(cause.getStackTrace()));
        }
        final Throwable known = distinct.get(kind);
        if (known == null && distinct.size() < ERROR_CAPACITY) {
            distinct.put(kind, error);
        }
        return known == null ? error : known;
    }

    /** Brings all up to date, and frees the counters. */
    @Override
    public synchronized void onClose() {
        doWork();
        regions.values().forEach(Watched::close);
        regions.clear();
    }

    @Override
    public String roleName() {
        return "cordon-monitor";
    }
}
