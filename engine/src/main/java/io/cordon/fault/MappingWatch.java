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
package io.cordon.fault;

import io.cordon.linux.Libc;
import io.cordon.linux.MemoryMapping;
import io.cordon.linux.MemoryMaps;
import io.cordon.poison.ByteRange;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps the guards of foreign mappings at what is really mapped, and takes their faults. One for the process: a mapping
 * that two guards watch has one entry in the handler's table.
 *
 * <p>Nobody tells a process of its own mappings. So a thread looks each {@value #POLL_MILLIS} ms whether the process
 * has grown or shrunk, and lists the mappings if so, or each {@value #LIST_MILLIS} ms; where listing takes long, it
 * rests fifty times as long in between.
 *
 * <p>The listing decides. What it does not show any more is not guarded any more; what was taken for a mapping is
 * looked at once more after it was given to the handler. User code, the predicates of the guards, runs while no lock is
 * held.
 */
final class MappingWatch {
    private static final MappingWatch INSTANCE = new MappingWatch();
    private static final int POLL_MILLIS = 10;
    private static final int LIST_MILLIS = 100;
    private static final int REST = 50;
    /** How often in a row a listing may find news; then it is the next one's business. */
    private static final int ROUNDS = 4;
    /** Pages larger than the kernel's are multiples of this on every platform. */
    private static final long SMALLEST_LARGE_PAGE = 1 << 16;

    private final List<Watching> guards = new CopyOnWriteArrayList<>();
    /** Numbers listings, by when they began, and pages that came back. */
    private final AtomicLong tickets = new AtomicLong();
    /** By start, disjoint. */
    private final TreeMap<Long, ForeignMapping> mappings = new TreeMap<>();
    private long applied;
    private long restored;
    private Thread thread;

    private MappingWatch() {
    }

    static MappingWatch instance() {
        return INSTANCE;
    }

    /** Someone who wants mappings guarded. */
    interface Watching {
        /** Learns what is mapped, and says what to guard of that; called while no lock is held. */
        Wish learn(List<MemoryMapping> listing);

        /** Whether all of a range may be its business. */
        boolean covers(long start, long end);

        /** Is told of a fault, in their order. Must return at once, and must not call the watch. */
        void report(MappingFault fault);
    }

    /** What someone wants guarded. */
    @FunctionalInterface
    interface Wish {
        /**
         * Which part of a mapping.
         *
         * @param mapping what is mapped.
         * @param watched whether someone watches it already.
         * @return start and end, or null for none.
         */
        long[] part(Stretch mapping, boolean watched);
    }

    /** What should be, if it can. */
    private record Target(Stretch stretch, long unitSize, boolean guarded, List<Watching> watchers) {
    }

    /** Has the mappings that are wanted guarded; on return those that there are now are. */
    void add(final Watching guard) throws IOException {
        guards.add(guard);
        start();
        refresh();
    }

    void remove(final Watching guard) throws IOException {
        guards.remove(guard);
        refresh();
    }

    private synchronized void start() {
        if (thread == null) {
            thread = Thread.ofPlatform().daemon().name("cordon-mapping-watch").start(this::run);
            FaultWatch.subscribe(this::wake);
        }
        wake();
    }

    private void wake() {
        LockSupport.unpark(thread);
    }

    private void run() {
        long size = 0;
        long earliest = System.nanoTime();
        boolean failed = false;
        while (true) {
            if (guards.isEmpty()) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS));
            }
            try {
                takeFaults();
                final long now = MemoryMaps.size();
                final long before = System.nanoTime();
                final long late = before - earliest;
                if (late >= 0 && now != size || late >= TimeUnit.MILLISECONDS.toNanos(LIST_MILLIS)) {
                    size = now;
                    refresh();
                    final long after = System.nanoTime();
                    earliest = after + REST * (after - before);
                }
                failed = false;
            } catch (final IOException | RuntimeException | Error failure) {
                // Once for a failure that lasts; what is guarded stays guarded.
                if (!failed) {
                    final Thread self = Thread.currentThread();
                    self.getUncaughtExceptionHandler().uncaughtException(self, failure);
                }
                failed = true;
            }
        }
    }

    /** Hands out the faults that there have been; on return all that some load has met is known. */
    synchronized void takeFaults() {
        mappings.values().forEach(this::takeFaults);
    }

    private void takeFaults(final ForeignMapping mapping) {
        mapping.takeFaults().forEach(address -> {
            final MappingFault fault = new MappingFault(
                mapping.file(), address + mapping.stretch().delta(), mapping.unitSize(), address);
            mapping.watchers().forEach(guard -> guard.report(fault));
        });
    }

    /**
     * Guards what is mapped now, and nothing that is not.
     *
     * @throws IOException if the kernel does not say what is mapped, or there are no addresses left.
     */
    void refresh() throws IOException {
        int rounds = 0;
        Outcome outcome = Outcome.OUTDATED;
        while (outcome == Outcome.OUTDATED || outcome == Outcome.NEWS && rounds < ROUNDS) {
            outcome = refreshOnce();
            rounds++;
        }
    }

    /** What a listing was good for. */
    private enum Outcome {
        /** All is as it should be. */
        DONE,
        /** What the handler was given may have gone since it was listed. */
        NEWS,
        /** A page has come back since: the listing shows the mapping as it was. */
        OUTDATED
    }

    private Outcome refreshOnce() throws IOException {
        final long ticket = tickets.incrementAndGet();
        final Map<ForeignMapping, BitSet> settled = settled();
        final List<MemoryMapping> listing = MemoryMaps.list();
        final Map<Watching, Wish> wishes = new LinkedHashMap<>();
        guards.forEach(guard -> wishes.put(guard, guard.learn(listing)));
        synchronized (this) {
            if (ticket < restored) {
                return Outcome.OUTDATED;
            }
            if (ticket < applied) {
                // One that began later has been here.
                return Outcome.DONE;
            }
            applied = ticket;
            // Whatever the listing shows as a page of zeroes is on a list of the handler's by now.
            takeFaults();
            return apply(targets(runs(listing, settled), wishes)) ? Outcome.NEWS : Outcome.DONE;
        }
    }

    private synchronized Map<ForeignMapping, BitSet> settled() {
        takeFaults();
        final Map<ForeignMapping, BitSet> settled = new HashMap<>();
        mappings.values().stream().filter(ForeignMapping::hasLost)
            .forEach(mapping -> settled.put(mapping, mapping.settled()));
        return settled;
    }

    /** The mappings, with what was quarantined of them put back in thought, and in one piece where they are of one. */
    private List<Stretch> runs(final List<MemoryMapping> listing, final Map<ForeignMapping, BitSet> settled) {
        final List<Stretch> pieces = new ArrayList<>();
        listing.stream().filter(MemoryMapping::isFile).map(Stretch::of).forEach(pieces::add);
        for (final ForeignMapping mapping : mappings.values()) {
            for (final Stretch lost : mapping.quarantined()) {
                for (int i = first(listing, lost.start()); i < listing.size(); i++) {
                    final MemoryMapping there = listing.get(i);
                    if (there.start() >= lost.end()) {
                        break;
                    }
                    final long from = Math.max(there.start(), lost.start());
                    final long to = Math.min(there.end(), lost.end());
                    if (there.isAnonymous()) {
                        pieces.add(lost.part(from, to));
                    } else if (there.isFile() && Stretch.of(there).isSameFile(lost) && settled.containsKey(mapping)) {
                        mapping.forget(from, to, settled.get(mapping));
                    }
                }
            }
        }
        pieces.sort(Comparator.comparingLong(Stretch::start));
        final List<Stretch> runs = new ArrayList<>();
        for (final Stretch piece : pieces) {
            if (!runs.isEmpty() && runs.getLast().continuesWith(piece)) {
                runs.add(runs.removeLast().with(piece));
            } else {
                runs.add(piece);
            }
        }
        return runs;
    }

    /** Index of the first mapping that ends behind an address. */
    private static int first(final List<MemoryMapping> listing, final long address) {
        int low = 0;
        int high = listing.size();
        while (low < high) {
            final int middle = low + high >>> 1;
            if (listing.get(middle).end() <= address) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private Map<Long, Target> targets(
        final List<Stretch> runs, final Map<Watching, Wish> wishes) throws IOException {
        final Map<Long, Target> targets = new TreeMap<>();
        for (final Stretch run : runs) {
            if (OwnAddresses.overlaps(run.start(), run.end())) {
                continue;
            }
            final List<Target> wanted = new ArrayList<>();
            for (final Map.Entry<Watching, Wish> wish : wishes.entrySet()) {
                final long[] range = wish.getValue().part(run, isWatched(run, wish.getKey()));
                if (range != null) {
                    final long unit = unitSize(run);
                    wanted.add(new Target(run.part(
                        run.start() + (range[0] - run.start() & -unit),
                        run.start() + (range[1] - run.start() + unit - 1 & -unit)),
                        unit, run.live(), List.of(wish.getKey())));
                }
            }
            final List<Target> merged = merge(wanted);
            merged.forEach(target -> targets.put(target.stretch.start(), target));
            remembered(run, merged).forEach(target -> targets.put(target.stretch.start(), target));
        }
        return targets;
    }

    private boolean isWatched(final Stretch run, final Watching guard) {
        return mappings.values().stream()
            .anyMatch(mapping -> mapping.isPartOf(run) && mapping.watchers().contains(guard));
    }

    private static List<Target> merge(final List<Target> wanted) {
        wanted.sort(Comparator.comparingLong(target -> target.stretch.start()));
        final List<Target> merged = new ArrayList<>();
        for (final Target target : wanted) {
            final Target last = merged.isEmpty() ? null : merged.getLast();
            if (last != null && last.stretch.end() >= target.stretch.start()) {
                final List<Watching> watchers = new ArrayList<>(last.watchers);
                watchers.addAll(target.watchers);
                merged.set(merged.size() - 1, new Target(last.stretch.part(last.stretch.start(),
                    Math.max(last.stretch.end(), target.stretch.end())), last.unitSize, last.guarded, watchers));
            } else {
                merged.add(target);
            }
        }
        return merged;
    }

    /** What is quarantined of a mapping and nobody watches any more: the next guard of the mapping must know. */
    private List<Target> remembered(final Stretch run, final List<Target> wanted) {
        final List<Target> rest = new ArrayList<>();
        for (final ForeignMapping mapping : mappings.values()) {
            if (!run.overlaps(mapping.start(), mapping.end()) || !run.isSameFile(mapping.stretch())) {
                continue;
            }
            for (final Stretch lost : mapping.quarantined()) {
                long from = Math.max(lost.start(), run.start());
                final long to = Math.min(lost.end(), run.end());
                for (final Target target : wanted) {
                    if (target.stretch.overlaps(from, to)) {
                        addRest(rest, lost, from, Math.min(to, target.stretch.start()), mapping.unitSize());
                        from = Math.min(to, target.stretch.end());
                    }
                }
                addRest(rest, lost, from, to, mapping.unitSize());
            }
        }
        return rest;
    }

    private static void addRest(
        final List<Target> rest, final Stretch lost, final long from, final long to, final long unitSize) {
        if (from < to) {
            rest.add(new Target(lost.part(from, to), unitSize, false, List.of()));
        }
    }

    private long unitSize(final Stretch run) throws IOException {
        if (((run.start() | run.end() | run.start() + run.delta()) & SMALLEST_LARGE_PAGE - 1) != 0) {
            return Libc.pageSize();
        }
        for (final ForeignMapping mapping : mappings.values()) {
            if (run.overlaps(mapping.start(), mapping.end()) && run.isSameFile(mapping.stretch())) {
                return mapping.unitSize();
            }
        }
        return MemoryMaps.pageSize(run.start());
    }

    /** Whether the handler was given something new. */
    private boolean apply(final Map<Long, Target> targets) throws IOException {
        final List<ForeignMapping> stale = new ArrayList<>();
        boolean news = false;
        for (final ForeignMapping mapping : mappings.values()) {
            final Target target = targets.get(mapping.start());
            if (target != null && mapping.matches(target.stretch)) {
                targets.remove(mapping.start());
                mapping.watchers(target.watchers);
                news |= target.guarded && !mapping.isActive();
                mapping.activate(target.guarded);
            } else {
                stale.add(mapping);
            }
        }
        // Before another file's mapping is guarded at the same addresses.
        for (final ForeignMapping mapping : stale) {
            if (targets.values().stream().noneMatch(target -> mapping.isPartOf(target.stretch))) {
                mapping.activate(false);
            }
        }
        final List<ForeignMapping> fresh = create(targets.values());
        for (final ForeignMapping mapping : stale) {
            mapping.activate(false);
            takeFaults(mapping);
            fresh.stream().filter(heir -> mapping.isPartOf(heir.stretch())).forEach(heir -> heir.inherit(mapping));
            mappings.remove(mapping.start());
            mapping.dispose();
        }
        fresh.forEach(mapping -> mappings.put(mapping.start(), mapping));
        return news || fresh.stream().anyMatch(ForeignMapping::isActive);
    }

    private static List<ForeignMapping> create(final Iterable<Target> targets) throws IOException {
        final List<ForeignMapping> fresh = new ArrayList<>();
        try {
            for (final Target target : targets) {
                final ForeignMapping mapping = new ForeignMapping(target.stretch, target.unitSize);
                fresh.add(mapping);
                mapping.watchers(target.watchers);
                mapping.activate(target.guarded);
            }
            return fresh;
        } catch (final IOException | RuntimeException failure) {
            fresh.forEach(ForeignMapping::dispose);
            throw failure;
        }
    }

    /** How many mappings the handler guards. */
    synchronized int activeCount() {
        return (int) mappings.values().stream().filter(ForeignMapping::isActive).count();
    }

    /**
     * Whether the file that is guarded at an address is mapped there now. A mapping that came in its place, and was not
     * listed yet, is not taken for it.
     *
     * @return false if the kernel cannot be asked about one address.
     */
    boolean isCurrent(final long address) throws IOException {
        if (MemoryMaps.queryDescriptor() < 0) {
            return false;
        }
        final MemoryMapping there = MemoryMaps.at(address).orElse(null);
        synchronized (this) {
            final Map.Entry<Long, ForeignMapping> known = mappings.floorEntry(address);
            return there != null && there.isFile() && known != null && known.getValue().end() > address
                && known.getValue().stretch().isSameFile(Stretch.of(there));
        }
    }

    /** The mappings that someone watches in a range, if that is all of the range; else null. */
    private List<ForeignMapping> watched(final Watching guard, final long start, final long end) {
        if (!guard.covers(start, end)) {
            return null;
        }
        final List<ForeignMapping> found = new ArrayList<>();
        long at = start;
        while (at < end) {
            final Map.Entry<Long, ForeignMapping> next = mappings.floorEntry(at);
            if (next == null || next.getValue().end() <= at || !next.getValue().watchers().contains(guard)) {
                return null;
            }
            found.add(next.getValue());
            at = next.getValue().end();
        }
        return found;
    }

    /**
     * What is quarantined of a range of addresses, as offsets from its start; null if someone does not watch all of it.
     */
    synchronized List<ByteRange> lost(final Watching guard, final long start, final long end) {
        takeFaults();
        final List<ForeignMapping> found = watched(guard, start, end);
        if (found == null) {
            return null;
        }
        final List<ByteRange> lost = new ArrayList<>();
        for (final ForeignMapping mapping : found) {
            for (final long unit : mapping.lost(start, end)) {
                final long from = Math.max(unit, start);
                ByteRange.append(lost, from - start, Math.min(unit + mapping.unitSize(), end) - from);
            }
        }
        return lost;
    }

    /**
     * What is quarantined of one mapping.
     *
     * @param file     by the name it had lately.
     * @param mapping  how it is mapped.
     * @param unitSize bytes of a unit.
     * @param units    the addresses of the units.
     */
    record Loss(Path file, Stretch mapping, long unitSize, List<Long> units) {
    }

    /** What is quarantined of a range of addresses, mapping by mapping. */
    synchronized List<Loss> losses(final Watching guard, final long start, final long end) {
        takeFaults();
        final List<ForeignMapping> found = watched(guard, start, end);
        return found == null ? List.of() : found.stream()
            .map(each -> new Loss(each.file(), each.stretch(), each.unitSize(), each.lost(start, end)))
            .filter(loss -> !loss.units.isEmpty()).toList();
    }

    /** Maps the file in place of a quarantined unit, if it still is one of that file. */
    synchronized void restore(
        final Watching guard, final long address, final MappedFile file, final MemorySegment alive) throws IOException {
        final List<ForeignMapping> found = watched(guard, address, address + 1);
        if (found != null && !found.getFirst().lost(address, address + 1).isEmpty()) {
            restored = tickets.incrementAndGet();
            found.getFirst().activate(true);
            found.getFirst().restore(address, file.fd(), file.flags(), alive);
        }
    }
}
