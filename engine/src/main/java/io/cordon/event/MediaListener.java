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
 * Is told of what happens to the medium, on a thread of Cordon's that holds no lock, one event at a time and in the
 * order of their numbers.
 */
@FunctionalInterface
public interface MediaListener {
    /**
     * An event. Whatever is thrown is reported, and counts as false. While this does not return for longer than the
     * chain's patience, the chain goes on without this listener; its events are kept for it.
     *
     * @param event the event.
     * @return whether the listener claims it: then listeners of lower priority are not told. Whoever claims a failure
     *     takes care of the lost lines; loads are refused, and what a mirror can supply is repaired, in any case.
     */
    boolean onMediaEvent(MediaEvent event);
}
