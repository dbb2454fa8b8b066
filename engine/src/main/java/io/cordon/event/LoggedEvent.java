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
 * An entry of the media event log.
 *
 * @param event   without owners, and without {@link MediaEvent#redelivered()}.
 * @param outcome what became of it.
 */
public record LoggedEvent(MediaEvent event, MediaOutcome outcome) {
    /**
     * One line for a person: number, time, what, how it was found, where, and what became of it.
     *
     * @return {@code #12 2026-11-20T14:00:00.125Z FAILURE found by FAULT at [0x40, 0x80) 64 bytes: UNCLAIMED}; an event
     *     that stands for several has {@code #9-12}.
     */
    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder("#").append(event.firstSequence());
        if (event.sequence() != event.firstSequence()) {
            text.append('-').append(event.sequence());
        }
        text.append(' ').append(event.time()).append(' ').append(event.kind())
            .append(event.kind() == MediaEvent.Kind.RECOVERED ? " by " : " found by ").append(event.source())
            .append(" at ");
        for (int i = 0; i < event.ranges().size(); i++) {
            text.append(i == 0 ? "" : ", ").append(event.ranges().get(i));
        }
        return text.append(": ").append(outcome).toString();
    }
}
