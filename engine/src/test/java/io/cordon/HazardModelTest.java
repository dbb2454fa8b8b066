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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every interleaving, one step after the other, of a few actors on one page of the hazard protocol. The page has two
 * lines: BAD, which the medium loses, and GOOD beside it.
 *
 * <p>The steps are those of X86Code (handler, transition), GuardedRange, LineMap, PageRecovery, ExplicitRecovery,
 * SimulatedMedium and Region, and carry their names. What the hardware reorders is not modelled.
 */
final class HazardModelTest {
    private static final int STATE_LIMIT = 6_000_000;

    /** What is broken on purpose, to see that the explorer would notice. */
    private enum Mutant {
        /** Giving back: the epoch stays. */
        NO_EPOCH,
        /** The handler takes no lock. */
        NO_HANDLER_LOCK,
        /** The handler quarantines first and tells afterwards. */
        QUARANTINE_FIRST,
        /** An access looks at the hazard word only after itself. */
        CHECK_AFTER_ONLY,
        /** An access looks at the hazard word only before itself. */
        CHECK_BEFORE_ONLY,
        /** An access without a look at the hazard word before itself trusts a flag that is down. */
        QUICK_TRUSTS_FLAG,
        /** Withdrawing leaves the scar when the quarantine page is there. */
        SCAR_LAST,
        /** The handler notes in the page's record what it did when the quarantine page is there. */
        RECORD_LAST,
        /** A store looks at the hazard word only after itself. */
        QUICK_STORE_AFTER_ONLY,
        /** The flag is lowered by a plain store. */
        LOWER_WITHOUT_CAS,
        /** The flag is lowered whatever the count of quarantined pages says. */
        LOWER_WITHOUT_COUNT,
        /** The flag is raised before the epoch moves. */
        FLAG_BEFORE_EPOCH,
        /** PageRecovery takes back its count of a quarantined page while the handler has not yet counted. */
        UNCOUNT_AT_ONCE,
        /** A page that was mapped back before its epoch moved goes unnoticed when an atomic update is judged. */
        REPEAT_WITHOUT_LOCK,
        /** PageRecovery withdraws a page and counts it afterwards. */
        COUNT_AFTER_RAISE,
        /** Salvage starts when the record says quarantined, whether the quarantine page is there or not. */
        SALVAGE_BEFORE_QUARANTINE,
        /** The simulated medium sets no trap if the record says quarantined. */
        TRAP_ONLY_IF_MAPPED,
        /** An atomic update is run again if its thread trapped, though the page may have come back meanwhile. */
        REPEAT_IF_TRAPPED
    }

    /** What an actor does. */
    private enum Role {
        LOAD_BAD, LOAD_GOOD, STORE_GOOD, ADD_GOOD,
        /** A store to the line that the medium loses. */
        STORE_BAD,
        /** A raw access. */
        TOUCH,
        /** The simulated medium loses BAD; with KNOWN it tells. */
        INJECT, INJECT_KNOWN,
        /** A real medium loses BAD: only a load of that line traps. Then somebody looks at the page. */
        DECAY,
        /** The page faults at the start, though the medium has nothing to say against it. */
        SPURIOUS,
        /** A page that shares this one's scar has failed before. */
        SHARED_SCAR,
        WRITE_BAD, WATCH
    }

    private enum Step {
        // Region: loads, stores, atomic updates.
        QUICK_BEFORE, QUICK_AFTER, QUICK_SCAR, QUICK_RECORD, BEFORE, HELD, ACCESS, AFTER, LANDED, REPEAT_AWAIT, REPEAT,
        // The handler.
        LOCK_RANGE, RECORD, COUNT, MARK, SCAR, FLAG, EPOCH, QUARANTINE, UNLOCK_RANGE,
        // PageRecovery.resolve and what it calls.
        LOCK_UNIT, IS_QUARANTINED, AWAIT, BAD_LINES, SALVAGE, LOSE, OVERWRITE, MAP_BACK,
        // The transition: give back, or refuse.
        TRANSITION, MAP_FILE, MOVE_EPOCH, MOVE_RECORD, PUBLISH, UNCOUNT, END_TRANSITION,
        // The end of PageRecovery.locked.
        UNLOCK_UNIT, LOWER_READ, LOWER_REFUSED, LOWER_COUNT, LOWER_CAS, LOWER_STORE, ADMIT,
        // GuardedRange.quarantine and LineMap.withdraw.
        Q_COUNT, Q_RECORD, Q_SCAR, Q_MARK, Q_FLAG, Q_EPOCH, Q_COUNT_LATE, Q_AWAIT, Q_UNCOUNT, Q_MAP,
        // SimulatedMedium.poison.
        POISON, TRAP_CHECK, TRAP, SCRIBBLE, DECAYS,
        // ExplicitRecovery.writePage.
        W_STATE, W_WRITE, W_PROVE, W_CLEARED,
        DONE
    }

    private static final Step[] STEPS = Step.values();

    private static final int FILE = 0;
    private static final int TRAPPED = 1;
    private static final int ZEROES = 2;
    private static final int DECAYED = 2;

    private static final int OLD = 1;
    private static final int NEW = 2;
    private static final int SCRIBBLE = 3;

    // The page's state: one int each.
    private static final int MAPPED = 0;
    private static final int HAZARD_EPOCH = 1;
    private static final int HAZARD_FLAG = 2;
    private static final int PAGE_RECORD = 3;
    private static final int BITS = 4;
    private static final int RANGE_LOCK = 5;
    private static final int UNIT_LOCK = 6;
    private static final int MEDIUM_LOCK = 7;
    private static final int QUARANTINED_COUNT = 8;
    private static final int REFUSED_COUNT = 9;
    private static final int LOST = 10;
    private static final int POISONED = 11;
    private static final int BAD_CONTENT = 12;
    private static final int GOOD_CONTENT = 13;
    private static final int ADDED = 14;
    private static final int SCARRED = 15;
    private static final int SHARED = 16;

    // Each actor's: one int each.
    private static final int PC = 0;
    private static final int BEFORE_EPOCH = 1;
    private static final int BEFORE_FLAG = 2;
    private static final int VALUE = 3;
    private static final int RETURN = 4;
    private static final int FOUND_BAD = 5;
    private static final int SALVAGED = 6;
    private static final int TRAP_EPOCH = 7;
    private static final int AFTER_ADMIT = 8;
    private static final int REFUSE = 9;
    private static final int FROM_ZEROES = 10;
    private static final int OUTCOME = 11;
    private static final int WAS_QUARANTINED = 12;
    /** The access looks at the hazard word only after itself. */
    private static final int QUICK = 13;
    /** The line was lost, and known to be, when the access began. */
    private static final int BEGAN_LOST = 14;
    private static final int PRIVATE = 15;

    private static final int BAD_BIT = 1;
    private static final int GOOD_BIT = 2;
    private static final int SUCCESS = 1;
    private static final int REFUSED = 2;
    private static final int UNKNOWN = 3;

    private static Stream<List<Role>> scenarios() {
        return Stream.of(
            List.of(Role.INJECT, Role.LOAD_BAD, Role.LOAD_GOOD),
            List.of(Role.INJECT, Role.STORE_GOOD, Role.LOAD_BAD),
            List.of(Role.INJECT, Role.STORE_GOOD, Role.TOUCH, Role.WATCH),
            List.of(Role.INJECT, Role.ADD_GOOD, Role.TOUCH),
            List.of(Role.INJECT, Role.ADD_GOOD, Role.WATCH),
            List.of(Role.INJECT, Role.LOAD_BAD, Role.WRITE_BAD),
            List.of(Role.INJECT_KNOWN, Role.LOAD_BAD, Role.WRITE_BAD),
            List.of(Role.INJECT_KNOWN, Role.LOAD_GOOD, Role.WRITE_BAD),
            List.of(Role.INJECT_KNOWN, Role.STORE_GOOD, Role.WRITE_BAD),
            List.of(Role.INJECT_KNOWN, Role.LOAD_BAD, Role.WATCH),
            List.of(Role.SPURIOUS, Role.INJECT, Role.TOUCH, Role.LOAD_BAD),
            List.of(Role.SPURIOUS, Role.DECAY, Role.TOUCH, Role.STORE_GOOD),
            List.of(Role.INJECT, Role.INJECT, Role.LOAD_BAD, Role.TOUCH),
            List.of(Role.INJECT, Role.INJECT, Role.STORE_GOOD, Role.TOUCH),
            List.of(Role.INJECT_KNOWN, Role.TOUCH, Role.STORE_BAD),
            List.of(Role.SHARED_SCAR, Role.INJECT, Role.LOAD_BAD, Role.LOAD_GOOD),
            List.of(Role.SHARED_SCAR, Role.INJECT_KNOWN, Role.STORE_GOOD, Role.LOAD_BAD),
            List.of(Role.SHARED_SCAR, Role.INJECT_KNOWN, Role.LOAD_GOOD, Role.WRITE_BAD),
            // The largest by far, and the last for that reason.
            List.of(Role.INJECT_KNOWN, Role.TOUCH, Role.LOAD_GOOD, Role.WATCH));
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    @DisplayName("Laws 1 and 3: no interleaving of the protocol returns quarantine content or loses a store")
    void shouldHoldInEveryInterleaving(final List<Role> roles) {
        final Explorer explorer = new Explorer(roles, null);
        assertEquals(null, explorer.explore(), () -> "a violation in " + roles);
        assertTrue(explorer.ends > 0, "no interleaving came to an end");
    }

    @ParameterizedTest
    @EnumSource(Mutant.class)
    @DisplayName("Control: the explorer catches each broken variant of the protocol")
    void shouldCatchBrokenProtocol(final Mutant mutant) {
        String found = null;
        for (final List<Role> roles : scenarios().toList()) {
            if (found == null) {
                found = new Explorer(roles, mutant).explore();
            }
        }
        assertNotNull(found, "nobody notices " + mutant);
    }

    @Test
    @DisplayName("Control: the scenarios reach every step of the protocol")
    void shouldReachEveryStep() {
        final Set<Step> reached = EnumSet.noneOf(Step.class);
        for (final List<Role> roles : scenarios().toList()) {
            if (!roles.containsAll(List.of(Role.TOUCH, Role.WATCH, Role.LOAD_GOOD))) {
                final Explorer explorer = new Explorer(roles, null);
                explorer.explore();
                reached.addAll(explorer.reached);
            }
        }
        final Set<Step> missed = EnumSet.complementOf(EnumSet.copyOf(reached));
        assertEquals(EnumSet.of(Step.Q_COUNT_LATE, Step.LOWER_STORE, Step.TRAP_CHECK, Step.DONE), missed,
            "only mutants take these, and the end is no step");
    }

    /** Depth first over all states; the path to a violation is the report. */
    private static final class Explorer {
        private final List<Role> roles;
        private final Mutant mutant;
        private final Set<String> seen = new HashSet<>();
        private final Set<Step> reached = EnumSet.noneOf(Step.class);
        private final Deque<String> path = new ArrayDeque<>();
        private int ends;
        private String violation;
        private int[] s;
        private int self;

        Explorer(final List<Role> roles, final Mutant mutant) {
            this.roles = roles;
            this.mutant = mutant;
        }

        String explore() {
            final int[] start = new int[SHARED + roles.size() * PRIVATE];
            start[BAD_CONTENT] = OLD;
            start[GOOD_CONTENT] = OLD;
            start[RANGE_LOCK] = -1;
            start[UNIT_LOCK] = -1;
            start[MEDIUM_LOCK] = -1;
            start[SCARRED] = roles.contains(Role.SHARED_SCAR) ? 1 : 0;
            start[HAZARD_EPOCH] = start[SCARRED];
            start[MAPPED] = roles.contains(Role.SPURIOUS) ? TRAPPED : FILE;
            for (int i = 0; i < roles.size(); i++) {
                final Step first = switch (roles.get(i)) {
                    case LOAD_BAD, LOAD_GOOD, STORE_GOOD, STORE_BAD -> Step.QUICK_BEFORE;
                    case ADD_GOOD -> Step.BEFORE;
                    case TOUCH -> Step.ACCESS;
                    case INJECT, INJECT_KNOWN -> Step.POISON;
                    case DECAY -> Step.DECAYS;
                    case SPURIOUS, SHARED_SCAR -> Step.DONE;
                    case WRITE_BAD, WATCH -> Step.LOCK_UNIT;
                };
                start[SHARED + i * PRIVATE + PC] = first.ordinal();
            }
            visit(start);
            return violation;
        }

        private void visit(final int[] state) {
            final char[] key = new char[state.length];
            for (int i = 0; i < key.length; i++) {
                // Small and positive: a byte each in the string.
                key[i] = (char) (state[i] + 2);
            }
            if (!seen.add(new String(key))) {
                return;
            }
            if (seen.size() > STATE_LIMIT) {
                throw new AssertionError(roles + ": more than " + STATE_LIMIT + " states");
            }
            boolean moved = false;
            boolean done = true;
            for (int actor = 0; actor < roles.size() && violation == null; actor++) {
                final Step step = STEPS[state[SHARED + actor * PRIVATE + PC]];
                if (step == Step.DONE) {
                    continue;
                }
                done = false;
                s = state.clone();
                self = SHARED + actor * PRIVATE;
                if (!isEnabled(step, actor)) {
                    continue;
                }
                moved = true;
                reached.add(step);
                path.addLast(actor + ":" + roles.get(actor) + "." + step);
                run(step, roles.get(actor), actor);
                if (violation == null) {
                    visit(s);
                }
                path.removeLast();
            }
            if (violation != null) {
                return;
            }
            if (done) {
                ends++;
                judge(state);
            } else if (!moved) {
                fail("deadlock " + Arrays.toString(state));
            }
        }

        private void fail(final String reason) {
            violation = reason + (mutant == null ? "" : " with " + mutant) + ": " + new ArrayList<>(path);
        }

        /** At the end: what was stored is in the file, what is lost is refused. */
        private void judge(final int[] state) {
            for (int i = 0; i < roles.size(); i++) {
                if (roles.get(i) == Role.STORE_GOOD && state[GOOD_CONTENT] != NEW) {
                    fail("a store to a healthy line is lost");
                }
                if (roles.get(i) == Role.ADD_GOOD) {
                    final int outcome = state[SHARED + i * PRIVATE + OUTCOME];
                    if (outcome == SUCCESS && state[ADDED] != 1) {
                        fail("an update took effect " + state[ADDED] + " times");
                    }
                }
            }
            if (state[LOST] != 0 && (state[HAZARD_FLAG] == 0 || (state[BITS] & BAD_BIT) == 0)) {
                fail("a lost line is not refused");
            }
            if (state[PAGE_RECORD] < 0 && (state[HAZARD_FLAG] == 0 || state[BITS] != (BAD_BIT | GOOD_BIT))) {
                fail("a quarantined page is not refused");
            }
        }

        private boolean isEnabled(final Step step, final int actor) {
            return switch (step) {
                case LOCK_RANGE -> s[RANGE_LOCK] < 0 || mutant == Mutant.NO_HANDLER_LOCK;
                case AWAIT -> s[RANGE_LOCK] < 0 || mutant == Mutant.SALVAGE_BEFORE_QUARANTINE;
                case TRANSITION, REPEAT_AWAIT, Q_AWAIT -> s[RANGE_LOCK] < 0;
                case LOCK_UNIT -> s[UNIT_LOCK] < 0;
                case POISON, DECAYS, MAP_BACK, BAD_LINES, SALVAGE, OVERWRITE, W_STATE, W_WRITE, W_PROVE ->
                    s[MEDIUM_LOCK] < 0 || s[MEDIUM_LOCK] == actor;
                default -> true;
            };
        }

        private void go(final Step step) {
            s[self + PC] = step.ordinal();
        }

        private void run(final Step step, final Role role, final int actor) {
            switch (step) {
                case QUICK_BEFORE, QUICK_AFTER, QUICK_SCAR, QUICK_RECORD, BEFORE, HELD, ACCESS, AFTER, LANDED,
                    REPEAT_AWAIT, REPEAT, ADMIT -> access(step, role);
                case LOCK_RANGE, RECORD, COUNT, MARK, SCAR, FLAG, EPOCH, QUARANTINE, UNLOCK_RANGE ->
                    handle(step, actor);
                case TRANSITION, MAP_FILE, MOVE_EPOCH, MOVE_RECORD, PUBLISH, UNCOUNT, END_TRANSITION ->
                    transition(step, actor);
                case Q_COUNT, Q_RECORD, Q_SCAR, Q_MARK, Q_FLAG, Q_EPOCH, Q_COUNT_LATE, Q_AWAIT, Q_UNCOUNT, Q_MAP ->
                    quarantine(step);
                case POISON, TRAP_CHECK, TRAP, SCRIBBLE, DECAYS -> inject(step, role, actor);
                case W_STATE, W_WRITE, W_PROVE, W_CLEARED -> write(step);
                case UNLOCK_UNIT, LOWER_READ, LOWER_REFUSED, LOWER_COUNT, LOWER_CAS, LOWER_STORE -> lower(step, role);
                default -> resolve(step, role, actor);
            }
        }

        /** Region.getX, putX, getAndAddX, and a raw access that checks nothing. */
        private void access(final Step step, final Role role) {
            final int line = role == Role.LOAD_BAD || role == Role.STORE_BAD ? BAD_BIT : GOOD_BIT;
            final boolean load = role == Role.LOAD_BAD || role == Role.LOAD_GOOD;
            switch (step) {
                case QUICK_BEFORE -> {
                    final boolean tried = load || mutant == Mutant.QUICK_STORE_AFTER_ONLY
                        || s[HAZARD_EPOCH] == 0 && s[HAZARD_FLAG] == 0 || s[SCARRED] == 0;
                    s[self + QUICK] = tried ? 1 : 0;
                    s[self + BEGAN_LOST] = s[LOST] != 0 && s[PAGE_RECORD] >= 0 ? 1 : 0;
                    go(tried ? Step.ACCESS : Step.BEFORE);
                }
                case QUICK_AFTER -> {
                    final boolean calm = s[HAZARD_FLAG] == 0
                        && (s[HAZARD_EPOCH] == 0 || mutant == Mutant.QUICK_TRUSTS_FLAG);
                    if (calm) {
                        succeed(role);
                    } else {
                        go(Step.QUICK_SCAR);
                    }
                }
                case QUICK_SCAR -> {
                    if (s[SCARRED] == 0) {
                        succeed(role);
                    } else if (load) {
                        go(Step.QUICK_RECORD);
                    } else {
                        restart();
                        go(Step.BEFORE);
                    }
                }
                case QUICK_RECORD -> {
                    if (s[PAGE_RECORD] == 0) {
                        succeed(role);
                    } else {
                        restart();
                        go(Step.BEFORE);
                    }
                }
                case BEFORE -> {
                    s[self + BEFORE_EPOCH] = s[HAZARD_EPOCH];
                    s[self + BEFORE_FLAG] = s[HAZARD_FLAG];
                    go(Step.HELD);
                }
                case HELD -> {
                    if (s[self + BEFORE_FLAG] != 0 && (s[BITS] & line) != 0) {
                        slowly();
                    } else {
                        go(Step.ACCESS);
                    }
                }
                case ACCESS -> touch(role, load);
                case AFTER -> {
                    final boolean equal = s[self + BEFORE_EPOCH] == s[HAZARD_EPOCH]
                        && s[self + BEFORE_FLAG] == s[HAZARD_FLAG];
                    if (mutant == Mutant.CHECK_AFTER_ONLY) {
                        final boolean held = s[HAZARD_FLAG] != 0 && (s[BITS] & line) != 0;
                        if (held) {
                            slowly();
                        } else {
                            succeed(role);
                        }
                    } else if (equal || mutant == Mutant.CHECK_BEFORE_ONLY) {
                        succeed(role);
                    } else {
                        go(Step.LANDED);
                    }
                }
                case LANDED -> {
                    if (s[PAGE_RECORD] >= 0 && s[PAGE_RECORD] <= s[self + BEFORE_EPOCH]) {
                        succeed(role);
                    } else if (role == Role.ADD_GOOD) {
                        go(mutant == Mutant.REPEAT_WITHOUT_LOCK ? Step.REPEAT : Step.REPEAT_AWAIT);
                    } else {
                        slowly();
                    }
                }
                case REPEAT_AWAIT -> go(Step.REPEAT);
                case REPEAT -> {
                    final int trap = s[self + TRAP_EPOCH];
                    if (trap > s[self + BEFORE_EPOCH]
                        && (trap == s[HAZARD_EPOCH] || mutant == Mutant.REPEAT_IF_TRAPPED)) {
                        slowly();
                    } else {
                        s[self + OUTCOME] = UNKNOWN;
                        go(Step.DONE);
                    }
                }
                default -> {
                    // RegionCore.admit, after the page was resolved: the exception, or once more from the start.
                    if (line == BAD_BIT && s[LOST] != 0) {
                        s[self + OUTCOME] = REFUSED;
                        go(Step.DONE);
                    } else {
                        restart();
                        go(role == Role.ADD_GOOD ? Step.BEFORE : Step.QUICK_BEFORE);
                    }
                }
            }
        }

        /** What a new call does not remember. */
        private void restart() {
            for (final int i : new int[] {BEFORE_EPOCH, BEFORE_FLAG, VALUE, TRAP_EPOCH, FROM_ZEROES, FOUND_BAD,
                SALVAGED, AFTER_ADMIT, REFUSE, WAS_QUARANTINED, QUICK}) {
                s[self + i] = 0;
            }
        }

        private void slowly() {
            s[self + AFTER_ADMIT] = Step.ADMIT.ordinal();
            go(Step.LOCK_UNIT);
        }

        private void touch(final Role role, final boolean load) {
            if (s[MAPPED] == TRAPPED || s[MAPPED] == FILE && s[POISONED] == DECAYED && role == Role.LOAD_BAD) {
                go(mutant == Mutant.QUARANTINE_FIRST ? Step.QUARANTINE : Step.LOCK_RANGE);
                return;
            }
            s[self + FROM_ZEROES] = s[MAPPED] == ZEROES ? 1 : 0;
            if (load) {
                s[self + VALUE] = role == Role.LOAD_BAD ? s[BAD_CONTENT] : s[GOOD_CONTENT];
            }
            if (role == Role.STORE_GOOD && s[MAPPED] == FILE) {
                s[GOOD_CONTENT] = NEW;
            }
            if (role == Role.STORE_BAD && s[MAPPED] == FILE) {
                if (s[self + BEGAN_LOST] != 0) {
                    fail("a store reached a line that was lost before it began");
                }
                s[BAD_CONTENT] = NEW;
            }
            if (role == Role.ADD_GOOD && s[MAPPED] == FILE) {
                s[ADDED]++;
            }
            go(role == Role.TOUCH ? Step.DONE : s[self + QUICK] != 0 ? Step.QUICK_AFTER : Step.AFTER);
        }

        private void succeed(final Role role) {
            s[self + OUTCOME] = SUCCESS;
            go(Step.DONE);
            if (role == Role.STORE_BAD && s[LOST] != 0) {
                fail("a store to a lost line was served");
            } else if (s[self + FROM_ZEROES] != 0) {
                fail("an access of the quarantine page was trusted");
            } else if (role == Role.LOAD_BAD && s[self + VALUE] != OLD && s[self + VALUE] != NEW) {
                fail(s[self + VALUE] == SCRIBBLE
                    ? "a load returned garbage" : "a load returned the zeroes of a lost line");
            }
        }

        /** X86Code.HANDLER. */
        private void handle(final Step step, final int actor) {
            final boolean flagFirst = mutant == Mutant.FLAG_BEFORE_EPOCH;
            final Step afterRaise = mutant == Mutant.QUARANTINE_FIRST ? Step.UNLOCK_RANGE : Step.QUARANTINE;
            switch (step) {
                case LOCK_RANGE -> {
                    s[RANGE_LOCK] = mutant == Mutant.NO_HANDLER_LOCK ? s[RANGE_LOCK] : actor;
                    go(Step.RECORD);
                }
                case RECORD -> {
                    final boolean first = s[PAGE_RECORD] >= 0;
                    s[PAGE_RECORD] = mutant == Mutant.RECORD_LAST ? s[PAGE_RECORD] : -1;
                    go(first ? Step.COUNT : Step.MARK);
                }
                case COUNT -> {
                    s[QUARANTINED_COUNT]++;
                    go(Step.MARK);
                }
                case MARK -> {
                    s[BITS] = BAD_BIT | GOOD_BIT;
                    go(mutant != Mutant.SCAR_LAST ? Step.SCAR : Step.EPOCH);
                }
                case SCAR -> {
                    s[SCARRED] = 1;
                    go(mutant == Mutant.SCAR_LAST ? Step.UNLOCK_RANGE : flagFirst ? Step.FLAG : Step.EPOCH);
                }
                case EPOCH -> {
                    s[HAZARD_EPOCH]++;
                    s[self + TRAP_EPOCH] = s[HAZARD_EPOCH];
                    go(flagFirst ? afterRaise : Step.FLAG);
                }
                case FLAG -> {
                    s[HAZARD_FLAG] = 1;
                    s[self + TRAP_EPOCH] = s[HAZARD_EPOCH];
                    go(flagFirst ? Step.EPOCH : afterRaise);
                }
                case QUARANTINE -> {
                    s[MAPPED] = ZEROES;
                    go(mutant == Mutant.QUARANTINE_FIRST ? Step.LOCK_RANGE
                        : mutant == Mutant.SCAR_LAST ? Step.SCAR : Step.UNLOCK_RANGE);
                }
                default -> {
                    if (mutant == Mutant.RECORD_LAST) {
                        s[PAGE_RECORD] = -1;
                    }
                    if (s[RANGE_LOCK] == actor) {
                        s[RANGE_LOCK] = -1;
                    }
                    go(Step.ACCESS);
                }
            }
        }

        /** PageRecovery.locked and resolve. */
        private void resolve(final Step step, final Role role, final int actor) {
            switch (step) {
                case LOCK_UNIT -> {
                    s[UNIT_LOCK] = actor;
                    go(role == Role.INJECT_KNOWN ? Step.Q_COUNT
                        : role == Role.WRITE_BAD ? Step.W_STATE : Step.IS_QUARANTINED);
                    if (role == Role.INJECT_KNOWN && mutant == Mutant.COUNT_AFTER_RAISE) {
                        go(Step.Q_RECORD);
                    }
                }
                case IS_QUARANTINED -> go(s[PAGE_RECORD] < 0 ? Step.AWAIT
                    : role == Role.WRITE_BAD ? Step.W_WRITE : Step.UNLOCK_UNIT);
                case AWAIT -> go(Step.BAD_LINES);
                case BAD_LINES -> {
                    s[self + FOUND_BAD] = s[POISONED];
                    go(Step.SALVAGE);
                }
                case SALVAGE -> {
                    s[self + SALVAGED] = s[GOOD_CONTENT];
                    go(s[self + FOUND_BAD] != 0 ? Step.LOSE : Step.MAP_BACK);
                }
                case LOSE -> {
                    if (s[LOST] == 0) {
                        s[REFUSED_COUNT]++;
                    }
                    s[LOST] = 1;
                    go(Step.OVERWRITE);
                }
                case OVERWRITE -> {
                    s[GOOD_CONTENT] = s[self + SALVAGED];
                    s[BAD_CONTENT] = 0;
                    s[POISONED] = 0;
                    go(Step.MAP_BACK);
                }
                case MAP_BACK -> {
                    if (s[POISONED] != 0) {
                        go(Step.IS_QUARANTINED);
                    } else {
                        s[MEDIUM_LOCK] = actor;
                        s[self + REFUSE] = 0;
                        go(Step.TRANSITION);
                    }
                }
                default -> throw new AssertionError(step);
            }
        }

        /** X86Code.TRANSITION, for GuardedRange.giveBack and refuse. */
        private void transition(final Step step, final int actor) {
            final boolean refuse = s[self + REFUSE] != 0;
            switch (step) {
                case TRANSITION -> {
                    s[RANGE_LOCK] = actor;
                    final boolean expected = s[PAGE_RECORD] < 0 != refuse;
                    s[self + VALUE] = expected ? 1 : 0;
                    go(!expected ? Step.END_TRANSITION : refuse ? Step.MOVE_EPOCH : Step.MAP_FILE);
                }
                case MAP_FILE -> {
                    s[MAPPED] = FILE;
                    go(Step.MOVE_EPOCH);
                }
                case MOVE_EPOCH -> {
                    s[HAZARD_EPOCH] += mutant == Mutant.NO_EPOCH ? 0 : 1;
                    // What xadd returned; nobody else's step changes it.
                    s[self + SALVAGED] = s[HAZARD_EPOCH];
                    go(Step.MOVE_RECORD);
                }
                case MOVE_RECORD -> {
                    s[PAGE_RECORD] = mutant == Mutant.NO_EPOCH ? 0 : s[self + SALVAGED];
                    go(Step.PUBLISH);
                }
                case PUBLISH -> {
                    s[BITS] = s[LOST] != 0 && !refuse ? BAD_BIT : 0;
                    go(refuse ? Step.END_TRANSITION : Step.UNCOUNT);
                }
                case UNCOUNT -> {
                    s[QUARANTINED_COUNT]--;
                    go(Step.END_TRANSITION);
                }
                default -> {
                    s[RANGE_LOCK] = -1;
                    if (refuse) {
                        go(s[self + VALUE] == 0 ? Step.W_STATE : Step.W_CLEARED);
                    } else {
                        s[MEDIUM_LOCK] = -1;
                        go(Step.IS_QUARANTINED);
                    }
                }
            }
        }

        /** GuardedRange.quarantine. */
        private void quarantine(final Step step) {
            final boolean late = mutant == Mutant.COUNT_AFTER_RAISE;
            final boolean flagFirst = mutant == Mutant.FLAG_BEFORE_EPOCH;
            final boolean first = s[self + WAS_QUARANTINED] == 0;
            final Step afterRaise = late ? first ? Step.Q_COUNT_LATE : Step.Q_MAP
                : first ? Step.Q_MAP : mutant == Mutant.UNCOUNT_AT_ONCE ? Step.Q_UNCOUNT : Step.Q_AWAIT;
            switch (step) {
                case Q_COUNT -> {
                    s[QUARANTINED_COUNT]++;
                    go(Step.Q_RECORD);
                }
                case Q_RECORD -> {
                    s[self + WAS_QUARANTINED] = s[PAGE_RECORD] < 0 ? 1 : 0;
                    s[PAGE_RECORD] = -1;
                    go(Step.Q_SCAR);
                }
                case Q_SCAR -> {
                    s[SCARRED] = 1;
                    go(Step.Q_MARK);
                }
                case Q_MARK -> {
                    s[BITS] = BAD_BIT | GOOD_BIT;
                    go(flagFirst ? Step.Q_FLAG : Step.Q_EPOCH);
                }
                case Q_EPOCH -> {
                    s[HAZARD_EPOCH]++;
                    go(flagFirst ? afterRaise : Step.Q_FLAG);
                }
                case Q_FLAG -> {
                    s[HAZARD_FLAG] = 1;
                    go(flagFirst ? Step.Q_EPOCH : afterRaise);
                }
                case Q_AWAIT -> go(Step.Q_UNCOUNT);
                case Q_UNCOUNT -> {
                    s[QUARANTINED_COUNT]--;
                    go(Step.Q_MAP);
                }
                case Q_COUNT_LATE -> {
                    s[QUARANTINED_COUNT]++;
                    go(Step.Q_MAP);
                }
                default -> {
                    s[MAPPED] = ZEROES;
                    go(Step.IS_QUARANTINED);
                }
            }
        }

        /** SimulatedMedium.poison, under its lock. */
        private void inject(final Step step, final Role role, final int actor) {
            switch (step) {
                case POISON -> {
                    s[MEDIUM_LOCK] = actor;
                    s[POISONED] = 1;
                    go(mutant == Mutant.TRAP_ONLY_IF_MAPPED ? Step.TRAP_CHECK : Step.TRAP);
                }
                case DECAYS -> {
                    s[POISONED] = DECAYED;
                    s[BAD_CONTENT] = SCRIBBLE;
                    go(Step.LOCK_UNIT);
                }
                case TRAP_CHECK -> go(s[PAGE_RECORD] < 0 ? Step.SCRIBBLE : Step.TRAP);
                case TRAP -> {
                    s[MAPPED] = TRAPPED;
                    go(Step.SCRIBBLE);
                }
                default -> {
                    s[BAD_CONTENT] = SCRIBBLE;
                    s[MEDIUM_LOCK] = -1;
                    go(role == Role.INJECT_KNOWN ? Step.LOCK_UNIT : Step.DONE);
                }
            }
        }

        /** ExplicitRecovery.writePage over the line BAD. */
        private void write(final Step step) {
            switch (step) {
                case W_STATE -> go(s[PAGE_RECORD] < 0 ? Step.IS_QUARANTINED
                    : s[POISONED] != 0 ? firstOfQuarantine() : Step.W_WRITE);
                case W_WRITE -> {
                    if (s[POISONED] != 0) {
                        go(Step.W_STATE);
                    } else {
                        s[BAD_CONTENT] = NEW;
                        go(Step.W_PROVE);
                    }
                }
                case W_PROVE -> {
                    s[self + REFUSE] = 1;
                    go(s[POISONED] != 0 ? Step.W_STATE : Step.TRANSITION);
                }
                default -> {
                    if (s[LOST] != 0) {
                        s[LOST] = 0;
                        s[REFUSED_COUNT]--;
                    }
                    go(Step.UNLOCK_UNIT);
                }
            }
        }

        private Step firstOfQuarantine() {
            return mutant == Mutant.COUNT_AFTER_RAISE ? Step.Q_RECORD : Step.Q_COUNT;
        }

        /** UnitTable.lowerHazard and GuardedRange.lower. */
        private void lower(final Step step, final Role role) {
            final Step end = s[self + AFTER_ADMIT] != 0 ? Step.ADMIT : Step.DONE;
            switch (step) {
                case UNLOCK_UNIT -> {
                    s[UNIT_LOCK] = -1;
                    go(Step.LOWER_READ);
                }
                case LOWER_READ -> {
                    s[self + BEFORE_EPOCH] = s[HAZARD_EPOCH];
                    go(s[HAZARD_FLAG] != 0 ? Step.LOWER_REFUSED : end);
                }
                case LOWER_REFUSED -> go(s[REFUSED_COUNT] == 0 ? Step.LOWER_COUNT : end);
                case LOWER_COUNT -> go(s[QUARANTINED_COUNT] != 0 && mutant != Mutant.LOWER_WITHOUT_COUNT ? end
                    : mutant == Mutant.LOWER_WITHOUT_CAS ? Step.LOWER_STORE : Step.LOWER_CAS);
                case LOWER_CAS -> {
                    if (s[HAZARD_FLAG] != 0 && s[HAZARD_EPOCH] == s[self + BEFORE_EPOCH]) {
                        s[HAZARD_FLAG] = 0;
                        s[HAZARD_EPOCH]++;
                    }
                    go(end);
                }
                default -> {
                    s[HAZARD_FLAG] = 0;
                    s[HAZARD_EPOCH] = s[self + BEFORE_EPOCH] + 1;
                    go(end);
                }
            }
        }
    }
}
