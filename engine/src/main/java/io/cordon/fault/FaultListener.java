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

/**
 * Is told of pages that a {@link FaultGuard} had to replace by zeroes.
 */
@FunctionalInterface
public interface FaultListener {
    /**
     * Called once for each page that was replaced, soon after, on a thread that belongs to the guard: never in the
     * thread that ran into the fault, and never while a lock of Cordon's is held. All methods of the guard may be
     * called.
     *
     * <p>Whatever it throws goes to that thread's uncaught exception handler, and the next fault is told all the same.
     * While it does not return, the faults that follow wait for it, and nothing else does.
     *
     * @param fault what failed. If more than {@value FaultGuard#BACKLOG} faults wait, pages that are neighbours are
     *              told as one: {@code length} is the sum then.
     */
    void onFault(MappingFault fault);
}
