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
 * A listener's place in the chain, until it is closed. Thread-safe.
 */
public interface MediaRegistration extends AutoCloseable {
    /**
     * How many events wait for the listener because it was slower than the chain's patience, the one that it is busy
     * with included.
     *
     * @return the number; several events may have become one.
     */
    int backlog();

    /**
     * How often the listener threw.
     *
     * @return the number of events.
     */
    long failures();

    /**
     * How often the chain went on without waiting for the listener to the end.
     *
     * @return the number of times; while there is a backlog nobody waits at all.
     */
    long timeouts();

    /** Takes the listener out. A call of it that runs may go on; no other comes. A second call does nothing. */
    @Override
    void close();
}
