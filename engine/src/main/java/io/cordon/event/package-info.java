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

/**
 * Who is told of what happens to a medium.
 *
 * <p>A {@link io.cordon.event.MediaEvent} says that ranges of a region failed, or were <dfn>recovered</dfn>, which is
 * to say that they are served again; or that the medium went offline or came back. Each event has a number and is
 * written to a log that outlives the process, so that one that could not be delivered is delivered by the next process.
 * A {@link io.cordon.event.MediaListener} is called on a thread that holds no lock, one event after the other.
 * Listeners form a chain by priority, and one may <dfn>claim</dfn> an event: then those behind it are not told. An
 * <dfn>owner</dfn> is whoever an application has named for a range ({@link io.cordon.event.Ownership}); an event names
 * the owners of its ranges in their own offsets.
 *
 * <p>The same is shown from outside: {@link io.cordon.event.Counters}, events for JDK Flight Recorder ({@link
 * io.cordon.event.FlightRecording}), and {@link io.cordon.event.ErrorReports}, which keeps the errors that a region met
 * on its own account until somebody takes them.
 *
 * <p>Nothing here is on the way of a load, and no listener is ever called by the handler, or by a thread that holds a
 * lock that a load may need.
 */
package io.cordon.event;
