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
 * What happens to a medium, told to those who care: who owns which ranges of a region, the events, and the chain of
 * listeners. Nothing here is on the fast path, and no listener is ever called by a signal handler, or by a thread that
 * holds a lock that a load may need.
 */
package io.cordon.event;
