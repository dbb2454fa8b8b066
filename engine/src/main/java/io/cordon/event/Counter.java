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

/**
 * What a region counts, from its opening on; the order is that of the counters that other processes see. Nothing of it
 * is counted where nothing has failed.
 */
public enum Counter {
    /** Units (pages, as a rule) that failed and were looked at: by an access, a patrol read or the medium's list. */
    FAULTS("faults"),
    /** Lines that the medium cannot read and that could not be recovered either, as many as there are now. */
    POISONED_LINES("poisoned lines, now"),
    /** Lines whose medium is healthy and whose data is gone, as many as there are now. */
    LOST_LINES("lost lines, now"),
    /** Units that were recovered, with lines lost or without. */
    RECOVERIES("recoveries"),
    /** Recoveries of a unit that failed; it stays withdrawn until an explicit recovery. */
    FAILED_RECOVERIES("failed recoveries"),
    /** Bytes that patrol reads have read. */
    SCRUBBED_BYTES("scrubbed bytes"),
    /** Accesses that could not go the fast way, nor the careful one, and had to ask, or to wait for a recovery. */
    HAZARD_SLOW_PATHS("hazard slow paths"),
    /** Calls of persist that the medium, or the mirror's, failed; not those while the device was offline. */
    PERSIST_ERRORS("persist errors"),
    /** Media events that were raised; each has a number. */
    EVENTS("media events"),
    /** Media events that became part of another one because a listener, or all of them, were too slow. */
    COALESCED_EVENTS("coalesced media events"),
    /** Calls of a listener that threw, or that the chain did not wait for to the end. */
    LISTENER_FAILURES("listener failures"),
    /** Errors that nobody took in time; see {@link ErrorReports}. */
    DROPPED_ERRORS("dropped errors");

    private final String label;

    Counter(final String label) {
        this.label = label;
    }

    /**
     * What a person should see.
     *
     * @return a few words in lower case.
     */
    public String label() {
        return label;
    }
}
