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

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;

/** What every event of a unit names. JFR leaves out private fields of superclasses. */
abstract class UnitEvent extends RegionEvent {
    @Label("Offset")
    @Description("First byte of the unit in the region")
    protected long offset;
    @Label("Length")
    @Description("Bytes of the unit")
    @DataAmount
    protected long length;
    @Label("Source")
    @Description("How it was found: FAULT, SCRUB, BAD_BLOCK_LIST, PERSIST_ERROR, INJECTION or RECOVERY")
    protected String source;

    final void name(final String region, final Unit unit) {
        file = region;
        offset = unit.offset();
        length = unit.length();
        source = unit.source().name();
    }
}
