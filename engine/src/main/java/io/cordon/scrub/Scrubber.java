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
package io.cordon.scrub;

import java.util.concurrent.CompletableFuture;
import java.io.IOException;

/**
 * The patrol of a region: reads its medium in the background, past the mapping and past the page cache, finds lines
 * that went bad before anybody touches them, and has their pages recovered as if somebody had. What it finds is told as
 * a {@link io.cordon.event.MediaEvent} with the source {@code SCRUB}.
 *
 * <p>A pass begins with the medium's list of bad places; what is on it and cannot be cleared is not read. How far a
 * pass is, is kept in {@code <file>.scrub}, written every few seconds and not synced: after a restart, or a crash, it
 * goes on there or a little before. A read-only region keeps no such file, and each opening begins a new pass; it
 * cannot be recovered either, so that its readers get copies of what can be read.
 *
 * <p>Pages that memory has newer than the medium are left alone, and counted: they will overwrite what the medium has.
 *
 * <p>Thread-safe. One patrol at a time, either on a thread of Cordon's or in the duty cycle of a service's own. Closing
 * the region ends it; it does not keep a forgotten region alive.
 */
public interface Scrubber {
    /**
     * Starts the patrol on a daemon thread of its own.
     *
     * @param options how it works.
     * @throws ScrubFileException    if the progress file is something else.
     * @throws IOException           if the progress file cannot be read.
     * @throws IllegalStateException if it is started already, or the region is closed.
     */
    void start(ScrubOptions options) throws IOException;

    /**
     * Starts the patrol without a thread: it works when the caller's duty cycle has it work.
     *
     * @param options how it works.
     * @return what to call.
     * @throws ScrubFileException    if the progress file is something else.
     * @throws IOException           if the progress file cannot be read.
     * @throws IllegalStateException if it is started already, or the region is closed.
     */
    ScrubDuty duty(ScrubOptions options) throws IOException;

    /**
     * Ends the patrol, and returns when it is not at work any more: after the piece that it is reading, or the page
     * that it is recovering. Passes that were asked for are cancelled. Does nothing if it is not started.
     */
    void stop();

    /**
     * Asks for a whole pass from the start, at once. A regular pass that runs is given up for it. If the patrol is not
     * started, a thread does this one pass and ends.
     *
     * @param options how to do this pass; of calls that wait at the same time, and share a pass, the first one's count.
     * @return completed when the pass is through; cancelled if the patrol is stopped or the region closed before.
     * @throws ScrubFileException    if the progress file is something else.
     * @throws IOException           if the progress file cannot be read.
     * @throws IllegalStateException if the region is closed.
     */
    CompletableFuture<ScrubPass> passNow(ScrubOptions options) throws IOException;

    /**
     * How far it is. Never waits.
     *
     * @return as of a moment ago.
     */
    ScrubProgress progress();
}
