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
 * What happens in the instant of a failure: the signal is contained.
 *
 * <p>A touch of a page that cannot be had is a <dfn>fault</dfn>, and a fault is a SIGBUS. Cordon's <dfn>handler</dfn>
 * of that signal is machine code that Java writes into executable memory; HotSpot's own would skip the load, or end the
 * process. It does only what a signal handler may do: it finds the region that the address belongs to ({@link
 * io.cordon.fault.GuardedRange}), refuses all lines of the page, moves the hazard word, puts a private page of zeroes
 * in the failed page's place, and returns. The access runs again, on the zeroes; its check sees the hazard word, and
 * the value is never used. The page is in <dfn>quarantine</dfn> then: nobody faults on it twice. An address in no
 * guarded mapping goes to the handler that was there before.
 *
 * <p>What the kernel takes away and gives back at once is a <dfn>unit</dfn>: one page on most machines. All lines of a
 * unit are refused at first, the healthy ones too, since a signal does not tell them apart. Everything that needs more
 * thought happens later, in ordinary threads: in the one that faulted, if it asks, else in one that the handler wakes
 * ({@link io.cordon.fault.FaultWatch}). The way back, by which a unit gets its file page again and its healthy lines
 * are served, is machine code as well, because it must not meet the handler halfway.
 *
 * <p>{@link io.cordon.fault.FaultGuard} has the handler contain the faults of mappings that somebody else made. There
 * are no lines then and no hazard word: the page stays a page of zeroes, and a {@link io.cordon.fault.FaultListener} is
 * told.
 */
package io.cordon.fault;
