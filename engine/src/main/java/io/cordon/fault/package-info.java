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
 * Containment: the SIGBUS handler, the table of ranges that it guards, and the pages that it quarantines.
 *
 * <p>The handler is machine code that Java writes into executable memory. It does only what is async-signal-safe: find
 * the range of {@code si_addr}, refuse the page's lines, raise the hazard word, map a private zero page in place of the
 * failed one, and return, so that the access runs again. Everything else happens later, in ordinary threads.
 */
package io.cordon.fault;
